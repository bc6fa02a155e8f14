"""Files that an earlier version landed, when a stream had fewer columns, are read together with today's: what they lack is null."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from extractors import registry
from extractors.landing import Landing, stage
from journey.prepare import prepare

DAYS = [date(2026, 1, day) for day in (5, 6, 7)]


def land(landing: Landing, source: str, stream: str, rows: dict[str, object], accounts: dict[str, list[date]]) -> None:
    """One row a day and account; each account is a load, an hour after the one before."""
    declared = registry.load(source).stream(stream)
    for hour, (account, days) in enumerate(accounts.items()):
        loaded_at = datetime(2026, 1, 9, hour, tzinfo=UTC)
        table = pa.Table.from_pylist([rows], schema=declared.schema)
        held = [
            stage(landing.staged, declared, [table], load_id=f"l{hour}", source=source, account=account, day=day, loaded_at=loaded_at)
            for day in days
        ]
        landing.commit(f"l{hour}", held, landing.root / "_quarantine", loaded_at=loaded_at)


def without(landing: Landing, column: str, *places: str) -> None:
    """Write the files whose path holds one of the places as a version did that did not know the column."""
    for file in landing.root.rglob("*.parquet"):
        if any(place in str(file) for place in places):
            pq.write_table(pq.ParquetFile(file).read().drop_columns([column]), file, store_schema=True)


def seen(database: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(database), read_only=True) as connection:
        found: list[tuple[object, ...]] = connection.execute(query).fetchall()
        return found


@pytest.mark.parametrize("earlier", [(), ("account=2",)])
def test_columns_are_put_together_by_name_only_where_they_differ(tmp_path: Path, earlier: tuple[str, ...]) -> None:
    """What a Connection adds to Google's streams is in all files, in none, or in those since then."""
    landing, database = Landing(tmp_path / "landing"), tmp_path / "build.duckdb"
    row = {"campaign_id": 1, "segments_date": DAYS[0], "segments_device": "MOBILE", "segments_ad_network_type": "SEARCH"}
    land(landing, "google_ads", "campaign_performance", row, {"1": DAYS[:2], "2": DAYS[2:]})
    for file in landing.root.rglob("*.parquet"):
        table = pq.ParquetFile(file).read()
        pq.write_table(table.append_column("metrics_ctr", pa.array([0.5])), file, store_schema=True)
    without(landing, "metrics_ctr", *earlier)
    prepare(database, landing, full=True)
    ((query,),) = seen(database, "select sql from duckdb_views() where view_name = 'google_ads__campaign_performance'")
    assert f"union_by_name = {str(bool(earlier)).lower()}" in str(query).replace("CAST('t' AS BOOLEAN)", "true").lower()
    held = seen(database, "select account, metrics_ctr from landing.google_ads__campaign_performance order by all")
    assert held == [("1", 0.5), ("1", 0.5), ("2", None if earlier else 0.5)]


@pytest.mark.parametrize("oldest", ["account=1", "account=2"])
@pytest.mark.parametrize(
    ("earlier", "filled"),
    [(("account=2",), ["1", "1"]), (("account=1",), ["2"]), (("account=1", "account=2"), []), ((), ["1", "1", "2"])],
)
def test_a_column_that_came_later(tmp_path: Path, earlier: tuple[str, ...], filled: list[str], oldest: str) -> None:
    """Whichever load lacks it: the newest one does where somebody went back to an earlier version."""
    landing, database = Landing(tmp_path / "landing"), tmp_path / "build.duckdb"
    row = {"id": "e1", "metric_id": "m1", "profile_id": "p1", "timestamp": 1, "datetime": datetime(2026, 1, 5, tzinfo=UTC), "uuid": "u1"}
    accounts = {"1": DAYS[:2], "2": DAYS[2:]}
    in_order = reversed(accounts.items()) if oldest == "account=2" else accounts.items()
    land(landing, "klaviyo", "events", {**row, "event_properties": "{}"}, dict(in_order))
    without(landing, "event_properties", *earlier)
    prepare(database, landing, full=True)
    query = "select account, dt, file_row_number, id, event_properties from landing.klaviyo__events order by dt"
    rows = seen(database, query)
    assert [row[:4] for row in rows] == [("1", DAYS[0], 0, "e1"), ("1", DAYS[1], 0, "e1"), ("2", DAYS[2], 0, "e1")]
    assert [row[0] for row in rows if row[4] == "{}"] == filled
