"""A breakdown that no longer breaks down: platforms drop one silently, and the figures then look whole.

Rows whose breakdown is unknown or empty throughout, where the same day or the newest day before it in place told several values,
have lost it: critical. So has a day in place that told several values and now comes with one. A new day with one known value may be
a change of the campaigns, so against the day before it is a warning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa

from expectations.landing.declare import Extras
from expectations.landing.reading import Staged, distinct
from extractors.landing import Landing, Partition

UNTOLD = frozenset({"", "unknown"})
NEAR_DAYS = 7
"""The day to compare with is at most this far back."""


@dataclass(frozen=True)
class Lost:
    """How many values were in place where now at most one is told. ``certain``: nothing but a lost breakdown explains it."""

    values: int = 0
    certain: bool = False


def lost(one: Staged, extras: Extras, landing: Landing, days: Mapping[str, Partition]) -> Lost:
    """What became of the breakdown of one staged partition; ``days`` are the landed days of its stream and account."""
    if extras.breakdown is None or not one.sound or not one.file_rows:
        return Lost()
    told = one.told - UNTOLD
    if len(told) > 1:
        return Lost()
    own = _in_place(landing.file(one.partition), extras.breakdown)
    if len(own) > 1:
        return Lost(len(own), certain=True)
    before = _in_place(_day_before(landing, one.partition, days), extras.breakdown)
    return Lost(len(before), certain=not told) if len(before) > 1 else Lost()


def _day_before(landing: Landing, partition: Partition, days: Mapping[str, Partition]) -> Path | None:
    own = date.fromisoformat(partition.dt)
    near = [dt for dt, row in days.items() if row.rows and 0 < (own - date.fromisoformat(dt)).days <= NEAR_DAYS]
    return landing.file(days[max(near)]) if near else None


def _in_place(path: Path | None, column: str) -> frozenset[str]:
    if path is None or not path.exists():
        return frozenset()
    try:
        return distinct(path, column) - UNTOLD
    except (OSError, pa.ArrowException):
        return frozenset()
