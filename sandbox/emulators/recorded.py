"""A folder of vendor-shaped rows, and the emulators' clock over it.

A row may carry ``_from`` and ``_until`` (ISO 8601, UTC): it is visible while ``_from <= clock < _until``.
That is how late events, restated figures and deleted objects are told apart by the day one asks. Without
a clock only rows without ``_until`` are visible, whatever their ``_from``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

Row = dict[str, Any]


class Clock:
    """The moment at which the world is looked at; ``None`` means after everything.

    ``today`` is what the platforms take for the present where no moment is set: rules such as "clicks of the last 90 days"
    go by it, while every row stays visible. Without it the machine's time is the present.
    """

    def __init__(self, moment: datetime | None = None, *, today: datetime | None = None) -> None:
        self.moment = moment
        self.today = today

    def now(self) -> datetime:
        """The moment, else the world's present, else the machine's time."""
        return self.moment or self.today or datetime.now(UTC)

    def shows(self, row: Row) -> bool:
        """Whether the row is visible at the moment."""
        starts, ends = row.get("_from"), row.get("_until")
        if self.moment is None:
            return ends is None
        return (starts is None or _parse(starts) <= self.moment) and (ends is None or self.moment < _parse(ends))


def _parse(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def read(path: Path) -> Iterator[Row]:
    """All rows of one NDJSON file; none where the file is absent."""
    if path.exists():
        with path.open("rb") as lines:
            for line in lines:
                if line.strip():
                    yield orjson.loads(line)


def visible(rows: list[Row], clock: Clock) -> list[Row]:
    """The rows visible at the clock's moment, without the two clock fields."""
    return [{key: value for key, value in row.items() if key not in ("_from", "_until")} for row in rows if clock.shows(row)]
