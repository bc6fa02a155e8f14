"""Where each bill went, at each grain and in both currencies, worked out a second time by docs/model.md ("Reconciliation") alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction

from independent_costs import GOOGLE, Ads, Bill
from independent_events import rounded

Line = tuple[date, str, str, str, str]


Sum = tuple[Fraction, Fraction]
"""In the account's currency and in the reporting one."""


def is_matched(bill: Bill) -> bool:
    """Whether every click of it reached us, so that what is left is rounding."""
    return bool(bill.touches) and bill.parts == len(bill.touches)


def cost(bills: Iterable[Bill]) -> Sum:
    held = [*bills]
    return sum((bill.amount for bill in held), Fraction(0)), sum((bill.value or Fraction(0) for bill in held), Fraction(0))


def on_touches(bills: Iterable[Bill]) -> Sum:
    held = [*bills]
    return sum((bill.allocated for bill in held), Fraction(0)), sum((bill.allocated_value for bill in held), Fraction(0))


def gone(bills: Iterable[Bill]) -> Sum:
    """What bills of campaigns take out of what was left for them: their touches' cost and, of matched ones, the rounding."""
    held = [*bills]
    full, rest = cost(bill for bill in held if is_matched(bill)), on_touches(bill for bill in held if not is_matched(bill))
    return full[0] + rest[0], full[1] + rest[1]


def less(one: Sum, two: Sum) -> Sum:
    return one[0] - two[0], one[1] - two[1]


def reconciliation(ads: Ads) -> dict[Line, tuple[Decimal | None, Decimal | None]]:
    """(date, platform, account, grain, component) -> amount in the account's currency and in the reporting one."""
    found: dict[Line, tuple[Decimal | None, Decimal | None]] = {}
    places = {*ads.totals, *ads.seen}
    for place in places:
        platform, account, day = place
        total, rated = ads.totals.get(place), ads.value(place, Fraction(1)) is not None
        bills = [bill for key, bill in ads.ads.items() if key[:3] == place]
        pools = [pool for key, pool in ads.pools.items() if key[:3] == place]
        left = [pool for key, pool in ads.left.items() if key[:3] == place]
        rows = ads.seen[place]["campaigns" if platform == GOOGLE else "ads"]
        rest = Fraction(0) if total is None else total - rows
        rest_value = ads.value(place, rest)

        short = [bill for bill in bills if bill.parts > len(bill.touches)]
        full = [bill for bill in (*bills, *pools, *left) if is_matched(bill)]
        spend, pooled = cost(bills), cost(pools)
        parts: dict[tuple[str, str], tuple[Fraction | None, Fraction | None]] = {
            ("account", "allocated"): on_touches([*bills, *pools, *left]),
            ("account", "unmatched_clicks"): less(less(cost(short), on_touches(short)), gone(left)),
            ("account", "no_clicks"): cost([bill for bill in bills if not bill.parts]),
            ("account", "rounding"): less(cost(full), on_touches(full)),
        }
        name = "account_difference" if platform == GOOGLE else "deleted_or_unlisted_ads"
        if platform == GOOGLE:
            parts["account", "no_ad_rows"] = less(pooled, gone(pools))
        whole = (spend[0] + pooled[0], spend[1] + pooled[1]) if platform == GOOGLE else spend
        billed = None if rest_value is None or total is None else whole[1] + rest_value
        for grain in ("account", "campaign", "ad_group", "ad"):
            parts[grain, "billed"] = (total, billed)
            parts[grain, name] = (rest, rest_value)
            if grain != "account":
                parts[grain, "reported"] = whole if grain == "campaign" else spend
                if platform == GOOGLE and grain != "campaign":
                    parts[grain, "no_ad_rows"] = pooled
        for (grain, component), (amount, value) in parts.items():
            found[day, platform, account, grain, component] = (
                None if amount is None else rounded(amount),
                None if value is None or not rated else rounded(value),
            )
    return found
