"""What a build sees of the landing zone, and what readers see of a build."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from extractors import registry
from extractors.landing import Landing, Partition, stage
from extractors.stream import NEW_FIELDS
from journey import build, ingest, summary
from journey.prepare import fingerprint, prepare, remember
from journey.settings import Places

NOW = datetime(2026, 1, 9, tzinfo=UTC)


def land_rates(
    places: Places, load: str, days: dict[date, list[float]], *, status: str = "staged", news: frozenset[date] = frozenset()
) -> None:
    """Land ECB rates of USD by day; on days in ``news`` with a field that nobody knows."""
    landing = Landing(places.landing)
    stream = registry.load("exchange_rates").stream("reference_rates")
    partitions = []
    for day, rates in days.items():
        table = pa.table(
            {"rate_date": [day] * len(rates), "currency": ["USD"] * len(rates), "rate": pa.array(rates).cast(pa.decimal128(18, 6))}
        )
        if day in news:
            table = table.append_column(NEW_FIELDS, pa.array(['{"novidade":1}'] * len(rates)))
        held = stage(landing.staged, stream, [table], load_id=load, source="exchange_rates", account="ecb", day=day, loaded_at=NOW)
        held.status = status
        held.control_totals |= {"new_fields": "novidade"} if day in news else {}
        partitions.append(held)
    landing.commit(load, partitions, places.quarantine, loaded_at=NOW)


def seen(database: Path) -> list[tuple[str, str]]:
    with duckdb.connect(str(database), read_only=True) as connection:
        query = "select dt::varchar, rate::varchar from landing.exchange_rates__reference_rates order by all"
        return [(row[0], row[1]) for row in connection.execute(query).fetchall()]


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path)


def test_a_full_build_sees_everything_and_the_next_one_only_what_changed(places: Places, tmp_path: Path) -> None:
    database = tmp_path / "build.duckdb"
    land_rates(places, "l1", {date(2026, 1, 5): [1.1], date(2026, 1, 6): [1.2]})
    assert len(prepare(database, Landing(places.landing), full=True)) == 2
    assert seen(database) == [("2026-01-05", "1.100000"), ("2026-01-06", "1.200000")]
    remember(database)
    assert prepare(database, Landing(places.landing), full=False) == []
    assert seen(database) == []
    land_rates(places, "l2", {date(2026, 1, 5): [1.1], date(2026, 1, 6): [1.3]})
    assert [key[3] for key in prepare(database, Landing(places.landing), full=False)] == ["2026-01-06"]
    assert seen(database) == [("2026-01-06", "1.300000")]


@pytest.mark.parametrize("came", [5, 6])
def test_days_with_a_new_field_and_days_without_are_read_together(places: Places, tmp_path: Path, came: int) -> None:
    land_rates(places, "l1", {date(2026, 1, 5): [1.1], date(2026, 1, 6): [1.2]}, news=frozenset({date(2026, 1, came)}))
    prepare(tmp_path / "build.duckdb", Landing(places.landing), full=True)
    assert seen(tmp_path / "build.duckdb") == [("2026-01-05", "1.100000"), ("2026-01-06", "1.200000")]
    with duckdb.connect(str(tmp_path / "build.duckdb"), read_only=True) as connection:
        query = "select dt::varchar, _new_fields from landing.exchange_rates__reference_rates where _new_fields is not null"
        assert connection.execute(query).fetchall() == [(f"2026-01-0{came}", '{"novidade":1}')]


def test_what_lands_while_the_models_run_is_for_the_next_build(places: Places, tmp_path: Path) -> None:
    database = tmp_path / "build.duckdb"
    land_rates(places, "l1", {date(2026, 1, 5): [1.1]})
    prepare(database, Landing(places.landing), full=True)
    land_rates(places, "l2", {date(2026, 1, 5): [1.2], date(2026, 1, 6): [1.3]})
    assert seen(database) == [("2026-01-05", "1.100000")]
    with duckdb.connect(str(database), read_only=True) as connection:
        assert connection.execute("select distinct load_id from landing.load_ledger").fetchall() == [("l1",)]
    remember(database)
    assert [key[3] for key in prepare(database, Landing(places.landing), full=False)] == ["2026-01-05", "2026-01-06"]
    assert seen(database) == [("2026-01-05", "1.200000"), ("2026-01-06", "1.300000")]


def test_an_emptied_and_a_withdrawn_partition_count_as_changed(places: Places, tmp_path: Path) -> None:
    database = tmp_path / "build.duckdb"
    land_rates(places, "l1", {date(2026, 1, 5): [1.1], date(2026, 1, 6): [1.2], date(2026, 1, 7): [1.3]})
    prepare(database, Landing(places.landing), full=True)
    remember(database)
    land_rates(places, "l2", {date(2026, 1, 6): []})
    (places.landing / "exchange_rates/reference_rates/account=ecb/dt=2026-01-07/part-0.parquet").unlink()
    assert [key[3] for key in prepare(database, Landing(places.landing), full=False)] == ["2026-01-06", "2026-01-07"]
    assert seen(database) == []


def test_streams_that_never_landed_are_empty_tables_of_their_schema(tmp_path: Path) -> None:
    database = tmp_path / "build.duckdb"
    prepare(database, Landing(tmp_path / "landing"), full=True)
    with duckdb.connect(str(database), read_only=True) as connection:
        for name in registry.MODULES:
            for stream in registry.load(name).streams:
                rows = connection.execute(f"describe landing.{name}__{stream.name}").fetchall()
                assert [row[0] for row in rows] == [*stream.schema.names, "_load_id", "_loaded_at", "file_row_number", "account", "dt"]
        assert connection.execute("select count(*) from landing.load_ledger").fetchall() == [(0,)]
        assert connection.execute("select count(*) from landing.validation_results").fetchall() == [(0,)]


def test_a_refused_load_stands_against_a_build_until_the_source_comes_whole(places: Places) -> None:
    land_rates(places, "l1", {date(2026, 1, 5): [1.1]})
    build.check_landing(places)
    land_rates(places, "l2", {date(2026, 1, 6): [-1.0]}, status="quarantined")
    with pytest.raises(build.BuildFailed, match="quarantined: source exchange_rates, stream reference_rates, account ecb, day 2026-01-06"):
        build.check_landing(places)
    land_rates(places, "l3", {date(2026, 1, 6): [1.2]})
    build.check_landing(places)
    assert ingest.unresolved(Landing(places.landing)) == []


def test_a_day_not_made_good_is_told_until_it_comes_whole(places: Places) -> None:
    """A backfill of the 5th is refused; the next night brings the 8th only, and builds."""

    def told() -> list[str]:
        data = summary.collect(places)
        assert len(data["unresolved"]) == len(ingest.unresolved(Landing(places.landing)))
        return [sentence.split(" (load ")[1] for sentence in data["not_made_good"] if "day 2026-01-05" in sentence]

    land_rates(places, "l1", {date(2026, 1, 5): [1.1]})
    land_rates(places, "l2", {date(2026, 1, 4): [1.0], date(2026, 1, 5): [-1.0]}, status="quarantined")
    assert (len(ingest.unresolved(Landing(places.landing))), told()) == (2, [])
    land_rates(places, "l3", {date(2026, 1, 4): [1.0], date(2026, 1, 8): [1.3]})
    build.check_landing(places)
    assert told() == ["l2)"]
    assert [row.dt for row in ingest.not_made_good(Landing(places.landing))] == ["2026-01-05"]
    land_rates(places, "l4", {date(2026, 1, 5): [1.1]})
    assert told() == []


def test_a_failed_day_is_told_until_it_comes_and_entities_until_a_newer_snapshot(places: Places) -> None:
    landing = Landing(places.landing)

    def load(name: str, *rows: tuple[str, str, str, str]) -> list[tuple[str, str]]:
        """Stream, kind, day and status of each partition; then what is not made good."""
        made = [
            Partition(load_id=name, source="klaviyo", stream=stream, account="a", dt=day, kind=kind, status=status)
            for stream, kind, day, status in rows
        ]
        landing.commit(name, made, places.quarantine, loaded_at=NOW + timedelta(minutes=int(name[1:])))
        return [(row.stream, row.dt) for row in ingest.not_made_good(landing)]

    assert load("l1", ("events", "daily", "2026-01-05", "failed"), ("lists", "snapshot", "2026-01-05", "failed")) == []
    assert load("l2", ("events", "daily", "2026-01-06", "unchanged")) == [("events", "2026-01-05"), ("lists", "2026-01-05")]
    assert load("l3", ("lists", "snapshot", "2026-01-07", "unchanged"), ("*", "", "2026-01-07", "failed")) == [("events", "2026-01-05")]
    assert load("l4", ("lists", "snapshot", "2026-01-08", "failed")) == [("events", "2026-01-05")]
    assert load("l5", ("events", "daily", "2026-01-05", "unchanged")) == [("lists", "2026-01-08")]


def candidate(places: Places, value: int) -> None:
    places.candidate.parent.mkdir(parents=True, exist_ok=True)
    places.candidate.unlink(missing_ok=True)
    with duckdb.connect(str(places.candidate)) as connection:
        connection.execute("create schema marts; create schema audit; create schema staging; create schema landing")
        connection.execute("create table marts.fct(id integer not null, amount decimal(18,6))")
        connection.execute(f"insert into marts.fct values ({value}, 1.5)")
        connection.execute("comment on table marts.fct is 'It''s a fact. One row per id.'; comment on column marts.fct.id is 'Key.'")
        connection.execute("create table staging.secret(id integer)")
        connection.execute("create table landing.read_partitions(id integer)")
        connection.execute(
            "create table audit.validation_results(load_id varchar, source varchar, stream varchar, account_id varchar,"
            " partition_date date, suite varchar, expectation varchar, severity varchar, is_success boolean, observed varchar,"
            " unexpected_count bigint, message varchar, validated_at timestamp)"
        )
    for mark in (".fingerprint", ".audited"):
        places.candidate.with_suffix(mark).write_text("x")


def test_settings_and_models_are_told_apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A build whose settings or seeds were changed may hold fewer rows; one of other models only may not."""

    def marks(text: str, **settings: int) -> list[str]:
        for name in ("models/one.sql", "seeds/one.csv"):
            (tmp_path / "dbt_project" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "dbt_project" / name).write_text(text if name.startswith(text.split()[0]) else "")
        return fingerprint(settings).split()

    monkeypatch.setattr("journey.prepare.ROOT", tmp_path)
    first, other_settings, other_models, other_seeds = marks("none"), marks("none", days=1), marks("models 2"), marks("seeds 2")
    assert first[0] == other_settings[0] == other_seeds[0] != other_models[0]
    assert len({first[1], other_settings[1], other_seeds[1]}) == 3
    assert first[1] == other_models[1]


def test_readers_keep_their_version_and_the_next_ones_get_the_new(places: Places) -> None:
    candidate(places, 1)
    build.publish(places)
    with duckdb.connect(str(places.warehouse), read_only=True) as reader:
        assert reader.execute("select id, amount::varchar from marts.fct").fetchall() == [(1, "1.500000")]
        candidate(places, 2)
        build.publish(places)
        assert reader.execute("select id from marts.fct").fetchall() == [(1,)]
    with duckdb.connect(str(places.warehouse), read_only=True) as reader:
        assert reader.execute("select id from marts.fct").fetchall() == [(2,)]


def test_the_served_file_has_marts_and_audit_with_comments_and_nothing_else(places: Places) -> None:
    candidate(places, 1)
    build.publish(places)
    with duckdb.connect(str(places.warehouse), read_only=True) as reader:
        tables = reader.execute("select schema_name, table_name, comment from duckdb_tables() order by all").fetchall()
        assert tables == [("audit", "validation_results", None), ("marts", "fct", "It's a fact. One row per id.")]
        assert reader.execute("select comment from duckdb_columns() where column_name = 'id'").fetchall() == [("Key.",)]
        assert reader.execute("select is_nullable from duckdb_columns() where column_name = 'id'").fetchall() == [(False,)]
    assert not places.candidate.exists()
    assert places.build.exists()


def test_a_publication_keeps_who_may_read_the_served_file(places: Places) -> None:
    candidate(places, 7)
    build.publish(places)
    others = [group for group in os.getgroups() if group != places.warehouse.stat().st_gid] or [places.warehouse.stat().st_gid]
    os.chown(places.warehouse, -1, others[0])
    places.warehouse.chmod(0o640)
    candidate(places, 8)
    before = os.umask(0o077)
    try:
        build.publish(places)
    finally:
        os.umask(before)
    held = places.warehouse.stat()
    assert (held.st_mode & 0o777, held.st_gid) == (0o640, others[0])


def test_a_reader_keeps_what_it_opened_and_a_new_one_gets_the_new_file(places: Places) -> None:
    """Two processes, as a BI tool's: in one, DuckDB gives a second connection the file that the first has open."""
    candidate(places, 7)
    build.publish(places)
    query = "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True); print('open', flush=True); sys.stdin.readline(); "
    query += "print(c.execute('select id from marts.fct').fetchall()[0][0], flush=True)"

    def reader() -> subprocess.Popen[str]:
        command = [sys.executable, "-c", query, str(places.warehouse)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        return process

    old = reader()
    candidate(places, 8)
    build.publish(places)
    new = reader()
    assert [process.communicate("\n", timeout=60)[0] for process in (old, new)] == ["7\n", "8\n"]
