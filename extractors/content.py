"""A hash of rows: equal rows in equal order give equal ones, whether they come from a client or from a file.

It is what tells a day that came again unchanged from one that was restated.
"""

from __future__ import annotations

import hashlib

import pyarrow as pa


def content_hash(table: pa.Table) -> str:
    """SHA-256 of the rows as one Arrow IPC stream; equal rows in equal order give equal hashes."""
    digest = hashlib.sha256()

    class _Sink:
        closed = False

        def write(self, data: bytes) -> int:
            digest.update(data)
            return len(data)

        def flush(self) -> None:
            """Nothing is buffered here."""

        def close(self) -> None:
            self.closed = True

    table = _settled_table(table)
    with pa.ipc.new_stream(pa.PythonFile(_Sink(), mode="w"), table.schema) as writer:
        for batch in _rebuilt(table).to_batches():
            writer.write_batch(batch)
    return digest.hexdigest()


def _settled_table(table: pa.Table) -> pa.Table:
    columns = [pa.chunked_array([_settled(chunk) for chunk in held.chunks], type=_settled_type(held.type)) for held in table.columns]
    return pa.Table.from_arrays(columns, names=table.column_names)


def _settled(array: pa.Array) -> pa.Array:
    """The array with nulls under its null structs, where a file that was read has them and rows from a client may not."""
    if pa.types.is_struct(array.type):
        kind = _settled_type(array.type)
        return pa.StructArray.from_arrays([_settled(child) for child in array.flatten()], fields=list(kind), mask=array.is_null())
    if pa.types.is_list(array.type):
        whole = pa.concat_arrays([array]) if array.offset else array
        return pa.ListArray.from_arrays(whole.offsets, _settled(whole.values), mask=whole.is_null())
    return array


def _settled_type(kind: pa.DataType) -> pa.DataType:
    # Parquet calls a list's entries "element", Arrow calls them "item": the name must not tell two equal lists apart.
    if pa.types.is_list(kind):
        return pa.list_(_settled_type(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(part.name, _settled_type(part.type)) for part in kind])
    return kind


def _rebuilt(table: pa.Table) -> pa.Table:
    # take() writes fresh buffers, so validity bitmaps and offsets do not carry the history of how rows came.
    return table.take(pa.array(range(len(table)), pa.int64())).combine_chunks() if len(table) else table
