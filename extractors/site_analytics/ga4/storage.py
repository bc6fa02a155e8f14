"""A whole table through the Storage Read API, several streams side by side, rows given out as they come.

https://cloud.google.com/bigquery/docs/reference/storage: a session is a snapshot of the table, so what its streams
hold together is the table at one moment. A stream that breaks is taken up again at the row after the last.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pyarrow as pa
from google.api_core import exceptions as google
from google.cloud import bigquery
from google.cloud.bigquery_storage_v1 import types
from google.cloud.bigquery_storage_v1.services.big_query_read import BigQueryReadClient

from extractors.retrying import Action, Failure, Retries
from extractors.site_analytics.ga4 import faults
from extractors.site_analytics.ga4.failures import CALL_SECONDS, FAILURES, PAGE_SECONDS, understand
from extractors.site_analytics.ga4.project import projected

STREAMS = 4
_WAITING = 8
"""Messages of all streams that may wait to be taken: gRPC holds the streams back meanwhile."""
_STREAM_ROWS = 20_000
STREAM_SECONDS = 3600.0
"""Deadline of a whole stream, however often it is taken up again: rows that come now and then are not waited for for ever."""
_AWAY = (google.ServiceUnavailable, google.DeadlineExceeded)
_REFUSED = (google.Forbidden, google.MethodNotImplemented)
_BROKEN = (google.ServiceUnavailable, google.InternalServerError, google.Aborted, google.Unknown)


def read(
    client: BigQueryReadClient, table: bigquery.Table, columns: Sequence[str], schema: pa.Schema, project: str, retries: Retries
) -> Iterator[pa.Table]:
    """All rows of the table in ``schema``, in no order; Failure with the action WITHOUT where the API is not to be had."""
    wanted = types.ReadSession(
        table=f"projects/{table.project}/datasets/{table.dataset_id}/tables/{table.table_id}",
        data_format=types.DataFormat.ARROW,
        read_options={"selected_fields": list(columns)},
    )
    streams = min(STREAMS, 1 + (table.num_rows or 0) // _STREAM_ROWS)

    def open_session() -> Any:
        try:
            return client.create_read_session(
                parent=f"projects/{project}", read_session=wanted, max_stream_count=streams, retry=None, timeout=CALL_SECONDS
            )
        except _AWAY as error:
            failure = Failure(faults.STORAGE_AWAY, type(error).__name__)
        except _REFUSED as error:
            failure = Failure(faults.STORAGE_REFUSED, type(error).__name__)
        except FAILURES as error:
            failure = understand(error, f"opening {table.table_id}", "extra.dataset")
        raise failure

    session = retries.call(open_session, handles={Action.WITHOUT})
    if not session.streams:
        return
    sent = pa.ipc.read_schema(pa.py_buffer(session.arrow_schema.serialized_schema))
    stop, came, room = threading.Event(), queue.SimpleQueue[pa.Table | None](), threading.Semaphore(_WAITING)
    with ThreadPoolExecutor(len(session.streams), thread_name_prefix="ga4-stream") as pool:
        streams_read = [_Stream(client, one.name, sent, schema, table.table_id, retries, stop, came, room) for one in session.streams]
        parts = [pool.submit(one.read) for one in streams_read]
        try:
            yield from _taken(came, room, parts)
        finally:
            stop.set()  # whoever takes the rows may have gone


def _taken(came: queue.SimpleQueue[pa.Table | None], room: threading.Semaphore, parts: Sequence[Future[None]]) -> Iterator[pa.Table]:
    going_on = len(parts)
    while going_on:
        rows = came.get()
        if rows is None:
            going_on -= 1
        else:
            yield rows
            room.release()
    for part in parts:
        part.result()


class _Stream:
    """One stream, read to its end. Each call has a deadline; one that brought rows may be followed by another."""

    def __init__(
        self,
        client: BigQueryReadClient,
        name: str,
        sent: pa.Schema,
        schema: pa.Schema,
        table: str,
        retries: Retries,
        stop: threading.Event,
        came: queue.SimpleQueue[pa.Table | None],
        room: threading.Semaphore,
    ) -> None:
        self._client, self._name, self._sent, self._schema, self._table, self._retries = client, name, sent, schema, table, retries
        self._stop, self._came, self._room = stop, came, room
        self._offset, self._ends = 0, time.monotonic() + STREAM_SECONDS

    def read(self) -> None:
        """Hand over its rows, then None."""
        try:
            while not self._stop.is_set() and not self._retries.call(self._on, handles={Action.WITHOUT}):
                continue  # rows came before the stream broke: on from the last
        except BaseException:
            self._stop.set()  # the day has failed: what the other streams still bring is of no use
            raise
        finally:
            self._came.put(None)

    def _hand_over(self, rows: pa.Table) -> None:
        while not self._room.acquire(timeout=0.1):
            if self._stop.is_set():
                return  # nobody takes them any more
        self._came.put(rows)

    def _on(self) -> bool:
        """Read on from the last row: True at the end, False where the stream broke after some rows, Failure where it brought none."""
        before, left = self._offset, self._ends - time.monotonic()
        if left <= 0:
            raise Failure(faults.UNREACHABLE, f"{self._table} was not at its end after {STREAM_SECONDS:g} s and {before} rows")
        try:
            for message in self._client.read_rows(read_stream=self._name, offset=before, retry=None, timeout=min(PAGE_SECONDS, left)):
                if not message.arrow_record_batch.serialized_record_batch:
                    continue  # rows are optional in an answer: it may tell of throttling or of progress alone
                buffer = pa.py_buffer(message.arrow_record_batch.serialized_record_batch)
                rows = projected(pa.ipc.read_record_batch(buffer, self._sent), self._schema)
                self._hand_over(rows)
                self._offset += len(rows)
                if self._stop.is_set():
                    break
        except FAILURES as error:
            failure = self._failure(error)
        else:
            return True
        if self._offset > before and failure.fault in (faults.STREAM_BROKEN, faults.UNREACHABLE):
            return False
        raise failure

    def _failure(self, error: Exception) -> Failure:
        at = f"{type(error).__name__}, {self._table} after {self._offset} rows"
        if isinstance(error, _BROKEN):
            return Failure(faults.STREAM_BROKEN, at)
        if isinstance(error, google.DataLoss):
            return Failure(faults.DATA_LOSS, at)
        if isinstance(error, _REFUSED) and not self._offset:
            return Failure(faults.STORAGE_REFUSED, type(error).__name__)
        return understand(error, f"reading {self._table}", "extra.dataset")
