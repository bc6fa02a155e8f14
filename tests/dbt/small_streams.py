"""Every stream of the very small shop: how its rows come about and how they land."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from random import Random

from small_ad_rows import (
    google_account_days,
    google_ad_days,
    google_campaign_days,
    google_campaigns,
    google_clicks,
    google_customers,
    meta_account_days,
    meta_accounts,
    meta_ad_days,
    meta_ads,
    meta_campaigns,
    placed,
    rates,
)
from small_rows import (
    Row,
    first_party_event,
    ga4_events,
    klaviyo_campaigns,
    klaviyo_event,
    klaviyo_flows,
    klaviyo_messages,
    klaviyo_metrics,
    klaviyo_profiles,
    mailchimp_activity,
    mailchimp_campaigns,
    mailchimp_members,
    matomo_sites,
    matomo_visit,
)

from extractors import registry

MAILCHIMP_ACT = ("campaign_id", "email_sha256", "action", "timestamp")


def landed(source: str, stream: str, rows: list[Row]) -> list[Row]:
    """Rows as an extractor would hand them over: a key is there once in a partition, but for GA4's export, which has none.

    Mailchimp's id of an act is made of what it says, so an act of another moment or address is another one; an ad stays in its campaign.
    """
    if (source, stream) == ("mailchimp", "activity"):
        rows = [{**row, "activity_id": "/".join(str(row[name]) for name in MAILCHIMP_ACT)} for row in rows]
    if source == "ga4":
        return rows
    if source == "google_ads":
        rows = [placed(stream, row) for row in rows]
    keys = registry.load(source).stream(stream).keys
    return list({tuple(row[key] for key in keys): row for row in rows}.values())


def _several(one: Callable[[Random, date], Row], most: int) -> Callable[[Random, date], list[Row]]:
    return lambda rng, day: [one(rng, day) for _ in range(rng.randrange(most + 1))]


STREAMS: dict[tuple[str, str, str], tuple[Callable[[Random, date], list[Row]], int]] = {
    ("ga4", "events", "1"): (partial(ga4_events, most=16), 8),
    ("ga4", "events", "2"): (partial(ga4_events, most=6), 3),
    ("klaviyo", "events", "k"): (_several(klaviyo_event, 6), 3),
    ("klaviyo", "profiles", "k"): (klaviyo_profiles, 3),
    ("klaviyo", "metrics", "k"): (klaviyo_metrics, 1),
    ("klaviyo", "campaign_messages", "k"): (klaviyo_messages, 1),
    ("klaviyo", "campaigns", "k"): (klaviyo_campaigns, 1),
    ("klaviyo", "flows", "k"): (klaviyo_flows, 1),
    ("matomo", "visits", "1"): (_several(matomo_visit, 3), 4),
    ("matomo", "visits", "2"): (_several(matomo_visit, 2), 1),
    ("matomo", "sites", "1"): (matomo_sites, 2),
    ("mailchimp", "members", "mc"): (mailchimp_members, 1),
    ("mailchimp", "campaigns", "mc"): (mailchimp_campaigns, 1),
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
