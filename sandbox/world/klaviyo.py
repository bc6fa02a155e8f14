"""Klaviyo rows: JSON:API resources of one account, with the plain addresses that Klaviyo holds.

Shapes: https://developers.klaviyo.com/en/reference (revision 2026-10-15). Event times are whole seconds.
"""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path
from typing import Any

from sandbox.world import brand, emails, ndjson
from sandbox.world.emails import EmailEvent, Message
from sandbox.world.ledger import Ledger
from sandbox.world.people import Person
from sandbox.world.period import DAY, HOUR, iso, midnight, moment

METRICS = {
    emails.RECEIVED: "MtrRcv",
    emails.OPENED: "MtrOpn",
    emails.CLICKED: "MtrClk",
    emails.BOUNCED: "MtrBnc",
    emails.UNSUBSCRIBED: "MtrUns",
    emails.SPAM: "MtrSpm",
}


def write(ledger: Ledger, folder: Path) -> None:
    """Write ``klaviyo/<account>/*.ndjson``; events up to 00:00 UTC of the day after the period."""
    target = folder / "klaviyo" / brand.KLAVIYO_ACCOUNT
    people = {person.number: person for person in ledger.people}
    end = ledger.period.email_end
    own = (event for event in ledger.emails if event.message.provider == emails.KLAVIYO and event.at < end)
    sent = sorted(own, key=lambda event: (event.at, event.number))
    ndjson.write(target / "account.ndjson", [_account()])
    ndjson.write(target / "metrics.ndjson", _metrics(ledger))
    ndjson.write(target / "profiles.ndjson", (row for person in ledger.people for row in _profile(person, ledger.period.site_end)))
    ndjson.write(target / "events.ndjson", (_event(event, people[event.person_number]) for event in sent))
    _write_campaigns(target, ledger)


def _account() -> dict[str, Any]:
    return {
        "type": "account",
        "id": brand.KLAVIYO_ACCOUNT,
        "attributes": {
            "test_account": False,
            "contact_information": {
                "default_sender_name": brand.NAME,
                "default_sender_email": "ola@flordocerrado.example",
                "website_url": brand.SITE,
                "organization_name": brand.NAME,
                "street_address": {"city": "Goiânia", "region": "GO", "country": "BR", "zip": "74000-000"},
            },
            "industry": "Beauty & Cosmetics",
            "timezone": "America/Sao_Paulo",
            "preferred_currency": "BRL",
            "public_api_key": brand.KLAVIYO_ACCOUNT,
            "locale": "pt-BR",
        },
    }


def _metrics(ledger: Ledger) -> list[dict[str, Any]]:
    """One for each event name, and a second "Clicked Email" of another integration, which real accounts have too."""
    created = iso(midnight(ledger.period.start) - 400 * DAY)
    named = [(key, name, "Klaviyo") for name, key in METRICS.items()] + [("MtrClA", emails.CLICKED, "API")]
    return [
        {
            "type": "metric",
            "id": key,
            "attributes": {
                "name": name,
                "created": created,
                "updated": created,
                "integration": {"object": "integration", "id": f"Int{owner[:3]}", "name": owner, "category": "Internal"},
            },
        }
        for key, name, owner in named
    ]


def _profile(person: Person, end: int) -> list[dict[str, Any]]:
    """The profile as it is at the horizon; before the person had an account also as it was until then."""
    if person.profile_at is None or person.profile_at >= end:
        return []
    has_account = person.account_at is not None and person.account_at < end
    created = iso(person.profile_at)

    def row(updated: str, external_id: str | None) -> dict[str, Any]:
        attributes = {
            "email": person.email,
            "phone_number": None,
            "external_id": external_id,
            "first_name": person.first_name,
            "last_name": person.last_name,
            "created": created,
            "updated": updated,
        }
        return {"type": "profile", "id": person.profile_id, "attributes": attributes}

    if not has_account or person.account_at is None:
        return [{**row(created, None), "_from": created}]
    known = iso(person.account_at)
    if person.account_at <= person.profile_at:
        return [{**row(created, person.user_id), "_from": created}]
    return [{**row(created, None), "_from": created, "_until": known}, {**row(known, person.user_id), "_from": known}]


def _event(event: EmailEvent, person: Person) -> dict[str, Any]:
    message = event.message
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"{brand.SITE}/{event.number}")
    properties: dict[str, Any] = {
        "$event_id": f"{message.message_id}:{event.number}",
        "$message": message.message_id,
        "Campaign Name": message.name,
        "Subject": message.subject,
        "Recipient Email Address": person.email,
        "Email Domain": person.email.split("@")[1],
    }
    if message.flow_id:
        properties["$flow"] = message.flow_id
    if event.url:
        properties["URL"] = event.url
    if event.metric == emails.OPENED:
        properties["Apple Privacy Open"] = event.is_machine
    if event.metric == emails.CLICKED:
        properties["Bot Click"] = event.is_machine
    return {
        "type": "event",
        "id": "4" + hashlib.sha256(event.number.encode()).hexdigest()[:10],
        "attributes": {
            "timestamp": event.second,
            "datetime": moment(event.at).strftime("%Y-%m-%d %H:%M:%S+00:00"),
            "uuid": str(name),
            "event_properties": properties,
        },
        "relationships": {
            "metric": {"data": {"type": "metric", "id": METRICS[event.metric]}},
            "profile": {"data": {"type": "profile", "id": person.profile_id}},
        },
    }


def _write_campaigns(target: Path, ledger: Ledger) -> None:
    start = midnight(ledger.period.start)
    weeks = [week for week in range(60) if emails.newsletter_day(week) < ledger.period.days]
    letters = [(emails.newsletter(ledger.period.start, week), start + emails.newsletter_day(week) * DAY) for week in weeks]
    ndjson.write(target / "campaigns.ndjson", (_campaign(message, at) for message, at in letters))
    ndjson.write(target / "campaign_messages.ndjson", (_message(message, at + emails.NEWSLETTER_HOUR * HOUR) for message, at in letters))
    flows = [
        {
            "type": "flow",
            "id": message.flow_id,
            "attributes": {
                "name": name,
                "status": "live",
                "archived": False,
                "created": iso(start - 300 * DAY),
                "updated": iso(start - 200 * DAY),
                "trigger_type": trigger,
            },
        }
        for message, name, trigger in emails.FLOWS
    ]
    ndjson.write(target / "flows.ndjson", flows)


def _campaign(message: Message, at: int) -> dict[str, Any]:
    created = iso(at - DAY)
    definition = {"name": message.name, "builder": "wizard", "archived": False, "send_settings": {"send_strategy": "static"}}
    attributes = {"created_at": created, "updated_at": iso(at), "definition": definition}
    return {"type": "campaign", "id": message.campaign_id, "attributes": attributes, "_from": created}


def _message(message: Message, sent: int) -> dict[str, Any]:
    created = iso(sent - DAY)
    definition = {
        "name": message.name,
        "status": "sent",
        "tracking_options": {"is_add_utm": True, "is_tracking_clicks": True, "is_tracking_opens": True},
        "send_options": {"send_time": iso(sent), "send_strategy": "static"},
    }
    return {
        "type": "campaign-message",
        "id": message.message_id,
        "attributes": {"created": created, "updated": iso(sent), "definition": definition},
        "relationships": {"campaign": {"data": {"type": "campaign", "id": message.campaign_id}}},
        "_from": created,
    }
