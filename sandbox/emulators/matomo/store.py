"""One site's rows, and what its reports count."""

from __future__ import annotations

from bisect import bisect_left
from datetime import datetime
from pathlib import Path
from typing import Any

from sandbox.emulators.matomo.periods import site_zone
from sandbox.emulators.recorded import Clock, read, visible

Row = dict[str, Any]


class Site:
    """The rows of one ``matomo/<idSite>`` folder. Visits are in the order of their last action."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.id = folder.name
        self._clock = clock
        self.row: Row = next(iter(read(folder / "site.ndjson")))
        self.zone = site_zone(str(self.row["timezone"]))
        self._recorded = list(read(folder / "visits.ndjson"))
        self._moment: datetime | None = None
        self._visits: list[Row] | None = None

    def visits(self, first: int, end: int) -> list[Row]:
        """Visits whose last action lies in [first, end), by that time; equal times by idVisit."""
        if self._visits is None or self._moment != self._clock.moment:
            self._moment = self._clock.moment
            self._visits = sorted(visible(self._recorded, self._clock), key=lambda row: (_last(row), int(row["idVisit"])))
        return self._visits[bisect_left(self._visits, first, key=_last) : bisect_left(self._visits, end, key=_last)]


def _last(row: Row) -> int:
    return int(row["lastActionTimestamp"])


def summary(visits: list[Row]) -> Row:
    """``VisitsSummary.get`` over some visits, as the archived report of one period has it."""
    count, actions = len(visits), sum(int(row.get("actions") or 0) for row in visits)
    length = sum(int(row.get("visitDuration") or 0) for row in visits)
    bounces = sum(int(row.get("actions") or 0) <= 1 for row in visits)
    return {
        "nb_uniq_visitors": len({row["visitorId"] for row in visits}),
        "nb_users": len({row["userId"] for row in visits if row.get("userId")}),
        "nb_visits": count,
        "nb_actions": actions,
        "nb_visits_converted": sum(bool(int(row.get("visitConverted") or 0)) for row in visits),
        "bounce_count": bounces,
        "sum_visit_length": length,
        "max_actions": max((int(row.get("actions") or 0) for row in visits), default=0),
        "bounce_rate": f"{_half_up(100 * bounces, count)}%",
        "nb_actions_per_visit": round(actions / count, 1) if count else 0,
        "avg_time_on_site": _half_up(length, count),
    }


def _half_up(amount: int, count: int) -> int:
    return (2 * amount + count) // (2 * count) if count else 0
