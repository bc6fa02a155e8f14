"""Meta's spend against itself: the ads of a day beside the account's own total.

The account's total holds what the platform breaks down no further, figures of deleted ads above all
(https://developers.facebook.com/docs/marketing-api/best-practices/manage-your-ad-object-status), so ads may cost less, never more.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from extractors.control import MOVED, ControlTotal, Reader, beyond, by_day, shifted, still_open
from extractors.landing import Partition
from extractors.stream import Account

SPEND = "spend"


def _spend(partition: Partition) -> Decimal:
    return Decimal(partition.control_totals.get(SPEND, "0"))


def reconcile(client: Any, account: Account, partitions: Sequence[Partition], read: Reader) -> list[ControlTotal]:
    """One comparison for each day of ad_insights whose account total was read too."""
    ads, accounts = by_day(partitions, "ad_insights"), by_day(partitions, "account_insights")
    found = []
    differences = {day: _spend(ads[day]) - _spend(accounts[day]) for day in sorted(ads.keys() & accounts.keys())}
    for day in differences:
        landed, platform = _spend(ads[day]), _spend(accounts[day])
        growing = still_open(ads[day], account.time_zone)
        over = landed > platform and beyond(landed, platform, Decimal(1)) and not growing
        cause = growing or shifted(day, differences, account.time_zone)
        if landed == platform:
            cause = ""
        elif landed < platform:
            cause = "; or ".join(part for part in ("deleted ads and others that the platform breaks down no further", cause) if part)
        else:
            cause = cause or MOVED
        failure = "The day's ads cost more than their account" if over else ""
        found.append(ControlTotal(ads[day], SPEND, landed, platform, cause, failure))
    return found
