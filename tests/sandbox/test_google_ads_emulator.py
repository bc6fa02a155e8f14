"""The Google Ads emulator, asked by the official client over TLS: pages, permissions, tokens, versions, the clock and faults."""

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
from google_ads_asking import CLIENT, MANAGER, NOW, RANGE, ask, credentials, refusal, running, service, world

from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.emulators.google_ads import GoogleAdsEmulator, serve
from sandbox.emulators.recorded import Clock


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GoogleAdsEmulator]:
    yield from running(tmp_path_factory.mktemp("rows"))


@pytest.fixture(autouse=True)
def _no_faults(server: GoogleAdsEmulator) -> Iterator[None]:
    yield
    server.faults.clear()


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
