"""Who is named in which event, read a second time from landed rows by docs/model.md, "Identity"."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from independent_events import NOTHING, SHA256, Event, named
from independent_facts import Facts

Name = tuple[str, str]
"""Type and identifier, as in dim_identities."""
Place = tuple[str, str]
"""What a touch is found by: a session or visit, or a line of a file."""
NO_ADDRESS = {hashlib.sha256(word.encode()).hexdigest() for word in NOTHING}
ADDRESS_KEYS = ("email_sha256", "sha256_email_address")


def strong(kind: str, text: str | None) -> list[Name]:
    """An identifier that may unite people, or none."""
    told = named(text)
    return [] if told is None or told in NO_ADDRESS or (kind == "email_sha256" and not SHA256.fullmatch(told)) else [(kind, told)]


@dataclass(frozen=True)
class Sighting:
    """Identifiers that stood in one event; ``place`` is the session or line, ``order`` its place there."""

    at: datetime
    order: int
    place: Place
    device: str | None
    names: tuple[Name, ...]


def names_of(event: Event) -> tuple[Name, ...]:
    """What an event names; of GA4's parameters and properties that may hold an address the first that does, else a user id that is one."""
    user, email = strong("user_id", event.user_id), strong("email_sha256", event.email)
    if event.source == "ga4":
        properties = {told["key"]: told["value"]["string_value"] for told in event.row["user_properties"] or []}
        told = (values.get(key) for key in ADDRESS_KEYS for values in (event.row["told"], properties))
        email = next((found for text in told if isinstance(text, str) and (found := strong("email_sha256", text))), [])
        user, user_address = strong("user_id", event.row["user_id"]), strong("email_sha256", event.row["user_id"])
        if user_address and email in ([], user_address):
            user, email = [], user_address
    return (*user, *email)


def sightings(facts: Facts) -> Iterator[Sighting]:
    """Every event that counts and that consent lets be tied to somebody, in its session, visit or line."""
    for session, events in [*facts.sessions.items(), *facts.visits.items()]:
        for number, event in enumerate(events):
            is_visit = event.source != "matomo" or event.name == "visit"  # Matomo's identifiers are the visit's
            if event.reason is None and event.is_told and is_visit:
                yield Sighting(event.at, number, ("session", str(session)), event.device, names_of(event))
    for event in facts.files:
        if event.reason is None and event.is_told:
            yield Sighting(event.at, 0, ("file", event.record_id), event.device, names_of(event))
