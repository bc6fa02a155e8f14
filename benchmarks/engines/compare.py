"""Whether two engines tell the same journey: sessions, persons, touches and credits, row by row, in DuckDB."""

from __future__ import annotations

from pathlib import Path

import duckdb

QUESTIONS = ("sessions", "persons", "identifiers", "touches", "credits")
TOLERANCE = 1e-9
KEYS = {
    "fct_customer_journey": "touchpoint_id",
    "fct_conversions": "conversion_id",
    "fct_attribution": "conversion_id, touchpoint_id, model",
}
"""The keys of our tables. Where one is there several times nothing is compared: joined, such rows multiply until a disk is full."""


class Different(AssertionError):
    """The engines do not agree; says in what, and by how many rows."""


def compare(build: Path, theirs: Path) -> dict[str, int]:
    """Rows that were compared, by question. ``theirs`` is the folder that an engine of this package wrote. Raises Different."""
    with duckdb.connect() as connection:
        connection.execute("set memory_limit = '4GB'")
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach '{build}' as ours (read_only)")
        if repeated := [f"{table}: {count} keys are there more than once" for table in KEYS if (count := _repeated(connection, table))]:
            raise Different("; ".join(repeated))
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


def _repeated(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    query = f"select count(*) from (select 1 from ours.marts.{table} group by {KEYS[table]} having count(*) > 1)"
    return int(connection.execute(query).fetchall()[0][0])


def _sql(name: str) -> str:
    return Path(__file__).with_name("sql").joinpath(f"{name}.sql").read_text()
