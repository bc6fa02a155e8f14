"""Whether two engines tell the same journey: sessions, persons, touches and credits, row by row, in DuckDB."""

from __future__ import annotations

from pathlib import Path

import duckdb

QUESTIONS = ("sessions", "persons", "identifiers", "touches", "credits")
TOLERANCE = 1e-9


class Different(AssertionError):
    """The engines do not agree; says in what, and by how many rows."""


def compare(build: Path, theirs: Path) -> dict[str, int]:
    """Rows that were compared, by question. ``theirs`` is the folder that an engine of this package wrote. Raises Different."""
    with duckdb.connect() as connection:
        connection.execute("set memory_limit = '4GB'")
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach '{build}' as ours (read_only)")
        for table in ("sessions", "identifiers", "touches", "credits"):
            path = theirs / f"{table}.parquet"
            files = path if path.is_file() else path / "*.parquet"
            connection.execute(f"create view {table} as from read_parquet('{files}')")
        connection.execute(_sql("ours"))
        wrong, rows = {}, {}
        for question in QUESTIONS:
            compared, different = connection.execute(_sql(question), [TOLERANCE] if question == "credits" else []).fetchall()[0]
            rows[question] = compared
            if different:
                wrong[question] = different
    if wrong:
        raise Different(", ".join(f"{question}: {count} of {rows[question]} rows differ" for question, count in wrong.items()))
    return rows


def _sql(name: str) -> str:
    return Path(__file__).with_name("sql").joinpath(f"{name}.sql").read_text()
