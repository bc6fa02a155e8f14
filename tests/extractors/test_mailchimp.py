"""What the Mailchimp source lands, read through the official client from the emulator over a socket."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from mailchimp_folder import ACCOUNT, ACTIVITY, MEMBERS, acts, address, sha, write

from extractors import runner
from extractors.connections import from_json
from extractors.email.mailchimp import SOURCE
from extractors.landing import Landing
from extractors.stream import Days
from sandbox.emulators.faults import FaultPlan
from sandbox.emulators.mailchimp import MailchimpEmulator, serve
from sandbox.emulators.recorded import Clock

RANGE = Days(date(2026, 1, 2), date(2026, 1, 4))
LOADED_AT = datetime(2026, 1, 5, 4, tzinfo=UTC)
Load = Callable[..., runner.Report]


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailchimpEmulator]:
    server = serve(write(tmp_path_factory.mktemp("rows") / "rows"), clock=Clock(), faults=FaultPlan())
    yield server
    server.stop()


@pytest.fixture
def load(emulator: MailchimpEmulator, tmp_path: Path) -> Load:
    def run(
        days: Days = RANGE, *, server: MailchimpEmulator = emulator, extra: dict[str, Any] | None = None, **options: Any
    ) -> runner.Report:
        connection = json.loads(json.dumps(server.connection))
        connection["extra"].update(extra or {})
        made = from_json("mailchimp_default", json.dumps(connection))
        return runner.run(SOURCE, made, days, Landing(tmp_path), load_id="l", loaded_at=LOADED_AT, **options)

    return run


def rows(root: Path, stream: str) -> list[dict[str, Any]]:
    files = sorted((root / "_staged/l/mailchimp" / stream).glob("account=*/dt=*/part-0.parquet"))
    return [
        {**row, "dt": file.parent.name.removeprefix("dt=")} for file in files for row in pq.read_table(file, partitioning=None).to_pylist()
    ]


def test_a_load_comes_whole(load: Load, tmp_path: Path) -> None:
    report = load()
    assert report.errors == []
    assert {(p.stream, p.dt): p.rows for p in report.partitions} == {
        ("campaigns", "2026-01-04"): 5,
        ("members", "2026-01-04"): MEMBERS + 3,
        ("recipients", "2026-01-02"): MEMBERS,
        ("recipients", "2026-01-03"): 3,
        ("recipients", "2026-01-04"): 0,
        # 1,204 delivered, 3 opens, a click, a bounce, 12 complaints, and a click on the campaign of a month before
        ("activity", "2026-01-02"): MEMBERS - 1 + 4 + 1 + 12 + 1 + 0,
        ("activity", "2026-01-03"): 3 + 2 + 1,
        ("activity", "2026-01-04"): 0,
    }
    assert {p.account for p in report.partitions} == {ACCOUNT}


def test_activity_is_filed_by_utc_day_with_a_key_of_its_own(load: Load, tmp_path: Path) -> None:
    load(streams=["activity"])
    found = rows(tmp_path, "activity")
    counts = Counter((row["dt"], row["campaign_id"], row["action"]) for row in found)
    assert counts == {
        ("2026-01-02", "c1", "sent"): MEMBERS - 1,
        ("2026-01-02", "c1", "open"): 3,
        ("2026-01-02", "c1", "click"): 1,
        ("2026-01-02", "c1", "bounce"): 1,
        ("2026-01-02", "c1", "abuse"): 12,
        ("2026-01-02", "old", "click"): 1,
        ("2026-01-03", "c1", "open"): 1,
        ("2026-01-03", "c1", "unsubscribe"): 1,
        ("2026-01-03", "c2", "sent"): 3,
        ("2026-01-03", "c2", "open"): 1,
    }
    assert len({row["activity_id"] for row in found}) == len(found)
    assert all(row["timestamp"].date().isoformat() == row["dt"] for row in found)
    assert {row["email_sha256"] for row in found if row["action"] == "sent" and row["campaign_id"] == "c2"} == {sha(4), sha(5), sha(6)}
    assert {row["type"] for row in found if row["action"] == "bounce"} == {"hard"}


def test_the_same_activity_has_the_same_ids_whatever_is_asked_for(load: Load, tmp_path: Path) -> None:
    load(streams=["activity"])
    whole = {row["activity_id"] for row in rows(tmp_path, "activity") if row["dt"] == "2026-01-03"}
    load(Days(date(2026, 1, 3), date(2026, 1, 3)), streams=["activity"])
    assert {row["activity_id"] for row in rows(tmp_path, "activity") if row["dt"] == "2026-01-03"} == whole


@pytest.mark.parametrize(("days", "campaigns"), [(60, {"old", "c1"}), (100, {"older", "old", "c1"}), (0, {"c1"})])
def test_campaigns_are_read_as_long_as_the_connection_says(load: Load, tmp_path: Path, days: int, campaigns: set[str]) -> None:
    load(Days(date(2026, 1, 2), date(2026, 1, 2)), streams=["activity"], extra={"activity_days": days})
    assert {row["campaign_id"] for row in rows(tmp_path, "activity")} == campaigns


def test_members_are_hashes_with_the_brands_own_id(load: Load, tmp_path: Path) -> None:
    load(streams=["members"])
    found = {(row["list_id"], row["email_sha256"]): row for row in rows(tmp_path, "members")}
    assert len(found) == MEMBERS + 3
    assert found["L1", sha(1)]["external_id"] == "cliente-1"
    assert found["L1", sha(2)]["external_id"] is None
    assert found["L2", sha(5000)]["contact_id"] == "contact5000"
    assert Counter(row["status"] for row in found.values()) == {"subscribed": 1085, "unsubscribed": 123}
    assert found["L1", sha(3)]["timestamp_signup"] is None
    assert found["L1", sha(3)]["last_changed"] == datetime(2025, 12, 1, 0, 0, 3, tzinfo=UTC)


def test_another_merge_field_may_hold_the_id(load: Load, tmp_path: Path) -> None:
    load(streams=["members"], extra={"external_id_merge_field": "FNAME"})
    assert {row["external_id"] for row in rows(tmp_path, "members")} == {"Joaquina"}


def test_nothing_personal_lands(load: Load, tmp_path: Path) -> None:
    load()
    texts = json.dumps([rows(tmp_path, stream.name) for stream in SOURCE.streams], default=str)
    md5s = [hashlib.md5(address(number).lower().encode()).hexdigest() for number in range(MEMBERS)]
    for personal in ("@", "Joaquina", "Sobrenome", "Rua 1", "203.0.113", *md5s):
        assert personal not in texts
    urls = {row["url"] for row in rows(tmp_path, "activity") if row["action"] == "click"}
    assert urls == {"https://www.loja.example/?e=(email removed)&utm_source=mailchimp"}


def test_a_night_reads_three_days(load: Load) -> None:
    report = load(Days(date(2026, 1, 4), date(2026, 1, 4)), nightly=True)
    for stream in ("recipients", "activity"):
        assert [p.dt for p in report.partitions if p.stream == stream] == ["2026-01-02", "2026-01-03", "2026-01-04"]


def test_a_report_that_lists_everybody_is_the_same_as_one_that_lists_the_active(load: Load, tmp_path: Path) -> None:
    """Some answers to ``since`` may keep recipients with nothing to tell; they make no rows."""
    quiet = [acts("c2", number) for number in (4, 6)]
    server = serve(write(tmp_path / "more", email_activity=[*ACTIVITY, *quiet]), clock=Clock(), faults=FaultPlan())
    try:
        report = load(server=server, streams=["activity"])
    finally:
        server.stop()
    assert sum(p.rows for p in report.partitions) == MEMBERS - 1 + 18 + 6


def test_files_do_not_depend_on_the_order_of_rows(load: Load, tmp_path: Path) -> None:
    hashes = {(p.stream, p.dt): p.content_hash for p in load().partitions}
    server = serve(write(tmp_path / "turned", email_activity=ACTIVITY[::-1]), clock=Clock(), faults=FaultPlan())
    try:
        again = {(p.stream, p.dt): p.content_hash for p in load(server=server).partitions}
    finally:
        server.stop()
    assert again == hashes
