"""Volume, freshness and money of landed days against what was there before."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from staged_partitions import DAY, DAYS, LOADED_AT, failed, judged, landed, of, put, stage_days

from extractors.landing import Landing, Partition


@pytest.mark.parametrize(("rows", "expected"), [(8, {"expect_column_values_to_be_between(share_of_recent)"}), (20, set())])
def test_a_shrunken_partition_warns(landing: Landing, rows: int, expected: set[str]) -> None:
    partitions = [put(landing, "klaviyo", of("klaviyo", "events"), "11", DAY, rows)]
    recent = [landed(partitions[0], 100, DAY - timedelta(days=n)) for n in range(1, 6)]
    far = [landed(partitions[0], 10_000, DAY - timedelta(days=n)) for n in range(29, 60)]
    results = judged(landing, partitions, recent + far)
    assert {r.expectation for r in results if not r.success} == expected
    assert {r.observed for r in results if not r.success} == ({"8 rows, 8% of the usual"} if expected else set())
    assert partitions[0].status == "staged"


def test_a_small_stream_or_a_short_history_says_nothing_about_volume(landing: Landing) -> None:
    partitions = [put(landing, "klaviyo", of("klaviyo", "events"), "11", DAY, 1)]
    small = [landed(partitions[0], 19, DAY - timedelta(days=n)) for n in range(1, 9)]
    assert failed(judged(landing, partitions, small)) == set()
    short = [landed(partitions[0], 5000, DAY - timedelta(days=n)) for n in (1, 2)]
    assert failed(judged(landing, partitions, short)) == set()


def in_place(landing: Landing, source: str, name: str, rows: int, day: date = DAY) -> list[Partition]:
    earlier = [put(landing, source, of(source, name), "11", day, rows, load_id="load-0")]
    return landing.commit("load-0", earlier, landing.root.parent / "quarantine", loaded_at=LOADED_AT - timedelta(days=1))


@pytest.mark.parametrize(
    ("source", "name", "rows", "severity"),
    [
        ("klaviyo", "events", 5, "critical"),
        ("klaviyo", "events", 4, "warning"),
        ("google_ads", "account_performance", 1, "critical"),  # one row, but it is what was billed
        ("klaviyo", "events", 0, None),
    ],
)
def test_a_day_that_comes_empty_where_rows_are_in_place(landing: Landing, source: str, name: str, rows: int, severity: str | None) -> None:
    recent = in_place(landing, source, name, rows)
    partitions = [put(landing, source, of(source, name), "11", DAY, 0)]
    results = judged(landing, partitions, recent)
    assert [(r.severity, r.observed) for r in results if not r.success] == ([(severity, f"{rows} rows in place")] if severity else [])
    assert partitions[0].status == ("quarantined" if severity == "critical" else "staged")
    if severity == "critical":
        assert "remove the file in place and load the day again" in (partitions[0].message or "")


@pytest.mark.parametrize(
    ("source", "name", "before", "now", "severity"),
    [
        ("klaviyo", "events", 20, 9, "critical"),
        ("klaviyo", "events", 20, 10, None),
        ("klaviyo", "events", 19, 1, None),  # too few to tell a loss from chance
        ("google_ads", "campaign", 40, 19, "critical"),  # a snapshot
        ("google_ads", "account_performance", 3, 1, "critical"),  # money: 6 micros in place, 1 came
        ("google_ads", "account_performance", 2, 1, "critical"),  # 3 in place, 1 came
        ("first_party", "rejected_lines", 40, 3, None),  # lines that were mended
    ],
)
def test_a_partition_that_comes_with_less_than_half_is_refused(
    landing: Landing, source: str, name: str, before: int, now: int, severity: str | None
) -> None:
    recent = in_place(landing, source, name, before)
    partitions = [put(landing, source, of(source, name), "11", DAY, now)]
    found = [one for one in judged(landing, partitions, recent) if not one.success and "shrunk" in one.expectation]
    assert [one.severity for one in found] == ([severity] if severity else [])
    assert partitions[0].status == ("quarantined" if severity else "staged")
    if severity:
        assert "remove the file in place and load the day again" in (partitions[0].message or "")


def test_an_empty_snapshot_is_compared_with_the_newest_one_in_place(landing: Landing) -> None:
    recent = in_place(landing, "google_ads", "campaign", 9, DAY - timedelta(days=1))
    partitions = [put(landing, "google_ads", of("google_ads", "campaign"), "11", DAY, 0)]
    assert failed(judged(landing, partitions, recent)) == {
        ("expect_column_values_to_be_between(emptied)", "critical", "11", "2026-02-10", 1)
    }


def test_an_account_snapshot_without_its_account_is_refused(landing: Landing) -> None:
    partitions = [put(landing, "google_ads", of("google_ads", "customer"), "11", DAY, 0)]
    assert failed(judged(landing, partitions)) == {("expect_column_values_to_be_between(rows)", "critical", "11", "2026-02-10", 1)}


def test_days_without_rates_are_no_news_until_the_fifth(landing: Landing) -> None:
    stream = of("exchange_rates", "reference_rates")
    partitions = [put(landing, "exchange_rates", stream, "ecb", DAY + timedelta(days=n), 30 if n == 0 else 0) for n in range(6)]
    recent = [landed(partitions[0], 30, DAY - timedelta(days=n)) for n in range(1, 9)]
    assert failed(judged(landing, partitions[:5], recent)) == set()
    results = judged(landing, partitions, recent)
    assert failed(results) == {("expect_column_values_to_be_between(days_stale)", "warning", "ecb", "2026-02-15", 1)}
    assert [r.observed for r in results if not r.success] == ["5 days"]


def test_a_stream_that_stays_behind_is_stale(landing: Landing) -> None:
    partitions = stage_days(landing, "google_ads", "click_view", days=DAYS[:1])
    pending = [Partition("load-1", "google_ads", "click_view", a, DAYS[3].isoformat(), "daily", "pending") for a in ("11", "22")]
    recent = [landed(partitions[1], 12, DAYS[2])]
    results = judged(landing, partitions + pending, recent)
    assert failed(results) == {("expect_column_values_to_be_between(days_stale)", "warning", "11", "2026-02-10", 1)}
    assert [p.status for p in pending] == ["pending"] * 2


def test_ads_that_cost_more_than_the_account_was_billed_warn(landing: Landing) -> None:
    ads, account = of("facebook_ads", "ad_insights"), of("facebook_ads", "account_insights")
    partitions = [put(landing, "facebook_ads", ads, "11", DAY, 3), put(landing, "facebook_ads", account, "11", DAY, 1)]
    assert (partitions[0].control_totals["spend"], partitions[1].control_totals["spend"]) == ("1.500000", "0.250000")
    results = judged(landing, partitions)
    assert failed(results) == {("expect_column_values_to_be_between(over_account_total)", "warning", "11", "2026-02-10", 1)}
    assert [r.observed for r in results if not r.success] == ["by 1.250000 in the platform's unit"]
