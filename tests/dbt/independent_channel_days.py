"""What each channel brought and cost by day and by week, worked out a second time from the fact tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from independent_aggregates import monday
from independent_channels import map_of
from independent_settings import chosen

Table = list[dict[str, Any]]
ARRIVALS = ("ad_click", "site_visit")
NOBODY = "(no touch)"
DAILY = (
    "visits",
    "ad_clicks",
    "email_clicks",
    "impressions",
    "clicks",
    "touch_cost",
    "billed_spend",
    "attributed_conversions",
    "attributed_purchases",
    "attributed_new_customers",
    "attributed_revenue",
    "platform_conversions",
    "platform_conversion_value",
)
WEEKLY = {
    "email_delivered": "emails_sent",
    "email_open": "emails_opened",
    "email_click": "emails_clicked",
}
MIX = (
    *("spend", "impressions", "clicks", "sessions", *WEEKLY.values()),
    *("conversions", "purchases", "new_customers", "gross_revenue", "net_revenue"),
)
Figures = dict[tuple[Any, ...], dict[str, Any]]


def _figures(names: Iterable[str]) -> Figures:
    return defaultdict(lambda: dict.fromkeys(names, 0))


def _paid_channel(row: dict[str, Any], types: dict[tuple[str, str, str], str | None]) -> str:
    """The channel of what a campaign's kind brings; all of Meta's is Paid Social."""
    if row["platform"] == "facebook_ads":
        return "Paid Social"
    kind = types.get((row["platform"], row["account_id"], row["campaign_id"])) or ""
    return map_of("google_campaign_channels", "advertising_channel_type", "channel").get(kind, "Paid Other")


def _types(campaigns: Table) -> dict[tuple[str, str, str], str | None]:
    return {(row["platform"], row["account_id"], row["campaign_id"]): row["campaign_type"] for row in campaigns}


def by_day(touches: Table, credits: Table, conversions: Table, spend: Table, campaigns: Table) -> Figures:
    """(day, channel, platform, campaign, model) -> measures; each model has the whole of visits and spend."""
    models, types = chosen().attribution_models, _types(campaigns)
    found = _figures(DAILY)
    for touch in touches:
        is_click = touch["touchpoint_type"] == "email_click"
        if touch["touchpoint_type"] not in ARRIVALS and not is_click:
            continue
        for model in models:
            line = found[touch["occurred_date"], touch["channel"], touch["platform"], touch["campaign_id"], model]
            line["visits"] += not is_click
            line["ad_clicks"] += touch["touchpoint_type"] == "ad_click"
            line["email_clicks"] += is_click and not touch["is_machine"]
            line["touch_cost"] += touch["cost"] or 0
    for row in spend:
        for model in models:
            line = found[row["date"], _paid_channel(row, types), row["platform"], row["campaign_id"], model]
            line["billed_spend"] += row["spend"] or 0
            for name in ("impressions", "clicks", "platform_conversions", "platform_conversion_value"):
                line[name] += row[name] or 0
    sales = {row["conversion_id"]: row for row in conversions}
    bought = {row["conversion_id"] for row in touches if row["touchpoint_type"] == "purchase"}
    for row in credits:
        sale = sales[row["conversion_id"]]
        line = found[sale["converted_date"], row["channel"] or NOBODY, row["platform"] or NOBODY, row["campaign_id"], row["model"]]
        line["attributed_conversions"] += row["credit"]
        line["attributed_purchases"] += row["credit"] if sale["conversion_id"] in bought or sale["customer_id"] is None else 0
        line["attributed_new_customers"] += row["credit"] if sale["is_new_customer"] else 0
        line["attributed_revenue"] += row["attributed_revenue"] or 0
    for *key, _ in [*found]:  # what one model has stands in all of them
        for model in models:
            found[(*key, model)]["visits"] += 0
    return found


def by_week(touches: Table, conversions: Table, spend: Table, campaigns: Table) -> Figures:
    """(Monday, channel, platform) -> what went in and came out; weeks of nothing are left to the caller."""
    types, found = _types(campaigns), _figures(MIX)
    where = {row["conversion_id"]: row for row in touches if row["conversion_id"]}
    for touch in touches:
        line = found[monday(touch["occurred_date"]), touch["channel"], touch["platform"]]
        kind = touch["touchpoint_type"]
        line["sessions"] += kind in ARRIVALS
        if kind in WEEKLY and not (touch["is_machine"] and kind != "email_delivered"):
            line[WEEKLY[kind]] += 1
    for sale in conversions:
        own = where.get(sale["conversion_id"])
        line = found[monday(sale["converted_date"]), *((own["channel"], own["platform"]) if own else (NOBODY, NOBODY))]
        line["conversions"] += 1
        line["purchases"] += own is None or own["touchpoint_type"] == "purchase"
        line["new_customers"] += bool(sale["is_new_customer"])
        line["gross_revenue"] += sale["gross_value"] or 0
        line["net_revenue"] += sale["net_value"] or 0
    for row in spend:
        line = found[monday(row["date"]), _paid_channel(row, types), row["platform"]]
        line["spend"] += row["spend"] or 0
        line["impressions"] += row["impressions"] or 0
        line["clicks"] += row["clicks"] or 0
    return found


def weeks_between(days: Iterable[Any]) -> list[Any]:
    """Every Monday from the first day's week to the last one's."""
    held = sorted({monday(day) for day in days})
    return [held[0] + timedelta(7 * number) for number in range((held[-1] - held[0]).days // 7 + 1)] if held else []
