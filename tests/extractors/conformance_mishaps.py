"""What befalls a load in the conformance cases: it is killed, its platform misbehaves, or what it is given has changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conformance_checks import asked
from conformance_evidence import Evidence, Night, with_streams
from conformance_world import SPRING, Place, Row, World, put

from extractors.landing import Landing
from extractors.progress import Progress
from extractors.runner import Report
from extractors.stream import Days, Source, Stream
from sandbox.emulators.faults import Fault


class Killed(BaseException):
    """Nothing catches it: the load ends where it stands, as by a kill. (test_resumption kills whole processes.)"""


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


def killed(evidence: Evidence, stream: Stream, pair: list[str], root: Path) -> set[tuple[str, str]]:
    """A load of the pair that ends in the middle of the stream's last account, once the stream before it has finished its first one.

    Returns what was finished, as (stream, account).
    """

    def others_done() -> bool:
        first = evidence.source.stream(pair[0])
        progress = Progress(Landing(root), "load")
        return first.name == stream.name or progress.finished(first.name, min(evidence.world.zones), asked(first, SPRING)) is not None

    with pytest.raises(Killed):
        evidence.run(
            evidence.serve("as-it-is"), SPRING, root, *pair,
            source=dying(evidence.source, stream.name, max(evidence.world.zones), others_done),
        )  # fmt: skip
    before = Progress(Landing(root), "load")
    return {
        (name, account)
        for name in pair
        for account in evidence.world.zones
        if before.finished(name, account, asked(evidence.source.stream(name), SPRING))
    }


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


def alone(evidence: Evidence, stream: Stream, case: str, change: Callable[[World], World]) -> Night:
    """A load of the stream alone from a changed world."""
    return evidence.drifted(f"{case}-{stream.name}", change, stream.name)


def with_field(place: Place, field: str, value: Any) -> Callable[[World], World]:
    """Another value (``...``: none) in one field of every row of a stream."""
    return lambda world: world.changed(
        lambda path, rows: [put(row, field, value) for row in rows] if field and path.endswith(place.files) else rows
    )


def a_fifth(place: Place) -> Callable[[World], World]:
    """Every fifth row of a stream; of a CSV, whose lines are days, every fifth column."""

    def fewer(path: str, rows: list[Row]) -> list[Row]:
        if not path.endswith(".csv"):
            return rows[::5]
        first, *rest = rows[0]
        return [{name: row[name] for name in (first, *rest[::5])} for row in rows]

    return lambda world: world.changed(lambda path, rows: fewer(path, rows) if path.endswith(place.files) else rows)


def without_breakdown(place: Place, column: str, part: Any) -> Callable[[World], World]:
    """Of a stream's rows only those of one part of its breakdown, which is called unknown."""
    return lambda world: world.changed(
        lambda path, rows: [{**row, column: "unknown"} for row in rows if row[column] == part] if path.endswith(place.files) else rows
    )
