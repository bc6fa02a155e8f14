"""The daily streams: to whom each campaign went, and what they did. Days are UTC.

Mailchimp reports by campaign, not by day: a day's activity is put together from the reports of every campaign sent in the
``activity_days`` before it (https://mailchimp.com/developer/marketing/api/email-activity-reports/).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from extractors.aside import Aside
from extractors.content import pieces
from extractors.email.mailchimp import acts
from extractors.email.mailchimp.answers import Row
from extractors.email.mailchimp.client import Client
from extractors.email.mailchimp.entities import Sent, sent_campaigns
from extractors.email.mailchimp.faults import NotFound, Short
from extractors.stream import Account, Batch, Days, Kind, Pending, Stream

log = logging.getLogger("extractors")
TOGETHER = 8192
"""Acts that are told apart by day at a time: pages would leave a few for each of many days."""
_RECIPIENT_FIELDS = ["email_id", "email_address", "status", "absplit_group", "list_id"]


def _recipients(client: Client, account: Account, days: Days) -> Iterator[Batch | Pending]:
    for campaign in sent_campaigns(client, days.first, days.last):
        try:
            found = _sent_to(client, campaign, acts.recipients)
        except NotFound as missing:
            _gone(client, campaign, missing)
            continue
        with found:
            for rows in found.read():
                yield Batch(campaign.at.date(), rows)


def _sent_to(client: Client, campaign: Sent, convert: Callable[[Sent, list[Row]], pa.Table]) -> Aside:
    fields = [*(f"sent_to.{name}" for name in _RECIPIENT_FIELDS), "total_items"]
    operation = client.api.reports.get_campaign_recipients
    return client.aside(partial(convert, campaign), operation, campaign.id, items="sent_to", key="email_id", fields=fields)


def _activity(client: Client, account: Account, days: Days) -> Iterator[Batch | Pending]:
    for campaign in sent_campaigns(client, days.first - timedelta(days=client.activity_days), days.last):
        with ExitStack() as held:
            try:
                # All of a campaign's listings, or none: it may be deleted between two of them.
                parts = [held.enter_context(part) for part in _parts(client, campaign, days)]
            except NotFound as missing:
                _gone(client, campaign, missing)
                continue
            for rows in pieces((rows for part in parts for rows in part.read()), TOGETHER):
                yield from _by_day(rows, days)


def _by_day(rows: pa.Table, days: Days) -> Iterator[Batch]:
    dates = rows.column("timestamp").cast(pa.date32())
    for day in sorted(day for day in pc.unique(dates).to_pylist() if day in days):
        yield Batch(day, rows.filter(pc.equal(dates, pa.scalar(day, pa.date32()))))


def _parts(client: Client, campaign: Sent, days: Days) -> Iterator[Aside]:
    if campaign.at.date() in days:
        yield _sent_to(client, campaign, acts.sent)
    yield _reactions(client, campaign, days)
    yield from _complaints(client, campaign)


def _reactions(client: Client, campaign: Sent, days: Days) -> Aside:
    """Opens, clicks and bounces since the range's first midnight."""

    def ask(**since: str) -> Aside:
        operation = client.api.reports.get_email_activity_for_campaign
        fields = [*(f"emails.{name}" for name in ("email_id", "email_address", "activity")), "total_items"]
        convert = partial(acts.reactions, campaign)
        return client.aside(convert, operation, campaign.id, items="emails", key="email_id", fields=fields, **since)

    try:
        return ask(since=f"{days.first - timedelta(days=1)}T23:59:59+00:00")
    except Short:
        # It is not documented whether total_items counts those who did nothing since; the whole report has everybody.
        log.info("mailchimp: activity of campaign %s since a time came short; the whole report is read", campaign.id)
        return ask()


def _complaints(client: Client, campaign: Sent) -> Iterator[Aside]:
    """Unsubscriptions and abuse reports, which are lists of their own."""

    def abuse(campaign_id: str, *, count: int, offset: int, fields: list[str]) -> Any:
        # The client's own method for this listing has no page to ask for, and a listing without one stops after ten rows.
        pages = [("fields", ",".join(fields)), ("count", count), ("offset", offset)]
        path = f"/reports/{campaign_id}/abuse-reports"
        return client.api.api_client.call_api(path, "GET", query_params=pages, header_params={"Accept": "application/json"})

    unsubscribed = client.api.reports.get_unsubscribed_list_for_campaign
    for action, operation, items, key, when in (
        ("unsubscribe", unsubscribed, "unsubscribes", "email_id", "timestamp"),
        ("abuse", abuse, "abuse_reports", "id", "date"),
    ):
        fields = [*(f"{items}.{name}" for name in (key, "email_address", when)), "total_items"]
        convert = partial(acts.complaints, campaign, action, items, when)
        yield client.aside(convert, operation, campaign.id, items=items, key=key, fields=fields)


def _gone(client: Client, campaign: Sent, missing: NotFound) -> None:
    """Return where the campaign itself is not there any more."""
    client.confirm_gone(client.api.campaigns.get, campaign.id, missing)
    log.warning("mailchimp: campaign %s was deleted while its reports were read", campaign.id)


RECIPIENTS = Stream(
    name="recipients",
    kind=Kind.DAILY,
    schema=acts.RECIPIENT_SCHEMA,
    keys=("campaign_id", "email_sha256"),
    extract=_recipients,
    restatement_days=3,
    description="To whom a campaign went, by the UTC day on which its sending began. One row per campaign and address.",
)
ACTIVITY = Stream(
    name="activity",
    kind=Kind.DAILY,
    schema=acts.ACTIVITY_SCHEMA,
    keys=("activity_id",),
    extract=_activity,
    restatement_days=3,
    description="Sent, open, click, bounce, unsubscribe, abuse, by UTC day. One row per thing that happened to an email.",
)
