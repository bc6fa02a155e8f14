"""A day of an account: its files' lines as events and rejections."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, tzinfo

import pyarrow as pa

from extractors.errors import ExtractionError
from extractors.first_party import faults, lines, points
from extractors.first_party.events import SCHEMA, Rejected, Row, event
from extractors.first_party.folder import Client
from extractors.retrying import Failure
from extractors.stream import Account, Batch, Days, Kind, Pending, Stream

NAMED = 20
"""Lines that an error names; all of them are in the stream rejected_lines."""
Place = tuple[str, int]
"""File and line."""


@dataclass
class Day:
    """What the files of one day hold. ``count`` is the lines that had to be judged."""

    rows: list[Row] = field(default_factory=list)
    rejected: list[tuple[str, int, str]] = field(default_factory=list)
    count: int = 0


def judge(files: Iterable[tuple[str, bytes]], day: date, zone: tzinfo) -> Day:
    """Read and check (name, content) files. An event that stands there twice with equal content counts once; with
    different content nobody can say which is right, and every line of it is rejected."""
    found = Day()
    places: dict[str, dict[Row, list[Place]]] = defaultdict(dict)
    for name, content in files:
        for number, line in points.settled(lines.read(name, content)):
            found.count += 1
            if isinstance(line, str):
                found.rejected.append((name, number, line))
                continue
            try:
                row = event(line, day, zone)
            except Rejected as why:
                found.rejected.append((name, number, str(why)))
                continue
            places[str(row[0])].setdefault(row, []).append((name, number))
    for versions in places.values():
        if len(versions) == 1:
            found.rows.extend(versions)
            continue
        same = sorted(place for lines_ in versions.values() for place in lines_)
        for place in same:
            others = ", ".join(f"line {number} of {name}" for name, number in same[: NAMED + 1] if (name, number) != place)
            found.rejected.append((*place, f"event_id stands with other content in {others}"))
    found.rejected.sort()
    return found


def read(client: Client, account: Account, days: Iterable[date]) -> Iterator[tuple[date, Day | None, str]]:
    """Each day with what its files hold, or None and the reason for which it cannot be told yet."""
    present = client.days(account.id)
    for day in days:
        held = present.get(day)
        if held is None or held.is_being_written:
            reason = "a file is still being written" if held else "no file yet"
            client.judged[account.id, day] = reason
            yield day, None, reason
        else:
            contents = ((name, client.content(path)) for name, path in held.files)
            found = judge(contents, day, client.zone(account.id))
            client.judged[account.id, day] = found.rejected
            yield day, found, ""


def events(client: Client, account: Account, days: Days) -> Iterator[Batch | Pending]:
    """The events of each day; PayloadError where too many lines of a day are rejected."""
    for day, found, reason in read(client, account, days):
        if found is None:
            yield Pending(day, reason)
            continue
        allowed = max(1, int(found.count * client.max_rejected_share)) if client.max_rejected_share else 0
        if len(found.rejected) > allowed or (found.rejected and not found.rows):
            raise _too_many(found, day)
        columns = zip(*found.rows, strict=True) if found.rows else ([] for _ in SCHEMA)
        arrays = [pa.array(values, field.type) for values, field in zip(columns, SCHEMA, strict=True)]
        yield Batch(day, pa.table(arrays, schema=SCHEMA))


def rejected_lines(client: Client, account: Account, days: Days) -> Iterator[Batch | Pending]:
    """The rejected lines of each day, also of one whose events were refused for having too many of them."""
    if unread := [day for day in days if (account.id, day) not in client.judged]:
        for _ in read(client, account, unread):
            pass
    for day in days:
        judged = client.judged[account.id, day]
        if isinstance(judged, str):
            yield Pending(day, judged)
            continue
        rows = [(day, *line) for line in judged]
        columns = zip(*rows, strict=True) if rows else ([] for _ in REJECTED)
        yield Batch(day, pa.table([pa.array(values, field.type) for values, field in zip(columns, REJECTED, strict=True)], schema=REJECTED))


def _too_many(found: Day, day: date) -> ExtractionError:
    named = "; ".join(f"{name} line {number} ({why})" for name, number, why in found.rejected[:NAMED])
    more = f"; and {len(found.rejected) - NAMED} more" if len(found.rejected) > NAMED else ""
    return Failure(faults.TOO_MANY, f"{len(found.rejected)} of {found.count}: {named}{more}").error().located(day=day)


REJECTED = pa.schema(
    [
        pa.field("file_date", pa.date32(), nullable=False),
        pa.field("file", pa.string(), nullable=False),
        pa.field("line", pa.int64(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
    ]
)
EVENTS = Stream(
    name="events",
    kind=Kind.DAILY,
    schema=SCHEMA,
    keys=("event_date", "event_id"),
    extract=events,
    date_column="event_date",
    restatement_days=7,
    control_columns=("value",),
    description="What the company itself wrote down: tills, support, chats, loyalty, consent. One row per event.",
)
REJECTED_LINES = Stream(
    name="rejected_lines",
    kind=Kind.DAILY,
    schema=REJECTED,
    keys=("file_date", "file", "line"),
    extract=rejected_lines,
    date_column="file_date",
    restatement_days=7,
    description="Lines that are no events, without their content. One row per line.",
)
