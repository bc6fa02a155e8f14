"""Pages of events parsed straight to records, without a dictionary for each part of an event.

``parse`` takes a body only where every event has the documented attributes and no other, in their types. Any other body is read the slow
way, which takes and notices all of it.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import msgspec
import orjson

from extractors.email.klaviyo.answers import Parsed

_NOTHING = msgspec.Raw(b"null")


class _Id(msgspec.Struct, gc=False):
    id: str


class _Metric(msgspec.Struct, gc=False):
    data: _Id | None


class _Profile(msgspec.Struct, gc=False):
    data: _Id | None = None


class _Related(msgspec.Struct, gc=False):
    metric: _Metric
    profile: _Profile | None = None


class Attributes(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """What revision 2026-10-15 documents of an event."""

    datetime: str
    timestamp: int | None = None
    uuid: str | None = None
    event_properties: msgspec.Raw = _NOTHING


class _Event(msgspec.Struct, gc=False):
    id: str
    attributes: Attributes
    relationships: _Related


class _Page(msgspec.Struct, gc=False):
    data: list[_Event]
    links: Any = None


_decoder = msgspec.json.Decoder(_Page)


def parse(body: bytes) -> dict[str, Any] | None:
    """The document of a page of events, with their columns as its data; None for a body that has to be read the slow way."""
    try:
        page = _decoder.decode(body)
        told = list(map(attrgetter("attributes"), page.data))
        # By the parser of the slow way: what it makes of a number beyond 64 bits is what lands.
        properties = orjson.loads(b"[" + b",".join([one.event_properties for one in told]) + b"]")
    except (msgspec.DecodeError, orjson.JSONDecodeError, UnicodeDecodeError):
        return None
    if len(properties) != len(told):
        return None
    columns = {
        "id": [event.id for event in page.data],
        "metric_id": [None if (metric := event.relationships.metric.data) is None else metric.id for event in page.data],
        "profile_id": [_profile(event.relationships.profile) for event in page.data],
        "datetime": [one.datetime for one in told],
        "timestamp": [one.timestamp for one in told],
        "uuid": [one.uuid for one in told],
        "event_properties": properties,
    }
    return {"data": Parsed(columns, len(told)), "links": page.links}


def _profile(related: _Profile | None) -> str | None:
    return None if related is None or related.data is None else related.data.id
