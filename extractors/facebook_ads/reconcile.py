"""Meta's spend against itself: the ads of a day beside the account's own total.

The account's total holds what the platform breaks down no further, figures of deleted ads above all
(https://developers.facebook.com/docs/marketing-api/best-practices/manage-your-ad-object-status), so ads may cost less, never more.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from extractors.control import MOVED, ControlTotal, Reader, beyond, by_day
from extractors.landing import Partition
from extractors.stream import Account

SPEND = "spend"


def reconcile(client: Any, account: Account, partitions: Sequence[Partition], read: Reader) -> list[ControlTotal]:
    """One comparison for each day of ad_insights whose account total was read too."""
    ads, accounts = by_day(partitions, "ad_insights"), by_day(partitions, "account_insights")
    found = []
    for day in sorted(ads.keys() & accounts.keys()):
        landed, platform = (Decimal(side[day].control_totals.get(SPEND, "0")) for side in (ads, accounts))
        over = landed > platform and beyond(landed, platform, Decimal(1))
        cause = ""
        if landed != platform:
            cause = MOVED if landed > platform else "deleted ads and others that the platform breaks down no further"
        failure = "The day's ads cost more than their account" if over else ""
        found.append(ControlTotal(ads[day], SPEND, landed, platform, cause, failure))
    return found
