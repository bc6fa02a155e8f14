"""Google's cost against itself: campaigns add up to the account, ads to their campaigns but for Performance Max.

Performance Max has no ad rows (https://developers.google.com/google-ads/api/performance-max/reporting), so the ads of a day cost
less than its campaigns; they never cost more. Campaign and account are the same money: nothing may explain a difference there, except
that the day goes on in the account's time zone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import pyarrow.compute as pc

from extractors.control import MOVED, ControlTotal, Reader, beyond, by_day, shifted, still_open
from extractors.landing import Partition
from extractors.stream import Account

COST = "metrics_cost_micros"
ONE_UNIT = Decimal(1_000_000)


def reconcile(client: Any, account: Account, partitions: Sequence[Partition], read: Reader) -> list[ControlTotal]:
    """One comparison for each day of campaign_performance and of ad_performance, where both sides were read."""
    campaigns = by_day(partitions, "campaign_performance")
    accounts, ads = by_day(partitions, "account_performance"), by_day(partitions, "ad_performance")
    return [*_campaigns(account, campaigns, accounts), *_ads(account, ads, campaigns, read)]


def _cost(partition: Partition) -> Decimal:
    return Decimal(partition.control_totals.get(COST, "0"))


def _differences(landed: dict[str, Partition], platform: dict[str, Partition]) -> dict[str, Decimal]:
    return {day: _cost(landed[day]) - _cost(platform[day]) for day in sorted(landed.keys() & platform.keys())}


def _campaigns(account: Account, campaigns: dict[str, Partition], accounts: dict[str, Partition]) -> Iterator[ControlTotal]:
    differences = _differences(campaigns, accounts)
    for day in differences:
        landed, platform = _cost(campaigns[day]), _cost(accounts[day])
        growing = still_open(campaigns[day], account.time_zone)
        wrong = beyond(landed, platform, ONE_UNIT) and not growing
        failure = "The cost of the day's campaigns is not the account's" if wrong else ""
        by_zone = growing or shifted(day, differences, account.time_zone)
        cause = "" if landed == platform else by_zone or ("not known: rows are missing or came twice" if wrong else MOVED)
        yield ControlTotal(campaigns[day], COST, landed, platform, cause, failure)


def _ads(account: Account, ads: dict[str, Partition], campaigns: dict[str, Partition], read: Reader) -> Iterator[ControlTotal]:
    differences = _differences(ads, campaigns)
    for day in differences:
        landed, platform = _cost(ads[day]), _cost(campaigns[day])
        growing = still_open(ads[day], account.time_zone)
        over = landed > platform and beyond(landed, platform, ONE_UNIT) and not growing
        failure = "The day's ads cost more than their campaigns" if over else ""
        by_zone = growing or shifted(day, differences, account.time_zone)
        cause = "" if landed == platform else _cause(landed, platform, campaigns[day], read, by_zone)
        yield ControlTotal(ads[day], COST, landed, platform, cause, failure)


def _cause(landed: Decimal, platform: Decimal, campaigns: Partition, read: Reader, by_zone: str) -> str:
    if landed > platform:
        return by_zone or MOVED
    rows = read(campaigns)
    without_ads = rows.filter(pc.equal(rows.column("campaign_advertising_channel_type"), "PERFORMANCE_MAX"))
    explained = Decimal(pc.sum(without_ads.column(COST)).as_py() or 0)
    rest = platform - landed - explained
    parts = [f"Performance Max, which has no ads: {explained:f}"] if explained else []
    if rest:
        parts.append(f"{by_zone or f'campaigns without ad rows, or {MOVED}'}: {rest:f}")
    return "; ".join(parts)
