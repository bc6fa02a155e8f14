"""The aggregates against a second computation from the facts."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any

import independent_aggregates as independent
import pytest
from dbt_warehouse import Warehouse
from independent_aggregates import NEWEST, TOUCH, Touch, monday
from small_world_period import DAY_COUNT, START

from journey.attribution import MODELS as MODEL_NAMES

MODELS = set(MODEL_NAMES)


@pytest.fixture(scope="module")
def journeys(built: Warehouse) -> list[list[Touch]]:
    return independent.journeys(built.rows(f"select {TOUCH} from marts.fct_customer_journey"))


def test_paths_are_those_of_the_facts(built: Warehouse, journeys: list[list[Touch]]) -> None:
    told = independent.paths(journeys)
    found = built.rows("select path, path_length, journeys, converting_journeys, net_revenue, cost from marts.agg_journey_paths")
    assert {row[0]: row[1:] for row in found} == told
    assert len(told) > 60
    assert max(length for length, *_ in told.values()) >= 5
    assert sum(count for _, count, *_ in told.values()) == len(journeys)


def test_paths_rates_and_days(built: Warehouse) -> None:
    rows = built.rows(
        "select path_length, journeys, converting_journeys, open_journeys, conversion_rate, avg_days_to_conversion"
        " from marts.agg_journey_path"
        "s"
    )
    for length, count, converting, still_open, rate, days in rows:
        assert converting + still_open == count
        assert rate == pytest.approx(converting / count)
        assert (days is None) == (converting == 0 or length == 0)
    assert any(row[5] for row in rows)


def test_the_funnel_is_that_of_the_facts(built: Warehouse, journeys: list[list[Touch]]) -> None:
    told = independent.funnel(journeys, built.rows(NEWEST)[0][0], 30)
    found = built.rows(
        "select segment, entry_channel, journey_stage, last_touchpoint_type, entries, continued, conversions, exits, recent_exits,"
        " median_hours_to_next_stage, exit_rate from marts.agg_stage_funnel"
    )
    assert {row[:4]: row[4:9] for row in found} == {key: held[:5] for key, held in told.items()}
    assert {row[:4]: row[9] for row in found} == {key: held[5] and pytest.approx(held[5]) for key, held in told.items()}
    assert all(row[10] == pytest.approx(row[7] / row[4]) for row in found)
    assert sum(held[2] + held[3] for held in told.values()) == len(journeys)
    assert sum(held[3] for held in told.values()) > sum(held[4] for held in told.values()) > 0


def test_channels_by_day_hold_credit_visits_and_the_bill(built: Warehouse) -> None:
    revenue: dict[Any, Decimal] = defaultdict(Decimal)
    new_customers: dict[Any, Decimal] = defaultdict(Decimal)
    conversions = {
        row[0]: row[1:] for row in built.rows("select conversion_id, converted_date, is_new_customer from marts.fct_conversions")
    }
    for conversion, *key, credit, value in built.rows(
        "select conversion_id, coalesce(channel, '(no touch)'), campaign_id, model, credit, attributed_revenue from marts.fct_attribution"
    ):
        day, is_new = conversions[conversion]
        revenue[day, *key] += value
        if is_new:
            new_customers[day, *key] += credit
    for measure, told in (("attributed_revenue", revenue), ("attributed_new_customers", new_customers)):
        found = built.rows(
            f"select date, channel, campaign_id, model, sum({measure})"
            f" from marts.agg_channel_performance_daily group by all having sum({measure}) <> 0"
        )
        assert {row[:4]: row[4] for row in found} == {key: value for key, value in told.items() if value}
    whole = "select platform, campaign_id, sum(spend) from marts.fct_ad_performance_daily group by all having sum(spend) <> 0"
    for model in MODELS:
        held = (
            "select platform, campaign_id, sum(billed_spend) from marts.agg_channel_performance_daily"
            f" where model = '{model}' group by all having sum(billed_spend) <> 0"
        )
        assert Counter(built.rows(held)) == Counter(built.rows(whole))
    visits = "select occurred_date, channel, platform, campaign_id, count(*) from marts.fct_customer_journey where {} group by all"
    for measure, condition in (
        ("visits", "touchpoint_type in ('ad_click', 'site_visit')"),
        ("ad_clicks", "touchpoint_type = 'ad_click'"),
        ("email_clicks", "touchpoint_type = 'email_click' and not is_machine"),
    ):
        held = (
            f"select date, channel, platform, campaign_id, {measure} from marts.agg_channel_performance_daily"
            f" where model = 'linear' and {measure} > 0"
        )
        assert Counter(built.rows(held)) == Counter(built.rows(visits.format(condition)))
    for value, spend, roas, customers, cac in built.rows(
        "select attributed_revenue, billed_spend, roas, attributed_new_customers, cac from marts.agg_channel_performance_daily"
    ):
        assert roas == (pytest.approx(float(value / spend)) if spend else None)
        assert cac == (pytest.approx(float(spend / customers)) if customers else None)


def test_the_billed_spend_is_the_bill(built: Warehouse) -> None:
    billed = built.rows("select sum(amount) from marts.fct_spend_reconciliation where grain = 'account' and component = 'billed'")
    assert billed[0][0] > 500
    assert built.rows("select sum(spend) from marts.agg_marketing_mix_weekly") == billed
    assert set(built.rows("select model, sum(billed_spend) from marts.agg_channel_performance_daily group by all")) == {
        (model, billed[0][0]) for model in MODELS
    }


def test_the_mix_has_every_week_and_the_facts_sums(built: Warehouse) -> None:
    rows = built.rows(
        "select week_start_date, channel, platform, days_in_data, sessions, emails_opened, conversions, gross_revenue, net_revenue, spend"
        " from marts.agg_marketing_mix_weekly"
    )
    days = [row[0] for row in built.rows("select date from marts.dim_dates")]
    assert (min(days), len(days)) == (START, DAY_COUNT), "the days for which only exchange rates were read are none"
    weeks, series = {row[0] for row in rows}, {row[1:3] for row in rows}
    assert weeks == {monday(day) for day in days}
    assert len(weeks) == (max(weeks) - min(weeks)).days // 7 + 1 >= 5
    assert {row[:3] for row in rows} == {(week, *pair) for week in weeks for pair in series}
    assert len(rows) == len(weeks) * len(series)
    assert Counter({row[0]: row[3] for row in rows}) == Counter(monday(day) for day in days)

    where = {
        row[0]: row[1:]
        for row in built.rows("select conversion_id, channel, platform from marts.fct_customer_journey where conversion_id is not null")
    }
    count: Counter[Any] = Counter()
    gross: Counter[Any] = Counter()
    net: Counter[Any] = Counter()
    for conversion, day, gross_value, net_value in built.rows(
        "select conversion_id, converted_date, gross_value, net_value from marts.fct_conversions"
    ):
        key = (monday(day), *where.get(conversion, ("(no touch)", "(no touch)")))
        count[key] += 1
        gross[key] += gross_value
        net[key] += net_value
    opens: Counter[Any] = Counter()
    sessions: Counter[Any] = Counter()
    for day, channel, platform, kind, machine in built.rows(
        "select occurred_date, channel, platform, touchpoint_type, is_machine from marts.fct_customer_journey"
    ):
        key = (monday(day), channel, platform)
        opens[key] += kind == "email_open" and not machine
        sessions[key] += kind in {"ad_click", "site_visit"}
    for row in rows:
        assert row[4:9] == (sessions[row[:3]], opens[row[:3]], count[row[:3]], gross[row[:3]], net[row[:3]])
    assert sum(count.values()) == sum(row[6] for row in rows)
    spend: dict[Any, Decimal] = defaultdict(Decimal)
    for day, platform, amount in built.rows("select date, platform, spend from marts.fct_ad_performance_daily"):
        # A day without a rate has no amount in the reporting currency, and is missing from every sum.
        spend[monday(day), platform] += amount or Decimal(0)
    found: Counter[Any] = Counter()
    for row in rows:
        found[row[0], row[2]] += row[9]
    assert {key: value for key, value in found.items() if value} == {key: value for key, value in spend.items() if value}
