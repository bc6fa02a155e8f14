"""The DAG files: light to parse, documented, in pools, calendar days for a backfill."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from extractors.registry import MODULES

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "dags").glob("*.py"))
HEAVY = [
    "google.ads",
    "facebook_business",
    "klaviyo_api",
    "mailchimp_marketing",
    "google.cloud.bigquery",
    "great_expectations",
    "dbt",
    "duckdb",
    "pandas",
    "plotly",
]

PARSE = """
import json, os, sys, time
import airflow.sdk, airflow.timetables.interval, airflow.plugins_manager  # a DAG processor has these and forks for each file
sys.path.insert(0, sys.argv[1])
for name in json.loads(sys.argv[2]):
    child = os.fork()
    if child:
        assert os.waitpid(child, 0)[1] == 0, name
        continue
    started = time.process_time()
    dag = getattr(__import__(name), name)
    print("RESULT" + json.dumps([name, {
        "seconds": time.process_time() - started,
        "heavy": [name for name in json.loads(sys.argv[3]) if name in sys.modules],
        "dag_id": dag.dag_id,
        "doc": dag.doc_md or "",
        "catchup": dag.catchup,
        "params": {name: dag.params[name] for name in dag.params},
        "tasks": {
            task.task_id: {"pool": task.pool, "retries": task.retries, "backoff": bool(task.retry_exponential_backoff)}
            for task in dag.tasks
        },
    }]), flush=True)
    break
"""


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    environ = dict(os.environ) | {"AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    environ.pop("JOURNEY_TASK_RETRIES", None)
    command = [sys.executable, "-c", PARSE, str(ROOT / "dags"), json.dumps([file.stem for file in FILES]), json.dumps(HEAVY)]
    outcome = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr[-3000:]
    lines = [line.removeprefix("RESULT") for line in outcome.stdout.splitlines() if line.startswith("RESULT")]
    return dict(json.loads(line) for line in lines)


def test_there_is_one_ingestion_dag_a_source_and_one_build() -> None:
    assert {file.stem for file in FILES} == {f"ingest_{name}" for name in MODULES} | {"build_customer_journey"}


def test_each_file_parses_in_under_a_second_without_heavy_libraries(parsed: dict[str, dict[str, object]]) -> None:
    assert {name: held["heavy"] for name, held in parsed.items()} == {name: [] for name in parsed}
    slow = {name: held["seconds"] for name, held in parsed.items() if float(str(held["seconds"])) >= 1.0}
    assert slow == {}


def test_each_dag_says_what_to_do_when_it_is_red(parsed: dict[str, dict[str, object]]) -> None:
    for name, held in parsed.items():
        assert held["dag_id"] == name
        for heading in ("**What.**", "**Upstream.**", "**When it is red.**"):
            assert heading in str(held["doc"]), (name, heading)


def test_what_a_run_of_the_build_by_hand_may_say(parsed: dict[str, dict[str, object]]) -> None:
    assert parsed["build_customer_journey"]["params"] == {"full": False, "fewer_rows": False}


def test_tasks_retry_with_backoff_in_pools(parsed: dict[str, dict[str, object]]) -> None:
    for name, held in parsed.items():
        tasks = held["tasks"]
        assert isinstance(tasks, dict)
        pool = "warehouse_writer" if name == "build_customer_journey" else "extraction"
        assert {(task["pool"], task["retries"], task["backoff"]) for task in tasks.values()} == {(pool, 2, True)}, name
        assert held["catchup"] is False


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_dag_files_hold_no_logic(file: Path) -> None:
    text = file.read_text()
    assert len(text.splitlines()) < 60
    assert not [node for node in ast.walk(ast.parse(text)) if isinstance(node, (ast.FunctionDef, ast.If, ast.For, ast.ClassDef))]


def test_the_days_of_a_backfill_are_the_days_a_person_means() -> None:
    from airflow.timetables.base import TimeRestriction
    from pendulum import datetime as moment

    from journey.airflow_plugin import NightlyTimetable

    timetable = NightlyTimetable.deserialize(NightlyTimetable(7).serialize())
    restriction = TimeRestriction(earliest=moment(2026, 1, 1), latest=moment(2026, 1, 5), catchup=True)
    days, last = [], None
    while info := timetable.next_dagrun_info(last_automated_data_interval=last, restriction=restriction):
        assert info.data_interval is not None
        last = info.data_interval
        days.append(last.start.date().isoformat())
        assert last.end - last.start == timedelta(days=1)
        assert info.run_after == last.end + timedelta(hours=7)
    assert days == [f"2026-01-0{day}" for day in range(1, 6)]


def test_a_manual_run_means_its_date_or_the_last_whole_day() -> None:
    from pendulum import instance

    from journey.airflow_plugin import NightlyTimetable

    timetable = NightlyTimetable(7)
    by_date = timetable.infer_manual_data_interval(run_after=instance(datetime(2026, 1, 5, tzinfo=UTC)))
    by_hour = timetable.infer_manual_data_interval(run_after=instance(datetime(2026, 1, 5, 9, 30, tzinfo=UTC)))
    assert (by_date.start.day, by_hour.start.day) == (5, 4)


def test_only_the_orchestration_knows_airflow() -> None:
    importing = []
    for folder in ("extractors", "expectations", "sandbox", "journey"):
        for file in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                if any(name.split(".")[0] == "airflow" for name in names):
                    importing.append(file.relative_to(ROOT).as_posix())
    assert sorted(set(importing)) == [f"journey/airflow_{name}.py" for name in ("alerts", "dags", "plugin", "run", "tasks")]


def test_extractors_and_sandbox_do_not_know_each_other() -> None:
    for here, there in (("extractors", "sandbox"), ("sandbox", "extractors"), ("extractors", "journey"), ("sandbox", "journey")):
        for file in (ROOT / here).rglob("*.py"):
            text = file.read_text()
            assert f"from {there}" not in text, file
            assert f"import {there}" not in text, file
