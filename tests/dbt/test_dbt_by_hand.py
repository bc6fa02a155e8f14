"""dbt as its users call it: the commands of docs/runbook.md, on a copy of the builder's file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from dbt_warehouse import PROJECT, Warehouse, differences

from journey.settings import ROOT


def dbt(folder: Path, *arguments: str) -> str:
    """One command in a process of its own; its output, once it ended well."""
    places = {"DBT_PROFILES_DIR": str(PROJECT), "DBT_PROJECT_DIR": str(PROJECT), "DBT_TARGET_PATH": str(folder / "target")}
    environ = os.environ | places | {"JOURNEY_BUILD_DB": str(folder / "build.duckdb"), "DBT_LOG_PATH": str(folder / "logs")}
    command = [str(Path(sys.executable).with_name("dbt")), *arguments]
    outcome = subprocess.run(command, env=environ, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert outcome.returncode == 0, outcome.stdout
    return outcome.stdout


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder in which dbt has read the whole project anew, and what it said: what comes next there need not read it again."""
    folder = tmp_path_factory.mktemp("by-hand")
    return folder, dbt(folder, "parse", "--no-partial-parse", "--show-all-deprecations")


def test_nothing_in_the_project_is_deprecated(parsed: tuple[Path, str]) -> None:
    assert "eprecat" not in parsed[1]


def test_a_model_and_all_that_follows_from_it_come_out_as_they_were(built: Warehouse, parsed: tuple[Path, str]) -> None:
    folder = parsed[0]
    copy = Warehouse(folder / "build.duckdb")
    shutil.copyfile(built.path, copy.path)
    documented = (ROOT / "docs" / "runbook.md").read_text()
    for command in ("run --full-refresh -s fct_conversions+", "test -s fct_conversions+", "docs generate"):
        assert f".venv/bin/dbt {command}" in documented
    told = dbt(folder, "run", "--full-refresh", "-s", "fct_conversions+")
    assert "OK created sql incremental model marts.fct_conversions" in told
    assert differences(built, copy) == {}
