"""The event sets: landed partitions that the models accept, the flat table of the same events, parts of one another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from benchmarks.eventset.made import PROPERTY, made
from benchmarks.eventset.sizes import SETS, EventSet
from extractors import registry
from extractors.landing import LOAD_COLUMNS, Landing
from journey.prepare import in_place


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EventSet]:
    """The smallest set, the night after it, and one of half its devices, in a cache of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JOURNEY_BENCH_CACHE", str(tmp_path_factory.mktemp("bench")))
        patch.setitem(SETS, "tiny", EventSet("tiny", 180, day_count=4))
        patch.setitem(SETS, "half", EventSet("half", 90, day_count=4))
        patch.setitem(SETS, "tiny-night", EventSet("tiny-night", 180, nightly=True, day_count=4))
        yield made("tiny")


def events(folder: Path) -> str:
    return f"read_parquet('{folder}/*/part-0.parquet', hive_partitioning = true)"


def test_partitions_are_as_documented_and_in_the_ledger(tiny: EventSet) -> None:
    held = in_place(Landing(tiny.landing))
    days = {key[3] for key in held if key[:3] == ("ga4", "events", PROPERTY)}
    assert days == {str(day) for day in tiny.days}
    for row in held.values():
        stream = registry.load(row.source).stream(row.stream)
        file = pq.ParquetFile(tiny.landing / row.path)
        assert file.schema_arrow.names == [*stream.schema.names, *(field.name for field in LOAD_COLUMNS)]
        assert file.metadata.num_rows == row.rows


def test_the_flat_table_holds_the_same_events(tiny: EventSet) -> None:
    landed = events(tiny.landing / "ga4" / "events" / f"account={PROPERTY}")
    columns = "event_timestamp, event_name, user_pseudo_id, user_id, ecommerce.transaction_id, ecommerce.purchase_revenue, dt"
    flat = "event_timestamp, event_name, user_pseudo_id, user_id, transaction_id, revenue, dt"
    query = f"select count(*) from (select {flat} from {events(tiny.flat)} except all select {columns} from {landed})"
    assert duckdb.sql(query).fetchall() == [(0,)]
    assert duckdb.sql(f"select (select count(*) from {landed}) - (select count(*) from {events(tiny.flat)})").fetchall() == [(0,)]


def test_texts_of_devices_and_pages_are_made_to_a_pattern_in_which_plain_hashes_meet(tiny: EventSet) -> None:
    """Else a warehouse that counts on such a hash would tell what other engines tell. Sales meet where there are more."""
    landed = events(tiny.landing / "ga4" / "events" / f"account={PROPERTY}")
    texts = {
        "sessions": (f"'{PROPERTY}.' || user_pseudo_id || '.' || ga_session_id", events(tiny.flat)),
        "pages": ("split_part(list_filter(event_params, lambda held: held.key = 'page_location')[1].value.string_value, '?', 1)", landed),
    }
    for text, rows in texts.values():
        differing, numbers = duckdb.sql(
            f"select count(distinct {text}), count(distinct hash({text})) from {rows} where {text} > ''"
        ).fetchall()[0]
        assert numbers + 10 < differing
    sale = "'purchase:N' || lpad((number // 10)::varchar, 6, '0') || '/caixa-' || number % 10 || '-0'"
    assert duckdb.sql(f"select count(distinct hash({sale})) < 100 from range(100) as numbers (number)").fetchall() == [(True,)]


def test_a_smaller_set_is_part_of_a_larger_one(tiny: EventSet) -> None:
    half = made("half")
    query = f"select count(*) from (select * from {events(half.flat)} except all select * from {events(tiny.flat)})"
    assert duckdb.sql(query).fetchall() == [(0,)]


def test_the_night_brings_devices_of_the_history_and_new_ones(tiny: EventSet) -> None:
    night = made("tiny-night")
    found = duckdb.sql(
        f"select count(distinct user_pseudo_id), count(distinct user_pseudo_id) filter (user_pseudo_id in "
        f"(select user_pseudo_id from {events(tiny.flat)})) from {events(night.flat)}"
    ).fetchall()
    assert 0 < found[0][1] < found[0][0]


def test_a_night_brings_each_visit_once(tiny: EventSet) -> None:
    night = made("tiny-night")
    once, delivered = duckdb.sql(
        "select count(distinct (user_pseudo_id, event_name, event_timestamp)), count(*) "
        f"from {events(night.flat)} where user_pseudo_id is not null"
    ).fetchall()[0]
    assert 0 <= delivered - once <= delivered / 100, "one delivery in 300 comes twice, no visit does"
    clicks = f"read_parquet('{night.landing}/google_ads/click_view/**/*.parquet')"
    assert duckdb.sql(f"select count(*) > 10, count(*) - count(distinct click_view_gclid) from {clicks}").fetchall() == [(True, 0)]
