"""Accounts, streams and days read side by side: the same report as one after the other, whoever is quicker."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from extractors import runner
from extractors.connections import Connection
from extractors.crew import Crew
from extractors.errors import AccountDisabled, ConfigurationError, ExtractionError, PartialAnswer, Unreachable
from extractors.landing import Landing
from extractors.stream import Account, Batch, Days, Item, Kind, Pace, Pending, Source, Stream

NOW = datetime(2026, 1, 9, tzinfo=UTC)
DAYS = Days(date(2026, 1, 5), date(2026, 1, 7))
SCHEMA = pa.schema([pa.field("id", pa.int64(), nullable=False)])
ACCOUNTS = [Account(f"a{number}") for number in range(1, 5)]


class Platform:
    """Answers by (account, stream, day); notes who was asked and how many questions were under way."""

    def __init__(self, *, refused: dict[tuple[str, str, int], type[ExtractionError]] | None = None, seconds: float = 0.01) -> None:
        self.refused, self.seconds = refused or {}, seconds
        self.slow: dict[tuple[str, str, int], float] = {}
        self.asked: list[tuple[str, str, int]] = []
        self.most = self._under_way = 0
        self._lock = threading.Lock()

    def source(self, at_once: int, *, by_day: bool = True) -> Source:
        streams = tuple(
            Stream(name=name, kind=Kind.DAILY, schema=SCHEMA, keys=("id",), extract=self._extract(name), by_day=by_day)
            for name in ("things", "others")
        )
        return Source(
            name="shop",
            connection_id="shop_default",
            streams=streams,
            connect=lambda connection: object(),
            accounts=lambda client: ACCOUNTS,
            pace=Pace(at_once),
        )

    def _extract(self, name: str) -> Any:
        def extract(client: object, account: Account, days: Days) -> Iterator[Item]:
            for day in days:
                yield self._answer((account.id, name, day.day), day)

        return extract

    def _answer(self, place: tuple[str, str, int], day: date) -> Item:
        with self._lock:
            self.asked.append(place)
            self._under_way += 1
            self.most = max(self.most, self._under_way)
        time.sleep(self.slow.get(place, self.seconds))
        with self._lock:
            self._under_way -= 1
        if place in self.refused:
            raise self.refused[place](f"No answer for {place}.", action="Mend it.")
        if place[1] == "others" and day.day == 7:
            return Pending(day, "not there yet")
        return Batch(day, pa.table({"id": [day.day, len(place[0]), int(place[0][1])]}), {"platform": "3"})


def run(platform: Platform, root: Path, at_once: int, *, by_day: bool = True, extra: dict[str, Any] | None = None) -> runner.Report:
    connection = Connection("shop_default", extra=extra or {})
    return runner.run(platform.source(at_once, by_day=by_day), connection, DAYS, Landing(root), load_id="l1", loaded_at=NOW)


def told(report: runner.Report) -> Any:
    rows = [
        (row.account, row.stream, row.dt, row.status, row.rows, row.content_hash, row.control_totals, row.message)
        for row in report.partitions
    ]
    return rows, [str(error) for error in report.errors]


def test_side_by_side_gives_what_one_after_the_other_gives_and_not_more_at_once(tmp_path: Path) -> None:
    one, four = Platform(), Platform(seconds=0.03)
    first, second = run(one, tmp_path / "1", 1), run(four, tmp_path / "4", 4)
    assert told(first) == told(second)
    assert len(first.partitions) == 4 * 2 * 3
    assert sorted(one.asked) == sorted(four.asked)
    assert one.asked == sorted(one.asked, key=lambda place: (place[0], place[1] != "things", place[2]))
    assert (one.most, four.most) == (1, 4)
    assert [path.name for path in (tmp_path / "4" / "_staged" / "l1").rglob("_runs*")] == []


@pytest.mark.parametrize("by_day", [True, False])
@pytest.mark.parametrize(
    "refused",
    [
        {("a2", "things", 6): Unreachable},
        {("a2", "others", 5): AccountDisabled, ("a3", "things", 7): PartialAnswer},
        {("a1", "things", 6): PartialAnswer, ("a1", "things", 7): PartialAnswer, ("a4", "others", 6): Unreachable},
        {("a3", "things", 5): Unreachable, ("a1", "things", 7): Unreachable},
    ],
)
def test_errors_are_the_same_whoever_is_quicker(
    tmp_path: Path, refused: dict[tuple[str, str, int], type[ExtractionError]], by_day: bool
) -> None:
    expected = told(run(Platform(refused=refused), tmp_path / "1", 1, by_day=by_day))
    assert expected[1]
    for number, slow in enumerate([{}, dict.fromkeys(refused, 0.15), {next(iter(refused)): 0.2}]):
        platform = Platform(refused=refused)
        platform.slow = slow
        assert told(run(platform, tmp_path / f"4-{number}", 4, by_day=by_day)) == expected


def test_what_would_meet_the_same_is_not_asked_for(tmp_path: Path) -> None:
    platform = Platform(refused={("a1", "things", 5): Unreachable})
    report = run(platform, tmp_path, 4)
    assert [type(error) for error in report.errors] == [Unreachable]
    assert len(platform.asked) <= 4 + 4  # those under way, and what each took up meanwhile


def test_a_failed_load_keeps_what_was_quicker_for_its_next_try(tmp_path: Path) -> None:
    platform = Platform(refused={("a1", "things", 5): PartialAnswer})
    run(platform, tmp_path, 4)
    platform.refused.clear()
    platform.asked.clear()
    again = run(platform, tmp_path, 4)
    assert again.errors == []
    assert sorted(platform.asked) == [("a1", "things", day) for day in (5, 6, 7)]
    assert told(again) == told(run(Platform(), tmp_path / "other", 1))


def test_the_connection_sets_another_pace(tmp_path: Path) -> None:
    platform = Platform(seconds=0.03)
    run(platform, tmp_path / "2", 8, extra={"at_once": "2"})
    assert platform.most == 2
    for wrong in (0, "many", 99):
        report = run(platform, tmp_path / str(wrong), 1, extra={"at_once": wrong})
        assert [type(error) for error in report.errors] == [ConfigurationError]
        assert "extra.at_once" in str(report.errors[0])


def test_what_is_no_error_of_ours_ends_the_load(tmp_path: Path) -> None:
    platform = Platform()
    platform.refused = {("a2", "things", 5): lambda *_, **__: ZeroDivisionError()}  # type: ignore[dict-item]
    with pytest.raises(ZeroDivisionError):
        run(platform, tmp_path, 4)


def test_workers_take_what_comes_first_and_tasks_may_add_others() -> None:
    done: list[tuple[int, ...]] = []
    crew = Crew(1)

    def task(order: tuple[int, ...], *more: tuple[int, ...]) -> None:
        def work() -> None:
            done.append(order)
            for one in more:
                task(one)

        crew.add(order, work)

    task((2,))
    task((1,), (1, 2), (1, 1), (3,))
    crew.run()
    assert done == [(1,), (1, 1), (1, 2), (2,), (3,)]


def test_a_source_says_its_pace_with_a_reason() -> None:
    from extractors import registry

    for name in registry.MODULES:
        pace = registry.load(name).pace
        assert 1 <= pace.at_once <= 4
        assert pace.reason or pace.at_once == 1, name
