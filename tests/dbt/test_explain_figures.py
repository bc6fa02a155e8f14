"""``journey explain`` over the small world, figure by figure: each walk is followed again with pyarrow over the landed files alone."""

from __future__ import annotations

import re
from datetime import UTC
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

import pyarrow.parquet as pq
import pytest
from explain_walks import ids, landed

from journey.explain.evidence import Evidence
from journey.explain.find import Asked, explain

SIX, NINE = Decimal("0.000001"), Decimal("0.000000001")


def rate(evidence: Evidence, currency: str, day: Any) -> Decimal:
    """BRL for one unit, out of the bank's file of the day or the last one before it."""
    if currency == "BRL":
        return Decimal(1)
    files = sorted((evidence.landing / "exchange_rates/reference_rates/account=ecb").glob("dt=*/part-0.parquet"))
    for file in reversed([file for file in files if file.parent.name[3:] <= str(day)]):
        rates = {row["currency"]: row["rate"] for row in pq.read_table(file, partitioning=None).to_pylist()} | {"EUR": Decimal(1)}
        if currency in rates:
            return (rates["BRL"] / rates[currency]).quantize(NINE, ROUND_HALF_UP)
    raise AssertionError(f"no rate of {currency} on {day}")


def test_credits_are_worked_out_with_the_settings_that_the_warehouse_was_built_with(
    evidence: Evidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = (
        "select conversion_id from marts.fct_attribution where model = 'position_based' group by 1 having count(*) > 2 order by 1 limit 1"
    )
    monkeypatch.setenv("JOURNEY_POSITION_WEIGHTS", "[0, 0, 1]")
    monkeypatch.setenv("JOURNEY_HALF_LIFE_DAYS", "0.5")
    told = explain(evidence, Asked(ids(evidence, query)[0]))
    assert told.adds_up, [check for check in told.checks if not check.holds]


def test_touchpoints_of_every_kind_lead_to_their_landed_event(evidence: Evidence) -> None:
    sample = ids(
        evidence,
        "select touchpoint_id from marts.fct_customer_journey "
        "qualify row_number() over (partition by source_system, touchpoint_type order by hash(touchpoint_id)) <= 2",
    )
    systems = set()
    for touchpoint_id in sample:
        told = explain(evidence, Asked(touchpoint_id))
        assert told.kind == "touchpoint"
        assert told.adds_up, told.checks
        (step,) = told.rows("landed")
        row, touch = landed(evidence, step), told.figure
        systems.add(touch["source_system"])
        if touch["source_system"] == "ga4":
            assert row["event_timestamp"] == int(touch["occurred_at"].replace(tzinfo=UTC).timestamp() * 1_000_000 + 0.5)
            if touch["touchpoint_type"] not in ("ad_click", "site_visit"):
                assert row["event_name"] in touch["source_record_id"]
            assert f".{row['user_pseudo_id']}." in touch["session_id"]
            session = {one["key"]: one["value"]["int_value"] for one in row["event_params"]}.get("ga_session_id")
            assert session is None or touch["session_id"].endswith(f".{session}")
        elif touch["source_system"] == "klaviyo":
            assert touch["source_record_id"].endswith("/" + row["id"])
        elif touch["source_system"] == "first_party":
            assert row["occurred_at"].replace(tzinfo=None) == touch["occurred_at"]
        (load,) = [load for load in told.rows("loads") if load["file"] == step["file"]]
        assert load["status"] == "landed"
        assert load["rows"] == pq.read_metadata(evidence.landing / step["file"]).num_rows
        assert load["load_id"] == row["_load_id"]
    assert systems == {"ga4", "klaviyo", "mailchimp", "matomo", "first_party"}


@pytest.mark.parametrize("basis", ["click_id", "ad_day"])
def test_a_cost_is_the_landed_spend_of_its_ad_over_the_clicks(evidence: Evidence, basis: str) -> None:
    sample = ids(
        evidence,
        f"select touchpoint_id from marts.fct_customer_journey where cost_basis = '{basis}' and cost > 0 "
        "order by hash(touchpoint_id) limit 8",
    )
    assert len(sample) == 8
    currencies = set()
    for touchpoint_id in sample:
        told = explain(evidence, Asked(touchpoint_id, "touchpoint"))
        assert told.adds_up, told.checks
        rows = [landed(evidence, step) for step in told.rows("landed_spend")]
        (match,), (share,) = told.rows("ad_match"), told.rows("cost_share")
        if told.figure["platform"] == "google_ads":
            assert {str(row["ad_group_ad_ad_id"]) for row in rows} == {told.figure["ad_id"]}
            amounts = [Decimal(row["metrics_cost_micros"]) / 1_000_000 for row in rows]
            clicks = sum(row["metrics_clicks"] for row in rows)
            (click,) = [landed(evidence, step) for step in told.rows("landed_click")]
            assert click["click_view_gclid"] == told.rows("traffic_source")[0]["click_id"]
            assert click["click_view_ad_group_ad"].endswith("~" + told.figure["ad_id"])
            assert click["segments_date"] == match["cost_date"]
        else:
            assert {row["ad_id"] for row in rows} == {told.figure["ad_id"]}
            amounts = [row["spend"] for row in rows]
            clicks = sum(row["inline_link_clicks"] or 0 for row in rows) or sum(row["clicks"] for row in rows)
        at = rate(evidence, share["account_currency"], match["cost_date"])
        spend = sum((amount * at).quantize(SIX, ROUND_HALF_UP) for amount in amounts)
        divisor = max(clicks, share["touches"])
        assert told.figure["cost"] == (spend / divisor).quantize(SIX, ROUND_DOWN)
        currencies.add(share["account_currency"])
    assert "BRL" in currencies


def test_a_cost_by_campaign_adds_up(evidence: Evidence) -> None:
    """Performance Max has campaign rows only: their landed spend over their clicks, less what ad rows explain."""
    sample = ids(
        evidence,
        "select touchpoint_id from marts.fct_customer_journey where cost_basis = 'campaign_day' and platform = 'google_ads' "
        "and channel = 'Cross-network' and cost > 0 order by hash(touchpoint_id) limit 5",
    )
    assert len(sample) == 5
    for touchpoint_id in sample:
        told = explain(evidence, Asked(touchpoint_id))
        assert told.adds_up, told.checks
        rows = [landed(evidence, step) for step in told.rows("landed_spend")]
        assert {str(row["campaign_id"]) for row in rows} == {told.figure["campaign_id"]}
        (share,), (match,) = told.rows("cost_share"), told.rows("ad_match")
        at = rate(evidence, share["account_currency"], match["cost_date"])
        spend = sum((Decimal(row["metrics_cost_micros"]) / 1_000_000 * at).quantize(SIX, ROUND_HALF_UP) for row in rows)
        divisor = max(sum(row["metrics_clicks"] for row in rows), share["touches"])
        assert told.figure["cost"] == (spend / divisor).quantize(SIX, ROUND_DOWN)


def test_conversions_lead_to_the_landed_sale_and_their_credit_is_one(evidence: Evidence) -> None:
    sample = ids(
        evidence,
        "select conversion_id from marts.fct_conversions qualify row_number() over "
        "(partition by conversion_type, refunded_value > 0, customer_id is null order by hash(conversion_id)) < 5",
    )
    refunded = 0
    for conversion_id in sample:
        told = explain(evidence, Asked(conversion_id))
        assert told.kind == "conversion"
        assert told.adds_up, told.checks
        figure = told.figure
        rows = [landed(evidence, step) for step in told.rows("landed")]
        if figure["conversion_type"] == "purchase" and (row := rows[0]).get("ecommerce"):
            assert row["ecommerce"]["transaction_id"] == figure["transaction_id"]
            assert Decimal(str(row["ecommerce"]["purchase_revenue"])) == figure["original_value"]
        elif figure["conversion_type"] == "purchase" and "value" in row:
            assert (row["transaction_id"], row["value"]) == (figure["transaction_id"], figure["original_value"])
        refunds = [landed(evidence, step) for step in told.rows("landed_refunds")]
        if refunds:
            amounts = [Decimal(str((row.get("ecommerce") or {}).get("refund_value") or row.get("value") or 0)) for row in refunds]
            kept = [amount for amount, step in zip(amounts, told.rows("refunds"), strict=True) if step["set_aside"] is None]
            if figure["original_currency"] == "BRL" and all(kept):
                assert figure["refunded_value"] == min(sum(kept, Decimal(0)), figure["gross_value"])
                refunded += 1
        for model in {row["model"] for row in told.rows("credit")}:
            credits = [row for row in told.rows("credit") if row["model"] == model]
            assert sum(row["credit"] for row in credits) == 1
            assert sum(row["attributed_revenue"] for row in credits) == figure["net_value"]
            weights = sum(row["weight"] for row in credits)
            assert all(abs(float(row["credit"]) - row["weight"] / weights) < 1e-10 for row in credits)
    assert refunded >= 2


def test_position_and_half_life_can_be_followed_by_hand(evidence: Evidence) -> None:
    (conversion_id,) = ids(
        evidence,
        "select conversion_id from marts.fct_attribution where model = 'linear' group by 1 having count(*) = 4 "
        "order by hash(conversion_id) limit 1",
    )
    told = explain(evidence, Asked(conversion_id))
    rows = {model: [row for row in told.rows("credit") if row["model"] == model] for model in ("position_based", "time_decay")}
    assert [row["credit"] for row in rows["position_based"]] == [Decimal(part) for part in ("0.4", "0.1", "0.1", "0.4")]
    days = [float(re.findall(r"-([\d.]+) days", row["why"])[0]) for row in rows["time_decay"]]
    assert days[-1] == 0
    halves = [2 ** (-day / 7) for day in days]
    assert [float(row["credit"]) for row in rows["time_decay"]] == pytest.approx([half / sum(halves) for half in halves], abs=1e-4)


def test_an_ad_is_its_landed_rows_and_goes_to_touches_and_a_residual(evidence: Evidence) -> None:
    ads = evidence.rows(
        "select ads.platform, ads.account_id, ads.ad_id from marts.dim_ads as ads inner join marts.fct_customer_journey as touches "
        "on ads.platform = touches.platform and ads.ad_id = touches.ad_id where touches.cost > 0 "
        "qualify row_number() over (partition by ads.platform, ads.account_id order by hash(ads.ad_id), touches.touchpoint_id) = 1 "
        "order by all"
    )
    assert {ad["platform"] for ad in ads} == {"google_ads", "facebook_ads"}
    for ad in ads:
        told = explain(evidence, Asked(ad["ad_id"]))
        assert told.kind == "ad"
        assert told.adds_up, [check for check in told.checks if not check.holds]
        stream, key = {"google_ads": ("ad_performance", "ad_group_ad_ad_id"), "facebook_ads": ("ad_insights", "ad_id")}[ad["platform"]]
        spend = Decimal(0)
        for file in evidence.landing.glob(f"{ad['platform']}/{stream}/account={ad['account_id']}/dt=*/part-0.parquet"):
            for row in pq.read_table(file, partitioning=None).to_pylist():
                if str(row[key]) == ad["ad_id"]:
                    spend += row["spend"] if "spend" in row else Decimal(row["metrics_cost_micros"]) / 1_000_000
        assert told.figure["account_spend"] == spend > 0
        went = told.rows("where_it_went")
        assert sum(row["account_spend"] for row in went) == spend
        # The first day has no rate yet: its amounts in the reporting currency are unknown on both sides.
        assert sum((row["allocated"] + row["residual"] for row in went if row["spend"] is not None), Decimal(0)) == told.figure["spend"]
        day = next(row["day"] for row in went if row["touches"] and row["spend"] is not None)
        one = explain(evidence, Asked(ad["ad_id"], "ad", day=day))
        assert one.adds_up
        assert one.figure["spend"] == sum(row["spend"] for row in went if row["day"] == day)
        agreeing = [[check.served for check in walk.checks if check.what == "days on which it is so"] for walk in (told, one)]
        assert agreeing == [[len({row["day"] for row in went})], [1]]
        assert {row["cost_date"] for row in one.rows("touches")} == {day}


def test_rules_are_named(evidence: Evidence) -> None:
    mended = ids(
        evidence,
        "select touchpoint_id from marts.fct_customer_journey as journey inner join built.intermediate.int_site_events as events "
        "on journey.session_id = events.session_id and events.tag_origin is not null where journey.touchpoint_type = 'ad_click' "
        "and lower(trim(events.tag_source)) <> journey.source order by hash(touchpoint_id) limit 1",
    )
    told = explain(evidence, Asked(mended[0]))
    assert "utm_aliases" in told.rows("traffic_source")[0]["came_from"]
    assert told.rows("stage_rule")[0]["rule_order"] is not None
    cross = ids(
        evidence,
        "select touchpoint_id from marts.fct_customer_journey where channel = 'Cross-network' and touchpoint_type = 'ad_click' limit 1",
    )
    assert explain(evidence, Asked(cross[0])).rows("channel_rule")[0]["decided_by"] == "seed google_campaign_channels"
