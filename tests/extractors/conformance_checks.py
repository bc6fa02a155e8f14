"""What the conformance cases hold against a load: exactly its rows, a report that is whole or red, what was in place kept."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pyarrow as pa
from conformance_evidence import Evidence, Night, expected, flat, told
from conformance_world import FULL, NEW_YORK, Row, World, hours

from extractors.landing import Partition
from extractors.runner import Report
from extractors.stream import Days, Kind, Stream


def asked(stream: Stream, days: Days) -> Days:
    """The days that a load of these days is asked for."""
    return Days(days.last, days.last) if stream.kind is Kind.SNAPSHOT else Days(days.first - timedelta(days=stream.lead_days), days.last)


def documented_type(kind: pa.DataType) -> pa.DataType:
    """Parquet calls the entries of a list by another name than Arrow."""
    if pa.types.is_list(kind):
        return pa.list_(documented_type(kind.value_type))
    return pa.struct([(part.name, documented_type(part.type)) for part in kind]) if pa.types.is_struct(kind) else kind


def column_of(table: pa.Table, name: str) -> list[Any]:
    return [flat(row)[name] for row in table.to_pylist()]


def holds(night: Night, partition: Partition, rows: list[Row]) -> None:
    """The partition in place has exactly these rows."""
    table = night.table(partition)
    assert len(table) == partition.rows == len(rows), partition.describe()
    assert told(table, rows) == expected(rows), partition.describe()


def whole(evidence: Evidence, stream: Stream, report: Report) -> None:
    """The report has the stream whole, with the content that is in place."""
    assert [error for error in report.errors if error.stream in (stream.name, None)] == []
    same = {(row.stream, row.account, row.dt): row.content_hash for row in report.partitions if row.stream == stream.name}
    assert same == {place: hash for place, hash in evidence.hashes().items() if place[0] == stream.name}


def in_new_york(evidence: Evidence, stream: Stream, day: date, length: int) -> None:
    """The rows of a day of an account in New York; where rows have a time, one for each hour that the day has there."""
    accounts = [account for account, zone in evidence.world.zones.items() if zone == NEW_YORK]
    assert accounts, "the world has no account in New York"
    assert len(list(hours(day, NEW_YORK))) == length
    night = evidence.spring()
    around = [row for row in night.of(stream.name) if row.account in accounts and abs((date.fromisoformat(row.dt) - day).days) <= 1]
    assert len(around) >= 2 * len(accounts)
    for row in around:
        holds(night, row, evidence.world.expected[stream.name].get((row.account, date.fromisoformat(row.dt)), []))
    assert sum(row.rows for row in around if row.dt == str(day)) > 0


def red(report: Report, stream: Stream, world: World) -> None:
    """The load says that it is not whole, names the stream, and has nothing staged of the account that failed."""
    assert report.errors
    failed = [row for row in report.partitions if row.status == "failed"]
    assert all(error.stream in (stream.name, None) and error.source == world.source for error in report.errors)
    assert {row.account for row in failed} & {row.account for row in report.partitions if row.status == "staged"} == set()
    assert failed or not report.partitions
    assert all(str(error) and error.action for error in report.errors)


def left_out(report: Report) -> None:
    """One account is refused and named, nothing else of it is in the load; the others came whole."""
    (told,) = [row for row in report.partitions if str(row.message).startswith(("PermissionDenied: ", "AccountDisabled: "))]
    assert (told.stream, told.status) == ("*", "skipped")
    assert " To do: " in str(told.message)
    assert [row for row in report.partitions if row.account == told.account] == [told]
    assert {row.status for row in report.partitions if row.account != told.account} - {"skipped"} <= {"staged", "pending"}
    assert any(row.status == "staged" for row in report.partitions)


def kept(evidence: Evidence, stream: Stream, night: Night, field: str = "", *, unless_below: int = 0) -> None:
    """Of this stream something was refused, in words that name the field; nothing was replaced, and what is in place is what was.

    Partitions that had fewer rows than ``unless_below`` may be replaced.
    """
    rows = night.of(stream.name) or night.of("*")
    assert {row.status for row in rows} & {"failed", "quarantined"}, "nothing was refused"
    assert not any(row.status == "landed" for row in rows if row.dt == str(FULL))
    assert field.rpartition(".")[2].lower() in night.wrong.lower()
    for row in evidence.spring().of(stream.name):
        if row.rows >= unless_below:
            assert night.landing.hash_in_place(row) == row.content_hash
