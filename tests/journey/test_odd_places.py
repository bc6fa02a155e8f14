"""Folders with signs in their names that mean something elsewhere: to SQL, to a terminal's markup, to patterns of files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb

from journey.settings import ROOT

ODD = "it's a [red] 100% {a,b} * ü :cat:"


def test_a_folder_is_told_as_it_is_called(tmp_path: Path) -> None:
    """Brackets were taken for markup and left out, so that the path led nowhere."""
    home = tmp_path / ODD
    home.mkdir()
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "JOURNEY_"))}
    told = subprocess.run(
        [sys.executable, "-m", "journey.cli", "status"],
        env=environ | {"JOURNEY_HOME": str(home), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert told.stdout.count(f"{home}/") == 5


def test_seeds_load_below_a_folder_with_an_apostrophe(tmp_path: Path) -> None:
    """The adapter's own statement quotes the path of a seed as it is; every build of a clone in such a folder failed."""
    project = tmp_path / ODD / "dbt_project"
    shutil.copytree(ROOT / "dbt_project", project, ignore=shutil.ignore_patterns("models", "tests", "target", "logs"))
    build = tmp_path / ODD / "build.duckdb"
    environ = os.environ | {"JOURNEY_BUILD_DB": str(build), "DBT_PROFILES_DIR": str(project), "DBT_TARGET_PATH": str(tmp_path / "target")}
    command = [str(Path(sys.executable).with_name("dbt")), "--log-path", str(tmp_path / "logs"), "seed", "--project-dir", str(project)]
    told = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout[-3000:]
    with duckdb.connect(str(build), read_only=True) as held:
        for file in (project / "seeds").glob("*.csv"):
            (rows,) = held.execute(f"select count(*) from seeds.{file.stem}").fetchall()[0]
            assert rows == held.execute("select count(*) from read_csv($1, header = true)", [str(file)]).fetchall()[0][0]
