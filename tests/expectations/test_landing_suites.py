"""Landing suites on real Parquet partitions: exactly the spoiled ones are quarantined, with the reason."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from staged_partitions import DAY, DAYS, LOADED_AT, STREAMS, failed, healthy, judged, of, put, spoil, stage_days

from expectations.landing import critical_failures, reading
from expectations.landing.ga4 import LAST_MICROS
from expectations.landing.suites import extras_of, row_checks
from expectations.results import read_results, results_file
from extractors.landing import Landing
from extractors.stream import Stream


@pytest.mark.parametrize("source", sorted(STREAMS))
def test_a_healthy_load_of_every_stream_holds_everywhere(landing: Landing, source: str) -> None:
    partitions = [
        put(landing, source, stream, account, day, 7)
        for stream in STREAMS[source]
        for account in ("11", "22")
        for day in (DAYS if stream.kind == "daily" else [DAYS[-1]])
    ]
    results = judged(landing, partitions)
    assert [r for r in results if not r.success] == []
    assert {p.status for p in partitions} == {"staged"}
    assert {r.stream for r in results} == {s.name for s in STREAMS[source]}
    assert len(results) >= 10 * len(STREAMS[source])
    assert read_results(results_file(landing.root, source, "load-1")) == results
    assert {r.validated_at for r in results} == {LOADED_AT}


SPOILED: list[tuple[str, str, str, Any, str, int, str]] = [
    ("facebook_ads", "ad_insights", "spend", [-1, -2], "expect_column_values_to_be_between(spend)", 2,
     "Spend is below zero (2 of 12 rows)."),
    ("google_ads", "ad_performance", "metrics_cost_micros", [-1], "expect_column_values_to_be_between(metrics_cost_micros)", 1,
     "below zero"),
    ("google_ads", "click_view", "click_view_gclid", [None] * 3, "expect_column_values_to_not_be_null(click_view_gclid)", 3, "is empty"),
    ("google_ads", "account_performance", "segments_date", [DAY - timedelta(days=1)], "expect_column_pair_values_to_be_equal(_day, _dt)", 1,
     "Segments_date lies outside the partition's day (1 of 12 rows)."),
    ("ga4", "events", "event_date", ["20260101"] * 4, "expect_column_pair_values_to_be_equal(_day, _dt)", 4, "outside the partition's day"),
    ("ga4", "events", "event_timestamp", [2**63 - 1, LAST_MICROS + 1_000_000, LAST_MICROS],
     "expect_column_values_to_be_between(event_timestamp)", 2, "is not between 1 and 9,223,000,000,000,000,000 (2 of 12 rows)."),
    ("ga4", "events", "event_timestamp", [-(2**63), 0], "expect_column_values_to_be_between(event_timestamp)", 2, "is not between"),
    ("ga4", "events", "table_kind", ["hourly"], "expect_column_values_to_be_in_set(table_kind)", 1, "not documented"),
    ("klaviyo", "events", "datetime", [datetime(2026, 2, 9, 23, 59, tzinfo=UTC)], "expect_column_pair_values_to_be_equal(_day, _dt)", 1,
     "Datetime lies outside"),
    ("klaviyo", "profiles", "email_sha256", ["someone at example"], "expect_column_values_to_match_regex(email_sha256)", 1,
     "not of the form"),
    ("exchange_rates", "reference_rates", "rate", [0], "expect_column_values_to_be_between(rate)", 1, "not above zero"),
    ("facebook_ads", "ad_insights", "date_stop", [date(2026, 3, 1)], "expect_column_pair_values_to_be_equal(date_start, date_stop)", 1,
     "differ"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "name", "column", "values", "expectation", "rows", "reason"), SPOILED)
def test_exactly_the_spoiled_partition_is_quarantined(
    landing: Landing, source: str, name: str, column: str, values: list[Any], expectation: str, rows: int, reason: str
) -> None:
    partitions = stage_days(landing, source, name)
    bad = partitions[4]
    spoil(landing, bad, column, values)
    results = judged(landing, partitions)
    assert failed(results) == {(expectation, "critical", "22", "2026-02-10", rows)}
    assert [p.status for p in partitions] == ["staged"] * 4 + ["quarantined"] + ["staged"] * 3
    assert bad.message is not None
    assert reason in bad.message
    assert f"source {source}, stream {name}, account 22, day 2026-02-10" in bad.message
    assert all(part in bad.message for part in ("Kept:", "To do:"))
    assert [p.message for p in partitions if p is not bad] == [None] * 7


def test_duplicate_keys_are_counted_with_both_rows(landing: Landing) -> None:
    partitions = stage_days(landing, "google_ads", "click_view")
    spoil(landing, partitions[1], "click_view_gclid", ["same", "same", "same"])
    columns = "_account, _dt, segments_date, click_view_gclid"
    assert failed(judged(landing, partitions)) == {(f"expect_compound_columns_to_be_unique({columns})", "critical", "11", "2026-02-11", 3)}


def test_the_same_key_on_two_days_or_accounts_is_no_duplicate(landing: Landing) -> None:
    assert failed(judged(landing, stage_days(landing, "klaviyo", "events"))) == set()


def test_equal_ga4_events_are_left_to_the_models(landing: Landing) -> None:
    partitions = stage_days(landing, "ga4", "events")
    for key in of("ga4", "events").keys:
        spoil(landing, partitions[0], key, [None] * 2 if key == "user_pseudo_id" else [7, 7] if key != "event_name" else ["x", "x"])
    assert failed(judged(landing, partitions)) == set()


def test_large_ids_beside_a_missing_one_are_not_taken_for_duplicates(landing: Landing) -> None:
    partitions = stage_days(landing, "google_ads", "campaign", days=[DAY])
    spoil(landing, partitions[0], "campaign_id", [2**60, 2**60 + 1, None])
    assert failed(judged(landing, partitions)) == {("expect_column_values_to_not_be_null(campaign_id)", "critical", "11", "2026-02-10", 1)}


def test_a_missing_and_a_flipped_field_are_named(landing: Landing) -> None:
    import pyarrow.parquet as pq

    partitions = stage_days(landing, "facebook_ads", "account_insights")
    spoil(landing, partitions[0], "clicks", None)
    file = landing.staged_file(partitions[5])
    table = pq.read_table(file, partitioning=None)
    pq.write_table(table.set_column(table.schema.get_field_index("impressions"), "impressions", table["impressions"].cast("string")), file)
    spoil(landing, partitions[0], "spend", [-1])  # not looked at: the shape is wrong already
    results = judged(landing, partitions)
    assert failed(results) == {
        ("expect_column_values_to_be_between(missing_fields)", "critical", "11", "2026-02-10", 1),
        ("expect_column_values_to_be_between(flipped_fields)", "critical", "22", "2026-02-11", 1),
    }
    assert {r.observed for r in results if not r.success} == {"clicks", "impressions"}
    assert "Fields are missing (clicks)." in (partitions[0].message or "")


def test_a_new_field_lands_and_warns(landing: Landing) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    partitions = stage_days(landing, "klaviyo", "flows", days=[DAY])
    file = landing.staged_file(partitions[0])
    table = pq.read_table(file, partitioning=None)
    pq.write_table(table.append_column("mood", pa.nulls(len(table), pa.string())), file)
    assert failed(judged(landing, partitions)) == {("expect_column_values_to_be_between(new_fields)", "warning", "11", "2026-02-10", 1)}
    assert {p.status for p in partitions} == {"staged"}


def test_a_file_cut_short_or_gone_is_quarantined(landing: Landing) -> None:
    partitions = stage_days(landing, "google_ads", "account_performance")
    file = landing.staged_file(partitions[2])
    file.write_bytes(file.read_bytes()[:200])
    landing.staged_file(partitions[3]).unlink()
    unreadable = "expect_column_values_to_be_between(unreadable)"
    assert failed(judged(landing, partitions)) == {
        (unreadable, "critical", "11", "2026-02-12", 1),
        (unreadable, "critical", "11", "2026-02-13", 1),
    }
    assert [p.status for p in partitions[2:4]] == ["quarantined"] * 2


def test_rows_lost_between_reading_and_file(landing: Landing) -> None:
    import pyarrow.parquet as pq

    partitions = stage_days(landing, "google_ads", "click_view")
    file = landing.staged_file(partitions[0])
    pq.write_table(pq.read_table(file, partitioning=None).slice(0, 5), file)
    assert failed(judged(landing, partitions)) == {
        ("expect_column_pair_values_to_be_equal(rows, rows_read)", "critical", "11", "2026-02-10", 1)
    }
    assert "5 rows in the file, 12 read" in (partitions[0].message or "")


def test_an_undocumented_value_warns(landing: Landing) -> None:
    partitions = stage_days(landing, "facebook_ads", "ad_insights")
    spoil(landing, partitions[0], "publisher_platform", ["smart_glasses"])
    results = judged(landing, partitions)
    assert failed(results) == {("expect_column_values_to_be_in_set(publisher_platform)", "warning", "11", "2026-02-10", 1)}
    assert critical_failures(results) == []
    assert "smart_glasses" not in repr(results)


def test_every_partition_spoiled_names_every_partition(landing: Landing) -> None:
    partitions = stage_days(landing, "facebook_ads", "ad_insights")
    for partition in partitions:
        spoil(landing, partition, "spend", [-1] * 12)
    assert sum(r.unexpected_count for r in judged(landing, partitions) if not r.success) == 12 * 8
    assert {p.status for p in partitions} == {"quarantined"}


def test_chunks_do_not_change_the_answer(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    partitions = stage_days(landing, "facebook_ads", "ad_insights")
    for partition in partitions[2:7:2]:
        spoil(landing, partition, "impressions", [-1])
    whole = judged(landing, partitions)
    monkeypatch.setattr("expectations.landing.reading.CHUNK_ROWS", 25)
    assert judged(landing, partitions) == whole
    assert len(failed(whole)) == 3


@pytest.mark.parametrize("in_order", [True, False])
def test_a_large_partition_is_judged_in_parts_with_the_same_answer(
    landing: Landing, monkeypatch: pytest.MonkeyPatch, in_order: bool
) -> None:
    stream = of("google_ads", "click_view")
    rows = healthy("google_ads", stream, 60, DAY)
    # Each row comes twice, and 21 rows are an odd number: what is cut off there would part two rows with one key.
    twice = pa.concat_tables([rows, rows])
    partitions = [put(landing, "google_ads", stream, "11", DAY, twice), put(landing, "google_ads", stream, "22", DAY, 7)]
    spoil(landing, partitions[0], "click_view_page_number", [-1] * 30)
    if not in_order:
        path = landing.staged_file(partitions[0])
        table = pq.read_table(path, partitioning=None)
        pq.write_table(table.take(pa.array([*range(30, 120), *range(30)])), path)
    whole = judged(landing, partitions)
    monkeypatch.setattr("expectations.landing.reading.PIECE", 21)
    monkeypatch.setattr("expectations.landing.reading.CHUNK_ROWS", 25)
    assert judged(landing, partitions) == whole
    assert sorted(result.unexpected_count for result in whole if not result.success) == [30, 120]


def test_no_frame_holds_a_large_partition_whole(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PIECE", 20)
    monkeypatch.setattr(reading, "CHUNK_ROWS", 25)
    stream = of("facebook_ads", "ad_insights")
    extras = extras_of("facebook_ads", "ad_insights")
    partition = put(landing, "facebook_ads", stream, "11", DAY, 200)
    columns = reading.needed_columns(stream, extras, row_checks(stream, extras))
    staged = reading.read(landing.staged_file(partition), partition, stream, extras, columns)
    assert (staged.sound, staged.in_order, staged.file_rows) == (True, True, 200)
    found = [(sum(rows for _, rows in parts), len(frame)) for parts, frame in reading.frames([staged], stream, extras)]
    assert all(rows == length <= 25 for rows, length in found)
    assert sum(length for _, length in found) == 200


def test_validating_again_gives_the_same_answer_and_one_file(landing: Landing) -> None:
    partitions = stage_days(landing, "facebook_ads", "ad_insights")
    spoil(landing, partitions[0], "spend", [-1])
    first = judged(landing, partitions)
    told = results_file(landing.root, "facebook_ads", "load-1").read_bytes()
    assert judged(landing, partitions) == first
    assert results_file(landing.root, "facebook_ads", "load-1").read_bytes() == told
    done = landing.commit("load-1", partitions, landing.root.parent / "quarantine", loaded_at=LOADED_AT)
    assert [p.status for p in done].count("quarantined") == 1
    assert not landing.file(partitions[0]).exists()
    assert judged(landing, done) == []
    assert results_file(landing.root, "facebook_ads", "load-1").read_bytes() == told


def test_a_check_that_cannot_be_evaluated_fails_closed(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    from expectations.engine import Check
    from expectations.landing import validation

    def broken(stream: Stream, extras: object) -> list[Check]:
        return [Check("ExpectColumnValuesToNotBeNull", "critical", "x", {"column": "nowhere"})]

    monkeypatch.setattr(validation, "row_checks", broken)
    partitions = stage_days(landing, "google_ads", "click_view", days=[DAY])
    results = judged(landing, partitions)
    assert [(r.account, r.observed) for r in results if not r.success] == [
        ("11", "the check could not be evaluated"),
        ("22", "the check could not be evaluated"),
    ]
    assert {p.status for p in partitions} == {"quarantined"}


def test_no_row_content_in_messages_or_results(landing: Landing) -> None:
    stream = of("klaviyo", "profiles")
    table = healthy("klaviyo", stream, 3, DAY)
    partitions = [put(landing, "klaviyo", stream, "11", DAY, table)]
    spoil(landing, partitions[0], "email_sha256", ["maria.secret", "joao.secret"])
    results = judged(landing, partitions)
    assert len(critical_failures(results)) == 1
    assert "secret" not in repr(results) + repr(partitions) + results_file(landing.root, "klaviyo", "load-1").read_text()
