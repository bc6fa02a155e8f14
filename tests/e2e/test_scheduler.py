"""A real scheduler: five days of several sources backfilled as a person would, and the same marts as from one run."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from airflow_up import Airflow, running, until
from journeys import FIRST, SOURCES, Connections, Home
from marts import fingerprints

LAST = date(2026, 1, 5)
DAYS = [f"2026-01-0{day}" for day in range(1, 6)]
BUILD = "build_customer_journey"

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(2400)]


def _slots(airflow: Airflow, slots: int) -> None:
    whole = {"pool": "extraction", "slots": slots, "include_deferred": False}
    airflow.call("PATCH", "/api/v2/pools/extraction?update_mask=slots", whole)


def _unpause_without_the_night(airflow: Airflow, dags: Sequence[str]) -> None:
    """Unpausing starts the night of yesterday at once; here its tasks find no slot, and its runs are marked as failed.

    (Taken out, they would be made anew.)
    """
    until("the pools", lambda: "extraction" in airflow.pools(), airflow)
    _slots(airflow, 0)
    airflow.unpause([*dags, BUILD])
    until("the night's runs", lambda: all(airflow.runs(dag, "scheduled") for dag in dags), airflow)
    for dag in dags:
        (night,) = airflow.runs(dag, "scheduled")
        airflow.call("PATCH", f"/api/v2/dags/{dag}/dagRuns/{night['dag_run_id']}?update_mask=state", {"state": "failed"})


def _ended(runs: Sequence[dict[str, Any]]) -> bool:
    return all(run["state"] in ("success", "failed") for run in runs)


def _built_after(airflow: Airflow, moment: str) -> bool:
    """Whether a build that started after the moment has ended, and none is under way."""
    builds = airflow.runs(BUILD)
    return _ended(builds) and any(build["start_date"] >= moment for build in builds)


@pytest.mark.parametrize("sources", [("klaviyo", "ga4"), pytest.param(SOURCES, marks=pytest.mark.slow)], ids=["two sources", "all sources"])
def test_a_backfill_of_five_days_equals_one_run(connections: Connections, sources: tuple[str, ...], tmp_path: Path) -> None:
    dags = [f"ingest_{source}" for source in sources]
    held = {f"{source}_default": connections[f"{source}_default"] for source in sources}
    scheduled, once = Home(tmp_path / "scheduled"), Home(tmp_path / "once")
    with running(scheduled, held) as airflow:
        until("reading the DAG files", lambda: {*dags, BUILD} <= airflow.dags(), airflow)
        _unpause_without_the_night(airflow, dags)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda dag: airflow.backfill(dag, FIRST, LAST), dags))
        _slots(airflow, 4)
        until("the loads", lambda: all(_ended(airflow.runs(dag, "backfill")) for dag in dags), airflow)
        loads = {dag: airflow.runs(dag, "backfill") for dag in dags}
        last_load = max(run["end_date"] for runs in loads.values() for run in runs)
        until("the build", lambda: _built_after(airflow, last_load), airflow)
        builds = airflow.runs(BUILD)
    for dag, runs in loads.items():
        assert [run["data_interval_start"][:10] for run in runs] == DAYS, dag
        assert [run["data_interval_end"][:10] for run in runs] == [*DAYS[1:], "2026-01-06"], dag
        assert {run["state"] for run in runs} == {"success"}, airflow.logs()
    assert {build["run_type"] for build in builds} == {"asset_triggered"}
    assert {build["state"] for build in builds} == {"success"}, airflow.logs()
    assert len(builds) < len(dags) * len(DAYS) / 2, "loads that come while a build runs are built together"
    code, status = scheduled.status()
    assert (code, status["unresolved"]) == (0, [])
    # A build that starts between the last landing and the end of that run takes it in; the one that it triggers finds no change.
    assert status["last_build"]["status"] in ("published", "unchanged")
    told = once.run(held, first=FIRST, last=LAST)
    assert told.code == 0, told.text
    assert fingerprints(scheduled.places.warehouse) == fingerprints(once.places.warehouse)
