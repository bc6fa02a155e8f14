"""The daily streams: to whom each campaign went, and what they did. Days are UTC.

Mailchimp reports by campaign, not by day: a day's activity is put together from the reports of every campaign sent in the
``activity_days`` before it (https://mailchimp.com/developer/marketing/api/email-activity-reports/).
"""

from __future__ import annotations

import hashlib
import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa

from extractors.email.mailchimp.answers import COMPARE, Row
from extractors.email.mailchimp.client import Client
from extractors.email.mailchimp.columns import TIME, address_hash, at, day_of, moment, required, table, text_at
from extractors.email.mailchimp.entities import Sent, sent_campaigns
from extractors.email.mailchimp.faults import NotFound, Short
from extractors.errors import PayloadError
from extractors.stream import Account, Batch, Days, Kind, Pending, Stream

log = logging.getLogger("extractors")
RECIPIENT_SCHEMA = pa.schema(
    [
        pa.field("campaign_id", pa.string(), nullable=False),
        pa.field("email_sha256", pa.string(), nullable=False),
        pa.field("list_id", pa.string()),
        pa.field("status", pa.string(), nullable=False),
        pa.field("absplit_group", pa.string()),
        pa.field("send_time", TIME, nullable=False),
    ]
)
ACTIVITY_SCHEMA = pa.schema(
    [
        pa.field("activity_id", pa.string(), nullable=False),
        pa.field("campaign_id", pa.string(), nullable=False),
        pa.field("email_sha256", pa.string(), nullable=False),
        pa.field("list_id", pa.string()),
        pa.field("action", pa.string(), nullable=False),
        pa.field("type", pa.string()),
        pa.field("url", pa.string()),
        pa.field("timestamp", TIME, nullable=False),
    ]
)
_RECIPIENT_FIELDS = ["email_id", "email_address", "status", "absplit_group", "list_id"]


def _recipients(client: Client, account: Account, days: Days) -> Iterator[Batch | Pending]:
    for campaign in sent_campaigns(client, days.first, days.last):
        for rows in _sent_to(client, campaign):
            yield Batch(day_of(campaign.at), table(RECIPIENT_SCHEMA, rows))


def _sent_to(client: Client, campaign: Sent) -> list[list[Row]]:
    """Pages of recipients. The report has no time of its own; the campaign's is when its sending began."""

    def convert(rows: list[Row]) -> list[Row]:
        return [
            {
                "campaign_id": campaign.id,
                "email_sha256": _hash(row, "sent_to"),
                "list_id": at("list_id")(row) or campaign.list_id,
                "status": required(row, "status", "sent_to"),
                "absplit_group": at("absplit_group")(row),
                "send_time": campaign.at,
            }
            for row in rows
        ]

    fields = [*(f"sent_to.{name}" for name in _RECIPIENT_FIELDS), "total_items"]
    operation = client.api.reports.get_campaign_recipients
    try:
        return client.whole(convert, operation, campaign.id, items="sent_to", key="email_id", fields=fields)
    except NotFound as missing:
        return _gone(client, campaign, missing)


def _activity(client: Client, account: Account, days: Days) -> Iterator[Batch | Pending]:
    for campaign in sent_campaigns(client, days.first - timedelta(days=client.activity_days), days.last):
        found: list[Row] = []
        if campaign.at.date() in days:
            sent = (row for rows in _sent_to(client, campaign) for row in rows if row["status"] == "sent")
            found += (_act(campaign, row["email_sha256"], "sent", campaign.at) for row in sent)
        try:
            found += _reactions(client, campaign, days)
            found += _complaints(client, campaign)
        except NotFound as missing:
            _gone(client, campaign, missing)
            continue
        by_day: dict[date, list[Row]] = defaultdict(list)
        for row in _numbered(found):
            if (day := day_of(row["timestamp"])) in days:
                by_day[day].append(row)
        for day, rows in sorted(by_day.items()):
            yield Batch(day, table(ACTIVITY_SCHEMA, rows))


def _reactions(client: Client, campaign: Sent, days: Days) -> list[Row]:
    """Opens, clicks and bounces since the range's first midnight."""

    def convert(rows: list[Row]) -> list[Row]:
        return [act for row in rows for act in _acts(campaign, row)]

    def ask(**since: str) -> list[Row]:
        operation = client.api.reports.get_email_activity_for_campaign
        fields = [*(f"emails.{name}" for name in ("email_id", "email_address", "activity")), "total_items"]
        pages = client.whole(convert, operation, campaign.id, items="emails", key="email_id", fields=fields, **since)
        return [act for page in pages for act in page]

    try:
        return ask(since=f"{days.first - timedelta(days=1)}T23:59:59+00:00")
    except Short:
        # It is not documented whether total_items counts those who did nothing since; the whole report has everybody.
        log.info("mailchimp: activity of campaign %s since a time came short; the whole report is read", campaign.id)
        return ask()


def _acts(campaign: Sent, row: Row) -> Iterator[Row]:
    items = row.get("activity")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise PayloadError("A row of emails lacks the list activity.", action=COMPARE)
    hashed = _hash(row, "emails") if items else ""
    for item in items:
        done = moment(required(item, "timestamp", "activity"), "timestamp")
        required(item, "action", "activity")
        yield _act(campaign, hashed, text_at("action")(item) or "", done, text_at("type")(item), text_at("url")(item))


def _complaints(client: Client, campaign: Sent) -> list[Row]:
    """Unsubscriptions and abuse reports, which are lists of their own."""

    def abuse(campaign_id: str, *, count: int, offset: int, fields: list[str]) -> Any:
        # The client's own method for this listing has no page to ask for, and a listing without one stops after ten rows.
        pages = [("fields", ",".join(fields)), ("count", count), ("offset", offset)]
        path = f"/reports/{campaign_id}/abuse-reports"
        return client.api.api_client.call_api(path, "GET", query_params=pages, header_params={"Accept": "application/json"})

    unsubscribed = client.api.reports.get_unsubscribed_list_for_campaign
    found: list[Row] = []
    for action, operation, items, key, when in (
        ("unsubscribe", unsubscribed, "unsubscribes", "email_id", "timestamp"),
        ("abuse", abuse, "abuse_reports", "id", "date"),
    ):
        fields = [*(f"{items}.{name}" for name in (key, "email_address", when)), "total_items"]

        def convert(rows: list[Row], action: str = action, items: str = items, when: str = when) -> list[Row]:
            return [_act(campaign, _hash(row, items), action, moment(required(row, when, items), when)) for row in rows]

        for page in client.whole(convert, operation, campaign.id, items=items, key=key, fields=fields):
            found += page
    return found


def _act(campaign: Sent, hashed: str, action: str, done: datetime, kind: str | None = None, url: str | None = None) -> Row:
    return {
        "campaign_id": campaign.id,
        "email_sha256": hashed,
        "list_id": campaign.list_id,
        "action": action,
        "type": kind,
        "url": url,
        "timestamp": done,
    }


def _numbered(rows: Iterable[Row]) -> Iterator[Row]:
    """Rows with an id made of what they say; equal ones (two opens in a second) are counted, so any order gives the same ids."""
    counts: Counter[tuple[Any, ...]] = Counter()
    for row in rows:
        says = (row["campaign_id"], row["email_sha256"], row["action"], row["timestamp"].isoformat(), row["type"], row["url"])
        counts[says] += 1
        text = "\x1f".join([*(str(part or "") for part in says), str(counts[says])])
        yield {"activity_id": hashlib.sha256(text.encode()).hexdigest()[:32], **row}


def _hash(row: Row, of: str) -> str:
    required(row, "email_address", of)
    hashed = address_hash(row)
    if hashed is None:
        raise PayloadError(f"A row of {of} lacks the field email_address.", action=COMPARE)
    return hashed


def _gone(client: Client, campaign: Sent, missing: NotFound) -> list[list[Row]]:
    """No rows, where the campaign itself is not there any more."""
    client.confirm_gone(client.api.campaigns.get, campaign.id, missing)
    log.warning("mailchimp: campaign %s was deleted while its reports were read", campaign.id)
    return []


RECIPIENTS = Stream(
    name="recipients",
    kind=Kind.DAILY,
    schema=RECIPIENT_SCHEMA,
    keys=("campaign_id", "email_sha256"),
    extract=_recipients,
    restatement_days=3,
    description="To whom a campaign went, by the UTC day on which its sending began. One row per campaign and address.",
)
ACTIVITY = Stream(
    name="activity",
    kind=Kind.DAILY,
    schema=ACTIVITY_SCHEMA,
    keys=("activity_id",),
    extract=_activity,
    restatement_days=3,
    description="Sent, open, click, bounce, unsubscribe, abuse, by UTC day. One row per thing that happened to an email.",
)
