"""What a run reads and writes in Airflow's database; where that cannot be written: a sentence at the end."""

from __future__ import annotations

import re
import sqlite3
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy
from journeys import Home

from journey.airflow_run import _is_of_this_release
from sandbox.serving import SOURCES


def test_each_run_parses_and_stores_its_own_dag_alone(base: Home) -> None:
    """All nine each time are a quarter of the CPU time of a run of small loads."""
    read = re.findall(r"Filling up the DagBag from (\S+)", base.airflow_log())
    assert [Path(file).name for file in read] == [*(f"ingest_{source}.py" for source in SOURCES), "build_customer_journey.py"]


def test_a_database_of_this_release_is_known_by_what_it_says_itself(base: Home) -> None:
    """What Airflow's migrations wrote into a new one is the last of the releases' marks, which is what a run looks for."""
    with sqlite3.connect(base.places.airflow / "run" / "airflow.db") as database:
        written = database.execute("select version_num from alembic_version").fetchall()
    airflow = find_spec("airflow")
    assert airflow
    assert airflow.origin
    source = (Path(airflow.origin).parent / "utils" / "db.py").read_text()
    (marks,) = re.findall(r"_REVISION_HEADS_MAP: dict\[str, str\] = \{(.*?)\}", source, re.DOTALL)
    assert written == [(re.findall(r': "(\w+)"', marks)[-1],)]


@pytest.mark.parametrize(("held", "known"), [(["new"], True), (["old"], False), (["old"] * 2, False), ([], False), (None, False)], ids=str)
def test_any_other_database_is_looked_at_by_airflow_itself(held: list[str] | None, known: bool, tmp_path: Path) -> None:
    file = tmp_path / "airflow.db"
    if held is not None:
        with sqlite3.connect(file) as database:
            database.execute("create table alembic_version (version_num varchar)")
            database.executemany("insert into alembic_version values (?)", [(version,) for version in held])
    airflow = SimpleNamespace(get_engine=lambda: sqlalchemy.create_engine(f"sqlite:///{file}"))
    assert _is_of_this_release(SimpleNamespace(settings=airflow, _REVISION_HEADS_MAP={"3.0": "old", "3.1": "new"})) is known
    assert _is_of_this_release(SimpleNamespace(settings=airflow)) is False, "a release that keeps no marks"


def test_airflows_database_or_the_note_of_the_load_is_named(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    database = home.places.airflow / "run" / "airflow.db"
    database.parent.mkdir(parents=True)
    database.write_bytes(b"no database " * 1000)
    told = home.run({}, sources=("matomo",), first=date(2026, 1, 1), last=date(2026, 1, 1))
    assert told.code == 1
    (line,) = (line for line in told.text.splitlines() if "Airflow's database" in line)
    assert line.startswith(f"Airflow's database {database} cannot be used: file is not a database. Kept: ")
    assert "without saying why" not in told.text
    assert "Traceback" not in told.text
    database.unlink()
    note = database.with_name("unfinished")
    note.write_text("no folder")
    told = home.run({}, sources=("matomo",), first=date(2026, 1, 1), last=date(2026, 1, 1))
    assert told.code == 1
    assert any(line.startswith(f"{note}: File exists. Kept: everything in place, whole.") for line in told.text.splitlines()), told.text
    assert "without saying why" not in told.text
