"""What is tried again, how often and how long: one table.

The client repeats nothing by itself. Mailchimp tells no rate in its headers: beyond 10 simultaneous connections it answers
429, or 403 without a body from the gate in front of it (https://mailchimp.com/developer/marketing/docs/fundamentals/#api-limits).
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
    "server_error": Rule(6, 0.5, 16.0, 120.0),  # 500, 502, 503, 504, 408
    "throttled": Rule(8, 1.0, 60.0, 300.0),  # 429, and 403 that is no problem document
    "broken_body": Rule(3, 0.5, 4.0, 60.0),  # the answer broke off, or is no JSON
}


class Transient(Exception):
    """A failed call that may be tried again under ``rule``; ``final`` is what it becomes when that did not help."""

    def __init__(self, rule: str, final: ExtractionError) -> None:
        super().__init__(rule)
        self.rule, self.final = RULES[rule], final


def call(attempt: Callable[[], Answer], sleep: Callable[[float], None]) -> Answer:
    """The answer of ``attempt``, tried again as the table says; raises the ``final`` error of the last Transient."""
    retrying = Retrying(retry=retry_if_exception_type(Transient), stop=_stop, wait=_wait, sleep=sleep, reraise=True)
    try:
        return retrying(attempt)
    except Transient as failure:
        raise failure.final from None


def _rule(state: RetryCallState) -> Rule:
    failure = state.outcome.exception() if state.outcome else None
    assert isinstance(failure, Transient)
    return failure.rule


def _stop(state: RetryCallState) -> bool:
    rule = _rule(state)
    return state.attempt_number >= rule.calls or (state.seconds_since_start or 0.0) >= rule.deadline


def _wait(state: RetryCallState) -> float:
    rule = _rule(state)
    return min(rule.longest, rule.first * 2.0 ** (state.attempt_number - 1))
