"""Control totals: what a load landed beside what the platform says of the same by another question.

``Source.reconcile`` compares the partitions of one account after its streams were read. What it finds is kept in the ledger
(``control_totals``: landed, platform, difference, likely_cause); a difference that nothing explains stops the day.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pyarrow as pa

from extractors.errors import PayloadError
from extractors.landing import Partition

Reader = Callable[..., pa.Table]
"""The staged rows of a partition; with a list of names only these columns, which is what a day of any size allows."""

MOVED = "figures moved between the two questions"
TOLERANCE = Decimal("0.01")
"""Share of the platform's figure: the two questions are asked some seconds apart, and figures of the last days move."""


@dataclass(frozen=True)
class ControlTotal:
    """``landed`` and ``platform`` are the same measure of one partition, in its unit. ``likely_cause`` is empty where they agree.

    ``failure`` says in a sentence what is wrong where the difference is beyond what any cause explains, else it is empty.
    """

    partition: Partition
    measure: str
    landed: Decimal
    platform: Decimal
    likely_cause: str = ""
    failure: str = ""

    @property
    def difference(self) -> Decimal:
        return self.landed - self.platform

    def keep(self) -> None:
        """Write the comparison into the partition's ledger row."""
        self.partition.control_totals |= figures(self.measure, self.landed, self.platform, self.likely_cause)

    def error(self) -> PayloadError:
        likely = f" Likely: {self.likely_cause}." if self.likely_cause.startswith("time zone") else ""
        return PayloadError(
            f"{self.failure} (landed {self.landed:f}, the platform's own total {self.platform:f}, {self.measure}).{likely}",
            action="Compare the day in the platform's own report; run the day again, because figures may have been restated meanwhile.",
            source=self.partition.source,
            stream=self.partition.stream,
            account=self.partition.account,
            day=self.partition.dt,
        )


def figures(measure: str, landed: Decimal | int, platform: Decimal | int, likely_cause: str) -> dict[str, str]:
    """The comparison as the ledger keeps it; a batch may carry it too, where the client compares while it reads."""
    told = (Decimal(landed), Decimal(platform), Decimal(landed - platform))
    names = ("landed", "platform", "difference")
    return {"measure": measure, **{name: f"{one:f}" for name, one in zip(names, told, strict=True)}, "likely_cause": likely_cause}


def by_day(partitions: Sequence[Partition], stream: str) -> dict[str, Partition]:
    """The staged partitions of a stream by day."""
    return {row.dt: row for row in partitions if row.stream == stream and row.status == "staged"}


def beyond(landed: Decimal, platform: Decimal, least: Decimal) -> bool:
    """Whether the difference is more than the tolerance; ``least`` is what is always allowed, one unit of the currency."""
    return abs(landed - platform) > max(abs(platform) * TOLERANCE, least)


def still_open(partition: Partition, zone: str | None) -> str:
    """Why the figures of a day may differ that had not ended in the account's time zone when it was read; empty where it had.

    A night's day is one of UTC; in America it goes on for hours after that, and grows between the two questions. It is read again
    the next night, and compared then.
    """
    if not zone:
        return ""
    try:
        ends = datetime.combine(date.fromisoformat(partition.dt) + timedelta(days=1), time(), ZoneInfo(zone))
        read_at = datetime.fromisoformat(partition.loaded_at)
    except (ZoneInfoNotFoundError, ValueError):
        return ""
    return f"time zone: the day had not ended in {zone} when it was read" if read_at < ends else ""


def shifted(day: str, differences: Mapping[str, Decimal], zone: str | None) -> str:
    """Why a day may differ whose neighbour differs by as much the other way: its hours were counted there. Empty where none does."""
    for step in (-1, 1):
        neighbour = (date.fromisoformat(day) + timedelta(days=step)).isoformat()
        if differences[day] and differences.get(neighbour) == -differences[day]:
            named = f", the account's being {zone}" if zone else ""
            return f"time zone: {neighbour} differs by as much the other way, so the two questions cut days in different zones{named}"
    return ""
