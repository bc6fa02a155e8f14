"""A warehouse that somebody has open to write in, and places that may not be written: one sentence, and no night is lost by it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from test_prepare_and_publish import candidate

from journey import build
from journey.build_alone import BuildFailed, alone, plainly
from journey.duck import connect
from journey.settings import ROOT, Places

DAYS = ["--from", "2026-01-05", "--to", "2026-01-05"]


def asked(places: Places, *command: str, module: str = "journey.cli") -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "JOURNEY_"))}
    environ |= {"JOURNEY_HOME": str(places.home), "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, "-m", module, *command], env=environ, capture_output=True, text=True, check=False)


@contextmanager
def held_open(file: Path) -> Iterator[int]:
    """Another process has the file open to write in, as a shell that was left open; its id."""
    command = f"import duckdb, sys; held = duckdb.connect({str(file)!r}); print('in', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "in\n"
        yield process.pid
        process.communicate()


@pytest.mark.parametrize("command", [["status"], ["status", "--json"], ["map", "--json"], ["explain", "2026-01-05", "--json"]])
def test_who_has_the_served_file_open_to_write_in_is_told(tmp_path: Path, command: list[str]) -> None:
    places = Places(tmp_path / "a home")
    candidate(places, 7)
    build.publish(places)
    with held_open(places.warehouse) as process:
        told = asked(places, *command)
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr.startswith(f"{places.warehouse} cannot be read: ")
    assert f"(PID {process}) has it open to write in, and DuckDB lets nobody else in meanwhile. Kept: everything." in told.stderr
    assert told.stderr.count("\n") == 1


def test_a_served_file_that_is_held_open_holds_no_night_up(tmp_path: Path) -> None:
    """The audit compares with the builder's file then, which has the same rows."""
    places = Places(tmp_path / "a home")
    candidate(places, 7)
    build.publish(places)
    candidate(places, 8)
    with held_open(places.warehouse):
        with pytest.raises(BuildFailed) as audited:
            build.audit(places, build_id="b", validated_at=datetime(2026, 1, 6, tzinfo=UTC))
        places.candidate.with_suffix(".audited").write_text("b")
        build.publish(places)
    # This small build has no table of the contract; that it was asked for them is what counts.
    assert "The table marts.fct_customer_journey is missing from the build" in str(audited.value)
    assert "cannot be opened" not in str(audited.value)
    with connect(places.warehouse, read_only=True) as served:
        assert served.execute("select id from marts.fct").fetchall() == [(8,)]


@pytest.mark.parametrize("killed", [True, False], ids=["killed", "still open"])
def test_what_somebody_wrote_in_the_served_file_does_not_close_the_next_one(tmp_path: Path, killed: bool) -> None:
    """The log of a writer stays beside the file; DuckDB put its rows into the one that took that file's place, or opened nothing."""
    places = Places(tmp_path / "a home")
    candidate(places, 7)
    build.publish(places)
    command = (
        f"import duckdb, sys; held = duckdb.connect({str(places.warehouse)!r}); held.execute('insert into marts.fct values (99, 1)')\n"
        "print('in', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "in\n"
        if killed:
            process.kill()
            process.wait()
        assert places.warehouse.with_name("customer_journey.duckdb.wal").exists()
        candidate(places, 8)
        build.publish(places)
        for _ in range(2):  # while it is open, and after it was closed
            with connect(places.warehouse, read_only=True) as served:
                assert served.execute("select id from marts.fct").fetchall() == [(8,)]
            process.communicate()
    assert not places.warehouse.with_name("customer_journey.duckdb.wal").exists()


def test_a_builders_file_that_is_held_open_is_named_with_who_holds_it(tmp_path: Path) -> None:
    places = Places(tmp_path / "a home")
    places.build.parent.mkdir(parents=True)
    duckdb.connect(str(places.build)).close()
    with held_open(places.build) as process, pytest.raises(BuildFailed) as told, plainly("Not built", places):
        connect(places.build)
    assert f"(PID {process}) has {places.build} open to write in" in str(told.value)
    assert "To do: close it there" in str(told.value)


@pytest.mark.parametrize(("module", "command"), [("journey.cli", ["run", *DAYS]), ("journey.up", []), ("journey.demo", ["--days", "1"])])
def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path, module: str, command: list[str]) -> None:
    places = Places(tmp_path / "a home")
    places.home.mkdir()
    (places.home / "airflow").write_text("no folder")
    (places.home / "sandbox").write_text("no folder")
    told = asked(places, *command, module=module)
    assert (told.returncode, told.stdout) == (1, "")
    last = told.stderr.splitlines()[-1]
    assert last.startswith(f"{places.home}/"), told.stderr
    assert last.endswith(f"see that what is below JOURNEY_HOME ({places.home}) may be read and written, and that there is room.")
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize("name", ["quarantine", "warehouse", "reports", "airflow"])
def test_a_run_looks_at_its_places_before_it_starts_anything(tmp_path: Path, name: str) -> None:
    """One whose warehouse could not be written ended after half a minute, "without saying why"."""
    places = Places(tmp_path / "a home")
    places.home.mkdir()
    (places.home / name).write_text("no folder")
    told = asked(places, "run", *DAYS)
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr.startswith(
        f"{places.home / name}: Not a directory. Kept: everything that is in place. To do: see that what is below"
    )
    assert sorted(place.name for place in places.home.iterdir()) == [name]


def test_a_build_that_cannot_have_its_lock_says_so(tmp_path: Path) -> None:
    places = Places(tmp_path / "a home")
    places.home.mkdir()
    (places.home / "warehouse").write_text("no folder")
    with pytest.raises(BuildFailed, match=r"Not built: .*/warehouse.*: Not a directory\. Kept: the served .*may be written"), alone(places):
        pass


@pytest.mark.parametrize("module", ["journey.cli", "journey.up", "journey.demo"])
def test_a_home_that_is_a_file_is_a_setting_that_cannot_be_used(tmp_path: Path, module: str) -> None:
    file = tmp_path / "file"
    file.write_text("no folder")
    told = asked(Places(file), *(["status"] if module == "journey.cli" else []), module=module)
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr == f"JOURNEY_HOME is '{file}', and must be a folder, not a file\n"
