"""``make up`` starts what starts tasks once there is somebody whom they can ask."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest
from airflow_up import running, until
from journeys import Home

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(600)]
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+")


def moment(log: Path, words: str = "") -> datetime:
    """When the first line with a time and these words was written."""
    for line in log.read_text(errors="replace").splitlines():
        if words in line and (found := MOMENT.search(line)):
            return datetime.fromisoformat(found[0])
    raise AssertionError(f"{log} does not tell {words!r}:\n{log.read_text(errors='replace')[-2000:]}")


def test_the_scheduler_starts_when_the_api_server_listens(tmp_path: Path) -> None:
    """A task that was due already, as after a scheduler was killed, failed within seconds: nobody to ask, and nothing in its log."""
    home = Home(tmp_path / "home")
    with running(home, {}) as airflow:
        until("the scheduler", lambda: airflow.call("GET", "/api/v2/monitor/health")["scheduler"]["status"] == "healthy", airflow)
    logs = home.places.airflow / "logs"
    assert moment(logs / "api-server.log", "Uvicorn running on") < moment(logs / "scheduler.log")
