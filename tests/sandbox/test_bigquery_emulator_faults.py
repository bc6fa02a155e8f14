"""The BigQuery emulator misbehaves as planned, and the rows of a dirty recording are all served."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
import requests
from ga4_rows import DATASET, PROJECT, event, rest, storage, write
from google.api_core import exceptions
from google.cloud.bigquery_storage_v1 import types

from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.emulators.ga4 import Ga4Server, serve
from sandbox.emulators.ga4.rows import table_of
from sandbox.emulators.recorded import Clock

TABLE = f"{DATASET}.events_20260105"


@pytest.fixture
def plan() -> FaultPlan:
    return FaultPlan()


@pytest.fixture
def server(tmp_path: Path, plan: FaultPlan) -> Iterator[Ga4Server]:
    write(tmp_path, "events_20260105", [event(n) for n in range(2000)])
    running = serve(tmp_path, clock=Clock(), faults=plan)
    yield running
    running.stop()


@pytest.mark.parametrize(
    ("kind", "error", "reason"),
    [
        ("quota_exceeded", exceptions.Forbidden, "quotaExceeded"),
        ("rate_limit_exceeded", exceptions.Forbidden, "rateLimitExceeded"),
        ("backend_error", exceptions.ServiceUnavailable, "backendError"),
        ("permission_denied", exceptions.Forbidden, "accessDenied"),
        ("not_found", exceptions.NotFound, "notFound"),
    ],
)
def test_refusals(server: Ga4Server, plan: FaultPlan, kind: str, error: type[Exception], reason: str) -> None:
    fault = plan.add(Fault("ga4", kind, "tables.get", account="4711"))
    client = rest(server)
    with pytest.raises(error) as caught:
        client.get_table(TABLE, retry=None)
    assert caught.value.errors[0]["reason"] == reason  # type: ignore[attr-defined]
    assert fault.hits == 1
    assert client.get_table(TABLE).num_rows == 2000


def test_a_refused_credential_is_401(server: Ga4Server, plan: FaultPlan) -> None:
    plan.add(Fault("ga4", "unauthenticated", "datasets.list"))
    answer = requests.get(f"{server.endpoint}/bigquery/v2/projects/{PROJECT}/datasets", timeout=5)
    assert answer.status_code == 401
    assert answer.json()["error"]["errors"] == [
        {"message": "Request had invalid authentication credentials.", "domain": "global", "reason": "authError"}
    ]


def test_what_passes_is_retried_by_the_client(server: Ga4Server, plan: FaultPlan) -> None:
    fault = plan.add(Fault("ga4", "rate_limit_exceeded", "tables.get"))
    assert rest(server).get_table(TABLE).num_rows == 2000
    assert (fault.hits, fault.seen) == (1, 2)


def test_a_reset_and_a_hang_give_no_answer(server: Ga4Server, plan: FaultPlan) -> None:
    plan.add(Fault("ga4", "connection_reset", "datasets.list"))
    plan.add(Fault("ga4", "hang", "datasets.list"))
    url = f"{server.endpoint}/bigquery/v2/projects/{PROJECT}/datasets"
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.get(url, timeout=5)
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(url, timeout=0.3)
    assert requests.get(url, timeout=5).status_code == 200


def test_a_missing_field_is_in_neither_schema_nor_rows(server: Ga4Server, plan: FaultPlan) -> None:
    plan.add(Fault("ga4", "missing_field", times=None, options={"field": "user_pseudo_id"}))
    client = rest(server)
    assert "user_pseudo_id" not in [field.name for field in client.get_table(TABLE).schema]
    assert "user_pseudo_id" not in client.list_rows(TABLE).to_arrow(bqstorage_client=storage(server)).column_names


def test_the_storage_api_can_be_off_and_streams_can_break(server: Ga4Server, plan: FaultPlan) -> None:
    plan.add(Fault("ga4", "storage_unavailable"))
    client = storage(server)
    asked = types.ReadSession(table=f"projects/{PROJECT}/datasets/{DATASET}/tables/events_20260105", data_format="ARROW")
    with pytest.raises(exceptions.ServiceUnavailable):
        client.create_read_session(parent=f"projects/{PROJECT}", read_session=asked, retry=None)
    session = client.create_read_session(parent=f"projects/{PROJECT}", read_session=asked, max_stream_count=1)
    plan.add(Fault("ga4", "stream_broken", options={"batches": 1, "code": "DATA_LOSS"}))
    reader = client.read_rows(session.streams[0].name)
    got: list[int] = []
    with pytest.raises(exceptions.DataLoss):
        got.extend(message.row_count for message in reader)
    assert len(got) == 1
    plan.add(Fault("ga4", "stream_broken", options={"batches": 1}))
    assert len(client.read_rows(session.streams[0].name).to_arrow(session)) == 2000  # the client takes up a stream that is UNAVAILABLE


def test_an_unknown_kind_is_refused_when_the_plan_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="explode"):
        serve(tmp_path, clock=Clock(), faults=FaultPlan([Fault("ga4", "explode")]))


def test_after_stop_nobody_answers(tmp_path: Path) -> None:
    running = serve(tmp_path, clock=Clock(), faults=FaultPlan([Fault("ga4", "hang", "datasets.list")]))
    running.stop()
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.get(running.endpoint, timeout=1)
    with pytest.raises(grpc.FutureTimeoutError):
        grpc.channel_ready_future(grpc.insecure_channel(running.storage_endpoint)).result(timeout=0.3)


def test_dirty_rows_keep_every_value() -> None:
    table = table_of(
        [
            {"event_name": "a", "user_first_touch_timestamp": 1.6e15, "stream_id": 5, "ecommerce": "null", "device": {}, "extra": None},
            {"event_name": "b", "user_first_touch_timestamp": "1600000000000001", "stream_id": None, "ecommerce": None, "mine": 3},
            {"event_name": "c", "ecommerce": {"unique_items": 2, "note": {"x": 1}}, "mine": "text", "app_info": None, "items": None},
            {"event_name": "d", "event_value_in_usd": "n/a", "is_active_user": "true", "batch_page_id": 2**63},
        ]
    )
    assert table.num_rows == 4
    columns = table.to_pydict()
    assert columns["user_first_touch_timestamp"] == [1_600_000_000_000_000, 1_600_000_000_000_001, None, None]
    assert columns["stream_id"] == ["5", None, None, None]
    assert columns["ecommerce"] == [None, None, {"unique_items": 2, "note": {"x": 1}}, None]
    assert columns["mine"] == [None, "3", "text", None]
    assert columns["event_value_in_usd"] == [None, None, None, "n/a"]  # does not fit the documented FLOAT: served as STRING
    assert columns["batch_page_id"][3] == str(2**63)
    assert columns["is_active_user"][3] is True
    assert columns["items"] == [[], [], [], []]
    assert columns["app_info"] == [None] * 4
    assert "extra" not in columns
    assert "geo" not in columns
