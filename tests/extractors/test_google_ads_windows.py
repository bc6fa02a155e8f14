"""How far back a night reads: as long as the account's conversion actions look back, and ninety days of clicks the first time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import google_ads_folder as world
import pytest

from extractors.connections import Connection, from_json
from extractors.google_ads import SOURCE
from extractors.landing import Landing
from extractors.runner import Report, run
from extractors.stream import Days
from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.emulators.google_ads import GoogleAdsEmulator, serve
from sandbox.emulators.recorded import Clock

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
YESTERDAY = date(2026, 3, 19)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return world.build(tmp_path / "rows")


@pytest.fixture
def server(folder: Path) -> Iterator[GoogleAdsEmulator]:
    emulator = serve(folder, clock=Clock(NOW), faults=FaultPlan())
    yield emulator
    emulator.stop()


def night(server: GoogleAdsEmulator, landing: Landing, *streams: str, day: date = YESTERDAY, **options: Any) -> Report:
    made = from_json("google_ads_default", json.dumps(server.connection))
    connection = Connection("google_ads_default", extra={**made.extra, "retry_seconds": 0.01})
    named: dict[str, Any] = {"nightly": True, "load_id": f"load-{day}", **options}
    return run(SOURCE, connection, Days(day, day), landing, loaded_at=NOW, streams=streams, **named)


def lengths(report: Report, status: str = "staged") -> dict[tuple[str, str], int]:
    """(account, stream) -> days read."""
    found: dict[tuple[str, str], int] = {}
    for part in report.partitions:
        if part.status == status:
            found[part.account, part.stream] = found.get((part.account, part.stream), 0) + 1
    return found


METRICS = ("ad_performance", "campaign_performance", "account_performance", "keyword_view", "asset_group_performance")


def test_a_night_reads_what_the_enabled_actions_look_back(server: GoogleAdsEmulator, tmp_path: Path) -> None:
    report = night(server, Landing(tmp_path), *METRICS)
    assert report.errors == []
    # 45 days after a view and the day itself; the removed action's 90 do not count. The other account has no action.
    assert lengths(report) == {(world.CLIENT, name): 46 for name in METRICS} | {(world.OTHER, name): 30 for name in METRICS}
    first = min(part.dt for part in report.partitions if part.account == world.CLIENT)
    assert first == (YESTERDAY - timedelta(days=45)).isoformat()
    backfill = night(server, Landing(tmp_path), *METRICS, nightly=False)
    assert set(lengths(backfill).values()) == {1}


@pytest.mark.parametrize(("click", "days"), [(7, 30), (29, 30), (30, 31), (90, 91), (120, 91)])
def test_the_window_has_a_floor_and_a_ceiling(folder: Path, server: GoogleAdsEmulator, tmp_path: Path, click: int, days: int) -> None:
    world.write(folder / "google_ads" / world.CLIENT / "conversion_action.ndjson", [world.action("81", "ENABLED", click, 1)])
    report = night(server, Landing(tmp_path), "account_performance", accounts=[world.CLIENT])
    assert lengths(report) == {(world.CLIENT, "account_performance"): days}


def test_actions_that_a_manager_keeps_for_the_account_count(folder: Path, server: GoogleAdsEmulator, tmp_path: Path) -> None:
    base = folder / "google_ads"
    world.write(base / world.MANAGER / "conversion_action.ndjson", [world.action("91", "ENABLED", 60, 1)])
    row = world.customer(world.OTHER, "USD")
    row["customer"]["conversion_tracking_setting"] = {"google_ads_conversion_customer": f"customers/{world.MANAGER}"}
    world.write(base / world.OTHER / "customer.ndjson", [row])
    report = night(server, Landing(tmp_path), "account_performance")
    assert lengths(report) == {(world.CLIENT, "account_performance"): 46, (world.OTHER, "account_performance"): 61}


def test_actions_that_may_not_be_read_make_the_longest_window(
    server: GoogleAdsEmulator, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server.faults.add(Fault("google_ads", "permission_denied", operation="SearchStream conversion_action", account=world.CLIENT))
    report = night(server, Landing(tmp_path), "account_performance")
    assert report.errors == []
    assert lengths(report) == {(world.CLIENT, "account_performance"): 91, (world.OTHER, "account_performance"): 30}
    assert [record.getMessage() for record in caplog.records if "conversion actions may not be read" in record.getMessage()] != []


def test_the_first_night_archives_ninety_days_of_clicks_and_nothing_takes_them_back(server: GoogleAdsEmulator, tmp_path: Path) -> None:
    landing = Landing(tmp_path / "landing")
    report = night(server, landing, "click_view", accounts=[world.CLIENT])
    assert (lengths(report), report.errors) == ({(world.CLIENT, "click_view"): 90}, [])
    assert sum(part.rows for part in report.partitions) == 20
    assert (report.partitions[0].dt, report.partitions[-1].dt) == ("2025-12-20", "2026-03-19")
    landing.commit(report.load_id, report.partitions, tmp_path / "quarantine", loaded_at=NOW)
    # The next night of this account reads three days, the first one of the other ninety.
    server.store._clock.moment = NOW + timedelta(days=1)
    second = night(server, landing, "click_view", day=date(2026, 3, 20))
    assert lengths(second) == {(world.CLIENT, "click_view"): 3, (world.OTHER, "click_view"): 90}
    # Months later Google no longer answers for those days: asked for again they are pending, and the files stay.
    server.store._clock.moment = NOW + timedelta(days=120)
    late = night(server, landing, "click_view", day=date(2026, 3, 5), accounts=[world.CLIENT], nightly=False, load_id="late")
    assert lengths(late, "pending") == {(world.CLIENT, "click_view"): 1}
    landing.commit("late", late.partitions, tmp_path / "quarantine", loaded_at=NOW)
    (held,) = [part for part in report.partitions if part.dt == "2026-03-05"]
    assert landing.hash_in_place(held) == held.content_hash
    assert held.rows == 2


def test_a_first_night_that_comes_late_records_what_google_has_forgotten(server: GoogleAdsEmulator, tmp_path: Path) -> None:
    report = night(server, Landing(tmp_path), "click_view", day=date(2026, 3, 9), accounts=[world.CLIENT])
    # Ninety days before 9 March are 10 December and later; on 20 March Google answers from 20 December on.
    assert lengths(report, "pending") == {(world.CLIENT, "click_view"): 10}
    assert lengths(report) == {(world.CLIENT, "click_view"): 80}
    assert sum(part.rows for part in report.partitions) == 18
    assert next(part.dt for part in report.partitions if part.rows) == "2026-03-01"
