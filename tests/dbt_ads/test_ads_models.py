"""Marts of the advertising side on a landing zone that a reader can add up."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ads_landing import AdsLanding, Warehouse
from small_ads_world import SATURDAY, SUNDAY, TOUCHES, land_world


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A full build with every dbt test and dbt unit test of the advertising models."""
    folder: Path = tmp_path_factory.mktemp("ads")
    zone = AdsLanding(folder)
    land_world(zone)
    held = Warehouse(folder / "full", zone.landing)
    held.build(TOUCHES, full=True)
    return held


def amounts(warehouse: Warehouse, platform: str, day: str, grain: str) -> dict[str, tuple[Any, Any]]:
    rows = warehouse.rows(
        "select component, account_amount::varchar, amount::varchar from marts.fct_spend_reconciliation "
        f"where platform = '{platform}' and date = '{day}' and grain = '{grain}'"
    )
    return {component: (account_amount, amount) for component, account_amount, amount in rows}


def test_spend_of_each_account_and_day_is_its_bill_in_both_currencies(warehouse: Warehouse) -> None:
    assert warehouse.rows(
        "select date::varchar, platform, account_id, sum(account_spend)::varchar, account_currency, sum(spend)::varchar, currency "
        "from marts.fct_ad_performance_daily group by all order by all"
    ) == [
        (SATURDAY, "facebook_ads", "9", "10.000000", "EUR", "62.500000", "BRL"),
        (SATURDAY, "google_ads", "1", "19.500000", "USD", "97.500000", "BRL"),
        (SUNDAY, "facebook_ads", "9", "2.000000", "EUR", None, "BRL"),
    ]


def test_a_row_stands_for_an_ad_or_a_campaign_or_what_the_account_does_not_list(warehouse: Warehouse) -> None:
    assert warehouse.rows(
        "select platform, campaign_id, ad_group_id, ad_id, placement, device_category, impressions, clicks, account_spend::varchar, "
        f"platform_conversions::double from marts.fct_ad_performance_daily where date = '{SATURDAY}' "
        "order by platform, campaign_id nulls last, ad_id"
    ) == [
        ("facebook_ads", "90", "91", "92", "instagram", None, 100, 6, "8.500000", 2.0),
        ("facebook_ads", None, None, None, "unlisted", None, 30, 1, "1.500000", None),
        ("google_ads", "10", "11", "12", "search", "mobile", 30, 3, "10.000000", 1.5),
        ("google_ads", "10", "11", "13", "search", "mobile", 20, 0, "0.400000", 0.0),
        ("google_ads", "20", None, None, "mixed", "desktop", 80, 5, "9.000000", 0.0),
        ("google_ads", None, None, None, "unlisted", None, 0, 0, "0.100000", None),
    ]


def test_google_bill_reaches_touches_or_a_named_residual(warehouse: Warehouse) -> None:
    assert amounts(warehouse, "google_ads", SATURDAY, "account") == {
        "billed": ("19.500000", "97.500000"),
        # Two touches of ad 12 at a third of 10.00, one that names the campaign takes the third click, one of five on Max.
        "allocated": ("11.800000", "59.000000"),
        "unmatched_clicks": ("0.000000", "0.000000"),
        "no_clicks": ("0.400000", "2.000000"),
        "no_ad_rows": ("7.200000", "36.000000"),
        "rounding": ("0.000000", "0.000000"),
        "account_difference": ("0.100000", "0.500000"),
    }


def test_meta_bill_reaches_touches_or_a_named_residual(warehouse: Warehouse) -> None:
    assert amounts(warehouse, "facebook_ads", SATURDAY, "account") == {
        "billed": ("10.000000", "62.500000"),
        # Two touches of ad 92 at a quarter of 8.50; an ad that Meta does not list takes one of its campaign's two other clicks.
        "allocated": ("6.375000", "39.843750"),
        "unmatched_clicks": ("2.125000", "13.281250"),
        "no_clicks": ("0.000000", "0.000000"),
        "rounding": ("0.000000", "0.000000"),
        "deleted_or_unlisted_ads": ("1.500000", "9.375000"),
    }


def test_levels_of_the_reports_tie_out_to_the_bill(warehouse: Warehouse) -> None:
    assert amounts(warehouse, "google_ads", SATURDAY, "campaign") == {
        "billed": ("19.500000", "97.500000"),
        "reported": ("19.400000", "97.000000"),
        "account_difference": ("0.100000", "0.500000"),
    }
    for grain in ("ad_group", "ad"):
        assert amounts(warehouse, "google_ads", SATURDAY, grain) == {
            "billed": ("19.500000", "97.500000"),
            "reported": ("10.400000", "52.000000"),
            "no_ad_rows": ("9.000000", "45.000000"),
            "account_difference": ("0.100000", "0.500000"),
        }


def test_a_day_without_a_rate_has_no_amounts_and_no_costs(warehouse: Warehouse) -> None:
    held = amounts(warehouse, "facebook_ads", SUNDAY, "account")
    assert {amount for _, amount in held.values()} == {None}
    assert held["billed"][0] == "2.000000"
    assert held["allocated"][0] == "1.000000"
    assert warehouse.rows(
        "select cost, cost_basis, account_cost::varchar from intermediate.int_ad_touch_costs where touchpoint_id = 'late'"
    ) == [(None, None, "1.000000")]


def test_cost_of_each_touch(warehouse: Warehouse) -> None:
    assert warehouse.rows(
        "select touchpoint_id, platform, account_id, campaign_name, ad_id, keyword, cost::varchar, cost_basis "
        "from intermediate.int_ad_touch_costs where touchpoint_id <> 'late' order by 1"
    ) == [
        ("g1", "google_ads", "1", "Oils", "12", "body oil", "16.666666", "click_id"),
        ("g1_again", "google_ads", "1", "Oils", "12", "body oil", "0.000000", "click_id"),
        ("g2", "google_ads", "1", "Oils", "12", "body oil", "16.666666", "click_id"),
        ("m1", "facebook_ads", "9", "summer", "92", None, "13.281250", "ad_day"),
        ("m2", "facebook_ads", "9", "summer", "92", None, "13.281250", "ad_day"),
        ("m_unlisted", "facebook_ads", "9", "summer", None, None, "13.281250", "campaign_day"),
        ("max1", "google_ads", "1", "Max", None, None, "9.000000", "campaign_day"),
        ("nobody", None, None, None, None, None, None, None),
        ("tagged", "google_ads", "1", "Oils", None, None, "16.666668", "campaign_day"),
    ]


def test_dimensions_keep_what_an_ad_was(warehouse: Warehouse) -> None:
    assert warehouse.rows("select ad_id, ad_group_name, final_urls, url_tags, is_deleted from marts.dim_ads order by 1") == [
        ("12", "Group", ["https://shop.example/oil"], "utm_source=google&utm_campaign=search_oils", False),
        ("13", "Group", ["https://shop.example/oil"], "utm_source=google&utm_campaign=search_oils", False),
        ("92", "set", None, "utm_campaign=summer&utm_content=92", False),
        ("93", "set", None, "utm_campaign=summer&utm_content=93", False),
    ]
    assert warehouse.rows(
        "select campaign_id, campaign_type, started_at::varchar, account_currency from marts.dim_campaigns order by 1"
    ) == [
        ("10", "search", "2026-01-01 05:00:00", "USD"),
        ("20", "performance_max", None, "USD"),
        ("90", None, "2026-01-01 03:00:00", "EUR"),
    ]


def test_the_reporting_currency_is_one_and_an_unknown_rate_is_no_row(warehouse: Warehouse) -> None:
    assert warehouse.rows(
        "select count(*), min(rate_to_reporting), max(rate_to_reporting) from intermediate.int_fx_rates_daily where currency = 'BRL'"
    ) == [(14610, Decimal(1), Decimal(1))]
    assert warehouse.rows(
        "select currency, count(*), min(rate_date)::varchar, max(rate_date)::varchar from intermediate.int_fx_rates_daily "
        "where currency <> 'BRL' group by all order by 1"
    ) == [("EUR", 8, "2026-01-02", "2026-01-09"), ("USD", 8, "2026-01-02", "2026-01-09")]
