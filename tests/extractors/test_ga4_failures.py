"""What the GA4 source says when BigQuery does not give what was asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ga4_folder import PROPERTY, event, write
from test_ga4 import DAY, load

from extractors import errors
from extractors.connections import from_json
from extractors.findings import Level
from extractors.site_analytics.ga4 import SOURCE
from extractors.site_analytics.ga4.examine import examine
from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.emulators.ga4 import Ga4Server, serve
from sandbox.emulators.recorded import Clock


@pytest.fixture
def plan() -> FaultPlan:
    return FaultPlan()


@pytest.fixture
def server(tmp_path: Path, plan: FaultPlan) -> Iterator[Ga4Server]:
    write(tmp_path, "events_20260105", [event(n) for n in range(3000)])
    running = serve(tmp_path, clock=Clock(), faults=plan)
    yield running
    running.stop()


def failure(server: Ga4Server, root: Path, **extra: Any) -> errors.ExtractionError:
    """The one error of a load that stages nothing."""
    report, tables = load(server, root, **extra)
    assert tables == []
    (error,) = report.errors
    assert "@" not in str(error)
    return error


@pytest.mark.parametrize(
    ("kind", "operation", "expected"),
    [
        ("unauthenticated", "datasets.list", errors.AuthenticationError),
        ("permission_denied", "datasets.list", errors.PermissionDenied),
        ("permission_denied", "tables.get", errors.PermissionDenied),
        ("quota_exceeded", "tables.get", errors.RateLimited),
        ("quota_exceeded", "storage.CreateReadSession", errors.RateLimited),
        ("quota_exceeded", "storage.ReadRows", errors.RateLimited),
        ("not_found", "datasets.list", errors.ConfigurationError),
        ("not_found", "storage.CreateReadSession", errors.ConfigurationError),
        ("unauthenticated", "storage.CreateReadSession", errors.AuthenticationError),
        ("missing_field", "", errors.PayloadError),
    ],
)
def test_refusals_are_told_apart(
    tmp_path: Path, server: Ga4Server, plan: FaultPlan, kind: str, operation: str, expected: type[errors.ExtractionError]
) -> None:
    plan.add(Fault("ga4", kind, operation, times=None))
    error = failure(server, tmp_path / "landing")
    assert type(error) is expected
    assert error.source == "ga4"
    if operation != "datasets.list":
        assert (error.stream, error.account, error.day) == ("events", PROPERTY, DAY)


@pytest.mark.parametrize(
    ("kind", "operation"), [("rate_limit_exceeded", "tables.get"), ("backend_error", "tabledata.list"), ("connection_reset", "")]
)
def test_what_passes_is_retried(tmp_path: Path, server: Ga4Server, plan: FaultPlan, kind: str, operation: str) -> None:
    fault = plan.add(Fault("ga4", kind, operation, times=1))
    report, (table,) = load(server, tmp_path / "landing", rest=True)
    assert report.errors == []
    assert len(table) == 3000
    assert fault.hits == 1


@pytest.mark.parametrize("code", ["UNAVAILABLE", "INTERNAL", "ABORTED"])
def test_a_broken_stream_is_taken_up_where_it_broke(tmp_path: Path, server: Ga4Server, plan: FaultPlan, code: str) -> None:
    fault = plan.add(Fault("ga4", "stream_broken", times=2, options={"batches": 1, "code": code}))
    report, (table,) = load(server, tmp_path / "landing")
    assert report.errors == []
    assert fault.hits == 2
    assert table["event_timestamp"].to_pylist() == [event(n)["event_timestamp"] for n in range(3000)]


@pytest.mark.parametrize(("options", "hits"), [({"batches": 0}, 4), ({"batches": 1, "code": "DATA_LOSS"}, 1)])
def test_a_stream_that_stays_broken_lands_nothing(
    tmp_path: Path, server: Ga4Server, plan: FaultPlan, options: dict[str, Any], hits: int
) -> None:
    fault = plan.add(Fault("ga4", "stream_broken", times=None, options=options))
    assert isinstance(failure(server, tmp_path / "landing"), errors.PartialAnswer)
    assert fault.hits == hits


def test_an_empty_token_is_the_last_page(tmp_path: Path, server: Ga4Server, plan: FaultPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extractors.site_analytics.ga4.rest._PAGE_ROWS", 1000)
    pages = plan.add(Fault("ga4", "empty_token", "tabledata.list", times=None))
    report, (table,) = load(server, tmp_path, storage_endpoint=None)
    assert (report.errors, table.num_rows, pages.hits) == ([], 3000, 3)


def test_lists_end_at_an_empty_token_and_are_given_up_at_a_repeated_one(server: Ga4Server, plan: FaultPlan) -> None:
    client = SOURCE.connect(from_json("ga4_default", json.dumps(server.connection)))
    # The client would go on as long as the fault strikes.
    empty = [plan.add(Fault("ga4", "empty_token", operation, times=5)) for operation in ("datasets.list", "tables.list")]
    try:
        (account,) = SOURCE.accounts(client)
        assert account.id == PROPERTY
        assert examine(client, account, DAY)[0].level is Level.OK
        assert [pages.hits for pages in empty] == [1, 1]
        plan.clear()
        repeated = [plan.add(Fault("ga4", "repeated_token", operation, times=5)) for operation in ("datasets.list", "tables.list")]
        with pytest.raises(errors.PartialAnswer, match="do not end"):
            SOURCE.accounts(client)
        assert [(found.level, "do not end" in found.message) for found in examine(client, account, DAY)] == [(Level.ERROR, True)]
        assert [pages.hits for pages in repeated] == [2, 2]
    finally:
        SOURCE.close(client)


def test_fewer_rows_than_the_table_has_is_a_partial_answer(tmp_path: Path, server: Ga4Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's metadata and its streams disagree, as when a session is opened on an older snapshot."""
    from sandbox.emulators.ga4 import storage

    monkeypatch.setattr(storage._Session, "stream", lambda session, number: session.rows.slice(0, 2999))
    error = failure(server, tmp_path / "landing")
    assert isinstance(error, errors.PartialAnswer)
    assert "has 3000 rows, 2999 came" in str(error)


def test_a_table_replaced_between_pages_is_a_partial_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import UTC, datetime

    from extractors.site_analytics.ga4 import rest

    monkeypatch.setattr(rest, "_PAGE_ROWS", 10)
    early = [event(n) for n in range(20)]
    write(tmp_path, "events_20260105", [*early, event(20, _from="2026-01-06T15:00:00Z")])
    clock = Clock(datetime(2026, 1, 6, 12, tzinfo=UTC))

    class Ticking(FaultPlan):
        """The export is rewritten when the second page is asked for."""

        pages = 0

        def take(self, source: str, operation: str, *more: Any) -> Fault | None:
            self.pages += operation == "tabledata.list" and "hang" in more[1]
            if self.pages == 2:
                clock.moment = datetime(2026, 1, 6, 16, tzinfo=UTC)
            return super().take(source, operation, *more)

    server = serve(tmp_path, clock=clock, faults=Ticking())
    try:
        error = failure(server, tmp_path / "landing", rest=True)
    finally:
        server.stop()
    assert isinstance(error, errors.PartialAnswer)
    assert "was replaced" in str(error)


@pytest.mark.parametrize("rest", [False, True])
def test_a_flipped_type_stops_the_day(tmp_path: Path, server: Ga4Server, rest: bool) -> None:
    write(tmp_path, "events_20260105", [event(1, event_timestamp="soon")])
    error = failure(server, tmp_path / "landing", rest=rest)
    assert isinstance(error, errors.PayloadError)
    assert "event_timestamp came as string where int64 is documented" in str(error)


@pytest.mark.parametrize("kind", ["hang", "connection_reset", "gone"])
def test_nobody_there_is_unreachable_soon(
    tmp_path: Path, server: Ga4Server, plan: FaultPlan, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr("extractors.site_analytics.ga4.clients.CALL_SECONDS", 0.3)
    if kind == "gone":
        server.stop()
    else:
        plan.add(Fault("ga4", kind, "datasets.list", times=None))
    error = failure(server, tmp_path / "landing")
    assert isinstance(error, errors.Unreachable)


def test_one_hanging_storage_endpoint_falls_back_to_rest(
    tmp_path: Path, server: Ga4Server, plan: FaultPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("extractors.site_analytics.ga4.storage.CALL_SECONDS", 0.3)
    plan.add(Fault("ga4", "hang", "storage.CreateReadSession"))
    report, (table,) = load(server, tmp_path / "landing")
    assert report.errors == []
    assert len(table) == 3000


def test_a_stream_that_says_nothing_is_unreachable(
    tmp_path: Path, server: Ga4Server, plan: FaultPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("extractors.site_analytics.ga4.storage.PAGE_SECONDS", 0.3)
    fault = plan.add(Fault("ga4", "hang", "storage.ReadRows", times=None))
    assert isinstance(failure(server, tmp_path / "landing"), errors.Unreachable)
    assert fault.hits == 6


@pytest.mark.parametrize(
    ("extra", "field"),
    [
        ({"project": ""}, "extra.project"),
        ({"project": "nobody"}, "extra.project"),
        ({"dataset": "sales"}, "extra.dataset"),
        ({"dataset": "analytics_1"}, "extra.dataset"),
        ({"accounts": ["1"]}, "extra.accounts"),
        ({"accounts": ["analytics_4711"]}, "extra.accounts"),
        ({"endpoint": "localhost"}, "extra.endpoint"),
        ({"endpoint": None}, "extra.keyfile_dict"),
        ({"keyfile_dict": "{"}, "extra.keyfile_dict"),
        ({"keyfile_dict": {"type": "service_account", "private_key": "secret-key"}}, "extra.keyfile_dict"),
        ({"keyfile_path": "/nowhere/key.json"}, "extra.keyfile_path"),
        ({"ca_file": "/nowhere/ca.pem"}, "extra.ca_file"),
    ],
)
def test_a_bad_field_of_the_connection_is_named(tmp_path: Path, server: Ga4Server, extra: dict[str, Any], field: str) -> None:
    error = failure(server, tmp_path / "landing", **extra)
    assert isinstance(error, errors.ConfigurationError)
    assert f"field {field} " in str(error)
    assert "secret-key" not in str(error)


def test_a_dead_token_endpoint_is_told_from_a_refused_key(tmp_path: Path, server: Ga4Server, plan: FaultPlan) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = made.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
    key = {"private_key": pem, "client_email": "bot@shop-project.example", "token_uri": f"{server.endpoint}/token"}
    plan.add(Fault("ga4", "unauthenticated", "token", times=None))
    error = failure(server, tmp_path / "landing", keyfile_dict=key)
    assert isinstance(error, errors.AuthenticationError)


def test_connect_asks_nobody() -> None:
    connection = from_json("ga4_default", json.dumps({"extra": {"project": "p", "endpoint": "http://127.0.0.1:9"}}))
    client = SOURCE.connect(connection)
    assert client.storage is None
    SOURCE.close(client)
