"""``journey run``: the real DAGs over a range, in a process of their own, with their progress told as it comes."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from journey import airflow_home, processes
from journey.settings import Places

MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes in a unit of ``ru_maxrss``."""
KEPT_LOGS = 50
"""Airflow's logs of so many runs are kept."""


@dataclass(frozen=True)
class Request:
    """What to run: a closed range of days, sources in order, accounts (none: all)."""

    first: date
    last: date
    sources: tuple[str, ...]
    accounts: tuple[str, ...] = ()
    build: bool = True
    full: bool = False
    fewer_rows: bool = False

    def as_json(self) -> str:
        return json.dumps(
            {
                "first": self.first.isoformat(),
                "last": self.last.isoformat(),
                "sources": list(self.sources),
                "accounts": list(self.accounts),
                "build": self.build,
                "full": self.full,
                "fewer_rows": self.fewer_rows,
            }
        )


@dataclass(frozen=True)
class Outcome:
    """How a run ended: its exit code, Airflow's own log, the red tasks, the sources without a Connection, what the sources said that have
    none of the accounts, why tasks failed that could not write that down, and what it took: seconds of each kind of task, CPU seconds and
    the largest process (bytes) of everything that it started."""

    code: int
    log: Path
    red: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    said: Mapping[str, str] = field(default_factory=dict)
    why: tuple[str, ...] = ()
    spent: Mapping[str, float] = field(default_factory=dict)
    cpu_seconds: float = 0.0
    peak_memory: int = 0


def run(request: Request, places: Places, *, progress: Callable[[dict[str, Any]], None]) -> Outcome:
    """Run the DAGs of the request; ``progress`` gets each task as it ends."""
    home = places.airflow / "run"
    # Retrying is for the night; a person who waits wants the first answer.
    environ = airflow_home.environment(home, task_retries=0) | {"JOURNEY_HOME": str(places.home)}
    progress({"dag": "airflow", "task": None, "state": "running", "seconds": 0})
    log = _new_log(home / "logs", request)
    reading, writing = os.pipe()
    environ["JOURNEY_PROGRESS_FD"] = str(writing)
    lines = []
    command = [sys.executable, "-m", "journey.airflow_run", request.as_json()]
    with (
        log.open("wb") as sink,
        # Airflow turns what asks a task to end into a failed task, and goes on with the next. No step minds being killed.
        processes.child(
            command, env=environ, output=sink, errors=subprocess.STDOUT, pass_fds=(writing,), group=True, patience=0
        ) as process,
    ):
        os.close(writing)
        for text in processes.lines(reading):
            line = json.loads(text)
            lines.append(line)
            progress(line)
        code = processes.wait(process)
    red = tuple(f"{line['dag']}.{line['task']}" for line in lines if line["task"] and line["state"] == "failed")
    said = {line["dag"].removeprefix("ingest_"): line["message"] for line in lines if line["state"] == "said"}
    why = tuple(line["message"] for line in lines if line["state"] == "why")
    first_skipped = [line for line in lines if (line["task"], line["state"]) == (airflow_home.FIRST_TASK, "skipped")]
    skipped = tuple(source for line in first_skipped if (source := line["dag"].removeprefix("ingest_")) not in said)
    spent: dict[str, float] = {}
    for line in lines:
        if line["task"]:
            spent[line["task"]] = spent.get(line["task"], 0.0) + line["seconds"]
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Outcome(1 if code else 0, log, red, skipped, said, why, spent, used.ru_utime + used.ru_stime, used.ru_maxrss * MAXRSS_UNIT)


def _new_log(folder: Path, request: Request) -> Path:
    """A file of this run's own; the oldest of earlier runs' are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    earlier = sorted(folder.glob("journey-run-*.log"), key=lambda file: file.stat().st_mtime)
    for file in earlier[: max(0, len(earlier) - KEPT_LOGS + 1)]:
        file.unlink(missing_ok=True)
    return folder / f"journey-run-{request.first}-{request.last}-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.log"
