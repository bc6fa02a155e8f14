"""Running a source: whole streams or none, empty days as empty partitions, pending days never as empty ones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from extractors import runner
from extractors.connections import Connection
from extractors.errors import AccountDisabled, AuthenticationError, ConfigurationError, PartialAnswer, PayloadError
from extractors.landing import Landing
from extractors.stream import Account, Batch, Days, Kind, Pending, Source, Stream

NOW = datetime(2026, 1, 9, tzinfo=UTC)
DAYS = Days(date(2026, 1, 5), date(2026, 1, 7))
SCHEMA = pa.schema([pa.field("id", pa.int64(), nullable=False)])


def source(extract: Any, *, kind: Kind = Kind.DAILY, accounts: list[Account] | None = None, window: int = 1) -> Source:
    stream = Stream(name="things", kind=kind, schema=SCHEMA, keys=("id",), extract=extract, restatement_days=window)
    return Source(
        name="shop",
        connection_id="shop_default",
        api_version="1",
        streams=(stream,),
        connect=lambda connection: object(),
        accounts=lambda client: accounts or [Account("a1"), Account("a2")],
    )


def run(held: Source, tmp_path: Path, *, extra: dict[str, Any] | None = None, **options: Any) -> runner.Report:
    connection = Connection("shop_default", extra=extra or {})
    return runner.run(held, connection, DAYS, Landing(tmp_path), load_id="l1", loaded_at=NOW, **options)


def one_row_a_day(client: object, account: Account, days: Days) -> Iterator[Batch]:
    for day in days:
        yield Batch(day, pa.table({"id": [day.day]}))


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


def test_rows_of_a_day_that_was_not_asked_for_are_an_error(tmp_path: Path) -> None:
    def extract(client: object, account: Account, days: Days) -> Iterator[Batch]:
        yield Batch(date(2026, 2, 1), pa.table({"id": [1]}))

    report = run(source(extract), tmp_path, accounts=["a1"])
    assert [type(error) for error in report.errors] == [PayloadError]
    assert "2026-02-01" in str(report.errors[0])


def test_a_closed_account_is_passed_over_unless_it_is_asked_for(tmp_path: Path) -> None:
    held = [Account("a1"), Account("a2", enabled=False, note="SUSPENDED")]
    assert {row.account for row in run(source(one_row_a_day, accounts=held), tmp_path).partitions} == {"a1"}
    report = run(source(one_row_a_day, accounts=held), tmp_path, extra={"accounts": ["a2"]})
    assert [type(error) for error in report.errors] == [AccountDisabled]
    assert "SUSPENDED" in str(report.errors[0])
    assert report.partitions == []


def test_an_account_that_the_credential_does_not_see_is_named(tmp_path: Path) -> None:
    report = run(source(one_row_a_day), tmp_path, extra={"accounts": "a1, a9"})
    assert [type(error) for error in report.errors] == [ConfigurationError]
    assert "a9" in str(report.errors[0])


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
