"""A server that accepts a connection and never answers is given up by every client, and every call says how long it waits."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import requests
from fault_worlds import WORLDS, Served, serve

from extractors.deadlines import bound
from extractors.errors import PartialAnswer, Unreachable
from extractors.google_ads import client as google_ads
from sandbox.emulators.faults import Fault
from sandbox.emulators.google_ads import certificate

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


BEGIN = {"headers": b"HTTP/1.1 200 OK\r\nX-Slow: ", "body": b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"}


@contextmanager
def trickle(begin: bytes, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """``host:port`` of a server that goes on from ``begin`` with a byte every 50 ms, for ever."""
    over = threading.Event()

    def answer(client: socket.socket) -> None:
        with suppress(OSError), client if context is None else context.wrap_socket(client, server_side=True) as held:
            held.recv(65536)
            held.sendall(begin)
            while not over.wait(0.05):
                held.sendall(b"x")

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=answer, args=(listening.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=accept, daemon=True).start()
        yield f"127.0.0.1:{listening.getsockname()[1]}"
        over.set()


@pytest.fixture(params=BEGIN)
def trickling(request: pytest.FixtureRequest) -> Iterator[str]:
    with trickle(BEGIN[request.param]) as place:
        yield place


@pytest.mark.parametrize("source", WORLDS)
def test_an_answer_that_trickles_is_given_up(source: str, trickling: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes long before the timeout for a silence; the end of the exchange is what stops it."""
    for name in ("TOTAL_SECONDS", "TOKEN_SECONDS"):
        monkeypatch.setattr(f"extractors.deadlines.{name}", 0.3)
    extra: dict[str, Any] = {"endpoint": f"http://{trickling}", "project": "p", "timeout_seconds": SHORT}
    if source in ("mailchimp", "matomo"):
        del extra["timeout_seconds"]
        monkeypatch.setattr(*PATCHED[source])
        monkeypatch.setattr("extractors.email.mailchimp.client.CONNECT_SECONDS", SHORT)
    if source == "google_ads":
        extra |= {"client_id": "c", "client_secret": "s", "refresh_token": "r", "token_uri": f"http://{trickling}/token"}
        extra["endpoint"] = trickling
    started = time.monotonic()
    outcome = Served(source, Told({"password": "secret-us6", "extra": extra}), plan=None).load(tmp_path)  # type: ignore[arg-type]
    assert [type(error) for error in outcome.report.errors] in ([Unreachable], [PartialAnswer])
    assert outcome.placed == {}
    assert time.monotonic() - started < 60, "a call ends after a third of a second, and is made six times at most"


@pytest.mark.parametrize("where", BEGIN)
def test_the_same_over_tls(where: str, tmp_path: Path) -> None:
    key, authority = certificate.make()
    (tmp_path / "both.pem").write_bytes(key + authority)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "both.pem")
    started = time.monotonic()
    with (
        trickle(BEGIN[where], context) as place,
        bound(requests.Session(), 0.5) as session,
        pytest.raises(requests.exceptions.RequestException, match=r"timed out"),
    ):
        session.get(f"https://{place}/", verify=str(tmp_path / "both.pem"), timeout=20)
    assert time.monotonic() - started < 15


def test_rows_of_google_ads_that_trickle_end_with_the_deadline_of_the_query(servers: dict[str, Served], tmp_path: Path) -> None:
    served = servers["google_ads"]
    served.plan.add(Fault("google_ads", "trickle", "SearchStream campaign", times=None, options={"seconds": 0.2}))
    try:
        outcome = served.load(tmp_path, timeout_seconds=0.5)
    finally:
        served.plan.clear()
    assert {type(error) for error in outcome.report.errors} == {PartialAnswer}, "rows had come, and are worth nothing"
    assert all("DEADLINE_EXCEEDED" in str(error) for error in outcome.report.errors)
    assert outcome.placed.items() <= served.whole.items()


def test_rows_of_bigquery_that_trickle_end_with_the_deadline_of_the_stream(
    servers: dict[str, Served], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("extractors.site_analytics.ga4.storage.PAGE_SECONDS", 0.5)
    monkeypatch.setattr("extractors.site_analytics.ga4.storage.STREAM_SECONDS", 1.5)
    served = servers["ga4"]
    served.plan.add(Fault("ga4", "stream_trickle", times=None, options={"seconds": 0.1}))
    try:
        outcome = served.load(tmp_path)
    finally:
        served.plan.clear()
    assert [type(error) for error in outcome.report.errors] == [Unreachable]
    assert "was not at its end after 1.5 s" in outcome.report.errors[0].what
    assert outcome.placed == {}


def test_every_deadline_is_minutes_at_most() -> None:
    from extractors import deadlines
    from extractors.email.klaviyo import client as klaviyo
    from extractors.email.mailchimp import client as mailchimp
    from extractors.exchange_rates import rates
    from extractors.facebook_ads.connection import Patience
    from extractors.site_analytics.ga4 import failures, storage
    from extractors.site_analytics.matomo import client as matomo

    assert sum(klaviyo.TIMEOUT) <= 20
    assert mailchimp.CONNECT_SECONDS + mailchimp.READ_SECONDS <= 33
    assert sum(rates.TIMEOUT) <= 20
    assert matomo.CONNECT_SECONDS + matomo.READ_SECONDS <= 65
    assert max(failures.CALL_SECONDS, failures.PAGE_SECONDS, failures.TOKEN_SECONDS) <= 30
    assert Patience().connect + Patience().answer <= 35
    assert google_ads.Patience().timeout_seconds <= 600
    assert google_ads.Patience().silent_seconds <= 25
    assert (deadlines.TOTAL_SECONDS, deadlines.TOKEN_SECONDS) == (300, 30)
    assert storage.STREAM_SECONDS <= 3600
