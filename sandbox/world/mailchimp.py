"""Mailchimp rows: one account, the loyalty club's list, and the magazine's campaigns with their reports.

Shapes: https://mailchimp.com/developer/marketing/api/. Times are whole seconds; a campaign reaches everybody at its send_time.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from pathlib import Path
from typing import Any

from sandbox.world import brand, emails, ndjson
from sandbox.world.emails import EmailEvent, Message
from sandbox.world.ledger import Ledger
from sandbox.world.people import Person
from sandbox.world.period import DAY, HOUR, iso, midnight

Row = dict[str, Any]
_ACTIONS = {emails.OPENED: "open", emails.CLICKED: "click", emails.BOUNCED: "bounce"}


def write(ledger: Ledger, folder: Path) -> None:
    """Write ``mailchimp/<account>/*.ndjson``; activity up to 00:00 UTC of the day after the period."""
    target = folder / "mailchimp" / brand.MAILCHIMP_ACCOUNT
    end = ledger.period.email_end
    people = {person.number: person for person in ledger.people}
    own = (event for event in ledger.emails if event.message.provider == emails.MAILCHIMP and event.at < end)
    events = sorted(own, key=lambda event: (event.at, event.number))
    by_campaign: dict[str, list[EmailEvent]] = defaultdict(list)
    for event in events:
        by_campaign[event.message.message_id].append(event)
    members = [row for person in ledger.people for row in _member(person, end)]
    subscribed = sum(row["status"] == "subscribed" for row in members if "_until" not in row)
    ndjson.write(target / "account.ndjson", [_account(subscribed)])
    ndjson.write(target / "lists.ndjson", [_list(midnight(ledger.period.start), subscribed)])
    ndjson.write(target / "members.ndjson", members)
    issues = [(emails.magazine(ledger.period.start, issue), at) for issue, at in _issues(ledger)]
    ndjson.write(
        target / "campaigns.ndjson",
        [*(row for message, at in issues for row in _campaign(message, at, by_campaign[message.message_id])), _draft(ledger)],
    )
    sent = [(message, at, by_campaign[message.message_id]) for message, at in issues]
    ndjson.write(target / "sent_to.ndjson", (row for message, at, acts in sent for row in _sent_to(message, at, acts, people)))
    ndjson.write(target / "email_activity.ndjson", (row for message, at, acts in sent for row in _activity(message, at, acts, people)))
    ndjson.write(target / "unsubscribed.ndjson", (_left(event, people) for event in events if event.metric == emails.UNSUBSCRIBED))
    ndjson.write(target / "abuse_reports.ndjson", (_abuse(event, people) for event in events if event.metric == emails.SPAM))


def _issues(ledger: Ledger) -> list[tuple[int, int]]:
    """(issue, send time) of every issue that left before the end."""
    start = midnight(ledger.period.start) + emails.MAGAZINE_HOUR * HOUR
    sent = ((issue, start + emails.magazine_day(issue) * DAY) for issue in range(ledger.period.days // emails.MAGAZINE_EVERY + 1))
    return [(issue, at) for issue, at in sent if at < ledger.period.email_end]


def _account(subscribed: int) -> Row:
    return {
        "account_id": brand.MAILCHIMP_ACCOUNT,
        "login_id": "28374615",
        "account_name": brand.NAME,
        "email": "clube@flordocerrado.example",
        "first_name": "Clube",
        "last_name": "Cerrado",
        "username": "flordocerrado",
        "role": "owner",
        "member_since": "2024-02-01T12:00:00+00:00",
        "pricing_plan_type": "monthly",
        "account_timezone": "America/Sao_Paulo",
        "account_industry": "Beauty & Cosmetics",
        "contact": {"company": brand.NAME, "city": "Goiânia", "state": "GO", "zip": "74000-000", "country": "BR"},
        "pro_enabled": False,
        "total_subscribers": subscribed,
    }


def _list(start: int, subscribed: int) -> Row:
    return {
        "id": brand.MAILCHIMP_LIST,
        "web_id": 301,
        "name": "Clube Cerrado",
        "date_created": iso(start - 600 * DAY),
        "visibility": "prv",
        "double_optin": False,
        "stats": {"member_count": subscribed},
    }


def _contact(person: Person) -> Row:
    """``email_id`` is the MD5 hash of the lower-case address, as at Mailchimp."""
    return {"email_id": hashlib.md5(person.email.lower().encode()).hexdigest(), "email_address": person.email}


def _names(person: Person) -> Row:
    return {"FNAME": person.first_name, "LNAME": person.last_name, "USERID": person.user_id}


def _member(person: Person, end: int) -> list[Row]:
    """The contact as it is at the horizon; where it left before, also as it was until then."""
    if person.member_at is None or person.member_at >= end:
        return []
    joined = iso(person.member_at)

    def row(status: str, changed: str) -> Row:
        contact = _contact(person)
        return {
            "id": contact["email_id"],
            "email_address": person.email,
            "unique_email_id": hashlib.sha256(f"contact/{person.number}".encode()).hexdigest()[:10],
            "contact_id": hashlib.sha256(f"contact/{person.number}".encode()).hexdigest()[:32],
            "full_name": f"{person.first_name} {person.last_name}",
            "email_type": "html",
            "status": status,
            "merge_fields": _names(person),
            "timestamp_signup": "",
            "timestamp_opt": joined,
            "last_changed": changed,
            "language": "pt",
            "vip": False,
            "list_id": brand.MAILCHIMP_LIST,
            "_from": changed,
        }

    if person.member_left is None or person.member_left[0] >= end:
        return [row("subscribed", joined)]
    left, status = iso(person.member_left[0]), person.member_left[1]
    return [{**row("subscribed", joined), "_until": left}, row(status, left)]


def _campaign(message: Message, at: int, acts: list[EmailEvent]) -> list[Row]:
    """The campaign while it waits for its time, and since."""
    created, sent = iso(at - 2 * DAY), iso(at)
    readers: dict[str, set[str]] = defaultdict(set)
    counts: dict[str, int] = defaultdict(int)
    for event in acts:
        readers[event.metric].add(event.person_number)
        counts[event.metric] += 1
    reached = counts[emails.RECEIVED] + counts[emails.BOUNCED]
    plain = {
        "id": message.campaign_id,
        "web_id": int(str(message.campaign_id)[:6], 16),
        "type": "regular",
        "create_time": created,
        "send_time": sent,
        "content_type": "template",
        "recipients": {"list_id": brand.MAILCHIMP_LIST, "list_is_active": True, "list_name": "Clube Cerrado", "recipient_count": reached},
        "settings": {"subject_line": message.subject, "title": message.name, "from_name": brand.NAME, "reply_to": _account(0)["email"]},
        "tracking": {"opens": True, "html_clicks": True, "text_clicks": False},
    }
    summary = {
        "opens": counts[emails.OPENED],
        "unique_opens": len(readers[emails.OPENED]),
        "clicks": counts[emails.CLICKED],
        "subscriber_clicks": len(readers[emails.CLICKED]),
    }
    waiting = {**plain, "status": "schedule", "emails_sent": 0, "_from": created, "_until": sent}
    return [waiting, {**plain, "status": "sent", "emails_sent": reached, "report_summary": summary, "_from": sent}]


def _draft(ledger: Ledger) -> Row:
    created = iso(midnight(ledger.period.start) - 20 * DAY)
    return {
        "id": "0d2af70000",
        "web_id": 7,
        "type": "regular",
        "create_time": created,
        "send_time": "",
        "status": "save",
        "emails_sent": 0,
        "recipients": {"list_id": brand.MAILCHIMP_LIST, "list_is_active": True, "list_name": "Clube Cerrado", "recipient_count": 0},
        "settings": {"subject_line": "", "title": "Aniversário do clube (rascunho)", "from_name": brand.NAME},
        "_from": created,
    }


def _report(message: Message, person: Person) -> Row:
    return {"campaign_id": message.message_id, "list_id": brand.MAILCHIMP_LIST, "list_is_active": True, **_contact(person)}


def _sent_to(message: Message, at: int, acts: list[EmailEvent], people: dict[str, Person]) -> list[Row]:
    opens: dict[str, list[int]] = defaultdict(list)
    for event in acts:
        if event.metric == emails.OPENED:
            opens[event.person_number].append(event.at)
    return [
        {
            **_report(message, person := people[event.person_number]),
            "merge_fields": _names(person),
            "vip": False,
            "status": "sent" if event.metric == emails.RECEIVED else "hard",
            "open_count": len(opens[event.person_number]),
            "last_open": iso(max(opens[event.person_number])) if opens[event.person_number] else "",
            "absplit_group": "",
            "gmt_offset": -3,
            "_from": iso(at),
        }
        for event in acts
        if event.metric in (emails.RECEIVED, emails.BOUNCED)
    ]


def _activity(message: Message, at: int, acts: list[EmailEvent], people: dict[str, Person]) -> list[Row]:
    """One row a recipient, with nothing in it for those who did nothing."""
    done: dict[str, list[Row]] = {}
    for event in acts:
        items = done.setdefault(event.person_number, [])
        if event.metric in _ACTIONS:
            items.append(_item(event))
    return [{**_report(message, people[number]), "activity": items, "_from": iso(at)} for number, items in done.items()]


def _item(event: EmailEvent) -> Row:
    """A proxy's open looks like any other, apart from where it comes from."""
    item: Row = {"action": _ACTIONS[event.metric], "timestamp": iso(event.at)}
    if event.metric == emails.BOUNCED:
        return item | {"type": "hard"}
    if event.url:
        item["url"] = event.url
    return item | {"ip": "198.51.100.17" if event.is_machine else "203.0.113.40"}


def _left(event: EmailEvent, people: dict[str, Person]) -> Row:
    person, when = people[event.person_number], iso(event.at)
    return {
        **_report(event.message, person),
        "merge_fields": _names(person),
        "vip": False,
        "timestamp": when,
        "reason": "NONE",
        "_from": when,
    }


def _abuse(event: EmailEvent, people: dict[str, Person]) -> Row:
    person, when = people[event.person_number], iso(event.at)
    number = int(hashlib.sha256(event.number.encode()).hexdigest()[:7], 16)
    return {"id": number, **_report(event.message, person), "merge_fields": _names(person), "vip": False, "date": when, "_from": when}
