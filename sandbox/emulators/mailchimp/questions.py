"""What each collection may be asked: pages, filters, and the rows that answer.

Pages hold 10 rows unless ``count`` says otherwise, at most 1,000, from ``offset`` on
(https://mailchimp.com/developer/marketing/docs/methods-parameters/#pagination).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.datastructures import QueryParams

from sandbox.emulators.mailchimp.problems import invalid
from sandbox.emulators.mailchimp.store import Row, instant

DEFAULT, MOST = 10, 1000


@dataclass(frozen=True)
class Collection:
    """One listing. ``items`` is the name of its array; ``after`` and ``before`` map a parameter to the time it compares
    with (both bounds exclusive); ``equal`` maps a parameter to a field."""

    name: str
    items: str
    after: tuple[tuple[str, str], ...] = ()
    before: tuple[tuple[str, str], ...] = ()
    equal: tuple[tuple[str, str], ...] = ()
    statuses: tuple[str, ...] = ()


COLLECTIONS = {
    "lists": Collection(
        "lists", "lists", after=(("since_date_created", "date_created"),), before=(("before_date_created", "date_created"),)
    ),
    "members": Collection(
        "members",
        "members",
        after=(("since_last_changed", "last_changed"), ("since_timestamp_opt", "timestamp_opt")),
        before=(("before_last_changed", "last_changed"), ("before_timestamp_opt", "timestamp_opt")),
        equal=(("status", "status"), ("email_type", "email_type"), ("unique_email_id", "unique_email_id")),
        statuses=("subscribed", "unsubscribed", "cleaned", "pending", "transactional", "archived"),
    ),
    "campaigns": Collection(
        "campaigns",
        "campaigns",
        after=(("since_send_time", "send_time"), ("since_create_time", "create_time")),
        before=(("before_send_time", "send_time"), ("before_create_time", "create_time")),
        equal=(("status", "status"), ("type", "type")),
        statuses=("save", "paused", "schedule", "sending", "sent"),
    ),
    "sent_to": Collection("sent_to", "sent_to"),
    "email_activity": Collection("email_activity", "emails"),
    "unsubscribed": Collection("unsubscribed", "unsubscribes"),
    "abuse_reports": Collection("abuse_reports", "abuse_reports"),
}


def bounds(query: QueryParams) -> tuple[int, int]:
    """(count, offset); Problem 400 for anything that is not a number in range."""
    found = []
    for name, default, most in (("count", DEFAULT, MOST), ("offset", 0, None)):
        text = query.get(name, str(default))
        if not text.isdigit():
            raise invalid(name, f"Data did not match any of the types described: {name} is not a whole number.")
        if most is not None and int(text) > most:
            raise invalid(name, f"This value should be less than or equal to {most}.")
        found.append(int(text))
    return found[0], found[1]


def chosen(rows: list[Row], collection: Collection, query: QueryParams) -> list[Row]:
    """The rows that the question's filters let through, in order."""
    if collection.statuses and query.get("status") not in (None, *collection.statuses):
        raise invalid("status", "The value you selected is not a valid choice.")
    for parameter, field in collection.after:
        if (bound := _moment(query, parameter)) is not None:
            rows = _timed(rows, field, lambda at, bound=bound: at > bound)  # type: ignore[misc]
    for parameter, field in collection.before:
        if (bound := _moment(query, parameter)) is not None:
            rows = _timed(rows, field, lambda at, bound=bound: at < bound)  # type: ignore[misc]
    for parameter, field in collection.equal:
        if (value := query.get(parameter)) is not None:
            rows = [row for row in rows if row.get(field) == value]
    if collection.name == "email_activity" and (since := _moment(query, "since")) is not None:
        rows = _active_since(rows, since)
    return rows


def _timed(rows: list[Row], field: str, holds: Callable[[datetime], bool]) -> list[Row]:
    return [row for row in rows if row.get(field) and holds(instant(row[field]))]


def _active_since(rows: list[Row], since: datetime) -> list[Row]:
    """The recipients who did something after ``since``, with just that."""
    found = []
    for row in rows:
        if activity := [item for item in row["activity"] if instant(item["timestamp"]) > since]:
            found.append({**row, "activity": activity})
    return found


def _moment(query: QueryParams, parameter: str) -> datetime | None:
    text = query.get(parameter)
    if not text:
        return None
    try:
        return instant(text)
    except ValueError:
        raise invalid(parameter, "This value is not a valid datetime.") from None
