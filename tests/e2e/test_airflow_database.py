"""What a run writes beside its loads cannot be written: a sentence at the end, where it "failed without saying why"."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from journeys import Home


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
