"""Reading one recorded file: its rows as an Arrow table, and when each of them is visible."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from sandbox.emulators.ga4.rows import conformed, table_of

_CLOCK = ("_from", "_until")


@dataclass(frozen=True)
class Bounds:
    """When each row is visible: ``from <= moment < until``. Empty lists where no row of the file says so."""

    rows: int
    starts: list[datetime | None] = field(default_factory=list)
    ends: list[datetime | None] = field(default_factory=list)

    def visible(self, moment: datetime | None) -> list[bool] | int:
        """Which rows are visible, or their number where the file bounds none. Without a moment: those without an end."""
        if not self.starts:
            return self.rows
        if moment is None:
            return [end is None for end in self.ends]
        return [
            (start is None or start <= moment) and (end is None or moment < end) for start, end in zip(self.starts, self.ends, strict=True)
        ]

    def changes(self, moment: datetime | None) -> tuple[datetime | None, datetime | None]:
        """The first and the last moment up to now at which a row came or went."""
        moments = [change for change in (*self.starts, *self.ends) if change is not None and (moment is None or change <= moment)]
        return (min(moments), max(moments)) if moments else (None, None)


def bounds(path: Path, event_date: str | None) -> Bounds:
    if path.suffix == ".parquet":
        names = [name for name in _CLOCK if name in pq.read_schema(path).names]
        rows = pq.read_metadata(path).num_rows
        columns = pq.read_table(path, columns=names, partitioning=None).to_pydict() if names else {}
        if not columns:
            return Bounds(rows)
        empty: list[Any] = [None] * rows
        return Bounds(rows, [_moment(value) for value in columns.get("_from", empty)], [_moment(v) for v in columns.get("_until", empty)])
    if event_date is None and not _mentions(path):
        with path.open("rb") as lines:
            return Bounds(sum(1 for line in lines if line.strip()))
    pairs = [(_moment(row.get("_from")), _moment(row.get("_until"))) for row in _parsed(path, event_date)]
    if not any(start or end for start, end in pairs):
        return Bounds(len(pairs))
    return Bounds(len(pairs), [start for start, _ in pairs], [end for _, end in pairs])


def load(path: Path, event_date: str | None) -> pa.Table:
    """All rows of a table, visible or not, in the types BigQuery serves and without the clock's columns."""
    if path.suffix == ".parquet":
        table = pq.read_table(path, partitioning=None)
        return conformed(table.drop_columns([name for name in _CLOCK if name in table.column_names]))
    rows = list(_parsed(path, event_date))
    return table_of([{name: value for name, value in row.items() if name not in _CLOCK} for row in rows])


def dates(path: Path) -> list[str]:
    """The values of ``event_date`` in a file that holds several days."""
    return sorted(_by_date(path, path.stat().st_mtime_ns))


def _parsed(path: Path, event_date: str | None) -> Iterator[dict[str, Any]]:
    if event_date is None:
        with path.open("rb") as lines:
            yield from (orjson.loads(line) for line in lines if line.strip())
    else:
        yield from (orjson.loads(line) for line in _by_date(path, path.stat().st_mtime_ns)[event_date])


@lru_cache(maxsize=4)
def _by_date(path: Path, version: int) -> dict[str, list[bytes]]:
    days: dict[str, list[bytes]] = {}
    with path.open("rb") as lines:
        for line in lines:
            if line.strip():
                days.setdefault(str(orjson.loads(line)["event_date"]), []).append(line)
    return days


def _mentions(path: Path) -> bool:
    with path.open("rb") as lines:
        return any(b'"_from"' in line or b'"_until"' in line for line in lines)


def _moment(value: Any) -> datetime | None:
    if value is None:
        return None
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
