"""What each incremental model is declared to depend on, read out of a recorded night, and what a night would have missed without it.

``note_affected`` keeps the keys that may have changed in ``changes.<model>__affected``; each place where its query reads what an earlier
model left in ``changes`` (or which partitions landed) is one dependency. Taken away, rows whose key nothing else names stay as they were.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import duckdb
from recorded_builds import Recording, plainly

NOTED = re.compile(r"create or replace table changes\.(\w+)__affected as\s+select distinct ([\w, ]+) from \(", re.DOTALL)
READ = re.compile(r"\b(?:changes\.\w+|landing\.changed_partitions)")
COMPARED = re.compile(r"create or replace temp table (\w+)__differing as(.*?);", re.DOTALL)
SIDES = re.compile(r"from (\S+)\s+where rowid in \(select (held_row|fresh_row) from")
ALWAYS = re.compile(r"union all\s+select\s+rowid as held_row,\s+\*\s+from \S+\s+where (.+?) and not exists", re.DOTALL)


@dataclass(frozen=True)
class Dependency:
    """The ``number``-th place in which a model's query for its affected rows reads changes; ``keys`` are what it finds rows by."""

    model: str
    number: int
    read: str
    keys: str

    def __str__(self) -> str:
        return f"{self.model}-{self.number}-{self.read}"

    @property
    def alone(self) -> str:
        """Name of the table that has the affected keys without this dependency."""
        return f"{self.model}__without_{self.number}"

    def taken_from(self, statement: str) -> str:
        """The statement of ``note_affected`` with nothing to read in this place."""
        start = NOTED.search(statement)
        assert start
        place = list(READ.finditer(statement, start.end()))[self.number]
        return f"{statement[: place.start()]}(from {self.read} limit 0){statement[place.end() :]}"


def noted(statement: str) -> list[Dependency]:
    """The dependencies that a statement declares; none where it is no ``note_affected``."""
    start = NOTED.search(statement)
    if not start:
        return []
    reads = READ.finditer(statement, start.end())
    return [Dependency(start.group(1), number, place.group(), start.group(2)) for number, place in enumerate(reads)]


def dependencies(night: Recording) -> list[Dependency]:
    """All dependencies of a night."""
    return [found for kind, step in night.steps if kind == "sql" for found in noted(step[0])]


@dataclass
class Watch:
    """Runs a night as it is, and keeps for each dependency asked about how many rows would have been missed without it.

    To ask about all hundred costs as much as the night.
    """

    asked: Collection[str]
    missed: dict[Dependency, int] = field(default_factory=dict)
    _held: dict[str, list[Dependency]] = field(default_factory=dict)

    def needed(self) -> set[str]:
        """Those without which some row would have stayed as it was, in a night after the first."""
        return {str(dependency) for dependency, rows in self.missed.items() if rows}

    def __call__(self, warehouse: duckdb.DuckDBPyConnection, text: str, *values: Any) -> None:
        if compared := COMPARED.search(text):
            held = self._held.pop(compared.group(1), [])
            warehouse.execute(text[: compared.end()])
            for dependency in held:
                self.missed[dependency] = self.missed.get(dependency, 0) + _missed(warehouse, dependency, text)
            text = text[compared.end() :]
        plainly(warehouse, text, *values)
        for dependency in noted(text):
            if str(dependency) not in self.asked:
                continue
            self._held.setdefault(dependency.model, []).append(dependency)
            target = f"changes.{dependency.model}__affected"
            warehouse.execute(dependency.taken_from(text).replace(f"table {target}", f"temp table {dependency.alone}"))


def without(dependency: Dependency) -> Any:
    """Runs a night in which one dependency is not declared."""

    def execute(warehouse: duckdb.DuckDBPyConnection, text: str, *values: Any) -> None:
        plainly(warehouse, dependency.taken_from(text) if dependency in noted(text) else text, *values)

    return execute


def _missed(warehouse: duckdb.DuckDBPyConnection, dependency: Dependency, text: str) -> int:
    """Differing rows of a comparison that is about to be carried out, whose key is not affected without the dependency.

    A model that replaces its rows without comparing them is compared here: what comes again as it was would not be missed.
    """
    always = ALWAYS.search(text)
    sides = {side: table for table, side in SIDES.findall(text)}
    held = [name for (name, *_) in warehouse.execute(f"describe {sides['held_row']}").fetchall()]
    compared = ", ".join(f'"{name}"' for name in held if name != "loaded_at")
    taken, put = (
        f"select {compared} from {sides[side]} where rowid in (select {side} from {dependency.model}__differing)"
        for side in ("held_row", "fresh_row")
    )
    rows = f"({taken} except all {put}) union all ({put} except all {taken})"
    columns = dependency.keys.split(", ")
    same = " and ".join(
        f"known.{column} <= differing.{column.removesuffix('_from')}"
        if column.endswith("_from")
        else f"known.{column} = differing.{column}"
        for column in columns
    )
    query = f"select count(*) from ({rows}) as differing where not exists (from {dependency.alone} as known where {same})"
    if always:
        query += f" and not ({always.group(1)})"
    (count,) = warehouse.execute(query).fetchall()[0]
    return int(count)
