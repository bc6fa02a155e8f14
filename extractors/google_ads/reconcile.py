"""Google's cost against itself: campaigns add up to the account, ads to their campaigns but for Performance Max.

Performance Max has no ad rows (https://developers.google.com/google-ads/api/performance-max/reporting), so the ads of a day cost
less than its campaigns; they never cost more. Campaign and account are the same money: nothing may explain a difference there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import pyarrow.compute as pc

from extractors.control import MOVED, ControlTotal, Reader, beyond, by_day
from extractors.landing import Partition
from extractors.stream import Account

COST = "metrics_cost_micros"
ONE_UNIT = Decimal(1_000_000)


def reconcile(client: Any, account: Account, partitions: Sequence[Partition], read: Reader) -> list[ControlTotal]:
    """One comparison for each day of campaign_performance and of ad_performance, where both sides were read."""
    campaigns = by_day(partitions, "campaign_performance")
    return [*_campaigns(campaigns, by_day(partitions, "account_performance")), *_ads(by_day(partitions, "ad_performance"), campaigns, read)]


def _cost(partition: Partition) -> Decimal:
    return Decimal(partition.control_totals.get(COST, "0"))


def _campaigns(campaigns: dict[str, Partition], accounts: dict[str, Partition]) -> Iterator[ControlTotal]:
    for day in sorted(campaigns.keys() & accounts.keys()):
        landed, platform = _cost(campaigns[day]), _cost(accounts[day])
        wrong = beyond(landed, platform, ONE_UNIT)
        failure = "The cost of the day's campaigns is not the account's" if wrong else ""
        cause = "" if landed == platform else ("not known: rows are missing or came twice" if wrong else MOVED)
        yield ControlTotal(campaigns[day], COST, landed, platform, cause, failure)


def _ads(ads: dict[str, Partition], campaigns: dict[str, Partition], read: Reader) -> Iterator[ControlTotal]:
    for day in sorted(ads.keys() & campaigns.keys()):
        landed, platform = _cost(ads[day]), _cost(campaigns[day])
        over = landed > platform and beyond(landed, platform, ONE_UNIT)
        failure = "The day's ads cost more than their campaigns" if over else ""
        cause = "" if landed == platform else _cause(landed, platform, campaigns[day], read)
        yield ControlTotal(ads[day], COST, landed, platform, cause, failure)


def _cause(landed: Decimal, platform: Decimal, campaigns: Partition, read: Reader) -> str:
    if landed > platform:
        return MOVED
    rows = read(campaigns)
    without_ads = rows.filter(pc.equal(rows.column("campaign_advertising_channel_type"), "PERFORMANCE_MAX"))
    explained = Decimal(pc.sum(without_ads.column(COST)).as_py() or 0)
    rest = platform - landed - explained
    parts = [f"Performance Max, which has no ads: {explained:f}"] if explained else []
    if rest:
        parts.append(f"campaigns without ad rows, or {MOVED}: {rest:f}")
    return "; ".join(parts)
