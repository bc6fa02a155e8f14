"""Klaviyo's events against its own counts: the email metrics of a day beside what metric aggregates say of them.

The counts are asked for in UTC, as the days are, whatever zone the account has; by metric alone, because ``by`` knows few properties. The
endpoint allows 3 calls a second and 60 a minute, so it is asked once for each email metric, for the whole range, and not for every
metric of the account (https://developers.klaviyo.com/en/reference/query_metric_aggregates).
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from extractors.control import ControlTotal, Reader, beyond, by_day
from extractors.email.klaviyo.client import Client, Row
from extractors.email.klaviyo.faults import COMPARE
from extractors.errors import PayloadError
from extractors.partition import Partition
from extractors.retrying import Action, Failure
from extractors.stream import Account

log = logging.getLogger("extractors")

METRICS = ("Received Email", "Opened Email", "Clicked Email", "Bounced Email", "Unsubscribed", "Marked Email as Spam")
"""What touchpoints are made of; an account may have a name twice, from two integrations."""
LONGEST = 360
"""Days of one question: it may span a year."""
FEW = Decimal(5)
"""Events of a day that may be under way between the two questions."""


def reconcile(client: Client, account: Account, partitions: Sequence[Partition], read: Reader) -> list[ControlTotal]:
    """One comparison for each day of events that was read. No call is made where none was."""
    days = by_day(partitions, "events")
    if not days:
        return []
    asked = _metrics(client)
    counts = _counts(client, asked, sorted(map(date.fromisoformat, days)))
    if asked and not counts:
        log.warning("klaviyo: account %s: no metric aggregates are to be had, so its events are not held against them", account.id)
        return []
    metrics, counted = list(counts), sum(counts.values(), Counter[str]())
    return [_total(row, _landed(read(row, ["metric_id"]), metrics), Decimal(counted[day])) for day, row in sorted(days.items())]


def _metrics(client: Client) -> list[str]:
    pages = client.pages(client.api.Metrics.get_metrics_without_preload_content)
    return [str(row["id"]) for page in pages for row in page if (row.get("attributes") or {}).get("name") in METRICS]


def _landed(rows: pa.Table, metrics: Sequence[str]) -> Decimal:
    known = pc.is_in(rows.column("metric_id"), value_set=pa.array(metrics, pa.string()))
    return Decimal(pc.sum(known).as_py() or 0)


def _counts(client: Client, metrics: Sequence[str], days: Sequence[date]) -> dict[str, Counter[str]]:
    """Metric -> day -> Klaviyo's count. A metric whose aggregates are not there (404) is left out, on both sides of the comparison."""
    found: dict[str, Counter[str]] = {}
    for metric in metrics:
        try:
            found[metric] = sum((_ask(client, metric, first, last) for first, last in _spans(days)), Counter[str]())
        except Failure as missing:
            log.warning("klaviyo: metric %s has no aggregates (%s): its events are not held against them", metric, missing)
    return found


def _spans(days: Sequence[date]) -> Iterator[tuple[date, date]]:
    first = days[0]
    while first <= days[-1]:
        last = min(days[-1], first + timedelta(days=LONGEST - 1))
        yield first, last
        first = last + timedelta(days=1)


def _ask(client: Client, metric: str, first: date, last: date) -> Counter[str]:
    attributes = {
        "metric_id": metric,
        "measurements": ["count"],
        "interval": "day",
        "filter": [f"greater-or-equal(datetime,{first}T00:00:00)", f"less-than(datetime,{last + timedelta(days=1)}T00:00:00)"],
        "timezone": "UTC",
    }
    operation = client.api.Metrics.query_metric_aggregates_without_preload_content
    query = {"data": {"type": "metric-aggregate", "attributes": attributes}}
    document = client.document(operation, metric_aggregate_query=query, handles={Action.WITHOUT})
    try:
        return _by_day(document["data"]["attributes"])
    except (KeyError, TypeError, ValueError):
        raise PayloadError("The metric aggregates lack dates, or counts that belong to them.", action=COMPARE) from None


def _by_day(answer: Row) -> Counter[str]:
    dates = [datetime.fromisoformat(text).date().isoformat() for text in answer["dates"]]
    found: Counter[str] = Counter()
    for row in answer["data"]:
        for day, count in zip(dates, row["measurements"]["count"], strict=True):
            found[day] += int(count)
    return found


def _total(row: Partition, landed: Decimal, platform: Decimal) -> ControlTotal:
    short = landed < platform and beyond(landed, platform, FEW)
    cause = ""
    if landed > platform:
        cause = "Klaviyo's counts come later than its events"
    elif landed < platform:
        cause = "not known: events did not come" if short else "events came between the two questions"
    failure = "Fewer email events came than Klaviyo counts for the day" if short else ""
    return ControlTotal(row, "email events", landed, platform, cause, failure)
