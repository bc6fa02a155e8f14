"""A ``journey run`` that somebody ends, and two at the same time: nothing goes on by itself, nothing is half, and the next one is right."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest
from from_a_terminal import heeding_signals
from journeys import FIRST, LAST, Connections, Home, environment
from marts import fingerprints

from journey.runner import KEPT_LOGS
from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.serving import serve_all

RANGE = ("--from", FIRST.isoformat(), "--to", LAST.isoformat())


def begin(home: Home, connections: Connections, *words: str) -> subprocess.Popen[str]:
    """``journey run`` in a group of its own, as a shell starts it."""
    command = [sys.executable, "-m", "journey.cli", "run", *RANGE, *words]
    return subprocess.Popen(
        heeding_signals(command),
        env=environment(home.path, connections),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def logs(home: Home) -> list[Path]:
    return sorted((home.places.airflow / "run" / "logs").glob("journey-run-*.log"), key=lambda file: file.stat().st_mtime)


def until_task(task: str, home: Home, process: subprocess.Popen[str], *, but_not: Sequence[Path] = ()) -> None:
    deadline = time.monotonic() + 300
    while not any(f"starting task_id={task}" in file.read_text() for file in logs(home) if file not in but_not):
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("number", "task"),
    [
        (signal.SIGINT, "extract"),
        pytest.param(signal.SIGTERM, "validate", marks=pytest.mark.slow),
        (signal.SIGHUP, "transform"),
        pytest.param(signal.SIGKILL, "land", marks=pytest.mark.slow),
    ],
)
def test_a_run_that_is_ended_leaves_nothing_behind_it(
    number: signal.Signals, task: str, base: Home, connections: Connections, tmp_path: Path
) -> None:
    home = base.copy(tmp_path / "home")
    before, served, landed = logs(home), home.served(), home.landed()
    words = ("--source", "exchange_rates", "--full")
    process = begin(home, connections, *words)
    until_task(task, home, process, but_not=before)
    family = psutil.Process(process.pid).children(recursive=True)
    assert family
    process.send_signal(number)
    said = process.communicate(timeout=60)[0]
    assert psutil.wait_procs(family, timeout=10)[1] == []
    if number is signal.SIGKILL:
        assert process.returncode == -signal.SIGKILL
    else:
        assert process.returncode == 128 + number, said
        during = "build_customer_journey, after ingest_exchange_rates" if task == "transform" else "ingest_exchange_rates"
        assert f"Stopped by {number.name} during {during}. Kept: " in said
    assert "Traceback" not in said
    assert (home.served(), home.landed()) == (served, landed)
    if task == "transform":
        told = home.run(connections, sources=("exchange_rates",), full=True)
        assert told.code == 0, told.text
        assert fingerprints(home.places.warehouse) == fingerprints(base.places.warehouse)


def test_two_runs_over_one_range_do_not_disturb_each_other(world: Path, base: Home, tmp_path: Path) -> None:
    home = base.copy(tmp_path / "home")
    before = logs(home)
    words = ("--source", "klaviyo")
    with serve_all(world, sources=["klaviyo"], faults=FaultPlan([Fault("klaviyo", "http_429", options={"seconds": 20})])) as connections:
        held_up = begin(home, connections, *words)
        until_task("extract", home, held_up, but_not=before)
        other = begin(home, connections, *words)
        told = [process.communicate(timeout=600)[0] for process in (held_up, other)]
    assert [held_up.returncode, other.returncode] == [0, 0], told
    own = [re.findall(r"^Airflow's log  (.*)$", text, re.MULTILINE)[0] for text in told]
    assert len({*own, *(str(file) for file in before)}) == 2 + len(before)
    assert fingerprints(home.places.warehouse) == fingerprints(base.places.warehouse)


def test_a_run_that_failed_and_is_asked_for_again_reads_only_the_rest(world: Path, base: Home, tmp_path: Path) -> None:
    home = base.copy(tmp_path / "home")
    before, broken = logs(home), Fault("klaviyo", "http_500", operation="flows", times=None)
    with serve_all(world, sources=["klaviyo"], faults=FaultPlan([broken])) as connections:
        failed = home.run(connections, sources=("klaviyo",))
        broken.times = 0
        told = [home.run(connections, sources=("klaviyo",)) for _ in range(2)]
    assert [failed.code, *(again.code for again in told)] == [1, 0, 0], failed.text
    kept = [file.read_text().count("read before by this load, kept") for file in logs(home) if file not in before]
    assert kept[0] == 0
    assert kept[1] > 0, "the second goes on with what the first had read"
    assert kept[2] == 0, "the third is a run of its own"
    assert len(ledger(home, "klaviyo")) == len(ledger(base, "klaviyo")) + 2
    assert fingerprints(home.places.warehouse) == fingerprints(base.places.warehouse)


def ledger(home: Home, source: str) -> list[Path]:
    return sorted((home.places.landing / "_ledger" / source).iterdir())


def test_logs_of_runs_are_bounded(base: Home, tmp_path: Path) -> None:
    home = base.copy(tmp_path / "home")
    (made,) = logs(home)
    for number in range(KEPT_LOGS + 5):
        made.with_name(f"journey-run-old-{number}.log").touch()
    home.run({}, sources=("matomo",))
    assert len(logs(home)) == KEPT_LOGS
