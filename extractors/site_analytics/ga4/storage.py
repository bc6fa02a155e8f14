"""A whole table through the Storage Read API, several streams side by side.

https://cloud.google.com/bigquery/docs/reference/storage: a session is a snapshot of the table, so what its streams
hold together is the table at one moment. A stream that breaks is taken up again at the row after the last.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
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

_STREAMS = 4
_STREAM_ROWS = 20_000
_AWAY = (google.ServiceUnavailable, google.DeadlineExceeded)
_REFUSED = (google.Forbidden, google.MethodNotImplemented)
_BROKEN = (google.ServiceUnavailable, google.InternalServerError, google.Aborted, google.Unknown)


def read(
    client: BigQueryReadClient, table: bigquery.Table, columns: Sequence[str], schema: pa.Schema, project: str, retries: Retries
) -> pa.Table:
    """All rows of the table in ``schema``; Failure with the action WITHOUT, before the first row, where the API is not to be had."""
    wanted = types.ReadSession(
        table=f"projects/{table.project}/datasets/{table.dataset_id}/tables/{table.table_id}",
        data_format=types.DataFormat.ARROW,
        read_options={"selected_fields": list(columns)},
    )
    streams = min(_STREAMS, 1 + (table.num_rows or 0) // _STREAM_ROWS)

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
    sent = pa.ipc.read_schema(pa.py_buffer(session.arrow_schema.serialized_schema))
    if not session.streams:
        return projected(sent.empty_table(), schema)
    stop = threading.Event()
    with ThreadPoolExecutor(len(session.streams), thread_name_prefix="ga4-stream") as pool:
        parts = [pool.submit(_Stream(client, one.name, sent, schema, table.table_id, retries).read, stop) for one in session.streams]
        return pa.concat_tables([part.result() for part in parts])


class _Stream:
    """One stream, read to its end. Each call has a deadline; one that brought rows may be followed by another."""

    def __init__(self, client: BigQueryReadClient, name: str, sent: pa.Schema, schema: pa.Schema, table: str, retries: Retries) -> None:
        self._client, self._name, self._sent, self._schema, self._table, self._retries = client, name, sent, schema, table, retries
        self._batches: list[pa.Table] = [projected(sent.empty_table(), schema)]
        self._offset = 0

    def read(self, stop: threading.Event) -> pa.Table:
        try:
            while not stop.is_set() and not self._retries.call(lambda: self._on(stop), handles={Action.WITHOUT}):
                continue  # rows came before the stream broke: on from the last
        except BaseException:
            stop.set()  # the day has failed: what the other streams still bring is of no use
            raise
        return pa.concat_tables(self._batches)

    def _on(self, stop: threading.Event) -> bool:
        """Read on from the last row: True at the end, False where the stream broke after some rows, Failure where it brought none."""
        before = self._offset
        try:
            for message in self._client.read_rows(read_stream=self._name, offset=before, retry=None, timeout=PAGE_SECONDS):
                buffer = pa.py_buffer(message.arrow_record_batch.serialized_record_batch)
                self._batches.append(projected(pa.ipc.read_record_batch(buffer, self._sent), self._schema))
                self._offset += self._batches[-1].num_rows
                if stop.is_set():
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
