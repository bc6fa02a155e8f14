"""A load that is killed in the middle and started again under its id reads only what it had not finished."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import google_ads_folder
import klaviyo_folder
import pytest

from extractors import registry, runner
from extractors.connections import from_json
from extractors.landing import Landing
from extractors.stream import Days
from journey import ingest
from journey.settings import Places
from sandbox.emulators import google_ads, klaviyo
from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.emulators.recorded import Clock

HERE = Path(__file__).parent
LOADED_AT = datetime(2026, 3, 20, 12, tzinfo=UTC)
CLOCK = Clock(LOADED_AT)
RANGES = {"google_ads": Days(google_ads_folder.DAYS[0], google_ads_folder.DAYS[-1]), "klaviyo": Days(date(2026, 1, 1), date(2026, 1, 3))}
# What hangs, or fails and is asked again, when the kill comes in the first account; a kind that, at zero times, only counts calls;
# and what is counted: a finished call, and one that is left.
FIRST_ACCOUNT = {"google_ads": google_ads_folder.CLIENT, "klaviyo": klaviyo_folder.ACCOUNT}
CASES = {
    "google_ads": ("SearchStream keyword_view", "deadline", "unavailable", ("SearchStream ad_group_ad", "SearchStream click_view")),
    "klaviyo": ("campaigns", "http_500", "http_500", ("events", "flows")),
}


@dataclass(frozen=True)
class Served:
    connection: dict[str, Any]
    faults: FaultPlan


@pytest.fixture
def server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Served]:
    faults = FaultPlan()
    running: Any
    if request.param == "google_ads":
        running = google_ads.serve(google_ads_folder.build(tmp_path / "rows"), clock=CLOCK, faults=faults)
    else:
        start = datetime(2026, 1, 1, tzinfo=UTC)
        events = [klaviyo_folder.event(f"E{n:04d}", (start + timedelta(minutes=8 * n)).isoformat()) for n in range(540)]
        running = klaviyo.serve(klaviyo_folder.write(tmp_path / "rows", events=events), clock=CLOCK, faults=faults)
    # One question at a time, so that it is known what was finished when the kill came.
    yield Served({**running.connection, "extra": {**running.connection["extra"], "at_once": 1}}, faults)
    running.stop()


def content(report: runner.Report) -> list[tuple[str, str, str, int, str | None]]:
    rows = [row for row in report.partitions if row.status == "staged"]
    return sorted((row.stream, row.account, row.dt, row.rows, row.content_hash) for row in rows)


def load(source: str, server: Served, root: Path) -> runner.Report:
    connection = from_json(f"{source}_default", json.dumps(server.connection))
    return runner.run(registry.load(source), connection, RANGES[source], Landing(root), load_id="night", loaded_at=LOADED_AT)


def kill_while_it_hangs(source: str, server: Served, root: Path, operation: str, kind: str) -> None:
    """Start the load in a process, wait until the call hangs, and kill it without warning."""
    hung = server.faults.add(Fault(source, kind, operation, times=None, options={"seconds": 60}))
    days = RANGES[source]
    environ = {**os.environ, f"AIRFLOW_CONN_{source.upper()}_DEFAULT": json.dumps(server.connection)}
    command = [sys.executable, str(HERE / "killed_load.py"), source, str(days.first), str(days.last), str(root), "night"]
    process = subprocess.Popen(command, env=environ, cwd=HERE.parents[1], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while not hung.hits:
            assert process.poll() is None, "the load ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        process.send_signal(signal.SIGKILL)
        assert process.wait(20) == -signal.SIGKILL
    server.faults.clear()


@pytest.mark.parametrize(("server", "source"), [(name, name) for name in CASES], indirect=["server"])
def test_a_killed_load_reads_only_the_rest(server: Served, source: str, tmp_path: Path) -> None:
    hangs, kind, harmless, (finished, left) = CASES[source]
    whole = load(source, server, tmp_path / "whole")
    assert whole.errors == []
    kill_while_it_hangs(source, server, tmp_path / "landing", hangs, kind)
    assert not (tmp_path / "landing" / "_staged" / "night" / "load.jsonl").exists(), "the killed load came to its end"
    counted = [server.faults.add(Fault(source, harmless, name, FIRST_ACCOUNT[source], times=0)) for name in (finished, left)]
    rest = load(source, server, tmp_path / "landing")
    assert rest.errors == []
    assert content(rest) == content(whole)
    assert len(content(rest)) == len({row[:3] for row in content(rest)}) > 0
    assert counted[0].seen == 0, "what was finished was asked for again"
    assert counted[1].seen > 0, "what was left was not asked for"


@pytest.mark.parametrize("server", ["klaviyo"], indirect=True)
def test_a_damaged_file_of_a_finished_stream_is_read_again(server: Served, tmp_path: Path) -> None:
    whole = load("klaviyo", server, tmp_path / "whole")
    kill_while_it_hangs("klaviyo", server, tmp_path / "landing", *CASES["klaviyo"][:2])
    staged = tmp_path / "landing" / "_staged" / "night"
    spoilt = next((staged / "klaviyo" / "events").rglob("dt=2026-01-02/part-0.parquet"))
    spoilt.write_bytes(spoilt.read_bytes()[:-100])
    with (staged / "progress.jsonl").open("ab") as lines:
        lines.write(b'{"load_id": "night", "source": "kla')  # as a kill leaves it that comes while a line is written
    events = server.faults.add(Fault("klaviyo", "http_500", "events", times=0))
    profiles = server.faults.add(Fault("klaviyo", "http_500", "profiles", times=0))
    assert content(load("klaviyo", server, tmp_path / "landing")) == content(whole)
    assert (events.seen, profiles.seen) == (3, 0)


@pytest.mark.parametrize("server", ["klaviyo"], indirect=True)
def test_a_load_that_came_to_its_end_starts_anew(server: Served, tmp_path: Path) -> None:
    first = load("klaviyo", server, tmp_path)
    events = server.faults.add(Fault("klaviyo", "http_500", "events", times=0))
    assert content(load("klaviyo", server, tmp_path)) == content(first)
    assert events.seen == 3


@pytest.mark.parametrize("server", ["klaviyo"], indirect=True)
def test_a_retry_after_an_error_keeps_what_was_read(server: Served, tmp_path: Path) -> None:
    server.faults.add(Fault("klaviyo", "http_500", "flows", times=None))
    source = registry.load("klaviyo")

    def impatient(connection: Any) -> Any:
        client = source.connect(connection)
        client.retries.sleep = lambda seconds: None
        return client

    connection = from_json("klaviyo_default", json.dumps(server.connection))
    failed = runner.run(
        replace(source, connect=impatient), connection, RANGES["klaviyo"], Landing(tmp_path), load_id="night", loaded_at=LOADED_AT
    )
    assert [error.stream for error in failed.errors] == ["flows"]
    server.faults.clear()
    counted = server.faults.add(Fault("klaviyo", "http_500", "events", times=0))
    report = load("klaviyo", server, tmp_path)
    assert (report.errors, counted.seen) == ([], 0)
    assert {row[0] for row in content(report)} == {stream.name for stream in source.streams}


@pytest.mark.parametrize("server", ["klaviyo"], indirect=True)
def test_a_task_that_is_tried_again_goes_on_and_a_forgotten_one_is_removed(
    server: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = registry.load("klaviyo")

    def impatient(connection: Any) -> Any:
        client = source.connect(connection)
        client.retries.sleep = lambda seconds: None
        return client

    monkeypatch.setattr(registry, "load", lambda name: replace(source, connect=impatient))
    connection = from_json("klaviyo_default", json.dumps(server.connection))
    places = Places(tmp_path)

    def extract(load: str, loaded_at: datetime) -> int:
        return ingest.extract("klaviyo", connection, RANGES["klaviyo"], places, load=load, loaded_at=loaded_at, nightly=False)

    server.faults.add(Fault("klaviyo", "http_500", "flows", times=None))
    for load, hours in (("klaviyo-two", 1), ("klaviyo-one", 0)):
        with pytest.raises(ingest.LoadFailed) as caught:
            extract(load, LOADED_AT - timedelta(hours=hours))
        assert caught.value.retryable
    server.faults.clear()
    counted = server.faults.add(Fault("klaviyo", "http_500", "events", times=0))
    rows = extract("klaviyo-one", LOADED_AT)
    assert (rows, counted.seen) == (1 + 2 + 250 + 540 + 3 + 3 + 70, 0)
    assert ingest.land(places, load="klaviyo-one", loaded_at=LOADED_AT) == {"landed": 9}
    assert ingest.unresolved(Landing(places.landing)) == []
    staged = places.landing / "_staged"
    old = (LOADED_AT - timedelta(days=8)).timestamp()
    for path in (staged / "klaviyo-two", *(staged / "klaviyo-two").rglob("*")):
        os.utime(path, (old, old))
    assert [path.name for path in staged.iterdir()] == ["klaviyo-two"]
    extract("klaviyo-three", LOADED_AT)
    assert [path.name for path in staged.iterdir()] == ["klaviyo-three"]


@pytest.mark.parametrize("server", ["klaviyo"], indirect=True)
def test_a_load_that_spent_its_budget_waits_for_a_person_and_then_reads_the_rest_only(server: Served, tmp_path: Path) -> None:
    connection = from_json(
        "klaviyo_default", json.dumps({**server.connection, "extra": {**server.connection["extra"], "retry_budget_minutes": 0}})
    )
    places = Places(tmp_path)

    def extract() -> int:
        return ingest.extract("klaviyo", connection, RANGES["klaviyo"], places, load="klaviyo-one", loaded_at=LOADED_AT, nightly=False)

    server.faults.add(Fault("klaviyo", "http_500", "flows", times=None))
    with pytest.raises(ingest.LoadFailed, match="BudgetSpent") as caught:
        extract()
    assert not caught.value.retryable, "Airflow does not try it again by itself"
    server.faults.clear()
    counted = server.faults.add(Fault("klaviyo", "http_500", "events", times=0))
    assert (extract(), counted.seen) == (1 + 2 + 250 + 540 + 3 + 3 + 70, 0)


def test_what_has_landed_since_is_read_again_so_that_older_rows_never_take_the_place_of_newer_ones(tmp_path: Path) -> None:
    """A night broke off, the next one landed its days with an event that came late, and then the first one's task is cleared."""
    events = [klaviyo_folder.event(f"E{n}", f"2026-01-0{n}T10:00:00+00:00") for n in (1, 2, 3)]
    late = {**klaviyo_folder.event("E4", "2026-01-03T11:00:00+00:00"), "_from": (LOADED_AT + timedelta(hours=1)).isoformat()}
    clock, faults, places = Clock(LOADED_AT), FaultPlan(), Places(tmp_path / "home")
    server = klaviyo.serve(klaviyo_folder.write(tmp_path / "rows", events=[*events, late]), clock=clock, faults=faults)
    extra = {**server.connection["extra"], "retry_budget_minutes": 0, "at_once": 1}
    connection = from_json("klaviyo_default", json.dumps({**server.connection, "extra": extra}))

    def land(load: str, days: Days, at: datetime) -> dict[str, int]:
        clock.moment = at
        ingest.extract("klaviyo", connection, days, places, load=load, loaded_at=at, nightly=False)
        ingest.land(places, load=load, loaded_at=at)
        rows = Landing(places.landing).newest({"landed", "unchanged"}, "klaviyo").values()
        return {row.dt: row.rows for row in rows if row.stream == "events"}

    try:
        faults.add(Fault("klaviyo", "http_500", "flows", times=None))
        with pytest.raises(ingest.LoadFailed, match="BudgetSpent"):
            land("klaviyo-broke-off", RANGES["klaviyo"], LOADED_AT)
        faults.clear()
        whole = {"2026-01-01": 1, "2026-01-02": 1, "2026-01-03": 2}
        last = Days(date(2026, 1, 3), date(2026, 1, 3))
        assert land("klaviyo-next-night", last, LOADED_AT + timedelta(days=1)) == {"2026-01-03": 2}
        assert land("klaviyo-broke-off", RANGES["klaviyo"], LOADED_AT + timedelta(days=2)) == whole
    finally:
        server.stop()
