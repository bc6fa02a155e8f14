"""How large the sets are, and where they are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from benchmarks.measure import cache

FIRST_DAY = date(2026, 1, 1)
VERSION = 3
"""Goes up with any change of the rows, so that no older set is taken for a new one."""


@dataclass(frozen=True)
class EventSet:
    """Devices over some days, or what these devices and new ones do on the day after (``nightly``).

    At a scale of 1: 1.8 million devices, 260 thousand users, 19 million events, 0.9 million Google clicks, 0.3 million orders.
    """

    name: str
    devices: int
    nightly: bool = False
    day_count: int = 90

    @property
    def folder(self) -> Path:
        return cache() / f"events-v{VERSION}-{self.name}"

    @property
    def landing(self) -> Path:
        """Root of a landing zone with its ledger."""
        return self.folder / "landing"

    @property
    def flat(self) -> Path:
        """``dt=<day>/part-0.parquet`` of the flat table."""
        return self.folder / "flat"

    @property
    def days(self) -> list[date]:
        return [FIRST_DAY + timedelta(days=number) for number in ([self.day_count] if self.nightly else range(self.day_count))]


SETS = {
    "tiny": EventSet("tiny", 1_800),
    "2M": EventSet("2M", 180_000),
    "20M": EventSet("20M", 1_800_000),
    # One day as large as a day of 20M, by devices that 2M has too and by new ones: the same night after either history.
    "night": EventSet("night", 180_000, nightly=True),
    "tiny-night": EventSet("tiny-night", 1_800, nightly=True),
}
