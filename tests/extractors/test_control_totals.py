"""What landed beside the platform's own totals, and fields that came and are not documented: kept in the ledger, held, named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import facebook_ads_folder as meta_folder
import ga4_folder
import google_ads_folder as google_folder
import klaviyo_folder
import pyarrow.parquet as pq
import pytest
from facebook_ads_load import fault
from facebook_ads_load import load as load_meta

from expectations.landing import validate
from extractors import registry, runner
from extractors.connections import from_json
from extractors.control import MOVED
from extractors.errors import PayloadError
from extractors.facebook_ads.reconcile import reconcile as reconcile_meta
from extractors.google_ads.reconcile import reconcile as reconcile_google
from extractors.landing import Landing, Partition
from extractors.stream import Account, Days
from sandbox.emulators import facebook_ads, ga4, google_ads, klaviyo
from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.emulators.recorded import Clock

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
RANGE = Days(google_folder.DAYS[0], google_folder.DAYS[-1])


@pytest.fixture
def stopped() -> Iterator[list[Any]]:
    running: list[Any] = []
    yield running
    for server in running:
        server.stop()


def load(source: str, server: Any, root: Path, days: Days, *streams: str, **extra: Any) -> tuple[runner.Report, Landing]:
    connection = from_json(f"{source}_default", json.dumps({**server.connection, "extra": {**server.connection["extra"], **extra}}))
    landing = Landing(root)
    report = runner.run(registry.load(source), connection, days, landing, load_id="night", loaded_at=NOW, streams=streams)
    return report, landing


def totals(report: runner.Report, stream: str, account: str) -> dict[str, dict[str, str]]:
    """Day -> the comparison in its ledger row."""
    names = ("landed", "platform", "difference", "likely_cause")
    return {
        row.dt: {name: row.control_totals[name] for name in names}
        for row in report.partitions
        if (row.stream, row.account) == (stream, account)
    }


def test_google_s_campaigns_are_the_account_and_its_ads_lack_performance_max(tmp_path: Path, stopped: list[Any]) -> None:
    server = google_ads.serve(google_folder.build(tmp_path / "rows"), clock=Clock(NOW), faults=FaultPlan())
    stopped.append(server)
    streams = ("ad_performance", "campaign_performance", "account_performance")
    report, _ = load("google_ads", server, tmp_path / "landing", RANGE, *streams)
    assert report.errors == []
    days = [str(day) for day in google_folder.DAYS]
    whole = {"landed": "8000000", "platform": "8000000", "difference": "0", "likely_cause": ""}
    assert totals(report, "campaign_performance", google_folder.CLIENT) == dict.fromkeys(days, whole)
    cause = "Performance Max, which has no ads: 4000000"
    ads = {"landed": "4000000", "platform": "8000000", "difference": "-4000000", "likely_cause": cause}
    assert totals(report, "ad_performance", google_folder.CLIENT) == dict.fromkeys(days, ads)
    kept = [row.control_totals["metrics_cost_micros"] for row in report.partitions if row.stream == "ad_performance"]
    assert sum(map(int, kept)) == 40_000_000


def test_campaigns_that_are_not_the_account_fail_their_day(tmp_path: Path, stopped: list[Any]) -> None:
    # The figures of one day are restated between the two questions: the first try reads the campaigns, the second the account.
    folder = google_folder.build(tmp_path / "rows")
    path = folder / "google_ads" / google_folder.CLIENT / "performance.ndjson"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    moved = str(google_folder.DAYS[3])
    more = [json.loads(json.dumps(row)) for row in rows if row["segments"]["date"] == moved and "ad_group" not in row]
    for row in more:
        row |= {"_from": "2026-03-20T13:00:00+00:00", "campaign": {"id": "13", "advertising_channel_type": "PERFORMANCE_MAX"}}
    google_folder.write(path, [*rows, *more])
    clock, faults = Clock(NOW), FaultPlan([Fault("google_ads", "unavailable", "SearchStream customer", google_folder.CLIENT, times=None)])
    # customer_client, which lists the accounts, is asked of the manager.
    server = google_ads.serve(folder, clock=clock, faults=faults)
    stopped.append(server)
    streams = ("campaign_performance", "account_performance")
    first, _ = load("google_ads", server, tmp_path / "landing", RANGE, *streams, retry_seconds=0.001)
    assert [error.stream for error in first.errors] == ["account_performance"]
    faults.clear()
    clock.moment = datetime(2026, 3, 20, 14, tzinfo=UTC)
    report, _ = load("google_ads", server, tmp_path / "landing", RANGE, *streams)
    assert [(type(error), error.stream, error.account, str(error.day)) for error in report.errors] == [
        (PayloadError, "campaign_performance", google_folder.CLIENT, moved)
    ]
    failed = [row for row in report.partitions if row.status == "failed"]
    assert [(row.dt, row.control_totals["difference"]) for row in failed] == [(moved, "-4000000")]
    assert "8000000" in (failed[0].message or "")


def test_meta_s_ads_lack_what_is_deleted_and_refused(tmp_path: Path, stopped: list[Any]) -> None:
    server = facebook_ads.serve(meta_folder.write_folder(tmp_path / "rows"), clock=Clock(), faults=FaultPlan())
    stopped.append(server)
    streams = ("ad_insights", "account_insights")
    report, _ = load_meta(server, tmp_path / "whole", *streams)
    whole = totals(report, "ad_insights", "101")
    assert {one["difference"] for one in whole.values()} == {"0.000000"}
    assert sum(Decimal(one["landed"]) for one in whole.values()) == meta_folder.spend("101")
    server.faults.add(fault("deleted_status_refused", times=None, filtering=True))
    report, _ = load_meta(server, tmp_path / "landing", *streams)
    assert report.errors == []
    lacking = totals(report, "ad_insights", "101")
    deleted = meta_folder.spend("101") - meta_folder.spend("101", without=["904"])
    assert sum(Decimal(one["difference"]) for one in lacking.values()) == -deleted < 0
    cause = "deleted ads and others that the platform breaks down no further"
    last = str(meta_folder.LAST)
    assert {one["likely_cause"] for day, one in lacking.items() if day != last} == {cause}
    # Loaded at midnight UTC, while the account's own day goes on for three hours.
    assert lacking[last]["likely_cause"] == f"{cause}; or time zone: the day had not ended in America/Sao_Paulo when it was read"


@pytest.mark.parametrize(("ads", "wrong"), [("100.00", False), ("101.00", False), ("101.01", True), ("40.00", False)])
def test_meta_s_ads_may_not_cost_more_than_the_account(ads: str, wrong: bool) -> None:
    sides = [
        Partition("l", "facebook_ads", stream, "1", "2026-03-01", "daily", "staged", control_totals={"spend": spend})
        for stream, spend in (("ad_insights", ads), ("account_insights", "100.00"))
    ]
    (found,) = reconcile_meta(None, Account("1"), sides, lambda row: pytest.fail("no rows are needed"))
    assert (found.difference, bool(found.failure)) == (Decimal(ads) - 100, wrong)


LOS_ANGELES = Account("1", time_zone="America/Los_Angeles")
OPEN = "time zone: the day had not ended in America/Los_Angeles when it was read"


def parts(source: str, measure: str, sides: dict[str, list[str]], loaded_at: datetime) -> list[Partition]:
    """Staged days from 2026-03-01 on, by stream."""
    return [
        Partition(
            "l", source, stream, "1", f"2026-03-0{at}", "daily", "staged", control_totals={measure: figure}, loaded_at=loaded_at.isoformat()
        )
        for stream, figures in sides.items()
        for at, figure in enumerate(figures, start=1)
    ]


@pytest.mark.parametrize(("hour", "cause"), [(7, OPEN), (8, "")])
def test_a_day_that_goes_on_in_the_account_s_zone_grows_and_one_that_has_ended_does_not(hour: int, cause: str) -> None:
    """Midnight of Los Angeles is 8:00 UTC. Two units more, of a hundred, came between the questions."""
    read_at = datetime(2026, 3, 2, hour, tzinfo=UTC)
    sides = {"campaign_performance": ["100000000"], "account_performance": ["102000000"], "ad_performance": ["103000000"]}
    found = reconcile_google(
        None, LOS_ANGELES, parts("google_ads", "metrics_cost_micros", sides, read_at), lambda row: pytest.fail("no rows")
    )
    assert [one.difference for one in found] == [-2_000_000, 3_000_000]
    assert [one.likely_cause for one in found] == ([cause, cause] if cause else ["not known: rows are missing or came twice", MOVED])
    assert [bool(one.failure) for one in found] == [not cause] * 2
    sides = {"ad_insights": ["103.00"], "account_insights": ["101.00"]}
    (meta,) = reconcile_meta(None, LOS_ANGELES, parts("facebook_ads", "spend", sides, read_at), lambda row: pytest.fail("no rows"))
    assert (meta.likely_cause, bool(meta.failure)) == (cause or MOVED, not cause)
    sides = {"ad_insights": ["90.00"], "account_insights": ["101.00"]}
    (meta,) = reconcile_meta(None, LOS_ANGELES, parts("facebook_ads", "spend", sides, read_at), lambda row: pytest.fail("no rows"))
    deleted = "deleted ads and others that the platform breaks down no further"
    assert (meta.likely_cause, meta.failure) == (f"{deleted}; or {OPEN}" if cause else deleted, "")


def test_hours_that_were_counted_on_the_neighbouring_day_are_called_so_and_fail_all_the_same() -> None:
    """The day's total is cut in another zone: what is too little on the 2nd is too much on the 3rd."""
    sides = {"campaign_performance": ["50000000", "40000000", "70000000"], "account_performance": ["50000000", "55000000", "55000000"]}
    held = parts("google_ads", "metrics_cost_micros", sides, datetime(2026, 3, 9, tzinfo=UTC))
    found = reconcile_google(None, LOS_ANGELES, held, lambda row: pytest.fail("no rows"))
    whole, second, third = found
    assert (whole.likely_cause, whole.failure) == ("", "")
    for one, neighbour in ((second, "2026-03-03"), (third, "2026-03-02")):
        assert one.likely_cause.startswith(f"time zone: {neighbour} differs by as much the other way")
        assert "America/Los_Angeles" in one.likely_cause
        assert one.failure
        assert f"Likely: {one.likely_cause}." in one.error().what


def test_ga4_keeps_the_table_s_own_count_and_names_a_new_column(
    tmp_path: Path, stopped: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    ga4_folder.write(tmp_path, "events_20260105", [ga4_folder.event(n, loyalty_tier="gold") for n in range(40)])
    server = ga4.serve(tmp_path, clock=Clock(), faults=FaultPlan())
    stopped.append(server)
    report, landing = load("ga4", server, tmp_path / "landing", Days(date(2026, 1, 5), date(2026, 1, 5)))
    (partition,) = report.partitions
    assert partition.control_totals.items() >= {
        "measure": "rows", "landed": "40", "platform": "40", "difference": "0", "likely_cause": "", "new_fields": "loyalty_tier",
    }.items()  # fmt: skip
    assert "new fields, which land in _new_fields: loyalty_tier" in caplog.text
    rows = pq.read_table(landing.staged_file(partition), partitioning=None)
    assert rows.column_names[-3:] == ["_new_fields", "_load_id", "_loaded_at"]
    assert set(rows.column("_new_fields").to_pylist()) == {'{"loyalty_tier":"gold"}'}
    warned(landing, report, "loyalty_tier")


def test_a_new_column_comes_the_same_way_over_rest(tmp_path: Path, stopped: list[Any]) -> None:
    rows = [ga4_folder.event(n, tier={"level": n, "names": ["ouro", "ana@loja.example"]}, first_name="Ana") for n in range(9)]
    ga4_folder.write(tmp_path, "events_20260105", rows)
    faults = FaultPlan()
    server = ga4.serve(tmp_path, clock=Clock(), faults=faults)
    stopped.append(server)
    day = Days(date(2026, 1, 5), date(2026, 1, 5))
    first, landing = load("ga4", server, tmp_path / "storage", day)
    faults.add(Fault("ga4", "storage_unavailable", times=None))
    second, _ = load("ga4", server, tmp_path / "rest", day)
    assert [row.content_hash for row in first.partitions] == [row.content_hash for row in second.partitions]
    told = pq.read_table(landing.staged_file(first.partitions[0]), partitioning=None).column("_new_fields").to_pylist()
    assert told[3] == '{"tier":{"level":3,"names":["ouro","(email removed)"]}}'
    assert first.partitions[0].control_totals["new_fields"] == "first_name, tier"


def test_klaviyo_names_a_new_attribute(tmp_path: Path, stopped: list[Any]) -> None:
    event = klaviyo_folder.event("E1", "2026-01-01T10:00:00+00:00")
    event["attributes"]["priority"] = "ana@loja.example"
    server = klaviyo.serve(klaviyo_folder.write(tmp_path / "rows", events=[event]), clock=Clock(), faults=FaultPlan())
    stopped.append(server)
    days = Days(date(2026, 1, 1), date(2026, 1, 2))
    report, landing = load("klaviyo", server, tmp_path / "landing", days, "events", "metrics", "flows")
    named = {(row.stream, row.dt): row.control_totals.get("new_fields") for row in report.partitions}
    assert named == {
        ("events", "2026-01-01"): "attributes.priority",
        ("events", "2026-01-02"): None,
        ("metrics", "2026-01-02"): None,
        ("flows", "2026-01-02"): None,
    }
    (landed,) = (row for row in report.partitions if row.control_totals.get("new_fields"))
    (cleaned,) = pq.read_table(landing.staged_file(landed), partitioning=None).column("_new_fields").to_pylist()
    assert cleaned == '{"attributes.priority":"(email removed)"}'
    other = next(row for row in report.partitions if row.stream == "events" and row is not landed)
    assert "_new_fields" not in pq.read_schema(landing.staged_file(other)).names
    warned(landing, report, "attributes.priority")


def warned(landing: Landing, report: runner.Report, field: str) -> None:
    """Validation says it as a warning, and the partition goes on."""
    results = [one for one in validate(landing, "night", report.partitions, recent=[]) if not one.success]
    assert [(one.severity, one.observed) for one in results if "new_fields" in one.expectation] == [("warning", field)]
    assert {row.status for row in report.partitions} == {"staged"}
