"""A source of our own, ``shop``, with one stream of ``things`` and two accounts, to run without any platform."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from extractors import runner
from extractors.connections import Connection
from extractors.landing import Landing
from extractors.stream import Account, ApiVersion, Batch, Days, Kind, Source, Stream

NOW = datetime(2026, 1, 9, tzinfo=UTC)
DAYS = Days(date(2026, 1, 5), date(2026, 1, 7))
SCHEMA = pa.schema([pa.field("id", pa.int64(), nullable=False)])


def source(
    extract: Any, *, kind: Kind = Kind.DAILY, accounts: list[Account] | None = None, window: int = 1, **stream_fields: Any
) -> Source:
    stream = Stream(name="things", kind=kind, schema=SCHEMA, keys=("id",), extract=extract, restatement_days=window, **stream_fields)
    return Source(
        name="shop",
        connection_id="shop_default",
        api=ApiVersion("1"),
        streams=(stream,),
        connect=lambda connection: object(),
        accounts=lambda client: accounts or [Account("a1"), Account("a2")],
    )


def run(held: Source, tmp_path: Path, *, extra: dict[str, Any] | None = None, **options: Any) -> runner.Report:
    connection = Connection("shop_default", extra=extra or {})
    return runner.run(held, connection, DAYS, Landing(tmp_path), load_id="l1", loaded_at=NOW, **options)


def one_row_a_day(client: object, account: Account, days: Days) -> Iterator[Batch]:
    for day in days:
        yield Batch(day, pa.table({"id": [day.day]}))
