"""What dbt writes down of a run that fails: which model and why, never the value that did not fit."""

from __future__ import annotations

from pathlib import Path

import duckdb
import orjson
import pytest

from journey.dbt_masked import invoke

NAMES = ("Zeferino", "Pinheiro")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A dbt project with one model that works and one that takes a name for a number; another process's folders are put back."""
    for name in ("DBT_TARGET_PATH", "DBT_LOG_PATH"):
        monkeypatch.setenv(name, "")
    (tmp_path / "models").mkdir()
    (tmp_path / "dbt_project.yml").write_text("name: tiny\nversion: '1.0'\nprofile: tiny\nmodels: {+materialized: table}\n")
    (tmp_path / "profiles.yml").write_text(
        f"tiny: {{target: here, outputs: {{here: {{type: duckdb, path: '{tmp_path / 'tiny.duckdb'}'}}}}}}\n"
    )
    (tmp_path / "models" / "counted.sql").write_text("select count(*) as people from people")
    (tmp_path / "models" / "numbered.sql").write_text("select cast(name as integer) as number from people")
    with duckdb.connect(tmp_path / "tiny.duckdb") as session:
        session.execute("create table people as select $1 as name", [" ".join(NAMES)])
    return tmp_path


def test_a_failed_run_tells_no_value(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    target = project / "target"
    outcome = invoke(["build", "--project-dir", str(project), "--profiles-dir", str(project)], target)
    assert outcome.success is False
    said = {result.node.name: str(result.message) for result in outcome.result.results}
    assert all(name in said["numbered"] for name in NAMES), "or the test shows nothing"

    log = (target / "logs" / "dbt.log").read_text()
    assert "[error]" in log
    assert log.count("Could not convert string '…' to INT32") >= 2, "by DuckDB, and where dbt sums up"
    assert "select cast(name as integer) as number from people" in log, "the query, to be tried"
    told = {row["unique_id"]: row["message"] for row in orjson.loads((target / "run_results.json").read_bytes())["results"]}
    assert "Could not convert string '…' to INT32" in told["model.tiny.numbered"]
    assert told["model.tiny.counted"] == said["counted"]
    files = [file for file in target.rglob("*") if file.is_file()]
    assert [file.name for file in files if any(name.encode() in file.read_bytes() for name in NAMES)] == []
    assert capfd.readouterr().out == ""


def test_the_log_of_one_run_follows_that_of_another(project: Path) -> None:
    arguments = ["build", "--project-dir", str(project), "--profiles-dir", str(project), "--select", "counted"]
    assert invoke(arguments, project / "target").success
    first = (project / "target" / "logs" / "dbt.log").read_text()
    assert invoke(arguments, project / "target").success
    assert (project / "target" / "logs" / "dbt.log").read_text().startswith(first)
    assert "1 of 1 OK created sql table model main.counted" in first
