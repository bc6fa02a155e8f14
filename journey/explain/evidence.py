"""The three places that a walk reads: the served file, the builder's file beside it, and the landing zone. All read-only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import orjson

from journey.duck import connect, held_open, holder, quoted
from journey.explain.findings import Row
from journey.prepare import fingerprint
from journey.settings import ROOT, Places, load

NO_BUILDER = (
    "The builder's file {path} is not there, so the steps between the landed rows and the marts (sessions, shares of a cost, "
    "eligible touches, rates) are not shown; everything here is from the served file and the landing zone."
)
NO_LANDING = "The landing zone {path} is not there, so no figure is walked back to landed rows; everything here is from the served file."


@dataclass(frozen=True)
class Evidence:
    """A connection with the served file in front, the builder's attached as ``built`` where it is there."""

    connection: duckdb.DuckDBPyConnection
    landing: Path
    builder: Path
    has_builder: bool
    """Whether it may be asked: without landed rows there is nothing to walk to from its steps."""

    @property
    def has_landing(self) -> bool:
        """Whether landed rows are to be found; a copy of the served file alone has none."""
        return self.landing.is_dir()

    @property
    def is_of_these_models(self) -> bool:
        """Whether the builder's file was built by the models of this version; where there is none, nobody knows."""
        mark = self.builder.with_suffix(".fingerprint")
        return mark.exists() and mark.read_text().split()[0] == fingerprint({}).split()[0]

    def rows(self, query: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """All rows of a query as dictionaries."""
        found = self.connection.execute(query, list(parameters))
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def row(self, query: str, parameters: Sequence[Any] = ()) -> Row | None:
        """The first row of a query; None where there is none."""
        return next(iter(self.rows(query, parameters)), None)

    def seed(self, name: str) -> str:
        """A seed as a relation: the one the warehouse was built with, else the project's."""
        if self.has_builder:
            return f"built.seeds.{name}"
        return f"read_csv('{quoted(ROOT / 'dbt_project' / 'seeds' / f'{name}.csv')}', header = true)"

    def setting(self, name: str) -> Any:
        """A setting: the one the warehouse was built with, else the one the next build would have."""
        known = self.has_builder and self.row(
            "select 1 from duckdb_tables() where database_name = 'built' and schema_name = 'landing' and table_name = 'settings'"
        )
        held = self.row("select value::varchar as value from built.landing.settings where name = $1", [name]) if known else None
        return orjson.loads(held["value"]) if held else load()[name]


@contextmanager
def open_evidence(places: Places) -> Iterator[Evidence]:
    """Open all three; the served file must be there."""
    # Both are attached to a database of their own in memory: a second walk in this process may open the same files.
    with connect() as connection:
        has_builder = places.build.exists() and places.landing.is_dir()
        for file, name in ((places.warehouse, "served"), *([(places.build, "built")] if has_builder else [])):
            try:
                connection.execute(f"attach '{quoted(file)}' as {name} (read_only)")
            except duckdb.IOException as error:
                if who := holder(error):
                    raise held_open(file, who) from None
                raise
        connection.execute("use served")
        yield Evidence(connection, places.landing, places.build, has_builder)
