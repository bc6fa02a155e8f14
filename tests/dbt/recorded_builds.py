"""The statements of a dbt build, recorded once and run again on other files: what hundreds of tiny builds can afford.

dbt spends some ten seconds a build on its own bookkeeping, DuckDB a fraction of one on a tiny shop. The statements of an
incremental build do not depend on the data (no model asks the warehouse what to do next), so a recorded build is the build
as long as tables, columns and variables stay. ``test_any_sequence.py`` holds recorded builds against dbt's own.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
from dbt_warehouse import Warehouse, differences

from extractors.landing import Landing
from journey.duck import connect
from journey.prepare import prepare, remember

__all__ = ["COMPARED", "VARIABLES", "Start", "differences", "start"]

VARIABLES = {
    "max_events_per_session": 6,
    "max_identifiers_per_identifier": 2,
    "max_devices_per_identifier": 4,
    "max_people_per_device": 2,
}
"""Small enough that some sessions are bots', some addresses and user ids everybody's and some devices counters."""
COMPARED = ("intermediate", "marts", "audit")
COMMENT = re.compile(r"^\s*/\*.*?\*/\s*", re.DOTALL)
CHANGES = re.compile(r"(create|drop|alter|insert|delete|update)\b", re.IGNORECASE)
"""What changes rows or tables; descriptions (`comment on`) and dbt's own questions do not."""


Execute = Callable[..., None]
"""Runs one statement: the connection, the text and, where there are some, its values."""


def plainly(warehouse: duckdb.DuckDBPyConnection, text: str, *values: Any) -> None:
    if values:
        warehouse.execute(text, *values)
        return
    for statement in _parsed(text):
        warehouse.execute(statement)


@cache
def _parsed(text: str) -> list[duckdb.Statement]:
    """Parsing the same statements again every night is a fifth of the night of a tiny shop."""
    return duckdb.extract_statements(text)


@dataclass
class Recording:
    """Statements in their order; a Python model is its code with the parsed model's name."""

    steps: list[tuple[str, Any]] = field(default_factory=list)

    def run(self, path: Path, credentials: Any, execute: Execute) -> None:
        """All steps on one file, which is called like the one they were recorded on."""
        from dbt.adapters.duckdb.environments import Environment

        with connect(path) as warehouse:
            warehouse.execute("set TimeZone = 'UTC'")
            warehouse.execute("set fsync_mode = 'none'")  # four hundred commits: waiting for the disk was more than half of a night
            for kind, step in self.steps:
                if kind == "sql":
                    execute(warehouse, *step)
                else:
                    name, code = step
                    Environment.run_python_job(warehouse, lambda table: warehouse.query(f"select * from {table}"), name, code, credentials)


@contextmanager
def _listening(recording: Recording) -> Iterator[list[Any]]:
    """Everything that dbt runs in here is written down; gives the list that then holds its credentials."""
    from dbt.adapters.duckdb.environments import local

    execute, submit, seen = local.DuckDBCursorWrapper.execute, local.LocalEnvironment.submit_python_job, []

    def executed(self: Any, sql: str, bindings: Any = None) -> Any:
        if CHANGES.match(COMMENT.sub("", sql)):
            recording.steps.append(("sql", (sql,) if bindings is None else (sql, bindings)))
        return execute(self, sql, bindings)

    def submitted(self: Any, handle: Any, parsed_model: Any, compiled_code: str) -> Any:
        recording.steps.append(("python", (parsed_model["alias"], compiled_code)))
        seen.append(self.creds)
        return submit(self, handle, parsed_model, compiled_code)

    local.DuckDBCursorWrapper.execute, local.LocalEnvironment.submit_python_job = executed, submitted
    try:
        yield seen
    finally:
        local.DuckDBCursorWrapper.execute, local.LocalEnvironment.submit_python_job = execute, submit


@dataclass(frozen=True)
class Recorded:
    """A night and a full build, to be run on copies of the warehouses they were recorded on."""

    night: Recording
    whole: Recording
    credentials: Any

    def build(
        self, warehouse: Warehouse, landing: Landing, *, full: bool, overrides: Path | None = None, execute: Execute = plainly
    ) -> int:
        """As ``Warehouse.build``: a night of a warehouse that is built, or the whole of one that only has its seeds.

        ``execute`` runs each statement of SQL, and may look at it or alter it.
        """
        changed = prepare(warehouse.path, landing, full=full, overrides=overrides)
        (self.whole if full else self.night).run(warehouse.path, self.credentials, execute)
        remember(warehouse.path)
        return len(changed)


MODELS = ("build", "--resource-type", "model", "--threads", "1")


def record(warehouse: Warehouse, landing: Landing, variables: Mapping[str, Any], command: Sequence[str]) -> tuple[Recording, Any]:
    """What dbt runs in one build of a warehouse, in one thread, and its credentials."""
    recording = Recording()
    prepare(warehouse.path, landing, full="--full-refresh" in command)
    with _listening(recording) as seen:
        warehouse.dbt(command, variables)
    remember(warehouse.path)
    return recording, seen[0]


@dataclass(frozen=True)
class Start:
    """A warehouse with seeds only, one of nothing, whose copies every shop starts from, and how they are built further."""

    seeded: Warehouse
    empty: Warehouse
    builds: Recorded

    def copy(self, folder: Path, *, built: bool = True) -> Warehouse:
        """A warehouse of nothing in a folder of its own, to be followed night by night; or else one to be built whole."""
        folder.mkdir(parents=True)
        shutil.copyfile((self.empty if built else self.seeded).path, folder / "build.duckdb")
        return Warehouse(folder / "build.duckdb", quick=True)

    def whole(self, folder: Path, landing: Landing) -> Warehouse:
        """The warehouse of a landing zone, built whole in a folder of its own."""
        warehouse = self.copy(folder, built=False)
        self.builds.build(warehouse, landing, full=True)
        return warehouse


def start(folder: Path, variables: Mapping[str, Any]) -> Start:
    """Seed a warehouse, then build it whole and for a night, with no data, while the statements are written down."""
    landing = Landing(folder / "landing")
    seeded, empty, model = (Warehouse(folder / name / "build.duckdb", quick=True) for name in ("seeded", "empty", "model"))
    for warehouse in (seeded, empty, model):
        warehouse.path.parent.mkdir(parents=True)
    prepare(seeded.path, landing, full=True)
    seeded.dbt(["build", "--resource-type", "seed"], variables)
    shutil.copyfile(seeded.path, empty.path)
    whole, credentials = record(empty, landing, variables, [*MODELS, "--full-refresh"])
    shutil.copyfile(empty.path, model.path)
    night, _ = record(model, landing, variables, MODELS)
    return Start(seeded, empty, Recorded(night, whole, credentials))
