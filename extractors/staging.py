"""From a stream's batches to one staged file a day: rows conform to the schema, addresses are cut out, keys give the order.

A file is a function of its rows. All of it happens in bounded memory, whatever the day's size (``extractors.spool``).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from extractors.content import PIECE, ContentHash, pieces
from extractors.errors import PayloadError
from extractors.partition import LOAD_COLUMNS, Partition
from extractors.pii import scrub
from extractors.retrying import Failure
from extractors.spool import BUFFER_BYTES, Conflict, Spool
from extractors.stream import NEW_FIELDS, Stream


class Staging:
    """The rows of one stream and account on their way to their files below ``staged/<load_id>``."""

    def __init__(
        self,
        staged: Path,
        stream: Stream,
        *,
        load_id: str,
        source: str,
        account: str,
        loaded_at: datetime,
        part: str = "0",
        buffer_bytes: int = BUFFER_BYTES,
    ) -> None:
        self._root, self._stream, self._source, self._account = staged / load_id, stream, source, account
        self._load_id, self._loaded_at = load_id, loaded_at
        self._news: set[date] = set()
        aside = self._root / source / stream.name / f"account={account}" / f"_runs-{part}"
        alike = stream.twice is not None
        self._spool = Spool(stream.keys, aside, buffer_bytes=buffer_bytes, repeats=stream.repeats, alike=alike)

    def add(self, day: date, rows: pa.Table | pa.RecordBatch, turn: int = 0) -> None:
        """Rows of a day (``turn``: see ``Batch``). PayloadError where they are not what the stream declares."""
        table = pa.Table.from_batches([rows]) if isinstance(rows, pa.RecordBatch) else rows
        known = conform(table, self._stream, source=self._source, account=self._account, day=day)
        if NEW_FIELDS.name in table.schema.names:
            news = table.column(NEW_FIELDS.name)
            self._news |= {day} if news.null_count < len(news) else set()
        else:
            news = pa.nulls(len(table), NEW_FIELDS.type)
        self._spool.add(day, _scrubbed(known.append_column(NEW_FIELDS, news)), turn)

    def drop(self, days: Iterable[date] | None = None) -> None:
        """Forget the rows of these days (of all by default): they are asked for again."""
        days = None if days is None else set(days)
        self._news -= set(self._news) if days is None else days
        self._spool.drop(days)

    def finish(self, day: date) -> Partition:
        """Write the day's file; its ledger row with status ``staged``. The error of ``Stream.twice`` for a key with two rows."""
        partition = Partition(
            load_id=self._load_id,
            source=self._source,
            stream=self._stream.name,
            account=self._account,
            dt=day.isoformat(),
            kind=str(self._stream.kind),
            status="staged",
            loaded_at=self._loaded_at.isoformat(),
        )
        target = self._root / partition.path
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = target.with_suffix(".writing")
        try:
            self._write(aside, partition, pieces(self._spool.take(day)), has_news=day in self._news)
        except Conflict:
            aside.unlink(missing_ok=True)
            assert self._stream.twice is not None
            raise Failure(self._stream.twice).error().located(day=day.isoformat()) from None
        os.replace(aside, target)
        partition.bytes = target.stat().st_size
        return partition

    def close(self) -> None:
        """Remove what was kept aside."""
        self._spool.close()

    def _write(self, path: Path, partition: Partition, rows: Iterator[pa.Table], *, has_news: bool) -> None:
        schema = self._stream.schema.append(NEW_FIELDS) if has_news else self._stream.schema
        found, totals = ContentHash(schema), dict[str, Any].fromkeys(self._stream.control_columns, 0)
        whole = schema
        for field in LOAD_COLUMNS:
            whole = whole.append(field)
        with pq.ParquetWriter(path, whole, compression="zstd", store_schema=True) as file:
            for whole_piece in rows:
                piece = whole_piece.select(schema.names)
                found.update(piece)
                partition.rows += len(piece)
                for name in totals:
                    totals[name] += pc.sum(piece[name]).as_py() or 0
                file.write_table(self._stamped(piece), row_group_size=PIECE)
                del whole_piece, piece  # the next is made before the loop would let go of this one
        partition.content_hash = found.hexdigest()
        partition.control_totals = {name: str(total or 0) for name, total in totals.items()}

    def _stamped(self, rows: pa.Table) -> pa.Table:
        rows = rows.append_column(LOAD_COLUMNS[0], pa.repeat(self._load_id, len(rows)).cast(pa.string()))
        return rows.append_column(LOAD_COLUMNS[1], pa.repeat(pa.scalar(self._loaded_at, LOAD_COLUMNS[1].type), len(rows)))


def stage(
    staged: Path,
    stream: Stream,
    batches: Iterable[pa.Table | pa.RecordBatch],
    *,
    load_id: str,
    source: str,
    account: str,
    day: date,
    loaded_at: datetime,
) -> Partition:
    """Write one partition aside and return its ledger row with status ``staged``."""
    staging = Staging(staged, stream, load_id=load_id, source=source, account=account, loaded_at=loaded_at)
    try:
        for rows in batches:
            staging.add(day, rows)
        return staging.finish(day)
    finally:
        staging.close()


def conform(rows: pa.Table, stream: Stream, *, source: str, account: str, day: date) -> pa.Table:
    """Rows in the stream's schema and order; PayloadError names a missing field, a flipped type or a null key."""
    columns = []
    for wanted in stream.schema:
        at = rows.schema.get_field_index(wanted.name)
        if at < 0:
            if not wanted.nullable:
                raise _payload(f"the answer lacks the field {wanted.name}", stream, source, account, day)
            columns.append(pa.nulls(len(rows), wanted.type))
            continue
        column = rows.column(at)
        if column.type != wanted.type:
            try:
                column = column.cast(wanted.type)
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
                raise _payload(
                    f"the field {wanted.name} came as {column.type} where {wanted.type} is documented", stream, source, account, day
                ) from None
        if not wanted.nullable and column.null_count:
            raise _payload(f"the field {wanted.name} is empty in {column.null_count} of {len(rows)} rows", stream, source, account, day)
        columns.append(column)
    return pa.Table.from_arrays(columns, schema=stream.schema)


def _payload(what: str, stream: Stream, source: str, account: str, day: date) -> PayloadError:
    return PayloadError(
        f"{what[0].upper()}{what[1:]}.",
        action="Compare the platform's changelog with the stream's schema; the day is read again at the next run.",
        source=source,
        stream=stream.name,
        account=account,
        day=day,
    )


def _scrubbed(table: pa.Table) -> pa.Table:
    columns = [pa.chunked_array([scrub(chunk) for chunk in column.chunks], type=column.type) for column in table.columns]
    return pa.Table.from_arrays(columns, schema=table.schema)
