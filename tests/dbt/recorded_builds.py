"""The statements of a dbt build, recorded once and run again on other files: what hundreds of tiny builds can afford.

dbt spends some ten seconds a build on its own bookkeeping, DuckDB a fraction of one on a tiny shop. The statements of an
incremental build do not depend on the data (no model asks the warehouse what to do next), so a recorded build is the build
as long as tables, columns and variables stay. ``test_any_sequence.py`` holds recorded builds against dbt's own.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dbt_warehouse import Warehouse, differences

from extractors.landing import Landing
from journey.duck import connect
from journey.prepare import prepare, remember

__all__ = ["COMPARED", "VARIABLES", "Start", "differences", "start"]

VARIABLES = {"max_events_per_session": 6, "max_identifiers_per_identifier": 2, "max_people_per_device": 2}
"""Small enough that some sessions are bots', some addresses everybody's and some devices counters."""
COMPARED = ("intermediate", "marts", "audit")
COMMENT = re.compile(r"^\s*/\*.*?\*/\s*", re.DOTALL)
CHANGES = re.compile(r"(create|drop|alter|insert|delete|update)\b", re.IGNORECASE)
"""What changes rows or tables; descriptions (`comment on`) and dbt's own questions do not."""


@dataclass
class Recording:
    """Statements in their order; a Python model is its code with the parsed model's name."""

    steps: list[tuple[str, Any]] = field(default_factory=list)

    def run(self, path: Path, credentials: Any) -> None:
        """All steps on one file, which is called like the one they were recorded on."""
        from dbt.adapters.duckdb.environments import Environment

        with connect(path) as warehouse:
            warehouse.execute("set TimeZone = 'UTC'")
            for kind, step in self.steps:
                if kind == "sql":
                    warehouse.execute(*step)
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
    """A night and a full build of one set of variables, to be run on copies of the warehouse they were recorded on."""

    night: Recording
    whole: Recording
    credentials: Any

    def build(self, warehouse: Warehouse, landing: Landing, *, full: bool, overrides: Path | None = None) -> int:
        """As ``Warehouse.build``, without seeds: the copied warehouse has them."""
        changed = prepare(warehouse.path, landing, full=full, overrides=overrides)
        (self.whole if full else self.night).run(warehouse.path, self.credentials)
        remember(warehouse.path)
        return len(changed)


def record(warehouse: Warehouse, landing: Landing, variables: Mapping[str, Any]) -> Recorded:
    """Two builds by dbt on a built warehouse: one night, one whole."""
    recordings = Recording(), Recording()
    for recording, arguments in zip(recordings, ([], ["--full-refresh"]), strict=True):
        prepare(warehouse.path, landing, full=bool(arguments))
        with _listening(recording) as seen:
            warehouse.dbt(["build", "--resource-type", "model", "--threads", "1", *arguments], variables)
        remember(warehouse.path)
    return Recorded(*recordings, seen[0])


@dataclass(frozen=True)
class Start:
    """A warehouse of nothing, whose copies every shop starts from, and how it is built further."""

    warehouse: Warehouse
    builds: Recorded

    def copy(self, folder: Path) -> Warehouse:
        """A warehouse of nothing in a folder of its own."""
        folder.mkdir(parents=True)
        shutil.copyfile(self.warehouse.path, folder / "build.duckdb")
        return Warehouse(folder / "build.duckdb", quick=True)


def start(folder: Path) -> Start:
    """Build nothing with dbt, three times: whole, a night, and whole again, the last two recorded."""
    warehouse = Warehouse(folder / "empty" / "build.duckdb", quick=True)
    warehouse.build(Landing(folder / "landing"), full=True, variables=VARIABLES)
    model = Warehouse(folder / "model" / "build.duckdb", quick=True)
    model.path.parent.mkdir()
    shutil.copyfile(warehouse.path, model.path)
    return Start(warehouse, record(model, Landing(folder / "landing"), VARIABLES))
