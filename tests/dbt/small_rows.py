"""Random rows of a very small shop in which everything meets: few devices, people, sales, clicks, ads and days.

With a dozen devices, four people and four transaction ids in four days, sessions join and split, people merge and part,
sales repeat across devices, clicks are carried on by others and all share the same few costs.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

Row = dict[str, Any]
DAYS = [date(2026, 1, 5) + timedelta(days=number) for number in range(4)]
DEVICES, USERS = [f"d{number}" for number in range(1, 11)], ["u1", "u2", "u3", "u4"]
SALES, CLICKS = ["T1", "T2", "T3", "T4"], ["g1", "g2", "g3"]
EMAILS = [letter * 64 for letter in "abcd"]
PROFILES = ["p1", "p2", "p3"]
META_ADS = ["7001", "7002"]
STEPS = ["page_view", "view_item", "add_to_cart", "generate_lead", "login", "loyalty_join", "purchase", "purchase", "refund"]


def _maybe(rng: Random, values: list[Any], chance: float = 0.5) -> Any:
    return rng.choice(values) if rng.random() < chance else None


def _moment(rng: Random, day: date) -> datetime:
    """A quarter of an hour of the day; now and then one of the next, or one so far away that no clock is that wrong."""
    start = datetime.combine(day, datetime.min.time(), UTC) + timedelta(days=rng.choice([0] * 14 + [1, -20]))
    return start + timedelta(minutes=15 * rng.randrange(96))


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
    return "https://www.example.com/p" + rng.choice(arrivals)


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
        "event_bundle_sequence_id": _maybe(rng, [1, 2]),
        "batch_event_index": _maybe(rng, [1, 2], 0.8),
        "user_id": _maybe(rng, USERS, 0.2),
        "user_pseudo_id": _maybe(rng, DEVICES, 0.95),
        "privacy_info": {"analytics_storage": rng.choice(["Yes", "Yes", "Yes", None, "No"])},
        "ecommerce": {
            "transaction_id": sale,
            "purchase_revenue": 100.0 if name == "purchase" else None,
            "refund_value": _maybe(rng, [30.0, 80.0]),
        },
        "table_kind": "daily",
    }


def klaviyo_event(rng: Random, day: date) -> Row:
    return {
        "id": f"k{rng.randrange(12)}",
        "metric_id": rng.choice(["m1", "m2", "m3", "m4"]),
        "profile_id": _maybe(rng, PROFILES, 0.95),
        "datetime": _moment(rng, day),
        "event_properties": rng.choice(['{"$message": "c1"}', '{"$message": "c2", "Bot Click": true}', "{}"]),
    }


def klaviyo_profiles(rng: Random, day: date) -> list[Row]:
    return [
        {"id": name, "email_sha256": _maybe(rng, EMAILS, 0.8), "external_id": _maybe(rng, USERS, 0.3), "created": f"{day}T00:00:00+00:00"}
        for name in rng.sample(PROFILES, rng.randrange(1, 4))
    ]


def klaviyo_metrics(rng: Random, day: date) -> list[Row]:
    names = ["Received Email", "Opened Email", "Clicked Email", rng.choice(["Clicked Email", "Unsubscribed"])]
    return [{"id": f"m{number}", "name": name, "integration_name": "Klaviyo"} for number, name in enumerate(names, 1)]


def klaviyo_messages(rng: Random, day: date) -> list[Row]:
    return [{"id": name, "campaign_id": rng.choice(["kc1", "kc2"]), "channel": "email"} for name in ("c1", "c2")]


def klaviyo_campaigns(rng: Random, day: date) -> list[Row]:
    return [{"id": name, "name": rng.choice(["Carnaval", "Inverno"])} for name in ("kc1", "kc2")]


def first_party_event(rng: Random, day: date) -> Row:
    kind = rng.choice(["purchase", "refund", "support", "loyalty_join"])
    return {
        "event_id": f"e{rng.randrange(8)}",
        "event_date": day,
        "occurred_at": _moment(rng, day),
        "event_type": kind,
        "email_sha256": _maybe(rng, EMAILS),
        "user_id": _maybe(rng, USERS),
        "device_id": _maybe(rng, DEVICES),
        "channel": "store",
        "value": Decimal(80) if kind in {"purchase", "refund"} else None,
        "currency": rng.choice(["BRL", "USD"]),
        "transaction_id": rng.choice(SALES) if kind in {"purchase", "refund"} else None,
        "consent_state": rng.choice(["granted", "denied", None]),
    }


def google_clicks(rng: Random, day: date) -> list[Row]:
    return [
        {
            "segments_date": day,
            "click_view_gclid": click,
            "click_view_ad_group_ad": _maybe(rng, ["customers/10/adGroupAds/31~41", "customers/10/adGroupAds/31~42"], 0.8),
            "campaign_id": rng.choice([21, 22]),
            "ad_group_id": 31,
        }
        for click in rng.sample(CLICKS, rng.randrange(1, len(CLICKS) + 1))
    ]


def google_ad_days(rng: Random, day: date) -> list[Row]:
    return [
        {"campaign_id": rng.choice([21, 22]), "ad_group_id": 31, "ad_group_ad_ad_id": ad, **_google_figures(rng, day)}
        for ad in rng.sample([41, 42], rng.randrange(1, 3))
    ]


def google_campaign_days(rng: Random, day: date) -> list[Row]:
    return [{"campaign_id": number, "campaign_advertising_channel_type": kind, **_google_figures(rng, day)} for number, kind in _kinds(rng)]


def _kinds(rng: Random) -> list[tuple[int, str]]:
    return [(21, rng.choice(["SEARCH", "VIDEO"])), (22, rng.choice(["PERFORMANCE_MAX", "DISPLAY"]))]


def _google_figures(rng: Random, day: date) -> Row:
    clicks = rng.randrange(4)
    cost = rng.choice([0, 700_000, 1_300_000, 2_000_000]) if clicks else 0
    figures = {"metrics_impressions": 10, "metrics_clicks": clicks, "metrics_interactions": clicks, "metrics_cost_micros": cost}
    return {"segments_date": day, "segments_device": "MOBILE", "segments_ad_network_type": "SEARCH", **figures}


def google_account_days(rng: Random, day: date) -> list[Row]:
    return [
        {"segments_date": day, "customer_id": 10, "customer_currency_code": "USD", "metrics_cost_micros": 3_000_000, "metrics_clicks": 4}
    ]


def google_campaigns(rng: Random, day: date) -> list[Row]:
    return [
        {
            "campaign_id": number,
            "campaign_name": rng.choice(["marca", "verao", "Sul"]),
            "campaign_status": "ENABLED",
            "campaign_advertising_channel_type": kind,
        }
        for number, kind in _kinds(rng)
    ]


def google_customers(rng: Random, day: date) -> list[Row]:
    zone = rng.choice(["America/Sao_Paulo", "Asia/Tokyo"])
    return [{"customer_id": 10, "customer_currency_code": "USD", "customer_time_zone": zone, "customer_status": "ENABLED"}]


def meta_accounts(rng: Random, day: date) -> list[Row]:
    return [{"id": "act_20", "account_id": "20", "currency": "USD", "timezone_name": rng.choice(["America/Sao_Paulo", "Asia/Tokyo"])}]


def meta_campaigns(rng: Random, day: date) -> list[Row]:
    return [{"id": "91", "account_id": "20", "name": rng.choice(["verao", "Norte"]), "status": "ACTIVE", "effective_status": "ACTIVE"}]


def meta_ads(rng: Random, day: date) -> list[Row]:
    held = {"account_id": "20", "campaign_id": "91", "adset_id": "81", "status": "ACTIVE", "effective_status": "ACTIVE"}
    return [{"id": ad + "000000", **held} for ad in rng.sample(META_ADS, rng.randrange(1, 3))]


def meta_ad_days(rng: Random, day: date) -> list[Row]:
    held = {"date_start": day, "date_stop": day, "account_id": "20", "account_currency": "USD", "campaign_id": "91", "adset_id": "81"}
    return [
        {
            **held,
            "ad_id": ad + "000000",
            "publisher_platform": "instagram",
            "spend": Decimal(rng.randrange(9)),
            "impressions": 10,
            "inline_link_clicks": rng.randrange(4),
            "clicks": 4,
        }
        for ad in rng.sample(META_ADS, rng.randrange(1, 3))
    ]


def meta_account_days(rng: Random, day: date) -> list[Row]:
    held = {"date_start": day, "date_stop": day, "account_id": "20", "account_currency": "USD"}
    return [{**held, "spend": Decimal(rng.choice([9, 12])), "impressions": 30, "clicks": 8}]


def rates(rng: Random, day: date) -> list[Row]:
    return [
        {"rate_date": day, "currency": "BRL", "rate": Decimal(rng.choice(["6.1", "6.2"]))},
        {"rate_date": day, "currency": "USD", "rate": Decimal("1.1")},
    ]


def matomo_visit(rng: Random, day: date) -> Row:
    start = int(_moment(rng, day).timestamp())
    kind = rng.choice(["action", "ecommerceOrder"])
    action = {"type": kind, "timestamp": start + 60, "url": _page(rng), "orderId": rng.choice(SALES), "revenue": Decimal(50)}
    return {
        "idSite": 1,
        "idVisit": rng.randrange(1, 9),
        "visitorId": rng.choice(["m1", "m2", "m3"]),
        "userId": _maybe(rng, USERS, 0.2),
        "email_sha256": _maybe(rng, EMAILS, 0.3),
        "firstActionTimestamp": start,
        "lastActionTimestamp": start + 60,
        "siteCurrency": "BRL",
        "referrerType": rng.choice(["direct", "search"]),
        "actionDetails": [action],
    }


def matomo_sites(rng: Random, day: date) -> list[Row]:
    return [
        {"idsite": 1, "name": "Blog", "main_url": "https://blog.example.com", "currency": rng.choice(["BRL", "USD"]), "timezone": "UTC"}
    ]


def mailchimp_members(rng: Random, day: date) -> list[Row]:
    joined = datetime.combine(day, datetime.min.time(), UTC)
    return [
        {"list_id": "l1", "email_sha256": address, "status": "subscribed", "external_id": _maybe(rng, USERS, 0.3), "timestamp_opt": joined}
        for address in rng.sample(EMAILS, rng.randrange(1, 3))
    ]


def mailchimp_activity(rng: Random, day: date) -> Row:
    name = rng.randrange(20)
    held = {"activity_id": f"a{name}", "campaign_id": rng.choice(["mc1", "mc2"]), "email_sha256": rng.choice(EMAILS), "list_id": "l1"}
    return {**held, "action": rng.choice(["open", "click"]), "timestamp": _moment(rng, day)}


def _several(one: Callable[[Random, date], Row], most: int) -> Callable[[Random, date], list[Row]]:
    return lambda rng, day: [one(rng, day) for _ in range(rng.randrange(most + 1))]


STREAMS: dict[tuple[str, str, str], tuple[Callable[[Random, date], list[Row]], int]] = {
    ("ga4", "events", "1"): (_several(ga4_event, 16), 8),
    ("ga4", "events", "2"): (_several(ga4_event, 6), 3),
    ("klaviyo", "events", "k"): (_several(klaviyo_event, 6), 3),
    ("klaviyo", "profiles", "k"): (klaviyo_profiles, 3),
    ("klaviyo", "metrics", "k"): (klaviyo_metrics, 1),
    ("klaviyo", "campaign_messages", "k"): (klaviyo_messages, 1),
    ("klaviyo", "campaigns", "k"): (klaviyo_campaigns, 1),
    ("matomo", "visits", "1"): (_several(matomo_visit, 3), 2),
    ("matomo", "sites", "1"): (matomo_sites, 1),
    ("mailchimp", "members", "mc"): (mailchimp_members, 1),
    ("mailchimp", "activity", "mc"): (_several(mailchimp_activity, 3), 2),
    ("first_party", "events", "store"): (_several(first_party_event, 4), 2),
    ("google_ads", "click_view", "10"): (google_clicks, 3),
    ("google_ads", "ad_performance", "10"): (google_ad_days, 4),
    ("google_ads", "campaign_performance", "10"): (google_campaign_days, 2),
    ("google_ads", "account_performance", "10"): (google_account_days, 1),
    ("google_ads", "campaign", "10"): (google_campaigns, 1),
    ("google_ads", "customer", "10"): (google_customers, 1),
    ("facebook_ads", "accounts", "20"): (meta_accounts, 1),
    ("facebook_ads", "campaigns", "20"): (meta_campaigns, 1),
    ("facebook_ads", "ads", "20"): (meta_ads, 1),
    ("facebook_ads", "ad_insights", "20"): (meta_ad_days, 3),
    ("facebook_ads", "account_insights", "20"): (meta_account_days, 1),
    ("exchange_rates", "reference_rates", "ecb"): (rates, 1),
}
"""(source, stream, account) -> how its rows come about, and how often it is drawn."""
