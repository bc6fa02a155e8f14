"""The landing zone: whole partitions, one content hash for equal rows, nothing lost by a second run or a kill."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from extractors.errors import DamagedRecord, PayloadError
from extractors.landing import Landing, Partition, stage
from extractors.partition import write_lines
from extractors.stream import Kind, Stream

DAY = date(2026, 1, 2)
NOW = datetime(2026, 1, 3, 7, tzinfo=UTC)
SCHEMA = pa.schema(
    [pa.field("id", pa.int64(), nullable=False), pa.field("day", pa.date32(), nullable=False), pa.field("note", pa.string())]
)
STREAM = Stream(
    name="things",
    kind=Kind.DAILY,
    schema=SCHEMA,
    keys=("id",),
    extract=lambda client, account, days: iter(()),
    date_column="day",
    control_columns=("id",),
)


def rows(*ids: int, note: str | None = "x") -> pa.Table:
    return pa.table({"id": list(ids), "day": [DAY] * len(ids), "note": pa.array([note] * len(ids), pa.string())})


def staged(landing: Landing, load: str, *tables: pa.Table, account: str = "a1") -> Partition:
    return stage(landing.staged, STREAM, tables, load_id=load, source="shop", account=account, day=DAY, loaded_at=NOW)


def commit(landing: Landing, load: str, partitions: list[Partition]) -> list[Partition]:
    return landing.commit(load, partitions, landing.root.parent / "quarantine", loaded_at=NOW)


def test_rows_in_any_order_and_any_batches_give_one_hash(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "landing")
    one = staged(landing, "l1", rows(3, 1, 2))
    other = staged(landing, "l2", rows(2), rows(1, 3))
    assert one.content_hash == other.content_hash
    assert (one.rows, one.control_totals) == (3, {"id": "6"})
    assert staged(landing, "l3", rows(1, 2)).content_hash != one.content_hash


def test_commit_puts_the_file_in_place_and_writes_the_ledger(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "landing")
    partition = staged(landing, "l1", rows(2, 1))
    assert not landing.file(partition).exists()
    done = commit(landing, "l1", [partition])
    table = pq.read_table(landing.file(partition), partitioning=None)
    assert table["id"].to_pylist() == [1, 2]
    assert table.column_names[-2:] == ["_load_id", "_loaded_at"]
    assert set(table["_load_id"].to_pylist()) == {"l1"}
    assert [row.status for row in done] == ["landed"]
    assert [(row.load_id, row.status, row.rows) for row in landing.history("shop")] == [("l1", "landed", 2)]
    assert not (landing.staged / "l1").exists()


def test_the_same_rows_again_leave_the_file_alone(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "landing")
    first = staged(landing, "l1", rows(1))
    commit(landing, "l1", [first])
    before = landing.file(first).read_bytes()
    done = commit(landing, "l2", [staged(landing, "l2", rows(1))])
    assert [row.status for row in done] == ["unchanged"]
    assert landing.file(first).read_bytes() == before


def test_lists_and_structs_again_leave_the_file_alone(tmp_path: Path) -> None:
    entry = pa.struct([pa.field("key", pa.string()), pa.field("values", pa.list_(pa.decimal128(18, 6)))])
    stream = replace(STREAM, schema=pa.schema([*SCHEMA, pa.field("tags", pa.list_(pa.string())), pa.field("pairs", pa.list_(entry))]))
    tags = pa.array([["a", None], [], None], pa.list_(pa.string()))
    pairs = pa.array([[{"key": "k", "values": [1, None]}, None], None, [{"key": None, "values": None}]], pa.list_(entry))
    table = rows(1, 2, 3).append_column("tags", tags).append_column("pairs", pairs)
    landing = Landing(tmp_path / "landing")
    for load, status in (("l1", "landed"), ("l2", "unchanged")):
        held = stage(landing.staged, stream, [table], load_id=load, source="shop", account="a1", day=DAY, loaded_at=NOW)
        assert [row.status for row in commit(landing, load, [held])] == [status]
    other = rows(1, 2, 3).append_column("tags", tags).append_column("pairs", pairs.take(pa.array([1, 0, 2])))
    held = stage(landing.staged, stream, [other], load_id="l3", source="shop", account="a1", day=DAY, loaded_at=NOW)
    assert [row.status for row in commit(landing, "l3", [held])] == ["landed"]


def test_changed_rows_replace_the_day_whole(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "landing")
    commit(landing, "l1", [staged(landing, "l1", rows(1, 2, 3))])
    later = staged(landing, "l2", rows(2))
    assert [row.status for row in commit(landing, "l2", [later])] == ["landed"]
    assert pq.read_table(landing.file(later), partitioning=None)["id"].to_pylist() == [2]
    emptied = staged(landing, "l3")
    commit(landing, "l3", [emptied])
    assert pq.read_table(landing.file(emptied), partitioning=None).num_rows == 0


def test_a_refused_partition_goes_to_quarantine_and_the_old_one_stays(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "landing")
    good = staged(landing, "l1", rows(1, 2))
    commit(landing, "l1", [good])
    bad = staged(landing, "l2", rows(9))
    bad.status, bad.message = "quarantined", "cost is negative in 1 of 1 rows"
    assert [row.status for row in commit(landing, "l2", [bad])] == ["quarantined"]
    assert pq.read_table(landing.file(good), partitioning=None)["id"].to_pylist() == [1, 2]
    aside = tmp_path / "quarantine" / "l2" / bad.path
    assert pq.read_table(aside, partitioning=None)["id"].to_pylist() == [9]
    assert "cost is negative" in (aside.parent / "reasons.json").read_text()


def test_a_commit_that_was_killed_half_way_ends_when_run_again(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "landing")
    one = staged(landing, "l1", rows(1))
    two = stage(landing.staged, STREAM, [rows(5)], load_id="l1", source="shop", account="a2", day=DAY, loaded_at=NOW)
    landing.write_manifest("l1", [one, two])
    target = landing.file(one)
    target.parent.mkdir(parents=True)
    shutil.move(landing.staged_file(one), target)  # what a kill after the first rename leaves
    done = commit(landing, "l1", landing.read_manifest("l1"))
    assert len(done) == 2
    assert {row.account: row.rows for row in landing.history()} == {"a1": 1, "a2": 1}
    assert {row.status for row in done} == {"landed"}, "a build reads what the ledger says has landed"
    assert pq.read_table(landing.file(two), partitioning=None)["id"].to_pylist() == [5]
    landing.write_manifest("l1", [one, two])  # killed once more, when the ledger was written but the manifest still there
    one.status = two.status = "staged"
    landing.write_manifest("l1", [one, two])
    assert [row.status for row in commit(landing, "l1", landing.read_manifest("l1"))] == ["landed", "landed"]


def test_what_a_killed_load_put_in_place_has_landed_with_the_next_one(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "landing")
    commit(landing, "l1", [staged(landing, "l1", rows(1))])
    killed = staged(landing, "l2", rows(2))
    shutil.move(landing.staged_file(killed), landing.file(killed))  # in no ledger, and nobody clears its task
    assert [row.status for row in commit(landing, "l3", [staged(landing, "l3", rows(2))])] == ["landed"]
    (newest,) = landing.newest({"landed"}).values()
    assert (newest.load_id, newest.content_hash) == ("l3", killed.content_hash)
    assert pq.read_table(landing.file(killed), partitioning=None)["_load_id"].to_pylist() == ["l3"]


def test_a_damaged_file_in_place_is_replaced_by_the_same_rows(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "landing")
    first = staged(landing, "l1", rows(1))
    commit(landing, "l1", [first])
    landing.file(first).write_bytes(landing.file(first).read_bytes()[:-20])
    assert [row.status for row in commit(landing, "l2", [staged(landing, "l2", rows(1))])] == ["landed"]
    assert pq.read_table(landing.file(first), partitioning=None)["id"].to_pylist() == [1]


def test_a_ledger_line_of_an_earlier_version_may_lack_what_has_a_default(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "landing")
    commit(landing, "l1", [staged(landing, "l1", rows(1))])
    file = landing.ledger / "shop" / "l1.jsonl"
    line = orjson.loads(file.read_bytes())
    file.write_bytes(orjson.dumps({name: value for name, value in line.items() if name not in {"control_totals", "message"}}) + b"\n")
    (row,) = landing.newest({"landed"}).values()
    assert (row.rows, row.control_totals, row.message) == (1, {}, None)


@pytest.mark.parametrize(
    ("spoil", "place"),
    [
        (lambda text: text[:-30], ", line 1,"),
        (lambda text: text + b"garbage\n", ", line 2,"),
        (lambda text: text + b'{"a":1}\n', ", line 2,"),
        (lambda text: text + text.replace(b'"kind"', b'"kin"'), ", line 2,"),
        (lambda _: b"", ", line 1,"),
    ],
    ids=["torn", "garbage", "other JSON", "other field", "empty"],
)
def test_a_damaged_ledger_file_is_named_and_never_taken_for_a_withdrawal(
    tmp_path: Path, spoil: Callable[[bytes], bytes], place: str
) -> None:
    landing = Landing(tmp_path / "landing")
    commit(landing, "l1", [staged(landing, "l1", rows(1))])
    file = landing.ledger / "shop" / "l1.jsonl"
    file.write_bytes(spoil(file.read_bytes()))
    for read in (landing.history, lambda: landing.newest({"landed"}), lambda: landing.newest_load("shop")):
        with pytest.raises(DamagedRecord, match=f"l1.jsonl{place} is not as it was written.*To do: "):
            read()


def test_a_ledger_line_of_a_newer_version_is_called_that(tmp_path: Path) -> None:
    """After going back to an earlier version nobody is told to delete what the newer one has noted."""
    landing = Landing(tmp_path / "landing")
    commit(landing, "l1", [staged(landing, "l1", rows(1))])
    file = landing.ledger / "shop" / "l1.jsonl"
    file.write_bytes(file.read_bytes().replace(b'"kind"', b'"region":"eu","kind"'))
    for read in (landing.history, lambda: landing.newest({"landed"}), lambda: landing.newest_load("shop")):
        with pytest.raises(DamagedRecord, match=r"line 1, has a field region, .*a newer version wrote it.*To do: Go on with that version"):
            read()


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (pa.table({"day": [DAY], "note": ["x"]}), "lacks the field id"),
        (pa.table({"id": ["one"], "day": [DAY], "note": ["x"]}), "field id came as string where int64"),
        (pa.table({"id": pa.array([None], pa.int64()), "day": [DAY], "note": ["x"]}), "field id is empty in 1 of 1 rows"),
    ],
)
def test_a_payload_that_is_not_as_documented_names_its_place(tmp_path: Path, table: pa.Table, words: str) -> None:
    with pytest.raises(PayloadError) as caught:
        staged(Landing(tmp_path), "l1", table)
    text = str(caught.value)
    assert words in text
    assert "source shop, stream things, account a1, day 2026-01-02" in text
    assert "Kept:" in text
    assert "To do:" in text


def test_a_field_that_may_be_missing_is_null(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    partition = staged(landing, "l1", pa.table({"id": [1], "day": [DAY]}))
    assert pq.read_table(landing.staged_file(partition), partitioning=None)["note"].to_pylist() == [None]


def test_addresses_do_not_reach_the_file(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    partition = staged(landing, "l1", rows(1, note="https://shop.example/?email=ana.lima%40mail.example.com&x=1"))
    text = pq.read_table(landing.staged_file(partition), partitioning=None)["note"].to_pylist()[0]
    assert text == "https://shop.example/?email=(email removed)&x=1"


def test_a_failed_load_keeps_what_it_had_finished_for_its_next_try_and_nothing_else(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "landing")
    for load, has_finished in (("shop-1", True), ("shop-2", False)):
        partition = replace(staged(landing, load, rows(1)), status="failed")
        if has_finished:
            landing.progress_file(load).touch()
        landing.commit(load, [partition], tmp_path / "quarantine", loaded_at=NOW, resumable=True)
    assert [path.name for path in landing.staged.iterdir()] == ["shop-1"]


def test_what_nobody_tries_again_is_removed_but_not_what_waits_to_be_put_in_place(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "landing")
    for load in ("shop-failed", "shop-killed", "shop-whole", "shop-young", "other-killed"):
        staged(landing, load, rows(1))
    landing.progress_file("shop-failed").touch()
    landing.write_manifest("shop-failed", [])
    landing.write_manifest("shop-whole", [])
    for path in (*landing.staged.iterdir(), *landing.staged.rglob("*")):
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    staged(landing, "shop-young", rows(2))
    assert landing.forget_staged("shop", NOW) == []
    assert landing.forget_staged("shop", NOW + timedelta(seconds=1)) == ["shop-failed", "shop-killed"]
    assert sorted(path.name for path in landing.staged.iterdir()) == ["other-killed", "shop-whole", "shop-young"]


def test_what_waits_to_be_put_in_place_is_removed_once_later_loads_have_its_days(tmp_path: Path) -> None:
    landing, read, later = Landing(tmp_path / "landing"), NOW.timestamp(), NOW + timedelta(hours=1)
    for load, accounts in {"shop-overtaken": ("a1",), "shop-alone": ("a1", "a2")}.items():
        landing.write_manifest(load, [staged(landing, load, rows(1), account=account) for account in accounts])
    for path in (*landing.staged.iterdir(), *landing.staged.rglob("*")):
        os.utime(path, (read, read))
    assert landing.forget_staged("shop", later) == []
    landing.commit("shop-night", [staged(landing, "shop-night", rows(2))], tmp_path / "quarantine", loaded_at=later)
    assert landing.forget_staged("shop", later) == ["shop-overtaken"]
    assert [path.name for path in landing.staged.iterdir()] == ["shop-alone"], "its second account came with no other load"


def test_the_newest_row_of_each_partition_is_the_last_of_the_history(tmp_path: Path) -> None:
    """Loads that came in another order than their names, rows that change nothing, a failed one and another source between them."""
    landing, rng = Landing(tmp_path / "landing"), Random(7)
    times = [f"2026-01-{day:02d}T07:00:00+00:00" for day in range(2, 22)]
    rng.shuffle(times)
    for number, at in enumerate(times):
        source = rng.choice(("shop", "shop", "bank"))
        rows = [
            Partition(f"{source}-{number:02d}", source, stream, account, f"2026-01-{day:02d}", "daily", status, rows=number, loaded_at=at)
            for stream in ("orders", "clients")
            for account in ("a1", "a2")
            for day in range(1, 6)
            if (status := rng.choice(("landed", "unchanged", "failed", "quarantined", "")))
        ]
        write_lines(landing.ledger / source / f"{source}-{number:02d}.jsonl", rows)
    history = landing.history()
    assert [row.loaded_at for row in history] == sorted(row.loaded_at for row in history)
    for source in ("shop", "bank"):
        own = [row for row in history if row.source == source]
        assert landing.newest_load(source) == [row for row in own if row.load_id == own[-1].load_id]
        for statuses, but_not in (({"landed"}, None), ({"landed", "unchanged"}, own[-1].load_id)):
            wanted = [row for row in own if row.status in statuses and row.load_id != but_not]
            told = {(row.source, row.stream, row.account, row.dt): row for row in wanted}
            assert landing.newest(statuses, source, but_not=but_not) == told
            assert len(told) >= 9
    assert landing.newest({"landed"}).keys() == {row_key for name in ("shop", "bank") for row_key in landing.newest({"landed"}, name)}
    assert landing.newest_load("nobody") == []
