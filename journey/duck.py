"""Opening DuckDB files: always in UTC, whatever the machine's zone."""

from __future__ import annotations

from pathlib import Path

import duckdb


def connect(path: Path | None = None, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """A connection to the file (None: in memory)."""
    connection = duckdb.connect(str(path) if path else ":memory:", read_only=read_only)
    # After opening: as a start option the zone would need an extension loaded first.
    connection.execute("set TimeZone = 'UTC'")
    return connection
