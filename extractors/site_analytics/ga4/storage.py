"""A whole table through the Storage Read API, several streams side by side.

https://cloud.google.com/bigquery/docs/reference/storage: a session is a snapshot of the table, so what its streams
hold together is the table at one moment. A stream that breaks is taken up again at the row after the last.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
from google.api_core import exceptions as google
from google.api_core.retry import Retry, if_exception_type
from google.cloud import bigquery
from google.cloud.bigquery_storage_v1 import types
from google.cloud.bigquery_storage_v1.services.big_query_read import BigQueryReadClient

from extractors.errors import PartialAnswer
from extractors.site_analytics.ga4.failures import CALL_SECONDS, PAGE_SECONDS, translated
from extractors.site_analytics.ga4.project import projected

_STREAMS = 4
_STREAM_ROWS = 20_000
_ATTEMPTS = 4
REFUSALS = (google.ServiceUnavailable, google.Forbidden, google.MethodNotImplemented, google.DeadlineExceeded)


class StorageRefused(Exception):
    """The Storage Read API does not serve this caller; the same rows are to be had over REST."""


def read(client: BigQueryReadClient, table: bigquery.Table, columns: Sequence[str], schema: pa.Schema, project: str) -> pa.Table:
    """All rows of the table in ``schema``; StorageRefused before the first row where the API is not to be had."""
    wanted = types.ReadSession(
        table=f"projects/{table.project}/datasets/{table.dataset_id}/tables/{table.table_id}",
        data_format=types.DataFormat.ARROW,
        read_options={"selected_fields": list(columns)},
    )
    streams = min(_STREAMS, 1 + (table.num_rows or 0) // _STREAM_ROWS)
    pause = Retry(predicate=if_exception_type(google.ServiceUnavailable), initial=0.2, maximum=2.0, timeout=3.0)
    with translated(f"opening {table.table_id}", field="extra.dataset"):
        try:
            session = client.create_read_session(
                parent=f"projects/{project}", read_session=wanted, max_stream_count=streams, retry=pause, timeout=CALL_SECONDS
            )
        except REFUSALS as error:
            raise StorageRefused(type(error).__name__) from None
        except google.RetryError as error:
            raise StorageRefused(type(error.cause).__name__) from None
        sent = pa.ipc.read_schema(pa.py_buffer(session.arrow_schema.serialized_schema))
        if not session.streams:
            return projected(sent.empty_table(), schema)
        stop = threading.Event()
        with ThreadPoolExecutor(len(session.streams), thread_name_prefix="ga4-stream") as pool:
            parts = [pool.submit(_stream, client, stream.name, sent, schema, stop, table.table_id) for stream in session.streams]
            return pa.concat_tables([part.result() for part in parts])


def _stream(client: BigQueryReadClient, name: str, sent: pa.Schema, schema: pa.Schema, stop: threading.Event, table: str) -> pa.Table:
    """One stream to its end. Each call has a deadline; one that brought rows may be followed by another."""
    batches: list[pa.Table] = [projected(sent.empty_table(), schema)]
    offset = fruitless = 0
    try:
        while not stop.is_set():
            before = offset
            try:
                for message in client.read_rows(read_stream=name, offset=offset, retry=None, timeout=PAGE_SECONDS):
                    buffer = pa.py_buffer(message.arrow_record_batch.serialized_record_batch)
                    batches.append(projected(pa.ipc.read_record_batch(buffer, sent), schema))
                    offset += batches[-1].num_rows
                    if stop.is_set():
                        break
                break
            except google.DeadlineExceeded:
                if offset == before:
                    raise  # half a minute without a row
            except (google.ServiceUnavailable, google.InternalServerError, google.Aborted, google.Unknown):
                fruitless = 0 if offset > before else fruitless + 1
                if fruitless >= _ATTEMPTS:
                    raise _broken(table, offset) from None
                stop.wait(0.2 * 2**fruitless)
            except google.DataLoss:
                raise _broken(table, offset) from None
            except (google.Forbidden, google.MethodNotImplemented) as error:
                if offset:
                    raise
                raise StorageRefused(type(error).__name__) from None
    except BaseException:
        stop.set()  # the day has failed: what the other streams still bring is of no use
        raise
    return pa.concat_tables(batches)


def _broken(table: str, rows: int) -> PartialAnswer:
    return PartialAnswer(
        f"A stream of {table} broke off after {rows} rows and could not be taken up again.",
        action="Nothing: the range is read again at the next run.",
    )
