"""A build that needs more than its memory limit goes to disk, in one model after the other."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from dbt_warehouse import PROJECT

LIMIT = "80MB"
SORTED = "select range as number, repeat(md5(range::varchar), 4) as digest from range(500000) order by digest"
"""Some 80 MB of rows and as much for their order, all there at once before the first row comes out."""


def test_what_the_models_need_is_more_than_the_limit(tmp_path: Path) -> None:
    """Without a place to go to, the query cannot be answered within the limit: else the test below would hold for any profile."""
    connection = duckdb.connect(str(tmp_path / "build.duckdb"), config={"memory_limit": LIMIT, "temp_directory": "", "threads": 2})
    with connection, pytest.raises(duckdb.OutOfMemoryException):
        connection.execute(f"create table sorted as {SORTED}")


def test_two_models_beyond_the_limit_are_built_by_the_projects_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """dbt sets what a profile names with each connection, and DuckDB refuses to set a temporary directory once something went there."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    (tmp_path / "models").mkdir()
    (tmp_path / "dbt_project.yml").write_text("name: spills\nprofile: customer_journey\nmodels: {+materialized: table}\n")
    (tmp_path / "models" / "first_model.sql").write_text(SORTED)
    (tmp_path / "models" / "second_model.sql").write_text("select * from {{ ref('first_model') }} order by number % 1000, digest")
    monkeypatch.setenv("JOURNEY_BUILD_DB", str(tmp_path / "build.duckdb"))
    monkeypatch.setenv("JOURNEY_MEMORY_LIMIT", LIMIT)
    monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path / "target"))
    monkeypatch.setenv("DBT_LOG_PATH", str(tmp_path / "target"))
    outcome = dbtRunner().invoke(["run", "--project-dir", str(tmp_path), "--profiles-dir", str(PROJECT), "--quiet"])
    DuckDBConnectionManager.close_all_connections()
    assert outcome.success, outcome.exception or [result.message for result in outcome.result.results]
    with duckdb.connect(str(tmp_path / "build.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*), count(distinct digest) from second_model").fetchall() == [(500_000, 500_000)]
