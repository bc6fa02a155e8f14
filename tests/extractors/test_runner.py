"""Running a source: whole streams or none, empty days as empty partitions, pending days never as empty ones."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from things_source import DAYS, NOW, one_row_a_day, run, source

from extractors.connections import Connection
from extractors.errors import (
    AccountDisabled,
    AuthenticationError,
    ConfigurationError,
    ExtractionError,
    PartialAnswer,
    PayloadError,
    PermissionDenied,
    RateLimited,
    Unreachable,
)
from extractors.landing import Landing
from extractors.stream import Account, Batch, Days, Item, Kind, Pending, Restart, Source


def test_every_account_and_day_is_a_partition(tmp_path: Path) -> None:
    report = run(source(one_row_a_day), tmp_path)
    assert [(row.account, row.dt, row.rows) for row in report.partitions] == [
        (account, f"2026-01-0{day}", 1) for account in ("a1", "a2") for day in (5, 6, 7)
    ]


def test_a_day_without_rows_is_an_empty_partition_and_a_pending_one_is_not(tmp_path: Path) -> None:
    def extract(client: object, account: Account, days: Days) -> Iterator[Batch | Pending]:
        yield Batch(date(2026, 1, 5), pa.table({"id": [1, 2]}))
        yield Pending(date(2026, 1, 7), "the table is not there yet")

    report = run(source(extract), tmp_path, accounts=["a1"])
    assert [(row.dt, row.status, row.rows) for row in report.partitions] == [
        ("2026-01-05", "staged", 2),
        ("2026-01-06", "staged", 0),
        ("2026-01-07", "pending", 0),
    ]


def test_a_snapshot_is_dated_the_last_day(tmp_path: Path) -> None:
    report = run(source(one_row_a_day, kind=Kind.SNAPSHOT), tmp_path, accounts=["a1"])
    assert [(row.dt, row.rows) for row in report.partitions] == [("2026-01-07", 1)]


def test_the_night_reads_the_restatement_window_and_a_backfill_does_not(tmp_path: Path) -> None:
    night = run(source(one_row_a_day, window=5), tmp_path, accounts=["a1"], nightly=True)
    assert [row.dt for row in night.partitions] == [f"2026-01-0{day}" for day in (3, 4, 5, 6, 7)]
    assert len(run(source(one_row_a_day, window=5), tmp_path, accounts=["a1"]).partitions) == 3


def test_a_stream_that_breaks_leaves_nothing_of_its_account_and_the_other_goes_on(tmp_path: Path) -> None:
    def extract(client: object, account: Account, days: Days) -> Iterator[Batch]:
        yield Batch(days.first, pa.table({"id": [1]}))
        if account.id == "a1":
            raise PartialAnswer("The stream broke off.", action="Run the day again.")

    report = run(source(extract), tmp_path)
    assert {(row.account, row.status) for row in report.partitions} == {("a1", "failed"), ("a2", "staged")}
    assert [(error.account, error.stream, error.day) for error in report.errors] == [("a1", "things", "2026-01-05..2026-01-07")]


@pytest.mark.parametrize(
    ("kind", "asked"), [(AuthenticationError, 1), (RateLimited, 1), (Unreachable, 1), (AccountDisabled, 2), (PermissionDenied, 4)]
)
def test_what_the_next_stream_would_meet_too_is_not_asked_for(tmp_path: Path, kind: type[ExtractionError], asked: int) -> None:
    calls: list[str] = []

    def extract(client: object, account: Account, days: Days) -> Iterator[Batch]:
        calls.append(account.id)
        raise kind("It does not go on.", action="Mend it.")
        yield

    held = source(extract)
    first = held.streams[0]
    report = run(replace(held, streams=(first, replace(first, name="others"))), tmp_path)
    assert len(calls) == len(report.errors) == len(report.partitions) == asked
    assert {row.status for row in report.partitions} == {"failed"}


def test_what_came_before_an_answer_broke_off_does_not_count(tmp_path: Path) -> None:
    def extract(client: object, account: Account, days: Days) -> Iterator[Item]:
        yield Batch(date(2026, 1, 5), pa.table({"id": [1, 2]}), {"platform": "2"}, ("novelty",))
        yield Batch(date(2026, 1, 6), pa.table({"id": [3]}), {"platform": "1"})
        yield Pending(date(2026, 1, 7), "the table is not there yet")
        yield Restart(None if account.id == "a2" else Days(date(2026, 1, 5), date(2026, 1, 5)))
        yield Batch(date(2026, 1, 5), pa.table({"id": [2]}))

    report = run(source(extract), tmp_path)
    assert [(row.account, row.dt, row.status, row.rows, row.control_totals) for row in report.partitions] == [
        ("a1", "2026-01-05", "staged", 1, {}),
        ("a1", "2026-01-06", "staged", 1, {"platform": "1"}),
        ("a1", "2026-01-07", "pending", 0, {}),
        ("a2", "2026-01-05", "staged", 1, {}),
        ("a2", "2026-01-06", "staged", 0, {}),
        ("a2", "2026-01-07", "staged", 0, {}),
    ]


def test_rows_of_a_day_that_was_not_asked_for_are_an_error(tmp_path: Path) -> None:
    def extract(client: object, account: Account, days: Days) -> Iterator[Batch]:
        yield Batch(date(2026, 2, 1), pa.table({"id": [1]}))

    report = run(source(extract), tmp_path, accounts=["a1"])
    assert [type(error) for error in report.errors] == [PayloadError]
    assert "2026-02-01" in str(report.errors[0])


def test_a_closed_account_is_passed_over_unless_it_is_asked_for(tmp_path: Path) -> None:
    held = [Account("a1"), Account("a2", enabled=False, note="SUSPENDED")]
    passed = run(source(one_row_a_day, accounts=held), tmp_path)
    assert [(row.account, row.stream, row.dt, row.status, row.message) for row in passed.partitions if row.account != "a1"] == [
        ("a2", "*", "2026-01-07", "skipped", "SUSPENDED")
    ]
    assert {(row.account, row.status) for row in passed.partitions} == {("a1", "staged"), ("a2", "skipped")}
    assert passed.errors == []
    report = run(source(one_row_a_day, accounts=held), tmp_path, extra={"accounts": ["a2"]})
    assert [type(error) for error in report.errors] == [AccountDisabled]
    assert "SUSPENDED" in str(report.errors[0])
    assert report.partitions == []


def test_an_account_that_the_credential_does_not_see_is_named(tmp_path: Path) -> None:
    report = run(source(one_row_a_day), tmp_path, extra={"accounts": "a8, a9"})
    assert [(type(error), error.account) for error in report.errors] == [(ConfigurationError, "a8"), (ConfigurationError, "a9")]
    assert report.partitions == []


@pytest.mark.parametrize("id", ["../../../../out", "a/b", "..", ".", "", "a b", "a\n", "ação", "x" * 129])
def test_an_account_whose_id_is_no_name_of_a_folder_ends_the_load(tmp_path: Path, id: str) -> None:
    report = run(source(one_row_a_day, accounts=[Account("a1"), Account(id)]), tmp_path / "in" / "landing")
    assert [type(error) for error in report.errors] == [PayloadError]
    assert "shop tells of an account whose id is not one of letters" in str(report.errors[0])
    assert report.partitions == []
    assert not list(tmp_path.rglob("*.parquet"))


@pytest.mark.parametrize("field", ["currency", "time_zone"])
def test_a_currency_or_zone_of_an_account_that_is_no_text_is_nothing(tmp_path: Path, field: str) -> None:
    odd: Any = {field: 1.5}
    held: list[Account] = []

    def noted(client: object, account: Account, days: Days) -> Iterator[Item]:
        held.append(account)
        yield from one_row_a_day(client, account, days)

    assert run(source(noted, accounts=[Account("a1", **odd)]), tmp_path).errors == []
    assert {getattr(account, field) for account in held} == {None}


def test_accounts_are_read_in_the_order_in_which_the_platform_lists_them(tmp_path: Path) -> None:
    held = source(one_row_a_day, accounts=[Account("3"), Account("12"), Account("2", enabled=False)])
    seen = [row.account for row in run(held, tmp_path).partitions]
    assert list(dict.fromkeys(seen)) == ["2", "3", "12"], "those that are passed over first"


def test_a_refused_credential_ends_the_load_and_names_the_source(tmp_path: Path) -> None:
    held = source(one_row_a_day)

    def refuse(connection: Connection) -> object:
        raise AuthenticationError("The token is expired.", action="Renew it.")

    report = run(Source(**{**held.__dict__, "connect": refuse}), tmp_path)
    assert [error.source for error in report.errors] == ["shop"]
    assert report.partitions == []


def test_errors_survive_pickling() -> None:
    import pickle

    error = PartialAnswer("It broke.", action="Again.", source="shop", stream="things", account="a1", day=date(2026, 1, 5))
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


@pytest.mark.parametrize("day", [date(2026, 1, 5), date(2026, 1, 7)])
def test_days_are_closed_at_both_ends(day: date) -> None:
    assert day in DAYS
    assert len(list(DAYS)) == len(DAYS) == 3


def test_a_skipped_account_stands_in_the_ledger_and_nothing_of_it_is_put_in_place(tmp_path: Path) -> None:
    held = source(one_row_a_day, accounts=[Account("a1"), Account("a2", enabled=False)])
    report = run(held, tmp_path)
    landing = Landing(tmp_path)
    landing.commit("l1", report.partitions, tmp_path / "quarantine", loaded_at=NOW)
    assert [(row.account, row.status, row.message) for row in landing.history() if row.stream == "*"] == [("a2", "skipped", "not enabled")]
    assert sorted(path.name for path in (tmp_path / "shop" / "things").iterdir()) == ["account=a1"]


def asked(days: list[Days]) -> Any:
    """An extract that notes which days each account was asked for, and has no rows."""

    def extract(client: object, account: Account, range_: Days) -> Iterator[Batch]:
        days.append(range_)
        return iter(())

    return extract


def test_a_night_reads_as_far_back_as_the_account_says_and_a_backfill_does_not(tmp_path: Path) -> None:
    days: list[Days] = []
    windows = {"a1": 6, "a2": 2}
    held = source(asked(days), window=4)
    held = Source(**{**held.__dict__, "streams": (replace(held.streams[0], window=lambda client, account: windows[account.id]),)})
    run(held, tmp_path, nightly=True)
    assert [(one.first.isoformat(), one.last) for one in days] == [("2026-01-02", DAYS.last), ("2026-01-04", DAYS.last)]
    run(held, tmp_path)
    assert days[2:] == [DAYS, DAYS]


def test_a_window_that_cannot_be_told_fails_its_stream_and_account_only(tmp_path: Path) -> None:
    def window(client: object, account: Account) -> int:
        if account.id == "a1":
            raise PartialAnswer("The account does not say.", action="Run it again.")
        return 1

    held = source(one_row_a_day)
    held = Source(**{**held.__dict__, "streams": (replace(held.streams[0], window=window),)})
    report = run(held, tmp_path, nightly=True)
    assert {(row.account, row.status) for row in report.partitions} == {("a1", "failed"), ("a2", "staged")}
    assert [(error.account, error.stream) for error in report.errors] == [("a1", "things")]


def test_the_first_night_of_an_account_reads_further_back_than_the_ones_after(tmp_path: Path) -> None:
    days: list[Days] = []
    held = source(asked(days), window=2, first_run_days=90)
    landing = Landing(tmp_path)
    report = run(held, tmp_path, nightly=True, accounts=["a1"])
    assert len(report.partitions) == len(days[0]) == 90
    assert days[0].first == date(2025, 10, 10)
    # Staged is not landed: a night that was lost is a first night again.
    run(held, tmp_path, nightly=True, accounts=["a1"])
    assert len(days[1]) == 90
    landing.commit("l1", report.partitions, tmp_path / "quarantine", loaded_at=NOW)
    run(held, tmp_path, nightly=True)
    assert [len(one) for one in days[2:]] == [3, 90]
    # What landed once is not read again when its files were moved elsewhere.
    shutil.rmtree(tmp_path / "shop")
    run(held, tmp_path, nightly=True, accounts=["a1"])
    assert len(days[4]) == 3
    run(held, tmp_path)
    assert days[5:] == [DAYS, DAYS]


def test_days_before_the_range_that_it_hangs_on_are_read_with_it(tmp_path: Path) -> None:
    days: list[Days] = []
    for window in (2, 9):
        held = source(asked(days), window=window, lead_days=4)
        run(held, tmp_path, accounts=["a1"])
        run(held, tmp_path, accounts=["a1"], nightly=True)
    assert [(one.first.isoformat(), one.last) for one in days] == [
        ("2026-01-01", DAYS.last),
        ("2026-01-01", DAYS.last),
        ("2026-01-01", DAYS.last),
        ("2025-12-30", DAYS.last),
    ]
