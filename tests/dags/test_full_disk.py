"""A disk that is full while a source is read, checked or put in place: each step says so in a sentence, and its next try goes on."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from extractors.landing import Landing
from journey import airflow_tasks, ingest, show
from journey.settings import ROOT, Places

DAY = "2026-01-05"
LOAD = "first_party-manual__1"
PARAMS = {"from": DAY, "to": DAY, "streams": ["events"], "accounts": []}
STEPS: dict[str, tuple[str, Callable[[], Any]]] = {
    "extract": (f"_staged/{LOAD}/first_party/events/account=loja/dt={DAY}/part-0.writing", lambda: None),
    "validate": (f"_validation/first_party/{LOAD}.writing", lambda: airflow_tasks.validate("first_party", LOAD)),
    "land": (f"_staged/{LOAD}/landing.writing", lambda: airflow_tasks.land(LOAD)),
}
"""Task -> the file that it writes, and the task."""


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    (tmp_path / "files" / "loja").mkdir(parents=True)
    (tmp_path / "files" / "loja" / f"{DAY}.csv").write_text(f"event_id,occurred_at,event_type\ne1,{DAY}T10:00:00Z,support\n")
    monkeypatch.setenv("JOURNEY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AIRFLOW_CONN_FIRST_PARTY_DEFAULT", json.dumps({"conn_type": "generic", "extra": {"path": str(tmp_path / "files")}}))
    return Places.from_environment()


def extract() -> str:
    run = SimpleNamespace(conf={"from": DAY, "to": DAY}, run_type="manual")
    ti = SimpleNamespace(xcom_push=lambda **_: None)
    return airflow_tasks.extract("first_party", "first_party_default", {"params": PARAMS, "dag_run": run, "run_id": "manual__1", "ti": ti})


@pytest.mark.parametrize("full_in", STEPS)
def test_each_step_names_it_and_is_tried_again(full_in: str, places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails while an open file is written names no file: it was an error that nobody foresaw, or a stack trace."""
    landing, (reading, writing) = Landing(places.landing), os.pipe()
    monkeypatch.setenv("JOURNEY_PROGRESS_FD", str(writing))
    file = places.landing / STEPS[full_in][0]
    file.parent.mkdir(parents=True)
    file.symlink_to("/dev/full")
    for task, (_, step) in STEPS.items():
        step = extract if task == "extract" else step
        if task != full_in:
            step()
            continue
        with pytest.raises(ingest.LoadFailed) as failed:
            step()
        said = str(failed.value)
        assert said.startswith("ExtractionError: No space left on device. [source first_party, ")
        assert f"Kept: {'Nothing of this load' if task == 'extract' else 'Every partition in place, whole'}" in said
        assert said.endswith(f"To do: See that there is room below {places.home} and that it may be read and written, and clear the task.")
        assert failed.value.retryable
        assert json.loads(os.read(reading, 10_000))["message"] == said, "told at once: the ledger may be out of reach as well"
        file.unlink(missing_ok=True)  # a load that is noted as failed leaves nothing staged
        step()
    os.close(reading)
    os.close(writing)
    assert [(row.status, row.rows) for row in landing.newest({"landed"}).values()] == [("landed", 1)]
    assert ingest.unresolved(landing) == []
    assert list(landing.staged.iterdir()) == []


def test_a_build_and_its_reports_say_it_though_nothing_can_be_noted(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    reading, writing = os.pipe()
    monkeypatch.setenv("JOURNEY_PROGRESS_FD", str(writing))
    extract()
    airflow_tasks.land(LOAD)
    places.candidate.parent.mkdir(parents=True)
    places.candidate.with_name("lock").mkdir()
    places.candidate.with_name("last_build.writing").symlink_to("/dev/full")
    with pytest.raises(AirflowFailException) as failed:
        airflow_tasks.transform(full=False)
    assert str(failed.value).startswith(f"Not built: {places.candidate.with_name('lock')}: Is a directory. Kept: ")
    assert json.loads(os.read(reading, 10_000))["message"] == str(failed.value)
    places.warehouse.touch()
    places.reports.write_text("no folder")
    with pytest.raises(RuntimeError, match=rf"The reports could not be written: {places.reports}\S*: .*Kept: the warehouse") as unwritten:
        airflow_tasks.report()
    assert json.loads(os.read(reading, 10_000))["message"] == str(unwritten.value)
    os.close(reading)
    os.close(writing)


def test_what_could_not_be_written_down_is_told_at_the_end_once() -> None:
    nothing: dict[str, list[str]] = {"unresolved": [], "refused_accounts": [], "unbuilt": []}
    data = nothing | {"last_build": None, "exit_code": 1, "red": ["ingest_ga4.land"], "log": "x.log", "why": ["No space left on device."]}
    assert show.troubles(data) == ["No space left on device."]
    assert show.troubles(data | {"unresolved": ["failed: No space left on device."]}) == ["failed: No space left on device."]


def test_the_command_without_airflow_says_it_too(places: Places) -> None:
    command = [sys.executable, "-m", "extractors", "first_party", "--from", DAY, "--to", DAY, "--landing", str(places.landing)]
    limit = (200, resource.RLIM_INFINITY)
    told = subprocess.run(
        command,
        env=dict(os.environ) | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stdout) == (1, "")
    assert "by way of" not in told.stderr
    last = told.stderr.splitlines()[-1]
    assert last.startswith("ExtractionError: File too large. [source first_party, "), told.stderr
    assert last.endswith(f"To do: See that there is room below {places.landing} and that it can be written.")
