"""What is tried again, how often and how long: one table.

Matomo has no quota of its own; a 429 comes from a proxy or from the hoster. An error inside a 200 may be a database that was away
for a moment, so it is asked again a few times, unless its words say that asking does not help (``answers``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type

from extractors.errors import ExtractionError

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Rule:
    """``calls`` in all; waits (seconds) that double from ``first`` to ``longest``; nothing new after ``deadline`` seconds."""

    calls: int
    first: float
    longest: float
    deadline: float


RULES: dict[str, Rule] = {
    #                     calls  first  longest  deadline
    "unreachable": Rule(6, 0.5, 8.0, 20.0),  # refused, reset, no answer in time
    "server_error": Rule(6, 0.5, 16.0, 120.0),  # 5xx, 408, and a proxy's HTML page
    "throttled": Rule(8, 1.0, 60.0, 300.0),  # 429: Retry-After, where given, replaces the doubling
    "broken_body": Rule(3, 0.5, 4.0, 60.0),  # the answer broke off, or is no JSON
    "error_in_200": Rule(4, 1.0, 8.0, 60.0),  # Matomo says error and status 200
}
LONGEST_RETRY_AFTER = 120.0
"""A 429 that asks for a longer pause than this is given up at once."""


class Transient(Exception):
    """A failed call that may be tried again under ``rule``; ``final`` is what it becomes when that did not help."""

    def __init__(self, rule: str, final: ExtractionError, retry_after: float | None = None) -> None:
        super().__init__(rule)
        self.rule, self.final, self.retry_after = RULES[rule], final, retry_after


def call(attempt: Callable[[], Answer], sleep: Callable[[float], None]) -> Answer:
    """The answer of ``attempt``, tried again as the table says; raises the ``final`` error of the last Transient."""
    retrying = Retrying(retry=retry_if_exception_type(Transient), stop=_stop, wait=_wait, sleep=sleep, reraise=True)
    try:
        return retrying(attempt)
    except Transient as failure:
        raise failure.final from None


def _failure(state: RetryCallState) -> Transient:
    failure = state.outcome.exception() if state.outcome else None
    assert isinstance(failure, Transient)
    return failure


def _stop(state: RetryCallState) -> bool:
    failure = _failure(state)
    if (failure.retry_after or 0.0) > LONGEST_RETRY_AFTER:
        return True
    return state.attempt_number >= failure.rule.calls or (state.seconds_since_start or 0.0) >= failure.rule.deadline


def _wait(state: RetryCallState) -> float:
    failure = _failure(state)
    if failure.retry_after is not None:
        return failure.retry_after
    return min(failure.rule.longest, failure.rule.first * 2.0 ** (state.attempt_number - 1))
