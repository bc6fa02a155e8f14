"""The BigQuery emulator, asked by the official clients over sockets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import requests
from ga4_rows import DATASET, PROJECT, event, rest, storage, write
from google.api_core import exceptions
from google.cloud import bigquery
from google.cloud.bigquery_storage_v1 import types

from sandbox.emulators.faults import FaultPlan
from sandbox.emulators.ga4 import Ga4Server, serve
from sandbox.emulators.recorded import Clock

TABLE = f"{DATASET}.events_20260105"
RESOURCE = f"projects/{PROJECT}/datasets/{DATASET}/tables/events_20260105"
Start = Callable[..., Ga4Server]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    running: list[Ga4Server] = []

    def started(clock: Clock | None = None, faults: FaultPlan | None = None) -> Ga4Server:
        running.append(serve(tmp_path, clock=clock or Clock(), faults=faults or FaultPlan()))
        return running[-1]

    yield started
    for server in running:
        server.stop()


def sessions(table: pa.Table) -> list[int]:
    return [params[0]["value"]["int_value"] for params in table["event_params"].to_pylist()]


def test_datasets_and_tables_are_listed_page_by_page(tmp_path: Path, start: Start) -> None:
    for day in range(1, 8):
        write(tmp_path, f"events_2026010{day}", [event(day, f"2026010{day}")])
    client = rest(start())
    assert [dataset.dataset_id for dataset in client.list_datasets()] == [DATASET]
    pages = [[table.table_id for table in page] for page in client.list_tables(DATASET, page_size=3).pages]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [name for page in pages for name in page] == [f"events_2026010{day}" for day in range(1, 8)]


def test_a_table_says_its_schema_size_and_age(tmp_path: Path, start: Start) -> None:
    write(tmp_path, "events_20260105", [event(n) for n in range(12)])
    table = rest(start()).get_table(TABLE)
    assert table.num_rows == 12
    assert table.num_bytes > 0
    assert table.modified == datetime(2026, 1, 6, 12, tzinfo=UTC)
    fields = {field.name: field for field in table.schema}
    assert [fields[name].field_type for name in ("event_timestamp", "event_name", "is_active_user")] == ["INTEGER", "STRING", "BOOLEAN"]
    assert (fields["event_params"].mode, fields["event_params"].field_type) == ("REPEATED", "RECORD")
    value = fields["event_params"].fields[1]
    assert [child.name for child in value.fields] == ["string_value", "int_value", "float_value", "double_value"]
    assert "batch_page_id" not in fields  # no row carries it: an export of that age has no such column
    assert [field.name for field in table.schema][:4] == ["event_date", "event_timestamp", "event_name", "event_params"]


def test_both_apis_serve_the_same_rows_and_lose_none(tmp_path: Path, start: Start) -> None:
    rows = [event(n) for n in range(23)]
    write(tmp_path, "events_20260105", rows)
    server = start()
    client = rest(server)
    table = client.get_table(TABLE)
    paged = client.list_rows(table, page_size=5).to_arrow(create_bqstorage_client=False).to_pylist()
    read = client.list_rows(table).to_arrow(bqstorage_client=storage(server)).to_pylist()
    assert paged == read
    assert [row["event_params"][0]["value"]["int_value"] for row in read] == list(range(23))
    assert read[1]["event_params"][1]["value"]["string_value"] == rows[1]["event_params"][1]["value"]["string_value"]
    assert read[1]["event_params"][2] == {"key": "all_data", "value": None}
    assert [row["ecommerce"] for row in read[:2]] == [{"transaction_id": "T0", "purchase_revenue": 10.25}, None]
    assert [len(row["items"]) for row in read[:2]] == [2, 0]
    assert sum(row["ecommerce"]["purchase_revenue"] for row in read if row["ecommerce"]) == pytest.approx(5 * 10.25)


def test_selected_fields_come_in_the_tables_order(tmp_path: Path, start: Start) -> None:
    write(tmp_path, "events_20260105", [event(1)])
    server = start()
    url = f"{server.endpoint}/bigquery/v2/projects/{PROJECT}/datasets/{DATASET}/tables/events_20260105/data"
    body = requests.get(url, params={"selectedFields": "user_pseudo_id,device.web_info.hostname,event_name"}, timeout=5).json()
    assert body["totalRows"] == "1"
    assert body["rows"] == [
        {"f": [{"v": "page_view"}, {"v": "1.1"}, {"v": {"f": [{"v": {"f": [{"v": "loja.example"}]}}]}}]},
    ]
    refused = requests.get(url, params={"selectedFields": "nothing"}, timeout=5)
    assert (refused.status_code, refused.json()["error"]["errors"][0]["reason"]) == (400, "invalid")


def test_pages_follow_tokens_and_start_index(tmp_path: Path, start: Start) -> None:
    write(tmp_path, "events_20260105", [event(n) for n in range(10)])
    server = start()
    url = f"{server.endpoint}/bigquery/v2/projects/{PROJECT}/datasets/{DATASET}/tables/events_20260105/data"
    seen: list[str] = []
    asked: dict[str, Any] = {"maxResults": 4, "selectedFields": "event_timestamp"}
    while True:
        body = requests.get(url, params=asked, timeout=5).json()
        seen += [row["f"][0]["v"] for row in body["rows"]]
        if "pageToken" not in body:
            break
        asked["pageToken"] = body["pageToken"]
    assert seen == [str(event(n)["event_timestamp"]) for n in range(10)]
    late = requests.get(url, params={"startIndex": 8, "selectedFields": "event_timestamp"}, timeout=5).json()
    assert [row["f"][0]["v"] for row in late["rows"]] == seen[8:]
    assert "rows" not in requests.get(url, params={"startIndex": 10}, timeout=5).json()
    assert requests.get(url, params={"pageToken": "rubbish"}, timeout=5).status_code == 400


def test_what_is_not_there_is_not_found_in_the_documented_shape(tmp_path: Path, start: Start) -> None:
    write(tmp_path, "events_20260105", [event(1)])
    server = start()
    client = rest(server)
    for missing in (f"{DATASET}.events_20260106", "analytics_1.events_20260105"):
        with pytest.raises(exceptions.NotFound) as caught:
            client.get_table(missing)
        assert caught.value.errors[0]["reason"] == "notFound"
    body = requests.get(f"{server.endpoint}/bigquery/v2/projects/{PROJECT}/datasets/{DATASET}/tables/nope", timeout=5).json()
    assert body["error"]["code"] == 404
    assert body["error"]["status"] == "NOT_FOUND"
    with pytest.raises(exceptions.NotFound):
        storage(server).create_read_session(
            parent=f"projects/{PROJECT}", read_session=types.ReadSession(table=RESOURCE + "9", data_format="ARROW")
        )


@pytest.mark.parametrize(("rows", "most", "expected"), [(12_000, 0, 3), (12_000, 2, 2), (3, 4, 1), (0, 4, 0)])
def test_streams_divide_the_table(tmp_path: Path, start: Start, rows: int, most: int, expected: int) -> None:
    folder = tmp_path / "ga4" / PROJECT / DATASET
    folder.mkdir(parents=True)
    numbers = pa.array(range(rows), pa.int64())
    pq.write_table(pa.table({"event_timestamp": numbers, "event_name": pa.repeat("x", rows)}), folder / "events_20260105.parquet")
    client = storage(start())
    asked = types.ReadSession(table=RESOURCE, data_format="ARROW", read_options={"selected_fields": ["event_timestamp"]})
    session = client.create_read_session(parent=f"projects/{PROJECT}", read_session=asked, max_stream_count=most)
    assert len(session.streams) == expected
    assert pa.ipc.read_schema(pa.py_buffer(session.arrow_schema.serialized_schema)).names == ["event_timestamp"]
    read = [client.read_rows(stream.name).to_arrow(session)["event_timestamp"].to_pylist() for stream in session.streams]
    assert sorted(number for part in read for number in part) == list(range(rows))


def test_a_stream_can_be_taken_up_at_an_offset_and_rows_restricted(tmp_path: Path, start: Start) -> None:
    write(tmp_path, "events_20260105", [event(n) for n in range(20)])
    client = storage(start())
    asked = types.ReadSession(table=RESOURCE, data_format="ARROW")
    asked.read_options.row_restriction = "event_name = 'purchase' AND event_timestamp > 1767614400000000"
    session = client.create_read_session(parent=f"projects/{PROJECT}", read_session=asked, max_stream_count=1)
    assert session.estimated_row_count == 3
    name = session.streams[0].name
    assert sessions(client.read_rows(name).to_arrow(session)) == [5, 10, 15]
    assert sessions(client.read_rows(name, offset=2).to_arrow(session)) == [15]
    for unfit, code in ((asked.__class__(table=RESOURCE, data_format="AVRO"), exceptions.MethodNotImplemented), (asked, None)):
        if code is None:
            unfit.read_options.row_restriction = "no such thing"
            code = exceptions.InvalidArgument
        with pytest.raises(code):
            client.create_read_session(parent=f"projects/{PROJECT}", read_session=unfit)
    with pytest.raises(exceptions.NotFound):
        list(client.read_rows("projects/p/locations/us/sessions/none/streams/0"))


def test_the_clock_hides_rows_and_tables(tmp_path: Path, start: Start) -> None:
    early, late = "2026-01-06T14:00:00Z", "2026-01-07T09:00:00Z"
    write(tmp_path, "events_20260105", [event(1, _from=early), event(2, _from=late), event(3, _from=early, _until=late)])
    write(tmp_path, "events_intraday_20260105", [event(1, _from="2026-01-05T10:00:00Z", _until=early)])
    clock = Clock(datetime(2026, 1, 5, 12, tzinfo=UTC))
    client = rest(start(clock))

    def seen() -> tuple[list[str], list[int]]:
        names = [table.table_id for table in client.list_tables(DATASET)]
        rows = client.list_rows(f"{DATASET}.{names[-1]}").to_arrow(create_bqstorage_client=False)
        assert not {"_from", "_until"} & set(rows.column_names)
        return names, sessions(rows)

    assert seen() == (["events_intraday_20260105"], [1])
    clock.moment = datetime(2026, 1, 6, 15, tzinfo=UTC)
    assert seen() == (["events_20260105"], [1, 3])
    assert client.get_table(TABLE).modified == datetime(2026, 1, 6, 14, tzinfo=UTC)
    clock.moment = datetime(2026, 1, 8, tzinfo=UTC)
    assert seen() == (["events_20260105"], [1, 2])
    assert client.get_table(TABLE).modified == datetime(2026, 1, 7, 9, tzinfo=UTC)
    clock.moment = None
    assert seen() == (["events_20260105"], [1, 2])


def test_one_file_is_split_by_event_date_and_an_empty_file_is_an_empty_table(tmp_path: Path, start: Start) -> None:
    write(tmp_path, "events", [event(n, f"2026010{1 + n % 3}") for n in range(9)])
    write(tmp_path, "events_20260109", [])
    client = rest(start())
    counts = {table.table_id: client.get_table(table).num_rows for table in client.list_tables(DATASET)}
    assert counts == {"events_20260101": 3, "events_20260102": 3, "events_20260103": 3, "events_20260109": 0}


def test_parquet_and_json_rows_are_served_alike(tmp_path: Path, start: Start) -> None:
    rows = [event(n, ecommerce={"transaction_id": "T"}, stream_id=77) for n in range(4)]
    path = write(tmp_path, "events_20260105", rows)
    pq.write_table(pa.Table.from_pylist([{**row, "_from": None} for row in rows]), path.with_name("events_20260106.parquet"))
    client = rest(start())
    tables = [client.list_rows(f"{DATASET}.events_2026010{day}").to_arrow(create_bqstorage_client=False) for day in (5, 6)]
    assert tables[0].column("stream_id").to_pylist() == ["77"] * 4
    assert tables[0].select(["event_name", "stream_id", "items"]).equals(tables[1].select(["event_name", "stream_id", "items"]))
    assert "_from" not in tables[1].column_names


def test_a_bearer_token_is_handed_out_and_not_required(tmp_path: Path, start: Start) -> None:
    write(tmp_path, "events_20260105", [event(1)])
    server = start()
    granted = requests.post(f"{server.endpoint}/token", data={"grant_type": "x", "assertion": "a.b.c"}, timeout=5)
    assert granted.json()["token_type"] == "Bearer"
    assert requests.post(f"{server.endpoint}/token", data={}, timeout=5).status_code == 400
    assert server.connection["extra"]["endpoint"] == server.endpoint
    assert grpc.channel_ready_future(grpc.insecure_channel(server.storage_endpoint)).result(timeout=5) is None


def test_to_arrow_of_a_query_result_reads_its_destination(tmp_path: Path, start: Start) -> None:
    write(tmp_path, "events_20260105", [event(n) for n in range(6)])
    server = start()
    job = rest(server).query(f"SELECT event_timestamp FROM `{PROJECT}.{TABLE}` ORDER BY 1 DESC", bigquery.QueryJobConfig())
    times = job.to_arrow(bqstorage_client=storage(server))["event_timestamp"].to_pylist()
    assert times == [event(n)["event_timestamp"] for n in range(5, -1, -1)]
