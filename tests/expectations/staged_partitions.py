"""Healthy rows for any stream, staged as real Parquet files, and ways to spoil them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from expectations.landing import Result, validate
from expectations.landing.declare import SHA256, Extras
from expectations.landing.suites import day_column, extras_of
from extractors import registry
from extractors.landing import Landing, Partition, stage
from extractors.stream import Stream

LOADED_AT = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
DAY = date(2026, 2, 10)
DAYS = [DAY + timedelta(days=n) for n in range(4)]
STREAMS = {source: registry.load(source).streams for source in registry.MODULES}


def column(stream: Stream, extras: Extras, field: pa.Field, rows: int, day: date) -> pa.Array:
    """Values of one field that keep every rule of the stream: keys count up, sets give a member, days are the day."""
    name, kind = field.name, field.type
    if name == day_column(stream, extras) or any(name in pair for pair in extras.equal):
        value: Any = day if pa.types.is_date(kind) else day.strftime("%Y%m%d")
        if pa.types.is_timestamp(kind):
            value = datetime.combine(day, time(12), UTC)
        return pa.array([value] * rows, kind)
    known = {**extras.closed_sets, **extras.open_sets}.get(name)
    if known:
        return pa.array([known[-1]] * rows, kind)
    if extras.forms.get(name) == SHA256 and name == stream.keys[-1]:
        return pa.array([f"{at:064x}" for at in range(rows)], kind)
    if name in extras.forms and name != stream.keys[-1]:
        return pa.array([{SHA256: "ab" * 32, "^[A-Z]{3}$": "USD", "^[0-9a-f]{16}$": "ab" * 8}[extras.forms[name]]] * rows, kind)
    if pa.types.is_string(kind):
        prefix = "act_" if extras.forms.get(name) == "^act_[0-9]+$" else ""
        codes = name == "currency"
        return pa.array([f"{chr(65 + at // 26 % 26)}X{chr(65 + at % 26)}" if codes else f"{prefix}{at}" for at in range(rows)], kind)
    if pa.types.is_decimal(kind):
        return pa.array([Decimal(at + 1) / 4 for at in range(rows)], kind)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return pa.array(range(1, rows + 1), pa.int64()).cast(kind)
    if pa.types.is_timestamp(kind):
        return pa.array([datetime.combine(day, time(12), UTC)] * rows, kind)
    return pa.nulls(rows, kind)


def healthy(source: str, stream: Stream, rows: int, day: date) -> pa.Table:
    extras = extras_of(source, stream.name)
    return pa.Table.from_arrays([column(stream, extras, field, rows, day) for field in stream.schema], schema=stream.schema)


def put(
    landing: Landing, source: str, stream: Stream, account: str, day: date, table: pa.Table | int, load_id: str = "load-1"
) -> Partition:
    """Stage a partition the way a load does: ``table`` or that many healthy rows."""
    rows = healthy(source, stream, table, day) if isinstance(table, int) else table
    return stage(landing.staged, stream, [rows], load_id=load_id, source=source, account=account, day=day, loaded_at=LOADED_AT)


def spoil(landing: Landing, partition: Partition, name: str, values: Sequence[Any] | None) -> None:
    """Rewrite one column of a staged file, first rows first; None takes the column out."""
    path: Path = landing.staged_file(partition)
    table = pq.read_table(path, partitioning=None)
    at = table.schema.get_field_index(name)
    if values is None:
        table = table.drop_columns([name])
    else:
        kept = table.column(name).to_pylist()
        table = table.set_column(
            at, pa.field(name, table.schema.field(name).type), pa.array([*values, *kept[len(values) :]], table.schema.field(name).type)
        )
    pq.write_table(table, path)


def of(source: str, name: str) -> Stream:
    return next(stream for stream in STREAMS[source] if stream.name == name)


def stage_days(landing: Landing, source: str, name: str, rows: int = 12, days: list[date] | None = None) -> list[Partition]:
    stream = of(source, name)
    return [put(landing, source, stream, account, day, rows) for account in ("11", "22") for day in days or DAYS]


def judged(landing: Landing, partitions: list[Partition], recent: list[Partition] | None = None) -> list[Result]:
    return validate(landing, "load-1", partitions, recent=recent or [])


def failed(results: list[Result]) -> set[tuple[str, str, str | None, str | None, int]]:
    return {(r.expectation, r.severity, r.account, r.dt, r.unexpected_count) for r in results if not r.success}


def landed(partition: Partition, rows: int, day: date, **totals: str) -> Partition:
    return Partition(
        "earlier", partition.source, partition.stream, partition.account, day.isoformat(), partition.kind, "landed", rows=rows,
        control_totals=totals, loaded_at=datetime(2026, 2, 1, tzinfo=UTC).isoformat(),
    )  # fmt: skip
