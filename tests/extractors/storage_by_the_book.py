"""A Storage Read API written from Google's reference alone, apart from the emulator: uneven streams, breaks at will.

https://cloud.google.com/bigquery/docs/reference/storage/rpc/google.cloud.bigquery.storage.v1: a session has one or more streams, which
may have no rows; ReadRows begins at an offset within the stream; the first answer carries the schema; an answer may carry nothing but
statistics or a throttle state; a session ends after six hours.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import grpc
import pyarrow as pa
from google.cloud.bigquery_storage_v1 import types

NAME = "projects/p/locations/us/sessions/s"


class ByTheBook:
    """Serves ``rows`` cut at ``cuts``. ``breaks``: stream -> at which of its rows which status ends a call, one call each, in order."""

    def __init__(self, rows: pa.Table, cuts: Sequence[int], breaks: dict[int, list[tuple[int, str]]], batch: int = 37) -> None:
        bounds = [0, *cuts, len(rows)]
        self._streams = [rows.slice(first, last - first) for first, last in pairwise(bounds)]
        self._rows, self._breaks, self._batch = rows, {number: list(held) for number, held in breaks.items()}, batch
        self._lock = threading.Lock()
        self.calls: Counter[int] = Counter()
        self.offsets: dict[int, list[int]] = {number: [] for number in range(len(self._streams))}
        self._server = grpc.server(ThreadPoolExecutor(8))
        own = {
            "CreateReadSession": grpc.unary_unary_rpc_method_handler(
                self._create, types.CreateReadSessionRequest.deserialize, types.ReadSession.serialize
            ),
            "ReadRows": grpc.unary_stream_rpc_method_handler(
                self._read, types.ReadRowsRequest.deserialize, types.ReadRowsResponse.serialize
            ),
        }
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("google.cloud.bigquery.storage.v1.BigQueryRead", own),))
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def stop(self) -> None:
        self._server.stop(None).wait(5)

    def _create(self, request: Any, context: grpc.ServicerContext) -> Any:
        if request.read_session.data_format != types.DataFormat.ARROW:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "Avro is not asked for here.")
        self._rows = self._rows.select(list(request.read_session.read_options.selected_fields))
        self._streams = [part.select(self._rows.column_names) for part in self._streams]
        return types.ReadSession(
            name=NAME,
            data_format=types.DataFormat.ARROW,
            arrow_schema={"serialized_schema": self._rows.schema.serialize().to_pybytes()},
            streams=[{"name": f"{NAME}/streams/{number}"} for number in range(len(self._streams))],
        )

    def _read(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        number, at = int(request.read_stream.rpartition("/")[2]), int(request.offset)
        rows = self._streams[number]
        with self._lock:
            self.calls[number] += 1
            self.offsets[number].append(at)
            planned = self._breaks.get(number)
            ends, code = planned.pop(0) if planned else (len(rows) + 1, "OK")
        if at > len(rows):
            context.abort(grpc.StatusCode.OUT_OF_RANGE, "The offset is beyond the stream.")
        yield types.ReadRowsResponse(throttle_state={"throttle_percent": 40}, stats={"progress": {"at_response_start": 0.1}})
        first = True
        while at < min(ends, len(rows)):
            part = rows.slice(at, min(self._batch, min(ends, len(rows)) - at)).combine_chunks()
            answer = types.ReadRowsResponse(row_count=len(part), arrow_record_batch={"serialized_record_batch": _message(part)})
            if first:
                answer.arrow_schema = {"serialized_schema": rows.schema.serialize().to_pybytes()}
            first, at = False, at + len(part)
            yield answer
        if code != "OK":
            context.abort(grpc.StatusCode[code], "The stream ended early.")


def _message(part: pa.Table) -> bytes:
    (batch,) = part.to_batches()
    return bytes(batch.serialize())
