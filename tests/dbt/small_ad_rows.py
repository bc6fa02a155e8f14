"""Random rows of the ad platforms of the very small shop, and of the exchange rates: few ads, clicks and bills, shared by all."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random

from small_rows import CLICKS, META_ADS, Row, maybe

GOOGLE_ADS = {41: {"campaign_id": 21, "ad_group_id": 31}, 42: {"campaign_id": 22, "ad_group_id": 32}}
"""Where each ad is; Google moves no ad to another ad group and no ad group to another campaign."""


def google_clicks(rng: Random, day: date) -> list[Row]:
    """Clicks whose ad is known or, as in Performance Max, only their campaign."""
    rows = []
    for click in rng.sample(CLICKS, rng.randrange(1, len(CLICKS) + 1)):
        ad, name = maybe(rng, list(GOOGLE_ADS), 0.8), {"segments_date": day, "click_view_gclid": click}
        place = GOOGLE_ADS[ad] if ad else {"campaign_id": rng.choice([21, 22]), "ad_group_id": None}
        rows.append({**name, **place, "click_view_ad_group_ad": f"customers/10/adGroupAds/{place['ad_group_id']}~{ad}" if ad else None})
    return rows


def google_ad_days(rng: Random, day: date) -> list[Row]:
    ads = rng.sample(list(GOOGLE_ADS), rng.randrange(1, 3))
    return [{"ad_group_ad_ad_id": ad, **GOOGLE_ADS[ad], **_google_figures(rng, day)} for ad in ads]


def placed(stream: str, row: Row) -> Row:
    """A row of Google that names an ad, in the ad's place, whatever was restated of it."""
    ad = row.get("ad_group_ad_ad_id")
    if stream == "click_view" and (named := row["click_view_ad_group_ad"]):
        ad = int(named.rpartition("~")[2])
    return {**row, **GOOGLE_ADS[ad]} if ad else row


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
