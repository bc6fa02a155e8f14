"""Nights that did not run, or failed: the first one that comes whole reads what they would have read."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from matomo_folder import SITE, visit, write
from things_source import one_row_a_day, source

from extractors.connections import Connection, from_json
from extractors.errors import Unreachable
from extractors.landing import Landing
from extractors.runner import run
from extractors.site_analytics.matomo import SOURCE as MATOMO
from extractors.stream import Account, Batch, Days, Item, Pending, Source
from sandbox.emulators import matomo
from sandbox.emulators.faults import FaultPlan
from sandbox.emulators.recorded import Clock

D = date(2026, 3, 10)
"""Days are counted from this one."""


def at(number: int) -> date:
    return D + timedelta(days=number)


def days(first: int, last: int) -> list[str]:
    return [at(number).isoformat() for number in range(first, last + 1)]


def night(held: Source, root: Path, number: int, connection: Connection | None = None, *, nightly: bool = True) -> list[str]:
    """One load of the day, up to its landing; the days that were asked of the first account, none where it failed."""
    landing, name, moment = Landing(root / "landing"), f"load-{number}", datetime.combine(at(number + 1), time(7), UTC)
    asked = connection or Connection("shop_default")
    report = run(held, asked, Days(at(number), at(number)), landing, load_id=name, loaded_at=moment, nightly=nightly)
    rows = [row for row in report.partitions if row.status == "failed"] if report.errors else report.partitions
    landing.commit(name, rows, root / "quarantine", loaded_at=moment)
    return sorted(row.dt for row in rows if row.account in ("a1", SITE) and row.kind == "daily" and row.status != "failed")


def test_nights_that_did_not_run_are_read_by_the_next(tmp_path: Path) -> None:
    held = source(one_row_a_day, window=2)
    assert night(held, tmp_path, 0) == days(-1, 0)
    assert night(held, tmp_path, 4) == days(0, 4), "the first that was missed would have read the day before it again"
    assert night(held, tmp_path, 5) == days(4, 5)
    assert night(held, tmp_path, 2) == days(1, 2), "an earlier night that is run again reads its own window"
    assert night(held, tmp_path, 9, nightly=False) == days(9, 9), "a range asked for by hand is that range"


def test_nights_that_failed_are_read_by_the_first_that_comes_whole(tmp_path: Path) -> None:
    broken = False

    def extract(client: object, account: Account, asked: Days) -> Iterator[Batch]:
        if broken:
            raise Unreachable("It does not answer.", action="Wait.")
        yield from one_row_a_day(client, account, asked)

    held = source(extract, window=2)
    night(held, tmp_path, 0)
    broken = True
    assert [night(held, tmp_path, number) for number in (1, 2, 3)] == [[], [], []]
    broken = False
    assert night(held, tmp_path, 4) == days(0, 4)


def test_more_nights_than_a_month_are_said_and_left_to_a_person(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    held = source(one_row_a_day, window=2)
    night(held, tmp_path, 0)
    assert night(held, tmp_path, 32) == days(0, 32)
    assert warnings(caplog) == []
    assert night(held, tmp_path, 65) == days(64, 65)
    (first, _) = warnings(caplog)
    assert f"shop things account a1: nothing has asked for {at(33)} to {at(64)}" in first
    assert first.endswith("To do: run a backfill of these days.")


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Not what else is logged: how much that is hangs on what the process has set up before."""
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def test_days_that_stay_pending_are_asked_for_again_for_a_month(tmp_path: Path) -> None:
    def extract(client: object, account: Account, asked: Days) -> Iterator[Item]:
        for day in asked:
            yield Batch(day, one_row_a_day_of(day)) if day <= D else Pending(day, "no file yet")

    held = source(extract, window=2)
    assert night(held, tmp_path, 0) == days(-1, 0)
    for number in range(1, 33):
        assert night(held, tmp_path, number) == days(0, number)
    assert night(held, tmp_path, 33) == days(32, 33)


def one_row_a_day_of(day: date) -> object:
    (batch,) = one_row_a_day(None, Account("a1"), Days(day, day))
    return batch.rows


def test_every_visit_of_a_week_lands_though_four_nights_were_missed(tmp_path: Path) -> None:
    visits = [visit(10 * n + m, f"{at(n)} 1{m}:00:00") for n in range(7) for m in range(n + 1)]
    emulator = matomo.serve(write(tmp_path / "rows", visits), clock=Clock(datetime(2026, 3, 20, tzinfo=UTC)), faults=FaultPlan())
    try:
        connection = from_json("matomo_default", json.dumps(emulator.connection))
        assert [night(MATOMO, tmp_path, number, connection) for number in (0, 1, 6)] == [days(-1, 0), days(0, 1), days(1, 6)]
    finally:
        emulator.stop()
    files = sorted((tmp_path / "landing" / "matomo" / "visits" / f"account={SITE}").glob("dt=*/part-0.parquet"))
    found = {file.parent.name[3:]: pq.read_table(file, columns=["idVisit"], partitioning=None)["idVisit"].to_pylist() for file in files}
    assert found == {at(-1).isoformat(): []} | {at(n).isoformat(): [10 * n + m for m in range(n + 1)] for n in range(7)}
