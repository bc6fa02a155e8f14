"""What a person asks a load for: days, streams and parameters that make no sense are said before anything is read or noted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

from extractors import registry

AHEAD = timedelta(days=1)
"""A day begins up to 14 hours earlier than in UTC somewhere."""


PARAMETERS = ("from", "to", "streams", "accounts")
"""Of an ingestion DAG. (A run's ``params`` have whatever somebody wrote beside these, too.)"""


def wrong(source: str, first: date, last: date, params: Mapping[str, Any], conf: Mapping[str, Any], *, today: date | None) -> str | None:
    """The first thing that is wrong with a run's parameters, in words; None where nothing is.

    A day that has not come is: what a source shows today would land as of then, and stand for the newest until that day.
    ``today`` is None where the caller has looked at that already.
    """
    if unknown := sorted(set(conf) - set(PARAMETERS)):
        return f"there is no parameter {', '.join(unknown)}; there are {', '.join(PARAMETERS)}"
    if last < first:
        return f"the range ends ({last}) before it starts ({first})"
    if today is not None and (told := not_yet(last, today)):
        return told
    return _unknown_stream(source, params.get("streams") or ())


def not_yet(last: date, today: date) -> str | None:
    """That the range ends on a day that has begun nowhere; None where it does not."""
    return f"the range ends on {last}, and today is {today}" if last > today + AHEAD else None


def _unknown_stream(source: str, streams: Collection[str]) -> str | None:
    known = [stream.name for stream in registry.load(source).streams]
    unknown = sorted(set(streams) - set(known))
    return f"{source} has no stream {', '.join(unknown)}; it has {', '.join(known)}" if unknown else None
