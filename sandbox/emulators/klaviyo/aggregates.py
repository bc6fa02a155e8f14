"""``POST /api/metric-aggregates``: events of one metric counted by interval, in a time zone of the question's choice.

https://developers.klaviyo.com/en/reference/query_metric_aggregates: both bounds of the time range are required (``greater-or-equal`` and
``less-than`` on ``datetime``) and span a year at most; times without an offset are of the question's time zone.
"""

from __future__ import annotations

import re
import uuid
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson

from sandbox.emulators.klaviyo.endpoints import Collection, Row
from sandbox.emulators.klaviyo.errors import ApiError, invalid
from sandbox.emulators.klaviyo.store import Account

NAME = "metric_aggregates"
PATH = "/api/metric-aggregates"
COLLECTION = Collection(NAME, "metric-aggregate", "metrics:read", (3, 60), None, ("dates", "data"), sized=False)
MEASUREMENTS = frozenset({"count", "sum_value", "unique"})
INTERVALS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}
"""And ``month``. The reference's other attributes of ``by`` are answered as far as events have them."""
BY = frozenset(
    {
        *("$attributed_flow", "$attributed_message", "$flow", "$message", "$variation", "Bot Click", "Bounce Type", "Campaign Name"),
        *("Client Name", "Client Type", "Email Domain", "List", "Message Name", "Message Type", "Method", "Subject", "URL", "form_id"),
    }
)
_BOUND = re.compile(r"(greater-or-equal|less-than)\(datetime,([^)]+)\)")
_LONGEST = timedelta(days=366)


def answer(body: bytes, account: Account, base: str) -> Row:
    """The document for a question; ApiError 400 names the attribute at fault."""
    asked = _attributes(body)
    zone = _zone(asked)
    first, end = _range(asked, zone)
    measurements = _names(asked, "measurements", MEASUREMENTS)
    by = _names(asked, "by", BY) if asked.get("by") else []
    if account.find("metrics", str(asked.get("metric_id"))) is None:
        raise _wrong("metric_id", "The metric does not exist.")
    starts = _starts(str(asked.get("interval") or "day"), first, end, zone)
    groups: dict[tuple[str, ...], list[list[Row]]] = defaultdict(lambda: [[] for _ in starts])
    # An event that pages tell twice happened once.
    for event in {row["id"]: row for row in account.rows("events")}.values():
        if _metric(event) != asked["metric_id"]:
            continue
        at = datetime.fromisoformat(event["attributes"]["datetime"])
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        if first <= at < end:
            properties = event["attributes"].get("event_properties") or {}
            groups[tuple(str(properties.get(name, "")) for name in by)][bisect_right(starts, at) - 1].append(event)
    if not by and not groups:
        groups[()] = [[] for _ in starts]
    data = [
        {"dimensions": list(dimensions), "measurements": {name: [_measured(name, held) for held in cells] for name in measurements}}
        for dimensions, cells in sorted(groups.items())
    ]
    dates = [start.astimezone(zone).isoformat() for start in starts]
    link = {"self": f"{base}{PATH}"}
    made = {"type": COLLECTION.type, "id": str(uuid.uuid4()), "attributes": {"dates": dates, "data": data}, "links": link}
    return {"data": made, "links": {**link, "next": None, "prev": None}}


def _attributes(body: bytes) -> Mapping[str, Any]:
    try:
        data = orjson.loads(body)["data"]
        if data["type"] == COLLECTION.type and isinstance(data["attributes"], dict):
            found: Mapping[str, Any] = data["attributes"]
            return found
    except (orjson.JSONDecodeError, KeyError, TypeError):
        pass
    raise _wrong("data", "The payload must have data of the type metric-aggregate with attributes.")


def _zone(asked: Mapping[str, Any]) -> ZoneInfo:
    try:
        return ZoneInfo(str(asked.get("timezone") or "UTC"))
    except (ZoneInfoNotFoundError, ValueError):
        raise _wrong("timezone", "The time zone is not valid.") from None


def _range(asked: Mapping[str, Any], zone: ZoneInfo) -> tuple[datetime, datetime]:
    found: dict[str, str] = {}
    for text in asked.get("filter") or ():
        if match := _BOUND.fullmatch(str(text)):
            found[match[1]] = match[2]
    try:
        first, end = (datetime.fromisoformat(found[name]) for name in ("greater-or-equal", "less-than"))
    except (KeyError, ValueError):
        raise _wrong("filter", "Both bounds of datetime are required, in ISO 8601.") from None
    first, end = (at if at.tzinfo else at.replace(tzinfo=zone) for at in (first, end))
    if not first < end <= first + _LONGEST:
        raise _wrong("filter", "The time range must be of a year at most.")
    return first, end


def _names(asked: Mapping[str, Any], field: str, known: Iterable[str]) -> list[str]:
    names = asked.get(field)
    if not isinstance(names, list) or not names or not set(names) <= set(known):
        raise _wrong(field, f"{field} holds something that is not allowed.")
    return names


def _starts(interval: str, first: datetime, end: datetime, zone: ZoneInfo) -> list[datetime]:
    """The beginning of each interval, by the clock of the zone; the first one begins with the range."""
    if interval == "month":
        days = {(first.astimezone(zone) + timedelta(days=n)).date().replace(day=1) for n in range((end - first).days + 1)}
        later = [_midnight(day, zone) for day in sorted(days)]
    elif interval == "hour":
        later = [first + timedelta(hours=n) for n in range(1, int((end - first) / timedelta(hours=1)) + 1)]
    elif interval in INTERVALS:
        step = INTERVALS[interval].days
        day = first.astimezone(zone).date()
        later = [_midnight(day + timedelta(days=n), zone) for n in range(step, (end - first).days + 2, step)]
    else:
        raise _wrong("interval", "The interval must be hour, day, week or month.")
    return [first, *(start for start in later if first < start < end)]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _metric(event: Row) -> str | None:
    return (((event.get("relationships") or {}).get("metric") or {}).get("data") or {}).get("id")


def _measured(name: str, events: list[Row]) -> float:
    if name == "count":
        return float(len(events))
    if name == "unique":
        return float(len({event["relationships"]["profile"]["data"]["id"] for event in events}))
    return float(sum(float((event["attributes"].get("event_properties") or {}).get("$value") or 0) for event in events))


def _wrong(attribute: str, detail: str) -> ApiError:
    return invalid(detail, f"/data/attributes/{attribute}")
