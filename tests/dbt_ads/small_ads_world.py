"""Two accounts on two platforms over two days, small enough to check by hand.

Saturday 2026-01-03 has no rate of its own: Friday's stands (1 USD = 5 BRL, 1 EUR = 6.25 BRL).
Sunday 2026-01-11 is nine days after the last publication: no rate at all.
"""

from __future__ import annotations

from typing import Any

from ads_landing import AdsLanding

SATURDAY, SUNDAY = "2026-01-03", "2026-01-11"

# touchpoint, occurred at (UTC), click id, its type, Meta ad id, utm_campaign
TOUCHES: list[tuple[str | None, ...]] = [
    ("g1", "2026-01-03 15:00:00", "Gclid-A", "gclid", None, None),
    ("g2", "2026-01-03 16:00:00", "Gclid-B", "gclid", None, None),
    ("g1_again", "2026-01-06 15:00:00", "Gclid-A", "gclid", None, None),
    ("max1", "2026-01-03 17:00:00", "Gclid-P", "gclid", None, None),
    ("tagged", "2026-01-03 18:00:00", "Gclid-unknown", "gclid", None, "Search_Oils"),
    ("nobody", "2026-01-03 18:00:00", "gclid-a", "gclid", None, "another"),
    ("m1", "2026-01-03 15:00:00", "Fb-1", "fbclid", "92", "summer"),
    ("m2", "2026-01-04 00:30:00", None, None, "92", "summer"),
    ("m_unlisted", "2026-01-03 15:00:00", "Fb-2", "fbclid", "99", "summer"),
    ("late", "2026-01-11 15:00:00", "Fb-3", "fbclid", "92", "summer"),
]


def google(day: str, micros: int, clicks: int, impressions: int, **ids: Any) -> dict[str, Any]:
    """One row of Google figures on mobile search."""
    return {
        "segments_date": day,
        "segments_device": "MOBILE",
        "segments_ad_network_type": "SEARCH",
        "metrics_cost_micros": micros,
        "metrics_clicks": clicks,
        "metrics_impressions": impressions,
        **ids,
    }


def insight(day: str, ad: str, spend: str, links: int, clicks: int, platform: str = "instagram", **more: Any) -> dict[str, Any]:
    """One row of Meta figures."""
    return {
        "date_start": day,
        "date_stop": day,
        "account_id": "9",
        "account_currency": "EUR",
        "campaign_id": "90",
        "campaign_name": "summer",
        "adset_id": "91",
        "adset_name": "set",
        "ad_id": ad,
        "ad_name": f"ad {ad}",
        "publisher_platform": platform,
        "impressions": 100,
        "clicks": clicks,
        "inline_link_clicks": links or None,
        "spend": spend,
        **more,
    }


def meta_total(day: str, spend: str, clicks: int, impressions: int) -> dict[str, Any]:
    """Meta's own account total of a day."""
    names = {"date_start": day, "date_stop": day, "account_id": "9", "account_currency": "EUR"}
    return {**names, "spend": spend, "clicks": clicks, "impressions": impressions}


def meta_ad(ad: str, **more: Any) -> dict[str, Any]:
    """A Meta ad as its snapshot holds it."""
    ids = {"id": ad, "account_id": "9", "campaign_id": "90", "adset_id": "91", "name": f"ad {ad}"}
    return {**ids, "status": "ACTIVE", "effective_status": "ACTIVE", "url_tags": f"utm_campaign=summer&utm_content={ad}", **more}


def land_entities(zone: AdsLanding, day: str, *, meta_ads: tuple[str, ...]) -> None:
    """The accounts, campaigns and ads as they are on a day."""
    customer = {"customer_id": 1, "customer_currency_code": "USD", "customer_time_zone": "America/New_York", "customer_status": "ENABLED"}
    zone.land("google_ads", "customer", "1", day, [customer])
    campaigns = [
        {"campaign_id": 10, "campaign_name": "Oils", "campaign_advertising_channel_type": "SEARCH", "campaign_status": "ENABLED",
         "campaign_final_url_suffix": "utm_source=google&utm_campaign=search_oils", "campaign_start_date_time": "2026-01-01 00:00:00"},
        {"campaign_id": 20, "campaign_name": "Max", "campaign_advertising_channel_type": "PERFORMANCE_MAX", "campaign_status": "ENABLED"},
    ]  # fmt: skip
    zone.land("google_ads", "campaign", "1", day, campaigns)
    zone.land("google_ads", "ad_group", "1", day, [{"campaign_id": 10, "ad_group_id": 11, "ad_group_name": "Group"}])
    ads = [{"campaign_id": 10, "ad_group_id": 11, "ad_group_ad_ad_id": ad, "ad_group_ad_status": "ENABLED",
            "ad_group_ad_ad_final_urls": ["https://shop.example/oil"]} for ad in (12, 13)]  # fmt: skip
    zone.land("google_ads", "ad_group_ad", "1", day, ads)
    account = {"id": "act_9", "account_id": "9", "currency": "EUR", "timezone_name": "America/Sao_Paulo"}
    zone.land("facebook_ads", "accounts", "9", day, [account])
    zone.land(
        "facebook_ads", "campaigns", "9", day, [{"id": "90", "account_id": "9", "name": "summer", "start_time": "2026-01-01T00:00:00-0300"}]
    )
    zone.land("facebook_ads", "adsets", "9", day, [{"id": "91", "account_id": "9", "campaign_id": "90", "name": "set"}])
    zone.land("facebook_ads", "ads", "9", day, [meta_ad(ad) for ad in meta_ads])


def land_google(zone: AdsLanding, day: str = SATURDAY) -> None:
    """19.50 USD billed: ads 10.00 (3 clicks) and 0.40 (none), Performance Max 9.00 (5 clicks), 0.10 in no campaign."""
    ads = [
        google(day, 10_000_000, 3, 30, campaign_id=10, ad_group_id=11, ad_group_ad_ad_id=12, metrics_conversions=1.5),
        google(day, 400_000, 0, 20, campaign_id=10, ad_group_id=11, ad_group_ad_ad_id=13),
    ]
    campaigns = [
        google(day, 10_400_000, 3, 50, campaign_id=10, metrics_conversions=1.5),
        google(day, 9_000_000, 5, 80, campaign_id=20, segments_ad_network_type="MIXED", segments_device="DESKTOP"),
    ]
    total = {"segments_date": day, "customer_id": 1, "customer_currency_code": "USD"}
    zone.land("google_ads", "ad_performance", "1", day, ads)
    zone.land("google_ads", "campaign_performance", "1", day, campaigns)
    figures = {"metrics_cost_micros": 19_500_000, "metrics_clicks": 8, "metrics_impressions": 130}
    zone.land("google_ads", "account_performance", "1", day, [{**total, **figures}])
    ad = {"click_view_ad_group_ad": "customers/1/adGroupAds/11~12", "click_view_keyword_info_text": "body oil", "ad_group_id": 11}
    clicks = [
        {"segments_date": day, "click_view_gclid": "Gclid-A", "campaign_id": 10, **ad},
        {"segments_date": day, "click_view_gclid": "Gclid-B", "campaign_id": 10, **ad},
        {"segments_date": day, "click_view_gclid": "Gclid-P", "campaign_id": 20},
    ]
    zone.land("google_ads", "click_view", "1", day, clicks)


def land_meta(zone: AdsLanding) -> None:
    """Saturday 10.00 EUR billed, 8.50 of it in ad 92's row; Sunday 2.00, all of it in ad 92's."""
    bought = [{"action_type": kind, "action_window": "value", "value": 2} for kind in ("purchase", "omni_purchase")]
    zone.land("facebook_ads", "ad_insights", "9", SATURDAY, [insight(SATURDAY, "92", "8.50", 4, 6, actions=bought)])
    zone.land("facebook_ads", "account_insights", "9", SATURDAY, [meta_total(SATURDAY, "10.00", 7, 130)])
    zone.land("facebook_ads", "ad_insights", "9", SUNDAY, [insight(SUNDAY, "92", "2.00", 2, 2)])
    zone.land("facebook_ads", "account_insights", "9", SUNDAY, [meta_total(SUNDAY, "2.00", 2, 100)])


def land_rates(zone: AdsLanding, day: str, **rates: str) -> None:
    """What the European Central Bank published on a day."""
    zone.land(
        "exchange_rates",
        "reference_rates",
        "ecb",
        day,
        [{"rate_date": day, "currency": key, "rate": value} for key, value in rates.items()],
    )


def land_world(zone: AdsLanding) -> None:
    land_entities(zone, SUNDAY, meta_ads=("92", "93"))
    land_google(zone)
    land_meta(zone)
    land_rates(zone, "2026-01-02", BRL="6.25", USD="1.25")
