"""Every stream of the registry against its emulator, through the official client, in every case of ``conformance_matrix``.

A stream that is added to the registry meets all of them, or fails; so does a case that is added. What cannot apply is excused in
``conformance_matrix.EXCUSED``, with the reason. The matrix of streams and cases is printed at the end.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from conformance_evidence import WORLDS, Evidence, Night, counted, expected, flat, noon_after, told, with_streams
from conformance_matrix import CASES, EXCUSED, STREAMS, streams_of
from conformance_world import AUTUMN, BIG, EMPTY, FULL, LATER, LONG, NAME, NEW_YORK, SHORT, SPRING, ZEROS, Place, Row, World, hours, put
from documented_streams import documented

from expectations.landing.facts import ENOUGH_ROWS
from expectations.landing.suites import extras_of
from extractors.landing import LOAD_COLUMNS, Landing, Partition
from extractors.progress import Progress
from extractors.runner import Report
from extractors.stream import Days, Kind, Source, Stream
from sandbox.emulators.faults import Fault

DOCUMENTED = documented()
Case = Callable[[Evidence, Stream], None]
RUN: dict[str, Any] = {}
"""Case -> its test, as far as one is written."""


def case(test: Case) -> Any:
    """A case as a test over the streams that it concerns; its name is the case's."""
    name = test.__name__.removeprefix("test_")

    @pytest.mark.parametrize("stream", streams_of(name))
    def each(stream: str, evidence: Callable[[str], Evidence], record_property: Callable[[str, object], None]) -> None:
        record_property("conformance", (stream, name))
        source, declared = STREAMS[stream]
        test(evidence(source), declared)

    each.__doc__ = CASES.get(name)
    RUN[name] = each
    return each


@pytest.fixture(scope="session")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Evidence]]:
    made: dict[str, Evidence] = {}

    def of(source: str) -> Evidence:
        assert source in WORLDS, f"{source} has no world: write one beside those of conformance_evidence.WORLDS"
        if source not in made:
            made[source] = Evidence(source, tmp_path_factory.mktemp("conformance"))
        return made[source]

    yield of
    for one in made.values():
        one.close()


def test_every_stream_has_every_case_or_an_excuse() -> None:
    assert set(RUN) == set(CASES)
    for name, reasons in EXCUSED.items():
        assert name in CASES
        for who, why in reasons.items():
            sources = {stream: {stream, source, str(one.kind)} for stream, (source, one) in STREAMS.items()}
            assert any(who in known for known in sources.values()), f"{who}, which {name} excuses, is no stream"
            assert len(why) > 5, f"{name} excuses {who} without a reason"
    for name, (source, stream) in STREAMS.items():
        assert WORLDS[source]().expected.get(stream.name), f"the world of {source} has no rows of {name}"


# What lands.


@case
def test_schema(evidence: Evidence, stream: Stream) -> None:
    declared = next(one for one in DOCUMENTED[evidence.world.source] if one.name == stream.name)
    wanted = {field.name: (field.type, field.nullable) for field in (*declared.schema, *LOAD_COLUMNS)}
    rows = evidence.spring().of(stream.name)
    assert {row.account for row in rows} == set(evidence.world.zones)
    for row in rows:
        found = pq.read_schema(evidence.spring().landing.file(row))
        assert {field.name: (_documented_type(field.type), field.nullable) for field in found} == wanted
        assert found.names[-2:] == [field.name for field in LOAD_COLUMNS]


def _documented_type(kind: pa.DataType) -> pa.DataType:
    """Parquet calls the entries of a list by another name than Arrow."""
    if pa.types.is_list(kind):
        return pa.list_(_documented_type(kind.value_type))
    return pa.struct([(part.name, _documented_type(part.type)) for part in kind]) if pa.types.is_struct(kind) else kind


@case
def test_keys(evidence: Evidence, stream: Stream) -> None:
    unique = extras_of(evidence.world.source, stream.name).unique
    for row in evidence.spring().of(stream.name):
        table = evidence.spring().table(row)
        needed = {field.name for field in stream.schema if not field.nullable} | (set(stream.keys) if unique else set())
        assert {name: table.column(name).null_count for name in needed} == dict.fromkeys(needed, 0)
        if unique:
            assert table.group_by(list(stream.keys)).aggregate([]).num_rows == len(table)
        order = pc.sort_indices(table, sort_keys=[(key, "ascending") for key in stream.keys])
        assert table.take(order).select(stream.keys).equals(table.select(stream.keys)), "the file is not in the order of its keys"


@case
def test_rows(evidence: Evidence, stream: Stream) -> None:
    night = evidence.spring()
    places = {(account, day) for account in evidence.world.zones for days in (AUTUMN, SPRING) for day in asked(stream, days)}
    landed = {(row.account, date.fromisoformat(row.dt)): row for row in night.of(stream.name)}
    assert set(landed) == places, "a partition is missing, or nobody asked for it"
    assert {row.status for row in landed.values()} == {"landed"}
    total = 0
    for place, row in landed.items():
        holds(night, row, evidence.world.expected[stream.name].get(place, []))
        total += row.rows
    assert total == len(evidence.world.rows(stream.name)) > 0
    for name in stream.control_columns:
        sums = sum((pc.sum(night.table(row).column(name)).as_py() or 0) for row in landed.values())
        assert sum(type(sums)(row.control_totals[name]) for row in landed.values()) == sums


def asked(stream: Stream, days: Days) -> Days:
    """The days that a load of these days is asked for."""
    return Days(days.last, days.last) if stream.kind is Kind.SNAPSHOT else Days(days.first - timedelta(days=stream.lead_days), days.last)


def holds(night: Night, partition: Partition, rows: list[Row]) -> None:
    """The partition in place has exactly these rows."""
    table = night.table(partition)
    assert len(table) == partition.rows == len(rows), partition.describe()
    assert told(table, rows) == expected(rows), partition.describe()


@case
def test_twice(evidence: Evidence, stream: Stream) -> None:
    again = evidence.again()
    assert again.wrong == ""
    first = {place: hash for place, hash in evidence.hashes().items() if place[0] == stream.name}
    assert {(row.stream, row.account, row.dt): row.content_hash for row in again.of(stream.name)} == first
    assert {row.status for row in again.of(stream.name)} == {"unchanged"}


# How it comes.


def whole(evidence: Evidence, stream: Stream, report: Report) -> None:
    """The report has the stream whole, with the content that is in place."""
    assert [error for error in report.errors if error.stream in (stream.name, None)] == []
    same = {(row.stream, row.account, row.dt): row.content_hash for row in report.partitions if row.stream == stream.name}
    assert same == {place: hash for place, hash in evidence.hashes().items() if place[0] == stream.name}


@case
def test_paged(evidence: Evidence, stream: Stream) -> None:
    whole(evidence, stream, evidence.paged())


@case
def test_reordered(evidence: Evidence, stream: Stream) -> None:
    whole(evidence, stream, evidence.reordered())


class Killed(BaseException):
    """Nothing catches it: the load ends where it stands, as by a kill. (test_resumption kills whole processes.)"""


@case
def test_killed(evidence: Evidence, stream: Stream) -> None:
    """The stream before it is finished, it is in the middle of its last account, and the load ends."""
    names = [one.name for one in evidence.source.streams]
    at = names.index(stream.name)
    pair = [names[at - 1], stream.name] if at else [stream.name, *names[1:2]]
    last = max(evidence.world.zones)
    root = evidence.place(f"killed-{stream.name}")
    served = evidence.serve("as-it-is")

    def others_done() -> bool:
        first = evidence.source.stream(pair[0])
        return not at or Progress(Landing(root), "load").finished(first.name, min(evidence.world.zones), asked(first, SPRING)) is not None

    with pytest.raises(Killed):
        evidence.run(served, SPRING, root, *pair, source=dying(evidence.source, stream.name, last, others_done))
    before = Progress(Landing(root), "load")
    finished = {
        (name, account)
        for name in pair
        for account in evidence.world.zones
        if before.finished(name, account, asked(evidence.source.stream(name), SPRING))
    }
    assert (stream.name, last) not in finished
    if at:
        assert (pair[0], min(evidence.world.zones)) in finished
    with counted(evidence.source) as (source, calls):
        rest = evidence.run(served, SPRING, root, *pair, source=source)
    assert rest.errors == []
    assert {(name, account) for name, account, _ in calls} == {
        (name, account) for name in pair for account in evidence.world.zones
    } - finished
    for name in pair:
        whole(evidence, evidence.source.stream(name), rest)


def dying(source: Source, stream: str, account: str, is_time: Callable[[], bool]) -> Source:
    """The source whose stream ends the load after its first item of the account, as soon as it is time (streams run side by side)."""

    def wrapped(one: Stream) -> Stream:
        def extract(client: Any, whose: Any, days: Days) -> Iterator[Any]:
            for item in one.extract(client, whose, days):
                yield item
                if whose.id == account:
                    end = time.monotonic() + 30
                    while not is_time() and time.monotonic() < end:
                        time.sleep(0.01)
                    raise Killed

        return replace(one, extract=extract) if one.name == stream else one

    return with_streams(source, wrapped)


# What goes wrong.


def struck(evidence: Evidence, stream: Stream, kind: str, *, times: int | None) -> Report:
    """A load of the stream alone while its platform misbehaves."""
    world = evidence.world
    root = evidence.place(f"{kind}-{stream.name}")
    if kind in world.spoil:
        return evidence.run(
            evidence.serve(kind, lambda world: replace(world, files=world.spoil[kind](world.files))), SPRING, root, stream.name
        )
    place = world.places[stream.name]
    name, options = world.faults[kind]
    served = evidence.serve("as-it-is")
    operation = str(options.get("operation", place.operation))
    fault = served.faults.add(Fault(world.source, name, operation, place.account, times=times, options=dict(options)))
    try:
        report = evidence.run(served, SPRING, root, stream.name)
    finally:
        served.faults.clear()
    assert fault.hits > 0, f"{name} never struck {operation}"
    return report


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


@case
def test_transient(evidence: Evidence, stream: Stream) -> None:
    report = struck(evidence, stream, "transient", times=1)
    if "transient" in evidence.world.spoil:
        # A file that is being written: its day waits, the others are whole.
        waiting = [(row.account, row.dt) for row in report.partitions if row.status == "pending"]
        assert (report.errors, waiting) == ([], [("1", str(FULL))])
        report = evidence.run(evidence.serve("as-it-is"), SPRING, evidence.place(f"mended-{stream.name}"), stream.name)
    whole(evidence, stream, report)


@case
def test_permanent(evidence: Evidence, stream: Stream) -> None:
    report = struck(evidence, stream, "permanent", times=None)
    if report.errors:
        red(report, stream, evidence.world)
    else:
        left_out(report)


@case
def test_broken(evidence: Evidence, stream: Stream) -> None:
    report = struck(evidence, stream, "broken", times=1)
    if report.errors:
        red(report, stream, evidence.world)
    else:
        whole(evidence, stream, report)
    if evidence.world.faults:
        red(struck(evidence, stream, "broken", times=None), stream, evidence.world)


# Drift, on the whole way: extraction, expectations, commit.


def with_field(place: Place, field: str, value: Any) -> Callable[[World], World]:
    """Another value (``...``: none) in one field of every row of a stream."""
    return lambda world: world.changed(
        lambda path, rows: [put(row, field, value) for row in rows] if field and path.endswith(place.files) else rows
    )


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


def alone(evidence: Evidence, stream: Stream, case: str, change: Callable[[World], World]) -> Night:
    """A load of the stream alone from a changed world."""
    return evidence.drifted(f"{case}-{stream.name}", change, stream.name)


@case
def test_new_field(evidence: Evidence, stream: Stream) -> None:
    place = evidence.world.places[stream.name]
    field = place.new
    night = alone(evidence, stream, "new", with_field(place, field, f"{NAME} ana@loja.example"))
    assert night.wrong == ""
    for row in night.of(stream.name):
        rows = evidence.world.expected[stream.name].get((row.account, date.fromisoformat(row.dt)), [])
        if not rows:
            continue
        assert (row.status, row.control_totals["new_fields"]) == ("landed", field)
        holds(night, row, rows)
        came = set(night.table(row).column("_new_fields").to_pylist())
        assert came == {f'{{"{field}":"{NAME} (email removed)"}}'}
    warned = [one for one in night.findings if one["stream"] == stream.name and "new_fields" in one["expectation"]]
    assert warned
    assert {(one["severity"], one["observed"]) for one in warned} == {("warning", field)}


@case
def test_missing_field(evidence: Evidence, stream: Stream) -> None:
    place = evidence.world.places[stream.name]
    if place.missing:
        leaf = place.required.removeprefix("attributes.")
        fault = Fault(evidence.world.source, place.missing, place.operation, times=None, options={"field": leaf})
        night = evidence.drifted(f"missing-{stream.name}", lambda world: world, stream.name, fault=fault)
    else:
        night = alone(evidence, stream, "missing", with_field(place, place.required, ...))
    kept(evidence, stream, night, place.required)


@case
def test_flipped_type(evidence: Evidence, stream: Stream) -> None:
    place = evidence.world.places[stream.name]
    kept(evidence, stream, alone(evidence, stream, "flipped", with_field(place, place.typed, place.flipped)), place.typed)


@case
def test_shrunken(evidence: Evidence, stream: Stream) -> None:
    def change(world: World) -> World:
        place = world.places[stream.name]
        return world.changed(lambda path, rows: a_fifth(path, rows) if path.endswith(place.files) else rows)

    kept(evidence, stream, alone(evidence, stream, "shrunken", change), unless_below=ENOUGH_ROWS)


def a_fifth(path: str, rows: list[Row]) -> list[Row]:
    """Every fifth row; of a CSV, whose lines are days, every fifth column."""
    if not path.endswith(".csv"):
        return rows[::5]
    first, *rest = rows[0]
    return [{name: row[name] for name in (first, *rest[::5])} for row in rows]


@case
def test_lost_breakdown(evidence: Evidence, stream: Stream) -> None:
    column = extras_of(evidence.world.source, stream.name).breakdown
    assert column, "declare the breakdown, or excuse the stream"

    def change(world: World) -> World:
        place = world.places[stream.name]
        first = world.rows(stream.name)[0][column]
        return world.changed(
            lambda path, rows: [{**row, column: "unknown"} for row in rows if row[column] == first] if path.endswith(place.files) else rows
        )

    kept(evidence, stream, alone(evidence, stream, "breakdown", change))


# Days.


@case
def test_empty_day(evidence: Evidence, stream: Stream) -> None:
    rows = evidence.spring().of(stream.name, EMPTY)
    assert [(row.status, row.rows) for row in rows] == [("landed", 0)] * len(evidence.world.zones)
    for row in rows:
        assert evidence.spring().table(row).num_rows == 0


@case
def test_pending_day(evidence: Evidence, stream: Stream) -> None:
    # Google tells clicks of 90 days; the others have not made the day yet.
    day, today = (LATER, None) if stream.name in evidence.world.pending else (FULL, noon_after(SPRING) + timedelta(days=90))
    night = evidence.whole_way(
        evidence.serve("as-it-is"), Days(day, day), evidence.place(f"pending-{stream.name}"), "pending", stream.name, today=today
    )
    rows = night.of(stream.name, day)
    assert night.wrong == ""
    assert [(row.status, row.rows) for row in rows] == [("pending", 0)] * len(evidence.world.zones)
    assert all(row.message for row in rows)
    assert not any(night.landing.file(row).exists() for row in rows)


@case
def test_zero_day(evidence: Evidence, stream: Stream) -> None:
    night = evidence.spring()
    for row in night.of(stream.name, ZEROS):
        rows = evidence.world.expected[stream.name].get((row.account, ZEROS), [])
        holds(night, row, rows)
        assert row.status == "landed"
        zeros = [name for one in rows[:1] for name in one if all(each[name] == 0 for each in rows)]
        assert bool(zeros) == bool(rows), "the world has no zeros on its day of zeros"
        assert {name: float(row.control_totals[name]) for name in stream.control_columns} == dict.fromkeys(stream.control_columns, 0.0)


@case
def test_names(evidence: Evidence, stream: Stream) -> None:
    rows = evidence.world.rows(stream.name)
    column = next((name for row in rows for name, value in row.items() if isinstance(value, str) and NAME in value), None)
    assert column, "the world gives the stream no name"
    found = [value for row in evidence.spring().of(stream.name) for value in column_of(evidence.spring().table(row), column)]
    assert sorted(map(repr, found)) == sorted(repr(row[column]) for row in rows)


def column_of(table: pa.Table, name: str) -> list[Any]:
    return [flat(row)[name] for row in table.to_pylist()]


@case
def test_big_ids(evidence: Evidence, stream: Stream) -> None:
    row = max(evidence.spring().of(stream.name), key=lambda row: row.rows)
    rows = evidence.world.expected[stream.name][(row.account, date.fromisoformat(row.dt))]
    texts = [{name: str(value) for name, value in one.items()} for one in rows]
    big = [name for name in texts[0] if len({one[name] for one in texts}) > 1 and any(str(BIG)[:12] in one[name] for one in texts)]
    assert big, "the world has no two ids beyond 2^53"
    for name in big:
        assert sorted(map(str, column_of(evidence.spring().table(row), name))) == sorted(one[name] for one in texts)


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


@case
def test_short_day(evidence: Evidence, stream: Stream) -> None:
    in_new_york(evidence, stream, SHORT, 23)


@case
def test_long_day(evidence: Evidence, stream: Stream) -> None:
    in_new_york(evidence, stream, LONG, 25)


@case
def test_time_zone(evidence: Evidence, stream: Stream) -> None:
    in_new_york(evidence, stream, FULL, 24)
