"""Rows of any number in bounded memory: in order, the same file and hash however they came, nothing left aside."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractors import content, spool
from extractors.content import PIECE, content_hash, pieces
from extractors.landing import file_hash
from extractors.order import count_before, once, ordered
from extractors.partition import LOAD_COLUMNS
from extractors.spool import Conflict, Spool
from extractors.staging import Staging
from extractors.stream import Kind, Stream

DAY, OTHER = date(2026, 1, 2), date(2026, 1, 3)
NOW = datetime(2026, 1, 3, 7, tzinfo=UTC)
SCHEMA = pa.schema([pa.field("id", pa.int64(), nullable=False), pa.field("name", pa.string()), pa.field("cost", pa.decimal128(18, 6))])
KEYS = ("name", "id")
STREAM = Stream(
    name="things", kind=Kind.DAILY, schema=SCHEMA, keys=KEYS, extract=lambda client, account, days: iter(()), control_columns=("cost", "id")
)


def table(ids: list[int], names: list[str | None]) -> pa.Table:
    costs = pa.array([f"{number}.5" for number in ids], pa.string()).cast(pa.decimal128(18, 6))
    return pa.Table.from_arrays([pa.array(ids, pa.int64()), pa.array(names, pa.string()), costs], schema=SCHEMA)


def many(rows: int, seed: int = 1) -> pa.Table:
    draw = random.Random(seed)
    ids = [draw.randrange(rows // 2 or 1) for _ in range(rows)]
    return table(ids, [draw.choice(["a", "b", "", None, "ção"]) for _ in ids])


def shuffled(rows: pa.Table, seed: int) -> pa.Table:
    order = list(range(len(rows)))
    random.Random(seed).shuffle(order)
    return rows.take(pa.array(order, pa.int64()))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs, batches and ranges so small that some thousand rows need many of each."""
    monkeypatch.setattr(spool, "BATCH_BYTES", 2_000)
    monkeypatch.setattr(spool, "RANGE_BATCHES", 5)
    monkeypatch.setattr(spool, "MOST_RUNS", 7)
    monkeypatch.setattr(content, "PIECE", 1_000)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("keys", [("id",), ("name", "id"), ("id", "name", "cost")])
def test_what_does_not_fit_comes_back_in_order(tmp_path: Path, keys: tuple[str, ...]) -> None:
    rows = many(20_000)
    held = Spool(keys, tmp_path / "runs", buffer_bytes=20_000)
    for at in range(0, len(rows), 300):
        held.add(DAY, rows.slice(at, 300))
        held.add(OTHER, rows.slice(at, 3))
    assert len(list((tmp_path / "runs").iterdir())) >= 3
    back = list(held.take(DAY))
    assert max(len(one) for one in back) < 3_000
    assert pa.concat_tables(back).combine_chunks() == ordered(rows, keys)
    assert sum(len(one) for one in held.take(OTHER)) == 201
    assert list(held.take(DAY)) == []
    held.close()
    assert not (tmp_path / "runs").exists()


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("fits", [10_000, 10**9])
def test_of_rows_that_came_twice_one_counts(tmp_path: Path, fits: int) -> None:
    rows = many(6_000)
    held = Spool(("id",), tmp_path / "runs", buffer_bytes=fits, repeats=True)
    for at in range(0, len(rows), 100):
        held.add(DAY, rows.slice(at, 100))
    back = pa.concat_tables(held.take(DAY))
    assert back["id"].to_pylist() == sorted(set(rows["id"].to_pylist()))
    assert back.combine_chunks() == once(ordered(rows, ("id",)), ("id",))


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("fits", [10_000, 10**9])
def test_a_later_answer_stands_in_for_an_earlier_one(tmp_path: Path, fits: int) -> None:
    ids = list(range(3_000))
    held = Spool(("id",), tmp_path / "runs", buffer_bytes=fits, repeats=True, alike=True)
    for turn, (name, first) in enumerate([("old", 0), ("new", 1_000), ("newest", 2_000)]):
        rows = shuffled(table(ids[first:], [name] * len(ids[first:])), turn)
        for at in range(0, len(rows), 100):
            held.add(DAY, rows.slice(at, 100), turn)
            held.add(DAY, rows.slice(at, 10), turn)
    back = pa.concat_tables(held.take(DAY))
    assert back.schema.names == SCHEMA.names
    assert back["id"].to_pylist() == ids
    assert back["name"].to_pylist() == ["old"] * 1_000 + ["new"] * 1_000 + ["newest"] * 1_000


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("fits", [10_000, 10**9])
def test_two_rows_of_one_answer_that_differ_are_a_conflict(tmp_path: Path, fits: int) -> None:
    held = Spool(("id",), tmp_path / "runs", buffer_bytes=fits, repeats=True, alike=True)
    rows = table(list(range(2_000)), ["a"] * 2_000)
    held.add(DAY, rows)
    held.add(DAY, table([1_234], ["b"]))
    with pytest.raises(Conflict):
        list(held.take(DAY))


@pytest.mark.usefixtures("small")
def test_dropped_days_leave_nothing_and_the_others_stay(tmp_path: Path) -> None:
    held = Spool(KEYS, tmp_path / "runs", buffer_bytes=5_000)
    for _ in range(20):
        held.add(DAY, many(200))
        held.add(OTHER, many(200))
    held.drop([DAY])
    assert [path.name[:10] for path in (tmp_path / "runs").iterdir()].count(str(DAY)) == 0
    held.add(DAY, many(5))
    assert sum(len(one) for one in held.take(DAY)) == 5
    assert sum(len(one) for one in held.take(OTHER)) == 4_000
    held.drop()
    assert list((tmp_path / "runs").iterdir()) == []


@pytest.mark.usefixtures("small")
def test_a_file_is_a_function_of_its_rows_however_they_came_and_whatever_fitted(tmp_path: Path) -> None:
    rows = many(4_500)
    found = []
    for number, (cut, fits) in enumerate([(4_500, 10**9), (7, 20_000), (999, 3_000)]):
        staging = Staging(tmp_path / str(number), STREAM, load_id="l", source="s", account="a", loaded_at=NOW, buffer_bytes=fits)
        came = shuffled(rows, number)
        for at in range(0, len(came), cut):
            staging.add(DAY, came.slice(at, cut))
        one = staging.finish(DAY)
        staging.close()
        path = tmp_path / str(number) / "l" / one.path
        assert [item.name for item in path.parent.parent.iterdir()] == [path.parent.name]
        assert file_hash(path) == one.content_hash
        found.append((one.rows, one.content_hash, one.control_totals, path.read_bytes()))
    assert found[0] == found[1] == found[2]
    assert found[0][:3] == (
        4_500,
        content_hash(ordered(rows, KEYS)),
        {"cost": str(sum(rows["cost"].to_pylist())), "id": str(sum(rows["id"].to_pylist()))},
    )
    back = pq.read_table(tmp_path / "0" / "l" / one.path, partitioning=None)
    assert back.drop_columns([field.name for field in LOAD_COLUMNS]).combine_chunks() == ordered(rows, KEYS)


def test_a_hash_does_not_depend_on_chunks_and_tells_rows_apart() -> None:
    rows = ordered(many(2 * PIECE + 10), KEYS)
    cut = pa.concat_tables([rows.slice(0, 5), rows.slice(5, PIECE), rows.slice(5 + PIECE)])
    assert [len(piece) for piece in pieces([cut])] == [PIECE, PIECE, 10]
    assert content_hash(cut) == content_hash(rows)
    assert content_hash(rows.slice(1)) != content_hash(rows)


def test_a_day_without_rows_is_a_file_with_the_schema(tmp_path: Path) -> None:
    staging = Staging(tmp_path, STREAM, load_id="l", source="s", account="a", loaded_at=NOW)
    one = staging.finish(DAY)
    assert (one.rows, one.control_totals) == (0, {"cost": "0", "id": "0"})
    assert pq.read_schema(tmp_path / "l" / one.path).names == [*SCHEMA.names, "_load_id", "_loaded_at"]
    assert file_hash(tmp_path / "l" / one.path) == one.content_hash == content_hash(SCHEMA.empty_table())


def test_times_days_and_money_may_be_keys(tmp_path: Path) -> None:
    moments = [NOW + timedelta(seconds=number) for number in range(400)]
    schema = pa.schema([("at", pa.timestamp("us", "UTC")), ("day", pa.date32()), ("cost", pa.decimal128(18, 6))])
    rows = pa.table([moments, [DAY, OTHER] * 200, pa.array(range(400), pa.int32()).cast(pa.decimal128(18, 6))], schema=schema)
    for keys in (("at",), ("day", "cost"), ("cost",)):
        held = Spool(keys, tmp_path / "runs", buffer_bytes=2_000)
        for at in range(0, 400, 40):
            held.add(DAY, shuffled(rows, 3).slice(at, 40))
        assert pa.concat_tables(held.take(DAY)).combine_chunks() == ordered(rows, keys)


@settings(deadline=None, max_examples=60)
@given(
    rows=st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["a", "b", None])), max_size=30),
    seed=st.integers(0, 99),
    at=st.tuples(st.integers(0, 4), st.sampled_from(["a", "b", None])),
)
def test_order_is_the_same_for_any_order_of_arrival_and_a_key_splits_it(
    rows: list[tuple[int, str | None]], seed: int, at: tuple[int, str | None]
) -> None:
    whole = table([number for number, _ in rows], [name for _, name in rows])
    once = ordered(whole, KEYS)
    assert once == ordered(shuffled(whole, seed), KEYS)

    def place(row: tuple[int, str | None]) -> tuple[bool, str, int]:
        return row[1] is None, row[1] or "", row[0]

    assert count_before(once, KEYS, {"id": at[0], "name": at[1]}) == sum(place(row) < place(at) for row in rows)


def test_rows_that_agree_in_every_key_have_one_order() -> None:
    rows = table([1, 1, 1], ["a", "a", "a"]).set_column(2, SCHEMA.field("cost"), pa.array(["3", "1", "2"]).cast(pa.decimal128(18, 6)))
    found = {tuple(ordered(shuffled(rows, seed), KEYS)["cost"].to_pylist()) for seed in range(9)}
    assert len(found) == 1


def test_addresses_do_not_reach_what_is_kept_aside(tmp_path: Path) -> None:
    staging = Staging(tmp_path, replace(STREAM, keys=("id",)), load_id="l", source="s", account="a", loaded_at=NOW, buffer_bytes=1)
    staging.add(DAY, table([1, 2], ["ana.lima@mail.example.com", "x"]))
    (run,) = tmp_path.rglob("*.arrow")
    assert b"ana.lima" not in run.read_bytes()
