"""Accounts that may not be read, are hidden, closed or managers: each is named, and the others are read whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import google_ads_folder as world
import pytest

from extractors.connections import Connection, from_json
from extractors.google_ads import SOURCE
from extractors.landing import Landing
from extractors.runner import Report, run
from extractors.stream import Days
from journey import ingest, summary
from journey.settings import Places
from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.emulators.google_ads import GoogleAdsEmulator, serve
from sandbox.emulators.recorded import Clock

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
RANGE = Days(world.DAYS[0], world.DAYS[-1])
HIDDEN = "2000000004"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GoogleAdsEmulator]:
    rows = world.build(tmp_path / "rows")
    clients = rows / "google_ads" / world.MANAGER / "customer_client.ndjson"
    hidden = world.client(HIDDEN, "BRL")
    hidden["customer_client"]["hidden"] = True
    world.write(clients, [*(json.loads(line) for line in clients.read_text().splitlines()), hidden])
    world.write(rows / "google_ads" / HIDDEN / "customer.ndjson", [world.customer(HIDDEN, "BRL")])
    world.write(rows / "google_ads" / HIDDEN / "performance.ndjson", [world.fact(world.FIRST, "MOBILE", ("91",), 10, 2, 7_000_000)])
    emulator = serve(rows, clock=Clock(NOW), faults=FaultPlan())
    yield emulator
    emulator.stop()


def connection(server: GoogleAdsEmulator, **extra: object) -> Connection:
    made = from_json("google_ads_default", json.dumps(server.connection))
    merged = {**made.extra, "retry_seconds": 0.01, **extra}
    return Connection("google_ads_default", extra={name: value for name, value in merged.items() if value is not None})


def load(server: GoogleAdsEmulator, root: Path, **extra: object) -> Report:
    return run(SOURCE, connection(server, **extra), RANGE, Landing(root), load_id="load-1", loaded_at=NOW)


def test_an_account_without_permission_is_named_and_the_others_are_read(server: GoogleAdsEmulator, tmp_path: Path) -> None:
    server.faults.add(Fault("google_ads", "permission_denied", account=world.OTHER, times=None))
    report = load(server, tmp_path / "landing")
    assert (report.errors, report.refused) == ([], []), "it was never read: no figure lacks it"
    (told,) = [part for part in report.partitions if part.account == world.OTHER]
    assert (told.stream, told.dt, told.status) == ("*", "2026-03-01", "skipped")
    for words in ("USER_PERMISSION_DENIED", f"Refused: {', '.join(stream.name for stream in SOURCE.streams)}.", "extra.accounts"):
        assert words in str(told.message)
    states = {(part.account, part.status) for part in report.partitions}
    assert states == {
        (world.CLIENT, "staged"),
        (HIDDEN, "staged"),
        (world.OTHER, "skipped"),
        (world.MANAGER, "skipped"),
        (world.CANCELED, "skipped"),
    }
    # Snapshots once and daily streams ten times, of both accounts that may be read.
    assert sum(part.status == "staged" for part in report.partitions) == 2 * (7 + 6 * 10)


def test_a_hidden_account_costs_and_is_read_managers_and_closed_ones_are_told(server: GoogleAdsEmulator, tmp_path: Path) -> None:
    report = load(server, tmp_path / "landing")
    assert report.errors == []
    assert [(part.account, part.stream, part.dt, part.message) for part in report.partitions if part.status == "skipped"] == [
        (world.MANAGER, "*", "2026-03-10", "a manager account, which has no ads of its own"),
        (world.CANCELED, "*", "2026-03-10", "not enabled (status CANCELED)"),
    ]
    billed = [
        int(part.control_totals["metrics_cost_micros"])
        for part in report.partitions
        if (part.account, part.stream) == (HIDDEN, "account_performance")
    ]
    assert (sum(billed), len(billed)) == (7_000_000, 10)


@pytest.mark.parametrize("status", ["UNKNOWN", None])
def test_an_account_whose_status_has_no_name_here_is_read(server: GoogleAdsEmulator, tmp_path: Path, status: str | None) -> None:
    clients = tmp_path / "rows" / "google_ads" / world.MANAGER / "customer_client.ndjson"
    rows = [json.loads(line) for line in clients.read_text().splitlines()]
    for row in rows:
        if row["customer_client"]["id"] == world.CLIENT:
            row["customer_client"].pop("status")
            row["customer_client"] |= {"status": status} if status else {}
    world.write(clients, rows)
    emulator = serve(tmp_path / "rows", clock=Clock(NOW), faults=FaultPlan())
    try:
        report = load(emulator, tmp_path / "landing")
    finally:
        emulator.stop()
    billed = [part for part in report.partitions if (part.account, part.stream) == (world.CLIENT, "account_performance")]
    assert sum(int(part.control_totals["metrics_cost_micros"]) for part in billed) == 10 * world.DAY_COST


def test_ids_and_endpoint_may_be_written_as_a_browser_shows_them(server: GoogleAdsEmulator, tmp_path: Path) -> None:
    dashed = f"{world.CLIENT[:3]}-{world.CLIENT[3:6]}-{world.CLIENT[6:]}"
    address = f"https://{server.connection['extra']['endpoint']}/"
    report = load(server, tmp_path / "landing", accounts=[dashed], endpoint=address)
    assert (report.errors, report.refused) == ([], [])
    assert {part.account for part in report.partitions} == {world.CLIENT}


def test_an_account_that_its_own_user_may_not_list_is_named(tmp_path: Path) -> None:
    base = tmp_path / "rows" / "google_ads"
    for name in ("7000000001", "7000000002"):
        world.write(base / name / "customer.ndjson", [world.customer(name, "BRL")])
    server = serve(tmp_path / "rows", clock=Clock(NOW), faults=FaultPlan())
    try:
        server.faults.add(Fault("google_ads", "permission_denied", operation="Search", account="7000000001", times=None))
        report = load(server, tmp_path / "landing")
    finally:
        server.stop()
    assert report.errors == []
    assert {part.account for part in report.partitions if part.status == "skipped"} == {"7000000001"}
    assert {part.account for part in report.partitions if part.status == "staged"} == {"7000000002"}


def test_the_ledger_and_the_status_tell_of_skipped_accounts(server: GoogleAdsEmulator, tmp_path: Path) -> None:
    places = Places(tmp_path)
    landing = Landing(places.landing)
    told = [(world.MANAGER, "a manager account, which has no ads of its own"), (world.CANCELED, "not enabled (status CANCELED)")]

    def extract(name: str) -> None:
        ingest.extract("google_ads", connection(server), RANGE, places, load=name, loaded_at=NOW, nightly=False, streams=["customer"])

    extract("load-1")
    assert ingest.validate("google_ads", places, load="load-1") == 0
    assert ingest.land(places, load="load-1", loaded_at=NOW) == {"landed": 3, "skipped": 2}
    assert [(row["account"], row["reason"]) for row in summary.skipped_accounts(summary.ledger(places))] == told
    assert ingest.unresolved(landing) == []
    (customers,) = summary.landed(summary.ledger(places))
    assert (customers["stream"], customers["newest_load"]) == ("customer", {"landed": 3})
    # A load that fails tells of them too, and only its failure stands against a publication.
    server.faults.add(Fault("google_ads", "resource_exhausted_quota", operation="SearchStream customer", account=world.OTHER, times=None))
    with pytest.raises(ingest.LoadFailed, match=world.OTHER):
        extract("load-2")
    assert [(row["account"], row["reason"]) for row in summary.skipped_accounts(summary.ledger(places))] == told
    assert [(row.account, row.status) for row in ingest.unresolved(landing)] == [(world.OTHER, "failed")]
