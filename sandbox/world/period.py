"""The days of a world, and the clocks that count them.

Site days are the property's calendar days (America/Sao_Paulo, UTC-3 all year since 2019). The site is simulated
up to the last midnight there; email events up to 00:00 UTC of the same date, because Klaviyo's partitions are UTC
days and an event three hours later would lie in a day nobody asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

SITE_ZONE = "America/Sao_Paulo"
MICRO = 1_000_000
SECOND = MICRO
MINUTE = 60 * MICRO
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@lru_cache(maxsize=8)
def zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def midnight(day: date, zone_name: str = SITE_ZONE) -> int:
    """Microseconds UTC of the start of ``day`` in the zone."""
    return int(datetime(day.year, day.month, day.day, tzinfo=zone(zone_name)).timestamp()) * MICRO


def moment(at: int) -> datetime:
    """The UTC datetime of microseconds since the epoch."""
    return datetime.fromtimestamp(at // MICRO, UTC) + timedelta(microseconds=at % MICRO)


@lru_cache(maxsize=200_000)
def _local_date(hour: int, zone_name: str) -> date:
    return datetime.fromtimestamp(hour * 900, UTC).astimezone(zone(zone_name)).date()


def local_date(at: int, zone_name: str = SITE_ZONE) -> date:
    """The calendar day of the instant in the zone (no zone here changes day off a quarter of an hour)."""
    return _local_date(at // (900 * MICRO), zone_name)


def iso(at: int) -> str:
    """ISO 8601 with seconds, UTC."""
    return moment(at).replace(microsecond=0).isoformat()


def is_gone(day: int | None, period: Period) -> bool:
    """Whether the world's day lies within the period, so that what ends on it has ended."""
    return day is not None and day < period.days


@dataclass(frozen=True)
class Period:
    """``days`` calendar days from ``start``."""

    start: date
    days: int

    @property
    def dates(self) -> list[date]:
        return [self.start + timedelta(days=number) for number in range(self.days)]

    @property
    def end(self) -> date:
        """The first day after."""
        return self.start + timedelta(days=self.days)

    @property
    def site_end(self) -> int:
        return midnight(self.end)

    @property
    def email_end(self) -> int:
        return midnight(self.end, "UTC")

    def day_number(self, at: int) -> int:
        """0 for the first site day."""
        return (local_date(at) - self.start).days
