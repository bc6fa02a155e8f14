"""The same seed writes the same world, and a longer world begins with the shorter one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
from simulated import START, ga4_files, ndjson, truth, world

from sandbox.world.build import build
from sandbox.world.period import Period

SHORT, LONG = {"days": 30, "scale": 0.3}, {"days": 90, "scale": 0.3}


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    one = world(seed=3, days=5, scale=0.2)
    other = build(tmp_path / "other", seed=3, period=Period(START, 5), scale=0.2)
    files = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(other) for path in other.rglob("*") if path.is_file())
    assert [str(path) for path in files if (one / path).read_bytes() != (other / path).read_bytes()] == []


def test_another_seed_is_another_world() -> None:
    tables = [pq.read_table(ga4_files(world(seed=seed, days=5, scale=0.2))[2]) for seed in (3, 4)]
    assert not tables[0].equals(tables[1])


def test_site_events_of_a_day_do_not_depend_on_the_horizon() -> None:
    short, long = ga4_files(world(**SHORT)), ga4_files(world(**LONG))
    assert [path.name for path in short] == [path.name for path in long[:30]]
    assert [path.name for path, twin in zip(short, long, strict=False) if not pq.read_table(path).equals(pq.read_table(twin))] == []
    assert sum(pq.read_table(path).num_rows for path in short) > 8000


def test_ad_rows_of_a_day_do_not_depend_on_the_horizon() -> None:
    for pattern, day in (
        ("google_ads/*/performance.ndjson", lambda row: row["segments"]["date"]),
        ("google_ads/*/click_view.ndjson", lambda row: row["segments"]["date"]),
        ("google_ads/*/keyword_view.ndjson", lambda row: row["segments"]["date"]),
        ("google_ads/*/asset_group_performance.ndjson", lambda row: row["segments"]["date"]),
        ("facebook_ads/*/insights.ndjson", lambda row: row["date_start"]),
    ):
        short = ndjson(world(**SHORT), pattern)
        long = [row for row in ndjson(world(**LONG), pattern) if day(row) < "2026-01-31"]
        assert short == long
        assert len(short) > 250


def test_email_events_do_not_depend_on_the_horizon_and_profiles_only_grow() -> None:
    short = ndjson(world(**SHORT), "klaviyo/*/events.ndjson")
    long = ndjson(world(**LONG), "klaviyo/*/events.ndjson")
    end = int(short[-1]["attributes"]["timestamp"])
    assert end < 1_769_817_600  # 2026-01-31T00:00:00Z
    assert [row for row in long if row["attributes"]["timestamp"] < 1_769_817_600] == short
    before, after = (ndjson(world(**options), "klaviyo/*/profiles.ndjson") for options in (SHORT, LONG))
    created = {row["id"]: (row["attributes"]["email"], row["attributes"]["created"]) for row in after}
    assert all(created[row["id"]] == (row["attributes"]["email"], row["attributes"]["created"]) for row in before)


def test_mailchimps_reports_do_not_depend_on_the_horizon() -> None:
    def acts(folder: Path) -> list[tuple[str, str, str, str]]:
        rows = ndjson(folder, "mailchimp/*/email_activity.ndjson")
        found = [(row["campaign_id"], row["email_id"], item["action"], item["timestamp"]) for row in rows for item in row["activity"]]
        return sorted(each for each in found if each[3] < "2026-01-31T00:00:00+00:00")

    assert acts(world(**SHORT)) == acts(world(**LONG))
    assert len(acts(world(**SHORT))) > 60
    short, long = (ndjson(world(**options), "mailchimp/*/sent_to.ndjson") for options in (SHORT, LONG))
    early = [row for row in long if row["_from"] < "2026-01-31"]
    assert [(row["campaign_id"], row["email_id"], row["status"]) for row in short] == [
        (row["campaign_id"], row["email_id"], row["status"]) for row in early
    ]


def test_spend_of_a_day_does_not_depend_on_the_horizon() -> None:
    def rows(folder: Path) -> list[tuple[object, ...]]:
        keys = ("platform", "account_id", "date", "campaign_id", "ad_group_id", "ad_id", "spend", "impressions", "clicks")
        return [tuple(row[key] for key in keys) for row in truth(folder, "ad_spend") if row["date"] < date(2026, 1, 31)]

    assert rows(world(**SHORT)) == rows(world(**LONG))
