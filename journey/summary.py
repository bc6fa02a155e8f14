"""What a run left behind, as data: rows landed, checks, money that adds up, customers, journeys, places."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from extractors import calendar, registry
from extractors.landing import Landing, last_written
from extractors.ledger import Key
from journey import build, changes, ingest
from journey.duck import connect, count_rows, held_open, holder
from journey.settings import Places, UnreadableWarehouse

BUILT_WITHIN = timedelta(hours=6)
"""A night's first load may wait for the last so long, and a load by hand for a build that is under way."""
BEHIND_DAYS = 3
"""So many days a source may be behind the others: nobody hands in files over a weekend."""


@dataclass
class Ledger:
    """What the ledger tells of all loads, from one reading that keeps few of its rows: a year of nights is half a million a source."""

    rows: dict[Key, int] = field(default_factory=dict)
    """Partition -> its rows in place."""
    newest_load: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Source -> the rows of the newest try of its newest load."""
    came: dict[str, str] = field(default_factory=dict)
    """Source -> when a load last brought a partition, be it one that was in place already."""
    landed: dict[str, str] = field(default_factory=dict)
    """Source -> when one was last put in place."""


def ledger(places: Places) -> Ledger:
    """The ledger as it is now; DamagedRecord where a line is not as it was written."""
    told = Ledger()
    for rows in Landing(places.landing).tries():  # oldest first
        for row in rows:
            if row["status"] in {"landed", "unchanged"}:
                told.rows[row["source"], row["stream"], row["account"], row["dt"]] = row.get("rows", 0)
                told.came[row["source"]] = row["loaded_at"]
            if row["status"] == "landed":
                told.landed[row["source"]] = row["loaded_at"]
        if rows:
            told.newest_load[rows[0]["source"]] = rows
    return told


def landed(told: Ledger) -> list[dict[str, Any]]:
    """One entry per source x stream: partitions, rows and newest day in place, and what the newest load did."""
    status: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for source, rows in told.newest_load.items():
        for row in rows:
            if row["status"] not in ("skipped", "refused"):
                status[(source, row["stream"])][row["status"]] += 1
    streams: dict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)
    for (source, stream, _, day), count in told.rows.items():
        streams[(source, stream)].append((day, count))
    return [
        {
            "source": source,
            "stream": stream,
            "partitions": len(held),
            "rows": sum(count for _, count in held),
            "first_day": min(day for day, _ in held),
            "last_day": max(day for day, _ in held),
            "newest_load": dict(status[(source, stream)] or status[(source, ingest.SOURCE_WIDE)]),
        }
        for (source, stream), held in sorted(streams.items())
    ]


def waiting(places: Places, now: datetime) -> list[str]:
    """Loads that were read whole an hour ago or more, and neither put in place nor refused: their runs were stopped in between."""
    landing, found = Landing(places.landing), []
    for folder in sorted(landing.staged.glob("*")):
        if not landing.waits(folder.name):
            continue
        read = datetime.fromtimestamp(last_written(landing.manifest_file(folder.name)), UTC)
        rows = [row for row in landing.read_manifest(folder.name) if row.status in ("staged", "quarantined")]
        if not rows or now - read < timedelta(hours=1):
            continue
        days = sorted({row.dt for row in rows})
        found.append(
            f"{rows[0].source}: load {folder.name} of {days[0]} to {days[-1]} was read until {read:%Y-%m-%d %H:%M} UTC and is not in "
            "place: its run was stopped before it landed. Kept: what it read, until later loads have brought the same days. To do: clear "
            "the task extract of its run with those after it, or run these days again."
        )
    return found


def unbuilt(places: Places, told: Ledger, now: datetime) -> list[str]:
    """What has landed hours ago and no build has taken in, though nothing stands against one: a DAG that is paused holds all nights up."""
    built = build.last_build(places)
    if not built or built["status"] == "failed" or ingest.unresolved(Landing(places.landing)):
        return []  # said elsewhere
    at = datetime.fromisoformat(built["at"])
    since = {source: moment for source, text in told.landed.items() if (moment := datetime.fromisoformat(text)) > at}
    if not since or now - min(since.values()) < BUILT_WITHIN:
        return []
    late = ", ".join(f"{source} ({moment:%Y-%m-%d %H:%M} UTC)" for source, moment in sorted(since.items()))
    others = ", ".join(sorted(source for source, text in told.came.items() if datetime.fromisoformat(text) <= at))
    waits = f" Not read since: {others}." if others else ""
    return [
        f"Landed and not built: {late}; the last build was at {at:%Y-%m-%d %H:%M} UTC.{waits} Kept: the served warehouse as it was. To do: "
        "see that every ingestion DAG is unpaused and has run, also those of sources without a Connection, as the nightly build waits for "
        "all of them; or start build_customer_journey."
    ]


def behind(told: Ledger) -> list[dict[str, Any]]:
    """Sources whose newest day lies more than a few days before that of the others: their nights go on green, and bring nothing."""
    newest: dict[str, str] = {}
    for source, _, _, day in told.rows:
        newest[source] = max(day, newest.get(source, ""))
    last = date.fromisoformat(max(newest.values(), default="2000-01-01"))
    late = {source: (last - date.fromisoformat(day)).days for source, day in newest.items()}
    return [{"source": name, "newest_day": newest[name], "days": late[name]} for name in sorted(late) if late[name] > BEHIND_DAYS]


def skipped(told: Ledger) -> list[str]:
    """Sources that never landed anything."""
    return [name for name in registry.MODULES if name not in told.newest_load]


def skipped_accounts(told: Ledger) -> list[dict[str, str]]:
    """Accounts that the newest load of their source passed over, with the reason."""
    return [
        {"source": source, "account": row["account"], "reason": row.get("message") or ""}
        for source, rows in told.newest_load.items()
        for row in rows
        if row["status"] == "skipped"
    ]


def warehouse(places: Places) -> dict[str, Any] | None:
    """Figures of the served file; None where nothing is served yet. Money in the reporting currency."""
    if not places.warehouse.exists():
        return None
    check_whole(places.warehouse)
    with connect(places.warehouse, read_only=True) as served:
        return {name: _answer(served, query) for name, query in QUERIES.items()}


def check_whole(served: Path) -> None:
    """UnreadableWarehouse where the served file is not as it was written, or somebody has it open to write in."""
    try:
        count_rows(served)
    except duckdb.Error as error:
        if who := holder(error):
            raise held_open(served, who) from None
        raise UnreadableWarehouse(
            f"{served} cannot be read: it is damaged. Kept: everything that has landed. To do: start a build; it writes the file anew."
        ) from None


QUERIES = {
    "customers": "select count(*) as customers, count(*) filter (where is_identified) as identified from marts.dim_customers",
    "journeys": "select count(distinct journey_id) as journeys, count(*) as touchpoints from marts.fct_customer_journey",
    "conversions": """
        select conversion_type, count(*) as conversions, sum(gross_value) as gross, sum(refunded_value) as refunded, sum(net_value) as net
        from marts.fct_conversions group by all order by all""",
    "credit": """
        select model, sum(attributed_revenue) as attributed_revenue, sum(credit) as conversions
        from marts.fct_attribution group by all order by all""",
    "spend": """
        select platform, account_id, account_currency,
            sum(account_amount) filter (where component = 'billed') as billed,
            sum(account_amount) filter (where component = 'allocated') as allocated,
            sum(account_amount) filter (where component not in ('billed', 'allocated')) as residual
        from marts.fct_spend_reconciliation where grain = 'account' group by all order by all""",
    "checks": """
        select severity, count(*) as checks, count(*) filter (where not is_success) as failed
        from audit.validation_results group by all order by all""",
    "warnings": """
        select source, stream, expectation, count(*) as failed, arg_min(message, (partition_date, account_id)) as message
        from audit.validation_results
        where
            not is_success and severity = 'warning'
            and load_id in (select arg_max(load_id, validated_at) from audit.validation_results group by source)
        group by all order by all""",
}


def _answer(served: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    cursor = served.execute(query)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def version_notices(told: Ledger, today: date) -> list[dict[str, str]]:
    """What ``extractors.calendar`` says of the versions of the sources that ever landed anything."""
    return [
        {"source": name, "severity": notice.severity.value, "message": f"{notice.what} {notice.action}"}
        for name in registry.MODULES
        if name in told.newest_load
        for notice in calendar.warnings(registry.load(name), today)
    ]


def collect(places: Places, today: date | None = None) -> dict[str, Any]:
    """Everything ``journey status`` tells. ``today`` is the day by which API versions are judged."""
    told = ledger(places)
    return {
        "landed": landed(told),
        "skipped_sources": skipped(told),
        "skipped_accounts": skipped_accounts(told),
        "behind": behind(told),
        "waiting": waiting(places, datetime.now(UTC)),
        "unbuilt": unbuilt(places, told, datetime.now(UTC)),
        "versions": version_notices(told, today or datetime.now(UTC).date()),
        "refused_accounts": [ingest.told(row) for row in ingest.refused_accounts(Landing(places.landing))],
        "unresolved": [ingest.told(row) for row in ingest.unresolved(Landing(places.landing))],
        "not_made_good": [ingest.told_later(row) for row in ingest.not_made_good(Landing(places.landing))],
        "last_build": build.last_build(places),
        "changes": changes.newest(places),
        "warehouse": warehouse(places),
        "places": {
            "warehouse": str(places.warehouse),
            "journey_map": str(places.reports / "journey_map.html"),
            "data_docs": str(places.reports / "data_docs" / "index.html"),
            "landing": str(places.landing),
            "quarantine": str(places.quarantine),
        },
    }
