"""A timestamp that no clock of the warehouse can tell: its day is refused by name before it lands, the days beside it land."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from ga4_folder import event, write
from one_night import one_night

from expectations.landing.ga4 import LAST_MICROS
from extractors.site_analytics.ga4 import SOURCE
from extractors.stream import Days
from sandbox.emulators.faults import FaultPlan
from sandbox.emulators.ga4 import serve
from sandbox.emulators.recorded import Clock


@pytest.mark.parametrize("micros", [2**63 - 1, 0, -(2**63)])
def test_a_day_with_a_moment_that_is_none_is_quarantined(tmp_path: Path, micros: int) -> None:
    for day, odd in (("20260105", LAST_MICROS), ("20260106", micros)):
        write(tmp_path, f"events_{day}", [*(event(number, day) for number in range(10)), event(10, day, event_timestamp=odd)])
    server = serve(tmp_path, clock=Clock(), faults=FaultPlan())
    landing, done = one_night(SOURCE, server, Days(date(2026, 1, 5), date(2026, 1, 6)), tmp_path)
    assert [(row.dt, row.status, row.rows) for row in done] == [("2026-01-05", "landed", 11), ("2026-01-06", "quarantined", 11)]
    message = done[1].message or ""
    assert "Event_timestamp is not between 1 and 9,223,000,000,000,000,000 (1 of 11 rows)." in message
    assert "source ga4, stream events, account 4711, day 2026-01-06" in message
    assert all(part in message for part in ("Kept:", "To do:"))
    assert [path.parent.name for path in landing.root.glob("ga4/**/*.parquet")] == ["dt=2026-01-05"]
    assert len(list((tmp_path / "quarantine").rglob("*.parquet"))) == 1, "the rows are kept"
