"""Running ``journey`` as a person does: a process of its own, Connections in the environment, everything below one home."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from journey.settings import Places
from sandbox.serving import SOURCES

FIRST, LAST = date(2026, 1, 1), date(2026, 1, 10)
Connections = Mapping[str, Mapping[str, Any]]

_ENDED = re.compile(r"^ *[\d.]+ s  (\S+) +(done|failed|skipped|not run|\w+)  ([\d.]+) s$", re.MULTILINE)


@dataclass(frozen=True)
class Told:
    """What one call of ``journey`` said: exit code, and both streams as one text."""

    code: int
    text: str

    @cached_property
    def tasks(self) -> dict[str, tuple[str, float]]:
        """Task or DAG -> how it ended, seconds."""
        return {name: (state, float(seconds)) for name, state, seconds in _ENDED.findall(self.text)}

    def states(self) -> dict[str, str]:
        return {name: state for name, (state, _) in self.tasks.items()}


@dataclass(frozen=True)
class Home:
    """A ``JOURNEY_HOME`` and what is asked of it."""

    path: Path

    @property
    def places(self) -> Places:
        return Places(self.path)

    def copy(self, to: Path) -> Home:
        """The same state somewhere else, so that a case can spoil it."""
        shutil.copytree(self.path, to, symlinks=True)
        return Home(to)

    def journey(self, *arguments: str, connections: Connections = {}, settings: Mapping[str, str] = {}) -> Told:  # noqa: B006
        """``journey …`` with only these Connections in its environment."""
        outcome = subprocess.run(
            [sys.executable, "-m", "journey.cli", *arguments],
            env=environment(self.path, connections) | dict(settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=1500,
            check=False,
        )
        return Told(outcome.returncode, outcome.stdout)

    def run(
        self, connections: Connections, *, sources: Sequence[str] = SOURCES, first: date = FIRST, last: date = LAST, full: bool = False
    ) -> Told:
        """``journey run`` over the sources."""
        named = [word for source in sources for word in ("--source", source)] if tuple(sources) != SOURCES else []
        days = ["--from", first.isoformat(), "--to", last.isoformat()]
        return self.journey("run", *days, *named, *(["--full"] if full else []), connections=connections)

    def status(self) -> tuple[int, dict[str, Any]]:
        """Exit code and answer of ``journey status --json``."""
        told = self.journey("status", "--json")
        return told.code, json.loads(told.text)

    def landed(self) -> dict[str, str]:
        """Path -> SHA-256 of every file in place (not what is staged, nor the ledger and the validations)."""
        root = self.places.landing
        return {
            file.relative_to(root).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted(root.rglob("*"))
            if file.is_file() and file.relative_to(root).parts[0] not in ("_ledger", "_validation", "_staged")
        }

    def served(self) -> str | None:
        """SHA-256 of the served file, None where nothing is published."""
        file = self.places.warehouse
        return hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else None

    def airflow_log(self) -> str:
        """Everything Airflow wrote."""
        return "\n".join(file.read_text(errors="replace") for file in sorted(self.places.airflow.rglob("*.log")))


def environment(home: Path, connections: Connections) -> dict[str, str]:
    """The test's own environment without any Connection or Airflow variable in it, plus these."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "JOURNEY_", "PYTEST"))}
    held = {f"AIRFLOW_CONN_{name.upper()}": json.dumps(connection) for name, connection in connections.items()}
    return clean | held | {"JOURNEY_HOME": str(home), "NO_COLOR": "1", "COLUMNS": "160"}


def changed(connections: Connections, source: str, *, without: Sequence[str] = (), **fields: Any) -> dict[str, dict[str, Any]]:
    """The Connections with one of them altered: ``password`` and the like on top, everything else in ``extra``."""
    altered = json.loads(json.dumps(connections))
    held = altered[f"{source}_default"]
    for name in without:
        held.pop(name, None)
        held["extra"].pop(name, None)
    for name, value in fields.items():
        (held if name in ("password", "login", "host") else held["extra"])[name] = value
    return altered
