"""Customers' figures, events without consent and counts of bad input, worked out a second time from touches and conversions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from independent_channels import map_of, origin, seed
from independent_costs import Ads
from independent_events import UNKNOWN, Event, Landed, absolute, local, rounded
from independent_facts import Facts, Touch
from independent_journeys import Conversion
from independent_settings import chosen

SNAPSHOTS = {
    "ga4": set(),
    "klaviyo": {"accounts", "metrics", "profiles", "campaigns", "campaign_messages", "flows"},
    "mailchimp": {"campaigns", "members"},
    "matomo": {"sites"},
    "google_ads": {"customer", "campaign", "ad_group", "ad_group_ad", "asset_group", "video", "conversion_action"},
    "facebook_ads": {"accounts", "campaigns", "adsets", "ads"},
}


def newest_day(landed: Landed) -> date | None:
    """The newest day that brought rows."""
    days = []
    for path in landed.root.glob("*/*/account=*/dt=*/part-0.parquet"):
        source, stream, _, day = (part.rpartition("=")[2] for part in path.parts[-5:-1])
        if not source.startswith("_") and stream not in SNAPSHOTS.get(source, set()) and landed.count(path):
            days.append(date.fromisoformat(day))
    return max(days, default=None)


def unconsented(facts: Facts, ads: Ads) -> dict[tuple[date, str], tuple[int, int, Decimal]]:
    """(day, channel) -> events, purchases and what these were worth before refunds."""
    kinds = map_of("google_campaign_channels", "advertising_channel_type", "channel")
    channels = {row["first_party_channel"]: row["channel"] for row in seed("first_party_channels")}
    found: dict[tuple[date, str], tuple[int, int, Decimal]] = defaultdict(lambda: (0, 0, Decimal(0)))
    for event in facts.events:
        if event.is_told or event.reason is not None:
            continue
        if event.source == "first_party":
            channel = channels.get((event.row["channel"] or "").strip().lower(), "Unassigned")
        else:
            came = origin([event])
            channel = came.channel
            click = ads.clicks.get(came.click_id or "") if came.click == "gclid" else None
            kind = ads.campaigns.get(("google_ads", (click and click.campaign) or ""), {}).get("kind") or ""
            channel = kinds.get(kind.lower(), channel)
        count, sales, value = found[local(event.at), channel]
        is_conversion = event.is_sale and "purchase" in chosen().conversion_events
        worth = value_of(facts, event) if is_conversion else None
        found[local(event.at), channel] = (count + 1, sales + is_conversion, value + (worth or 0))
    return dict(found)


def value_of(facts: Facts, event: Event) -> Decimal | None:
    rate = facts.rates.rate(local(event.at), event.currency)
    return rounded(event.amount * rate) if isinstance(event.amount, Fraction) and rate is not None else None


def eligible(journeys: dict[str, list[list[Touch]]]) -> dict[int, list[Touch]]:
    """Touches that may earn credit, by the identity of their journey's list."""
    found = {}
    for held in journeys.values():
        touches = [touch for journey in held for touch in journey]
        clicks = [touch.at for touch in touches if touch.type == "email_click" and not touch.is_machine]
        for journey in held:
            found[id(journey)] = [
                touch
                for touch in journey
                if (touch.type == "email_click" and not touch.is_machine)
                or (
                    touch.is_arrival
                    and not (touch.medium == "email" and any(timedelta(0) <= touch.at - click <= chosen().pause for click in clicks))
                )
            ]
    return found


def without_touch(journeys: dict[str, list[list[Touch]]], kinds: Iterable[str]) -> list[Touch]:
    """Conversions of customers that no touch can be named for."""
    may = eligible(journeys)
    return [
        touch
        for held in journeys.values()
        for journey in held
        for touch in journey
        if touch.type in kinds and not any(touch.at - chosen().window <= other.at <= touch.at for other in may[id(journey)])
    ]


def bad_input(facts: Facts, ads: Ads, journeys: dict[str, list[list[Touch]]]) -> dict[str, int]:
    """Kind -> how many there are, of the kinds that need no identity."""
    reasons: dict[str, int] = defaultdict(int)
    for event in facts.events:
        reasons[event.reason or ""] += 1
    sales = [event for event in facts.events if event.is_sale and event.reason is None]
    refunds = [event for event in facts.events if event.type == "refund" and event.reason is None]
    sold = {event.transaction: event for event in sales if event.transaction}
    moneyed = [event for event in facts.events if event.reason is None and event.type in {"purchase", "refund"}]
    touches = [touch for held in journeys.values() for journey in held for touch in journey]
    by_sale: dict[str, list[Event]] = defaultdict(list)
    for event in refunds:
        if event.transaction in sold:
            by_sale[event.transaction or ""].append(event)
    over = 0
    for transaction, parts in by_sale.items():
        event = sold[transaction]
        rates = [facts.rates.rate(local(event.at), part.currency) for part in parts]
        amounts = [absolute(part.amount) for part in parts]
        gross = value_of(facts, event)
        if None not in amounts and UNKNOWN not in amounts and None not in rates and gross is not None:
            over += rounded(sum((a * r for a, r in zip(amounts, rates, strict=True)), Fraction(0))) > max(gross, Decimal(0))
    several = sum(len({part.currency for part in (sold[name], *parts)}) > 1 for name, parts in by_sale.items())
    again = sum(event.is_sale and bool(event.transaction) and event.reason == "duplicate" for event in facts.events)
    return {
        "transaction_again": again,
        "unknown_time_zone": sum(not zone for zone in ads.zones.values()),
        "impossible_clock": reasons["impossible_clock"],
        "too_many_events": reasons["bot"],
        "over_long_session": reasons["over_long"],
        "crowded_customer": sum(sum(map(len, held)) > chosen().crowded_customer_touchpoints for held in journeys.values()),
        "conversion_without_touch": len(without_touch(journeys, chosen().conversion_events)),
        "refund_over_sale": over if "purchase" in chosen().conversion_events else 0,
        "refund_without_sale": sum(event.transaction not in sold for event in refunds),
        "several_currencies": several if "purchase" in chosen().conversion_events else 0,
        "negative_amount": sum(isinstance(event.amount, Fraction) and event.amount < 0 for event in moneyed),
        "unknown_amount": sum(event.amount == UNKNOWN or (event.is_sale and event.amount is None) for event in moneyed),
        "long_tag": 0,
        "unknown_click_id": sum(
            touch.type == "ad_click"
            and touch.origin is not None
            and touch.origin.click == "gclid"
            and touch.origin.click_id not in ads.clicks
            for touch in touches
        ),
    }


def customer(held: list[list[Touch]], sales: list[Conversion], newest: date, *, has_address: bool) -> dict[str, Any]:
    """Figures, lifecycle and segment of one customer."""
    touches = [touch for journey in held for touch in journey]
    bought = sorted(sale.at for sale in sales)
    net = sum((sale.net for sale in sales if sale.net is not None), Decimal(0))
    recency = max((newest - local(bought[-1])).days, 0) if bought else None
    types = {touch.type for touch in touches}
    is_lead, is_member = has_address or "lead_capture" in types, "loyalty_join" in types
    for rule in seed("lifecycle_rules"):
        if (
            len(bought) >= int(rule["min_purchases"] or 0)
            and (not rule["min_recency_days"] or (recency is not None and recency >= int(rule["min_recency_days"])))
            and (not rule["is_lead"] or is_lead)
            and (not rule["is_loyalty_member"] or is_member)
        ):
            break
    scores = (
        {name: score(name, value) for name, value in {"recency": recency, "frequency": len(bought), "monetary": net}.items()}
        if bought
        else {}
    )
    return {
        "lifecycle_stage": rule["lifecycle_stage"],
        "next_best_stage": rule["next_best_stage"],
        "is_loyalty_member": is_member,
        "first_touch_channel": touches[0].channel,
        "touchpoint_count": len(touches),
        "session_count": sum(touch.is_arrival for touch in touches),
        "journey_count": len(held),
        "last_seen_at": max(touch.at for touch in touches).replace(tzinfo=None),
        "first_purchase_at": bought[0].replace(tzinfo=None) if bought else None,
        "last_purchase_at": bought[-1].replace(tzinfo=None) if bought else None,
        "monetary": net if bought else None,
        "purchase_count": len(bought),
        "gross_revenue": sum((sale.gross for sale in sales if sale.gross is not None), Decimal(0)),
        "refunded_revenue": sum((sale.refunded for sale in sales if sale.refunded is not None), Decimal(0)),
        "net_revenue": net,
        "ad_cost": sum((touch.cost for touch in touches if touch.cost is not None), Decimal(0)),
        "recency_days": recency,
        "frequency": len(bought),
        "recency_score": scores.get("recency"),
        "frequency_score": scores.get("frequency"),
        "monetary_score": scores.get("monetary"),
        "rfm_segment": segment(scores) if scores else None,
    }


def score(measure: str, value: Any) -> int:
    rows = [row for row in seed("rfm_scores") if row["measure"] == measure]
    fits = [row for row in rows if value >= Decimal(row["at_least"] or "-Infinity") and value <= Decimal(row["at_most"] or "Infinity")]
    return max(int(row["score"]) for row in fits)


def segment(scores: dict[str, int]) -> str:
    bounds = {
        "recency": ("min_recency_score", "max_recency_score"),
        "frequency": ("min_frequency_score",),
        "monetary": ("min_monetary_score",),
    }
    for rule in seed("rfm_segments"):
        limits = [(measure, name, int(rule[name])) for measure, names in bounds.items() for name in names if rule[name]]
        if all(scores[measure] >= limit if name.startswith("min") else scores[measure] <= limit for measure, name, limit in limits):
            return rule["rfm_segment"]
    raise AssertionError("the last rule holds for all")
