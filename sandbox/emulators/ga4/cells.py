"""Arrow rows as the JSON text of the REST API: ``{"f": [{"v": …}, …]}``, scalars as text.

https://cloud.google.com/bigquery/docs/reference/rest/v2/tabledata/list: a RECORD is ``{"v": {"f": […]}}``, a
REPEATED field ``{"v": [{"v": …}, …]}``, a TIMESTAMP seconds since 1970 as a float, or with
``formatOptions.useInt64Timestamp`` microseconds as an integer. The text is put together column by column in Arrow:
a row of the export has some 250 cells, and as many Python objects a row would be ten times slower.
"""

from __future__ import annotations

import base64
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.emulators.ga4.schema import is_list


def rows_json(table: pa.Table, *, int64_timestamps: bool) -> bytes:
    """The JSON array of the table's rows, columns in the table's order."""
    if not table.num_columns or not table.num_rows:
        return b"[]"
    columns = [_wrapped(_json(_whole(column), int64_timestamps)) for column in table.columns]
    return ("[" + ",".join(_around('{"f":[', _beside(columns), "]}").to_pylist()) + "]").encode()


def _json(array: pa.Array, int64: bool) -> pa.Array:
    """JSON text for each value; ``null`` for a null, ``[]`` for a null list."""
    kind = array.type
    if is_list(kind):
        items = _wrapped(_json(_whole(array.flatten()), int64))
        lengths = pc.fill_null(array.value_lengths(), 0).cast(pa.int32())
        offsets = pa.concat_arrays([pa.array([0], pa.int32()), _whole(pc.cumulative_sum(lengths))])
        return _around("[", pc.binary_join(pa.ListArray.from_arrays(offsets, items), ","), "]")
    if array.null_count == len(array):
        return pa.repeat(pa.scalar("null"), len(array))
    if pa.types.is_struct(kind):
        children = [_wrapped(_json(_whole(array.field(i)), int64)) for i in range(kind.num_fields)]
        texts = _around('{"f":[', _beside(children), "]}")
        return pc.if_else(array.is_valid(), texts, "null") if array.null_count else texts
    return pc.fill_null(_around('"', _escaped(_text(array, int64)), '"'), "null")


def _text(array: pa.Array, int64: bool) -> pa.Array:
    kind = array.type
    if pa.types.is_floating(kind):
        return pa.array([None if value is None else _number(value) for value in array.to_pylist()], pa.string())
    if pa.types.is_timestamp(kind) and kind.tz:
        micros = array.cast(pa.int64())
        return micros.cast(pa.string()) if int64 else _text(pc.divide(micros.cast(pa.float64()), 1e6), int64)
    if pa.types.is_timestamp(kind):
        return pc.strftime(array, format="%Y-%m-%dT%H:%M:%S")
    if pa.types.is_binary(kind):
        return pa.array([None if value is None else base64.b64encode(value).decode() for value in array.to_pylist()], pa.string())
    return array.cast(pa.string())


def _escaped(array: pa.Array) -> pa.Array:
    if pc.any(pc.match_substring_regex(array, r"[\x00-\x1f]")).as_py():
        return pa.array([None if value is None else orjson.dumps(value).decode()[1:-1] for value in array.to_pylist()], pa.string())
    return pc.replace_substring(pc.replace_substring(array, "\\", "\\\\"), '"', '\\"')


def _number(value: float) -> str:
    """A FLOAT as text; the names of the three values that are no number are BigQuery's."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value)


def _around(before: str, texts: pa.Array, after: str) -> pa.Array:
    return pc.binary_join_element_wise(before, texts, after, "")


def _wrapped(texts: pa.Array) -> pa.Array:
    return _around('{"v":', texts, "}")


def _beside(columns: list[pa.Array]) -> pa.Array:
    return pc.binary_join_element_wise(*columns, ",")


def _whole(array: Any) -> pa.Array:
    return pa.concat_arrays(array.chunks) if isinstance(array, pa.ChunkedArray) and array.num_chunks else array
