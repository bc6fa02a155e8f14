"""Days that need not be read again, because the platform says that nothing of them has changed since they landed.

A stream whose ``version`` is set puts the version of a day into the control totals of its batches (key ``version``). The next load
asks for the version of those days alone whose file in place has one, and keeps the file where both are the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from extractors.landing import Landing, Partition
from extractors.stream import Account, Days, Stream

KEY = "version"
NOT_READ = "Not read: nothing has changed"


def unchanged(
    source: str, stream: Stream, client: Any, account: Account, days: Days, landing: Landing, *, load_id: str, loaded_at: datetime
) -> dict[date, Partition]:
    """Day -> the ledger row that says its file in place is still right. Raises what ``Stream.version`` raises."""
    if stream.version is None:
        return {}
    newest = landing.newest({"landed", "unchanged"}, source)
    in_place = {dt: row for (_, name, held, dt), row in newest.items() if (name, held) == (stream.name, account.id)}
    found = {}
    for day in days:
        before = in_place.get(day.isoformat())
        known = before.control_totals.get(KEY) if before else None
        if before is None or not known or not landing.is_whole(before):
            continue
        asked_at = datetime.now(UTC).isoformat()
        if stream.version(client, account, day) == known:
            message = before.message if before.message and before.message.startswith(NOT_READ) else None
            message = message or f"{NOT_READ} since load {before.load_id}."
            row = replace(before, load_id=load_id, status="unchanged", message=message, loaded_at=loaded_at.isoformat())
            found[day] = replace(row, read_at=asked_at)
    return found


def spans(days: Iterable[date]) -> Iterator[Days]:
    """The days, which are in order, as ranges without a gap."""
    first: date | None = None
    last: date | None = None
    for day in days:
        if first is None or last is None or day != last + timedelta(days=1):
            if first is not None and last is not None:
                yield Days(first, last)
            first = day
        last = day
    if first is not None and last is not None:
        yield Days(first, last)
