"""The served file of a night begins as a copy of the one before: only what differs is written, and all of it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from journey.served import STORAGE_VERSION, Written, write

NOTHING, CHANGED, WHOLE = Written.NOTHING, Written.CHANGED_ROWS, Written.WHOLE
FACT = "marts.fct_customer_journey"
ROWS = [(number, f"v{number}") for number in range(5)]


def build(path: Path, rows: list[tuple[int, str]], *, changed: list[int] | None, more: tuple[str, ...] = ()) -> Path:
    """A build file with the fact in reverse order, so that rows which stayed in the served file can be told by their place in it."""
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as built:
        built.execute("create schema marts; create schema audit; create schema intermediate; create schema changes")
        built.execute(f"create table {FACT}(touchpoint_id bigint not null, customer_id varchar)")
        built.execute("create table marts.dim_days(day bigint); insert into marts.dim_days values (1)")
        built.execute("create table intermediate.secret(id bigint)")
        for row in reversed(rows):
            built.execute(f"insert into {FACT} values (?, ?)", row)
        if changed is not None:
            built.execute("create table changes.fct_customer_journey(touchpoint_id bigint, customer_id varchar)")
            for number in changed:
                built.execute("insert into changes.fct_customer_journey values (?, 'any')", [number])
        for statement in (f"comment on table {FACT} is 'It''s a fact.'", *more):
            built.execute(statement)
    return path


def places(served: Path, table: str = FACT) -> list[tuple[object, ...]]:
    """The rows in the order in which they stand in the file."""
    with duckdb.connect(str(served), read_only=True) as reader:
        return reader.execute(f"from {table} order by rowid").fetchall()


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """A served file of five rows, 4 to 0."""
    write(build(tmp_path / "build.duckdb", ROWS, changed=None), tmp_path / "served.duckdb", before=tmp_path / "none")
    assert places(tmp_path / "served.duckdb") == ROWS[::-1]
    return tmp_path / "served.duckdb"


def publish(candidate: Path, before: Path) -> tuple[dict[str, Written], Path]:
    target = before.with_name("next.duckdb")
    return write(candidate, target, before=before), target


def test_rows_that_changed_are_written_and_the_others_stay(before: Path) -> None:
    candidate = build(before.with_name("night.duckdb"), [(0, "v0"), (1, "new"), (2, "v2"), (4, "v4"), (9, "v9")], changed=[1, 3, 9])
    written, served = publish(candidate, before)
    assert written == {FACT: CHANGED, "marts.dim_days": NOTHING}
    assert places(served) == [(4, "v4"), (2, "v2"), (0, "v0"), (9, "v9"), (1, "new")]
    assert places(before) == ROWS[::-1], "readers of the file before keep it"
    with duckdb.connect(str(served), read_only=True) as reader:
        assert reader.execute("select comment from duckdb_tables() where comment is not null").fetchall() == [("It's a fact.",)]
        (tags,) = reader.execute("select tags from duckdb_databases() where database_name = 'next'").fetchall()[0]
        assert tags["storage_version"].startswith(STORAGE_VERSION)


@pytest.mark.parametrize("changed", [[], [1, 3, 9]], ids=["changed", "another served file"])
def test_a_change_that_was_not_told_is_written_all_the_same(before: Path, changed: list[int]) -> None:
    """The comparison decides, not what the build says of itself."""
    rows = [(0, "other"), (1, "new"), (2, "v2"), (4, "v4"), (9, "v9")]
    written, served = publish(build(before.with_name("night.duckdb"), rows, changed=changed), before)
    assert written[FACT] is WHOLE
    assert places(served) == rows[::-1]


def test_a_text_is_seen_to_change_into_one_of_the_same_plain_hash(before: Path) -> None:
    """Ids and addresses made to a pattern: alone in a column, in a list, and as rows that exchange them."""
    first, second = "1.cl0100.web0000.2", "1.cl0107.web0005.2"
    with duckdb.connect() as connection:
        assert connection.execute("select hash(?) = hash(?)", [first, second]).fetchall() == [(True,)]

    def served_as(texts: tuple[str, str], changed: list[int] | None) -> dict[str, Written]:
        listed = "create table marts.listed(texts varchar[])", f"insert into marts.listed values (['any', '{texts[0]}'])"
        pair = "create table marts.pair(id bigint, told varchar)", f"insert into marts.pair values (1, '{texts[0]}'), (2, '{texts[1]}')"
        rows = [(0, texts[0]), *ROWS[1:]]
        target = before.with_name("next.duckdb")
        written = write(build(before.with_name("n.duckdb"), rows, changed=changed, more=(*listed, *pair)), target, before=before)
        assert (0, texts[0]) in places(target)
        assert places(target, "marts.pair") == [(1, texts[0]), (2, texts[1])]
        target.replace(before)
        return written

    served_as((first, second), None)
    assert set(served_as((first, second), []).values()) == {CHANGED, NOTHING}
    assert served_as((second, first), []) == {FACT: WHOLE, "marts.dim_days": NOTHING, "marts.listed": WHOLE, "marts.pair": WHOLE}


def test_a_row_that_is_there_twice_is_seen(before: Path) -> None:
    candidate = build(before.with_name("night.duckdb"), [*ROWS, (4, "v4")], changed=[])
    assert publish(candidate, before)[0][FACT] is WHOLE
    assert len(places(before.with_name("next.duckdb"))) == 6


def test_tables_come_go_and_change_their_shape_or_description(before: Path) -> None:
    more = (
        "drop table marts.dim_days",
        "create table marts.dim_more(id bigint); insert into marts.dim_more values (7); comment on column marts.dim_more.id is 'New.'",
        "create table audit.told(id bigint)",
    )
    written, served = publish(build(before.with_name("night.duckdb"), ROWS, changed=[], more=more), before)
    assert written == {FACT: CHANGED, "marts.dim_more": WHOLE, "audit.told": WHOLE}
    with duckdb.connect(str(served), read_only=True) as reader:
        tables = reader.execute("select schema_name || '.' || table_name from duckdb_tables() order by 1").fetchall()
        assert tables == [("audit.told",), ("marts.dim_more",), (FACT,)]
        assert reader.execute("select comment from duckdb_columns() where column_name = 'id' and comment is not null").fetchall() == [
            ("New.",)
        ]
    more = (f"alter table {FACT} alter customer_id set not null", f"comment on table {FACT} is 'Another text.'")
    written, served = publish(build(before.with_name("night.duckdb"), ROWS, changed=[], more=more[:1]), before)
    assert written[FACT] is WHOLE
    served.unlink()
    written, served = publish(build(before.with_name("night.duckdb"), ROWS, changed=[], more=more[1:]), before)
    assert written[FACT] is WHOLE
    with duckdb.connect(str(served), read_only=True) as reader:
        assert reader.execute("select comment from duckdb_tables() where comment is not null").fetchall() == [("Another text.",)]


def test_credits_that_moved_in_place_are_moved_in_place(tmp_path: Path) -> None:
    """Their model tells the conversions whose rows changed otherwise, and of weights only which models they are of."""

    def credit(markov: float, linear: float, weights: bool) -> tuple[str, ...]:
        rows = [(number, f"t{number}", model, value) for number in range(3) for model, value in (("linear", linear), ("markov", markov))]
        return (
            "create table marts.fct_attribution"
            "(conversion_id bigint, touchpoint_id varchar, model varchar, credit double, attributed_revenue double)",
            *(f"insert into marts.fct_attribution values ({a}, '{b}', '{c}', {d}, {d * 10})" for a, b, c, d in rows),
            "create table changes.fct_attribution(conversion_id bigint)",
            "create table changes.int_attribution_weights_held(model varchar, channel varchar)",
            *(["insert into changes.int_attribution_weights_held values ('markov', 'Email')"] if weights else []),
        )

    before = tmp_path / "served.duckdb"
    write(build(tmp_path / "build.duckdb", ROWS, changed=[], more=credit(0.5, 0.1, True)), before, before=tmp_path / "none")
    written, served = publish(build(tmp_path / "night.duckdb", ROWS, changed=[], more=credit(0.25, 0.1, True)), before)
    assert written["marts.fct_attribution"] is CHANGED
    assert [row[3:] for row in places(served, "marts.fct_attribution")] == [(0.1, 1.0), (0.25, 2.5)] * 3
    served.unlink()
    written, served = publish(build(tmp_path / "night.duckdb", ROWS, changed=[], more=credit(0.25, 0.2, True)), before)
    assert written["marts.fct_attribution"] is WHOLE, "no weight of the linear model moved, and yet its credits did"
    assert [row[3] for row in places(served, "marts.fct_attribution")] == [0.2, 0.25] * 3


def test_a_full_build_and_a_half_empty_file_are_written_anew(before: Path) -> None:
    """Else a file would keep the room of all that it ever held."""
    full = build(before.with_name("full.duckdb"), ROWS, changed=None)
    assert set(publish(full, before)[0].values()) == {WHOLE}
    before.with_name("next.duckdb").unlink()
    with duckdb.connect(str(before)) as bloated:
        bloated.execute("create table marts.big as select hash(i) as id from range(2_000_000) as t(i); checkpoint")
        bloated.execute("create table marts.last as select hash(i) as id from range(200_000) as t(i); checkpoint")
        bloated.execute("drop table marts.big; checkpoint")  # the room before the last table stays
    large = before.stat().st_size
    night = build(before.with_name("night.duckdb"), ROWS, changed=[])
    written, served = publish(night, before)
    assert set(written.values()) == {WHOLE}
    assert served.stat().st_size < large / 2


def test_a_file_of_another_format_is_written_anew(before: Path) -> None:
    before.unlink()
    with duckdb.connect() as session:
        session.execute(f"attach '{before}' as other (storage_version 'v1.4.0')")
        session.execute(f"create schema other.marts; create table other.{FACT}(touchpoint_id bigint not null, customer_id varchar)")
    written, served = publish(build(before.with_name("night.duckdb"), ROWS, changed=[]), before)
    assert set(written.values()) == {WHOLE}
    assert places(served) == ROWS[::-1]


@pytest.mark.parametrize("what", ["no file of DuckDB", "a block is spoilt"])
def test_a_damaged_file_is_written_anew(before: Path, what: str, caplog: pytest.LogCaptureFixture) -> None:
    content = bytearray(b"half a file")
    if what == "a block is spoilt":
        with duckdb.connect(str(before)) as served:
            served.execute("pragma force_compression = 'uncompressed'")
            served.execute(f"insert into {FACT} select 100 + i, 'person number ' || i from range(20_000) as t(i); checkpoint")
        content = bytearray(before.read_bytes())
        at = content.index(b"person number 10000")
        content[at : at + 6] = b"nobody"
    before.write_bytes(content)
    night = build(before.with_name("night.duckdb"), ROWS, changed=[])
    written, target = publish(night, before)
    assert set(written.values()) == {WHOLE}
    assert places(target) == ROWS[::-1]
    assert ("written anew" in caplog.text) == (what == "a block is spoilt")


def test_a_file_that_somebody_writes_in_is_not_copied(before: Path) -> None:
    with duckdb.connect(str(before)) as writer:
        writer.execute("insert into marts.dim_days values (2)")
        written, served = publish(build(before.with_name("night.duckdb"), ROWS, changed=[]), before)
    assert set(written.values()) == {WHOLE}
    assert places(served, "marts.dim_days") == [(1,)]
