"""Landing roots and warehouse files for the tests of the models: real Parquet, real dbt, no Airflow."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from extractors import registry, runner
from extractors.connections import from_json
from extractors.landing import Landing, Partition, stage
from extractors.stream import Days
from journey.build import seldom_collecting
from journey.duck import connect, values_number
from journey.prepare import prepare, remember
from journey.settings import ROOT
from sandbox.serving import SOURCES, serve_all

PROJECT = ROOT / "dbt_project"
PARSED: dict[str, Any] = {}
"""The parsed project by variables: parsing costs more than building a very small warehouse."""


def land_folder(folder: Path, landing: Landing, days: Days, *, sources: Sequence[str] = SOURCES, load: str = "load") -> None:
    """Read a folder of rows through the emulators and the official clients into a landing root."""
    loaded_at = datetime(2026, 6, 1, tzinfo=UTC)
    with serve_all(folder, sources=sources) as connections:
        for name in sources:
            source = registry.load(name)
            connection = from_json(source.connection_id, json.dumps(connections[source.connection_id]))
            report = runner.run(source, connection, days, landing, load_id=f"{name}-{load}", loaded_at=loaded_at)
            assert report.errors == []
            landing.commit(report.load_id, report.partitions, landing.root / "_quarantine", loaded_at=loaded_at)


@dataclass(frozen=True)
class Rows:
    """What one partition holds: rows as dictionaries (absent fields are null) or as a table."""

    source: str
    stream: str
    account: str
    day: date
    rows: Iterable[Mapping[str, Any]] | pa.Table


def land_rows(landing: Landing, partitions: Iterable[Rows], *, load: str, second: int = 0) -> list[Partition]:
    """Put partitions in place in one load; ``second`` orders loads in the ledger."""
    loaded_at = datetime(2026, 6, 1, 0, second // 60, second % 60, tzinfo=UTC)
    staged = []
    for held in partitions:
        stream = registry.load(held.source).stream(held.stream)
        table = (
            held.rows if isinstance(held.rows, pa.Table) else pa.Table.from_pylist([dict(row) for row in held.rows], schema=stream.schema)
        )
        staged.append(
            stage(
                landing.staged, stream, [table], load_id=load, source=held.source, account=held.account, day=held.day, loaded_at=loaded_at
            )
        )
    return landing.commit(load, staged, landing.root / "_quarantine", loaded_at=loaded_at)


@dataclass
class Warehouse:
    """One build file with a dbt target folder of its own; a quick one runs the project as it was parsed before, and seeds once.

    Quick ones are all called the same: the parsed project knows the file by its name.
    """

    path: Path
    quick: bool = False

    def build(
        self,
        landing: Landing,
        *,
        full: bool,
        tests: bool = False,
        variables: Mapping[str, Any] | None = None,
        arguments: Sequence[str] = (),
        overrides: Path | None = None,
    ) -> int:
        """Prepare, build (with all data and unit tests, if asked) and remember; returns the number of changed partitions."""
        self.path.parent.mkdir(exist_ok=True)
        changed = prepare(self.path, landing, full=full, overrides=overrides)
        kinds = [] if tests else ["--resource-type", "model"]
        if kinds and (full or not self.quick):
            kinds += ["--resource-type", "seed"]
        self.dbt(["build", *kinds, *(["--full-refresh"] if full else []), *arguments], variables)
        remember(self.path)
        return len(changed)

    def dbt(self, command: Sequence[str], variables: Mapping[str, Any] | None = None) -> None:
        """One dbt command on this file; AssertionError names the nodes that failed."""
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager
        from dbt.cli.main import dbtRunner

        target = str(self.path.parent / "dbt_target")
        os.environ.update(JOURNEY_BUILD_DB=str(self.path), DBT_TARGET_PATH=target, DBT_LOG_PATH=target, DO_NOT_TRACK="1")
        places = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--quiet"]
        arguments = [*command, *places, *(["--vars", json.dumps(dict(variables))] if variables else [])]
        if self.quick:
            parsed = str(dict(variables or {}))
            if parsed not in PARSED:
                PARSED[parsed] = dbtRunner().invoke(["parse", *arguments[arguments.index("--project-dir") :]]).result
            with seldom_collecting():
                outcome = dbtRunner(manifest=PARSED[parsed]).invoke([*arguments, "--no-write-json", "--log-level-file", "none"])
        else:
            outcome = dbtRunner().invoke(arguments)
        DuckDBConnectionManager.close_all_connections()
        assert outcome.exception is None, str(outcome.exception)
        failed = [f"{result.node.name}: {result.message}" for result in outcome.result.results if result.status in {"error", "fail"}]
        assert outcome.success, "\n".join(failed)

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with connect(self.path, read_only=True) as connection:
            yield connection

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with self.reading() as connection:
            found: list[tuple[Any, ...]] = connection.execute(query).fetchall()
            return found

    def tables(self, schemas: Sequence[str] = ("marts", "audit")) -> list[str]:
        """The tables of some schemas, as ``schema.name``; the served ones unless said otherwise."""
        listed = ", ".join(f"'{schema}'" for schema in schemas)
        query = f"select table_schema || '.' || table_name from information_schema.tables where table_schema in ({listed}) order by 1"
        return [row[0] for row in self.rows(query)]


def differences(left: Warehouse, right: Warehouse, *, schemas: Sequence[str] = ("marts", "audit")) -> dict[str, tuple[int, int]]:
    """Rows that only one of two warehouses has, table by table, `loaded_at` aside.

    Tables whose rows have the same number and the same sum of hashes are equal; the others are compared row by row.
    """
    found = {}
    with left.reading() as connection:
        connection.execute(f"attach '{right.path}' as other (read_only)")
        tables = connection.execute(
            "select schema_name || '.' || table_name, list((column_name, data_type) order by column_name) "
            "from duckdb_columns() where database_name = current_database() and schema_name in (select unnest(?)) "
            "and column_name <> 'loaded_at' group by all order by all",
            [list(schemas)],
        ).fetchall()
        for table, columns in tables:
            number, listed = values_number(columns), ", ".join(f'"{name}"' for name, _ in columns)
            query = " union all ".join(f"select count(*), sum({number}) from {side}" for side in (table, f"other.{table}"))
            one, two = connection.execute(query).fetchall()
            if one == two:
                continue
            only = [
                connection.execute(f"select count(*) from (select {listed} from {here} except all select {listed} from {there})").fetchall()
                for here, there in ((table, f"other.{table}"), (f"other.{table}", table))
            ]
            found[table] = (only[0][0][0], only[1][0][0])
    return found
