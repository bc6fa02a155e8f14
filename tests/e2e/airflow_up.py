"""Airflow as ``make up`` starts it, and what a user does in it: unpause, backfill, look at the runs."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from journeys import Connections, Home, environment

from journey import airflow_home


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Airflow:
    """A running Airflow over a home; ``call`` speaks to its REST API as the UI does."""

    home: Home
    port: int
    env: dict[str, str]
    _token: str = field(default="", repr=False)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """One call of the public API (https://airflow.apache.org/docs/apache-airflow/stable/stable-rest-api-ref.html)."""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {self._token}"} if self._token else {})
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                text = answer.read()
        except urllib.error.HTTPError as refused:
            raise AssertionError(f"{method} {path}: {refused.code} {refused.read()[:500]!r}") from None
        return json.loads(text) if text else None

    def log_in(self) -> None:
        self._token = self.call("GET", "/auth/token")["access_token"]

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """``airflow …`` in the same environment."""
        command = [sys.executable, "-m", "airflow", *words]
        return subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=300, check=False)

    def dags(self) -> set[str]:
        return {dag["dag_id"] for dag in self.call("GET", "/api/v2/dags?limit=100")["dags"]}

    def pools(self) -> set[str]:
        return {pool["name"] for pool in self.call("GET", "/api/v2/pools")["pools"]}

    def unpause(self, dags: Sequence[str]) -> None:
        for dag in dags:
            self.call("PATCH", f"/api/v2/dags/{dag}?update_mask=is_paused", {"is_paused": False})

    def runs(self, dag: str, kind: str = "") -> list[dict[str, Any]]:
        """The runs of a DAG, oldest day first; ``kind`` is ``scheduled``, ``backfill``, ``asset_triggered``."""
        found = self.call("GET", f"/api/v2/dags/{dag}/dagRuns?limit=200&order_by=run_after")["dag_runs"]
        return [run for run in found if not kind or run["run_type"] == kind]

    def backfill(self, dag: str, first: date, last: date) -> None:
        told = self.command("backfill", "create", "--dag-id", dag, "--from-date", first.isoformat(), "--to-date", last.isoformat())
        assert told.returncode == 0, told.stdout[-2000:] + told.stderr[-2000:]

    def logs(self) -> str:
        """The end of each component's log."""
        folder = self.home.places.airflow / "logs"
        return "\n".join(f"== {file.name}\n{file.read_text(errors='replace')[-3000:]}" for file in sorted(folder.glob("*.log")))


def until(what: str, done: Callable[[], object], airflow: Airflow, *, seconds: float = 1500) -> None:
    """Ask every second until ``done()``; AssertionError with Airflow's own logs where it hangs."""
    started = time.monotonic()
    deadline = started + seconds
    while True:
        try:
            if done():
                print(f"{time.monotonic() - started:6.1f} s  {what}")
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        assert time.monotonic() < deadline, f"{what} took more than {seconds} s\n{airflow.logs()}"
        time.sleep(1)


@contextmanager
def running(home: Home, connections: Connections) -> Iterator[Airflow]:
    """``make up`` on free ports, ready to be used; ended, with everything that it started, on the way out."""
    port = free_port()
    own = {"AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()), "JOURNEY_TASK_RETRIES": "0"}
    env = environment(home.path, connections) | own | {"AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "300"}
    process = subprocess.Popen([sys.executable, "-m", "journey.up", str(port)], env=env, start_new_session=True)
    airflow = Airflow(home, port, airflow_home.environment(home.places.airflow, base=env))
    try:
        until("the API server", lambda: airflow.call("GET", "/api/v2/monitor/health"), airflow)
        airflow.log_in()
        yield airflow
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
