"""One change reaches other customers' rows: every dependency between customers that docs/model.md lists, night after night.

Each night changes one thing and says whose rows have to follow, though nothing of theirs landed; in the end all of it
equals one full build.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from random import Random

from dependencies import Watch
from recorded_builds import Start
from small_ad_rows import google_account_days, google_customers
from small_rows import DAYS, EMAILS, Row, klaviyo_metrics
from small_shop import Shop, event

ANY = Random(0)
SEEN_BY_OTHERS = {
    "stg_ga4__events-0-landing.changed_partitions",
    "int_ga4_events-0-changes.stg_ga4__events",
    "int_ga4_events-1-changes.int_ga4_events_set_aside",
    "int_sessions-0-changes.int_ga4_events",
    "int_site_sales-0-changes.int_ga4_events",
    "int_identity_sightings-0-changes.int_ga4_events",
    "int_touchpoints-0-changes.int_session_customers",
    "int_conversions-0-changes.int_site_sales",
    "int_conversions-2-changes.int_touchpoints",
    "int_conversions-3-changes.int_fx_rates_daily",
    "fct_conversions-0-changes.int_conversions",
    "int_eligible_touches-0-changes.int_conversions",
    "int_eligible_touches-2-changes.int_session_ads",
    "fct_customer_journey-0-changes.int_touchpoints",
    "fct_customer_journey-1-changes.int_conversions",
    "fct_customer_journey-2-changes.int_ad_touch_costs",
    "fct_customer_journey-3-changes.int_session_ads",
}
"""Dependencies that these nights need (``dependencies.py``)."""


def costs(shop: Shop) -> dict[str, Decimal | None]:
    """Cost of each device's ad click, in reais."""
    query = "select split_part(session_id, '.', 2), cost from marts.fct_customer_journey where touchpoint_type = 'ad_click' order by all"
    return dict(shop.warehouse.rows(query))


def ad_day(clicks: int, cents: int) -> list[Row]:
    figures = {"metrics_clicks": clicks, "metrics_impressions": 9, "metrics_cost_micros": cents * 10_000}
    keys = {"segments_date": DAYS[0], "segments_device": "MOBILE", "segments_ad_network_type": "SEARCH"}
    return [{**keys, "campaign_id": 21, "ad_group_id": 31, "ad_group_ad_ad_id": 41, **figures}]


def clicks(*names: str) -> list[Row]:
    ad = {"segments_date": DAYS[0], "click_view_ad_group_ad": "customers/10/adGroupAds/31~41", "campaign_id": 21, "ad_group_id": 31}
    return [{**ad, "click_view_gclid": name} for name in names]


def campaign(kind: str) -> list[Row]:
    return [{"campaign_id": 21, "campaign_name": "marca", "campaign_status": "ENABLED", "campaign_advertising_channel_type": kind}]


def published(dollars: str) -> list[Row]:
    rates = {"BRL": Decimal(1), "USD": Decimal(dollars)}
    return [{"rate_date": DAYS[0], "currency": name, "rate": rate} for name, rate in rates.items()]


def one_change_a_night(shop: Shop) -> None:
    """Nights of a shop that has nothing yet, each with what it has to lead to."""
    first = [
        event("d1", 10, query="?gclid=g1"),
        event("d2", 11, query="?gclid=g2"),
        event("d1", 12, "purchase", sale="T1", amount=10.0, currency="USD"),
    ]
    shop.night(
        ("ga4", "events", "1", 0, first),
        ("google_ads", "customer", "10", 0, google_customers(Random(2), DAYS[0])),
        ("google_ads", "campaign", "10", 0, campaign("SEARCH")),
        ("google_ads", "account_performance", "10", 0, google_account_days(ANY, DAYS[0])),
        ("google_ads", "ad_performance", "10", 0, ad_day(2, 120)),
        ("google_ads", "click_view", "10", 0, clicks("g1", "g2", "g3")),
        ("exchange_rates", "reference_rates", "ecb", 0, published("0.5")),
        ("klaviyo", "metrics", "k", 0, klaviyo_metrics(ANY, DAYS[0])),
    )
    assert costs(shop) == {"d1": Decimal("1.2"), "d2": Decimal("1.2")}, "1.20 dollars among two clicks, at two reais"

    shop.night(("google_ads", "ad_performance", "10", 0, ad_day(4, 120)))
    assert costs(shop) == {"d1": Decimal("0.6"), "d2": Decimal("0.6")}, "restated figures of the ad"
    assert (shop.touched("int_sessions"), shop.touched("fct_customer_journey")) == (0, 4)

    shop.night(("google_ads", "ad_performance", "10", 0, ad_day(2, 120)), ("ga4", "events", "2", 0, [event("d3", 13, query="?gclid=g3")]))
    assert set(costs(shop).values()) == {Decimal("0.8")}, "a third touch of an ad with two clicks is paid by the other two as well"

    shop.night(("ga4", "events", "1", 1, [event("d4", 9, query="?gclid=g1")]))
    assert costs(shop)["d1"] == 0, "somebody had the click before"

    shop.night(("exchange_rates", "reference_rates", "ecb", 0, published("0.25")))
    assert costs(shop)["d2"] == Decimal("1.6")
    assert shop.one("select customer_id is not null, net_value from marts.fct_conversions") == (True, Decimal(40))

    shop.night(("google_ads", "campaign", "10", 0, campaign("VIDEO")))
    query = "select distinct channel from marts.fct_customer_journey where touchpoint_type = 'ad_click'"
    assert shop.one(query) == ("Paid Video",)

    shop.night(("ga4", "events", "2", 1, [event("d5", 9, "refund", 1, sale="T1", back=2.0, currency="USD")]))
    assert shop.one("select net_value from marts.fct_conversions") == (Decimal(32),), "another device brings the refund"
    refunded = shop.one("select customer_id from marts.fct_conversions")

    shop.night(("ga4", "events", "2", 0, [event("d3", 13, query="?gclid=g3"), event("d2", 11, "purchase", sale="T1", amount=10.0)]))
    sold = shop.one("select customer_id from marts.fct_conversions")
    assert sold != refunded, "the earliest report of a sale is the sale"
    assert shop.one("select count(*) from audit.set_aside_events where reason = 'duplicate'") == (1,)

    together = [event("d1", 14, "login", 2, email=EMAILS[0]), event("d2", 15, "login", 2, email=EMAILS[0])]
    shop.night(("ga4", "events", "1", 2, together))
    assert shop.one("select count(distinct customer_id) from marts.dim_identities where identifier in ('d1', 'd2')") == (1,)

    shop.night(("ga4", "events", "1", 2, [together[0], event("d2", 15, "login", 2, user_id="u1")]))
    assert shop.one("select count(distinct customer_id) from marts.dim_identities where identifier in ('d1', 'd2')") == (2,)

    profile = {"id": "p1", "email_sha256": EMAILS[0], "external_id": "u1", "created": "2026-01-05T00:00:00+00:00"}
    email = {"id": "k1", "metric_id": "m2", "profile_id": "p1", "datetime": datetime(2026, 1, 6, tzinfo=UTC), "event_properties": "{}"}
    shop.night(("klaviyo", "profiles", "k", 3, [profile]), ("klaviyo", "events", "k", 1, [email]))
    assert shop.one("select count(distinct customer_id) from marts.dim_identities where identifier in ('d1', 'd2', 'u1')") == (1,)


def test_one_change_reaches_others(tmp_path: Path, shop_start: Start) -> None:
    watch = Watch(SEEN_BY_OTHERS)
    shop = Shop(tmp_path, shop_start, watch)
    one_change_a_night(shop)
    assert watch.needed() == SEEN_BY_OTHERS
    assert shop.unlike_once() == {}
