"""What the Klaviyo source does when Klaviyo misbehaves: what is tried again, and which error comes out."""

from __future__ import annotations

import json
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
    ConfigurationError,
    PayloadError,
    RateLimited,
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


def test_a_campaign_that_is_deleted_meanwhile_is_passed_over(run: Run) -> None:
    # C1 is there when campaigns are listed, and neither its messages nor itself when they are asked for.
    run.fault("answer", "campaign_messages", after=1, status=404)
    run.fault("answer", "campaigns", after=1, status=404)
    assert run.ids("campaign_messages") == ["C2M0", "C2M1"]
    run.fault("answer", "campaign_messages", after=1, status=404)
    with pytest.raises(PayloadError, match="status 404"):
        run.ids("campaign_messages")


def test_the_account_is_asked_for_once(run: Run) -> None:
    run.fault("unauthorized", "accounts", after=1, times=None)
    assert [account.id for account in SOURCE.accounts(run.client)] == [ACCOUNT]
    assert run.ids("accounts") == [ACCOUNT]


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
