"""Google Ads rows: the clients' entities, base facts and click_view; managers are in ``google_managers``, the rest in ``google_details``.

Row shape: GoogleAdsRow as JSON (https://developers.google.com/google-ads/api/fields/latest/overview); int64 as strings.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from sandbox.world import google_details, google_managers, ndjson
from sandbox.world.accounts import Accounts, GoogleAccount
from sandbox.world.ads import AdBooks, Click, Fact, versions
from sandbox.world.campaigns import GoogleAd, google_campaigns
from sandbox.world.period import DAY, Period, is_gone, iso, midnight
from sandbox.world.portfolio import DISPLAY, PERFORMANCE_MAX

Row = dict[str, Any]
_ROOT = "google_ads"


def write(books: AdBooks, folder: Path, period: Period, accounts: Accounts) -> None:
    """Write ``google_ads/<customer_id>/*.ndjson``."""
    google_managers.write(folder / _ROOT, accounts, period)
    facts: dict[str, list[Fact]] = defaultdict(list)
    clicks: dict[str, list[Click]] = defaultdict(list)
    for fact in books.facts:
        if isinstance(fact.ad, GoogleAd):
            facts[fact.ad.campaign.account.customer_id].append(fact)
    for click in books.clicks:
        clicks[click.ad.campaign.account.customer_id].append(click)
    for account in accounts.google_accounts:
        target = folder / _ROOT / account.customer_id
        _write_entities(target, account, period, accounts)
        rows = [(fact.ad, row) for fact in facts[account.customer_id] if isinstance(fact.ad, GoogleAd) for row in _performance(fact)]
        ndjson.write(target / "performance.ndjson", (row for _, row in rows))
        google_details.write(target, account, rows, accounts)
        ndjson.write(target / "click_view.ndjson", (_click(click, account) for click in clicks[account.customer_id]))


def _write_entities(target: Path, account: GoogleAccount, period: Period, accounts: Accounts) -> None:
    mine = [(campaign, ads) for campaign, ads in google_campaigns(accounts) if campaign.account == account]
    begins = f"{period.start:%Y-%m-%d} 00:00:00"
    campaigns: list[Row] = []
    groups: dict[str | None, Row] = {}
    ads_rows: list[Row] = []
    for campaign, ads in mine:
        row = {
            "id": campaign.campaign_id,
            "name": campaign.name,
            "status": "ENABLED",
            "advertising_channel_type": campaign.kind,
            "final_url_suffix": campaign.suffix or None,
            "start_date_time": begins,
            "end_date_time": "2037-12-30 23:59:59",
        }
        paused = _until(campaign.paused_on, period)
        campaigns += [{"campaign": _present({**row, "status": status}), **clock} for status, clock in _states("PAUSED", paused)]
        for ad in ads:
            if campaign.kind == PERFORMANCE_MAX:
                continue
            kind = "DISPLAY_STANDARD" if campaign.kind == DISPLAY else "SEARCH_STANDARD"
            groups[ad.ad_group_id] = {
                "campaign": {"id": campaign.campaign_id},
                "ad_group": {"id": ad.ad_group_id, "name": ad.ad_group_name, "status": "ENABLED", "type": kind},
            }
            ads_rows += [{**_ad(ad, status), **clock} for status, clock in _states("REMOVED", _until(ad.removed_on, period))]
    ndjson.write(target / "campaign.ndjson", campaigns)
    ndjson.write(target / "ad_group.ndjson", groups.values())
    ndjson.write(target / "ad_group_ad.ndjson", ads_rows)


def _until(day: int | None, period: Period) -> str | None:
    """The moment at which the world's day begins, where it lies within the period."""
    return iso(midnight(period.start) + day * DAY) if day is not None and is_gone(day, period) else None


def _states(later: str, at: str | None) -> list[tuple[str, dict[str, str]]]:
    """Statuses with their clock fields: enabled, and ``later`` from ``at`` on."""
    return [("ENABLED", {"_until": at}), (later, {"_from": at})] if at else [("ENABLED", {})]


def _ad(ad: GoogleAd, status: str) -> dict[str, Any]:
    kind = "RESPONSIVE_DISPLAY_AD" if ad.campaign.kind == DISPLAY else "RESPONSIVE_SEARCH_AD"
    return {
        "campaign": {"id": ad.campaign.campaign_id},
        "ad_group": {"id": ad.ad_group_id},
        "ad_group_ad": {
            "status": status,
            "ad": {"id": ad.ad_id, "name": f"{ad.ad_group_name} {str(ad.ad_id)[-1]}", "type": kind, "final_urls": [ad.landing]},
        },
    }


def _present(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields that are set: the API leaves the others out."""
    return {key: value for key, value in fields.items() if value is not None}


def _performance(fact: Fact) -> list[dict[str, Any]]:
    ad = fact.ad
    assert isinstance(ad, GoogleAd)
    parts: dict[str, Any] = {"campaign": {"id": ad.campaign.campaign_id, "advertising_channel_type": ad.campaign.kind}}
    if ad.ad_id:
        parts |= {"ad_group": {"id": ad.ad_group_id}, "ad_group_ad": {"ad": {"id": ad.ad_id}}}
    segments = {"date": fact.day.isoformat(), "device": fact.device, "ad_network_type": fact.network}
    return [
        {
            **parts,
            "segments": segments,
            "metrics": {
                "impressions": str(figures.impressions),
                "clicks": str(figures.clicks),
                "interactions": str(figures.clicks),
                "cost_micros": str(figures.cost),
                "conversions": figures.conversions,
                "conversions_value": figures.value,
                "all_conversions": round(figures.conversions * 1.2, 4),
                "view_through_conversions": "0",
            },
            **clock,
        }
        for figures, clock in versions(fact)
    ]


def _click(click: Click, account: GoogleAccount) -> dict[str, Any]:
    ad, customer = click.ad, f"customers/{account.customer_id}"
    view: dict[str, Any] = {"gclid": click.gclid, "page_number": "1"}
    row: dict[str, Any] = {"click_view": view, "campaign": {"id": ad.campaign.campaign_id}}
    if ad.ad_id:
        view["ad_group_ad"] = f"{customer}/adGroupAds/{ad.ad_group_id}~{ad.ad_id}"
        row["ad_group"] = {"id": ad.ad_group_id}
    if ad.keyword and click.network.startswith("SEARCH"):
        view["keyword"] = f"{customer}/adGroupCriteria/{ad.ad_group_id}~{ad.criterion_id}"
        view["keyword_info"] = {"text": ad.keyword, "match_type": ad.match_type}
    return row | {"segments": {"date": click.day.isoformat(), "device": click.device, "ad_network_type": click.network}}
