"""What a person may ask a load for by hand, and what is refused before anything is read."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from journey.asked import PARAMETERS, not_yet, wrong

D5, D9 = date(2026, 1, 5), date(2026, 1, 9)
PARAMS: dict[str, Any] = {"from": None, "to": None, "streams": [], "accounts": []}


def told(
    first: date = D5, last: date = D9, *, today: date | None = D9, conf: dict[str, Any] | None = None, streams: tuple[str, ...] = ()
) -> str | None:
    conf = conf or {}
    return wrong("klaviyo", first, last, PARAMS | {"streams": list(streams)} | conf, conf, today=today)


def test_the_parameters_are_those_of_the_dags() -> None:
    from journey.airflow_dags import ingestion_dag

    assert set(ingestion_dag("klaviyo", None).params) == set(PARAMETERS) == set(PARAMS)


def test_what_makes_sense_is_read() -> None:
    assert told(conf={"from": "2026-01-05", "to": "2026-01-09"}, streams=("events", "profiles")) is None
    assert told(D5, D5) is None
    assert told(date(2021, 1, 1)) is None


def test_what_makes_none_is_said() -> None:
    assert told(D9, D5) == "the range ends (2026-01-05) before it starts (2026-01-09)"
    assert told(conf={"form": "2026-01-05"}) == "there is no parameter form; there are from, to, streams, accounts"
    streams = "accounts, metrics, profiles, events, campaigns, campaign_messages, flows"
    assert told(streams=("nothing", "events")) == f"klaviyo has no stream nothing; it has {streams}"


def test_a_day_that_has_begun_nowhere_is_none() -> None:
    assert told(today=date(2026, 1, 8)) is None, "in Auckland it is the next day already"
    assert told(today=date(2026, 1, 7)) == not_yet(D9, date(2026, 1, 7)) == "the range ends on 2026-01-09, and today is 2026-01-07"
    assert told(today=None) is None


@pytest.mark.parametrize(
    ("conf", "message"),
    [
        ({"from": "2026-01-09", "to": "2026-01-05"}, "before it starts"),
        ({"from": "2100-01-01"}, "and today is"),
        ({"form": "2026-01-05", "from": "2026-01-05"}, "no parameter form"),
        ({"from": "2026-01-05", "streams": ["nothing"]}, "no stream nothing"),
    ],
)
def test_the_task_is_not_tried_again_and_nothing_is_noted(
    conf: dict[str, Any], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    from journey import airflow_tasks

    monkeypatch.setenv("JOURNEY_HOME", str(tmp_path))
    monkeypatch.delenv("JOURNEY_PROGRESS_FD", raising=False)
    context = {"params": PARAMS | conf, "dag_run": SimpleNamespace(conf=conf, run_type="manual"), "run_id": "manual__1"}
    with pytest.raises(AirflowFailException, match=f"^Nothing was read: .*{message}.* Kept: everything as it was. To do: trigger"):
        airflow_tasks.extract("klaviyo", "klaviyo_default", context)
    assert list(tmp_path.iterdir()) == []


def test_what_may_not_be_written_is_named_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was an error that is not foreseen; where the ledger could not be written either, nothing said what it was."""
    from journey import airflow_tasks, ingest

    monkeypatch.setenv("JOURNEY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AIRFLOW_CONN_FIRST_PARTY_DEFAULT", json.dumps({"conn_type": "generic", "extra": {"path": str(tmp_path / "files")}}))
    (tmp_path / "files" / "loja").mkdir(parents=True)
    (tmp_path / "files" / "loja" / "2026-01-05.csv").write_text("event_id,occurred_at,event_type\ne1,2026-01-05T10:00:00Z,support\n")
    landing = tmp_path / "home" / "landing"
    conf = {"from": "2026-01-05", "to": "2026-01-05"}
    context = {
        "params": PARAMS | conf,
        "dag_run": SimpleNamespace(conf=conf, run_type="manual"),
        "run_id": "manual__1",
        "ti": SimpleNamespace(xcom_push=lambda **_: None),
    }
    for blocked, why in ((landing / "_staged", "Not a directory|File exists"), (landing / "_lock", "Is a directory")):
        shutil.rmtree(tmp_path / "home", ignore_errors=True)
        blocked.parent.mkdir(parents=True)
        if why == "Is a directory":
            blocked.mkdir()
        else:
            blocked.write_text("no folder")
        with pytest.raises(ingest.LoadFailed, match=rf"{blocked}\S*: ({why})\. .*source first_party.*may be") as told:
            airflow_tasks.extract("first_party", "first_party_default", context)
        assert told.value.retryable
    blocked.rmdir()
    assert airflow_tasks.extract("first_party", "first_party_default", context) == "first_party-manual__1"


def test_a_night_reads_the_days_of_the_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from extractors.landing import Landing
    from journey import airflow_tasks

    (tmp_path / "files" / "loja").mkdir(parents=True)
    for day in range(1, 20):
        (tmp_path / "files" / "loja" / f"2026-01-{day:02d}.done").touch()
    monkeypatch.setenv("JOURNEY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("JOURNEY_RESTATEMENT_WINDOWS", '{"first_party.events": 10}')
    monkeypatch.setenv("AIRFLOW_CONN_FIRST_PARTY_DEFAULT", json.dumps({"conn_type": "generic", "extra": {"path": str(tmp_path / "files")}}))
    context = {
        "params": PARAMS,
        "dag_run": SimpleNamespace(conf={}, run_type="scheduled"),
        "run_id": "scheduled__1",
        "data_interval_start": datetime(2026, 1, 15, tzinfo=UTC),
        "ti": SimpleNamespace(xcom_push=lambda **_: None),
    }
    rows = Landing(tmp_path / "home" / "landing").read_manifest(airflow_tasks.extract("first_party", "first_party_default", context))
    assert sorted(row.dt for row in rows if row.stream == "events") == [f"2026-01-{day:02d}" for day in range(6, 16)]
    assert sorted(row.dt for row in rows if row.stream == "rejected_lines") == [f"2026-01-{day:02d}" for day in range(9, 16)]
