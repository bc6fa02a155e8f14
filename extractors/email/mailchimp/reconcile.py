"""Mailchimp's recipients against its own number of emails sent, by the day on which sending began.

``emails_sent`` of a campaign (https://mailchimp.com/developer/marketing/api/campaigns/) is fixed when it was sent; the list of its
recipients loses contacts that are deleted for good, so fewer rows are no failure: the list itself was counted against its own
``total_items`` while it was read. Opens and clicks have totals of a campaign's whole life only, which no day can be held against.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from extractors.control import ControlTotal, Reader, by_day
from extractors.email.mailchimp.client import Client
from extractors.email.mailchimp.entities import sent_campaigns
from extractors.partition import Partition
from extractors.stream import Account


def reconcile(client: Client, account: Account, partitions: Sequence[Partition], read: Reader) -> list[ControlTotal]:
    """One comparison for each day of recipients that was read."""
    days = by_day(partitions, "recipients")
    if not days:
        return []
    sent: Counter[str] = Counter()
    for campaign in sent_campaigns(client, date.fromisoformat(min(days)), date.fromisoformat(max(days))):
        sent[campaign.at.date().isoformat()] += campaign.emails_sent
    return [_total(row, Decimal(row.rows), Decimal(sent[day])) for day, row in sorted(days.items())]


def _total(row: Partition, landed: Decimal, platform: Decimal) -> ControlTotal:
    cause = ""
    if landed < platform:
        cause = "contacts that were deleted for good, or a campaign that is still being sent"
    elif landed > platform:
        cause = "a campaign that is still being sent"
    return ControlTotal(row, "recipients", landed, platform, cause)
