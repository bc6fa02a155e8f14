"""What a look at a source found: one sentence each, with a level and, where something is to be done, what.

``Source.examine`` returns these for one account; ``journey doctor`` adds what holds for every source and prints them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from extractors.errors import ExtractionError


class Level(StrEnum):
    OK = "ok"
    NOTE = "note"
    """Worth knowing, nothing to do: a manager account, a source that never ran."""
    WARNING = "warning"
    """Loads go on, but something is lost or soon will be."""
    ERROR = "error"
    """The next load fails, or the last one did."""


@dataclass(frozen=True)
class Finding:
    """One check and how it came out. ``account`` is None where it holds for the whole source. Never a credential, never a row."""

    check: str
    level: Level
    message: str
    account: str | None = None
    action: str = ""


def failed(check: str, error: ExtractionError, account: str | None = None) -> Finding:
    """The finding that an error of our tree stands for."""
    return Finding(check, Level.ERROR, error.what, error.account or account, error.action)


def asked(check: str, account: str, ask: Callable[[], list[Finding]]) -> list[Finding]:
    """What ``ask`` finds, or its error as a finding: one refused question does not hide the answers to the others."""
    try:
        return ask()
    except ExtractionError as error:
        return [failed(check, error, account)]
