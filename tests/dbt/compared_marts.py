"""Marts that are made of other marts, worked out a second time from these, and where they differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import independent_aggregates as independent
from compared_tables import table, unlike
from dbt_warehouse import Warehouse
from independent_aggregates import TOUCH, Touch
from independent_audits import newest_day
from independent_channel_days import DAILY, MIX, by_day, by_week
from independent_credits import CONVERTING, CREDITS, eligible_touches, told
from independent_events import Landed
from independent_settings import chosen

TINY = 1e-9


def unlike_marts(warehouse: Warehouse, landed: Landed) -> Iterator[str]:
    journeys = independent.journeys(warehouse.rows(f"select {TOUCH} from marts.fct_customer_journey"))
    yield from of_credit(warehouse, journeys)
    yield from of_paths(warehouse, journeys)
    yield from of_stages(warehouse, journeys, landed)
    yield from of_channels(warehouse)


def of_credit(warehouse: Warehouse, journeys: list[list[Touch]]) -> Iterator[str]:
    names = [row[0] for row in warehouse.rows("select conversion_id from marts.fct_conversions")]
    ours = told(journeys, eligible_touches(journeys, warehouse.rows(CONVERTING)), names)
    theirs = {tuple(row[:3]): float(row[3]) for row in warehouse.rows(CREDITS)}
    for key in sorted(ours.keys() | theirs.keys(), key=str):
        if abs(ours.get(key, 0.0) - theirs.get(key, 0.0)) > TINY or (key in theirs) != (ours.get(key, 0.0) > TINY / 1000):
            yield f"credit {key}: {ours.get(key)} by the documents, {theirs.get(key)} by the models"
    whole = """
        select conversion_id, model, sum(credit), sum(attributed_revenue), any_value(net_value)
        from marts.fct_attribution inner join marts.fct_conversions using (conversion_id) group by all
        having sum(credit) <> 1 or sum(attributed_revenue) is distinct from any_value(net_value)
    """
    for row in warehouse.rows(whole):
        yield f"credit of {row} is not whole"


def of_paths(warehouse: Warehouse, journeys: list[list[Touch]]) -> Iterator[str]:
    names = ("path_length", "journeys", "converting_journeys", "net_revenue", "cost")
    theirs = {row["path"]: tuple(row[name] for name in names) for row in table(warehouse, "marts.agg_journey_paths")}
    yield from unlike("path", independent.paths(journeys), theirs)
    for row in table(warehouse, "marts.agg_journey_paths"):
        rate, still_open = row["converting_journeys"] / row["journeys"], row["journeys"] - row["converting_journeys"]
        if (row["open_journeys"], _near([row["conversion_rate"]])) != (still_open, _near([rate])):
            yield f"rate of path {row}"


def of_stages(warehouse: Warehouse, journeys: list[list[Touch]], landed: Landed) -> Iterator[str]:
    newest = newest_day(landed)
    if newest is None:
        return
    keys = ("segment", "entry_channel", "journey_stage", "last_touchpoint_type")
    names = ("entries", "continued", "conversions", "exits", "recent_exits", "median_hours_to_next_stage")
    rows = table(warehouse, "marts.agg_stage_funnel")
    theirs = {tuple(row[key] for key in keys): _near(row[name] for name in names) for row in rows}
    ours = independent.funnel(journeys, newest, chosen().dormant_after_days)
    yield from unlike("funnel", {key: _near(held) for key, held in ours.items()}, theirs)


def _quotient(one: Any, other: Any) -> float | None:
    return float(one) / float(other) if other else None


def _near(values: Any) -> tuple[Any, ...]:
    return tuple(round(value, 6) if isinstance(value, float) else value for value in values)


def of_channels(warehouse: Warehouse) -> Iterator[str]:
    names = ("fct_customer_journey", "fct_attribution", "fct_conversions", "fct_ad_performance_daily", "dim_campaigns")
    touches, credits, conversions, spend, campaigns = (table(warehouse, f"marts.{name}") for name in names)
    keys = ("date", "channel", "platform", "campaign_id", "model")
    rows = table(warehouse, "marts.agg_channel_performance_daily")
    theirs = {tuple(row[key] for key in keys): {name: row[name] for name in DAILY} for row in rows}
    for row in rows:
        spend_of, new = row["billed_spend"], row["attributed_new_customers"]
        claimed = _quotient(row["platform_conversion_value"], spend_of)
        told = (_quotient(row["attributed_revenue"], spend_of), _quotient(spend_of, new), claimed)
        if _near(told) != _near((row["roas"], row["cac"], row["platform_roas"])):
            yield f"quotients of {row}"
    yield from unlike("channel's day", dict(by_day(touches, credits, conversions, spend, campaigns)), theirs)
    weeks = by_week(touches, conversions, spend, campaigns)
    rows = table(warehouse, "marts.agg_marketing_mix_weekly")
    held = {(row["week_start_date"], row["channel"], row["platform"]): {name: row[name] for name in MIX} for row in rows}
    filled = {key: figures for key, figures in held.items() if key in weeks or any(figures.values())}
    yield from unlike("channel's week", dict(weeks), filled)
    series = Counter((channel, platform) for _, channel, platform in held)
    yield from (f"weeks of {pair}: {count}" for pair, count in series.items() if count != max(series.values()))
