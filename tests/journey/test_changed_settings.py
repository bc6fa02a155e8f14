"""A setting that is not what the warehouse was built with is told before everything is built anew: a shell may lack the scheduler's."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from test_prepare_and_publish import candidate, land_rates

from journey import build
from journey.build_alone import BuildFailed
from journey.duck import connect
from journey.prepare import changed_settings, fingerprint, keep_settings
from journey.settings import ROOT, Places, load, model_settings

EUROS = {"JOURNEY_REPORTING_CURRENCY": "EUR", "JOURNEY_POSITION_WEIGHTS": "[0.5, 0, 0.5]", "JOURNEY_NIGHTLY_HOUR_UTC": "3"}
TOLD = [
    "reporting_currency is 'BRL', and was 'EUR' in the last build: everything is built and published anew with it.",
    "position_weights is [0.4, 0.2, 0.4], and was [0.5, 0, 0.5] in the last build: everything is built and published anew with it.",
]


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A warehouse that was built with ``EUROS``."""
    places = Places(tmp_path)
    land_rates(places, "l1", {date(2026, 1, 5): [1.1]})
    candidate(places, 7)
    keep_settings(places.candidate, model_settings(load(EUROS)))
    build.publish(places)
    return places


def test_what_the_models_see_is_compared(places: Places, tmp_path: Path) -> None:
    assert changed_settings(places.build, model_settings(load({}))) == TOLD
    assert changed_settings(places.build, model_settings(load(EUROS))) == []
    assert changed_settings(tmp_path / "none.duckdb", model_settings(load({}))) == []
    with connect(places.build) as warehouse:
        warehouse.execute("delete from landing.settings where name = 'markov_order'")
    assert changed_settings(places.build, model_settings(load(EUROS))) == [], "a setting of a later version was no other before"
    places.build.write_bytes(b"?" * 9999)
    assert changed_settings(places.build, model_settings(load({}))) == []


def test_models_and_what_people_choose_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first hash is of what makes rows, also in Python; the second of seeds and settings."""
    monkeypatch.setattr("journey.prepare.ROOT", tmp_path)
    (project := tmp_path / "dbt_project").mkdir()
    (weights := tmp_path / "journey" / "attribution").mkdir(parents=True)
    told = [fingerprint({"days": 1}).split()]
    for file in (project / "model.sql", project / "model.yml", weights / "markov.py", project / "seed.csv", project / "notes.txt"):
        file.write_text("anything")
        told.append(fingerprint({"days": 1}).split())
    (project / "target").mkdir()
    (project / "target" / "compiled.sql").write_text("anything")
    told += [fingerprint({"days": 1}).split(), fingerprint({"days": 2}).split()]
    moved = [[one != other for one, other in zip(*pair, strict=True)] for pair in pairwise(told)]
    assert moved == [[True, False]] * 3 + [[False, True], [False, False], [False, False], [False, True]]


def test_a_build_tells_them_in_its_log(places: Places, caplog: pytest.LogCaptureFixture) -> None:
    (places.home / "identity_overrides.csv").write_text("no such column\n")
    with pytest.raises(BuildFailed, match="the first line has to be action,"):
        build.transform(places, load({}))
    assert [record.getMessage() for record in caplog.records if "in the last build" in record.getMessage()] == TOLD


def test_journey_run_tells_them_first(places: Places) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("JOURNEY_", "AIRFLOW_CONN_"))}
    environ |= {"JOURNEY_HOME": str(places.home), "PYTHONPATH": str(ROOT), "JOURNEY_IDENTITY_OVERRIDES": str(places.home / "none.csv")}
    command = [sys.executable, "-m", "journey.cli", "run", "--from", "2026-01-05", "--to", "2026-01-05"]
    outcome = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert outcome.returncode == 2
    assert outcome.stderr.splitlines()[:2] == TOLD


def test_the_task_that_builds_names_a_setting_that_cannot_be_used(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trying again cannot help, so it is not asked for; `journey status` has the same sentence."""
    from airflow.sdk.exceptions import AirflowFailException

    from journey import airflow_tasks

    monkeypatch.setenv("JOURNEY_HOME", str(places.home))
    monkeypatch.setenv("JOURNEY_MARKOV_ORDER", "9")
    said = "Not built: JOURNEY_MARKOV_ORDER is 9, and must be a whole number from 1 to 3. Kept: the served warehouse as it was."
    with pytest.raises(AirflowFailException) as failed:
        airflow_tasks.transform(full=False)
    assert str(failed.value) == said
    built = build.last_build(places)
    assert built is not None
    assert (built["status"], built["message"]) == ("failed", said)
