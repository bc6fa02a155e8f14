"""Opening DuckDB files: always in UTC, whatever the machine's zone."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from journey.settings import UnreadableWarehouse


def connect(path: Path | None = None, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """A connection to the file (None: in memory)."""
    connection = duckdb.connect(str(path) if path else ":memory:", read_only=read_only)
    # After opening: as a start option the zone would need an extension loaded first.
    connection.execute("set TimeZone = 'UTC'")
    return connection


def memory_limit() -> str:
    """What DuckDB may take of the memory, as dbt's profile has it too."""
    return os.environ.get("JOURNEY_MEMORY_LIMIT", "1350MB")


@contextmanager
def writing(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose changes are in the file itself when it is closed, else its own error.

    Closing writes them too, but says nothing where it cannot, as on a full disk: they stay in a log beside the file, and the file,
    renamed or copied, is without them.
    """
    with connect(path) as connection:
        yield connection
        connection.execute("checkpoint")


def quoted(text: object) -> str:
    """The text as it stands between the quotes of a literal."""
    return str(text).replace("'", "''")


def values_number(columns: Iterable[tuple[str, str]]) -> str:
    """SQL for a number of the values of columns (name and type): another one where they are others, whatever pattern texts are made to.

    DuckDB's hash takes a text in pieces of eight bytes, and what differs in the last bytes of one can be undone by those of the next;
    moved by four bytes, these stand where it cannot. So texts count twice (as by the macro text_number), and so do nested ones, which
    stand anywhere in the text of all.
    """
    values = []
    for column, kind in columns:
        name = '"' + column.replace('"', '""') + '"'
        values.append(name)
        if kind == "VARCHAR":
            values.append(f"'----' || {name}")
        elif "VARCHAR" in kind or "JSON" in kind:
            values += [f"cast({name} as varchar)", f"'----' || cast({name} as varchar)"]
    return f"hash({', '.join(values)})"


def holder(error: duckdb.Error) -> str | None:
    """Who has the file open to write in, where that is what the error says: DuckDB lets nobody else in meanwhile."""
    if "Could not set lock" not in str(error):
        return None
    told = re.search(r"held in (.+? \(PID \d+\))", str(error))
    return told[1] if told else "another process"


def held_open(file: Path, who: str) -> UnreadableWarehouse:
    """What to say of a file that ``who`` has open to write in."""
    return UnreadableWarehouse(
        f"{file} cannot be read: {who} has it open to write in, and DuckDB lets nobody else in meanwhile. Kept: everything. To do: close "
        "it there; who only reads opens it read-only (`duckdb -readonly`, `read_only=True`)."
    )


def count_rows(path: Path) -> None:
    """Open the file and count the rows of its tables: duckdb.Error where it is not whole, or somebody has it open to write in."""
    with connect(path, read_only=True) as connection:
        for schema, table in connection.execute("select schema_name, table_name from duckdb_tables()").fetchall():
            connection.execute(f'select count(*) from "{schema}"."{table}"').fetchall()


def is_readable(path: Path) -> bool:
    """Whether the file can be opened now, and the tables in it counted."""
    try:
        count_rows(path)
    except duckdb.Error:
        return False
    return True


def is_whole(path: Path) -> bool:
    """The same, but one that somebody has open to write in is whole."""
    try:
        count_rows(path)
    except duckdb.Error as error:
        return holder(error) is not None
    return True
