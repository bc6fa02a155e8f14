"""Read staged partitions: what the file is made of, and only the columns that some check needs."""

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
from extractors.landing import LOAD_COLUMNS, Partition
from extractors.stream import CONFIGURED, NEW_FIELDS, Stream

if TYPE_CHECKING:
    import pandas as pd

CHUNK_ROWS = 1_000_000
"""Rows of one frame, so that a long backfill is judged in bounded memory. A partition is never split."""


@dataclass(frozen=True)
class Staged:
    """One staged partition: its file's shape, and ``rows`` with the needed columns (None where the shape is wrong)."""

    partition: Partition
    readable: bool
    file_rows: int = 0
    missing: tuple[str, ...] = ()
    flipped: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    rows: pa.Table | None = None

    @property
    def sound(self) -> bool:
        return self.rows is not None


def needed_columns(stream: Stream, extras: Extras, checks: Sequence[Check]) -> list[str]:
    """Columns of the schema that a check or the day comparison reads, in the schema's order."""
    wanted = {name for check in checks for name in check.columns} | {day_column(stream, extras)}
    return [name for name in stream.schema.names if name in wanted]


def read(path: Path, partition: Partition, stream: Stream, columns: Sequence[str]) -> Staged:
    """Open one staged file and compare its fields with the stream's schema; read ``columns`` when they agree."""
    try:
        with pq.ParquetFile(path, memory_map=True) as file:
            found = file.schema_arrow
            declared = {field.name: field.type for field in (*stream.schema, *LOAD_COLUMNS)}
            missing = tuple(name for name in declared if found.get_field_index(name) < 0)
            flipped = tuple(name for name, kind in declared.items() if name not in missing and found.field(name).type != kind)
            rows = None if missing or flipped else _nullable(file.read(columns=list(columns), use_threads=False).select(columns))
            # What NEW_FIELDS holds is named in the control totals.
            known = {*declared, NEW_FIELDS.name}
            new = tuple(field.name for field in found if field.name not in known and not _is_configured(field))
            return Staged(partition, True, file.metadata.num_rows, missing, flipped, new, rows)
    except (OSError, pa.ArrowException):
        return Staged(partition, readable=False)


def _is_configured(field: pa.Field) -> bool:
    return CONFIGURED.items() <= (field.metadata or {}).items()


def _nullable(table: pa.Table) -> pa.Table:
    # Files differ in what they promise about nulls; whether there are any is for the checks to find.
    return pa.Table.from_arrays(table.columns, names=table.column_names)


def frames(staged: Sequence[Staged], stream: Stream, extras: Extras) -> Iterator[tuple[list[Staged], pd.DataFrame]]:
    """Frames of whole partitions, at most about CHUNK_ROWS rows each, with the partitions in row order."""
    chunk: list[Staged] = []
    size = 0
    for one in staged:
        if one.rows is None or not len(one.rows):
            continue
        if chunk and size + len(one.rows) > CHUNK_ROWS:
            yield chunk, _frame(chunk, stream, extras)
            chunk, size = [], 0
        chunk.append(one)
        size += len(one.rows)
    if chunk:
        yield chunk, _frame(chunk, stream, extras)


def _frame(chunk: Sequence[Staged], stream: Stream, extras: Extras) -> pd.DataFrame:
    table = pa.concat_tables([one.rows for one in chunk])
    dated = day_column(stream, extras)
    days = extras.day_of(table.column(dated)) if dated else None
    table = pa.Table.from_arrays([_plain(column) for column in table.columns], names=table.column_names)
    for name, values in (("_account", [one.partition.account for one in chunk]), ("_dt", [one.partition.dt for one in chunk])):
        repeated = [pa.repeat(value, one.file_rows) for value, one in zip(values, chunk, strict=True)]
        table = table.append_column(name, pa.chunked_array(repeated, pa.string()))
    if days is not None:
        table = table.append_column(ROW_DAY, days)
    frame: pd.DataFrame = table.to_pandas(date_as_object=True)
    return frame


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
