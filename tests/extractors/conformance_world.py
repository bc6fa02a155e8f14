"""The recorded world of one source for the conformance cases: what its platform serves, and what must land of it.

Every world tells the same days. SPRING: a full day, a day with nothing but zeros, the short day on which clocks go forward in New
York (23 hours), the day after it, and a day without rows. AUTUMN: two days, and the long one on which they go back (25 hours). There
are two accounts, one in Sao Paulo, which has no such days, and one in New York, where the platform has several. Names are Portuguese,
an emoji and Japanese; ids lie beyond 2^53, so that neighbours would be one as floating point numbers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from extractors.stream import Days
from sandbox.emulators.faults import FaultPlan

Row = dict[str, Any]
Files = Mapping[str, list[Row] | bytes]
"""Path below ``<source>/`` -> rows (NDJSON, or CSV by the name), or the bytes themselves."""
Expected = dict[str, dict[tuple[str, date], list[Row]]]
"""Stream -> (account, day) -> some columns of every row that must land, while a world is written."""

FULL, ZEROS, SHORT, AFTER, EMPTY = (date(2026, 3, 6) + timedelta(days=n) for n in range(5))
SPRING = Days(FULL, EMPTY)
BEFORE_LONG, LONG = date(2025, 10, 31), date(2025, 11, 2)
AUTUMN = Days(BEFORE_LONG, LONG)
LATER = date(2026, 3, 13)
"""A day after SPRING: what a platform that has not made it yet calls pending."""
DATED = [day for days in (AUTUMN, SPRING) for day in days if day != EMPTY]
"""The days of both but EMPTY."""
NAME = "Promoção de Verão ☕ 夏のセール"
BIG, BIGGER = 2**53, 2**53 + 1
MANY = 24
"""Rows of an entity: enough for the loss of most of them to be no restatement."""
SAO_PAULO, NEW_YORK = "America/Sao_Paulo", "America/New_York"


@dataclass(frozen=True)
class Place:
    """Where the platform keeps the rows of one stream, and how it is spoilt.

    ``files``: suffix of the files' paths. ``operation``: the call as fault plans name it (``account``: only calls of that one).
    ``required``: dotted path of a field that every row has. ``typed`` and ``flipped``: a field, and a value of another type.
    ``new``: where a field appears that nobody knows. ``missing``: the fault that takes the required field out of the answer, where rows
    without it cannot be recorded.
    """

    files: str
    operation: str = ""
    account: str | None = None
    required: str = ""
    typed: str = ""
    flipped: Any = None
    new: str = ""
    missing: str = ""


Patch = Callable[[pytest.MonkeyPatch, FaultPlan], Mapping[str, Any]]


def _as_it_is(patch: pytest.MonkeyPatch, faults: FaultPlan) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True)
class World:
    """``expected``: stream -> (account, day) -> some columns of every row that must land, which is what was served.

    ``paged`` and ``reordered`` make the emulator cut pages of a few rows, or serve in another order, where other rows do not:
    they patch the emulator before it starts, and return fields for the Connection's extra.
    ``faults``: case (transient, permanent, broken) -> fault kind and its options. ``spoil``: the same for a source without calls,
    as other files. ``pending``: streams of which LATER is not there yet.
    """

    source: str
    files: Files
    expected: Mapping[str, Mapping[tuple[str, date], list[Row]]]
    places: Mapping[str, Place]
    zones: Mapping[str, str]
    faults: Mapping[str, tuple[str, Row]] = field(default_factory=dict)
    spoil: Mapping[str, Callable[[Files], Files]] = field(default_factory=dict)
    paged: Patch = _as_it_is
    reordered: Patch = _as_it_is
    extra: Mapping[str, Any] = field(default_factory=dict)
    pending: frozenset[str] = frozenset()

    def rows(self, stream: str, day: date | None = None, account: str | None = None) -> list[Row]:
        """The expected rows of a stream, of one day and account where they are given."""
        return [
            row for (whose, when), rows in self.expected[stream].items() if day in (None, when) and account in (None, whose) for row in rows
        ]

    def changed(self, change: Callable[[str, list[Row]], list[Row]]) -> World:
        """The world with other rows; bytes stay as they are."""
        return replace(self, files={path: change(path, rows) if isinstance(rows, list) else rows for path, rows in self.files.items()})


def write(root: Path, world: World) -> Path:
    """The world as a folder that its emulator serves; returns ``root``."""
    for name, rows in world.files.items():
        path = root / world.source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(rows, bytes):
            path.write_bytes(rows)
        elif path.suffix == ".csv":
            header = list(dict.fromkeys(key for row in rows for key in row))
            path.write_text(
                "".join(",".join(str(cell) for cell in line) + "\n" for line in [header, *([r[k] for k in header] for r in rows)])
            )
        else:
            path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return root


def expect_snapshot(expected: Expected, stream: str, account: str, rows: list[Row]) -> None:
    """Expect the rows on each day that a snapshot is dated: the last of SPRING and of AUTUMN."""
    for last in (SPRING.last, AUTUMN.last):
        expected[stream][(account, last)] = rows


def hours(day: date, zone: str) -> Iterator[datetime]:
    """Each hour of a calendar day in ``zone``, at half past, as UTC: 23, 24 or 25 moments."""
    at = datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)
    while at < end:
        yield at + timedelta(minutes=30)
        at += timedelta(hours=1)


def put(row: Row, path: str, value: Any) -> Row:
    """A copy of the row with another value at a dotted path; ``...`` takes the field out. Lists on the way are walked through."""
    head, _, rest = path.partition(".")
    if not rest:
        return {key: held for key, held in row.items() if key != head} if value is ... else {**row, head: value}
    inner = row.get(head)
    if isinstance(inner, list):
        return {**row, head: [put(item, rest, value) for item in inner]}
    return {**row, head: put(inner, rest, value)} if isinstance(inner, dict) else row
