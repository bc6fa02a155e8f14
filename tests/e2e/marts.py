"""What is served, as fingerprints: equal rows give equal ones, whatever their order and whenever they were loaded."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

from journey.duck import connect, values_number

WHEN = {"loaded_at", "load_id", "validated_at"}
"""Columns that say when and by which run a row came."""
BY_LOAD = {"load_ledger", "validation_results", "source_freshness"}
"""Tables of ``audit`` with one row a load or a check."""
ROOT = Path(__file__).resolve().parents[2]


def tables(served: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    rows = served.execute("select schema_name, table_name from duckdb_tables() where schema_name in ('marts', 'audit') order by all")
    return [(row[0], row[1]) for row in rows.fetchall()]


def fingerprints(warehouse: Path) -> dict[str, tuple[int, str]]:
    """``schema.table`` -> rows and a hash over all of them."""
    found = {}
    with connect(warehouse, read_only=True) as served:
        for schema, table in tables(served):
            if table in BY_LOAD:
                continue
            columns = [row[:2] for row in served.execute(f"describe {schema}.{table}").fetchall() if row[0] not in WHEN]
            query = f"select count(*), coalesce(sum({values_number(columns)}::hugeint), 0)::varchar from {schema}.{table}"
            rows, digest = served.execute(query).fetchall()[0]
            found[f"{schema}.{table}"] = (rows, digest)
    return found


def declared() -> set[str]:
    """The tables of schema ``marts`` that the project declares: one SQL file each."""
    return {file.stem for file in (ROOT / "dbt_project" / "models" / "marts").rglob("*.sql")}


def in_the_contract() -> set[str]:
    """Names of tables of which docs and README promise that they are there."""
    return set(re.findall(r"marts\.(\w+)", (ROOT / "README.md").read_text()))
