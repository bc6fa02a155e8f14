"""``journey run``: the real DAGs over a range, in a process of their own, with their progress told as it comes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from journey import airflow_home
from journey.settings import Places


@dataclass(frozen=True)
class Request:
    """What to run: a closed range of days, sources in order, accounts (none: all)."""

    first: date
    last: date
    sources: tuple[str, ...]
    accounts: tuple[str, ...] = ()
    build: bool = True
    full: bool = False

    def as_json(self) -> str:
        return json.dumps(
            {
                "first": self.first.isoformat(),
                "last": self.last.isoformat(),
                "sources": list(self.sources),
                "accounts": list(self.accounts),
                "build": self.build,
                "full": self.full,
            }
        )


@dataclass(frozen=True)
class Outcome:
    """How a run ended: its exit code and Airflow's own log."""

    code: int
    log: Path


def run(request: Request, places: Places, *, progress: Callable[[dict[str, Any]], None]) -> Outcome:
    """Run the DAGs of the request; ``progress`` gets each task as it ends."""
    home = places.airflow / "run"
    # Retrying is for the night; a person who waits wants the first answer.
    environ = airflow_home.environment(home, task_retries=0) | {"JOURNEY_HOME": str(places.home)}
    progress({"dag": "airflow", "task": "db migrate", "state": "running", "seconds": 0})
    airflow_home.migrate(environ)
    log = home / "logs" / f"journey-run-{request.first}-{request.last}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    reading, writing = os.pipe()
    environ["JOURNEY_PROGRESS_FD"] = str(writing)
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "journey.airflow_run", request.as_json()],
            env=environ,
            stdout=sink,
            stderr=subprocess.STDOUT,
            pass_fds=(writing,),
        )
        os.close(writing)
        try:
            for line in _lines(reading):
                progress(line)
            return Outcome(process.wait(), log)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()


def _lines(descriptor: int) -> Iterator[dict[str, Any]]:
    with os.fdopen(descriptor) as lines:
        for line in lines:
            yield json.loads(line)
