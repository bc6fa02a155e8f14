"""Every row of every table of errors, over real sockets: the run comes whole, or it is red and says so; never fewer rows under green."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fault_cases import CASES, Case
from fault_worlds import WORLDS, Outcome, Served, serve

from extractors import registry, retrying
from extractors.retrying import Action
from extractors.retrying import Fault as Row
from sandbox.emulators.faults import Fault

TABLES = {name: rows for name in registry.MODULES if (rows := registry.load(name).faults)}
ALL = [(source, row, case) for source, rows in TABLES.items() for row in rows for case in CASES.get(source, {}).get(row.name, ())]
Start = Callable[[str], Served]


def _named(cases: list[tuple[str, Row, Case]]) -> list[object]:
    return [pytest.param(*held, id=f"{held[0]}-{held[1].name}-{held[2].kind or 'extra'}-{at}") for at, held in enumerate(cases)]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Each source's emulator, started when it is first asked for, with what a whole load makes of it."""
    running: dict[str, Served] = {}

    def started(source: str) -> Served:
        if source not in running:
            running[source] = serve(source, tmp_path_factory.mktemp(source))
        return running[source]

    yield started
    for served in running.values():
        served.emulator.stop()


@pytest.fixture
def met(monkeypatch: pytest.MonkeyPatch) -> list[Row]:
    """The rows that the load met, each time that it did."""
    rows: list[Row] = []
    plain = retrying.Failure.__init__

    def noted(self: retrying.Failure, fault: Row, detail: str = "", *, wait: float | None = None) -> None:
        plain(self, fault, detail, wait=wait)
        rows.append(fault)

    monkeypatch.setattr(retrying.Failure, "__init__", noted)
    return rows


@pytest.mark.parametrize("source", TABLES)
def test_every_row_has_a_case_and_every_case_a_row(source: str) -> None:
    assert {name for name, cases in CASES[source].items() if cases} == {row.name for row in TABLES[source]}
    for cases in CASES[source].values():
        for case in cases:
            module, _, name = case.elsewhere.partition("::")
            assert not module or callable(getattr(importlib.import_module(module), name))


@pytest.mark.parametrize("source", WORLDS)
def test_a_load_without_a_fault_is_whole(start: Start, source: str, tmp_path: Path) -> None:
    outcome = start(source).load(tmp_path)
    assert outcome.report.errors == []
    assert outcome.rows() == dict(WORLDS[source].rows)
    assert outcome.placed == start(source).whole
    assert {row.dt for row in outcome.report.partitions if row.status == "pending"} == WORLDS[source].pending


@pytest.mark.parametrize(("source", "row", "case"), _named([held for held in ALL if held[2].strikes(held[1])]))
def test_what_passes_costs_only_time(start: Start, met: list[Row], source: str, row: Row, case: Case, tmp_path: Path) -> None:
    served = start(source)
    fault = served.plan.add(Fault(source, case.kind, case.operation, None, case.after, case.strikes(row), dict(case.options)))
    try:
        outcome = served.load(tmp_path, **resolved(case, served))
    finally:
        served.plan.clear()
    assert fault.hits == case.strikes(row), "the fault did not strike"
    assert row in met
    assert outcome.report.errors == []
    assert outcome.placed == served.whole


@pytest.mark.parametrize(
    ("source", "row", "case"), _named([held for held in ALL if held[2].end(held[1]) != "none" and not held[2].elsewhere])
)
def test_what_stays_ends_red_or_whole(
    start: Start, met: list[Row], caplog: pytest.LogCaptureFixture, source: str, row: Row, case: Case, tmp_path: Path
) -> None:
    caplog.set_level(logging.INFO)
    served = start(source)
    if case.kind:
        served.plan.add(Fault(source, case.kind, case.operation, None, case.after, None, dict(case.options)))
    try:
        outcome = served.load(tmp_path, **resolved(case, served))
    finally:
        served.plan.clear()
    assert row in met or any(row.meaning in error.what for error in outcome.report.errors) or row.action is Action.PENDING
    assert outcome.placed.items() <= served.whole.items(), "what is in place is the platform's, whole"
    END[case.end(row)](row, outcome, served)
    if case.end(row) == "red":
        assert (case.error or (row.then or row).error) in {type(error) for error in outcome.report.errors}


def red(row: Row, outcome: Outcome, served: Served) -> None:
    """An error of the row's kind that says what it means and what to do; something is missing, and said so."""
    last = row.then or row
    assert outcome.report.errors != []
    assert any(last.meaning in error.what and last.do in error.action for error in outcome.report.errors)
    assert len(outcome.placed) < len(served.whole)
    assert all(row.message for row in outcome.report.partitions if row.status == "failed")


def whole(row: Row, outcome: Outcome, served: Served) -> None:
    assert outcome.report.errors == []
    assert outcome.placed == served.whole


def pending(row: Row, outcome: Outcome, served: Served) -> None:
    """Nothing is red, and each day that is not in place is recorded as pending."""
    assert outcome.report.errors == []
    missing = {path for path in served.whole if path not in outcome.placed}
    assert missing == {part.path for part in outcome.report.partitions if part.status == "pending"}
    assert missing


END: dict[str, Callable[[Row, Outcome, Served], None]] = {"red": red, "whole": whole, "pending": pending}


def resolved(case: Case, served: Served) -> dict[str, object]:
    """The case's changes of the Connection, with what depends on the running server."""
    extra = dict(case.extra)
    own = str(served.emulator.connection["extra"].get("endpoint", ""))
    if extra.get("endpoint") == "https":
        extra["endpoint"] = own.replace("http://", "https://")
    if extra.get("endpoint") == "elsewhere":
        extra["endpoint"] = f"{own.rstrip('/')}/elsewhere/"
    return extra
