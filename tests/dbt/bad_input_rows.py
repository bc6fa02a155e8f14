"""Rows that nobody meant to send, by which ``test_bad_input.py`` shows what becomes of each kind."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
from dbt_warehouse import Rows

from expectations.landing.ga4 import LAST_MICROS
from extractors import registry

DAY = date(2026, 1, 5)
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
EVENTS = 50_000
LONG = "x" * 4096
Row = dict[str, Any]


def site(device: str, name: str, minute: float, *, session: int = 1, sale: str | None = None, amount: float = 100.0, **more: Any) -> Row:
    """A GA4 event of the device, ``minute`` minutes after noon UTC; a sale or refund is of ``amount`` in ``currency`` (BRL)."""
    location = more.pop("page", "https://loja.example/")
    parameters: list[Row] = [
        {"key": "ga_session_id", "value": {"int_value": session}},
        {"key": "page_location", "value": {"string_value": location}},
        {"key": "currency", "value": {"string_value": more.pop("currency", "BRL")}},
    ]
    if "email" in more:
        parameters.append({"key": "email_sha256", "value": {"string_value": more.pop("email")}})
    money = {"transaction_id": sale, "purchase_revenue" if name == "purchase" else "refund_value": amount} if sale else None
    return {
        "event_date": "20260105",
        "event_timestamp": int((NOON + timedelta(minutes=minute)).timestamp() * 1_000_000),
        "event_name": name,
        "user_pseudo_id": device,
        "event_params": parameters,
        "ecommerce": money,
        "table_kind": "daily",
        **more,
    }


def many(device: str, session: int, count: int, first_minute: float) -> pa.Table:
    """``count`` product views of one session, a tenth of a second apart."""
    one = pa.Table.from_pylist(
        [site(device, "view_item", first_minute, session=session)], schema=registry.load("ga4").stream("events").schema
    )
    at = one.schema.get_field_index("event_timestamp")
    start = one["event_timestamp"][0].as_py()
    times = pa.array([start + 100_000 * number for number in range(count)], one.schema.field(at).type)
    return one.take(pa.array([0] * count)).set_column(at, one.schema.field(at), times)


def filed(event_id: str, kind: str, hour: int, **more: Any) -> Row:
    at = datetime(2026, 1, 5, hour, tzinfo=UTC)
    return {"event_id": event_id, "event_date": DAY, "occurred_at": at, "event_type": kind, "channel": "till", "currency": "BRL", **more}


RING = [f"ring-{number}" for number in range(20)]
SITE = [
    # A clock three days ahead, one ten days behind and the last that lands, between two events whose clock is right.
    site("clock", "page_view", 0),
    site("clock", "purchase", 3 * 1440, sale="clock-ahead"),
    site("clock", "purchase", -10 * 1440, sale="clock-behind"),
    site("clock", "view_item", 1),
    site("clock", "purchase", 0, sale="clock-absurd", event_timestamp=LAST_MICROS),
    # A bot's session and the same device's ordinary one.
    site("swarm", "purchase", 600, session=2, sale="swarm"),
    # A device that says one session id for three days and a half, and buys; then an ordinary visit.
    site("unending", "page_view", -2.5 * 1440, session=3),
    site("unending", "purchase", 1440, session=3, sale="unending"),
    site("unending", "page_view", 1440, session=4),
    # A customer of 50,000 events in sessions that are no bot's, who buys.
    site("crowd", "purchase", 650, session=101, sale="crowd"),
    # Bought at the till in the morning, first seen on the site at noon.
    site("late", "page_view", 0, user_id="dora"),
    # One transaction: told, told again by a reload, told on another device with another amount.
    site("buyer", "purchase", 1, sale="again"),
    site("buyer", "purchase", 5, sale="again"),
    site("buyer-2", "purchase", 60, sale="again", amount=250.0),
    # Refunds beyond the sale; equal parts; the same delivery twice; equal parts that the files tell too; one of no sale.
    site("over", "purchase", 1, sale="over"),
    site("over", "refund", 10, sale="over", amount=60.0),
    site("over", "refund", 20, sale="over", amount=60.0),
    site("parts", "purchase", 1, sale="parts"),
    site("parts", "refund", 10, sale="parts", amount=10.0),
    site("parts", "refund", 20, sale="parts", amount=10.0),
    site("sent", "purchase", 1, sale="sent"),
    site("sent", "refund", 10, sale="sent", amount=30.0, event_bundle_sequence_id=7, batch_event_index=1),
    site("sent", "refund", 10, sale="sent", amount=30.0, event_bundle_sequence_id=7, batch_event_index=1),
    site("sent", "refund", 10, sale="sent", amount=30.0, event_bundle_sequence_id=8, batch_event_index=1),
    site("both", "purchase", 1, sale="both"),
    site("both", "refund", 10, sale="both", amount=10.0),
    site("both", "refund", 20, sale="both", amount=10.0),
    site("nobody", "refund", 1, sale="never-sold", amount=5.0),
    # Sold in dollars, paid back in reais: 5 reais to the dollar.
    site("abroad", "purchase", 1, sale="abroad", currency="USD"),
    site("abroad", "refund", 10, sale="abroad", amount=50.0),
    # Sold in dollars, and paid back in a currency that is not named: in the sale's.
    site("unnamed", "purchase", 1, sale="unnamed", currency="USD"),
    site("unnamed", "refund", 10, sale="unnamed", amount=50.0, currency=None),
    # Paid back in a currency that the bank has no rate of: alone, beside an amount that is known, and of a sale that is not.
    site("yen", "purchase", 1, sale="yen"),
    site("yen", "refund", 10, sale="yen", amount=500.0, currency="JPY"),
    site("yen-too", "purchase", 1, sale="yen-too"),
    site("yen-too", "refund", 10, sale="yen-too", amount=500.0, currency="JPY"),
    site("yen-too", "refund", 11, sale="yen-too", amount=10.0),
    site("yen-sale", "purchase", 1, sale="yen-sale", currency="JPY"),
    site("yen-sale", "refund", 10, sale="yen-sale", amount=10.0),
    # A sale below zero, of which something is paid back, and a refund that the site writes with a minus.
    site("minus", "purchase", 1, sale="minus", amount=-40.0),
    site("minus", "refund", 2, sale="minus", amount=5.0),
    site("minus-back", "purchase", 1, sale="minus-back"),
    site("minus-back", "refund", 2, sale="minus-back", amount=-30.0),
    # A ring: every device has seen two people, and each of them two devices.
    *(site(device, "login", 1, session=1, user_id=f"person-{number}") for number, device in enumerate(RING)),
    *(site(device, "login", 60, session=2, user_id=f"person-{(number + 1) % len(RING)}") for number, device in enumerate(RING)),
    # One person on five devices, tied again on each.
    *(site(f"own-{number}", "login", number, user_id="zoe", email="ee" * 32) for number in range(5)),
    # A tag of four kilobytes, and a click id that Google does not know beside one that it does.
    site("tag", "page_view", 1, page=f"https://loja.example/?utm_source=jornal&utm_medium=panfleto&utm_campaign={LONG}"),
    site("click", "page_view", 1, page="https://loja.example/?gclid=unheard-of"),
    site("click-2", "page_view", 1, page="https://loja.example/?gclid=known"),
    # An ad of each of two accounts: the zone of one is written in its own way, that of the other nowhere on earth.
    site("zone", "page_view", 1, page="https://loja.example/?fbclid=z&ad_id=7001000000"),
    site("no-zone", "page_view", 1, page="https://loja.example/?fbclid=n&ad_id=7002000000"),
]
FILES = [
    filed("morning", "purchase", 9, user_id="dora", transaction_id="till", value=Decimal(70)),
    filed("copy", "purchase", 15, user_id="dora", transaction_id="again", value=Decimal(100)),
    *(filed(f"back-{number}", "refund", 16 + number, transaction_id="both", value=Decimal(10)) for number in range(3)),
]


def meta(account: str, zone: str) -> list[Rows]:
    """An account of Meta's with one ad, of which four clicks cost 8.00."""
    ad = {"20": "7001000000", "21": "7002000000"}[account]
    place = {"account_id": account, "campaign_id": f"c{account}", "adset_id": f"s{account}"}
    held = {"id": f"act_{account}", "account_id": account, "currency": "BRL", "timezone_name": zone}
    bill = {
        "date_start": DAY,
        "date_stop": DAY,
        "account_id": account,
        "account_currency": "BRL",
        "impressions": 100,
        "clicks": 4,
        "inline_link_clicks": 4,
        "spend": Decimal(8),
    }
    return [
        Rows("facebook_ads", "accounts", account, DAY, [held]),
        Rows("facebook_ads", "ads", account, DAY, [{"id": ad, **place, "status": "ACTIVE", "effective_status": "ACTIVE"}]),
        Rows("facebook_ads", "ad_insights", account, DAY, [{**bill, **place, "ad_id": ad, "publisher_platform": "facebook"}]),
        Rows("facebook_ads", "account_insights", account, DAY, [bill]),
    ]
