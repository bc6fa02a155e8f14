"""The GA4 source against the BigQuery emulator, through the official clients, to files."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ga4_folder import PROPERTY, event, write

from extractors import runner
from extractors.connections import Connection, from_json
from extractors.landing import Landing, Partition
from extractors.pii import email_sha256
from extractors.site_analytics.ga4 import EVENTS_STREAM, SOURCE
from extractors.site_analytics.ga4.clients import Client
from extractors.stream import Account, Days
from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.emulators.ga4 import Ga4Server, serve
from sandbox.emulators.recorded import Clock

DAY = date(2026, 1, 5)
LOADED_AT = datetime(2026, 1, 8, 4, tzinfo=UTC)
Start = Callable[..., Ga4Server]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    running: list[Ga4Server] = []

    def started(plan: FaultPlan | None = None, clock: Clock | None = None) -> Ga4Server:
        running.append(serve(tmp_path, clock=clock or Clock(), faults=plan or FaultPlan()))
        return running[-1]

    yield started
    for server in running:
        server.stop()


def load(server: Ga4Server, root: Path, first: date = DAY, last: date | None = None, **more: Any) -> tuple[runner.Report, list[pa.Table]]:
    """Stage a range; ``rest=True`` leaves the storage endpoint out, other options go to the Connection's extra."""
    extra = {**server.connection["extra"], **more}
    if extra.pop("rest", False):
        del extra["storage_endpoint"]
    connection = from_json("ga4_default", json.dumps({**server.connection, "extra": extra}))
    landing = Landing(root)
    days = Days(first, last or first)
    report = runner.run(replace(SOURCE, connect=hasty), connection, days, landing, load_id="load", loaded_at=LOADED_AT)
    return report, [pq.read_table(landing.staged_file(part), partitioning=None) for part in staged(report)]


def hasty(connection: Connection) -> Client:
    """A client that does not sleep between its calls."""
    client = SOURCE.connect(connection)
    assert isinstance(client, Client)
    client.retries.sleep = lambda seconds: None
    return client


def staged(report: runner.Report) -> list[Partition]:
    return [partition for partition in report.partitions if partition.status == "staged"]


def sessions(table: pa.Table) -> list[int]:
    return [params[0]["value"]["int_value"] for params in table["event_params"].to_pylist()]


@pytest.mark.parametrize("rest", [False, True])
def test_a_day_lands_whole_in_the_documented_schema(tmp_path: Path, start: Start, rest: bool) -> None:
    write(tmp_path, "events_20260105", [event(n) for n in reversed(range(40))])
    report, (table,) = load(start(), tmp_path / "landing", rest=rest)
    assert report.errors == []
    assert table.schema.names[:-2] == EVENTS_STREAM.schema.names
    assert [table.schema.field(field.name).type for field in EVENTS_STREAM.schema] == list(EVENTS_STREAM.schema.types)
    assert sessions(table) == list(range(40))
    rows = table.to_pylist()
    assert {row["table_kind"] for row in rows} == {"daily"}
    assert sum(row["ecommerce"]["purchase_revenue"] for row in rows if row["ecommerce"]) == 8 * 10.25
    assert [row["ecommerce"] is None for row in rows[:6]] == [False, True, True, True, True, False]
    engaged = [row["event_params"][1]["value"] for row in rows[:2]]
    assert [(value["int_value"], value["string_value"]) for value in engaged] == [(1, None), (None, "1")]
    assert [row["event_params"][3] for row in rows] == [{"key": "debug_mode", "value": None}] * 40
    assert rows[5]["items"][0] == {
        "item_id": "A", "item_name": None, "item_brand": None, "item_variant": None, "item_category": None,
        "price": 5.0, "quantity": 2, "item_revenue": None, "coupon": None,
    }  # fmt: skip
    assert rows[0]["device"]["web_info"] == {"browser": "Chrome", "browser_version": None, "hostname": "loja.example"}
    assert rows[0]["collected_traffic_source"] is None
    assert table["batch_event_index"].null_count == 40


def test_both_ways_give_the_same_file(tmp_path: Path, start: Start) -> None:
    for day in range(1, 8):
        write(tmp_path, f"events_2026010{day}", [event(n, f"2026010{day}") for n in range(10 * day)])
    server = start()
    loads = [load(server, tmp_path / str(rest), date(2026, 1, 1), date(2026, 1, 7), rest=rest)[0] for rest in (False, True)]
    read, paged = ([(part.dt, part.rows, part.content_hash) for part in staged(report)] for report in loads)
    assert read == paged
    assert [rows for _, rows, _ in read] == [10, 20, 30, 40, 50, 60, 70]


def test_addresses_are_cut_out_at_every_depth(tmp_path: Path, start: Start) -> None:
    users = [" Ana@mail.example", "bia@mail.example", "u-3", None]
    devices = ["bia@mail.example", "ana%40mail.example", "7.1", None]
    write(tmp_path, "events_20260105", [event(n, user_id=users[n % 4], user_pseudo_id=devices[n % 4]) for n in range(12)])
    _, (table,) = load(start(), tmp_path / "landing")
    assert table["user_pseudo_id"].to_pylist() == [email_sha256("bia@mail.example"), email_sha256("ana@mail.example"), "7.1", None] * 3
    # Cut out, the two people would be one.
    told = [email_sha256("ana@mail.example"), email_sha256("bia@mail.example"), "u-3", None]
    assert table["user_id"].to_pylist() == told * 3
    assert "mail.example" not in json.dumps(table.to_pylist(), default=str)
    assert table["event_params"].to_pylist()[3][2]["value"]["string_value"] == "https://loja.example/?n=3&email=(email removed)"


def test_a_parameter_whose_name_is_personal_has_no_value(tmp_path: Path, start: Start) -> None:
    said = {"phone": "+5562987650001", "Client IP": "203.0.113.77", "email": "a" * 64, "nivel": "ouro"}
    pairs = [{"key": key, "value": {"string_value": value}} for key, value in said.items()]
    write(tmp_path, "events_20260105", [event(n, event_params=pairs, user_properties=pairs) for n in range(3)])
    _, (table,) = load(start(), tmp_path / "landing")
    for column in ("event_params", "user_properties"):
        found = [{pair["key"]: (pair["value"] or {}).get("string_value") for pair in row} for row in table[column].to_pylist()]
        assert found == [said | {"phone": None, "Client IP": None}] * 3


def test_a_day_is_read_from_one_table_never_two(tmp_path: Path, start: Start) -> None:
    write(tmp_path, "events_20260104", [event(n, "20260104") for n in range(4)])
    write(tmp_path, "events_intraday_20260104", [event(n, "20260104") for n in range(3)])
    write(tmp_path, "events_intraday_20260105", [event(n) for n in range(5)])
    write(tmp_path, "events_20260106", [])
    report, tables = load(start(), tmp_path / "landing", date(2026, 1, 3), date(2026, 1, 7))
    assert [(part.dt, part.status, part.rows) for part in sorted(report.partitions, key=lambda part: part.dt)] == [
        ("2026-01-03", "pending", 0),
        ("2026-01-04", "staged", 4),
        ("2026-01-05", "staged", 5),
        ("2026-01-06", "staged", 0),
        ("2026-01-07", "pending", 0),
    ]
    assert [set(table["table_kind"].to_pylist()) for table in tables] == [{"daily"}, {"intraday"}, set()]
    assert report.errors == []


def test_a_fresh_table_goes_before_the_streaming_one_and_after_the_daily_one(tmp_path: Path, start: Start) -> None:
    for day, kinds in {4: ("", "_fresh", "_intraday"), 5: ("_fresh", "_intraday"), 6: ("_intraday",)}.items():
        for size, kind in enumerate(kinds, 3):
            write(tmp_path, f"events{kind}_2026010{day}", [event(n, f"2026010{day}") for n in range(size)])
    report, tables = load(start(), tmp_path / "landing", date(2026, 1, 4), date(2026, 1, 7))
    assert [(set(table["table_kind"].to_pylist()), len(table)) for table in tables] == [({"daily"}, 3), ({"fresh"}, 3), ({"intraday"}, 3)]
    (waiting,) = [part for part in report.partitions if part.status == "pending"]
    assert waiting.message == "none of events_20260107, events_fresh_20260107, events_intraday_20260107 exists in analytics_4711 yet"
    assert [("version" in part.control_totals, part.dt[-1]) for part in staged(report)] == [(True, "4"), (False, "5"), (False, "6")]


def test_several_properties_of_one_connection_land_apart(tmp_path: Path, start: Start) -> None:
    for number, account in enumerate((PROPERTY, "815"), 1):
        write(tmp_path, "events_20260105", [event(n) for n in range(10 * number)], account)
    report, tables = load(start(), tmp_path / "landing")
    assert report.errors == []
    assert [(part.account, part.rows) for part in staged(report)] == [(PROPERTY, 10), ("815", 20)]
    assert [sessions(table) for table in tables] == [list(range(10)), list(range(20))]


def test_a_night_reads_four_days_as_they_are_then(tmp_path: Path, start: Start) -> None:
    for day in range(1, 6):
        late = {"_from": "2026-01-05T15:00:00Z"}
        write(tmp_path, f"events_2026010{day}", [event(n, f"2026010{day}", **(late if n == 9 else {})) for n in range(10)])
    clock = Clock(datetime(2026, 1, 5, 6, tzinfo=UTC))
    server = start(clock=clock)
    connection = from_json("ga4_default", json.dumps(server.connection))

    def night() -> list[tuple[str, int]]:
        report = runner.run(SOURCE, connection, Days(DAY, DAY), Landing(tmp_path / "l"), load_id="n", loaded_at=LOADED_AT, nightly=True)
        return [(part.dt, part.rows) for part in staged(report)]

    assert night() == [(f"2026-01-0{day}", 9) for day in range(2, 6)]
    clock.moment = datetime(2026, 1, 6, tzinfo=UTC)
    assert night() == [(f"2026-01-0{day}", 10) for day in range(2, 6)]


def test_properties_are_the_projects_exports_or_the_named_ones(tmp_path: Path, start: Start) -> None:
    for account in ("4711", "815", "x1"):
        write(tmp_path, "events_20260105", [event(1)], account)
    server = start()

    def found(**extra: Any) -> list[Account]:
        connection = from_json("ga4_default", json.dumps({"extra": {**server.connection["extra"], **extra}}))
        client = SOURCE.connect(connection)
        try:
            return list(SOURCE.accounts(client))
        finally:
            SOURCE.close(client)

    assert [account.id for account in found()] == ["4711", "815"]
    assert [account.id for account in found(accounts=["815"])] == ["815"]
    assert [account.id for account in found(accounts="815, 4711")] == ["4711", "815"]
    assert [account.id for account in found(dataset="analytics_4711")] == ["4711"]
    assert [account.id for account in found(datasets=["analytics_815"])] == ["815"]


def test_a_service_account_gets_its_token_from_token_uri(tmp_path: Path, start: Start) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    write(tmp_path, "events_20260105", [event(n) for n in range(3)])
    plan = FaultPlan()
    unheard = plan.add(Fault("ga4", "unauthenticated", "token", after=99))
    server = start(plan)
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = made.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
    key = {"type": "service_account", "project_id": "shop-project", "private_key": pem, "client_email": "bot@shop-project.example"}
    path = tmp_path / "key.json"
    path.write_text(json.dumps({**key, "token_uri": "http://127.0.0.1:9/token"}))
    written = json.dumps({**key, "token_uri": "x"})
    for extra in (
        {"keyfile_dict": {**key, "token_uri": "x"}},
        {"keyfile_dict": written},
        {"keyfile_path": str(path)},
    ):
        report, tables = load(server, tmp_path / "landing", token_uri=f"{server.endpoint}/token", project="", **extra)
        assert report.errors == []
        assert [len(table) for table in tables] == [3]
    assert unheard.seen == 3  # one token a load


def test_streams_side_by_side_give_each_row_once(tmp_path: Path, start: Start) -> None:
    folder = write(tmp_path, "events_20260105", []).parent
    (folder / "events_20260105.ndjson").unlink()
    rows = 65_000
    numbers = pa.array(range(rows), pa.int64())
    columns = {"event_date": pa.repeat("20260105", rows), "event_timestamp": numbers, "event_name": pa.repeat("page_view", rows)}
    pq.write_table(pa.table(columns), folder / "events_20260105.parquet")
    plan = FaultPlan()
    streams = plan.add(Fault("ga4", "backend_error", "storage.ReadRows", after=99))
    _, (table,) = load(start(plan), tmp_path / "landing")
    assert streams.seen == 4
    assert table["event_timestamp"].to_pylist() == list(range(rows))


def test_rows_alike_in_every_key_have_one_order(tmp_path: Path, start: Start) -> None:
    twins = [event(1, user_pseudo_id=None, platform=letter) for letter in "CABD"]
    write(tmp_path, "events_20260105", [event(0), *twins, event(2)])
    write(tmp_path, "events_20260106", [event(2), *reversed(twins), event(0)])
    _, tables = load(start(), tmp_path / "landing", DAY, date(2026, 1, 6))
    orders = [table["platform"].to_pylist() for table in tables]
    assert orders == [[None, "A", "B", "C", "D", None]] * 2


def test_without_the_storage_api_rows_come_over_rest_and_it_is_said_once(
    tmp_path: Path, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    for day in (4, 5, 6):
        write(tmp_path, f"events_2026010{day}", [event(n, f"2026010{day}") for n in range(6)])
    server = start(FaultPlan([Fault("ga4", "permission_denied", "storage.CreateReadSession", times=None)]))
    with caplog.at_level(logging.WARNING):
        report, tables = load(server, tmp_path / "landing", date(2026, 1, 4), date(2026, 1, 6))
    assert report.errors == []
    assert [len(table) for table in tables] == [6, 6, 6]
    assert [record.getMessage().split(":")[0] for record in caplog.records] == ["ga4"]
    assert "reading over REST" in caplog.text
