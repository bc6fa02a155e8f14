"""A time of Matomo's that no clock of the warehouse can tell: its day is refused by name before it lands, the days beside it land."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from matomo_folder import SITE, visit, write
from one_night import one_night

from expectations.landing.matomo import LAST_SECOND
from extractors.site_analytics.matomo import SOURCE
from extractors.stream import Days
from sandbox.emulators.faults import FaultPlan
from sandbox.emulators.matomo import serve
from sandbox.emulators.recorded import Clock


def odd(number: int, last: str, field: str, seconds: int) -> dict[str, Any]:
    """A visit with one time that is none: of its start, or of an action in its middle."""
    held = visit(number, last)
    if field == "firstActionTimestamp":
        return held | {field: seconds}
    return held | {"actionDetails": [held["actionDetails"][0] | {"timestamp": seconds}, held["actionDetails"][1]]}


@pytest.mark.parametrize("field", ["firstActionTimestamp", "actionDetails.timestamp"])
@pytest.mark.parametrize("seconds", [2**63 - 1, LAST_SECOND + 1, 0, -(2**63)])
def test_a_day_with_a_moment_that_is_none_is_quarantined(tmp_path: Path, field: str, seconds: int) -> None:
    sound = [visit(number, f"2026-01-0{1 + number % 2} 10:00:00") for number in range(20)]
    beside, wrong = odd(20, "2026-01-01 11:00:00", field, LAST_SECOND), odd(21, "2026-01-02 11:00:00", field, seconds)
    emulator = serve(write(tmp_path / "rows", [*sound, beside, wrong]), clock=Clock(), faults=FaultPlan())
    _, done = one_night(SOURCE, emulator, Days(date(2026, 1, 1), date(2026, 1, 2)), tmp_path)
    visits = [row for row in done if row.stream == "visits" and row.account == SITE]
    assert [(row.dt, row.status, row.rows) for row in visits] == [("2026-01-01", "landed", 11), ("2026-01-02", "quarantined", 11)]
    message = visits[1].message or ""
    assert f"{field[0].upper()}{field[1:]} is not between 1 and 9,223,000,000,000 (1 of 11 rows)." in message
    assert f"source matomo, stream visits, account {SITE}, day 2026-01-02" in message
