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
from journey.processes import child
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
    """How a run ended: its exit code, Airflow's own log, the red tasks, and the sources without a Connection."""

    code: int
    log: Path
    red: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()


def run(request: Request, places: Places, *, progress: Callable[[dict[str, Any]], None]) -> Outcome:
    """Run the DAGs of the request; ``progress`` gets each task as it ends."""
    home = places.airflow / "run"
    # Retrying is for the night; a person who waits wants the first answer.
    environ = airflow_home.environment(home, task_retries=0) | {"JOURNEY_HOME": str(places.home)}
    progress({"dag": "airflow", "task": None, "state": "running", "seconds": 0})
    log = home / "logs" / f"journey-run-{request.first}-{request.last}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    reading, writing = os.pipe()
    environ["JOURNEY_PROGRESS_FD"] = str(writing)
    lines = []
    command = [sys.executable, "-m", "journey.airflow_run", request.as_json()]
    with (
        log.open("wb") as sink,
        child(command, env=environ, output=sink, errors=subprocess.STDOUT, pass_fds=(writing,)) as process,
    ):
        os.close(writing)
        for line in _lines(reading):
            lines.append(line)
            progress(line)
        code = process.wait()
    red = tuple(f"{line['dag']}.{line['task']}" for line in lines if line["task"] and line["state"] == "failed")
    skipped = tuple(
        line["dag"].removeprefix("ingest_") for line in lines if (line["task"], line["state"]) == (airflow_home.FIRST_TASK, "skipped")
    )
    return Outcome(1 if code else 0, log, red, skipped)


def _lines(descriptor: int) -> Iterator[dict[str, Any]]:
    with os.fdopen(descriptor) as lines:
        for line in lines:
            yield json.loads(line)
