"""The snapshot streams: campaigns and members. And which campaigns were sent when, which the daily streams ask for."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from extractors.email.mailchimp.answers import Row
from extractors.email.mailchimp.client import Client
from extractors.email.mailchimp.columns import (
    TIME,
    Read,
    address_hashes,
    at,
    moment,
    moments,
    own_id,
    required,
    required_texts,
    table,
    texts,
    time_at,
)
from extractors.email.mailchimp.faults import COMPARE, NotFound
from extractors.errors import PayloadError
from extractors.stream import Account, Batch, Days, Kind, Pending, Stream

log = logging.getLogger("extractors")
_REPORTED = frozenset({"sending", "sent"})

_CAMPAIGN = {
    "id": at("id"),
    "web_id": at("web_id"),
    "type": at("type"),
    "status": at("status"),
    "create_time": time_at("create_time"),
    "send_time": time_at("send_time"),
    "emails_sent": at("emails_sent"),
    "recipients_list_id": at("recipients.list_id"),
    "recipients_list_name": at("recipients.list_name"),
    "settings_title": at("settings.title"),
    "settings_subject_line": at("settings.subject_line"),
    "report_summary_opens": at("report_summary.opens"),
    "report_summary_clicks": at("report_summary.clicks"),
}
_NUMBERS = frozenset({"web_id", "emails_sent", "report_summary_opens", "report_summary_clicks"})
CAMPAIGN_FIELDS = [
    "campaigns.id",
    "campaigns.web_id",
    "campaigns.type",
    "campaigns.status",
    "campaigns.create_time",
    "campaigns.send_time",
    "campaigns.emails_sent",
    "campaigns.recipients.list_id",
    "campaigns.recipients.list_name",
    "campaigns.settings.title",
    "campaigns.settings.subject_line",
    "campaigns.report_summary.opens",
    "campaigns.report_summary.clicks",
    "total_items",
]
CAMPAIGN_SCHEMA = pa.schema(
    [
        pa.field(
            name, TIME if name.endswith("_time") else pa.int64() if name in _NUMBERS else pa.string(), nullable=name not in ("id", "status")
        )
        for name in _CAMPAIGN
    ]
)
MEMBER_SCHEMA = pa.schema(
    [
        pa.field("list_id", pa.string(), nullable=False),
        pa.field("email_sha256", pa.string(), nullable=False),
        pa.field("contact_id", pa.string()),
        pa.field("unique_email_id", pa.string()),
        pa.field("status", pa.string(), nullable=False),
        pa.field("external_id", pa.string()),
        pa.field("timestamp_signup", TIME),
        pa.field("timestamp_opt", TIME),
        pa.field("last_changed", TIME),
    ]
)


@dataclass(frozen=True)
class Sent:
    """A campaign with a report."""

    id: str
    list_id: str | None
    at: datetime
    emails_sent: int = 0


def sent_campaigns(client: Client, first: date, last: date) -> list[Sent]:
    """The campaigns whose sending began on the UTC days from ``first`` to ``last``, oldest first.

    Both bounds of the question are exclusive, so it begins a second before midnight.
    """
    question = {
        "since_send_time": f"{first - timedelta(days=1)}T23:59:59+00:00",
        "before_send_time": f"{last + timedelta(days=1)}T00:00:00+00:00",
        "fields": [
            "campaigns.id",
            "campaigns.status",
            "campaigns.send_time",
            "campaigns.emails_sent",
            "campaigns.recipients.list_id",
            "total_items",
        ],
    }
    found: list[Sent] = []
    for row in client.whole(client.api.campaigns.list, items="campaigns", key="id", **question):
        if required(row, "status", "campaigns") in _REPORTED and row.get("send_time"):
            sent = Sent(row["id"], at("recipients.list_id")(row), moment(row["send_time"], "send_time"), _number(row, "emails_sent"))
            if first <= sent.at.date() <= last:
                found.append(sent)
    return sorted(found, key=lambda sent: (sent.at, sent.id))


def _number(row: Row, name: str) -> int:
    value = row.get(name) or 0
    if not isinstance(value, int):
        raise PayloadError(f"The field {name} is not a number.", action=COMPARE)
    return value


def _campaigns(client: Client, account: Account, days: Days) -> Iterator[Batch | Pending]:
    def convert(rows: list[Row]) -> pa.Table:
        return table(CAMPAIGN_SCHEMA, ({name: read(row) for name, read in _CAMPAIGN.items()} for row in rows))

    with client.aside(convert, client.api.campaigns.list, items="campaigns", key="id", fields=CAMPAIGN_FIELDS) as found:
        for rows in found.read():
            yield Batch(days.last, rows)


def _members(client: Client, account: Account, days: Days) -> Iterator[Batch | Pending]:
    names = ("id", "email_address", "contact_id", "unique_email_id", "status", "timestamp_signup", "timestamp_opt", "last_changed")
    fields = [*(f"members.{name}" for name in names), f"members.merge_fields.{client.external_id}", "total_items"]
    external_id = own_id(client.external_id)
    lists = client.whole(client.api.lists.get_all_lists, items="lists", key="id", fields=["lists.id", "total_items"])
    for list_id in sorted(row["id"] for row in lists):
        try:
            convert = partial(_contacts, list_id, external_id)
            found = client.aside(convert, client.api.lists.get_list_members_info, list_id, items="members", key="id", fields=fields)
        except NotFound as missing:
            client.confirm_gone(client.api.lists.get_list, list_id, missing)
            log.warning("mailchimp: list %s was deleted while its members were read", list_id)
            continue
        with found:
            for rows in found.read():
                yield Batch(days.last, rows)


def _contacts(list_id: str, external_id: Read, rows: list[Row]) -> pa.Table:
    hashes = address_hashes(rows)
    made = {
        "list_id": pa.repeat(list_id, len(rows)),
        "email_sha256": hashes,
        "external_id": pa.array(map(external_id, rows), pa.string()),
        **{name: texts(rows, name) for name in ("contact_id", "unique_email_id")},
        "status": required_texts(rows, "status", "members"),
        **{name: moments(texts(rows, name), name) for name in ("timestamp_signup", "timestamp_opt", "last_changed")},
    }
    found = pa.Table.from_arrays([made[field.name] for field in MEMBER_SCHEMA], schema=MEMBER_SCHEMA)
    # A contact that has only a phone number is nobody to the email reports.
    return found.filter(pc.is_valid(found.column("email_sha256"))) if hashes.null_count else found


CAMPAIGNS = Stream(
    name="campaigns",
    kind=Kind.SNAPSHOT,
    schema=CAMPAIGN_SCHEMA,
    keys=("id",),
    extract=_campaigns,
    description="Campaigns in any state, drafts included. One row per campaign.",
)
MEMBERS = Stream(
    name="members",
    kind=Kind.SNAPSHOT,
    schema=MEMBER_SCHEMA,
    keys=("list_id", "email_sha256"),
    extract=_members,
    description="Contacts with an address, as hashes. One row per list and contact.",
)
