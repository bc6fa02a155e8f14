"""A server that accepts a connection and never answers is given up by every client, and every call says how long it waits."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fault_worlds import WORLDS, Served, serve

from extractors.errors import Unreachable
from extractors.google_ads import client as google_ads
from sandbox.emulators.faults import Fault

SHORT = 0.2
PATCHED: dict[str, tuple[str, Any]] = {
    "klaviyo": ("extractors.email.klaviyo.client.TIMEOUT", (SHORT, SHORT)),
    "mailchimp": ("extractors.email.mailchimp.client._seconds", lambda connection: SHORT),
    "matomo": (
        "extractors.site_analytics.matomo.client._number",
        lambda connection, name, default: SHORT if name == "timeout_seconds" else default,
    ),
    "exchange_rates": ("extractors.exchange_rates.rates.TIMEOUT", (SHORT, SHORT)),
    "ga4": ("extractors.site_analytics.ga4.clients.CALL_SECONDS", SHORT),
    "google_ads": ("extractors.google_ads.credentials._TOKEN_SECONDS", SHORT),
}
"""Source -> where its deadline is, and a short one; Meta's is ``extra.timeout_seconds``."""

BIGQUERY = {
    "tables.get": "events.CALL_SECONDS",
    "tabledata.list": "rest.PAGE_SECONDS",
    "storage.CreateReadSession": "storage.CALL_SECONDS",
    "storage.ReadRows": "storage.PAGE_SECONDS",
}
"""Method -> its deadline."""


@pytest.fixture
def silent() -> Iterator[str]:
    """``host:port`` of a socket that accepts and says nothing."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        yield f"127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Served]]:
    running = {source: serve(source, tmp_path_factory.mktemp(source)) for source in ("ga4", "google_ads")}
    yield running
    for served in running.values():
        served.emulator.stop()


class Told:
    """Stands for an emulator whose Connection is all that is needed of it."""

    def __init__(self, connection: dict[str, Any]) -> None:
        self.connection = connection


@pytest.mark.parametrize("source", WORLDS)
def test_silence_is_given_up(source: str, silent: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if source in PATCHED:
        monkeypatch.setattr(*PATCHED[source])
    extra: dict[str, Any] = {"endpoint": f"http://{silent}", "project": "p", "timeout_seconds": SHORT}
    if source == "google_ads":
        extra |= {"client_id": "c", "client_secret": "s", "refresh_token": "r", "token_uri": f"http://{silent}/token", "endpoint": silent}
    if source in ("mailchimp", "matomo"):
        del extra["timeout_seconds"]
    started = time.monotonic()
    outcome = Served(source, Told({"password": "secret-us6", "extra": extra}), plan=None).load(tmp_path)  # type: ignore[arg-type]
    assert [type(error) for error in outcome.report.errors] == [Unreachable]
    assert outcome.placed == {}
    assert time.monotonic() - started < 15


def test_silence_of_the_google_ads_endpoint_is_given_up(servers: dict[str, Served], silent: str) -> None:
    connection = servers["google_ads"].connection(endpoint=silent)
    started = time.monotonic()
    with pytest.raises(Unreachable, match=r"grpc\.UNAVAILABLE"):
        google_ads.connect(connection, google_ads.Patience(silent_seconds=1))
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("operation", BIGQUERY)
def test_silence_of_any_bigquery_call_is_given_up(
    servers: dict[str, Served], operation: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"extractors.site_analytics.ga4.{BIGQUERY[operation]}", SHORT)
    served = servers["ga4"]
    served.plan.add(Fault("ga4", "hang", operation, times=None, options={"seconds": 2}))
    try:
        outcome = served.load(tmp_path, **({"storage_endpoint": None} if operation == "tabledata.list" else {}))
    finally:
        served.plan.clear()
    if operation == "storage.CreateReadSession":
        assert (outcome.report.errors, outcome.placed) == ([], served.whole), "the same rows come over REST"
    else:
        assert [type(error) for error in outcome.report.errors] == [Unreachable]
        assert outcome.placed == {}


def test_every_deadline_is_minutes_at_most() -> None:
    from extractors.email.klaviyo import client as klaviyo
    from extractors.email.mailchimp import client as mailchimp
    from extractors.exchange_rates import rates
    from extractors.facebook_ads.connection import Patience
    from extractors.site_analytics.ga4 import failures
    from extractors.site_analytics.matomo import client as matomo

    assert sum(klaviyo.TIMEOUT) <= 20
    assert mailchimp.CONNECT_SECONDS + mailchimp.READ_SECONDS <= 33
    assert sum(rates.TIMEOUT) <= 20
    assert matomo.CONNECT_SECONDS + matomo.READ_SECONDS <= 65
    assert max(failures.CALL_SECONDS, failures.PAGE_SECONDS, failures.TOKEN_SECONDS) <= 30
    assert Patience().connect + Patience().answer <= 35
    assert google_ads.Patience().timeout_seconds <= 600
    assert google_ads.Patience().silent_seconds <= 25
