"""The ledger's copy in the build file: all of its rows after any night, of which only new files were read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import duckdb
import orjson
import pytest
from test_build_mishaps import full_disk

from journey import copied_lines


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(tmp_path / "build.duckdb") as session:
        session.execute("create schema landing")
        yield session


def write(landing: Path, load: str, *days: str, source: str = "ga4") -> Path:
    file = landing / "_ledger" / source / f"{load}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = [{"load_id": load, "source": source, "stream": "events", "account": "1", "dt": day, "rows": 7} for day in days]
    file.write_bytes(b"".join(orjson.dumps({**row, "control_totals": {"landed": "7"}, "not_copied": 1}) + b"\n" for row in rows))
    return file


def copied(warehouse: duckdb.DuckDBPyConnection, landing: Path) -> list[tuple[str, str]]:
    copied_lines.ledger(warehouse, landing)
    return warehouse.execute("select load_id, dt::varchar from landing.load_ledger order by all").fetchall()


def spoil(file: Path) -> None:
    """Make it unreadable, and look as it was: who opens it fails."""
    told = file.stat()
    file.write_bytes(b"?" * told.st_size)
    os.utime(file, ns=(told.st_atime_ns, told.st_mtime_ns))


def test_a_night_reads_the_files_that_are_new(tmp_path: Path, warehouse: duckdb.DuckDBPyConnection) -> None:
    assert copied(warehouse, tmp_path) == []
    first = write(tmp_path, "n1", "2026-01-05", "2026-01-06")
    assert copied(warehouse, tmp_path) == [("n1", "2026-01-05"), ("n1", "2026-01-06")]
    spoil(first)
    assert len(copied(warehouse, tmp_path)) == 2
    write(tmp_path, "n2", "2026-01-06")
    write(tmp_path, "n0", "2026-01-06", source="matomo")
    assert copied(warehouse, tmp_path) == [("n0", "2026-01-06"), ("n1", "2026-01-05"), ("n1", "2026-01-06"), ("n2", "2026-01-06")]


def test_a_file_that_is_another_one_or_gone_leaves_none_of_its_rows(tmp_path: Path, warehouse: duckdb.DuckDBPyConnection) -> None:
    tried, gone = write(tmp_path, "n1", "2026-01-05", "2026-01-06"), write(tmp_path, "n2", "2026-01-07")
    assert len(copied(warehouse, tmp_path)) == 3
    os.replace(tried, tried.with_name("n1~1.jsonl"))  # an earlier try of the load (extractors.landing)
    write(tmp_path, "n1", "2026-01-08")
    assert [day for _, day in copied(warehouse, tmp_path)] == ["2026-01-05", "2026-01-06", "2026-01-08", "2026-01-07"]
    gone.unlink()
    assert [day for _, day in copied(warehouse, tmp_path)] == ["2026-01-05", "2026-01-06", "2026-01-08"]
    write(tmp_path, "n1", "2026-01-09", "2026-01-10")
    assert [day for _, day in copied(warehouse, tmp_path)] == ["2026-01-05", "2026-01-06", "2026-01-09", "2026-01-10"]


def test_a_table_of_a_version_that_did_not_tell_its_files_is_made_anew(tmp_path: Path, warehouse: duckdb.DuckDBPyConnection) -> None:
    write(tmp_path, "n1", "2026-01-05")
    copied(warehouse, tmp_path)
    warehouse.execute("drop table landing.load_ledger_files")
    assert copied(warehouse, tmp_path) == [("n1", "2026-01-05")]


def test_a_file_that_cannot_be_read_leaves_the_copy_as_it_was(tmp_path: Path, warehouse: duckdb.DuckDBPyConnection) -> None:
    write(tmp_path, "n1", "2026-01-05")
    copied(warehouse, tmp_path)
    broken = write(tmp_path, "n2", "2026-01-06")
    spoil(broken)
    with pytest.raises(duckdb.Error, match=r"n2\.jsonl"):
        copied(warehouse, tmp_path)
    assert warehouse.execute("select load_id from landing.load_ledger").fetchall() == [("n1",)]
    write(tmp_path, "n2", "2026-01-06")
    assert len(copied(warehouse, tmp_path)) == 2
    assert warehouse.execute("select control_totals ->> 'landed', rows from landing.load_ledger where load_id = 'n2'").fetchall() == [
        ("7", 7)
    ]


def test_what_checks_found_is_copied_alike(tmp_path: Path, warehouse: duckdb.DuckDBPyConnection) -> None:
    copied_lines.validation_results(warehouse, tmp_path)
    assert warehouse.execute("select count(*) from landing.validation_results").fetchall() == [(0,)]
    (tmp_path / "_validation" / "ga4").mkdir(parents=True)
    (tmp_path / "_validation" / "ga4" / "n1.jsonl").write_bytes(orjson.dumps({"load_id": "n1", "success": False, "unexpected_count": 3}))
    copied_lines.validation_results(warehouse, tmp_path)
    assert warehouse.execute("select load_id, success, unexpected_count, dt from landing.validation_results").fetchall() == [
        ("n1", False, 3, None)
    ]


def test_a_full_disk_is_told_as_that(tmp_path: Path, warehouse: duckdb.DuckDBPyConnection) -> None:
    """Its commit fails; what was told was that nothing could be taken back."""
    copied(warehouse, tmp_path)
    write(tmp_path, "n1", "2026-01-05")
    warehouse.execute("checkpoint")
    with full_disk(1), pytest.raises(duckdb.Error, match="File too large"):
        copied_lines.ledger(warehouse, tmp_path)
