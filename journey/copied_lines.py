"""The ledger and what the checks found, copied into the build file: the served file must not depend on the landing zone.

A year of nights is thousands of files, and opening them costs more than their rows; a file is written once and whole, so a night
reads those that are new.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import duckdb

from journey.duck import quoted

LEDGER = """{'load_id': 'varchar', 'source': 'varchar', 'stream': 'varchar', 'account': 'varchar', 'dt': 'date',
 'kind': 'varchar', 'status': 'varchar', 'rows': 'bigint', 'bytes': 'bigint', 'content_hash': 'varchar',
 'control_totals': 'json', 'message': 'varchar', 'loaded_at': 'timestamptz'}"""
VALIDATION = """{'load_id': 'varchar', 'source': 'varchar', 'stream': 'varchar', 'account': 'varchar', 'dt': 'date',
 'suite': 'varchar', 'expectation': 'varchar', 'severity': 'varchar', 'success': 'boolean', 'observed': 'varchar',
 'unexpected_count': 'bigint', 'message': 'varchar', 'validated_at': 'timestamptz'}"""

File = tuple[str, int, int]
"""Path below the folder, bytes, time of the last change in nanoseconds: another file of that name differs in one of them."""


def ledger(warehouse: duckdb.DuckDBPyConnection, landing: Path) -> None:
    """``landing.load_ledger``: every row of the ledger, one per load of a partition."""
    _copy(warehouse, "load_ledger", LEDGER, landing / "_ledger")


def validation_results(warehouse: duckdb.DuckDBPyConnection, landing: Path) -> None:
    """``landing.validation_results``: every result of every suite, one row per expectation and partition or load."""
    _copy(warehouse, "validation_results", VALIDATION, landing / "_validation")


def _copy(warehouse: duckdb.DuckDBPyConnection, name: str, columns: str, folder: Path) -> None:
    """Rows of new files are put to those that the table holds; where a file that was read is gone or another one, all are read.

    What was read is told by ``landing.<name>_files``. Both tables change together or not at all.
    """
    found = {_as_it_is(folder, path) for path in folder.glob("*/*.jsonl")}
    warehouse.execute("begin")
    try:
        held = _held(warehouse, name)
        if held is None or not held <= found:
            warehouse.execute(f"create or replace table landing.{name} as {_reading([], columns)}")
            warehouse.execute(f"create or replace table landing.{name}_files (file varchar, bytes bigint, changed_at bigint)")
            held = set()
        if new := sorted(found - held):
            warehouse.execute(f"insert into landing.{name} {_reading([folder / file for file, *_ in new], columns)}")
            told = [list(values) for values in zip(*new, strict=True)]
            warehouse.execute(f"insert into landing.{name}_files select unnest($1), unnest($2), unnest($3)", told)
        warehouse.execute("commit")
    except BaseException:
        with suppress(duckdb.Error):  # a commit that fails, as on a full disk, has taken everything back already
            warehouse.execute("rollback")
        raise


def _held(warehouse: duckdb.DuckDBPyConnection, name: str) -> set[File] | None:
    """The files whose rows the table holds; None in a new file, and in one of a version that did not tell."""
    told = "select count(*) from duckdb_tables() where database_name = current_database() and schema_name = 'landing' and table_name = $1"
    if warehouse.execute(told, [f"{name}_files"]).fetchall() == [(0,)]:
        return None
    return set(warehouse.execute(f"select file, bytes, changed_at from landing.{name}_files").fetchall())


def _as_it_is(folder: Path, path: Path) -> File:
    told = path.stat()
    return str(path.relative_to(folder)), told.st_size, told.st_mtime_ns


def _reading(files: list[Path], columns: str) -> str:
    """The rows of the files; without files none, with the same columns."""
    if not files:
        typed = (part.replace("'", "").split(":") for part in columns.strip("{}").split(","))
        return f"select {', '.join(f'null::{kind} as {name}' for name, kind in typed)} where false"
    listed = ", ".join(f"'{quoted(file)}'" for file in files)
    return f"select * from read_json([{listed}], format = 'newline_delimited', columns = {columns})"
