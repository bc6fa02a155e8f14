"""The GA4 source against a Storage Read API that is not the emulator's: every row exactly once, or a red load."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ga4_folder import PROJECT, PROPERTY, event, write
from storage_by_the_book import ByTheBook
from test_ga4 import load, sessions

from sandbox.emulators.faults import FaultPlan
from sandbox.emulators.ga4 import Ga4Server, serve
from sandbox.emulators.ga4.tables import Tables
from sandbox.emulators.recorded import Clock

ROWS = 1_000
CUTS = (0, 1, 700)
"""Four streams: of no row, of one, of 699, of 300."""
Start = Callable[..., ByTheBook]


@pytest.fixture
def rest(tmp_path: Path) -> Iterator[Ga4Server]:
    write(tmp_path, "events_20260105", [event(n) for n in range(ROWS)])
    running = serve(tmp_path, clock=Clock(), faults=FaultPlan())
    yield running
    running.stop()


@pytest.fixture
def start(tmp_path: Path, rest: Ga4Server) -> Iterator[Start]:
    running: list[ByTheBook] = []

    def started(breaks: dict[int, list[tuple[int, str]]]) -> ByTheBook:
        found = Tables(tmp_path, Clock()).get(PROJECT, f"analytics_{PROPERTY}", "events_20260105")
        assert found is not None
        running.append(ByTheBook(found[1], CUTS, breaks))
        return running[-1]

    yield started
    for server in running:
        server.stop()


@pytest.mark.parametrize(
    ("breaks", "offsets"),
    [
        ({}, {0: [0], 1: [0], 2: [0], 3: [0]}),
        # In the middle of a message's rows, twice without a row between, at the first row, and after the last one.
        ({2: [(100, "UNAVAILABLE"), (100, "UNAVAILABLE"), (433, "INTERNAL")]}, {2: [0, 100, 100, 433]}),
        ({1: [(0, "UNAVAILABLE")], 2: [(0, "UNAVAILABLE"), (0, "ABORTED")]}, {1: [0, 0], 2: [0, 0, 0]}),
        ({0: [(0, "UNAVAILABLE")], 3: [(300, "UNAVAILABLE")], 1: [(1, "UNKNOWN")]}, {0: [0, 0], 3: [0, 300], 1: [0, 1]}),
        ({2: [(50, "RESOURCE_EXHAUSTED"), (60, "DEADLINE_EXCEEDED")], 3: [(10, "UNAVAILABLE")]}, {2: [0, 50, 60], 3: [0, 10]}),
        ({2: [(37 * n, "UNAVAILABLE") for n in range(1, 15)]}, {2: [0, *(37 * n for n in range(1, 15))]}),
    ],
)
def test_every_row_lands_once_however_the_streams_break(
    start: Start, rest: Ga4Server, tmp_path: Path, breaks: dict[int, list[tuple[int, str]]], offsets: dict[int, list[int]]
) -> None:
    server = start(breaks)
    report, (table,) = load(rest, tmp_path / "landing", storage_endpoint=server.address)
    assert report.errors == []
    assert sorted(sessions(table)) == list(range(ROWS))
    assert {number: server.offsets[number] for number in offsets} == offsets
    _, (by_rest,) = load(rest, tmp_path / "rest", rest=True)
    assert table.equals(by_rest)


@pytest.mark.parametrize("code", ["NOT_FOUND", "FAILED_PRECONDITION", "OUT_OF_RANGE", "DATA_LOSS", "PERMISSION_DENIED"])
def test_a_stream_that_cannot_be_gone_on_with_is_no_shorter_day(start: Start, rest: Ga4Server, tmp_path: Path, code: str) -> None:
    """As when the session has ended: what other streams brought does not land either."""
    server = start({2: [(100, code)] * 20})
    report, tables = load(rest, tmp_path / "landing", storage_endpoint=server.address)
    assert tables == []
    assert len(report.errors) == 1
    assert [(row.status, row.rows) for row in report.partitions] == [("failed", 0)]
