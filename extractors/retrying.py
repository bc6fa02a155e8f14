"""The one retry policy. Each source says in a table (``faults.py`` in its folder) what an error leads to; this module does it.

A client makes every call through ``Retries.call`` (or ``attempts``). A call that fails raises ``Failure``, which names its row of the
table; the row says whether to ask again, how long to pause, and what error of our own tree it becomes when that did not help.
All pauses and failed calls of a load count against one budget (``extra.retry_budget_minutes``), so a bad night ends, red, and does
not hang. docs/faults.md shows all tables; ``python -m extractors faults`` prints it.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import TypeVar

from tenacity import AttemptManager, RetryCallState, Retrying, retry_if_exception

from extractors.connections import Connection
from extractors.errors import BudgetSpent, ExtractionError

log = logging.getLogger("extractors")

Answer = TypeVar("Answer")
BUDGET_MINUTES = 120.0
"""Meta may close a quota for an hour; more than two such hours in a night is for a person to look at."""


class Action(StrEnum):
    """What follows from a failure. The values are the words of docs/faults.md."""

    RETRY = "retry"
    """Ask again after a growing pause."""
    WAIT = "wait"
    """Ask again after the pause that the platform names; after a growing one where it names none."""
    SHRINK = "smaller page"
    """Ask for fewer rows at a time."""
    SPLIT = "split"
    """Ask for fewer days, then for smaller objects."""
    WITHOUT = "go on without"
    """Go on without what was refused, and say so; nothing that the day needs is lost."""
    PENDING = "pending"
    """Record the day as not to be had (yet), never as empty."""
    SKIP_ACCOUNT = "skip account"
    """The account is left out as a whole and named, the other accounts go on (``extractors.refusals``)."""
    STOP = "stop"
    """Asking again does not help: the stream fails at once."""


AGAIN = frozenset({Action.RETRY, Action.WAIT, Action.SHRINK})
"""SHRINK too: a caller that has no smaller page asks again, as often as the row allows."""


@dataclass(frozen=True)
class Pauses:
    """How long one call insists. ``calls`` in all; pauses in seconds that double from ``first`` to ``longest``; no pause that would
    end later than ``within`` seconds after the first call, and none that the platform names longer than ``named`` seconds."""

    calls: int
    first: float
    longest: float
    within: float
    named: float = 120.0


ONCE = Pauses(calls=1, first=0, longest=0, within=0, named=0)
SILENT = Pauses(calls=6, first=0.5, longest=8, within=25)
"""Nobody there, or no answer in time: known within half a minute."""
SERVER = Pauses(calls=6, first=0.5, longest=16, within=120)
THROTTLED = Pauses(calls=8, first=1, longest=60, within=300)
"""A closed window of a quota. Who names a longer pause than ``named`` speaks of a quota that the night cannot wait for."""
BROKEN = Pauses(calls=3, first=0.5, longest=4, within=60)
"""An answer that broke off, or is no JSON."""


@dataclass(frozen=True)
class Fault:
    """One row of a source's table. ``told`` is how the platform says it; ``error`` is what it becomes when ``action`` did not help, with
    ``meaning`` (a sentence without its full stop) and ``do`` (what a person on call does)."""

    name: str
    told: str
    action: Action
    error: type[ExtractionError]
    meaning: str
    do: str
    pauses: Pauses = ONCE
    then: Fault | None = None
    """The row that the failure turns into when asking again did not help."""


class Failure(Exception):
    """One failed call, looked up. ``detail`` holds no secret, address or row; ``wait`` is the pause that the platform names, in seconds."""

    def __init__(self, fault: Fault, detail: str = "", *, wait: float | None = None) -> None:
        super().__init__(f"{fault.meaning} ({detail})" if detail else fault.meaning)
        self.fault, self.detail, self.wait = fault, detail, wait
        self.calls = 1
        self.is_charged = False

    @property
    def action(self) -> Action:
        return self.fault.action

    @property
    def pauses(self) -> Pauses:
        return self.fault.pauses

    @property
    def kind(self) -> type[ExtractionError]:
        """The error that it becomes."""
        return self.fault.error

    def what(self) -> str:
        """The sentence for a person."""
        times = f"asked {self.calls} times" if self.calls > 1 else ""
        told = ", ".join(part for part in (self.detail, times) if part)
        return f"{self.fault.meaning} ({told})." if told else f"{self.fault.meaning}."

    def error(self) -> ExtractionError:
        """The failure as a person on call meets it."""
        return self.kind(self.what(), action=self.fault.do)


@dataclass
class Budget:
    """Seconds that one load may spend on pauses and failed calls, over all its streams, accounts and threads."""

    seconds: float = BUDGET_MINUTES * 60
    spent: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def charge(self, seconds: float) -> None:
        with self._lock:
            self.spent += seconds

    def allows(self, pause: float = 0.0) -> bool:
        return self.spent + pause <= self.seconds


@dataclass
class Retries:
    """The policy of one load. ``overrides`` replace pauses of the table by what the Connection asks for; ``sleep`` and ``monotonic`` are
    arguments, so that waiting can be tested."""

    source: str = ""
    budget: Budget = field(default_factory=Budget)
    overrides: Mapping[Pauses, Pauses] = field(default_factory=dict)
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic

    def call(self, question: Callable[[], Answer], *, handles: Collection[Action] = ()) -> Answer:
        """The answer of ``question``, asked again as its Failures say; then their error.

        Failures whose action is in ``handles`` come to the caller as they are. Raises BudgetSpent where the load's budget is used up.
        """
        for attempt in self.attempts(handles):
            with attempt:
                return question()
        raise AssertionError("the last attempt raises")

    def attempts(self, handles: Collection[Action] = ()) -> Iterator[AttemptManager]:
        """``for attempt in retries.attempts(): with attempt: ...``: what ``call`` does, for an answer that comes piece by piece."""

        def again(error: BaseException) -> bool:
            return isinstance(error, Failure) and error.action in AGAIN and error.action not in handles

        retrying = Retrying(
            retry=retry_if_exception(again), wait=self._pause, stop=self._enough, before_sleep=self._spend, sleep=self.sleep, reraise=True
        )
        asked = 0
        try:
            for attempt in retrying:
                asked += 1
                started = self.monotonic()
                yield attempt
                self._charge(attempt, self.monotonic() - started)
        except Failure as caught:
            failure = caught
        else:
            return
        # Raised here and not in the handler: what the client raised may hold an address with a token in it, and must not hang on.
        failure.__cause__ = failure.__context__ = None
        if failure.fault.then is not None and again(failure):
            failure = Failure(failure.fault.then, failure.detail)
        failure.calls = asked
        if failure.action not in handles:
            raise failure.error()
        self.check(failure)
        raise failure

    def _charge(self, attempt: AttemptManager, seconds: float) -> None:
        outcome = attempt.retry_state.outcome
        failure = outcome.exception() if outcome else None
        if isinstance(failure, Failure) and not failure.is_charged:
            self.budget.charge(seconds)
            failure.is_charged = True

    def check(self, failure: Failure, pause: float = 0.0) -> None:
        """BudgetSpent where the budget does not hold another ``pause``."""
        if not self.budget.allows(pause):
            raise BudgetSpent(
                f"The load has spent the {self.budget.seconds / 60:.3g} minutes that it may spend on waiting and asking again; "
                f"the last failure: {failure.what()}",
                action=f"{failure.fault.do} Raise extra.retry_budget_minutes of the Connection if the platform is slow every night.",
            )

    def _spend(self, state: RetryCallState) -> None:
        failure, pause = _failed(state), state.upcoming_sleep
        failure.calls = state.attempt_number
        self.check(failure, pause)
        self.budget.charge(pause)
        level = logging.WARNING if failure.action is Action.WAIT else logging.INFO
        log.log(level, "%s: %s (%s); asked again in %.1f s", self.source, failure.fault.name, failure.detail or "no more is known", pause)

    def _pause(self, state: RetryCallState) -> float:
        failure = _failed(state)
        pauses = self._pauses(failure)
        growing = min(pauses.longest, pauses.first * 2.0 ** min(state.attempt_number - 1, 30))
        return growing if failure.wait is None else failure.wait

    def _enough(self, state: RetryCallState) -> bool:
        failure = _failed(state)
        pauses = self._pauses(failure)
        waited = max(state.idle_for, state.seconds_since_start or 0.0) + state.upcoming_sleep
        return state.attempt_number >= pauses.calls or waited > pauses.within or (failure.wait or 0.0) > pauses.named

    def _pauses(self, failure: Failure) -> Pauses:
        return self.overrides.get(failure.pauses, failure.pauses)


def for_load(connection: Connection, **changes: object) -> Retries:
    """The policy of a load with this Connection; ConfigurationError where ``extra.retry_budget_minutes`` is no number of minutes."""
    value = connection.extra.get("retry_budget_minutes", BUDGET_MINUTES)
    try:
        minutes = float(value)
    except (TypeError, ValueError):
        minutes = -1.0
    if isinstance(value, bool) or not 0 <= minutes <= 24 * 60:
        raise connection.wrong("extra.retry_budget_minutes", "must be a number of minutes from 0 to 1440")
    made = Retries(source=connection.conn_id.removesuffix("_default"), budget=Budget(minutes * 60))
    return replace(made, **changes)  # type: ignore[arg-type]


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of the header ``Retry-After``, as a number or until a date (https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3).

    None where it names no pause: whole seconds write less than one as 0, and asking again at once would use up the calls.
    """
    told = headers.get("Retry-After", "")
    try:
        seconds = float(told)
    except ValueError:
        seconds = _between(headers.get("Date", ""), told)
    return seconds if 0 < seconds < math.inf else None


def _between(now: str, then: str) -> float:
    """Seconds between two dates of one answer, whose clock need not be ours; 0 where one is none."""
    try:
        return (parsedate_to_datetime(then) - parsedate_to_datetime(now)).total_seconds()
    except (TypeError, ValueError):
        return 0.0


def _failed(state: RetryCallState) -> Failure:
    failure = state.outcome.exception() if state.outcome else None
    assert isinstance(failure, Failure)
    return failure
