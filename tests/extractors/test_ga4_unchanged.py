"""A daily table that has not been modified since its day landed is not read again, and everything else is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from ga4_folder import event, write

from extractors import runner
from extractors.connections import from_json
from extractors.errors import ConfigurationError
from extractors.landing import Landing
from extractors.site_analytics.ga4 import SOURCE
from extractors.stream import Days
from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.emulators.ga4 import serve
from sandbox.emulators.recorded import Clock

DAYS = Days(date(2026, 1, 2), date(2026, 1, 5))
LATE = {"_from": "2026-01-06T15:00:00Z"}


class Reading:
    """One server, one landing root; ``reads`` counts the tables whose rows were asked for."""

    def __init__(self, root: Path) -> None:
        for day in (2, 3, 4):
            more = LATE if day == 3 else {}
            write(root, f"events_2026010{day}", [event(n, f"2026010{day}", **(more if n == 9 else {})) for n in range(10)])
        write(root, "events_intraday_20260105", [event(n) for n in range(5)])
        self.clock = Clock(datetime(2026, 1, 6, 6, tzinfo=UTC))
        plan = FaultPlan()
        self._reads = plan.add(Fault("ga4", "backend_error", "storage.CreateReadSession", after=9999))
        self.server = serve(root, clock=self.clock, faults=plan)
        self.landing = Landing(root / "landing")
        self._loads = 0

    def load(self, *, reread: bool = False, days: Days = DAYS, **extra: Any) -> tuple[dict[str, tuple[str, int]], int]:
        """Extract and put in place; ({day: (status, rows)}, tables read)."""
        self._loads += 1
        before = self._reads.seen
        name, at = f"load{self._loads}", datetime(2026, 1, 6, 7, self._loads, tzinfo=UTC)
        held = {**self.server.connection, "extra": {**self.server.connection["extra"], **extra}}
        report = runner.run(
            SOURCE, from_json("ga4_default", json.dumps(held)), days, self.landing, load_id=name, loaded_at=at, reread=reread
        )
        assert report.errors == []
        done = self.landing.commit(name, report.partitions, self.landing.root / "_quarantine", loaded_at=at)
        return {row.dt[-1]: (row.status, row.rows) for row in done}, self._reads.seen - before


@pytest.fixture
def reading(tmp_path: Path) -> Iterator[Reading]:
    made = Reading(tmp_path)
    yield made
    made.server.stop()


FIRST = {"2": ("landed", 10), "3": ("landed", 9), "4": ("landed", 10), "5": ("landed", 5)}
AGAIN = {day: ("unchanged", rows) for day, (_, rows) in FIRST.items()}


def test_what_has_not_changed_is_not_read_and_the_streaming_table_always_is(reading: Reading) -> None:
    assert reading.load() == (FIRST, 4)
    assert reading.load() == (AGAIN, 1)
    assert reading.load() == (AGAIN, 1)


def test_a_table_that_grew_is_read_the_others_are_not(reading: Reading) -> None:
    reading.load()
    reading.clock.moment = datetime(2026, 1, 6, 16, tzinfo=UTC)
    assert reading.load() == (AGAIN | {"3": ("landed", 10)}, 2)
    assert reading.load() == (AGAIN | {"3": ("unchanged", 10)}, 1)


def test_the_ledger_says_so_with_the_totals_of_the_load_in_place(reading: Reading) -> None:
    reading.load()
    reading.load()
    reading.load()
    rows = [row for row in reading.landing.history("ga4") if row.dt == "2026-01-04"]
    assert [row.status for row in rows] == ["landed", "unchanged", "unchanged"]
    assert len({(row.content_hash, row.rows, row.bytes, json.dumps(row.control_totals)) for row in rows}) == 1
    assert [row.message for row in rows[1:]] == ["Not read: nothing has changed since load load1."] * 2
    assert [row.load_id for row in rows] == ["load1", "load2", "load3"]


def test_a_full_reading_can_be_asked_for(reading: Reading) -> None:
    reading.load()
    assert reading.load(reread=True) == (AGAIN, 4)
    assert reading.load(skip_unchanged=False) == (AGAIN, 4)
    assert reading.load(skip_unchanged="false") == (AGAIN, 4)
    assert reading.load() == (AGAIN, 1)


def test_a_file_that_is_gone_is_read_again(reading: Reading) -> None:
    reading.load()
    (gone,) = reading.landing.root.glob("ga4/events/account=*/dt=2026-01-03/part-0.parquet")
    gone.unlink()
    assert reading.load() == (AGAIN | {"3": ("landed", 9)}, 2)
    assert gone.exists()


def test_a_file_that_was_cut_off_is_read_again(reading: Reading) -> None:
    reading.load()
    (cut,) = reading.landing.root.glob("ga4/events/account=*/dt=2026-01-03/part-0.parquet")
    whole = cut.read_bytes()
    cut.write_bytes(whole[:-8])
    assert reading.load() == (AGAIN | {"3": ("landed", 9)}, 2)
    assert cut.read_bytes()[-8:] == whole[-8:]


def test_a_daily_table_in_the_place_of_a_streaming_one_is_read(reading: Reading) -> None:
    reading.load()
    write(reading.landing.root.parent, "events_20260105", [event(n) for n in range(7)])
    assert reading.load() == (AGAIN | {"5": ("landed", 7)}, 1)
    assert reading.load() == (AGAIN | {"5": ("unchanged", 7)}, 0)


def test_days_that_landed_are_told_from_days_that_did_not(reading: Reading) -> None:
    """What is left to read has a hole in its middle."""
    reading.load(days=Days(date(2026, 1, 3), date(2026, 1, 3)))
    found, reads = reading.load()
    assert (found, reads) == (FIRST | {"3": ("unchanged", 9)}, 3)


def test_the_option_is_true_or_false(reading: Reading) -> None:
    with pytest.raises(ConfigurationError, match="skip_unchanged"):
        SOURCE.connect(from_json("ga4_default", json.dumps({"extra": {"project": "p", "endpoint": "http://x", "skip_unchanged": 3}})))
