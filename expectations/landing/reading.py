"""Read staged partitions: what the file is made of, and only the columns that some check needs, a piece at a time.

A day of any size is judged in bounded memory. What must be seen together, rows with one key, stays together: files are in the order of
their keys, so pieces are cut between two keys. A file that is not in that order is judged in one piece.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from expectations.engine import Check
from expectations.landing.declare import Extras
from expectations.landing.suites import ROW_DAY, day_column
from extractors.content import PIECE
from extractors.landing import LOAD_COLUMNS, Partition
from extractors.order import count_before
from extractors.stream import CONFIGURED, NEW_FIELDS, Stream

if TYPE_CHECKING:
    import pandas as pd

CHUNK_ROWS = PIECE
"""Rows of one frame: of several small partitions, or a part of a large one."""


@dataclass(frozen=True)
class Staged:
    """One staged partition: its file's shape, and the needed ``columns`` of its rows (None where the shape is wrong).

    ``keys`` tell which rows have to be seen together; none where no check looks at two rows. ``told`` are the values of the breakdown.
    """

    partition: Partition
    readable: bool
    file_rows: int = 0
    missing: tuple[str, ...] = ()
    flipped: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    path: Path | None = None
    columns: tuple[str, ...] | None = None
    keys: tuple[str, ...] = ()
    in_order: bool = True
    told: frozenset[str] = frozenset()

    @property
    def sound(self) -> bool:
        return self.columns is not None

    def parts(self) -> Iterator[pa.Table]:
        """All rows in tables of about PIECE rows; rows with one key are in one table."""
        if self.path is None or self.columns is None:
            return
        rows = _pieces(self.path, self.columns)
        if self.keys and not self.in_order:
            yield pa.concat_tables(rows)
        else:
            yield from _cut(rows, self.keys) if self.keys else rows


def needed_columns(stream: Stream, extras: Extras, checks: Sequence[Check]) -> list[str]:
    """Columns of the schema that a check or the day comparison reads, in the schema's order; of a list only the field that is read."""
    wanted = {name for check in checks for name in check.columns} | {day_column(stream, extras)}
    fields = {name.partition(".")[0]: name.replace(".", ".list.element.", 1) for name in wanted if name and "." in name}
    return [fields.get(name, name) for name in stream.schema.names if name in wanted or name in fields]


def read(path: Path, partition: Partition, stream: Stream, extras: Extras, columns: Sequence[str]) -> Staged:
    """Open one staged file and compare its fields with the stream's schema; go through ``columns`` once when they agree."""
    try:
        with pq.ParquetFile(path) as file:
            found, rows = file.schema_arrow, file.metadata.num_rows
        declared = {field.name: field.type for field in (*stream.schema, *LOAD_COLUMNS)}
        missing = tuple(name for name in declared if found.get_field_index(name) < 0)
        flipped = tuple(name for name, kind in declared.items() if name not in missing and found.field(name).type != kind)
        # What NEW_FIELDS holds is named in the control totals.
        known = {*declared, NEW_FIELDS.name}
        new = tuple(field.name for field in found if field.name not in known and not _is_configured(field))
        if missing or flipped:
            return Staged(partition, True, rows, missing, flipped, new)
        keys = stream.keys if extras.unique and set(stream.keys) <= set(columns) else ()
        in_order = _in_order(_pieces(path, columns), keys)
        told = distinct(path, extras.breakdown) if extras.breakdown else frozenset[str]()
        return Staged(partition, True, rows, new=new, path=path, columns=tuple(columns), keys=keys, in_order=in_order, told=told)
    except (OSError, pa.ArrowException):
        return Staged(partition, readable=False)


def distinct(path: Path, column: str) -> frozenset[str]:
    """The values of a column of a file, as texts."""
    found = set[str]()
    for rows in _pieces(path, [column]):
        found.update(str(value) for value in pc.unique(rows.column(column)).to_pylist() if value is not None)
    return frozenset(found)


def _pieces(path: Path, columns: Sequence[str]) -> Iterator[pa.Table]:
    # Not mapped into memory: mapped pages would count as the process's own.
    with pq.ParquetFile(path, pre_buffer=False) as file:
        for batch in file.iter_batches(PIECE, columns=list(columns), use_threads=False):
            # Files differ in what they promise about nulls; whether there are any is for the checks to find.
            names = [name.partition(".")[0] for name in columns]
            yield pa.Table.from_arrays([batch.column(name) for name in names], names=names)


def _in_order(rows: Iterator[pa.Table], keys: Sequence[str]) -> bool:
    """Whether the rows are in the order of the keys. All of them are read in any case: a damaged file shows here."""
    in_order, last = True, None
    order = [(key, "ascending") for key in keys]
    for piece in rows:
        if not keys or not in_order or not len(piece):
            continue
        held = piece.select(list(keys))
        held = held if last is None else pa.concat_tables([last, held])
        in_order = pc.sort_indices(held, sort_keys=order).equals(pa.array(range(len(held)), pa.uint64()))
        last = held.slice(len(held) - 1)
    return in_order


def _cut(rows: Iterator[pa.Table], keys: Sequence[str]) -> Iterator[pa.Table]:
    """The same rows in tables that no key goes across."""
    held: pa.Table | None = None
    for piece in rows:
        held = piece if held is None else pa.concat_tables([held, piece]).combine_chunks()
        if len(held) and (whole := count_before(held, keys, held.slice(len(held) - 1).select(list(keys)).to_pylist()[0])):
            yield held.slice(0, whole)
            held = held.slice(whole)
    if held is not None and len(held):
        yield held


def _is_configured(field: pa.Field) -> bool:
    return CONFIGURED.items() <= (field.metadata or {}).items()


def frames(staged: Sequence[Staged], stream: Stream, extras: Extras) -> Iterator[tuple[list[tuple[Staged, int]], pd.DataFrame]]:
    """Frames of at most about CHUNK_ROWS rows, with the partitions whose rows they hold, in order, and how many of each."""
    chunk: list[tuple[Staged, pa.Table]] = []
    size = 0
    for one in staged:
        for rows in one.parts():
            if chunk and size + len(rows) > CHUNK_ROWS:
                yield [(held, len(table)) for held, table in chunk], _frame(chunk, stream, extras)
                chunk, size = [], 0
            if len(rows):
                chunk.append((one, rows))
                size += len(rows)
    if chunk:
        yield [(held, len(table)) for held, table in chunk], _frame(chunk, stream, extras)


def _frame(chunk: Sequence[tuple[Staged, pa.Table]], stream: Stream, extras: Extras) -> pd.DataFrame:
    table = pa.concat_tables([rows for _, rows in chunk])
    dated = day_column(stream, extras)
    days = extras.day_of(table.column(dated)) if dated else None
    for name, most in extras.from_one_to.items():
        if "." in name:
            listed, _, of = name.partition(".")
            table = table.append_column(name, _outside(table.column(listed), of, most)).drop_columns([listed])
    table = pa.Table.from_arrays([_plain(column) for column in table.columns], names=table.column_names)
    told = {"_account": [one.partition.account for one, _ in chunk], "_dt": [one.partition.dt for one, _ in chunk]}
    for name, values in told.items():
        repeated = [pa.repeat(value, len(rows)) for value, (_, rows) in zip(values, chunk, strict=True)]
        table = table.append_column(name, pa.chunked_array(repeated, pa.string()))
    if days is not None:
        table = table.append_column(ROW_DAY, days)
    frame: pd.DataFrame = table.to_pandas(date_as_object=True)
    return frame


def _outside(lists: pa.ChunkedArray, of: str, most: int) -> pa.Array:
    """For each list of records one value of a field that is not between 1 and ``most``, null where all are."""
    lists = lists.combine_chunks()
    values = pc.struct_field(pc.list_flatten(lists), of)
    wrong = pc.or_(pc.less(values, 1), pc.greater(values, most))
    found: list[float | None] = [None] * len(lists)
    for row, value in zip(pc.list_parent_indices(lists).filter(wrong).to_pylist(), values.filter(wrong).to_pylist(), strict=True):
        found[row] = float(value)
    return pa.array(found, pa.float64())


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_decimal(column.type):
        # Only the sign of money is looked at here; Decimal objects would cost a Python call a row.
        return column.cast(pa.float64())
    if pa.types.is_integer(column.type) and column.null_count:
        # pandas would make it float, and ids above 2**53 would look alike. Numbers below that stay numbers.
        return column if _fits_float(column) else column.cast(pa.string())
    return column


def _fits_float(column: pa.ChunkedArray) -> bool:
    greatest = pc.max(pc.abs(column)).as_py()
    return greatest is None or greatest <= 2**53
