"""Errors of DuckDB without the values that they quote, and the way of an error without what it says."""

from __future__ import annotations

import duckdb
import pytest

from extractors.unforeseen import way_of, without_values

NAME = "Zeferino's Pinheiro"
QUOTING = (
    *("select $1::int", "select $1::timestamp", "select ('2026-01-01' || $1)::date", "select ('{' || $1)::json ->> 'a'"),
    *("select $1::decimal(4, 2)", "select $1::boolean", "select $1::uuid", "select $1::struct(a int)", "select strptime($1, '%Y')"),
    "insert into held select $1",
)


@pytest.mark.parametrize("query", QUOTING)
def test_a_value_that_duckdb_quotes_is_left_out(query: str) -> None:
    with duckdb.connect() as session:
        session.execute("create table held (name varchar unique)")
        session.execute("insert into held select $1", [NAME])
        with pytest.raises(duckdb.Error) as caught:
            session.execute(query, [NAME]).fetchall()
    said = str(caught.value)
    assert "Zeferino" in said, "or the test shows nothing"
    left = without_values(said)
    assert "Zeferino" not in left
    assert "Pinheiro" not in left
    assert left.startswith(said[: said.index(":")])
    assert "'…'" in left


def test_what_is_no_value_stays() -> None:
    for text in (
        'IO Error: No files found that match the pattern "/data/x.parquet"',
        'Binder Error: column "x" not found',
        "out of memory",
    ):
        assert without_values(text) == text


def test_the_way_of_an_error_is_told_without_what_it_says() -> None:
    def stumble() -> None:
        try:
            int(NAME)
        except ValueError as error:
            raise KeyError(NAME) from error

    with pytest.raises(KeyError) as caught:
        stumble()
    told = way_of(caught.value)
    assert "Zeferino" not in told
    assert told.startswith("KeyError, by way of\n")
    assert "caused by ValueError, by way of\n" in told
    assert "int(NAME)" in told
