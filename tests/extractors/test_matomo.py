"""The Matomo source against the emulator, over real sockets, to files."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from matomo_folder import OTHER, SITE, minutes, visit, write

from extractors import runner
from extractors.connections import Connection, from_json
from extractors.errors import ConfigurationError, PartialAnswer, PayloadError
from extractors.landing import Landing
from extractors.site_analytics.matomo import SOURCE
from extractors.site_analytics.matomo.visits import _pages
from extractors.stream import Account, Batch, Days
from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.emulators.matomo import MatomoEmulator, serve
from sandbox.emulators.recorded import Clock

DAYS = Days(date(2026, 1, 1), date(2026, 1, 2))
LOADED_AT = datetime(2026, 1, 4, 4, tzinfo=UTC)
Start = Callable[..., MatomoEmulator]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    running: list[MatomoEmulator] = []

    def begin(visits: list[dict[str, Any]], faults: FaultPlan | None = None, clock: Clock | None = None, **site: str) -> MatomoEmulator:
        folder = write(tmp_path / f"rows{len(running)}", visits, **site)
        running.append(serve(folder, clock=clock or Clock(), faults=faults or FaultPlan()))
        return running[-1]

    yield begin
    for emulator in running:
        emulator.stop()


def connection(emulator: MatomoEmulator, **extra: Any) -> Connection:
    told = emulator.connection
    return from_json("matomo_default", json.dumps({**told, "extra": {**told["extra"], **extra}}))


def load(emulator: MatomoEmulator, landing: Path, days: Days = DAYS, *, nightly: bool = False, **extra: Any) -> runner.Report:
    held = connection(emulator, **extra)
    return runner.run(SOURCE, held, days, Landing(landing), load_id="load", loaded_at=LOADED_AT, nightly=nightly)


def rows_of(landing: Path, stream: str, day: str, account: str = SITE) -> list[dict[str, Any]]:
    path = landing / "_staged" / "load" / "matomo" / stream / f"account={account}" / f"dt={day}" / "part-0.parquet"
    rows: list[dict[str, Any]] = pq.read_table(path, partitioning=None).to_pylist()
    return rows


@pytest.mark.parametrize("page", [1, 7, 30, 500])
def test_every_visit_of_every_site_lands_once(start: Start, tmp_path: Path, page: int) -> None:
    emulator = start([*minutes(60), *(visit(n, "2026-01-02 10:00:00") for n in range(5))])
    report = load(emulator, tmp_path, page_visits=page)
    assert report.errors == []
    assert {(p.stream, p.account, p.dt): p.rows for p in report.partitions} == {
        ("sites", SITE, "2026-01-02"): 1,
        ("sites", OTHER, "2026-01-02"): 1,
        ("visits", SITE, "2026-01-01"): 60,
        ("visits", SITE, "2026-01-02"): 5,
        ("visits", OTHER, "2026-01-01"): 0,
        ("visits", OTHER, "2026-01-02"): 0,
    }
    found = rows_of(tmp_path, "visits", "2026-01-01")
    assert [row["idVisit"] for row in found] == list(range(1000, 1060))
    assert sum(action["revenue"] or 0 for row in found for action in row["actionDetails"]) == Decimal(30 * 10 + 30 * 10.5)
    totals = next(p.control_totals for p in report.partitions if (p.stream, p.account, p.dt) == ("visits", SITE, "2026-01-01"))
    compared = {"measure": "visits", "landed": "60", "platform": "60", "difference": "0", "likely_cause": ""}
    assert totals == {"actions": "60", "goalConversions": "0", **compared}


def test_fields_come_in_their_types_and_personal_ones_not_at_all(start: Start, tmp_path: Path) -> None:
    rows = [
        visit(1, "2026-01-01 10:05:00", first="2026-01-01 10:00:00", userId=" Ana@Loja.example "),
        visit(2, "2026-01-01 11:00:00", userId="u-2"),
        visit(3, "2026-01-01 11:10:00", userId="ana%40loja.example"),
        visit(4, "2026-01-01 11:20:00", userId="crm:joão@loja.example"),
    ]
    load(start(rows), tmp_path)
    first, second, third, fourth = rows_of(tmp_path, "visits", "2026-01-01")
    assert (first["userId"], first["email_sha256"]) == (None, hashlib.sha256(b"ana@loja.example").hexdigest())
    assert (third["userId"], third["email_sha256"]) == (None, first["email_sha256"])
    assert (fourth["userId"], fourth["email_sha256"]) == (None, hashlib.sha256("joão@loja.example".encode()).hexdigest())
    assert (second["userId"], second["email_sha256"]) == ("u-2", None)
    assert (first["visitDuration"], first["siteCurrency"], first["referrerName"]) == (301, "BRL", "Google")
    page, order = first["actionDetails"]
    assert page["url"] == "https://loja.example/?contato=(email removed)"
    assert (page["timestamp"], page["pageId"], page["revenue"]) == (first["firstActionTimestamp"], 9, None)
    assert (order["orderId"], order["revenue"], order["items"]) == ("O1", Decimal(10), 2)
    assert order["itemDetails"] == [{"itemSKU": "A", "itemName": "Óleo", "itemCategory": None, "price": Decimal("5.25"), "quantity": 2.0}]
    assert not {"visitIp", "latitude", "fingerprint"} & set(first)
    site = rows_of(tmp_path, "sites", "2026-01-02")[0]
    assert (site["idsite"], site["name"], site["currency"], site["timezone"], site["ecommerce"]) == (
        3,
        "Loja 3",
        "BRL",
        "America/Sao_Paulo",
        1,
    )


def test_what_does_not_land_is_not_even_sent_and_news_still_come(start: Start) -> None:
    shown = {"icon": "a.svg", "title": "Loja"}
    told = visit(1, "2026-01-01 10:00:00", moonPhase="full", pluginsIcons=[{"pluginName": "cookie"}])
    emulator = start([{**told, "actionDetails": [{**act, **shown} for act in told["actionDetails"]]}])
    client = SOURCE.connect(connection(emulator))
    ((row,),) = _pages(client, Account(SITE), date(2026, 1, 1))
    client.session.close()
    assert {"visitIp", "latitude", "visitConverted", "pluginsIcons"}.isdisjoint(row)
    assert {"idVisit", "referrerUrl", "moonPhase"} <= row.keys()
    assert [shown.keys() & act.keys() for act in row["actionDetails"]] == [set(), set()]
    assert row["actionDetails"][1]["itemDetails"] == told["actionDetails"][1]["itemDetails"]


def test_a_day_is_the_sites_own_and_a_visit_counts_on_its_last(start: Start, tmp_path: Path) -> None:
    late = visit(1, "2026-01-01 23:59:59")
    over = visit(2, "2026-01-02 00:10:00", first="2026-01-01 23:50:00")
    report = load(start([late, over]), tmp_path)
    assert report.errors == []
    assert [row["idVisit"] for row in rows_of(tmp_path, "visits", "2026-01-01")] == [1]
    assert [row["idVisit"] for row in rows_of(tmp_path, "visits", "2026-01-02")] == [2]


def test_manual_offsets_are_time_zones(start: Start, tmp_path: Path) -> None:
    report = load(start([visit(1, "2026-01-01 20:29:59"), visit(2, "2026-01-01 20:30:00")], timezone="UTC+0.5"), tmp_path)
    assert report.errors == []
    assert [len(rows_of(tmp_path, "visits", day)) for day in ("2026-01-01", "2026-01-02")] == [1, 1]


def test_a_night_reads_two_days_so_a_visit_that_moved_on_is_told_anew(start: Start, tmp_path: Path) -> None:
    before = visit(2, "2026-01-01 23:50:00", _until="2026-01-02T03:10:00+00:00")
    after = visit(2, "2026-01-02 00:10:00", first="2026-01-01 23:50:00", _from="2026-01-02T03:10:00+00:00")
    clock = Clock(datetime(2026, 1, 2, 3, 5, tzinfo=UTC))
    emulator = start([before, after], clock=clock)
    first = load(emulator, tmp_path / "one", Days(date(2026, 1, 1), date(2026, 1, 1)), nightly=True)
    assert {p.dt: p.rows for p in first.partitions if p.stream == "visits" and p.account == SITE} == {"2025-12-31": 0, "2026-01-01": 1}
    clock.moment = datetime(2026, 1, 3, 7, tzinfo=UTC)
    second = load(emulator, tmp_path / "two", Days(date(2026, 1, 2), date(2026, 1, 2)), nightly=True)
    assert {p.dt: p.rows for p in second.partitions if p.stream == "visits" and p.account == SITE} == {"2026-01-01": 0, "2026-01-02": 1}


def test_a_page_that_began_too_late_is_noticed_and_read_again(start: Start, tmp_path: Path) -> None:
    plan = FaultPlan([Fault("matomo", "shifted_page", after=2)])
    report = load(start(minutes(60), plan), tmp_path, page_visits=10)
    assert report.errors == []
    assert [row["idVisit"] for row in rows_of(tmp_path, "visits", "2026-01-01")] == list(range(1000, 1060))


@pytest.mark.parametrize(("kind", "options"), [("capped_page", {"rows": 7}), ("page_as_object", {})])
def test_pages_of_another_size_or_form_are_the_same_visits(start: Start, tmp_path: Path, kind: str, options: dict[str, int]) -> None:
    plan = FaultPlan([Fault("matomo", kind, times=None, options=options)])
    report = load(start(minutes(60), plan), tmp_path)
    assert report.errors == []
    assert [row["idVisit"] for row in rows_of(tmp_path, "visits", "2026-01-01")] == list(range(1000, 1060))
    assert {row.rows for row in report.partitions if row.dt == "2026-01-02" and row.stream == "visits"} == {0}


def test_a_day_that_stays_short_of_matomos_count_does_not_land(start: Start, tmp_path: Path) -> None:
    plan = FaultPlan([Fault("matomo", "shifted_page", times=None)])
    (error,) = load(start(minutes(20), plan), tmp_path, page_visits=10).errors
    assert isinstance(error, PartialAnswer)
    assert "19 of 20 visits, asked 3 times" in error.what
    assert (error.stream, error.account, str(error.day)) == ("visits", SITE, "2026-01-01")


def test_a_purged_log_is_no_empty_day(start: Start, tmp_path: Path) -> None:
    (error,) = load(start(minutes(3), FaultPlan([Fault("matomo", "log_purged", times=None)])), tmp_path).errors
    assert isinstance(error, PartialAnswer)
    assert "was deleted" in error.what


def test_a_question_that_takes_too_long_is_asked_for_less(start: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    plan = FaultPlan([Fault("matomo", "query_time_exceeded", times=None, options={"above": 100})])
    report = load(start(minutes(300), plan), tmp_path)
    assert report.errors == []
    assert sum(p.rows for p in report.partitions if p.stream == "visits") == 300
    assert [message for message in caplog.messages if "too long" in message] == [
        "matomo: a page of 500 visits takes the database too long; 250 from here on",
        "matomo: a page of 250 visits takes the database too long; 125 from here on",
        "matomo: a page of 125 visits takes the database too long; 62 from here on",
    ]


def test_a_site_that_is_not_seen_is_named(start: Start, tmp_path: Path) -> None:
    (error,) = load(start([]), tmp_path, accounts=["99"]).errors
    assert isinstance(error, ConfigurationError)
    assert "99" in error.what


@pytest.mark.parametrize("field", ["idVisit", "visitorId", "lastActionTimestamp", "firstActionTimestamp"])
def test_a_missing_field_is_named(start: Start, tmp_path: Path, field: str) -> None:
    plan = FaultPlan([Fault("matomo", "missing_field", times=None, options={"field": field})])
    (error,) = load(start(minutes(3), plan), tmp_path).errors
    assert isinstance(error, PayloadError)
    assert field in error.what


def test_the_token_is_in_no_log_and_no_error(start: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    # Another source's client may have quietened the HTTP library in this process.
    caplog.set_level(logging.DEBUG, logger="urllib3")
    caplog.set_level(logging.DEBUG, logger="urllib3.connectionpool")
    emulator = start(minutes(3), FaultPlan([Fault("matomo", "unauthorized", "Live", times=None)]))
    report = load(emulator, tmp_path)
    assert len(report.errors) >= 1
    assert any("index.php" in message for message in caplog.messages)
    assert not any(emulator.token in text for text in [*caplog.messages, *map(str, report.errors), *map(repr, report.errors)])
    assert emulator.token not in repr(SOURCE.connect(connection(emulator)))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"password": ""}, "password"),
        ({"password": "two words"}, "password"),
        ({"extra": {}}, "extra.endpoint"),
        ({"extra": {"endpoint": "analytics.example"}}, "extra.endpoint"),
        ({"extra": {"endpoint": "https://a.example/?x=1"}}, "extra.endpoint"),
        ({"extra": {"endpoint": "https://a.example/", "page_visits": "many"}}, "extra.page_visits"),
    ],
)
def test_a_wrong_field_of_the_connection_is_named(change: dict[str, Any], field: str) -> None:
    held = {"password": "t" * 32, "extra": {"endpoint": "https://a.example/"}} | change
    with pytest.raises(ConfigurationError) as caught:
        SOURCE.connect(from_json("matomo_default", json.dumps(held)))
    assert f"field {field} " in caught.value.what


@pytest.mark.parametrize(
    ("endpoint", "address"),
    [
        ("https://a.example", "https://a.example/index.php"),
        ("https://a.example/", "https://a.example/index.php"),
        ("https://a.example/matomo/index.php", "https://a.example/matomo/index.php"),
    ],
)
def test_the_address_is_index_php_of_the_endpoint(endpoint: str, address: str) -> None:
    client = SOURCE.connect(from_json("matomo_default", json.dumps({"password": "t", "extra": {"endpoint": endpoint}})))
    assert client.address == address


def test_one_stream_alone_can_be_asked_for_directly(start: Start) -> None:
    client = SOURCE.connect(connection(start(minutes(4))))
    (batch,) = SOURCE.stream("visits").extract(client, Account(SITE, time_zone="America/Sao_Paulo"), Days(DAYS.first, DAYS.first))
    assert isinstance(batch, Batch)
    assert batch.rows.num_rows == 4
    SOURCE.close(client)


def test_the_doctor_sees_a_log_that_is_off_or_dry_and_campaigns_without_a_source(start: Start) -> None:
    tagged = visit(2, "2026-01-02 10:00:00", campaignSource=None)
    plan = FaultPlan()
    emulator = start([visit(1, "2026-01-01 10:00:00"), tagged], plan)
    client, account = SOURCE.connect(connection(emulator)), Account(SITE)

    def found(today: date) -> list[tuple[str, str]]:
        assert SOURCE.examine is not None
        return [(finding.check, str(finding.level)) for finding in SOURCE.examine(client, account, today)]

    assert found(date(2026, 1, 2)) == [("visits log", "ok")]
    assert found(date(2026, 1, 1)) == [("visits log", "ok"), ("campaigns", "note")]
    assert found(date(2026, 2, 1)) == [("visits log", "ok"), ("visits log", "warning")]
    plan.add(Fault("matomo", "visits_log_disabled"))
    assert found(date(2026, 1, 2)) == [("visits log", "error")]
