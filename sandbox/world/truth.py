"""The truth as Parquet, in the layout of docs/sandbox.md: what a perfect pipeline would find."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sandbox.world import shop_truth
from sandbox.world.ads import AdBooks
from sandbox.world.campaigns import GoogleAd
from sandbox.world.dirt import hits
from sandbox.world.emails import KLAVIYO
from sandbox.world.identity import Identities, resolve
from sandbox.world.ledger import Ledger
from sandbox.world.period import is_gone, local_date, moment
from sandbox.world.touches import Touch, touches

MONEY = pa.decimal128(18, 6)
TS = pa.timestamp("us", tz="UTC")
Rows = list[dict[str, Any]]

SCHEMAS: dict[str, dict[str, pa.DataType]] = {
    "people": {"person_id": pa.string(), "is_identified": pa.bool_(), "is_story": pa.bool_(), "first_day": pa.date32()},
    "identifiers": {
        "person_id": pa.string(),
        "identifier_type": pa.string(),
        "identifier": pa.string(),
        "is_shared_device": pa.bool_(),
        "turn": pa.int64(),
    },
    "touchpoints": {
        **dict.fromkeys(("person_id", "device", "session_key"), pa.string()),
        "occurred_at": TS,
        "day": pa.date32(),
        **dict.fromkeys(
            (
                "touchpoint_type",
                "channel",
                "platform",
                "source",
                "medium",
                "campaign_id",
                "ad_group_id",
                "ad_id",
                "click_id",
                "email_message_id",
                "transaction_id",
            ),
            pa.string(),
        ),
        "is_machine": pa.bool_(),
        "on_shared_device": pa.bool_(),
        "journey_number": pa.int64(),
        "stage": pa.string(),
        "source_system": pa.string(),
    },
    "conversions": {
        **dict.fromkeys(("transaction_id", "conversion_type", "person_id"), pa.string()),
        "converted_at": TS,
        "day": pa.date32(),
        **dict.fromkeys(("gross_value", "refunded_value", "net_value"), MONEY),
        "currency": pa.string(),
    },
    "ad_spend": {
        **dict.fromkeys(("platform", "account_id"), pa.string()),
        "date": pa.date32(),
        **dict.fromkeys(("campaign_id", "ad_group_id", "ad_id"), pa.string()),
        "spend": MONEY,
        "currency": pa.string(),
        "impressions": pa.int64(),
        "clicks": pa.int64(),
        "is_deleted_ad": pa.bool_(),
    },
    "set_aside": {"reason": pa.string(), "day": pa.date32(), "event_count": pa.int64()},
    "unconsented": {
        "day": pa.date32(),
        "channel": pa.string(),
        "event_count": pa.int64(),
        "purchases": pa.int64(),
        "revenue": MONEY,
    },
}


def write(ledger: Ledger, books: AdBooks, folder: Path) -> None:
    """Write ``truth/<table>.parquet`` for every table."""
    identities = resolve(ledger)
    path = touches(ledger, identities)
    tables: dict[str, Rows] = {
        "touchpoints": [_touchpoint(touch, identities) for touch in path],
        "conversions": _conversions(ledger, path),
        "ad_spend": _ad_spend(ledger, books),
        "set_aside": _set_aside(ledger),
        "unconsented": _unconsented(ledger),
    }
    tables["people"], tables["identifiers"] = _people(ledger, identities, path)
    target = folder / "truth"
    target.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        schema = pa.schema(list(SCHEMAS[name].items()))
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), target / f"{name}.parquet", compression="zstd")


def money(cents: int) -> Decimal:
    return Decimal(cents) / 100


def _touchpoint(touch: Touch, identities: Identities) -> dict[str, Any]:
    row: dict[str, Any] = {
        "person_id": touch.person_id,
        "occurred_at": moment(touch.at),
        "day": local_date(touch.at),
        "touchpoint_type": touch.kind,
        "journey_number": touch.journey,
        "stage": touch.stage,
        "is_machine": False,
        "on_shared_device": False,
    }
    if touch.mail:
        return row | {
            "channel": "Email",
            "platform": touch.mail.message.provider,
            "source_system": touch.mail.message.provider,
            "source": touch.mail.message.provider,
            "medium": "email",
            "email_message_id": touch.mail.message.message_id,
            # Mailchimp tells nobody which opens were a proxy's, so nobody can find out.
            "is_machine": touch.mail.is_machine and touch.mail.message.provider == KLAVIYO,
        }
    if touch.shop:
        return row | shop_truth.touchpoint(touch.shop)
    session = touch.session
    assert session
    visit, device = session.visit, str(session.device.pseudo_id)
    return row | {
        "device": device,
        "session_key": str(session.visit_id or session.ga_session_id) if session.device.sends_session_id else None,
        "source_system": session.source_system,
        "channel": visit.channel,
        "platform": visit.platform,
        "source": visit.source,
        "medium": visit.medium,
        "campaign_id": visit.campaign_id,
        "ad_group_id": visit.ad_group_id,
        "ad_id": visit.ad_id,
        "click_id": visit.click_id,
        "transaction_id": touch.event.order.transaction_id if touch.event and touch.event.order else None,
        "on_shared_device": device in identities.shared,
    }


def _conversions(ledger: Ledger, path: list[Touch]) -> Rows:
    end = ledger.period.site_end
    refunded: Counter[str] = Counter()
    sales: list[tuple[int, str, int, str | None]] = []
    for session in ledger.sessions:
        for event in session.events:
            if event.at >= end or event.order is None or event.is_again:
                continue
            if event.name == "refund":
                refunded[event.order.transaction_id] += event.refund_cents or 0
            elif event.name == "purchase" and session.kind == "denied":
                sales.append((event.at, event.order.transaction_id, event.order.cents, None))
    refunded += shop_truth.refunds(ledger)
    sales += shop_truth.sales(ledger, {touch.shop.event_id: touch.person_id for touch in path if touch.shop})
    others: Rows = []
    for touch in path:
        if touch.kind == "purchase" and touch.event and touch.event.order:
            sales.append((touch.at, touch.event.order.transaction_id, touch.event.order.cents, touch.person_id))
        elif touch.kind in ("lead_capture", "loyalty_join"):
            kind = "lead" if touch.kind == "lead_capture" else "loyalty"
            others.append(_conversion(touch.at, None, kind, touch.person_id, 0, 0))
    bought = [_conversion(at, order, "purchase", owner, cents, refunded[order]) for at, order, cents, owner in sorted(sales, key=str)]
    return bought + others


def _conversion(at: int, order: str | None, kind: str, owner: str | None, cents: int, refunded: int) -> dict[str, Any]:
    back = min(refunded, cents)
    return {
        "transaction_id": order,
        "conversion_type": kind,
        "person_id": owner,
        "converted_at": moment(at),
        "day": local_date(at),
        "gross_value": money(cents),
        "refunded_value": money(back),
        "net_value": money(cents - back),
        "currency": "BRL",
    }


def _ad_spend(ledger: Ledger, books: AdBooks) -> Rows:
    sums: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0, 0])
    for fact in books.facts:
        if fact.final is None:
            continue
        if isinstance(fact.ad, GoogleAd):
            account, group, deleted = fact.ad.campaign.account.customer_id, fact.ad.ad_group_id, is_gone(fact.ad.removed_on, ledger.period)
            campaign, currency = fact.ad.campaign.campaign_id, fact.ad.campaign.account.currency
        else:
            account, group, deleted = fact.ad.account.account_id, fact.ad.adset_id, is_gone(fact.ad.deleted_on, ledger.period)
            campaign, currency = fact.ad.campaign_id, fact.ad.account.currency
        key = (fact.ad.platform, account, fact.day, campaign, group, fact.ad.ad_id, currency, deleted)
        for place, value in enumerate((fact.final.cost, fact.final.impressions, fact.final.clicks)):
            sums[key][place] += value
    return [
        {
            "platform": platform,
            "account_id": account,
            "date": day,
            "campaign_id": campaign,
            "ad_group_id": group,
            "ad_id": ad,
            "spend": Decimal(cost) / 1_000_000,
            "currency": currency,
            "impressions": impressions,
            "clicks": clicks,
            "is_deleted_ad": deleted,
        }
        for (platform, account, day, campaign, group, ad, currency, deleted), (cost, impressions, clicks) in sums.items()
    ]


def _set_aside(ledger: Ledger) -> Rows:
    """A bot's or broken clock's events count once each under that reason; ``day`` is the date of the event's table."""
    counts: Counter[tuple[str, date]] = Counter()
    for hit in hits(ledger):
        if hit.session.kind == "bot":
            counts["bot", hit.table_date] += 1
        elif hit.session.kind == "broken_clock":
            counts["impossible_clock", hit.table_date] += 1
        elif extra := hit.copies - 1 + hit.event.is_again:
            counts["duplicate", hit.table_date] += extra
    counts += shop_truth.duplicates(ledger)
    return [{"reason": reason, "day": day, "event_count": count} for (reason, day), count in sorted(counts.items())]


def _unconsented(ledger: Ledger) -> Rows:
    counts: dict[tuple[date, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for hit in hits(ledger):
        if hit.session.kind != "denied":
            continue
        found = counts[hit.table_date, hit.session.visit.channel]
        found[0] += 1
        if hit.event.name == "purchase" and hit.event.order:
            found[1] += 1
            found[2] += hit.event.order.cents
    for day, channel, cents in shop_truth.unknown(ledger):
        for place, more in enumerate((1, cents is not None, cents or 0)):
            counts[day, channel][place] += more
    return [
        {"day": day, "channel": channel, "event_count": events, "purchases": purchases, "revenue": money(cents)}
        for (day, channel), (events, purchases, cents) in sorted(counts.items())
    ]


def _people(ledger: Ledger, identities: Identities, path: list[Touch]) -> tuple[Rows, Rows]:
    """People with a touchpoint, and the identifiers they have shown."""
    first: dict[str, date] = {}
    for touch in path:
        first.setdefault(touch.person_id, local_date(touch.at))
    strong = {owner for owner, kind, _ in identities.shown if kind != "device"}
    story = {person.person_id for person in ledger.people if person.is_story}
    people = [
        {"person_id": owner, "is_identified": owner in strong, "is_story": owner in story, "first_day": day}
        for owner, day in sorted(first.items())
    ]
    turns = identities.turns()
    identifiers = [
        {
            "person_id": owner,
            "identifier_type": kind,
            "identifier": identifier,
            "is_shared_device": kind == "device" and identifier in identities.shared,
            "turn": turns.get((owner, kind, identifier), 1),
        }
        for owner, kind, identifier in sorted(identities.shown)
        if owner in first
    ]
    return people, identifiers
