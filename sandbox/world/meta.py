"""Meta rows: ad accounts, campaigns, ad sets, ads with their creative, and insights by placement.

Shapes: https://developers.facebook.com/docs/marketing-api/insights (numbers are strings; counts of zero are left out).
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from sandbox.world import brand, ndjson
from sandbox.world.accounts import Accounts, MetaAccount
from sandbox.world.ads import AdBooks, Fact, Figures, versions
from sandbox.world.campaigns import MetaAd, meta_ads
from sandbox.world.period import DAY, Period, is_gone, iso, midnight


def write(books: AdBooks, folder: Path, period: Period, accounts: Accounts) -> None:
    """Write ``facebook_ads/act_<id>/*.ndjson``."""
    facts: dict[str, list[Fact]] = defaultdict(list)
    for fact in books.facts:
        if isinstance(fact.ad, MetaAd):
            facts[fact.ad.account.account_id].append(fact)
    for account in accounts.meta_accounts:
        target = folder / "facebook_ads" / f"act_{account.account_id}"
        ads = [ad for ad in meta_ads(accounts) if ad.account == account]
        ndjson.write(target / "account.ndjson", [_account(account)])
        ndjson.write(target / "campaigns.ndjson", {ad.campaign_id: _campaign(ad, period) for ad in ads}.values())
        ndjson.write(target / "adsets.ndjson", {ad.adset_id: _adset(ad) for ad in ads}.values())
        ndjson.write(target / "ads.ndjson", (row for ad in ads for row in _ad(ad, period)))
        ndjson.write(target / "insights.ndjson", (row for fact in facts[account.account_id] for row in _insights(fact)))


def _account(account: MetaAccount) -> dict[str, Any]:
    return {
        "id": f"act_{account.account_id}",
        "account_id": account.account_id,
        "name": account.name,
        "currency": account.currency,
        "timezone_name": account.zone,
        "account_status": 1,
        "business": {"id": brand.META_BUSINESS, "name": brand.NAME},
    }


def _campaign(ad: MetaAd, period: Period) -> dict[str, Any]:
    return {
        "id": ad.campaign_id,
        "account_id": ad.account.account_id,
        "name": ad.campaign_name,
        "status": "ACTIVE",
        "effective_status": "ACTIVE",
        "objective": "OUTCOME_SALES",
        "start_time": f"{period.start}T00:00:00-0300",
    }


def _adset(ad: MetaAd) -> dict[str, Any]:
    return {
        "id": ad.adset_id,
        "account_id": ad.account.account_id,
        "campaign_id": ad.campaign_id,
        "name": ad.adset_name,
        "status": "ACTIVE",
        "effective_status": "ACTIVE",
    }


def _ad(ad: MetaAd, period: Period) -> list[dict[str, Any]]:
    """The ad as it is; a deleted or archived one also as it was until then."""
    creative_id = str(int(ad.ad_id) + 900_000_000)
    row = {
        "id": ad.ad_id,
        "account_id": ad.account.account_id,
        "campaign_id": ad.campaign_id,
        "adset_id": ad.adset_id,
        "name": ad.name,
        "status": "ACTIVE",
        "effective_status": "ACTIVE",
        "creative": {
            "id": creative_id,
            "url_tags": ad.tags,
            "object_story_spec": {"page_id": brand.META_BUSINESS, "link_data": {"link": ad.landing, "name": brand.NAME}},
            "effective_object_story_id": f"{brand.META_BUSINESS}_{creative_id}",
        },
    }
    for day, status in ((ad.deleted_on, "DELETED"), (ad.archived_on, "ARCHIVED")):
        if day is not None and is_gone(day, period):
            at = iso(midnight(period.start) + day * DAY)
            return [{**row, "_until": at}, {**row, "status": status, "effective_status": status, "_from": at}]
    return [row]


def _insights(fact: Fact) -> list[dict[str, Any]]:
    ad = fact.ad
    assert isinstance(ad, MetaAd)
    day = fact.day.isoformat()
    keys = {
        "date_start": day,
        "date_stop": day,
        "account_id": ad.account.account_id,
        "account_currency": ad.account.currency,
        "campaign_id": ad.campaign_id,
        "campaign_name": ad.campaign_name,
        "adset_id": ad.adset_id,
        "adset_name": ad.adset_name,
        "ad_id": ad.ad_id,
        "ad_name": ad.name,
        "publisher_platform": fact.network,
    }
    return [{**keys, **_figures(figures), **clock} for figures, clock in versions(fact)]


def _figures(figures: Figures) -> dict[str, Any]:
    cents = figures.cost // 10_000
    found: dict[str, Any] = {
        "impressions": str(figures.impressions),
        "clicks": str(figures.clicks),
        "spend": f"{cents // 100}.{cents % 100:02d}",
        "attribution_setting": "7d_click_1d_view",
    }
    if figures.link_clicks:
        links = str(figures.link_clicks)
        found["inline_link_clicks"] = links
        found["outbound_clicks"] = [{"action_type": "outbound_click", "value": links}]
        found["actions"] = [_action("link_click", links, links, "0")]
    if figures.conversions >= 1:
        bought = str(int(figures.conversions))
        # The same purchases under overlapping names, as the platform reports them: choose one, never add.
        names = ("purchase", "omni_purchase", "offsite_conversion.fb_pixel_purchase")
        found["actions"] += [_action(name, bought, bought, "0") for name in names]
        found["action_values"] = [_action(name, f"{figures.value:.2f}", f"{figures.value:.2f}", "0") for name in names]
    return found


def _action(kind: str, value: str, clicked: str, viewed: str) -> dict[str, str]:
    return {"action_type": kind, "value": value, "7d_click": clicked, "1d_view": viewed}
