"""Opening DuckDB files: always in UTC, whatever the machine's zone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb


def connect(path: Path | None = None, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """A connection to the file (None: in memory)."""
    connection = duckdb.connect(str(path) if path else ":memory:", read_only=read_only)
    # After opening: as a start option the zone would need an extension loaded first.
    connection.execute("set TimeZone = 'UTC'")
    return connection


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


def is_whole(path: Path) -> bool:
    """Whether the file can be opened and the tables in it counted; one that somebody has open to write in is."""
    try:
        with connect(path, read_only=True) as connection:
            tables = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
            for schema, table in tables:
                connection.execute(f'select count(*) from "{schema}"."{table}"').fetchall()
    except duckdb.Error as error:
        return "Could not set lock" in str(error)
    return True
