"""``period`` and ``date`` as days of the site's own calendar (https://developer.matomo.org/api-reference/reporting-api)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from sandbox.emulators.matomo.errors import bad_date, bad_period

PERIODS = ("day", "week", "month", "year", "range")


@dataclass(frozen=True)
class Span:
    """Days from ``first`` to ``last``, both included. ``is_many`` asks for a report of each period between them."""

    first: date
    last: date
    is_many: bool = False

    def instants(self, zone: tzinfo) -> tuple[int, int]:
        """Epoch seconds: not before the first, before the second."""
        return _midnight(self.first, zone), _midnight(self.last + timedelta(days=1), zone)

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]


def site_zone(name: str) -> tzinfo:
    """A zone of the tz database, or one of Matomo's own manual offsets, ``UTC+5.5``."""
    manual = re.fullmatch(r"UTC([+-]\d+(?:\.\d+)?)", name)
    return timezone(timedelta(hours=float(manual[1]))) if manual else ZoneInfo(name)


def span(period: str, text: str, now: datetime, zone: tzinfo) -> Span:
    """The days that are asked for; ApiError 400 for what is no period or no date."""
    if period not in PERIODS:
        raise bad_period(period)
    today = now.astimezone(zone).date()
    if found := re.fullmatch(r"(last|previous)(\d+)", text):
        last = today if found[1] == "last" else today - timedelta(days=1)
        return Span(last - timedelta(days=int(found[2]) - 1), last, is_many=period != "range")
    if "," in text:
        first, last = (_date(part, today) for part in text.split(",", 1))
        if last < first:
            raise bad_date(text)
        return Span(first, last, is_many=period != "range")
    if period == "range":
        raise bad_date(text)
    day = _date(text, today)
    if period == "week":
        monday = day - timedelta(days=day.weekday())
        return Span(monday, monday + timedelta(days=6))
    if period == "month":
        return Span(day.replace(day=1), (day.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1))
    if period == "year":
        return Span(date(day.year, 1, 1), date(day.year, 12, 31))
    return Span(day, day)


def _date(text: str, today: date) -> date:
    if text in ("today", "now", "yesterday"):
        return today - timedelta(days=text == "yesterday")
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise bad_date(text)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise bad_date(text) from None


def _midnight(day: date, zone: tzinfo) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC).timestamp())
