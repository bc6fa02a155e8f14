"""What a run reads and writes in Airflow's database; where that cannot be written: a sentence at the end."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from journeys import Home

from sandbox.serving import SOURCES


def test_each_run_parses_and_stores_its_own_dag_alone(base: Home) -> None:
    """All nine each time are a quarter of the CPU time of a run of small loads."""
    read = re.findall(r"Filling up the DagBag from (\S+)", base.airflow_log())
    assert [Path(file).name for file in read] == [*(f"ingest_{source}.py" for source in SOURCES), "build_customer_journey.py"]


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
