"""Audits of the aggregates: each adds up to the facts that it was made of, so a report on one is a report on the other."""

from __future__ import annotations

from collections.abc import Mapping

from expectations.marts.attribution import ATTRIBUTION
from expectations.marts.audit import Audit
from expectations.marts.journeys import CONVERSIONS, JOURNEY
from expectations.marts.spend import ADS
from expectations.results import CRITICAL

FUNNEL = "marts.agg_stage_funnel"
PATHS = "marts.agg_journey_paths"
DAYS = "marts.agg_channel_performance_daily"
MIX = "marts.agg_marketing_mix_weekly"

OFF = "string_agg(measure || ' off by ' || difference, ', ' order by measure)"


def _off(aggregate: str, facts: Mapping[str, str]) -> str:
    """Measures whose sum over the aggregate is not the scalar query beside them."""
    return " union all ".join(
        f"""select '{measure}' as measure,
            coalesce((select sum({measure}) from {aggregate}), 0) - coalesce(({fact}), 0) as difference where difference <> 0"""
        for measure, fact in facts.items()
    )


def _of_each_model(measure: str, fact: str) -> str:
    return f"""select model || ' {measure}' as measure, sum({measure}) - coalesce(({fact}), 0) as difference
        from {DAYS} group by model having difference <> 0"""


AUDITS = (
    Audit(
        "funnel_holds_every_journey",
        CRITICAL,
        "the funnel's exits and conversions are not the journeys",
        (FUNNEL, JOURNEY),
        _off(
            FUNNEL,
            {
                "exits + conversions": f"select count(distinct journey_id) from {JOURNEY}",
                "entries": f"select sum(continued + exits + conversions) from {FUNNEL}",
            },
        ),
        OFF,
    ),
    Audit(
        "paths_hold_every_journey",
        CRITICAL,
        "the paths do not add up to the journeys, their revenue or their cost",
        (PATHS, JOURNEY),
        _off(
            PATHS,
            {
                "journeys": f"select count(distinct journey_id) from {JOURNEY}",
                "converting_journeys + open_journeys": f"select sum(journeys) from {PATHS}",
                # A journey is closed where there are days to its conversion, and its last touch is what closed it.
                "net_revenue": f"select sum(conversion_value) from {JOURNEY} where is_last_touch and days_to_conversion is not null",
                "cost": f"select sum(cost) from {JOURNEY}",
            },
        ),
        OFF,
    ),
    Audit(
        "channel_days_add_up_in_each_model",
        CRITICAL,
        "channels by day do not add up to credit, revenue, cost or spend",
        (DAYS, JOURNEY, CONVERSIONS, ATTRIBUTION, ADS),
        " union all ".join(
            _of_each_model(measure, fact)
            for measure, fact in {
                "attributed_revenue": f"select sum(net_value) from {CONVERSIONS}",
                "attributed_conversions": f"select count(*) from {CONVERSIONS}",
                "touch_cost": f"select sum(cost) from {JOURNEY}",
                "billed_spend": f"select sum(spend) from {ADS}",
            }.items()
        ),
        OFF,
    ),
    Audit(
        "channel_days_have_every_model",
        CRITICAL,
        "models are missing from the channels by day",
        (DAYS, ATTRIBUTION),
        f"select distinct model from {ATTRIBUTION} where model not in (select model from {DAYS})",
        "string_agg(model, ', ' order by model)",
    ),
    Audit(
        "mix_adds_up",
        CRITICAL,
        "the marketing mix does not add up to the conversions or to the spend",
        (MIX, CONVERSIONS, ADS),
        _off(
            MIX,
            {
                "conversions": f"select count(*) from {CONVERSIONS}",
                "gross_revenue": f"select sum(gross_value) from {CONVERSIONS}",
                "net_revenue": f"select sum(net_value) from {CONVERSIONS}",
                "spend": f"select sum(spend) from {ADS}",
            },
        ),
        OFF,
    ),
    Audit(
        "mix_without_gaps",
        CRITICAL,
        "channels do not have one row in each week of the marketing mix",
        (MIX,),
        f"""select channel, platform from {MIX} group by all
        having count(distinct week_start_date) <> count(*)
            or count(*) <> (select date_diff('day', min(week_start_date), max(week_start_date)) // 7 + 1 from {MIX})""",
        "count(*) || ' channels: ' || string_agg(channel || ' on ' || platform, ', ' order by channel, platform)",
    ),
)
