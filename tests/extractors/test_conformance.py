"""Every stream of the registry against its emulator, through the official client, in every case of ``conformance_matrix``.

A stream that is added to the registry meets all of them, or fails; so does a case that is added. What cannot apply is excused in
``conformance_matrix.EXCUSED``, with the reason. The matrix of streams and cases is printed at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from conformance_cases import RUN, case, evidence_of_sources
from conformance_checks import asked, column_of, documented_type, holds, in_new_york, kept, left_out, red, whole
from conformance_evidence import WORLDS, Evidence, counted, noon_after
from conformance_matrix import CASES, EXCUSED, STREAMS
from conformance_mishaps import a_fifth, alone, killed, struck, with_field, without_breakdown
from conformance_world import AUTUMN, BIG, EMPTY, FULL, LATER, LONG, NAME, SHORT, SPRING, ZEROS
from documented_streams import documented

from expectations.landing.facts import ENOUGH_ROWS
from expectations.landing.suites import extras_of
from extractors.landing import LOAD_COLUMNS
from extractors.stream import Days, Stream
from sandbox.emulators.faults import Fault

DOCUMENTED = documented()


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Evidence]]:
    with evidence_of_sources(tmp_path_factory) as of:
        yield of


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
        assert {field.name: (documented_type(field.type), field.nullable) for field in found} == wanted
        assert found.names[-2:] == [field.name for field in LOAD_COLUMNS]


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


@case
def test_twice(evidence: Evidence, stream: Stream) -> None:
    again = evidence.again()
    assert again.wrong == ""
    first = {place: hash for place, hash in evidence.hashes().items() if place[0] == stream.name}
    assert {(row.stream, row.account, row.dt): row.content_hash for row in again.of(stream.name)} == first
    assert {row.status for row in again.of(stream.name)} == {"unchanged"}


# How it comes.


@case
def test_paged(evidence: Evidence, stream: Stream) -> None:
    whole(evidence, stream, evidence.paged())


@case
def test_reordered(evidence: Evidence, stream: Stream) -> None:
    whole(evidence, stream, evidence.reordered())


@case
def test_killed(evidence: Evidence, stream: Stream) -> None:
    """The stream before it is finished, it is in the middle of its last account, and the load ends."""
    names = [one.name for one in evidence.source.streams]
    at = names.index(stream.name)
    pair = [names[at - 1], stream.name] if at else [stream.name, *names[1:2]]
    last = max(evidence.world.zones)
    root = evidence.place(f"killed-{stream.name}")
    finished = killed(evidence, stream, pair, root)
    assert (stream.name, last) not in finished
    if at:
        assert (pair[0], min(evidence.world.zones)) in finished
    with counted(evidence.source) as (source, calls):
        rest = evidence.run(evidence.serve("as-it-is"), SPRING, root, *pair, source=source)
    assert rest.errors == []
    assert {(name, account) for name, account, _ in calls} == {
        (name, account) for name in pair for account in evidence.world.zones
    } - finished
    for name in pair:
        whole(evidence, evidence.source.stream(name), rest)


# What goes wrong.


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
    change = a_fifth(evidence.world.places[stream.name])
    kept(evidence, stream, alone(evidence, stream, "shrunken", change), unless_below=ENOUGH_ROWS)


@case
def test_lost_breakdown(evidence: Evidence, stream: Stream) -> None:
    column = extras_of(evidence.world.source, stream.name).breakdown
    assert column, "declare the breakdown, or excuse the stream"
    change = without_breakdown(evidence.world.places[stream.name], column, evidence.world.rows(stream.name)[0][column])
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


@case
def test_big_ids(evidence: Evidence, stream: Stream) -> None:
    row = max(evidence.spring().of(stream.name), key=lambda row: row.rows)
    rows = evidence.world.expected[stream.name][(row.account, date.fromisoformat(row.dt))]
    texts = [{name: str(value) for name, value in one.items()} for one in rows]
    big = [name for name in texts[0] if len({one[name] for one in texts}) > 1 and any(str(BIG)[:12] in one[name] for one in texts)]
    assert big, "the world has no two ids beyond 2^53"
    for name in big:
        assert sorted(map(str, column_of(evidence.spring().table(row), name))) == sorted(one[name] for one in texts)


@case
def test_short_day(evidence: Evidence, stream: Stream) -> None:
    in_new_york(evidence, stream, SHORT, 23)


@case
def test_long_day(evidence: Evidence, stream: Stream) -> None:
    in_new_york(evidence, stream, LONG, 25)


@case
def test_time_zone(evidence: Evidence, stream: Stream) -> None:
    in_new_york(evidence, stream, FULL, 24)
