"""Ad clicks are matched and priced for those alone whom a night reaches; each of the nights here reaches some in one way."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random

from dependencies import Watch
from recorded_builds import Start
from small_ad_rows import google_account_days, meta_accounts, meta_ads, meta_campaigns
from small_rows import DAYS, META_ADS, Row
from small_shop import Shop, event
from test_one_change_reaches_others import ANY, ad_day, clicks, published

AD_CLICKS = {
    "stg_google_ads__clicks-0-landing.changed_partitions",
    "int_ad_touches-0-changes.int_touchpoints",
    "int_ad_touches_matched-0-changes.int_ad_campaign_tags",
    "int_ad_touches_matched-1-changes.int_ad_touches",
    "int_ad_touches_matched-2-changes.int_ads",
    "int_ad_touches_matched-3-changes.int_ad_campaigns",
    "int_ad_touches_matched-4-changes.int_ad_accounts",
    "int_ad_touches_matched-5-changes.int_ad_touches",
    "int_ad_touches_matched-6-changes.stg_google_ads__clicks",
    "int_ad_touch_costs-0-changes.int_ad_touches_matched",
    "int_ad_touch_costs-1-changes.int_ad_cost_pools_by_ad",
    "int_ad_touch_costs-2-changes.int_ad_cost_pools_by_campaign",
    "int_session_ads-0-changes.int_ad_touches_matched",
}
"""What the nights of ``ad_clicks_change`` need."""
SAO_PAULO, TOKYO = "America/Sao_Paulo", "Asia/Tokyo"
TAGGED = "?gclid=g5&utm_source=google&utm_medium=cpc&utm_campaign=nova"
OF_META = f"?utm_source=facebook&utm_medium=paid_social&ad_id={META_ADS[0]}000000"


def account(zone: str) -> list[Row]:
    return [{"customer_id": 10, "customer_currency_code": "USD", "customer_time_zone": zone, "customer_status": "ENABLED"}]


def campaign(name: str) -> list[Row]:
    return [{"campaign_id": 21, "campaign_name": name, "campaign_status": "ENABLED", "campaign_advertising_channel_type": "SEARCH"}]


def campaign_day(day: date, cents: int) -> list[Row]:
    figures = {"metrics_clicks": 1, "metrics_impressions": 9, "metrics_cost_micros": cents * 10_000}
    keys = {"segments_date": day, "segments_device": "MOBILE", "segments_ad_network_type": "SEARCH"}
    return [{**keys, "campaign_id": 21, "campaign_advertising_channel_type": "SEARCH", **figures}]


def matched(shop: Shop, device: str, columns: str) -> tuple[object, ...]:
    """What is known of the ad click of a device."""
    return shop.one(f"select {columns} from intermediate.int_ad_touches_matched where split_part(session_id, '.', 2) = '{device}'")


def costs(shop: Shop, *devices: str) -> list[Decimal | None]:
    """What the ad clicks of some devices cost."""
    query = "select split_part(session_id, '.', 2), cost from marts.fct_customer_journey where touchpoint_type = 'ad_click'"
    known = dict(shop.warehouse.rows(query))
    return [known[device] for device in devices]


def ad_clicks_change(shop: Shop) -> None:
    """Of six clicks on ads each is told otherwise in one night, mostly without an event that landed."""
    others = [event("d2", 12, query="?gclid=g1"), event("d3", 10, query="?gclid=g3"), event("d5", 23, query=TAGGED)]
    others.append(event("d6", 10, query=OF_META))
    shop.night(
        ("ga4", "events", "1", 0, [*others, event("d1", 10, query="?gclid=g1"), event("d4", 10, query="?gclid=g4")]),
        ("google_ads", "customer", "10", 0, account(SAO_PAULO)),
        ("google_ads", "campaign", "10", 0, campaign("marca")),
        ("google_ads", "account_performance", "10", 0, google_account_days(ANY, DAYS[0])),
        ("google_ads", "click_view", "10", 0, clicks("g1", "g5")),
        ("facebook_ads", "accounts", "20", 0, meta_accounts(ANY, DAYS[0])),
        ("facebook_ads", "campaigns", "20", 0, meta_campaigns(ANY, DAYS[0])),
        ("exchange_rates", "reference_rates", "ecb", 0, published("0.5")),
    )
    assert matched(shop, "d2", "ad_id, is_repeated_click") == ("41", True)
    assert (matched(shop, "d3", "ad_id, campaign_name"), matched(shop, "d5", "ad_id")) == ((None, None), ("41",))

    shop.night(("google_ads", "click_view", "10", 0, clicks("g1", "g3")))
    assert matched(shop, "d3", "ad_id, campaign_name") == ("41", "marca"), "Google tells the click later than the site"
    assert matched(shop, "d5", "ad_id, campaign_name") == (None, None), "and takes another one back"
    assert (shop.touched("int_ad_touches"), shop.touched("int_ad_touches_matched")) == (0, 4)

    shop.night(("ga4", "events", "1", 0, [*others, event("d1", 10, query="?gclid=g1"), event("d4", 10, query="?gclid=g3")]))
    assert matched(shop, "d4", "ad_id") == ("41",), "the same visit with another click id"

    shop.night(("ga4", "events", "1", 0, [*others, event("d4", 10, query="?gclid=g3")]))
    assert matched(shop, "d2", "is_repeated_click") == (False,), "who had the click before is gone"

    shop.night(("google_ads", "campaign", "10", 0, campaign("nova")))
    assert matched(shop, "d3", "campaign_name") == ("nova",)
    assert matched(shop, "d5", "campaign_name, cost_date") == ("nova", DAYS[0]), "its tags name the campaign now"

    shop.night(("google_ads", "customer", "10", 0, account(TOKYO)))
    assert matched(shop, "d5", "cost_date") == (DAYS[1],), "eight in the evening is eight in the morning of the next day"

    both = next(rows for seed in range(9) if len(rows := meta_ads(Random(seed), DAYS[0])) == len(META_ADS))
    shop.night(("facebook_ads", "ads", "20", 0, both))
    assert matched(shop, "d6", "ad_id") == (f"{META_ADS[0]}000000",)

    shop.night(("google_ads", "ad_performance", "10", 0, ad_day(2, 120)))
    assert costs(shop, "d2", "d5") == [Decimal("1.2"), None]

    shop.night(("google_ads", "campaign_performance", "10", 1, campaign_day(DAYS[1], 150)))
    assert costs(shop, "d2", "d5") == [Decimal("1.2"), Decimal(3)]


def test_ad_clicks_change(tmp_path: Path, shop_start: Start) -> None:
    watch = Watch(AD_CLICKS)
    shop = Shop(tmp_path, shop_start, watch)
    ad_clicks_change(shop)
    assert watch.needed() == AD_CLICKS
    assert shop.unlike_once() == {}
