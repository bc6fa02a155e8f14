"""The query language of the Google Ads emulator, asked by the official client: what is joined, summed, chosen and refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import grpc
import pytest
from google_ads_asking import CLIENT, NOW, RANGE, ask, refusal, running, world

from sandbox.emulators.google_ads import GoogleAdsEmulator


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GoogleAdsEmulator]:
    yield from running(tmp_path_factory.mktemp("rows"))


@pytest.fixture(autouse=True)
def _same_day(server: GoogleAdsEmulator) -> Iterator[None]:
    yield
    server.store._clock.moment = NOW


def test_joins_parents_fills_resource_names_and_sets_only_what_was_selected(server: GoogleAdsEmulator) -> None:
    (row,) = ask(
        server,
        "SELECT ad_group_ad.ad.id, ad_group_ad.ad.type, ad_group_ad.ad.final_urls, campaign.name, campaign.advertising_channel_type,"
        " customer.currency_code FROM ad_group_ad WHERE ad_group_ad.ad.id = 31",
    )
    assert (row.ad_group_ad.ad.id, row.ad_group_ad.ad.final_urls[:]) == (31, ["https://loja.example/31", "https://loja.example/"])
    assert (
        row.ad_group_ad.ad.DESCRIPTOR.fields_by_name["type_"].enum_type.values_by_number[row.ad_group_ad.ad.type_].name
        == "RESPONSIVE_SEARCH_AD"
    )
    assert (row.campaign.name, row.customer.currency_code) == ("Busca", "BRL")
    assert row.ad_group_ad.resource_name == f"customers/{CLIENT}/adGroupAds/21~31"
    assert row.campaign.resource_name == f"customers/{CLIENT}/campaigns/11"
    assert not row.campaign.HasField("id")
    assert not row.HasField("ad_group")
    assert not row.HasField("metrics")
    (row,) = ask(
        server, "SELECT campaign.name FROM ad_group_ad WHERE ad_group_ad.ad.id = 31 PARAMETERS omit_unselected_resource_names = true"
    )
    assert (row.campaign.name, row.campaign.resource_name, row.HasField("ad_group_ad")) == ("Busca", "", False)


@pytest.mark.parametrize(
    ("resource", "rows", "cost", "clicks"),
    [
        ("customer", 10, 80_000_000, 120),
        ("campaign", 20, 80_000_000, 120),
        ("ad_group", 10, 40_000_000, 60),
        ("ad_group_ad", 20, 40_000_000, 60),
    ],
)
def test_sums_to_the_level_of_from(server: GoogleAdsEmulator, resource: str, rows: int, cost: int, clicks: int) -> None:
    found = ask(server, f"SELECT segments.date, metrics.cost_micros, metrics.clicks FROM {resource} WHERE {RANGE}")
    assert len(found) == rows
    assert sum(row.metrics.cost_micros for row in found) == cost
    assert sum(row.metrics.clicks for row in found) == clicks


def test_segments_break_down_and_dates_derive(server: GoogleAdsEmulator) -> None:
    found = ask(server, f"SELECT segments.device, segments.week, metrics.cost_micros FROM customer WHERE {RANGE} ORDER BY segments.week")
    # 1 March 2026 is a Sunday: one day in the week of 23 February, seven and two in the next.
    assert [(row.segments.week, row.metrics.cost_micros) for row in found] == [
        ("2026-02-23", 4_000_000),
        ("2026-02-23", 4_000_000),
        ("2026-03-02", 28_000_000),
        ("2026-03-02", 28_000_000),
        ("2026-03-09", 8_000_000),
        ("2026-03-09", 8_000_000),
    ]


def test_all_zero_segmented_rows_are_left_out_and_unsegmented_kept(server: GoogleAdsEmulator) -> None:
    zero = "SELECT {}campaign.id, metrics.view_through_conversions FROM campaign WHERE " + RANGE
    assert ask(server, zero.format("segments.date, ")) == []
    found = ask(server, zero.format(""))
    assert [(row.campaign.id, row.metrics.view_through_conversions) for row in found] == [(11, 0), (12, 0)]
    assert found[0].metrics.HasField("view_through_conversions")
    assert len(ask(server, "SELECT campaign.id, metrics.clicks FROM campaign WHERE metrics.clicks > 0", world.OTHER)) == 0
    assert len(ask(server, "SELECT campaign.id, metrics.clicks FROM campaign", world.OTHER)) == 1


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ("campaign.status = 'PAUSED'", [12]),
        ("campaign.status = PAUSED", [12]),
        ("campaign.status != 'PAUSED'", [11]),
        ("campaign.status IN ('PAUSED', 'ENABLED')", [11, 12]),
        ("campaign.id NOT IN (11)", [12]),
        ("campaign.id BETWEEN 12 AND 20", [12]),
        ("campaign.id >= '12'", [12]),
        ("campaign.name LIKE 'bus%'", [11]),
        ("campaign.name NOT LIKE 'B_sca'", [12]),
        ("campaign.name REGEXP_MATCH 'P.*x'", [12]),
        ("campaign.final_url_suffix IS NULL", [12]),
        ("campaign.final_url_suffix IS NOT NULL", [11]),
        ("campaign.name = 'none'", []),
    ],
)
def test_operators(server: GoogleAdsEmulator, where: str, ids: list[int]) -> None:
    assert [row.campaign.id for row in ask(server, f"SELECT campaign.id FROM campaign WHERE {where} ORDER BY campaign.id")] == ids


def test_order_limit_contains_and_during(server: GoogleAdsEmulator) -> None:
    found = ask(
        server, "SELECT ad_group_ad.ad.id FROM ad_group_ad WHERE ad_group_ad.ad.final_urls CONTAINS ANY ('https://loja.example/32')"
    )
    assert [row.ad_group_ad.ad.id for row in found] == [32]
    found = ask(server, f"SELECT segments.date FROM customer WHERE {RANGE} ORDER BY segments.date DESC LIMIT 2")
    assert [row.segments.date for row in found] == ["2026-03-10", "2026-03-09"]
    # 20 March: the last 14 days are 6 to 19 March, of which 6 to 10 have rows.
    found = ask(server, "SELECT segments.date, metrics.clicks FROM customer WHERE segments.date DURING LAST_14_DAYS")
    assert (len(found), sum(row.metrics.clicks for row in found)) == (5, 60)
    # Ranges follow the account's zone: 01:00 UTC on 11 March is still 10 March in Sao Paulo.
    server.store._clock.moment = datetime(2026, 3, 11, 1, tzinfo=UTC)
    found = ask(server, "SELECT segments.date, metrics.clicks FROM customer WHERE segments.date DURING TODAY")
    assert [row.segments.date for row in found] == ["2026-03-10"]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("SELECT campaign.nonsense FROM campaign", "UNRECOGNIZED_FIELD"),
        ("SELECT campaign.start_date FROM campaign", "UNRECOGNIZED_FIELD"),
        ("SELECT metrics.video_views FROM campaign", "UNRECOGNIZED_FIELD"),
        ("SELECT ad_group_ad.ad FROM ad_group_ad", "PROHIBITED_FIELD_IN_SELECT_CLAUSE"),
        ("SELECT campaign.id FROM nonsense", "BAD_RESOURCE_TYPE_IN_FROM_CLAUSE"),
        ("SELECT campaign.id FROM age_range_view", "BAD_RESOURCE_TYPE_IN_FROM_CLAUSE"),
        ("SELECT ad_group.id FROM campaign", "PROHIBITED_RESOURCE_TYPE_IN_SELECT_CLAUSE"),
        ("SELECT campaign.id FROM campaign WHERE ad_group.id = 1", "PROHIBITED_RESOURCE_TYPE_IN_WHERE_CLAUSE"),
        ("SELECT campaign.id FROM campaign WHERE campaign.status = 'NONE_SUCH'", "BAD_ENUM_CONSTANT"),
        ("SELECT campaign.id FROM campaign WHERE campaign.id = 'x'", "BAD_NUMBER"),
        ("SELECT segments.date, metrics.clicks FROM campaign", "EXPECTED_FILTERS_ON_DATE_RANGE"),
        ("SELECT segments.date FROM campaign WHERE segments.date >= '2026-03-01'", "EXPECTED_FILTERS_ON_DATE_RANGE"),
        (f"SELECT campaign.id FROM campaign WHERE segments.device = 'MOBILE' AND {RANGE}", "EXPECTED_REFERENCED_FIELD_IN_SELECT_CLAUSE"),
        ("SELECT campaign.id FROM campaign WHERE segments.date = 'March'", "INVALID_DATE_FORMAT"),
        ("SELECT campaign.id FROM campaign WHERE segments.date DURING LAST_YEAR", "INVALID_VALUE_WITH_DURING_OPERATOR"),
        ("SELECT campaign.id campaign.name FROM campaign", "EXPECTED_FROM"),
        ("campaign.id FROM campaign", "EXPECTED_SELECT"),
        ("SELECT campaign.id FROM campaign WHERE campaign.name = 'x", "STRING_NOT_TERMINATED"),
        ("SELECT campaign.id FROM campaign LIMIT 0", "LIMIT_VALUE_TOO_LOW"),
        ("SELECT campaign.id FROM campaign LIMIT 1 nonsense", "UNEXPECTED_INPUT"),
    ],
)
def test_refuses_what_the_language_does_not_allow(server: GoogleAdsEmulator, query: str, name: str) -> None:
    assert refusal(lambda: ask(server, query)) == ("query_error", name, grpc.StatusCode.INVALID_ARGUMENT)


def test_click_view_takes_one_day_of_the_last_ninety(server: GoogleAdsEmulator) -> None:
    query = "SELECT click_view.gclid, click_view.keyword_info.match_type, campaign.id FROM click_view WHERE segments.date {}"
    found = ask(server, query.format("= '2026-03-02'"))
    assert sorted(row.click_view.gclid for row in found) == ["G030231", "G030232"]
    assert {row.campaign.id for row in found} == {11}
    assert found[0].click_view.resource_name.endswith("/clickViews/2026-03-02~G030231")
    two = refusal(lambda: ask(server, query.format("BETWEEN '2026-03-02' AND '2026-03-03'")))
    assert two[:2] == ("click_view_error", "EXPECTED_FILTER_ON_A_SINGLE_DAY")
    assert refusal(lambda: ask(server, query.format("= '2025-12-19'")))[:2] == ("click_view_error", "DATE_TOO_OLD")
    assert ask(server, query.format("= '2025-12-20'")) == []
