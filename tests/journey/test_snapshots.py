"""Snapshots are told once: a night reads those that came since, and knows what a full build knows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import duckdb
import pyarrow as pa
import pytest

from extractors import registry
from extractors.landing import Landing, stage
from journey import snapshots
from journey.prepare import prepare, remember

DAYS = [date(2026, 1, day) for day in range(1, 8)]
FIRST_LOAD = datetime(2026, 2, 1, tzinfo=UTC)


class Zone:
    """A landing zone of Klaviyo profiles and Mailchimp members, each load an hour after the one before."""

    def __init__(self, folder: Path) -> None:
        self.landing, self.file, self.loads = Landing(folder / "landing"), folder / "build.duckdb", 0

    def land(self, source: str, stream: str, account: str, day: date, rows: list[dict[str, object]]) -> None:
        self.loads += 1
        load, loaded_at = f"l{self.loads:03}", FIRST_LOAD + timedelta(hours=self.loads)
        declared = registry.load(source).stream(stream)
        table = pa.Table.from_pylist(rows, schema=declared.schema)
        staged = stage(self.landing.staged, declared, [table], load_id=load, source=source, account=account, day=day, loaded_at=loaded_at)
        self.landing.commit(load, [staged], self.landing.root / "_quarantine", loaded_at=loaded_at)

    def profiles(self, day: date, account: str = "k", **addresses: str) -> None:
        rows: list[dict[str, object]] = [{"id": name, "email_sha256": address} for name, address in addresses.items()]
        self.land("klaviyo", "profiles", account, day, rows)

    def told(self, *, full: bool = False) -> list[tuple[str, str, str, str]]:
        """What a build sees of the profiles; it is remembered."""
        file = self.file.with_name("whole.duckdb") if full else self.file
        prepare(file, self.landing, full=full)
        remember(file)
        query = "select account, id, dt::varchar, email_sha256 from landing.klaviyo__profiles order by all"
        with duckdb.connect(str(file), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def read(self) -> list[str]:
        """The days of the snapshots that the last build opened."""
        return sorted(file.parent.name for file in self.file.with_suffix(".landing").rglob("*.parquet"))


@pytest.fixture
def zone(tmp_path: Path) -> Zone:
    return Zone(tmp_path)


def test_a_night_reads_the_newest_snapshot_alone_and_holds_each_state_once(zone: Zone) -> None:
    for day in DAYS[:4]:
        zone.profiles(day, ana="a1", bia="b1" if day < DAYS[2] else "b2")
    assert zone.told() == [
        ("k", "ana", "2026-01-01", "a1"),
        ("k", "ana", "2026-01-04", "a1"),
        ("k", "bia", "2026-01-01", "b1"),
        ("k", "bia", "2026-01-03", "b2"),
        ("k", "bia", "2026-01-04", "b2"),
    ]
    zone.profiles(DAYS[4], ana="a2")
    assert zone.told() == [
        ("k", "ana", "2026-01-01", "a1"),
        ("k", "ana", "2026-01-05", "a2"),
        ("k", "bia", "2026-01-01", "b1"),
        ("k", "bia", "2026-01-03", "b2"),
        ("k", "bia", "2026-01-04", "b2"),
    ]
    assert zone.read() == ["dt=2026-01-05"]
    assert zone.told() == zone.told(full=True)
    assert zone.read() == []


def test_what_was_taken_away_is_told_again_once_it_is_back(zone: Zone, tmp_path: Path) -> None:
    zone.profiles(DAYS[0], ana="a1")
    told = zone.told()
    zone.landing.root.rename(tmp_path / "aside")
    assert (zone.told(), len(told)) == ([], 1)
    (tmp_path / "aside").rename(tmp_path / "back")
    zone.landing = Landing(tmp_path / "back")
    assert zone.told() == told


def test_of_other_streams_only_the_newest_row_of_each_object_is_held(zone: Zone) -> None:
    for number, day in enumerate(DAYS[:3]):
        rows: list[dict[str, object]] = [{"list_id": "l", "email_sha256": one, "status": f"s{number}"} for one in "ab"[: 2 - number // 2]]
        zone.land("mailchimp", "members", "m", day, rows)
    zone.told()
    query = "select email_sha256, status, dt::varchar from landing.mailchimp__members order by all"
    with duckdb.connect(str(zone.file), read_only=True) as connection:
        assert connection.execute(query).fetchall() == [("a", "s2", "2026-01-03"), ("b", "s1", "2026-01-02")]


def test_whoever_is_stopped_between_two_parts_begins_anew(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first part is in the file by then, and what it was read from may be gone before the next build."""
    monkeypatch.setattr(snapshots, "ROWS_AT_ONCE", 1)
    zone.profiles(DAYS[0], ana="a1")
    zone.told()
    zone.profiles(DAYS[1], ana="a2")
    zone.profiles(DAYS[2], ana="a3")
    first, second = (zone.landing.root / f"klaviyo/profiles/account=k/dt={day}/part-0.parquet" for day in DAYS[1:3])
    whole = second.read_bytes()
    second.write_bytes(b"?" * 999)
    with pytest.raises(duckdb.Error):
        zone.told()
    first.unlink()
    second.write_bytes(whole)
    assert zone.told() == zone.told(full=True) == [("k", "ana", "2026-01-01", "a1"), ("k", "ana", "2026-01-03", "a3")]


def test_another_form_of_the_stream_is_told_from_the_beginning(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, day in enumerate(DAYS[:3]):
        zone.profiles(day, ana=f"a{number}")
    assert len(zone.told()) == 3
    monkeypatch.setattr(snapshots, "TOLD", {})
    assert zone.told() == zone.told(full=True) == [("k", "ana", "2026-01-03", "a2")]


def test_any_nights_tell_what_a_full_build_tells(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> None:
    """New days, days of the past, days that are restated, emptied or taken away; some snapshots read together, some apart."""
    rng = Random(1)
    monkeypatch.setattr(snapshots, "ROWS_AT_ONCE", 4)
    for _ in range(5):
        day, account = rng.choice(DAYS[:4]), rng.choice(["k", "k", "l"])
        file = zone.landing.root / f"klaviyo/profiles/account={account}/dt={day}/part-0.parquet"
        if file.exists() and rng.random() < 0.5:
            file.unlink()
        else:
            zone.profiles(day, account, **{name: rng.choice(["x", "y"]) for name in ("ana", "bia", "caio") if rng.random() < 0.7})
        assert zone.told() == zone.told(full=True)
