"""What each failure of Google Ads makes of a load: nothing half, the right error, no more waiting than helps."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import google_ads_folder as world
import pyarrow.compute as pc
import pytest

from extractors import errors
from extractors.connections import from_json
from extractors.google_ads import SOURCE
from extractors.google_ads.client import GoogleAds, Patience, connect
from extractors.retrying import SILENT
from extractors.stream import Account, Batch, Days, Pending, Restart
from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.emulators.google_ads import GoogleAdsEmulator, serve
from sandbox.emulators.recorded import Clock

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
RANGE = Days(world.DAYS[0], world.DAYS[-1])
ACCOUNT = Account(world.CLIENT)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GoogleAdsEmulator]:
    emulator = serve(world.build(tmp_path_factory.mktemp("rows")), clock=Clock(NOW), faults=FaultPlan())
    yield emulator
    emulator.stop()


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def client(server: GoogleAdsEmulator, pauses: list[float]) -> Iterator[GoogleAds]:
    """A connected client whose pauses are written down instead of slept."""
    opened = connect(from_json("google_ads_default", json.dumps(server.connection)), Patience(timeout_seconds=10))
    opened.retries.sleep = pauses.append
    yield opened
    SOURCE.close(opened)
    server.faults.clear()


def strike(server: GoogleAdsEmulator, kind: str, times: int | None = 1, operation: str = "", after: int = 0, **options: Any) -> Fault:
    return server.faults.add(Fault("google_ads", kind, operation=operation, times=times, after=after, options=options))


def extract(client: GoogleAds, stream: str, days: Days = RANGE) -> list[Batch | Pending]:
    """What stands in the end: Restart makes what came of its days void."""
    standing: list[Batch | Pending] = []
    for item in SOURCE.stream(stream).extract(client, ACCOUNT, days):
        if isinstance(item, Restart):
            standing = [held for held in standing if item.days is not None and held.day not in item.days]
        else:
            standing.append(item)
    return standing


def cost(items: list[Batch | Pending]) -> int:
    return sum(pc.sum(item.rows["metrics_cost_micros"]).as_py() for item in items if isinstance(item, Batch))


def test_a_service_that_stays_away_is_given_up(client: GoogleAds, server: GoogleAdsEmulator, pauses: list[float]) -> None:
    fault = strike(server, "unavailable", times=None)
    with pytest.raises(errors.Unreachable, match="asked 6 times"):
        extract(client, "campaign")
    assert (fault.hits, pauses) == (6, [0.5, 1.0, 2.0, 4.0, 8.0])


@pytest.mark.parametrize(("kind", "operation"), [("stream_broken", ""), ("expired_page_token", ""), ("invalid_page_token", "SearchStream")])
def test_a_broken_answer_starts_over_and_counts_nothing_twice(
    client: GoogleAds, server: GoogleAdsEmulator, kind: str, operation: str
) -> None:
    fault = strike(server, kind, times=2, operation=operation, **({"rows": 17} if kind == "stream_broken" else {}))
    batches = extract(client, "campaign_performance")
    assert fault.hits == 2
    assert sum(len(batch.rows) for batch in batches if isinstance(batch, Batch)) == 40
    assert cost(batches) == 80_000_000


def test_a_temporary_quota_waits_as_long_as_it_is_told(client: GoogleAds, server: GoogleAdsEmulator, pauses: list[float]) -> None:
    strike(server, "resource_exhausted_temporarily", retry_delay=7)
    assert cost(extract(client, "account_performance")) == 80_000_000
    assert pauses == [7.0]
    strike(server, "resource_exhausted_temporarily", retry_delay=3600)
    with pytest.raises(errors.RateLimited, match="RESOURCE_TEMPORARILY_EXHAUSTED"):
        extract(client, "account_performance")
    assert pauses == [7.0]


def test_a_status_that_names_its_pause_is_waited_for(client: GoogleAds, server: GoogleAdsEmulator, pauses: list[float]) -> None:
    strike(server, "status", code="RESOURCE_EXHAUSTED", retry_delay=9)
    assert cost(extract(client, "account_performance")) == 80_000_000
    assert pauses == [9.0]
    strike(server, "status", code="RESOURCE_EXHAUSTED")
    assert cost(extract(client, "account_performance")) == 80_000_000
    assert pauses == [9.0, 1.0]


def test_the_day_quota_stops_at_once(client: GoogleAds, server: GoogleAdsEmulator, pauses: list[float]) -> None:
    fault = strike(server, "resource_exhausted_quota", times=None)
    with pytest.raises(errors.RateLimited, match=r"quota_error\.RESOURCE_EXHAUSTED"):
        extract(client, "account_performance")
    assert (fault.hits, pauses) == (1, [])


@pytest.mark.parametrize("kind", ["too_large", "resource_exhausted_query"])
def test_a_range_that_is_too_much_is_halved(client: GoogleAds, server: GoogleAdsEmulator, kind: str) -> None:
    strike(server, kind, times=None, min_days=3)
    batches = extract(client, "ad_performance")
    assert [item.day for item in batches] == world.DAYS
    assert cost(batches) == 40_000_000


def test_a_deadline_halves_the_range_but_not_for_ever(server: GoogleAdsEmulator) -> None:
    made = from_json("google_ads_default", json.dumps(server.connection))
    client = connect(made, Patience(timeout_seconds=0.5))
    try:
        strike(server, "deadline", times=None, min_days=5)
        assert cost(extract(client, "ad_performance")) == 40_000_000
        server.faults.clear()
        fault = strike(server, "deadline", times=None)
        with pytest.raises(errors.Unreachable, match="DEADLINE_EXCEEDED"):
            extract(client, "ad_performance")
        assert fault.hits == 3
    finally:
        SOURCE.close(client)
        server.faults.clear()


@pytest.mark.parametrize(("kind", "error"), [("too_large", errors.PartialAnswer), ("resource_exhausted_query", errors.RateLimited)])
def test_a_single_day_that_is_too_much_fails(
    client: GoogleAds, server: GoogleAdsEmulator, kind: str, error: type[errors.ExtractionError]
) -> None:
    strike(server, kind, times=None)
    with pytest.raises(error):
        extract(client, "ad_performance", Days(world.FIRST, world.FIRST))
    with pytest.raises(error):
        extract(client, "campaign")


@pytest.mark.parametrize(("kind", "error"), [("token_invalid_grant", errors.AuthenticationError), ("token_500", errors.Unreachable)])
def test_a_refresh_that_fails_in_mid_run(
    client: GoogleAds, server: GoogleAdsEmulator, pauses: list[float], kind: str, error: type[errors.ExtractionError]
) -> None:
    # google-auth retries a 500 three times on its own, with pauses of about a second each.
    once = {held: replace(held, calls=1) for held in (SILENT,)}
    client.retries.overrides = once if kind == "token_500" else {}
    client.credentials.expiry = datetime(2000, 1, 1)  # noqa: DTZ001  google-auth keeps naive UTC
    strike(server, kind, times=None, operation="token")
    with pytest.raises(error) as caught:
        extract(client, "campaign")
    assert type(caught.value) is error
    assert pauses == []


def test_a_missing_required_field_is_a_payload_error(client: GoogleAds, server: GoogleAdsEmulator) -> None:
    for stream, field in (("ad_performance", "campaign.id"), ("ad_performance", "segments.device"), ("click_view", "click_view.gclid")):
        strike(server, "missing_field", field=field)
        with pytest.raises(errors.PayloadError, match=field.replace(".", r"\.")):
            extract(client, stream)
        server.faults.clear()
    strike(server, "missing_field", field="click_view.keyword")
    day = Days(world.FIRST, world.FIRST)
    (batch,) = extract(client, "click_view", day)
    assert isinstance(batch, Batch)
    assert batch.rows["click_view_keyword"].to_pylist() == [None, None]


def test_click_view_older_than_ninety_days_is_pending_not_empty(client: GoogleAds) -> None:
    edge = date(2025, 12, 20)
    items = extract(client, "click_view", Days(edge - timedelta(days=2), edge))
    pending = [item for item in items if isinstance(item, Pending)]
    assert [item.day for item in pending] == [date(2025, 12, 18), date(2025, 12, 19)]
    assert "DATE_TOO_OLD" in pending[0].reason
    assert [item for item in items if isinstance(item, Batch)] == []


def test_nothing_of_the_client_speaks_of_customers(client: GoogleAds, server: GoogleAdsEmulator, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    strike(server, "permission_denied")
    with pytest.raises(errors.PermissionDenied):
        extract(client, "campaign")
    assert world.CLIENT not in caplog.text


def test_another_server_that_is_no_google_ads(server: GoogleAdsEmulator, client: GoogleAds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.emulators.google_ads.service.VERSIONS", ("v25",))
    with pytest.raises(errors.ConfigurationError, match="UNSUPPORTED_VERSION"):
        extract(client, "campaign")
