"""A hash of rows: equal rows in equal order give equal ones, whether they come from a client or from a file.

It is what tells a day that came again unchanged from one that was restated. Rows are hashed in pieces of ``PIECE`` rows, so that
neither making nor checking a partition needs all of it in memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

import pyarrow as pa

PIECE = 32_768
"""Rows of one piece: of the hash, and of one row group of a partition's file."""


class ContentHash:
    """SHA-256 of the rows as one Arrow IPC stream of batches of ``PIECE`` rows; the last may have fewer."""

    def __init__(self, schema: pa.Schema) -> None:
        self._digest = hashlib.sha256()
        kinds = pa.schema([pa.field(field.name, _settled_type(field.type)) for field in schema])
        self._schema = kinds
        self._writer = pa.ipc.new_stream(pa.PythonFile(_Sink(self._digest), mode="w"), kinds)

    def update(self, piece: pa.Table) -> None:
        """The next piece, as ``pieces`` cuts them."""
        for batch in _rebuilt(_settled_table(piece)).to_batches():
            self._writer.write_batch(batch)

    def hexdigest(self) -> str:
        """The hash; nothing may follow."""
        self._writer.close()
        return self._digest.hexdigest()


def content_hash(table: pa.Table) -> str:
    """SHA-256 of the rows; equal rows in equal order give equal hashes."""
    found = ContentHash(table.schema)
    for piece in pieces([table]):
        found.update(piece)
    return found.hexdigest()


def pieces(tables: Iterable[pa.Table | pa.RecordBatch], size: int | None = None) -> Iterator[pa.Table]:
    """The same rows in tables of ``size`` rows (by default PIECE), the last with what is left; nothing for no rows."""
    size = size or PIECE
    held: list[pa.Table] = []
    count = 0
    for rows in tables:
        table = pa.Table.from_batches([rows]) if isinstance(rows, pa.RecordBatch) else rows
        while len(table):
            part = table.slice(0, size - count)
            held.append(part)
            count += len(part)
            table = table.slice(len(part))
            if count == size:
                count = 0
                yield _joined(held)
    if count:
        yield _joined(held)


def _joined(held: list[pa.Table]) -> pa.Table:
    """The tables as one; the list is empty afterwards, so that they are not in memory beside it."""
    whole = pa.concat_tables(held)
    held.clear()
    return whole.combine_chunks()


class _Sink:
    closed = False

    def __init__(self, digest: hashlib._Hash) -> None:
        self._digest = digest

    def write(self, data: bytes) -> int:
        self._digest.update(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is buffered here."""

    def close(self) -> None:
        self.closed = True


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
