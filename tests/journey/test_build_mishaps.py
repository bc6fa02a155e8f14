"""A build whose disk is full, whose files are damaged, or that is not alone: nothing half is served, and the next build is right."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import pytest
from test_prepare_and_publish import candidate, land_rates

from extractors.landing import Landing
from journey import build, summary
from journey import served as served_file
from journey.build_alone import BuildFailed, alone
from journey.duck import is_whole
from journey.prepare import fingerprint, keep_settings, prepare
from journey.settings import ROOT, Places, UnreadableWarehouse, load, model_settings

ROWS = 300_000
"""Of a table that is larger than the limit of ``full_disk``, whatever it is compressed to."""


@pytest.fixture(params=["home", 'it\'s my "casa" é %20'])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Places:
    return Places(tmp_path / request.param)


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file may grow beyond the size."""
    before, held = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, held)


def served(places: Places) -> tuple[int, int]:
    with duckdb.connect(str(places.warehouse), read_only=True) as reader:
        (row,) = reader.execute("select count(*), sum(id)::bigint from marts.fct").fetchall()
        return int(row[0]), int(row[1])


def grow(file: Path) -> None:
    with duckdb.connect(str(file)) as connection:
        connection.execute(f"insert into marts.fct select hash(i) % 1000000, random() * 1000 from range({ROWS}) as t(i)")


@pytest.mark.parametrize("room", [1_000_000, 2_000_000])
def test_a_disk_that_is_full_while_publishing_leaves_the_served_file_and_the_next_try_is_whole(places: Places, room: int) -> None:
    candidate(places, 7)
    build.publish(places)
    candidate(places, 8)
    grow(places.candidate)
    with full_disk(room), pytest.raises(BuildFailed, match=r"Not published: .*Kept: the served warehouse as it was\. To do: .*room"):
        build.publish(places)
    assert served(places) == (1, 7)
    assert sorted(path.name for path in places.warehouse.parent.iterdir()) == ["_build", "customer_journey.duckdb"]
    build.publish(places)
    assert served(places)[0] == ROWS + 1


def test_a_publication_that_broke_off_and_comes_again_has_each_result_of_the_audit_once(places: Places) -> None:
    candidate(places, 7)
    results = [{"load_id": "audit-1", "source": "warehouse", "expectation": name, "validated_at": "2026-01-09T00:00:00Z"} for name in "ab"]
    told = places.landing / "_validation" / "warehouse" / "audit-1.jsonl"
    told.parent.mkdir(parents=True)
    told.write_text("".join(f"{json.dumps(result)}\n" for result in results))
    for in_the_way in (places.warehouse, places.warehouse.with_suffix(".publishing")):
        in_the_way.mkdir()
        with pytest.raises(BuildFailed, match=r"Not published: .*To do: "):
            build.publish(places)
        in_the_way.rmdir()
    build.publish(places)
    with duckdb.connect(str(places.warehouse), read_only=True) as reader:
        held = reader.execute("select expectation from audit.validation_results order by all").fetchall()
    assert held == [("a",), ("b",)]


def test_an_export_that_cannot_be_written_says_so(places: Places) -> None:
    """DuckDB says nothing when it closes a file that it cannot write: what it had not written stays in a log beside it."""
    candidate(places, 7)
    grow(places.candidate)
    with full_disk(1_000_000), pytest.raises(duckdb.Error, match="File too large"):
        served_file.write(places.candidate, places.home / "served.duckdb", before=places.warehouse)


def test_what_a_kill_left_of_another_publication_is_no_part_of_the_next(places: Places) -> None:
    candidate(places, 7)
    aside = places.warehouse.with_suffix(".publishing")
    aside.write_bytes(b"half a file")
    aside.with_name(f"{aside.name}.wal").write_bytes(b"half a log")
    build.publish(places)
    assert served(places) == (1, 7)
    assert sorted(path.name for path in places.warehouse.parent.iterdir()) == ["_build", "customer_journey.duckdb"]


def test_a_candidate_that_is_gone_or_was_not_audited_is_not_published(places: Places) -> None:
    candidate(places, 7)
    build.publish(places)
    with pytest.raises(BuildFailed, match="another one began meanwhile, or it is published already"):
        build.publish(places)  # a task that was killed after the renames, and is tried again
    assert not places.candidate.exists()
    candidate(places, 8)
    places.candidate.with_suffix(".audited").unlink()
    with pytest.raises(BuildFailed, match="another one began meanwhile"):
        build.publish(places)
    assert served(places) == (1, 7)


def test_a_kill_between_the_renames_leaves_no_fingerprint_of_another_build(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old fingerprint beside the new file would make a build that goes back to the old settings take the file for its own."""
    candidate(places, 7)
    build.publish(places)
    candidate(places, 8)
    places.build.with_suffix(".fingerprint").write_text("of the old settings")
    renamed = places.build.read_bytes()
    monkeypatch.setattr("os.replace", _until(places.build))
    with pytest.raises(KeyboardInterrupt):
        build.publish(places)
    assert places.build.read_bytes() != renamed
    assert not places.build.with_suffix(".fingerprint").exists()


def _until(last: Path) -> object:
    def replace(source: Path, target: Path) -> None:
        Path(source).rename(target)
        if target == last:
            raise KeyboardInterrupt

    return replace


def test_a_damaged_served_file_is_told_and_counts_as_none(places: Places) -> None:
    candidate(places, 7)
    grow(places.candidate)
    build.publish(places)
    assert is_whole(places.warehouse)
    places.warehouse.write_bytes(places.warehouse.read_bytes()[:100_000])
    assert not is_whole(places.warehouse)
    with pytest.raises(UnreadableWarehouse, match=r"is damaged\. Kept: .* To do: start a build"):
        summary.warehouse(places)
    for asked in (["explain", "ID"], ["map"]):
        command = [sys.executable, "-m", "journey.cli", *asked]
        told = subprocess.run(command, env=os.environ | {"JOURNEY_HOME": str(places.home)}, capture_output=True, text=True, check=False)
        assert told.returncode == 1
        assert told.stderr.startswith(f"{places.warehouse} cannot be read: it is damaged."), told.stderr


def test_a_torn_note_of_the_newest_build_is_none(places: Places) -> None:
    build.note(places, "published", "")
    assert build.last_build(places) is not None
    places.build.with_name("last_build.json").write_text('{"status": "publ')
    assert build.last_build(places) is None


def test_another_build_waits_and_one_within_goes_on(places: Places) -> None:
    other = (
        "from pathlib import Path; from journey.build_alone import alone; from journey.settings import Places\n"
        f"with alone(Places(Path({str(places.home)!r}))): print('in')"
    )
    with alone(places), alone(places):
        environ = {"PYTHONPATH": str(ROOT)}
        process = subprocess.Popen([sys.executable, "-c", other], env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        assert "another build is at work" in process.stderr.readline()
        assert process.poll() is None
    assert process.communicate(timeout=60)[0] == "in\n"


@pytest.mark.parametrize(("first", "last"), [(0, 0), (0, 100_000), (20_000, None)], ids=["empty", "cut off", "another header"])
def test_a_damaged_builders_file_is_not_built_on(places: Places, caplog: pytest.LogCaptureFixture, first: int, last: int | None) -> None:
    """Told by the second begin, which is of an empty file and gets as far as the overrides; no models are needed for that."""
    candidate(places, 7)
    grow(places.candidate)
    build.publish(places)
    places.build.write_bytes(b"?" * first + places.build.read_bytes()[first:last])
    places.build.with_suffix(".fingerprint").write_text(fingerprint(model_settings(load({}))))
    land_rates(places, "l1", {date(2026, 1, 5): [1.1]})
    (places.home / "identity_overrides.csv").write_text("no such column\n")
    with pytest.raises(BuildFailed, match="the first line has to be action,"):
        build.transform(places, load({}))
    assert "cannot be built on" in caplog.text
    assert not any(path.name.startswith("candidate.duckdb.") for path in places.build.parent.iterdir())


def test_a_damaged_ledger_fails_a_build_by_name(places: Places) -> None:
    land_rates(places, "l1", {date(2026, 1, 5): [1.1]})
    file = places.landing / "_ledger" / "exchange_rates" / "l1.jsonl"
    file.write_bytes(file.read_bytes()[:-9])
    for step in (build.check_landing, lambda held: build.transform(held, load({}))):
        with pytest.raises(BuildFailed, match=r"Not built: .*l1.jsonl, line 1, is not as it was written"):
            step(places)


@pytest.mark.parametrize("held", [0, 100])
def test_a_landed_file_that_was_cut_off_is_named(places: Places, held: int) -> None:
    land_rates(places, "l1", {date(2026, 1, 5): [1.1], date(2026, 1, 6): [1.2]})
    file = places.landing / "exchange_rates/reference_rates/account=ecb/dt=2026-01-05/part-0.parquet"
    file.write_bytes(file.read_bytes()[:held])
    with pytest.raises(
        BuildFailed, match=r"Not built: 1 landed files were cut off .*\n- .*/dt=2026-01-05/part-0.parquet\n.*run their days again"
    ):
        build.transform(places, load({}))


@pytest.mark.parametrize("limit", ["lots", "", "12 apples", "it's"])
def test_a_memory_limit_that_is_none_is_said_by_name(places: Places, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    land_rates(places, "l1", {date(2026, 1, 5): [1.1]})
    monkeypatch.setenv("JOURNEY_MEMORY_LIMIT", limit)
    with pytest.raises(BuildFailed, match=r"Not built: JOURNEY_MEMORY_LIMIT is .* must be a size like 1350MB"):
        build.transform(places, load({}))


def test_a_build_without_news_leaves_no_copy_of_the_builders_file(places: Places) -> None:
    land_rates(places, "l1", {date(2026, 1, 5): [1.1]})
    candidate(places, 7)
    prepare(places.candidate, Landing(places.landing), full=True)
    _published_as_now(places)
    assert build.transform(places, load({})) == 0
    assert served(places) == (1, 7)
    assert not places.candidate.exists()


def _published_as_now(places: Places, built_with: str | None = None, audited: str = "build-1") -> None:
    """Publish the candidate as one built with the settings, seeds and models of now; ``built_with``: by its own account with others."""
    wanted = fingerprint(model_settings(load({})))
    keep_settings(places.candidate, {}, built_with=built_with or wanted)
    with duckdb.connect(str(places.candidate)) as connection:
        connection.execute(
            "insert into audit.validation_results (load_id, source, validated_at) values ($1, 'warehouse', '2026-01-09')", [audited]
        )
    build.publish(places)
    places.build.with_suffix(".fingerprint").write_text(wanted)


@pytest.mark.parametrize("built_with", ["of other settings", "of a version before"])
def test_a_builders_file_of_another_build_is_not_built_on(places: Places, caplog: pytest.LogCaptureFixture, built_with: str) -> None:
    """It came back from a backup, and the mark beside it did not: what it holds was worked out with other settings."""
    candidate(places, 7)
    _published_as_now(places, built_with)
    if built_with == "of a version before":
        with duckdb.connect(str(places.build)) as connection:
            connection.execute("drop table landing.built_with")
    land_rates(places, "l1", {date(2026, 1, 5): [1.1]})
    (places.home / "identity_overrides.csv").write_text("no such column\n")
    with pytest.raises(BuildFailed, match="the first line has to be action,"):
        build.transform(places, load({}))
    assert f"{places.build} is not the file that the last build left" in caplog.text


def test_a_served_file_of_an_earlier_build_is_replaced_without_news(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    land_rates(places, "l1", {date(2026, 1, 5): [1.1]})
    for value, audited in ((7, "build-1"), (8, "build-2")):
        if value == 8:
            (places.home / "week.duckdb").write_bytes(places.warehouse.read_bytes())
        candidate(places, value)
        prepare(places.candidate, Landing(places.landing), full=True)
        _published_as_now(places, audited=audited)
    assert build.transform(places, load({})) == 0

    def stop(*_: object, **__: object) -> None:
        raise BuildFailed("models would run")

    monkeypatch.setattr(build, "run_dbt", stop)
    places.warehouse.write_bytes((places.home / "week.duckdb").read_bytes())
    assert served(places) == (1, 7)
    with pytest.raises(BuildFailed, match="models would run"):
        build.transform(places, load({}))
