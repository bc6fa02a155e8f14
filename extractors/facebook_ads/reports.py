"""Insights through report runs, for a whole range of days at once; without a run where an endpoint makes none.

A run that Meta refuses as too much is split: first its days in halves, then one day's account into campaigns, ad sets and
ads. A part that cannot be had raises, so that what came before it is never put in place
(https://developers.facebook.com/docs/marketing-api/insights/best-practices).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pyarrow as pa

from extractors.aside import Aside
from extractors.errors import PayloadError
from extractors.facebook_ads import faults, figures
from extractors.facebook_ads.client import Graph, Row
from extractors.facebook_ads.secrets import redact
from extractors.retrying import Action, Failure
from extractors.stream import Days

log = logging.getLogger("extractors.facebook_ads")

KINDS = ("account", "campaign", "adset", "ad")
RUN_FIELDS = "async_status,async_percent_completion,error_code,error_subcode,error_message"
PAGE = 1000
SPLITTING = frozenset({Action.SPLIT, Action.SHRINK})


@dataclass(frozen=True)
class Question:
    """Insights of one object (``node``, a ``kind``) over days, one row a day; ``params`` as the API takes them, ``columns`` what lands."""

    node: str
    days: Days
    level: str
    columns: pa.Schema
    params: dict[str, Any] = field(default_factory=dict)
    kind: str = "account"

    def as_params(self) -> dict[str, Any]:
        """Parameters of the call."""
        time_range = {"since": self.days.first.isoformat(), "until": self.days.last.isoformat()}
        return {"level": self.level, "time_increment": 1, "time_range": time_range} | self.params

    def __str__(self) -> str:
        return f"{self.node} {self.days.first}..{self.days.last}"


def ask(graph: Graph, question: Question, *, optional: bool = False) -> Iterator[pa.Table]:
    """All rows of the answer, in tables, each part once it is whole. ``optional``: a refused parameter comes as Failure."""
    todo = [question]
    handles = SPLITTING | {Action.WITHOUT} if optional else SPLITTING
    while todo:
        part = todo.pop()
        try:
            whole = _answer(graph, part, handles)
        except Failure as caught:
            failure = caught
        else:
            with whole:
                yield from whole.read()
            continue
        if failure.action not in SPLITTING:
            raise failure
        smaller = _smaller(graph, part)
        if smaller is None:
            raise failure.error().located(day=f"{part.days.first}..{part.days.last}")
        log.info("facebook_ads: %s is too much for one report (%s); asking in %s parts", part, failure.detail, len(smaller))
        todo.extend(reversed(smaller))


def _answer(graph: Graph, question: Question, handles: frozenset[Action]) -> Aside:
    """The rows of a complete run, asked for anew as often as ``faults.BROKEN_RUN`` allows."""

    def run_to_its_end() -> Aside:
        run = _begin(graph, question, handles)
        node, params = (question.node, question.as_params()) if run is None else (run, {})
        if run is not None:
            _finish(graph, run, question)
        whole = Aside()
        try:
            for rows in graph.pages(node, "insights", limit=PAGE, handles=handles, read=figures.body_of, **params):
                texts = figures.as_texts(rows) if isinstance(rows, list) else rows
                whole.add(figures.to_table(texts, question.columns))
        except BaseException:
            whole.close()
            raise
        return whole

    return graph.retries.call(run_to_its_end, handles=handles)


def _begin(graph: Graph, question: Question, handles: frozenset[Action]) -> str | None:
    """The id of a report run; None where none can be had, so that the figures are to be asked for at once.

    Both ways give the same rows (https://developers.facebook.com/docs/marketing-api/insights): the run is for large answers.
    """
    try:
        heard = handles | {Action.SKIP_ACCOUNT, Action.STOP}
        started = graph.call("POST", question.node, "insights", handles=heard, **question.as_params())
    except Failure as caught:
        failure = caught
    else:
        run = started.get("report_run_id") or started.get("id")
        if not run:
            raise PayloadError("The answer to a report request names no report run.", action=faults.COMPARE)
        return str(run)
    if faults.is_no_runs(failure.fault):
        log.info("facebook_ads: %s: no report run (%s); the figures are asked for at once", question, failure.detail)
        return None
    raise failure if failure.action in handles else failure.error()


def _finish(graph: Graph, run: str, question: Question) -> None:
    """Poll until the run is complete; Failure for one that broke, PartialAnswer after the deadline."""
    started = moved = graph.retries.monotonic()
    seen: object = None
    pause = 0.02
    while True:
        node = graph.call("GET", run, fields=RUN_FIELDS)
        status = node.get("async_status")
        if not isinstance(status, str):
            raise PayloadError("A report run does not say how far it is (async_status).", action=faults.COMPARE)
        # 100 percent is not the end: only the status says so.
        if status == "Job Completed":
            return
        if status in ("Job Failed", "Job Skipped"):
            raise _run_failure(graph, node, status)
        now = graph.retries.monotonic()
        if (status, node.get("async_percent_completion")) != seen:
            seen, moved = (status, node.get("async_percent_completion")), now
        if now - started >= graph.patience.report:
            late = Failure(faults.LATE_RUN, f"{status} after {graph.patience.report:.0f} s")
            raise late.error().located(day=f"{question.days.first}..{question.days.last}")
        if now - moved >= graph.patience.stall:
            raise Failure(faults.BROKEN_RUN, f"the run stands still: {status}")
        graph.retries.sleep(pause)
        pause = min(2 * pause, 30.0)


def _run_failure(graph: Graph, node: Row, status: str) -> Failure:
    code, subcode = _number(node.get("error_code")), _number(node.get("error_subcode"))
    if code is None:
        return Failure(faults.BROKEN_RUN, status)
    message = str(node.get("error_message") or "")
    fault = faults.classify(code, subcode, message, False, 200)
    if fault.action in (Action.RETRY, Action.WAIT):
        # A run has no headers that name a wait; the next request meets the quota itself.
        fault = faults.BROKEN_RUN
    return Failure(fault, f"{status}, code {code}/{subcode}: {redact(message, graph.secrets)}")


def _number(value: object) -> int | None:
    """An error code, which is signed; None for none, and for the 0 of a run without an error."""
    text = str(value)
    return int(text) or None if text.removeprefix("-").isdigit() else None


def _smaller(graph: Graph, question: Question) -> list[Question] | None:
    """The parts of a question that is too much (none: its only ads are deleted ones), or None where it cannot be split."""
    days = question.days
    if len(days) > 1:
        middle = days.first + timedelta(days=(len(days) - 1) // 2)
        halves = Days(days.first, middle), Days(middle + timedelta(days=1), days.last)
        return [replace(question, days=half) for half in halves]
    deeper = KINDS[KINDS.index(question.kind) + 1 :]
    if not deeper or KINDS.index(question.level) <= KINDS.index(question.kind):
        return None
    kind = deeper[0]
    name = f"{kind}_id"
    # Which objects have figures that day, by the same conditions; without the breakdown there are few rows.
    params = {key: value for key, value in question.params.items() if key == "filtering"} | {"fields": name}
    inner = replace(question, level=kind, params=params).as_params()
    ids = {str(row[name]) for page in graph.pages(question.node, "insights", limit=PAGE, **inner) for row in page if row.get(name)}
    return [replace(question, node=id, kind=kind) for id in sorted(ids)]
