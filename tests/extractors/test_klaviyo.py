"""The Klaviyo source against the emulator, through the official client, to files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from klaviyo_folder import ACCOUNT, CLICKED, OPENED, event, write

from extractors import runner
from extractors.connections import Connection, from_json
from extractors.email.klaviyo import SOURCE
from extractors.landing import Landing
from extractors.stream import Days
from sandbox.emulators.faults import FaultPlan
from sandbox.emulators.klaviyo import KlaviyoEmulator, serve
from sandbox.emulators.recorded import Clock

DAYS = Days(date(2026, 1, 1), date(2026, 1, 3))
LOADED_AT = datetime(2026, 1, 4, 4, tzinfo=UTC)


def spread(count: int) -> list[dict[str, Any]]:
    """``count`` events, one each 8 minutes from 1 January 2026 on, every fourth a click."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        event(f"E{n:05d}", (start + timedelta(minutes=8 * n)).isoformat(" " if n % 2 else "T"), metric=CLICKED if n % 4 == 0 else OPENED)
        for n in range(count)
    ]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., KlaviyoEmulator]]:
    running: list[KlaviyoEmulator] = []

    def begin(events: list[dict[str, Any]], faults: FaultPlan | None = None, clock: Clock | None = None, **rows: Any) -> KlaviyoEmulator:
        folder = write(tmp_path / "rows", events=events, **rows)
        running.append(serve(folder, clock=clock or Clock(), faults=faults or FaultPlan()))
        return running[-1]

    yield begin
    for emulator in running:
        emulator.stop()


def connection(emulator: KlaviyoEmulator) -> Connection:
    return from_json("klaviyo_default", json.dumps(emulator.connection))


def load(emulator: KlaviyoEmulator, landing: Path, days: Days = DAYS, *streams: str, nightly: bool = False) -> runner.Report:
    return runner.run(
        SOURCE, connection(emulator), days, Landing(landing), load_id="load", loaded_at=LOADED_AT, streams=streams, nightly=nightly
    )


def rows_of(landing: Path, stream: str, day: str) -> list[dict[str, Any]]:
    path = landing / "_staged" / "load" / "klaviyo" / stream / f"account={ACCOUNT}" / f"dt={day}" / "part-0.parquet"
    rows: list[dict[str, Any]] = pq.read_table(path, partitioning=None).to_pylist()
    return rows


def test_every_stream_lands_whole(start: Callable[..., KlaviyoEmulator], tmp_path: Path) -> None:
    emulator = start(spread(540))
    report = load(emulator, tmp_path / "landing")
    assert report.errors == []
    assert {(p.stream, p.dt): p.rows for p in report.partitions} == {
        ("accounts", "2026-01-03"): 1,
        ("metrics", "2026-01-03"): 2,
        ("profiles", "2026-01-03"): 250,
        ("events", "2026-01-01"): 180,
        ("events", "2026-01-02"): 180,
        ("events", "2026-01-03"): 180,
        ("campaigns", "2026-01-03"): 3,
        ("campaign_messages", "2026-01-03"): 3,
        ("flows", "2026-01-03"): 70,
    }
    events = [row for day in DAYS for row in rows_of(tmp_path / "landing", "events", day.isoformat())]
    assert [row["id"] for row in events] == [f"E{n:05d}" for n in range(540)]
    assert sum(row["metric_id"] == CLICKED for row in events) == 135
    assert all(row["datetime"] == datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=8 * n) for n, row in enumerate(events))


def test_entities_carry_documented_fields(start: Callable[..., KlaviyoEmulator], tmp_path: Path) -> None:
    load(start([]), tmp_path)
    account, metrics = rows_of(tmp_path, "accounts", "2026-01-03")[0], rows_of(tmp_path, "metrics", "2026-01-03")
    assert (account["id"], account["organization_name"], account["timezone"], account["preferred_currency"]) == (
        ACCOUNT,
        "Loja Teste",
        "America/Sao_Paulo",
        "BRL",
    )
    assert {(m["id"], m["name"], m["integration_name"]) for m in metrics} == {
        (OPENED, "Opened Email", "Klaviyo"),
        (CLICKED, "Clicked Email", "API"),
    }
    profile = rows_of(tmp_path, "profiles", "2026-01-03")[7]
    assert profile["email_sha256"] == hashlib.sha256(b"pessoa7@loja.example").hexdigest()
    assert profile["phone_sha256"] == hashlib.sha256(b"+5511900000007").hexdigest()
    assert (profile["id"], profile["external_id"]) == ("P0007", "user-7")
    campaigns = rows_of(tmp_path, "campaigns", "2026-01-03")
    assert [(c["name"], c["archived"]) for c in campaigns] == [("Campanha 0", True), ("Campanha 1", False), ("Campanha 2", False)]
    assert json.loads(campaigns[1]["definition"])["description"] == "fale com (email removed)"
    messages = rows_of(tmp_path, "campaign_messages", "2026-01-03")
    assert [(m["id"], m["campaign_id"], m["status"], m["send_time"]) for m in messages] == [
        (f"C{c}M{part}", f"C{c}", "sent", "2026-01-02T12:00:00+00:00") for c, part in ((1, 0), (2, 0), (2, 1))
    ]
    assert {flow["trigger_type"] for flow in rows_of(tmp_path, "flows", "2026-01-03")} == {"Metric"}


def test_no_person_lands(start: Callable[..., KlaviyoEmulator], tmp_path: Path) -> None:
    properties = {"$first_name": "Joaquina", "Billing Address": {"address1": "Rua das Flores 1"}, "To Number": "+5511900000001"}
    emulator = start([event("E1", "2026-01-01T10:00:00+00:00", properties=properties)])
    load(emulator, tmp_path / "landing")
    values = [
        str(value)
        for file in (tmp_path / "landing").rglob("*.parquet")
        for row in pq.read_table(file, partitioning=None).to_pylist()
        for value in row.values()
    ]
    assert len(values) > 1000
    assert not [value for value in values if any(word in value for word in ("@", "Joaquina", "Sobrenome", "Flores", "+5511"))]


def test_event_properties_stay_json(start: Callable[..., KlaviyoEmulator], tmp_path: Path) -> None:
    properties = {
        "$message": "01ABC",
        "$flow": "F001",
        "Campaign Name": "Promoção",
        "Apple Privacy Open": True,
        "URL": "https://loja.example/?e=ana%40loja.example&utm_source=klaviyo",
        "Note": "escreva\nana@loja.example hoje",
        "Email": "ana@loja.example",
        "$value": 12.5,
        "items": [{"sku": "A", "address1": "Rua 1"}],
    }
    load(start([event("E1", "2026-01-01T10:00:00+00:00", properties=properties)]), tmp_path, DAYS, "events")
    text = rows_of(tmp_path, "events", "2026-01-01")[0]["event_properties"]
    assert json.loads(text) == {
        "$message": "01ABC",
        "$flow": "F001",
        "Campaign Name": "Promoção",
        "Apple Privacy Open": True,
        "URL": "https://loja.example/?e=(email removed)&utm_source=klaviyo",
        "Note": "escreva\n(email removed) hoje",
        "$value": 12.5,
        "items": [{"sku": "A"}],
    }
    assert ", " not in text.replace("(email removed)", "")


def test_days_are_utc_and_closed(start: Callable[..., KlaviyoEmulator], tmp_path: Path) -> None:
    emulator = start(
        [
            event("before", "2025-12-31 23:59:59+00:00"),
            event("first", "2026-01-01 00:00:00+00:00"),
            event("last", "2026-01-01T23:59:59.999999Z"),
            event("offset", "2026-01-01T22:30:00-03:00"),
            event("second", "2026-01-02T00:00:00+00:00"),
            event("future", "2026-12-24T12:00:00+00:00"),
        ]
    )
    report = load(emulator, tmp_path, Days(date(2026, 1, 1), date(2026, 1, 3)), "events")
    assert report.errors == []
    assert {day.isoformat(): [row["id"] for row in rows_of(tmp_path, "events", day.isoformat())] for day in DAYS} == {
        "2026-01-01": ["first", "last"],
        "2026-01-02": ["offset", "second"],
        "2026-01-03": [],
    }
    assert rows_of(tmp_path, "events", "2026-01-02")[0]["datetime"] == datetime(2026, 1, 2, 1, 30, tzinfo=UTC)


def test_a_night_reads_two_days_again_and_finds_the_late_event(start: Callable[..., KlaviyoEmulator], tmp_path: Path) -> None:
    clock = Clock(datetime(2026, 1, 3, 4, tzinfo=UTC))
    late = event("late", "2026-01-02T20:00:00+00:00", _from="2026-01-03T12:00:00+00:00")
    emulator = start([event("early", "2026-01-02T10:00:00+00:00"), late], clock=clock)
    night = Days(date(2026, 1, 2), date(2026, 1, 2))
    first = load(emulator, tmp_path / "first", night, "events", nightly=True)
    assert [(p.dt, p.rows) for p in first.partitions] == [("2026-01-01", 0), ("2026-01-02", 1)]
    clock.moment = datetime(2026, 1, 4, 4, tzinfo=UTC)
    second = load(emulator, tmp_path / "second", Days(date(2026, 1, 3), date(2026, 1, 3)), "events", nightly=True)
    assert [(p.dt, p.rows) for p in second.partitions] == [("2026-01-02", 2), ("2026-01-03", 0)]


def test_an_event_without_a_metric_lands_with_an_empty_one(start: Callable[..., KlaviyoEmulator], tmp_path: Path) -> None:
    emulator = start([event("E1", "2026-01-01T10:00:00+00:00", metric=None), event("E2", "2026-01-01T11:00:00+00:00")])
    assert load(emulator, tmp_path, DAYS, "events").errors == []
    assert [(row["id"], row["metric_id"]) for row in rows_of(tmp_path, "events", "2026-01-01")] == [("E1", None), ("E2", OPENED)]


def test_an_address_as_external_id_becomes_the_hash(start: Callable[..., KlaviyoEmulator], tmp_path: Path) -> None:
    profiles = [
        {"type": "profile", "id": "A", "attributes": {"external_id": "Ana@Loja.example"}},
        {"type": "profile", "id": "B", "attributes": {"external_id": "bia@loja.example"}},
        {"type": "profile", "id": "C", "attributes": {"external_id": "user-3"}},
        {"type": "profile", "id": "D", "attributes": {"external_id": "crm:joão%40loja.example"}},
    ]
    load(start([], profiles=profiles), tmp_path, DAYS, "profiles")
    assert [(row["external_id"], row["email_sha256"]) for row in rows_of(tmp_path, "profiles", "2026-01-03")] == [
        (None, hashlib.sha256(b"ana@loja.example").hexdigest()),
        (None, hashlib.sha256(b"bia@loja.example").hexdigest()),
        ("user-3", None),
        (None, hashlib.sha256("joão@loja.example".encode()).hexdigest()),
    ]


def test_a_row_on_two_pages_counts_once(start: Callable[..., KlaviyoEmulator], tmp_path: Path) -> None:
    twice = [event(f"E{n % 300:05d}", "2026-01-01T10:00:00+00:00") for n in range(310)]
    day = date(2026, 1, 1)
    (partition,) = load(start(twice), tmp_path, Days(day, day), "events").partitions
    totals = {"measure": "email events", "landed": "300", "platform": "300", "difference": "0", "likely_cause": ""}
    assert (partition.rows, partition.control_totals) == (300, totals)
    rows = pq.read_table(Landing(tmp_path).staged_file(partition), partitioning=None)
    assert rows["id"].to_pylist() == [f"E{n:05d}" for n in range(300)]
