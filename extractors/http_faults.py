"""Rows that the tables of all sources over HTTP have: what happens to a call, whoever answers it. Their words are the source's own."""

from __future__ import annotations

from extractors import errors
from extractors.retrying import BROKEN, SERVER, SILENT, THROTTLED, Action, Fault

NO_ANSWER = "connection refused or reset, or no answer in time"
CUT = "the body ends before its length, or inside its JSON"


def unreachable(meaning: str, do: str, told: str = NO_ANSWER) -> Fault:
    """Nobody is there."""
    return Fault("unreachable", told, Action.RETRY, errors.Unreachable, meaning, do, SILENT)


def untrusted(meaning: str, connection_id: str) -> Fault:
    """Somebody is there, and nobody known vouches for them."""
    do = f"Set extra.ca_file of {connection_id} to the authority that signed it, or correct extra.endpoint."
    return Fault("untrusted", "the certificate is not trusted", Action.STOP, errors.ConfigurationError, meaning, do)


def server_error(told: str, meaning: str, do: str) -> Fault:
    """Somebody is there, and could not answer."""
    return Fault("server_error", told, Action.RETRY, errors.Unreachable, meaning, do, SERVER)


def throttled(told: str, meaning: str, do: str) -> Fault:
    """Too many calls."""
    return Fault("throttled", told, Action.WAIT, errors.RateLimited, meaning, do, THROTTLED)


def broken_off(do: str, told: str = CUT, meaning: str = "An answer broke off") -> Fault:
    """The answer ended before its end."""
    return Fault("broken_off", told, Action.RETRY, errors.PartialAnswer, meaning, do, BROKEN)


def no_json(told: str, meaning: str, do: str, name: str = "no_json") -> Fault:
    """A good status, and a body that is none of the API's."""
    return Fault(name, told, Action.RETRY, errors.PayloadError, meaning, do, BROKEN)
