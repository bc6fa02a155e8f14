"""What each collection allows: page sizes, filters, sorts, attributes, rate tiers.

From the API reference of revision 2026-10-15 (https://developers.klaviyo.com/en/v2026-10-15/reference/api_overview).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

Row = dict[str, Any]
_RANGE = frozenset({"greater-than", "greater-or-equal", "less-than", "less-or-equal"})
_EQUALS = frozenset({"equals"})


@lru_cache(maxsize=65536)
def micros(text: str) -> int:
    """ISO 8601, with a space or a T and any offset, as µs since 1970; ValueError if it is not a time."""
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@dataclass(frozen=True)
class Field:
    """A field that may be filtered or sorted by. ``kind``: time, number, text, flag or relation."""

    kind: str
    operators: frozenset[str]
    path: tuple[str, ...]

    def value(self, row: Row) -> Any:
        """The row's value in comparable form, None where it has none."""
        found: Any = row
        for step in self.path:
            found = found.get(step) if isinstance(found, dict) else None
        if found is None:
            return None
        if self.kind == "time":
            return micros(found)
        return found


def _field(kind: str, operators: frozenset[str], path: str) -> Field:
    return Field(kind, operators, tuple(path.split(".")))


def _dated(name: str, operators: frozenset[str] = _RANGE) -> Field:
    return _field("time", operators, f"attributes.{name}")


def _text(path: str, *operators: str) -> Field:
    return _field("text", frozenset(operators), path)


@dataclass(frozen=True)
class Collection:
    """One resource type: ``tier`` is (requests a second, requests a minute), ``page`` (default, most)."""

    name: str
    type: str
    scope: str
    tier: tuple[int, int]
    page: tuple[int, int] | None
    attributes: tuple[str, ...]
    sized: bool = True
    filters: dict[str, Field] = field(default_factory=dict)
    sorts: dict[str, Field] = field(default_factory=dict)
    default_sort: str = "id"
    includes: tuple[str, ...] = ()


_ID = _text("id", "any")
_EVENT = _dated("datetime")
_EVENT_SECONDS = _field("number", _RANGE, "attributes.timestamp")
_CREATED, _UPDATED = _dated("created"), _dated("updated")
_BOUNDS = frozenset({"greater-than", "less-than"})

COLLECTIONS: dict[str, Collection] = {
    item.name: item
    for item in (
        Collection(
            "accounts",
            "account",
            "accounts:read",
            (1, 15),
            None,
            ("test_account", "contact_information", "industry", "timezone", "preferred_currency", "public_api_key", "locale"),
            sized=False,
        ),
        Collection(
            "metrics",
            "metric",
            "metrics:read",
            (10, 150),
            (200, 200),
            ("name", "created", "updated", "integration"),
            sized=False,
            filters={
                "integration.name": _text("attributes.integration.name", "equals"),
                "integration.category": _text("attributes.integration.category", "equals"),
            },
        ),
        Collection(
            "profiles",
            "profile",
            "profiles:read",
            (75, 750),
            (20, 100),
            (
                "email",
                "phone_number",
                "external_id",
                "first_name",
                "last_name",
                "organization",
                "locale",
                "title",
                "image",
                "created",
                "updated",
                "last_event_date",
                "location",
                "properties",
            ),
            filters={
                "id": _text("id", "any", "equals"),
                "email": _text("attributes.email", "any", "equals"),
                "phone_number": _text("attributes.phone_number", "any", "equals"),
                "external_id": _text("attributes.external_id", "any", "equals"),
                "created": _dated("created", _BOUNDS),
                "updated": _dated("updated", _BOUNDS),
            },
            sorts={"id": _ID, "created": _CREATED, "updated": _UPDATED, "email": _text("attributes.email")},
        ),
        Collection(
            "events",
            "event",
            "events:read",
            (350, 3500),
            (200, 1000),
            ("timestamp", "event_properties", "datetime", "uuid"),
            filters={
                "metric_id": _field("text", _EQUALS, "relationships.metric.data.id"),
                "profile_id": _field("text", _EQUALS, "relationships.profile.data.id"),
                "metric": _field("relation", frozenset({"has"}), "relationships.metric.data"),
                "profile": _field("relation", frozenset({"has"}), "relationships.profile.data"),
                "datetime": _EVENT,
                "timestamp": _EVENT_SECONDS,
            },
            sorts={"datetime": _EVENT, "timestamp": _EVENT_SECONDS},
            default_sort="-datetime",
            includes=("metric", "profile"),
        ),
        Collection(
            "campaigns",
            "campaign",
            "campaigns:read",
            (10, 150),
            (100, 100),
            ("created_at", "updated_at", "definition"),
            filters={
                "id": _ID,
                "name": _text("attributes.definition.name", "contains"),
                "archived": _field("flag", _EQUALS, "attributes.definition.archived"),
                "builder": _text("attributes.definition.builder", "equals"),
                "created_at": _dated("created_at"),
                "updated_at": _dated("updated_at"),
            },
            sorts={
                "id": _ID,
                "name": _text("attributes.definition.name"),
                "created_at": _dated("created_at"),
                "updated_at": _dated("updated_at"),
            },
        ),
        Collection(
            "campaign_messages",
            "campaign-message",
            "campaigns:read",
            (10, 150),
            (100, 100),
            ("created", "updated", "definition"),
            sized=False,
        ),
        Collection(
            "flows",
            "flow",
            "flows:read",
            (3, 60),
            (50, 50),
            ("name", "status", "archived", "created", "updated", "trigger_type"),
            filters={
                "id": _ID,
                "name": _text("attributes.name", "contains", "ends-with", "equals", "starts-with"),
                "status": _text("attributes.status", "equals"),
                "archived": _field("flag", _EQUALS, "attributes.archived"),
                "created": _dated("created", _RANGE | _EQUALS),
                "updated": _dated("updated", _RANGE | _EQUALS),
                "trigger_type": _text("attributes.trigger_type", "equals"),
            },
            sorts={
                "id": _ID,
                "name": _text("attributes.name"),
                "created": _CREATED,
                "updated": _UPDATED,
                "status": _text("attributes.status"),
            },
        ),
    )
}
PATHS: dict[str, str] = {name: f"/api/{name.replace('_', '-')}" for name in COLLECTIONS}
Test = Callable[[Row], bool]
