"""The Storage Read API: google.cloud.bigquery.storage.v1.BigQueryRead over gRPC, in Arrow.

https://cloud.google.com/bigquery/docs/reference/storage/rpc/google.cloud.bigquery.storage.v1. A session is a
snapshot of the table; its streams are consecutive parts of it. AVRO is refused with UNIMPLEMENTED. An empty
result has no streams. ``SplitReadStream`` answers that a stream cannot be split, as the service may.
"""

from __future__ import annotations

import re
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NoReturn

import duckdb
import grpc
import pyarrow as pa
from google.cloud.bigquery_storage_v1 import types

from sandbox.emulators.faults import Fault
from sandbox.emulators.ga4.errors import CODES, FAULTS, ApiError, Faults
from sandbox.emulators.ga4.query import Queries
from sandbox.emulators.ga4.select import UnknownField, select
from sandbox.emulators.ga4.sql import MACROS, translated
from sandbox.emulators.ga4.tables import Tables
from sandbox.emulators.recorded import Clock

_SERVICE = "google.cloud.bigquery.storage.v1.BigQueryRead"
_MESSAGE_BYTES = 1024 * 1024
_STREAM_ROWS = 5_000
_SESSIONS = 64
_TABLE = re.compile(r"projects/([^/]+)/datasets/([^/]+)/tables/([^/]+)")


@dataclass(frozen=True)
class _Session:
    rows: pa.Table
    streams: int
    account: str
    compression: str | None

    def stream(self, number: int) -> pa.Table:
        first, last = (len(self.rows) * at // self.streams for at in (number, number + 1))
        return self.rows.slice(first, last - first)


class StorageServer:
    """A running gRPC server; ``address`` is ``127.0.0.1:<port>``, plaintext."""

    def __init__(self, tables: Tables, queries: Queries, faults: Faults, clock: Clock, port: int = 0) -> None:
        self._tables, self._queries, self._faults, self._clock = tables, queries, faults, clock
        self._sessions: OrderedDict[str, _Session] = OrderedDict()
        self._lock = threading.Lock()
        self._server = grpc.server(ThreadPoolExecutor(16), options=[("grpc.max_send_message_length", -1)])
        unary, stream = grpc.unary_unary_rpc_method_handler, grpc.unary_stream_rpc_method_handler
        handlers = {
            "CreateReadSession": unary(self._create, *_wire(types.CreateReadSessionRequest, types.ReadSession)),
            "ReadRows": stream(self._read, *_wire(types.ReadRowsRequest, types.ReadRowsResponse)),
            "SplitReadStream": unary(self._split, *_wire(types.SplitReadStreamRequest, types.SplitReadStreamResponse)),
        }
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(_SERVICE, handlers),))
        self.address = f"127.0.0.1:{self._server.add_insecure_port(f'127.0.0.1:{port}')}"
        self._server.start()

    def stop(self) -> None:
        self._server.stop(grace=None).wait(5)

    def _create(self, request: Any, context: grpc.ServicerContext) -> Any:
        asked = request.read_session
        named = _TABLE.fullmatch(asked.table)
        if named is None:
            _abort(context, grpc.StatusCode.INVALID_ARGUMENT, "The table must be projects/{project}/datasets/{dataset}/tables/{table}.")
        project, dataset, name = named.groups()
        account = dataset.removeprefix("analytics_")
        self._suffer(self._faults.storage("storage.CreateReadSession", account), context)
        if asked.data_format != types.DataFormat.ARROW:
            _abort(context, grpc.StatusCode.UNIMPLEMENTED, "Only the ARROW format is served.")
        rows = self._queries.destination(project, name) if dataset == "_anonymous" else None
        if rows is None:
            found = self._tables.get(project, dataset, name)
            if found is None:
                _abort(context, grpc.StatusCode.NOT_FOUND, f"Not found: Table {project}:{dataset}.{name}")
            rows = self._faults.without("storage.CreateReadSession", account, found[1])
        options = asked.read_options
        try:
            rows = select(_restricted(rows, options.row_restriction), options.selected_fields)
        except UnknownField as error:
            fault = f"request failed: The following selected fields do not exist in the table schema: {error.name}"
            _abort(context, grpc.StatusCode.INVALID_ARGUMENT, fault)
        except (duckdb.Error, ApiError) as error:
            _abort(context, grpc.StatusCode.INVALID_ARGUMENT, f"request failed: Query error: {str(error).splitlines()[0]}")
        wanted = -(-len(rows) // _STREAM_ROWS)
        streams = max(min(wanted, request.max_stream_count or 16), min(request.preferred_min_stream_count, len(rows)))
        codec = {1: "lz4", 2: "zstd"}.get(int(options.arrow_serialization_options.buffer_compression))
        key = f"projects/{request.parent.removeprefix('projects/')}/locations/us/sessions/{uuid.uuid4().hex}"
        with self._lock:
            self._sessions[key] = _Session(rows, streams, account, codec)
            while len(self._sessions) > _SESSIONS:
                self._sessions.popitem(last=False)
        return types.ReadSession(
            name=key,
            expire_time=self._clock.now() + timedelta(hours=6),
            data_format=types.DataFormat.ARROW,
            arrow_schema={"serialized_schema": rows.schema.serialize().to_pybytes()},
            table=asked.table,
            read_options=options,
            streams=[{"name": f"{key}/streams/{number}"} for number in range(streams)],
            estimated_total_bytes_scanned=rows.nbytes,
            estimated_row_count=len(rows),
        )

    def _read(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        key, _, number = request.read_stream.partition("/streams/")
        with self._lock:
            session = self._sessions.get(key)
        if session is None or not number.isdigit() or int(number) >= session.streams:
            _abort(context, grpc.StatusCode.NOT_FOUND, "The read session or stream does not exist or has expired.")
        fault = self._faults.storage("storage.ReadRows", session.account)
        trickles = fault is not None and fault.kind == "stream_trickle"
        if fault is None or fault.kind not in ("stream_broken", "stream_trickle"):
            self._suffer(fault, context)
        rows = session.stream(int(number))
        if not 0 <= request.offset <= len(rows):
            _abort(context, grpc.StatusCode.OUT_OF_RANGE, f"The offset is beyond the {len(rows)} rows of the stream.")
        whole, at = len(rows), request.offset
        size = 1 if trickles else max(1, _MESSAGE_BYTES * whole // max(rows.nbytes, 1))
        for count, batch in enumerate(rows.slice(at).to_batches(max_chunksize=size)):
            if fault is not None and trickles:
                time.sleep(float(fault.options.get("seconds", 0.1)))
            elif fault is not None and count >= int(fault.options.get("batches", 1)):
                break
            answer = types.ReadRowsResponse(
                arrow_record_batch={"serialized_record_batch": _serialized(batch, session.compression), "row_count": len(batch)},
                row_count=len(batch),
                stats={"progress": {"at_response_start": at / whole, "at_response_end": (at + len(batch)) / whole}},
            )
            if count == 0:
                answer.arrow_schema = {"serialized_schema": rows.schema.serialize().to_pybytes()}
            at += len(batch)
            yield answer
        if fault is not None and not trickles:
            code = grpc.StatusCode[fault.options.get("code", "UNAVAILABLE")]
            _abort(context, code, "The stream broke off.")

    def _split(self, request: Any, context: grpc.ServicerContext) -> Any:
        return types.SplitReadStreamResponse()

    def _suffer(self, fault: Fault | None, context: grpc.ServicerContext) -> None:
        if fault is None:
            return
        if fault.kind == "hang":
            self._faults.hang(fault)
        message = FAULTS[fault.kind][2] if fault.kind in FAULTS else "The service is unavailable."
        _abort(context, CODES.get(fault.kind, grpc.StatusCode.UNAVAILABLE), message)


def _wire(request: Any, response: Any) -> tuple[Any, Any]:
    return request.deserialize, response.serialize


def _abort(context: grpc.ServicerContext, code: grpc.StatusCode, message: str) -> NoReturn:
    context.abort(code, message)
    raise AssertionError("abort returns never")


def _restricted(table: pa.Table, restriction: str) -> pa.Table:
    """The rows for which a condition in GoogleSQL holds, in the table's order."""
    if not restriction.strip():
        return table
    with duckdb.connect(config={"threads": 1}) as database:
        database.execute("SET TimeZone = 'UTC'; SET python_enable_replacements = false")
        for macro in MACROS:
            database.execute(macro)
        database.register("rows", table.append_column("_row", pa.array(range(len(table)), pa.int64())))
        database.execute("SET enable_external_access = false")
        condition = translated(restriction, lambda parts, quoted: None)
        kept = database.sql(f"SELECT _row FROM rows WHERE ({condition}) ORDER BY _row").to_arrow_table()
    return table.take(kept.column(0))


def _serialized(batch: pa.RecordBatch, compression: str | None) -> bytes:
    """One record batch as an encapsulated IPC message, without the schema before it."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_batch(batch)
    messages = pa.ipc.MessageReader.open_stream(sink.getvalue())
    messages.read_next_message()  # the schema
    return bytes(messages.read_next_message().serialize())
