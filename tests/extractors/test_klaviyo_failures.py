"""What the Klaviyo source does when Klaviyo misbehaves: what is tried again, and which error comes out."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from klaviyo_folder import ACCOUNT, event, write

from extractors import runner
from extractors.connections import Connection, from_json
from extractors.email.klaviyo import SOURCE
from extractors.email.klaviyo.client import Client
from extractors.errors import (
    AuthenticationError,
    ConfigurationError,
    ExtractionError,
    PartialAnswer,
    PayloadError,
    PermissionDenied,
    RateLimited,
    Unreachable,
)
from extractors.landing import Landing
from extractors.stream import Account, Batch, Days
from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.emulators.klaviyo import KlaviyoEmulator, serve
from sandbox.emulators.recorded import Clock

DAY = Days(date(2026, 1, 1), date(2026, 1, 1))


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[KlaviyoEmulator, FaultPlan]]:
    events = [event(f"E{n:05d}", f"2026-01-01T{n // 60:02d}:{n % 60:02d}:00+00:00") for n in range(500)]
    plan = FaultPlan()
    server = serve(write(tmp_path_factory.mktemp("rows") / "rows", events=events), clock=Clock(), faults=plan)
    yield server, plan
    server.stop()


class Run:
    """A client whose pauses between retries are noted, not slept."""

    def __init__(self, server: KlaviyoEmulator, plan: FaultPlan) -> None:
        self.pauses: list[float] = []
        self.plan = plan
        self.secret = server.connection["password"]
        self.client: Client = SOURCE.connect(from_json("klaviyo_default", json.dumps(server.connection)))
        self.client.retries.sleep = self.pauses.append

    def fault(self, kind: str, operation: str = "events", *, times: int | None = 1, after: int = 0, **options: Any) -> None:
        self.plan.add(Fault("klaviyo", kind, operation, after=after, times=times, options=options))

    def ids(self, stream: str = "events") -> list[str]:
        batches = SOURCE.stream(stream).extract(self.client, Account(ACCOUNT), DAY)
        return [value for batch in batches if isinstance(batch, Batch) for value in batch.rows.column("id").to_pylist()]


@pytest.fixture
def run(emulator: tuple[KlaviyoEmulator, FaultPlan]) -> Iterator[Run]:
    made = Run(*emulator)
    yield made
    made.plan.clear()
    SOURCE.close(made.client)


WHOLE = [f"E{n:05d}" for n in range(500)]


@pytest.mark.parametrize("kind", ["http_500", "http_502_html", "connection_reset", "truncated_body", "invalid_json"])
@pytest.mark.parametrize("after", [0, 1, 2])
def test_what_passes_is_tried_again_and_nothing_is_lost(run: Run, kind: str, after: int) -> None:
    run.fault(kind, after=after, times=2)
    assert run.ids() == WHOLE
    assert run.pauses == [0.5, 1.0]


def test_429_waits_as_long_as_it_says(run: Run) -> None:
    run.fault("http_429", after=1, times=2, seconds=7)
    assert run.ids() == WHOLE
    assert run.pauses == [7.0, 7.0]


@pytest.mark.parametrize(
    ("kind", "error", "calls"),
    [
        ("http_429", RateLimited, 8),
        ("http_500", Unreachable, 6),
        ("http_502_html", Unreachable, 6),
        ("connection_reset", Unreachable, 6),
        ("truncated_body", PartialAnswer, 3),
        ("invalid_json", PartialAnswer, 3),
        ("unauthorized", AuthenticationError, 1),
        ("forbidden_scope", PermissionDenied, 1),
        ("revision_retired", ConfigurationError, 1),
    ],
)
def test_what_stays_is_named(run: Run, kind: str, error: type[ExtractionError], calls: int) -> None:
    run.fault(kind, times=None)
    with pytest.raises(error) as caught:
        run.ids()
    assert type(caught.value) is error
    assert len(run.pauses) == calls - 1
    assert caught.value.action
    for text in (str(caught.value), repr(caught.value)):
        assert run.secret not in text
        assert "@" not in text


def test_a_quota_of_hours_is_not_waited_for(run: Run) -> None:
    run.fault("http_429", times=None, seconds=3600)
    with pytest.raises(RateLimited):
        run.ids()
    assert run.pauses == []


@pytest.mark.parametrize(
    ("stream", "field"),
    [
        ("events", "relationships.metric"),
        ("events", "relationships"),
        ("campaign_messages", "id"),
    ],
)
def test_a_missing_field_stops_the_stream(run: Run, stream: str, field: str) -> None:
    run.fault("missing_field", "campaigns" if stream == "campaign_messages" else stream, times=None, field=field)
    with pytest.raises(PayloadError):
        run.ids(stream)


def test_a_page_that_leads_to_itself_ends(run: Run) -> None:
    run.fault("repeated_cursor", times=None)
    with pytest.raises(PartialAnswer):
        run.ids()


def test_a_refused_page_size_falls_back_to_the_servers_own(run: Run) -> None:
    run.fault("page_size_limit", times=None, max=100)
    assert run.ids() == WHOLE


def test_the_account_is_asked_for_once(run: Run) -> None:
    run.fault("unauthorized", "accounts", after=1, times=None)
    assert [account.id for account in SOURCE.accounts(run.client)] == [ACCOUNT]
    assert run.ids("accounts") == [ACCOUNT]


def test_nobody_there_is_known_within_thirty_seconds() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{unused.getsockname()[1]}"
        client = SOURCE.connect(Connection("klaviyo_default", password="pk_x", extra={"endpoint": endpoint}))
        pauses: list[float] = []
        client.retries.sleep = pauses.append
        with pytest.raises(Unreachable):
            SOURCE.accounts(client)
    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0]


@pytest.mark.parametrize(
    ("connection", "field"),
    [
        (Connection("klaviyo_default"), "password"),
        (Connection("klaviyo_default", password="pk with blank"), "password"),
        (Connection("klaviyo_default", extra={"api_key": "pk\nx: y"}), "extra.api_key"),
        (Connection("klaviyo_default", password="pk_x", extra={"endpoint": "localhost:80"}), "extra.endpoint"),
    ],
)
def test_a_bad_connection_names_its_field(connection: Connection, field: str) -> None:
    with pytest.raises(ConfigurationError, match=field):
        SOURCE.connect(connection)


def test_a_wrong_key_is_an_authentication_error(emulator: tuple[KlaviyoEmulator, FaultPlan]) -> None:
    client = SOURCE.connect(Connection("klaviyo_default", extra={"api_key": "pk_wrong", "endpoint": emulator[0].endpoint}))
    with pytest.raises(AuthenticationError, match="authentication_failed"):
        SOURCE.accounts(client)


def test_missing_event_time_is_named(tmp_path: Path, emulator: tuple[KlaviyoEmulator, FaultPlan]) -> None:
    server, plan = emulator
    plan.add(Fault("klaviyo", "missing_field", "events", times=None, options={"field": "datetime"}))
    connection = from_json("klaviyo_default", json.dumps(server.connection))
    report = runner.run(
        SOURCE, connection, DAY, Landing(tmp_path), load_id="l", loaded_at=datetime(2026, 1, 2, tzinfo=UTC), streams=["events", "metrics"]
    )
    plan.clear()
    assert [type(error) for error in report.errors] == [PayloadError]
    assert "datetime" in str(report.errors[0])
    assert {(p.stream, p.status, p.rows) for p in report.partitions} == {("events", "failed", 0), ("metrics", "staged", 2)}
