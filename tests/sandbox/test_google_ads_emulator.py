"""The Google Ads emulator, asked by the official client over TLS."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.api_core.exceptions import InternalServerError, ResourceExhausted, ServiceUnavailable
from google.auth.exceptions import RefreshError
from google.auth.transport.grpc import secure_authorized_channel
from google.auth.transport.requests import Request
from google.oauth2 import service_account
from google.oauth2.credentials import Credentials
from google_ads_asking import CLIENT, MANAGER, ask, credentials, refusal, service, world

from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.emulators.google_ads import GoogleAdsEmulator, serve
from sandbox.emulators.recorded import Clock

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
RANGE = "segments.date BETWEEN '2026-03-01' AND '2026-03-10'"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GoogleAdsEmulator]:
    emulator = serve(world.build(tmp_path_factory.mktemp("rows")), clock=Clock(NOW), faults=FaultPlan())
    yield emulator
    emulator.stop()


@pytest.fixture(autouse=True)
def _no_faults(server: GoogleAdsEmulator) -> Iterator[None]:
    yield
    server.faults.clear()
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


def test_search_pages_by_ten_thousand_and_checks_its_tokens(tmp_path: Path) -> None:
    rows = [{"campaign": {"id": str(number), "name": f"C{number}", "status": "ENABLED"}} for number in range(1, 25_001)]
    world.build(tmp_path)
    world.write(tmp_path / "google_ads" / CLIENT / "campaign.ndjson", rows)
    server = serve(tmp_path, clock=Clock(NOW), faults=FaultPlan())
    try:
        ads = service(server)
        query = "SELECT campaign.id FROM campaign"
        pages = list(ads.search(customer_id=CLIENT, query=query, timeout=20).pages)
        assert [len(page.results) for page in pages] == [10_000, 10_000, 5_000]
        assert sum(row.campaign.id for page in pages for row in page.results) == 25_000 * 25_001 // 2
        chunks = [len(chunk.results) for chunk in ads.search_stream(customer_id=CLIENT, query=query, timeout=20)]
        assert chunks == [10_000, 10_000, 5_000]
        bad = {"customer_id": CLIENT, "query": query, "page_token": "nonsense"}
        assert refusal(lambda: ads.search(request=bad, timeout=10))[:2] == ("request_error", "INVALID_PAGE_TOKEN")
        sized = {"customer_id": CLIENT, "query": query, "page_size": 100}
        assert refusal(lambda: ads.search(request=sized, timeout=10))[:2] == ("request_error", "PAGE_SIZE_NOT_SUPPORTED")
        server.faults.add(Fault("google_ads", "expired_page_token"))
        pager = ads.search(customer_id=CLIENT, query=query, timeout=20)
        assert refusal(lambda: list(pager))[:2] == ("request_error", "EXPIRED_PAGE_TOKEN")
        counted = ads.search(
            request={"customer_id": CLIENT, "query": query + " LIMIT 3", "search_settings": {"return_total_results_count": True}},
            timeout=10,
        )
        assert (counted.total_results_count, len(list(counted))) == (25_000, 3)
    finally:
        server.stop()


def test_permissions_follow_the_manager(server: GoogleAdsEmulator) -> None:
    accessible = service(server, login=None, name="CustomerService").list_accessible_customers(timeout=10)
    assert list(accessible.resource_names) == [f"customers/{MANAGER}"]
    clients = ask(server, "SELECT customer_client.id, customer_client.level FROM customer_client", MANAGER)
    assert sorted((row.customer_client.id, row.customer_client.level) for row in clients) == [
        (1000000000, 0),
        (2000000001, 1),
        (2000000002, 1),
        (2000000003, 1),
    ]
    denied = ("authorization_error", "USER_PERMISSION_DENIED", grpc.StatusCode.PERMISSION_DENIED)
    query = "SELECT customer.id FROM customer"
    assert refusal(lambda: ask(server, query, login=None)) == denied
    assert refusal(lambda: ask(server, query, login=CLIENT)) == denied
    assert refusal(lambda: ask(server, query, "9999999999")) == denied
    assert refusal(lambda: ask(server, query, world.CANCELED))[:2] == ("authorization_error", "CUSTOMER_NOT_ENABLED")
    assert refusal(lambda: ask(server, query, "200-000-0001"))[:2] == ("request_error", "INVALID_CUSTOMER_ID")
    metrics = "SELECT metrics.clicks FROM customer"
    assert refusal(lambda: ask(server, metrics, MANAGER))[:2] == ("query_error", "REQUESTED_METRICS_FOR_MANAGER")


def test_tokens(server: GoogleAdsEmulator) -> None:
    with pytest.raises(RefreshError, match="invalid_grant"):
        credentials(server, "wrong").refresh(Request())
    with pytest.raises(ServiceUnavailable, match="invalid_grant"):
        ask(server, "SELECT customer.id FROM customer", signed=credentials(server, "wrong"))
    info = server.service_account_connection["extra"]["json_key"]
    scopes = ["https://www.googleapis.com/auth/adwords"]
    signed = service_account.Credentials.from_service_account_info(info, scopes=scopes)
    assert len(ask(server, "SELECT customer.id FROM customer", signed=signed)) == 1
    stranger = serve(Path("/nonexistent"), clock=Clock(NOW), faults=FaultPlan())
    try:
        forged = {**info, "private_key": stranger.tokens.key_file["private_key"]}
        with pytest.raises(RefreshError, match="invalid_grant"):
            service_account.Credentials.from_service_account_info(forged, scopes=scopes).refresh(Request())
    finally:
        stranger.stop()
    stale = credentials(server)
    stale.refresh(Request())
    server.tokens.expire_all()
    expired = ("authentication_error", "OAUTH_TOKEN_EXPIRED", grpc.StatusCode.UNAUTHENTICATED)
    assert refusal(lambda: ask(server, "SELECT customer.id FROM customer", signed=stale)) == expired
    unknown = refusal(lambda: ask(server, "SELECT customer.id FROM customer", signed=Credentials("made-up")))
    assert unknown == ("authentication_error", "OAUTH_TOKEN_INVALID", grpc.StatusCode.UNAUTHENTICATED)


def test_other_versions_speak_their_own_messages(server: GoogleAdsEmulator) -> None:
    query = f"SELECT metrics.cost_micros FROM customer WHERE {RANGE}"
    (row,) = ask(server, query, version="v25")
    assert (row.DESCRIPTOR.full_name, row.metrics.cost_micros) == ("google.ads.googleads.v25.services.GoogleAdsRow", 80_000_000)
    raw = secure_authorized_channel(
        credentials(server), Request(), server.address, ssl_credentials=grpc.ssl_channel_credentials(server.ca_file.read_bytes())
    )
    with pytest.raises(grpc.RpcError) as caught:
        raw.unary_unary("/google.ads.googleads.v19.services.GoogleAdsService/Search")(b"", timeout=10)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "google.ads.googleads.v19.errors.googleadsfailure-bin" in dict(caught.value.trailing_metadata())


def test_rows_are_seen_through_the_clock(tmp_path: Path) -> None:
    world.build(tmp_path)
    day = world.FIRST
    early = {
        **world.fact(day, "MOBILE", ("11", "21", "31"), 10, 2, 1_000_000),
        "_from": "2026-03-01T00:00:00Z",
        "_until": "2026-03-05T00:00:00Z",
    }
    late = {**world.fact(day, "MOBILE", ("11", "21", "31"), 10, 2, 1_700_000), "_from": "2026-03-05T00:00:00Z"}
    world.write(tmp_path / "google_ads" / CLIENT / "performance.ndjson", [early, late])
    clock = Clock(datetime(2026, 3, 2, tzinfo=UTC))
    server = serve(tmp_path, clock=clock, faults=FaultPlan())
    try:
        query = f"SELECT metrics.cost_micros FROM customer WHERE {RANGE}"
        assert [row.metrics.cost_micros for row in ask(server, query)] == [1_000_000]
        clock.moment = datetime(2026, 3, 6, tzinfo=UTC)
        assert [row.metrics.cost_micros for row in ask(server, query)] == [1_700_000]
    finally:
        server.stop()


def test_faults_are_what_the_client_documents(server: GoogleAdsEmulator) -> None:
    query = "SELECT customer.id FROM customer"

    def struck(kind: str, **options: Any) -> None:
        server.faults.add(Fault("google_ads", kind, options=options))

    struck("unavailable")
    with pytest.raises(ServiceUnavailable):
        ask(server, query)
    struck("internal_transient")
    with pytest.raises(InternalServerError) as internal:
        ask(server, query)
    assert "google.ads.googleads.v26.errors.googleadsfailure-bin" in dict(internal.value.errors[0].trailing_metadata())
    struck("resource_exhausted_temporarily", retry_delay=7)
    with pytest.raises(ResourceExhausted):
        ask(server, query)
    struck("too_large")
    with pytest.raises(ResourceExhausted, match="larger than max"):
        ask(server, query)
    struck("stream_broken", rows=1)
    received: list[Any] = []
    with pytest.raises(ServiceUnavailable):
        received.extend(
            row
            for chunk in service(server).search_stream(customer_id=CLIENT, query="SELECT campaign.id FROM campaign", timeout=10)
            for row in chunk.results
        )
    assert [row.campaign.id for row in received] == [11]
    struck("missing_field", field="customer.id")
    assert [row.customer.HasField("id") for row in ask(server, query)] == [False]
    assert [row.customer.id for row in ask(server, query)] == [int(CLIENT)]
    with pytest.raises(ValueError, match="no_such_kind"):
        serve(Path("/nonexistent"), clock=Clock(), faults=FaultPlan([Fault("google_ads", "no_such_kind")]))
