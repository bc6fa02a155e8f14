"""Klaviyo and Mailchimp for the conformance cases (conformance_world). Their days are UTC days, whatever zone the account has."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import klaviyo_folder as klaviyo
import mailchimp_folder as mailchimp
import pytest
from conformance_world import AFTER, AUTUMN, BIG, EMPTY, MANY, NAME, NEW_YORK, SPRING, ZEROS, Expected, Place, World, expect_snapshot, hours

from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.emulators.klaviyo.endpoints import COLLECTIONS


def _moments() -> list[datetime]:
    """Twice in every hour of the days with rows, by the account's clock, as far as their UTC days are asked for."""
    found = [
        at + timedelta(minutes=minutes)
        for days in (AUTUMN, SPRING)
        for day in days
        if day not in (ZEROS, AFTER, EMPTY)
        for at in hours(day, NEW_YORK)
        for minutes in (0, 10)
    ]
    return [at for at in found if at.date() in AUTUMN or at.date() in SPRING]


def klaviyo_world() -> World:
    """One event for each hour of the account's days; each is told by a name and a number that a float cannot hold."""
    account = klaviyo.ACCOUNT
    expected: Expected = defaultdict(dict)
    events = []
    for n, at in enumerate(_moments()):
        event = klaviyo.event(f"E{BIG + n}", at.isoformat(), properties={"Campaign Name": NAME, "OrderId": BIG + n})
        event["attributes"]["timestamp"] = int(at.timestamp())
        events.append(event)
        properties = f'{{"Campaign Name":"{NAME}","OrderId":{BIG + n}}}'
        told = {"id": f"E{BIG + n}", "datetime": at, "timestamp": int(at.timestamp()), "event_properties": properties}
        expected["events"].setdefault((account, at.date()), []).append(told)
    dates = {"created": "2025-01-01T00:00:00+00:00", "updated": "2025-01-02T00:00:00+00:00"}
    named = {f"X{BIG + n}": f"{NAME} {n}" for n in range(MANY)}
    metrics = [
        {"type": "metric", "id": key, "attributes": {**dates, "name": name, "integration": {"name": "Klaviyo"}}}
        for key, name in named.items()
    ]
    # Klaviyo's own count of the email events is compared with what lands.
    opened = {"name": "Opened Email", "integration": {"name": "Klaviyo"}}
    metrics.append({"type": "metric", "id": klaviyo.OPENED, "attributes": {**dates, **opened}})
    profiles = [
        {"type": "profile", "id": key, "attributes": {**dates, "email": f"Ação{n}@Loja.example", "external_id": f"{NAME} {BIG + n}"}}
        for n, key in enumerate(named)
    ]
    flows = [
        {"type": "flow", "id": key, "attributes": {**dates, "name": name, "status": "live", "archived": False, "trigger_type": "Metric"}}
        for key, name in named.items()
    ]
    campaigns = [
        {
            "type": "campaign",
            "id": key,
            "attributes": {"created_at": dates["created"], "updated_at": dates["updated"], "definition": {"name": name, "archived": False}},
        }
        for key, name in named.items()
    ]
    messages = [
        {
            "type": "campaign-message",
            "id": f"M{key}",
            "attributes": {**dates, "definition": {"label": name, "status": "sent", "channel": "email"}},
            "relationships": {"campaign": {"data": {"type": "campaign", "id": key}}},
        }
        for key, name in named.items()
    ]
    attributes = {"contact_information": {"organization_name": NAME}, "timezone": NEW_YORK, "preferred_currency": "USD"}
    whole = {
        "account": [{"type": "account", "id": account, "attributes": attributes}],
        **{"events": events, "metrics": metrics, "profiles": profiles, "flows": flows},
        **{"campaigns": campaigns, "campaign_messages": messages},
    }
    expect_snapshot(expected, "accounts", account, [{"id": account, "organization_name": NAME, "timezone": NEW_YORK}])
    expect_snapshot(
        expected,
        "metrics",
        account,
        [{"id": key, "name": name} for key, name in (*named.items(), (klaviyo.OPENED, "Opened Email"))],
    )
    for stream in ("flows", "campaigns"):
        expect_snapshot(expected, stream, account, [{"id": key, "name": name} for key, name in named.items()])
    told = [{"id": f"M{key}", "campaign_id": key, "label": name, "status": "sent"} for key, name in named.items()]
    expect_snapshot(expected, "campaign_messages", account, told)
    told = [
        {"id": key, "external_id": f"{NAME} {BIG + n}", "email_sha256": hashlib.sha256(f"ação{n}@loja.example".encode()).hexdigest()}
        for n, key in enumerate(named)
    ]
    expect_snapshot(expected, "profiles", account, told)
    flipped = {"text": ["x"]}
    places = {
        "accounts": Place("/account.ndjson", "accounts", None, "id", "attributes.timezone", flipped),
        "metrics": Place("/metrics.ndjson", "metrics", None, "attributes.name", "attributes.created", flipped, "attributes.novidade"),
        "profiles": Place("/profiles.ndjson", "profiles", None, "id", "attributes.created", flipped),
        "events": Place("/events.ndjson", "events", None, "relationships.metric", "attributes.timestamp", "cedo", "attributes.novidade"),
        "campaigns": Place("/campaigns.ndjson", "campaigns", None, "id", "attributes.definition.archived", "não", "attributes.novidade"),
        "campaign_messages": Place(
            "/campaign_messages.ndjson", "campaign_messages", None, "id", "attributes.definition.status", flipped, "attributes.novidade"
        ),
        "flows": Place("/flows.ndjson", "flows", None, "id", "attributes.archived", "não", "attributes.novidade"),
    }
    return World(
        "klaviyo",
        {f"{account}/{name}.ndjson": rows for name, rows in whole.items()},
        expected,
        {name: replace(place, missing="missing_field") for name, place in places.items()},
        {account: NEW_YORK},
        faults={"transient": ("http_500", {}), "permanent": ("forbidden_scope", {}), "broken": ("truncated_body", {})},
        paged=_sevens,
        reordered=_backwards,
    )


def _sevens(patch: pytest.MonkeyPatch, faults: FaultPlan) -> dict[str, Any]:
    for name, one in COLLECTIONS.items():
        patch.setitem(COLLECTIONS, name, replace(one, page=one.page and (7, 7)))
    return {}


def _backwards(patch: pytest.MonkeyPatch, faults: FaultPlan) -> dict[str, Any]:
    for name, one in COLLECTIONS.items():
        patch.setitem(COLLECTIONS, name, replace(one, default_sort="-id"))
    return {}


def mailchimp_world() -> World:
    """A campaign an hour of each day that sends, to a few people; opens follow at once, so the night's days hold them."""
    account = mailchimp.ACCOUNT
    expected: Expected = defaultdict(dict)
    people = [f"Ação{n}@Loja.example" for n in range(MANY)]
    hashes = [hashlib.sha256(address.lower().encode()).hexdigest() for address in people]
    contacts = [{"email_id": hashlib.md5(address.lower().encode()).hexdigest(), "email_address": address} for address in people]
    lists = [{"id": "L1", "name": NAME, "date_created": "2025-01-01T00:00:00+00:00"}]
    members = [
        {
            "id": one["email_id"],
            "list_id": "L1",
            "contact_id": f"c{BIG + n}",
            "status": "subscribed",
            "merge_fields": {"USERID": f"{NAME} {BIG + n}"},
            "timestamp_opt": "2025-01-01T00:00:00+00:00",
            "email_address": one["email_address"],
        }
        for n, one in enumerate(contacts)
    ]
    told = [
        {"list_id": "L1", "email_sha256": hashed, "external_id": f"{NAME} {BIG + n}", "contact_id": f"c{BIG + n}"}
        for n, hashed in enumerate(hashes)
    ]
    expect_snapshot(expected, "members", account, told)
    campaigns, sent_to, activity, snapshot = [], [], [], []
    for n, at in enumerate(_moments()):
        name, who = f"c{n:03d}", n % 5
        numbers = {"emails_sent": 0 if n % 2 else 1, "report_summary": {"opens": 0 if n % 2 else BIG + n, "clicks": 0}}
        campaigns.append(
            {
                "id": name,
                "web_id": BIG + n,
                "type": "regular",
                "status": "sent",
                "send_time": at.isoformat(),
                "create_time": at.isoformat(),
                "recipients": {"list_id": "L1", "list_name": NAME},
                "settings": {"title": f"{NAME} {n}", "subject_line": NAME},
                **numbers,
            }
        )
        snapshot.append(
            {
                "id": name,
                "web_id": BIG + n,
                "settings_title": f"{NAME} {n}",
                "emails_sent": numbers["emails_sent"],
                "report_summary_opens": numbers["report_summary"]["opens"],
            }
        )
        sent_to.append({**contacts[who], "status": "sent", "absplit_group": "", "campaign_id": name, "list_id": "L1"})
        seen = at + timedelta(seconds=3)
        link = f"https://loja.example/promo%C3%A7%C3%A3o?q={NAME}"
        acts = [{"action": "open", "timestamp": seen.isoformat()}, {"action": "click", "timestamp": seen.isoformat(), "url": link}]
        activity.append({**contacts[who], "campaign_id": name, "list_id": "L1", "activity": acts})
        whose = {"campaign_id": name, "email_sha256": hashes[who], "list_id": "L1"}
        expected["recipients"].setdefault((account, at.date()), []).append({**whose, "status": "sent", "send_time": at})
        expected["activity"].setdefault((account, at.date()), []).extend(
            [
                {**whose, "action": "sent", "timestamp": at, "url": None},
                {**whose, "action": "open", "timestamp": seen, "url": None},
                {**whose, "action": "click", "timestamp": seen, "url": link},
            ]
        )
    expect_snapshot(expected, "campaigns", account, snapshot)
    root = {"account_id": account, "account_name": NAME, "account_timezone": NEW_YORK}
    files = {"account": [root], "lists": lists, "members": members, "campaigns": campaigns, "sent_to": sent_to, "email_activity": activity}
    places = {
        "campaigns": Place("/campaigns.ndjson", "campaigns", None, "status", "emails_sent", "muitos"),
        "members": Place("/members.ndjson", "members", None, "status", "timestamp_opt", "ontem"),
        "recipients": Place("/sent_to.ndjson", "sent_to", None, "status", "absplit_group", {"a": 1}),
        "activity": Place("/email_activity.ndjson", "email_activity", None, "activity.action", "activity.url", {"a": 1}),
    }
    return World(
        "mailchimp",
        {f"{account}/{name}.ndjson": rows for name, rows in files.items()},
        expected,
        places,
        {account: NEW_YORK},
        faults={"transient": ("http_500", {}), "permanent": ("forbidden", {}), "broken": ("truncated_body", {})},
        paged=_few_at_a_time,
    )


def _few_at_a_time(patch: pytest.MonkeyPatch, faults: FaultPlan) -> dict[str, Any]:
    faults.add(Fault("mailchimp", "page_limit", times=None, options={"max": 7}))
    return {}
