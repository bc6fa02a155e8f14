"""The served file: marts and audit of a candidate, in a file that takes the served one's place.

Writing all rows of twenty million events' facts costs more than the models of a night. So a night's file begins as a copy of the
served one, and only what differs is written: the rows that the build says it took out or put in (``changes``, see the macro
replace_what_differs), then any table that does not hold the same rows as the candidate's afterwards, whole. What ``changes`` says
need not be right, nor the served file be the one that the candidate began beside: the comparison, of all columns of all rows, decides.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import duckdb

from journey.build_alone import remove
from journey.duck import connect, memory_limit, quoted, values_number

log = logging.getLogger("journey")

SCHEMAS = ("marts", "audit")
STORAGE_VERSION = "v1.2.0"
"""The served file is written so that DuckDB clients from 1.2 on can read it; many BI drivers are still 1.x."""


@dataclass(frozen=True)
class Table:
    """A table of one of the files: its name, the statement that makes it, and what is said of it and its columns."""

    name: str
    made_by: str
    said: tuple[tuple[str, str], ...]
    """Comments: (column or '', text)."""


class Written(StrEnum):
    """What was written of a table."""

    NOTHING = "nothing"
    CHANGED_ROWS = "changed rows"
    WHOLE = "whole"


def write(candidate: Path, target: Path, *, before: Path) -> dict[str, Written]:
    """Make the file ``target``, which is not there yet; returns what was written of each table.

    DuckDB's errors where a file cannot be read or written, OSError from the disk.
    """
    if _begun(candidate, target, before):
        try:
            with _both(candidate, target) as session:
                return _bring_up(session)
        except duckdb.Error as error:
            log.warning("the served file is written anew, as it cannot be built on: %s", str(error).split("\n")[0])
            remove(target)
    with _both(candidate, target) as session:
        return {table.name: _put(session, table) for table in _tables(session, "built")}


def is_of(build: Path, served: Path) -> bool:
    """Whether the served file is that of the builder's file, by the newest audit that both tell of; also where either cannot be asked."""
    newest = "select max((validated_at, load_id)) from {}.audit.validation_results where source = 'warehouse'"
    with connect() as session:
        try:
            session.execute(f"attach '{quoted(build)}' as built (read_only)")
            session.execute(f"attach '{quoted(served)}' as served (read_only)")
            return bool(session.execute(newest.format("built")).fetchall() == session.execute(newest.format("served")).fetchall())
        except duckdb.Error:
            return True  # open to write in, or damaged: who asks has seen to that


def _begun(candidate: Path, target: Path, before: Path) -> bool:
    """Copy the served file where it is of this format and not half empty, and the candidate was built on what there was."""
    if not before.exists():
        return False
    with connect() as session:
        try:
            session.execute(f"attach '{quoted(candidate)}' as built (read_only)")
            session.execute(f"attach '{quoted(before)}' as served (read_only)")  # and nobody writes in it meanwhile
            (version,) = session.execute(
                "select tags['storage_version'] from duckdb_databases() where database_name = 'served'"
            ).fetchall()[0]
            total, free = session.execute(
                "select total_blocks, free_blocks from pragma_database_size() where database_name = 'served'"
            ).fetchall()[0]
        except duckdb.Error:
            return False  # damaged, or open to write in: the new file takes its place
        if not _told(session, "fct_customer_journey") or not version.startswith(STORAGE_VERSION) or 2 * free > total:
            return False
        shutil.copyfile(before, target)
        return True


@contextmanager
def _both(candidate: Path, target: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect() as session:
        session.execute(f"set memory_limit = '{quoted(memory_limit())}'")
        session.execute(f"set temp_directory = '{quoted(target)}.tmp'")
        session.execute(f"attach '{quoted(candidate)}' as built (read_only)")
        held = "" if target.exists() else f" (storage_version '{STORAGE_VERSION}')"
        session.execute(f"attach '{quoted(target)}' as served{held}")
        session.execute("use served")
        for schema in SCHEMAS:
            session.execute(f"create schema if not exists served.{schema}")
        yield session
        session.execute("checkpoint served")  # closing would write it too, but says nothing where it cannot


def _bring_up(session: duckdb.DuckDBPyConnection) -> dict[str, Written]:
    held = {table.name: table for table in _tables(session, "served")}
    built = _tables(session, "built")
    for name in held.keys() - {table.name for table in built}:
        session.execute(f"drop table served.{name}")
    return {table.name: _bring_up_table(session, table, held.get(table.name)) for table in built}


def _bring_up_table(session: duckdb.DuckDBPyConnection, table: Table, held: Table | None) -> Written:
    if held == table:
        written = _replace_changed_rows(session, table.name)
        if _content(session, "served", table.name) == _content(session, "built", table.name):
            return written
    session.execute(f"drop table if exists served.{table.name}")
    return _put(session, table)


def _replace_changed_rows(session: duckdb.DuckDBPyConnection, name: str) -> Written:
    """By the first column that the model tells of its changed rows."""
    model = name.rpartition(".")[2]
    if not (columns := _told(session, model)):
        return Written.NOTHING
    changed = f"{columns[0]} in (select {columns[0]} from built.changes.{model})"
    session.execute(f"delete from served.{name} where {changed}")
    session.execute(f"insert into served.{name} select * from built.{name} where {changed}")
    if model == "fct_attribution":
        _move_credits(session)
    return Written.CHANGED_ROWS


def _move_credits(session: duckdb.DuckDBPyConnection) -> None:
    """The credits that the model moves in place and does not tell row by row (macro move_channel_credits): nearly all of two models."""
    if _told(session, "int_attribution_weights_held"):
        session.execute("""
            update served.marts.fct_attribution as held
            set credit = moved.credit, attributed_revenue = moved.attributed_revenue
            from (
                select * from built.marts.fct_attribution
                where model in (select model from built.changes.int_attribution_weights_held)
            ) as moved
            where held.conversion_id = moved.conversion_id
                and held.touchpoint_id = moved.touchpoint_id
                and held.model = moved.model
                and (held.credit <> moved.credit or held.attributed_revenue is distinct from moved.attributed_revenue)
        """)


def _told(session: duckdb.DuckDBPyConnection, model: str) -> list[str]:
    """The columns by which the candidate's build tells the model's changed rows; none where it built it whole."""
    rows = session.execute(
        "select column_name from duckdb_columns() where database_name = 'built' and schema_name = 'changes' and table_name = ? "
        "order by column_index",
        [model],
    ).fetchall()
    return [name for (name,) in rows]


def _content(session: duckdb.DuckDBPyConnection, file: str, name: str) -> tuple[int, int]:
    """Rows, and the sum of a number of each row's values: the same for the same rows in any order."""
    columns = session.execute(
        "select column_name, data_type from duckdb_columns() where database_name = ? and schema_name || '.' || table_name = ? "
        "order by column_index",
        [file, name],
    ).fetchall()
    (found,) = session.execute(f"select count(*), sum({values_number(columns)}) from {file}.{name}").fetchall()
    return (int(found[0]), int(found[1] or 0))


def _tables(session: duckdb.DuckDBPyConnection, file: str) -> list[Table]:
    said: dict[str, list[tuple[str, str]]] = {}
    for name, column, comment in session.execute(
        "select schema_name || '.' || table_name, column_name, comment from duckdb_columns() "
        "where database_name = $1 and schema_name in ($2, $3) and comment is not null union all "
        "select schema_name || '.' || table_name, '', comment from duckdb_tables() "
        "where database_name = $1 and schema_name in ($2, $3) and comment is not null order by all",
        [file, *SCHEMAS],
    ).fetchall():
        said.setdefault(name, []).append((column, comment))
    rows = session.execute(
        "select schema_name || '.' || table_name, sql from duckdb_tables() where database_name = ? and schema_name in (?, ?) order by all",
        [file, *SCHEMAS],
    ).fetchall()
    return [Table(name, sql, tuple(said.get(name, ()))) for name, sql in rows]


def _put(session: duckdb.DuckDBPyConnection, table: Table) -> Written:
    session.execute(table.made_by)
    session.execute(f"insert into served.{table.name} select * from built.{table.name}")
    for column, text in table.said:
        place = f"column served.{table.name}.{column}" if column else f"table served.{table.name}"
        session.execute(f"comment on {place} is '{quoted(text)}'")
    return Written.WHOLE
