"""Makes a random shop odd: tags, clicks, amounts, currencies, names and bills as nobody would write them on purpose."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from dbt_warehouse import Rows
from odd_ads import ODD_ADS, by_device, more_accounts, renumbered
from small_rows import SHOP, Row

SOURCES = [
    "facebok",
    "ig",
    "FB",
    "google",
    "Bing",
    "chatgpt.com",
    "linkedin",
    "taboola",
    "criteo",
    "youtube",
    "mercadolivre",
    "jornal",
    "SMS",
    "email",
]
MEDIA = [
    "cpc",
    "PPC",
    "paid_social",
    "Paid",
    "cpm",
    "display",
    "E-Mail",
    "social",
    "sm",
    "video",
    "affiliate",
    "audio",
    "web push",
    "qr",
    "referral",
]
CAMPAIGNS = ["marca", "Verao", "eshop", "workshop", "br shop", "x cross-network y", "2100021", "91", "natal"]
CLICKS = [
    "gclid=g1",
    "gclid=g9",
    "gclid=h1",
    "gclid=h2",
    "gbraid=b1",
    "wbraid=w1",
    "dclid=d1",
    "msclkid=m1",
    "ttclid=t1",
    "fbclid=f1",
    "fbclid=f2",
    "gad_campaignid=2100021",
]
NUMBERS = [
    *("ad_id=7001000000", "utm_content=7002000000", "ad_id=7003000000", "ad_id=12345", "utm_content=1234567890123", "ad_id=123"),
    *("gad_campaignid=2100022", "gad_campaignid=2100122"),
]
IDS = ["utm_id=2100021", "utm_id=own-7", "utm_id=91"]
BARE = [
    SHOP + query for query in ("?fbclid=f3&ad_id=7001000000", "?utm_source=linkedin&utm_content=1234567890123", "?gad_campaignid=2100021")
]
"""Landings that tell an ad, or what may be one, and no medium."""
LATER = [SHOP + query for query in ("", "?utm_source=klaviyo&utm_medium=email", "?gclid=g1", "?fbclid=f4", "?utm_source=jornal")]
REFERRERS = [
    "https://www.google.com.br/",
    "https://m.facebook.com/x",
    "https://www.youtube.com/watch",
    "https://chatgpt.com/",
    "https://gemini.google.com/app",
    "https://mail.google.com/",
    "https://blog.example.com/a",
    "https://www.jornal.com.br/noticia",
    "https://t.co/x",
    "https://www.mercadolivre.com.br/",
    "android-app://com.google.android.gm/",
]
NOTHING = ["undefined", "NULL", "(not set)", " n/a ", "None", ""]
NOBODY = [hashlib.sha256(word.encode()).hexdigest() for word in ("", "undefined", "null")]
AMOUNTS = [0.0, -40.0, 12.345678, 250.0, math.nan, 1e12, 99999999999.0, 33.3333333]
CURRENCIES = ["BRL", "USD", "usd", "JPY", "EUR"]


def some(rng: Random, values: list[Any], chance: float) -> Any:
    return rng.choice(values) if rng.random() < chance else None


def address(rng: Random) -> str:
    if rng.random() < 0.15:
        return str(rng.choice(BARE))
    parts = [f"utm_{name}={text.replace(' ', '%20')}" for name, texts in _tags().items() if (text := some(rng, texts, 0.35))]
    parts += [part for part in (some(rng, CLICKS, 0.35), some(rng, NUMBERS, 0.2)) if part]
    parts += [part for part in (some(rng, IDS, 0.1), some(rng, ["utm_term=Tenis"], 0.1)) if part]
    rng.shuffle(parts)
    return SHOP + (rng.choice("???#") + "&".join(parts) if parts else "")


def _tags() -> dict[str, list[str]]:
    return {"source": SOURCES, "medium": MEDIA, "campaign": CAMPAIGNS}


def ga4(rng: Random, row: Row) -> Row:
    row = {**row, "event_params": [dict(parameter) for parameter in row["event_params"]], "ecommerce": dict(row["ecommerce"])}
    told = {parameter["key"]: parameter for parameter in row["event_params"]}
    if rng.random() < 0.6:
        told["page_location"] = {"key": "page_location", "value": {"string_value": address(rng)}}
    if rng.random() < 0.4:
        told["page_referrer"] = {"key": "page_referrer", "value": {"string_value": rng.choice(REFERRERS)}}
    if rng.random() < 0.08:
        for name, texts in _tags().items():
            if text := some(rng, texts, 0.6):
                told[name] = {"key": name, "value": {"string_value": text}}
    if rng.random() < 0.1:
        told.pop("page_location"), told.pop("page_referrer", None)
    if rng.random() < 0.2:
        told["currency"] = {"key": "currency", "value": {"string_value": rng.choice(CURRENCIES)}}
    if rng.random() < 0.04:
        told["email_sha256"] = {"key": "email_sha256", "value": {"string_value": rng.choice(NOBODY)}}
    if rng.random() < 0.1:
        row["collected_traffic_source"] = {
            "manual_source": some(rng, SOURCES, 0.6),
            "manual_medium": some(rng, MEDIA, 0.6),
            "manual_campaign_name": some(rng, CAMPAIGNS, 0.4),
            "gclid": some(rng, ["g2", "g9"], 0.3),
            "manual_content": some(rng, ["7001000000", "story"], 0.3),
            "manual_campaign_id": some(rng, ["2100022"], 0.2),
            "manual_term": some(rng, ["bota"], 0.2),
        }
    row["device"] = {"category": some(rng, ["desktop", "mobile", "tablet"], 0.8)}
    if rng.random() < 0.1:
        row["user_id"] = rng.choice([*NOTHING, "a" * 64])
    if rng.random() < 0.15 and row["event_name"] in {"purchase", "refund"}:
        row["ecommerce"]["transaction_id"] = rng.choice([*NOTHING, None])
    if rng.random() < 0.25:
        field = "refund_value" if row["event_name"] == "refund" else "purchase_revenue"
        row["ecommerce"][field] = rng.choice([*AMOUNTS, None])
        if rng.random() < 0.4:
            told["value"] = {"key": "value", "value": rng.choice([{"double_value": 55.5}, {"int_value": 7}, {"string_value": "12,50"}])}
    if rng.random() < 0.3:
        row["event_timestamp"] += rng.choice([1, 7, 29, 31]) * 60_000_000
    row["batch_page_id"], row["batch_ordering_id"] = some(rng, [1, 2], 0.2), some(rng, [1, 2], 0.2)
    row["event_params"] = list(told.values())
    return row


def followed(rng: Random, row: Row) -> Row:
    """What the same device does in the same visit a little later, up to the pause that ends it: often on another link."""
    page = {"key": "page_location", "value": {"string_value": rng.choice(LATER)}}
    parameters = [
        parameter for parameter in row["event_params"] if parameter["key"] not in {"page_location", "source", "medium", "campaign"}
    ]
    changed = {"event_name": rng.choice(["page_view", "view_item"]), "event_params": [page, *parameters], "ecommerce": {}, "user_id": None}
    moment = row["event_timestamp"] + rng.choice([5, 5, 30, 31]) * 60_000_000
    return {**row, **changed, "event_timestamp": moment, "collected_traffic_source": None}


def first_party(rng: Random, row: Row) -> Row:
    kinds = [row["event_type"]] * 6 + ["chat", "lead_capture", "consent_denied", "consent_granted", "survey"]
    changed = {
        "channel": rng.choice(["store", "Till", "phone", "whatsapp", "email", "fax", None]),
        "event_type": rng.choice(kinds),
    }
    if row["value"] is not None and rng.random() < 0.3:
        changed["value"] = rng.choice([Decimal("80"), Decimal("30"), Decimal("12.345678"), None])
        changed["currency"] = rng.choice(["BRL", "USD", "JPY", None])
        changed["transaction_id"] = rng.choice([row["transaction_id"], row["transaction_id"], None])
    return {**row, **changed}


def matomo(rng: Random, row: Row) -> Row:
    kind = rng.choice(["direct", "search", "social", "website", "campaign", "campaign", "ai-assistant"])
    row = {**row, "referrerType": kind, "siteCurrency": rng.choice(["BRL", "BRL", "USD", "JPY"])}
    row["referrerName"] = None if kind == "direct" else rng.choice(["Google", "Facebook", "jornal.com.br", "natal"])
    row["referrerUrl"] = some(rng, REFERRERS, 0.4)
    if kind == "campaign":
        row |= {f"campaign{name.title()}": some(rng, texts, 0.6) for name, texts in _tags().items()}
        row["campaignContent"] = some(rng, ["7001000000"], 0.2)
        row["campaignId"], row["campaignKeyword"] = some(rng, ["2100021", "x"], 0.2), some(rng, ["meia"], 0.2)
    row["adClickId"], row["adProviderId"] = rng.choice([(None, None)] * 4 + [("g1", "google"), ("f1", "facebook"), ("m1", "bing")])
    row["actionDetails"] = [_action(rng, action) for action in row["actionDetails"]]
    return row


def _action(rng: Random, action: Row) -> Row:
    action = {**action, "url": some(rng, [address(rng)], 0.8), "timestamp": action["timestamp"] + 60 * rng.randrange(3)}
    kind = rng.choice(["action", "ecommerceOrder", "ecommerceOrder", "goal", "event", "view"])
    if kind == "goal":
        return {**action, "type": kind, "goalName": rng.choice(["Newsletter", "Contato", "outro"]), "orderId": None}
    if kind == "event":
        return {
            **action,
            "type": kind,
            "eventAction": rng.choice(["chat_started", "begin_checkout", "generate_lead", "x"]),
            "orderId": None,
        }
    if kind == "view":
        return {**action, "type": "action", "productViewSku": "S1", "orderId": None}
    changed = {
        "revenue": rng.choice([Decimal("50"), Decimal("50"), Decimal("-5"), None]),
        "orderId": rng.choice([action["orderId"]] * 4 + [None, "null"]),
    }
    return {**action, "type": kind, **changed}


def klaviyo(rng: Random, row: Row) -> Row:
    told = [
        '{"$message": "c1", "Apple Privacy Open": true, "URL": "https://www.example.com/k?utm_source=klaviyo"}',
        '{"$message": "c2", "URL": "https://www.example.com/k#x"}',
        '{"$message": "f9", "$flow": "kf1"}',
        '{"$message": "c9", "Campaign Name": "Antiga"}',
    ]
    return {**row, "event_properties": rng.choice([row["event_properties"], *told])}


ODD: dict[tuple[str, str], tuple[Callable[[Random, Row], Row], float]] = {
    ("ga4", "events"): (ga4, 0.7),
    ("first_party", "events"): (first_party, 0.7),
    ("matomo", "visits"): (matomo, 0.7),
    ("klaviyo", "events"): (klaviyo, 0.4),
    **ODD_ADS,
}


def with_readers(rng: Random, partitions: Iterable[Rows]) -> list[Rows]:
    """The same and people who click in an email and are on the site at once, at the last moment that makes the two one, or later."""
    found = list(partitions)
    days = [(place, part) for place, part in enumerate(found) if (part.source, part.account) == ("ga4", "1")]
    for place, part in days:
        clicks = [_click(rng, part.day, number) for number in range(rng.randrange(4))]
        found[place] = replace(part, rows=[*part.rows, *(event for click in clicks for event in _visit(rng, click))])
        mailed = next((at for at, held in enumerate(found) if held.stream == "activity" and held.day == part.day), None)
        if mailed is None:
            found.append(Rows("mailchimp", "activity", "mc", part.day, clicks))
        else:
            found[mailed] = replace(found[mailed], rows=[*found[mailed].rows, *clicks])
    return found


def _click(rng: Random, day: date, number: int) -> Row:
    at = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=rng.randrange(1, 22))
    address = f"{day.day:032x}{number:032x}"
    act = {"campaign_id": "mc1", "list_id": "l1", "action": rng.choice(["click"] * 4 + ["open"])}
    return {**act, "activity_id": f"reader-{day.day}-{number}", "email_sha256": address, "timestamp": at}


def _visit(rng: Random, click: Row) -> list[Row]:
    """Somebody's visit about when he clicked, often with a purchase."""
    at = click["timestamp"] + timedelta(minutes=rng.choice([0, 29, 30, 30, 31, 45, -1]))
    told = {"page_location": rng.choice(LATER[1:2] * 3 + LATER), "email_sha256": click["email_sha256"]}
    parameters = [{"key": key, "value": {"string_value": text}} for key, text in told.items()]
    shared = {"event_date": f"{click['timestamp']:%Y%m%d}", "user_pseudo_id": click["activity_id"], "table_kind": "daily"}
    names = ["page_view", *(["purchase"] if rng.random() < 0.6 else [])]
    return [
        {
            **shared,
            "event_name": name,
            "event_timestamp": int((at + timedelta(minutes=later)).timestamp() * 1_000_000),
            "event_params": [*parameters, {"key": "ga_session_id", "value": {"int_value": 7}}],
            "ecommerce": {"transaction_id": f"R-{click['activity_id']}", "purchase_revenue": 20.0} if name == "purchase" else {},
        }
        for later, name in enumerate(names)
    ]


def odd(partitions: Iterable[Rows], rng: Random) -> list[Rows]:
    """The same partitions, many of their rows odd; some bills have lines for several devices, some days no rates."""
    found = []
    for held in partitions:
        change, chance = ODD.get((held.source, held.stream), (lambda _, row: row, 0.0))
        rows = [change(rng, dict(row)) if rng.random() < chance else dict(row) for row in held.rows]
        if held.source == "ga4":
            rows += [followed(rng, row) for row in rows if rng.random() < 0.2]
        rows = by_device(rng, held.stream, rows)
        if held.stream == "reference_rates" and rng.random() < 0.4:
            rows = rows[: rng.randrange(len(rows) + 1)]
        if held.source == "mailchimp" and held.stream == "activity" and rows and rng.random() < 0.3:
            rows[0] = {**rows[0], "action": "bounce"}
        found.append(replace(held, rows=rows))
    return [*renumbered(with_readers(rng, found)), *more_accounts(rng, found)]
