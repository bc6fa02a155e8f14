"""Random rows of a very small shop in which everything meets: few devices, people, sales, clicks, ads and days.

With a dozen devices, four people and four transaction ids in four days, sessions join and split, people merge and part,
sales repeat across devices, clicks are carried on by others and all share the same few costs. Many of the texts are made to a
pattern in which DuckDB's plain hashes meet (``MEETING``), so that what goes by a number of them is seen to keep them apart.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

Row = dict[str, Any]
DAYS = [date(2026, 1, 5) + timedelta(days=number) for number in range(4)]
SHOP = "https://www.example.com/p"
MEETING = {
    "device in a session": [("cl0100.web0000", "cl0107.web0005"), ("cl0100.web0001", "cl0107.web0004")],
    "device": [("shop0003.web0000", "shop0008.web0005")],
    "user": [("cli-0000-loja000", "cli-0009-loja005")],
    "sale": [("BR-1050/SP0006", "BR-1991/SP0059")],
    "page": [(SHOP + "roduto/num/1001/cor/100", SHOP + "roduto/num/1006/cor/105")],
    "email": [(f"k000001.000000{number}", f"k000006.000000{7 - number}") for number in range(6)],
}
"""Pairs of texts whose plain hashes meet, by themselves or in the longer text that they are part of."""
TWINS = {text: other for pairs in MEETING.values() for pair in pairs for text, other in (pair, pair[::-1])}


def meeting(kind: str) -> list[str]:
    return [text for pair in MEETING[kind] for text in pair]


DEVICES = ["d1", "d2", "d3", "d4", *meeting("device in a session"), *meeting("device")]
USERS, SALES = ["u1", "u2", *meeting("user")], ["T1", "T2", *meeting("sale")]
PAGES, CLICKS = [SHOP, *meeting("page")], ["g1", "g2", "g3"]
EMAILS = [letter * 64 for letter in "abcd"]
PROFILES = ["p1", "p2", "p3"]
META_ADS = ["7001", "7002"]
STEPS = ["page_view", "view_item", "add_to_cart", "generate_lead", "login", "loyalty_join", "purchase", "purchase", "refund"]


def maybe(rng: Random, values: list[Any], chance: float = 0.5) -> Any:
    return rng.choice(values) if rng.random() < chance else None


def _moment(rng: Random, day: date) -> datetime:
    """A quarter of an hour of the day; now and then one of the next, or one so far away that no clock is that wrong."""
    start = datetime.combine(day, datetime.min.time(), UTC) + timedelta(days=rng.choice([0] * 14 + [1, -20]))
    return start + timedelta(minutes=15 * rng.randrange(96))


def _moment_of(rng: Random, day: date) -> datetime:
    """A quarter of an hour of the day itself, for rows whose partition is the day of their moment."""
    return datetime.combine(day, datetime.min.time(), UTC) + timedelta(minutes=15 * rng.randrange(96))


def _parameter(key: str, text: str | None = None, number: int | None = None) -> Row:
    return {"key": key, "value": {"string_value": text, "int_value": number}}


def _page(rng: Random) -> str:
    click = rng.choice(CLICKS)
    ad = rng.choice(META_ADS) + "000000"
    arrivals = [
        f"?gclid={click}",
        f"?gclid={click}&utm_source=google&utm_medium=cpc&utm_campaign=marca",
        f"?fbclid=f{click}&utm_source=facebook&utm_medium=paid_social&ad_id={ad}",
        f"?fbclid=f{click}&utm_medium=cpc&utm_campaign=verao",
        "?utm_source=klaviyo&utm_medium=email",
        *[""] * 3,
    ]
    return rng.choice(PAGES) + rng.choice(arrivals)


def ga4_event(rng: Random, day: date) -> Row:
    moment, name = _moment(rng, day), rng.choice(STEPS)
    sale = rng.choice(SALES) if name in {"purchase", "refund"} and rng.random() < 0.9 else None
    parameters = [_parameter("page_location", _page(rng))]
    if rng.random() < 0.6:
        parameters.append(_parameter("ga_session_id", number=rng.randrange(1, 4)))
    if rng.random() < 0.25:
        parameters.append(_parameter("email_sha256", rng.choice(EMAILS)))
    if rng.random() < 0.3:
        parameters.append(_parameter("currency", "USD"))
    return {
        "event_date": day.strftime("%Y%m%d"),
        "event_timestamp": int(moment.timestamp() * 1_000_000),
        "event_name": name,
        "event_params": parameters,
        "event_bundle_sequence_id": maybe(rng, [1, 2]),
        "batch_event_index": maybe(rng, [1, 2], 0.8),
        "user_id": maybe(rng, USERS, 0.2),
        "user_pseudo_id": maybe(rng, DEVICES, 0.95),
        "privacy_info": {"analytics_storage": rng.choice(["Yes", "Yes", "Yes", None, "No"])},
        "ecommerce": {
            "transaction_id": sale,
            "purchase_revenue": 100.0 if name == "purchase" else None,
            "refund_value": maybe(rng, [30.0, 80.0]),
        },
        "table_kind": "daily",
    }


def ga4_events(rng: Random, day: date, most: int) -> list[Row]:
    """Up to ``most`` events; one in four comes beside another that differs in one text only, of which the plain hash is the same.

    Another person comes a minute later: at the same moment, it would be one event delivered twice.
    """
    events = []
    for _ in range(rng.randrange(most + 1)):
        event = ga4_event(rng, day)
        events += [event, *(rng.sample(twins, 1) if rng.random() < 0.25 and (twins := _twins(event)) else [])]
    return events


def _twins(event: Row) -> list[Row]:
    page, *others = event["event_params"]
    address, question, query = page["value"]["string_value"].partition("?")
    paged = [_parameter("page_location", other + question + query), *others] if (other := TWINS.get(address)) else None
    device, user, sale = (TWINS.get(text) for text in (event["user_pseudo_id"], event["user_id"], event["ecommerce"]["transaction_id"]))
    changed: list[Row | None] = [
        {"user_pseudo_id": device} if device else None,
        {"user_id": user, "event_timestamp": event["event_timestamp"] + 60_000_000} if user else None,
        {"ecommerce": {**event["ecommerce"], "transaction_id": sale}} if sale else None,
        {"event_params": paged} if paged else None,
    ]
    return [{**event, **fields} for fields in changed if fields]


def klaviyo_event(rng: Random, day: date) -> Row:
    return {
        "id": rng.choice(meeting("email")),
        "metric_id": rng.choice(["m1", "m2", "m3", "m4"]),
        "profile_id": maybe(rng, PROFILES, 0.95),
        "datetime": _moment_of(rng, day),
        "event_properties": rng.choice(
            ['{"$message": "c1"}', '{"$message": "c2", "Bot Click": true}', '{"$flow": "kf1", "Campaign Name": "Mail"}', "{}"]
        ),
    }


def klaviyo_profiles(rng: Random, day: date) -> list[Row]:
    return [
        {"id": name, "email_sha256": maybe(rng, EMAILS, 0.8), "external_id": maybe(rng, USERS, 0.3), "created": f"{day}T00:00:00+00:00"}
        for name in rng.sample(PROFILES, rng.randrange(1, 4))
    ]


def klaviyo_metrics(rng: Random, day: date) -> list[Row]:
    names = ["Received Email", "Opened Email", "Clicked Email", rng.choice(["Clicked Email", "Unsubscribed"])]
    whose = ["Klaviyo", "Klaviyo", "Klaviyo", rng.choice(["Klaviyo", "Klaviyo", None, "API"])]
    told = enumerate(zip(names, whose, strict=True), 1)
    return [{"id": f"m{number}", "name": name, "integration_name": integration} for number, (name, integration) in told]


def klaviyo_messages(rng: Random, day: date) -> list[Row]:
    return [{"id": name, "campaign_id": rng.choice(["kc1", "kc2"]), "channel": "email"} for name in ("c1", "c2")]


def klaviyo_campaigns(rng: Random, day: date) -> list[Row]:
    return [{"id": name, "name": rng.choice(["Carnaval", "Inverno"])} for name in ("kc1", "kc2")]


def klaviyo_flows(rng: Random, day: date) -> list[Row]:
    return [{"id": "kf1", "name": rng.choice(["Boas-vindas", "Carrinho"])}]


def first_party_event(rng: Random, day: date) -> Row:
    kind = rng.choice(["purchase", "refund", "support", "loyalty_join"])
    return {
        "event_id": f"e{rng.randrange(8)}",
        "event_date": day,
        "occurred_at": _moment(rng, day),
        "event_type": kind,
        "email_sha256": maybe(rng, EMAILS),
        "user_id": maybe(rng, USERS),
        "device_id": maybe(rng, DEVICES),
        "channel": "store",
        "value": Decimal(80) if kind in {"purchase", "refund"} else None,
        "currency": rng.choice(["BRL", "USD", None]),
        "transaction_id": rng.choice(SALES) if kind in {"purchase", "refund"} else None,
        "consent_state": rng.choice(["granted", "denied", None]),
    }


def matomo_visit(rng: Random, day: date) -> Row:
    start = int(_moment_of(rng, day).timestamp())
    kind = rng.choice(["action", "ecommerceOrder"])
    url = maybe(rng, [_page(rng)], 0.8)
    action = {"type": kind, "timestamp": start + 60, "url": url, "orderId": rng.choice(SALES), "revenue": Decimal(50)}
    return {
        "idSite": 1,
        "idVisit": rng.randrange(1, 9),
        "visitorId": rng.choice(["m1", "m2", "m3"]),
        "userId": maybe(rng, USERS, 0.2),
        "email_sha256": maybe(rng, EMAILS, 0.3),
        "firstActionTimestamp": start,
        "lastActionTimestamp": start + 60,
        "siteCurrency": "BRL",
        "referrerType": rng.choice(["direct", "search"]),
        "referrerUrl": maybe(rng, ["https://blog.example.com/a", "https://shop.example.org/"], 0.3),
        "actionDetails": [action] * rng.choice([0, 1, 1, 1, 2, 7]),
    }


def matomo_sites(rng: Random, day: date) -> list[Row]:
    address = f"https://{rng.choice(['blog.example.com', 'shop.example.org'])}"
    return [{"idsite": 1, "name": "Blog", "main_url": address, "currency": rng.choice(["BRL", "USD"]), "timezone": "UTC"}]


def mailchimp_members(rng: Random, day: date) -> list[Row]:
    joined = datetime.combine(day, datetime.min.time(), UTC)
    return [
        {"list_id": "l1", "email_sha256": address, "status": "subscribed", "external_id": maybe(rng, USERS, 0.3), "timestamp_opt": joined}
        for address in rng.sample(EMAILS, rng.randrange(1, 3))
    ]


def mailchimp_activity(rng: Random, day: date) -> Row:
    held = {"campaign_id": rng.choice(["mc1", "mc2"]), "email_sha256": rng.choice(EMAILS), "list_id": "l1"}
    return {**held, "action": rng.choice(["open", "click"]), "timestamp": _moment_of(rng, day)}


def mailchimp_campaigns(rng: Random, day: date) -> list[Row]:
    return [{"id": name, "settings_title": rng.choice(["Jornal", "Revista"]), "status": "sent"} for name in ("mc1", "mc2")]
