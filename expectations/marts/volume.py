"""Audits against the file that is served now: a warehouse that shrank, channels that drifted."""

from __future__ import annotations

from expectations.marts.attribution import ATTRIBUTION
from expectations.marts.audit import Audit
from expectations.marts.journeys import CONVERSIONS, JOURNEY
from expectations.marts.spend import ADS, SPEND
from expectations.results import CRITICAL, WARNING

KEPT_SHARE = 0.8
"""A table below this share of its published rows has shrunk."""
DRIFT = 0.2
"""Share of touchpoints that changed channel between two builds: half the sum of the differences of the shares."""
ENOUGH_ROWS = 100
FACTS = (JOURNEY, CONVERSIONS, ATTRIBUTION, ADS, SPEND)


def audits(*, shrinking_allowed: bool) -> tuple[Audit, ...]:
    """Audits that need ``served_now`` attached. ``shrinking_allowed`` makes a shrunken table a warning."""
    return (*(_kept(table, WARNING if shrinking_allowed else CRITICAL) for table in FACTS), _drift())


def _kept(table: str, severity: str) -> Audit:
    return Audit(
        f"rows_kept_{table.rpartition('.')[2]}",
        severity,
        f"the table holds less than {KEPT_SHARE:.0%} of the rows that are published",
        (table, f"served_now.{table}"),
        f"""select * from (select count(*) as built from {table}), (select count(*) as published from served_now.{table})
        where built < {KEPT_SHARE} * published""",
        "max(built) || ' rows, ' || max(published) || ' published'",
        "Where landed days were deleted on purpose, run build_customer_journey with fewer_rows, or journey run with --fewer-rows.",
    )


def _drift() -> Audit:
    shares = "select channel, count(*) / sum(count(*)) over () as share, sum(count(*)) over () as touches from {} group by all"
    return Audit(
        "channel_shares_steady",
        WARNING,
        "channels took another share of the touchpoints than in what is published",
        (JOURNEY, f"served_now.{JOURNEY}"),
        f"""select sum(abs(coalesce(built.share, 0) - coalesce(published.share, 0))) / 2 as drift
        from ({shares.format(JOURNEY)}) as built
        full join ({shares.format("served_now." + JOURNEY)}) as published on built.channel is not distinct from published.channel
        having drift > {DRIFT} and min(built.touches) >= {ENOUGH_ROWS} and min(published.touches) >= {ENOUGH_ROWS}""",
        "round(100 * max(drift), 1) || '% of touchpoints'",
    )
