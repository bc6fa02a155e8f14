"""The events stream: all metrics in one pass, one closed window for each UTC day.

``datetime`` may lie up to a year in the future (https://developers.klaviyo.com/en/docs/rate_limits_and_error_handling),
so no cursor is kept in time: each day asks for exactly itself, and what is dated later waits for its own day.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from extractors.collector import collector_held
from extractors.email.klaviyo.answers import COMPARE, Parsed
from extractors.email.klaviyo.client import Client
from extractors.email.klaviyo.columns import At, Read, Row, at, batch, json_at, table, with_news
from extractors.email.klaviyo.typed import parse
from extractors.errors import PayloadError
from extractors.pii import compact_all
from extractors.stream import Account, Batch, Days, Kind, Pending, Stream

PAGE = 200
"""The reference promises 200 events a page; its validator lets 1,000 pass."""
DOCUMENTED = frozenset({"timestamp", "event_properties", "datetime", "uuid"})
"""Attributes of an event in revision 2026-10-15 (https://developers.klaviyo.com/en/reference/get_events)."""
_TIMESTAMP = pa.timestamp("us", "UTC")
SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("metric_id", pa.string()),
        pa.field("profile_id", pa.string()),
        pa.field("datetime", _TIMESTAMP, nullable=False),
        pa.field("timestamp", pa.int64()),
        pa.field("uuid", pa.string()),
        pa.field("event_properties", pa.string()),
    ]
)


class _Metric(At):
    """The metric's id. Since July 2026 events whose metric cannot be resolved come too, with an empty relationship."""

    def __call__(self, row: Row) -> Any:
        try:
            data = row["relationships"]["metric"]["data"]
            return None if data is None else data["id"]
        except (KeyError, TypeError):
            raise PayloadError("An event lacks the field relationships.metric.", action=COMPARE) from None


_READERS: dict[str, Read] = {
    "id": at("id"),
    "metric_id": _Metric("relationships.metric.data.id"),
    "profile_id": at("relationships.profile.data.id"),
    "datetime": at("attributes.datetime"),
    "timestamp": at("attributes.timestamp"),
    "uuid": at("attributes.uuid"),
    "event_properties": json_at("attributes.event_properties"),
}


def extract(client: Client, account: Account, days: Days) -> Iterator[Batch | Pending]:
    """One batch a page; every day of the range is asked for."""
    operation = client.api.Events.get_events_without_preload_content
    for day in days:
        window = f"greater-or-equal(datetime,{day}T00:00:00Z),less-than(datetime,{day + timedelta(days=1)}T00:00:00Z)"
        for rows in client.parsed(operation, parse, filter=window, sort="datetime", page_size=PAGE):
            with collector_held():
                found, news = to_arrow(rows)
            _check(found, day)
            yield Batch(day, found, new_fields=news)


def to_arrow(rows: list[Row] | Parsed) -> tuple[pa.RecordBatch, tuple[str, ...]]:
    """A page as Arrow, and the names of fields that nobody documents."""
    if isinstance(rows, Parsed):
        columns = {**rows.columns, "event_properties": compact_all(rows.columns["event_properties"])}
        return batch(SCHEMA, map(columns.__getitem__, SCHEMA.names)), ()
    return with_news(table(SCHEMA, _READERS, rows), rows, DOCUMENTED)


def _check(batch: pa.RecordBatch, day: date) -> None:
    start = datetime.combine(day, time(), UTC)
    earliest, latest = pc.min_max(batch.column("datetime")).as_py().values()
    if earliest is not None and not start <= earliest <= latest < start + timedelta(days=1):
        raise PayloadError(
            "Events came that lie outside the day that was asked for.",
            action="Check that extra.endpoint honours the datetime filter; the day is read again at the next run.",
            day=day,
        )


EVENTS = Stream(
    name="events",
    kind=Kind.DAILY,
    schema=SCHEMA,
    keys=("id",),
    extract=extract,
    restatement_days=2,
    # An event that is written while the pages are turned can push a row onto the next page again.
    repeats=True,
    by_day=True,
    description="What happened to a profile: delivered, opened, clicked. UTC days. One row per event.",
)
