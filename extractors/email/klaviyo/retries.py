"""What is tried again, how often and how long: one table.

The client's own retries are left out of use: it never repeats a 500, a 502 or a broken connection, and a
429 with Retry-After it repeats on two levels at once. Klaviyo's limits are fixed windows of a second and
of a minute and its 429 says in Retry-After when the window opens
(https://developers.klaviyo.com/en/docs/rate_limits_and_error_handling).
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
    "unreachable": Rule(6, 0.5, 8.0, 20.0),  # refused, reset, no answer in time: known within about 30 s
    "server_error": Rule(6, 0.5, 16.0, 120.0),  # 500, 502, 503, 504, 408, and a proxy's HTML page
    "throttled": Rule(8, 1.0, 60.0, 300.0),  # 429: Retry-After, where given, replaces the doubling
    "broken_body": Rule(3, 0.5, 4.0, 60.0),  # the answer broke off, or is no JSON
}
LONGEST_RETRY_AFTER = 120.0
"""A 429 that asks for a longer pause than this is given up at once: it is a quota, not a window."""


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
