"""Loads whose run was stopped between reading and landing, and tasks that a person marked or started again out of order."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from airflow.sdk.exceptions import AirflowFailException

from extractors.connections import Connection
from extractors.landing import Landing
from extractors.stream import Days
from journey import airflow_tasks, ingest, summary
from journey.settings import Places

DAY = date(2026, 1, 5)
NOW = datetime(2026, 1, 6, 7, tzinfo=UTC)
LOAD = "first_party-scheduled__1"
EVENT = "event_id,occurred_at,event_type\ne1,2026-01-05T10:00:00Z,support\n"


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    """A home in which one load was read, and no more, at ``NOW``."""
    (tmp_path / "files" / "loja").mkdir(parents=True)
    (tmp_path / "files" / "loja" / f"{DAY}.csv").write_text(EVENT)
    monkeypatch.setenv("JOURNEY_HOME", str(tmp_path / "home"))
    places = Places.from_environment()
    read(places, LOAD, NOW)
    return places


def read(places: Places, load: str, at: datetime) -> None:
    connection = Connection("first_party_default", extra={"path": str(places.home.parent / "files")})
    ingest.extract("first_party", connection, Days(DAY, DAY), places, load=load, loaded_at=at, nightly=False)
    for path in (places.landing / "_staged" / load, *(places.landing / "_staged" / load).rglob("*")):
        os.utime(path, (at.timestamp(), at.timestamp()))


def test_what_was_read_and_did_not_land_is_told_until_it_has(places: Places) -> None:
    assert summary.waiting(places, NOW + timedelta(minutes=59)) == []
    (told,) = summary.waiting(places, NOW + timedelta(minutes=61))
    assert told.startswith(f"first_party: load {LOAD} of {DAY} to {DAY} was read until 2026-01-06 07:00 UTC and is not in place")
    assert "To do: clear the task extract of its run with those after it, or run these days again." in told
    assert summary.collect(places)["waiting"] == [told]
    airflow_tasks.validate("first_party", LOAD)
    assert len(summary.waiting(places, datetime.now(UTC) + timedelta(hours=2))) == 1
    airflow_tasks.land(LOAD)
    assert summary.waiting(places, datetime.now(UTC) + timedelta(days=2)) == []


def test_it_is_removed_a_week_later_where_the_days_have_come_with_another_load(places: Places) -> None:
    landing = Landing(places.landing)
    read(places, "first_party-second", NOW + timedelta(hours=2))
    ingest.land(places, load="first_party-second", loaded_at=NOW + timedelta(hours=3))
    assert len(summary.waiting(places, NOW + timedelta(hours=4))) == 1
    read(places, "first_party-third", NOW + timedelta(days=8))
    assert [path.name for path in landing.staged.iterdir()] == ["first_party-third"]


def test_tasks_started_again_after_their_load_has_landed_find_nothing_to_do(places: Places) -> None:
    for _ in range(2):
        airflow_tasks.validate("first_party", LOAD)
        airflow_tasks.land(LOAD)
    assert [(row.load_id, row.stream, row.rows, row.status) for row in Landing(places.landing).history()] == [
        (LOAD, "events", 1, "landed"),
        (LOAD, "rejected_lines", 0, "landed"),
    ]


@pytest.mark.parametrize("load", [None, "first_party-never"])
def test_a_task_whose_load_was_never_read_says_what_to_clear(places: Places, load: str | None) -> None:
    """As after `extract` was marked as a success by hand: then it has handed no load on."""
    for step in (lambda: airflow_tasks.validate("first_party", load), lambda: airflow_tasks.land(load)):  # type: ignore[arg-type]
        with pytest.raises(AirflowFailException, match=r"There is nothing of .* To do: clear the task extract of this run"):
            step()
    assert Landing(places.landing).history() == []
