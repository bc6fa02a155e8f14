"""Google Ads rows beside campaigns and ads: keywords, asset groups, videos, conversion actions.

Their figures are the ads' own facts seen another way, so they add up to them at every moment of the clock, restated ones too: a search
ad's fact is its keyword's, and a Performance Max campaign's fact is split over the campaign's asset groups without a rest. Nothing here
draws from chance.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sandbox.world import brand, ndjson
from sandbox.world.accounts import Accounts, GoogleAccount
from sandbox.world.campaigns import GoogleAd, GoogleCampaign, google_campaigns
from sandbox.world.portfolio import PERFORMANCE_MAX

Row = dict[str, Any]
_GROUPS = (("Mais vendidos", brand.PRODUCTS[0].page), ("Presentes", brand.PRODUCTS[9].page))
_SECOND_SHARE = 0.35
_CHANNEL = "UCflordocerrado0000000000"
_ACTIONS: dict[str, tuple[Row, ...]] = {
    # name, category, status, lookbacks in days after a click and after a view, whether bids aim at it
    "7310045521": (
        {"name": "Compra", "category": "PURCHASE", "status": "ENABLED", "click": 30, "view": 1, "primary": True},
        {"name": "Cadastro no Clube", "category": "SIGNUP", "status": "ENABLED", "click": 7, "view": 1, "primary": False},
        {"name": "Compra (antiga)", "category": "PURCHASE", "status": "REMOVED", "click": 90, "view": 30, "primary": False},
    ),
    "7310045522": ({"name": "Purchase", "category": "PURCHASE", "status": "ENABLED", "click": 60, "view": 1, "primary": True},),
    "7310045523": ({"name": "Compra", "category": "PURCHASE", "status": "ENABLED", "click": 90, "view": 30, "primary": True},),
    "7310045524": ({"name": "Purchase", "category": "PURCHASE", "status": "ENABLED", "click": 7, "view": 1, "primary": True},),
    "7310045525": ({"name": "Compra", "category": "PURCHASE", "status": "ENABLED", "click": 30, "view": 1, "primary": True},),
    # Its manager's action counts (google_managers); its own is no longer in use.
    "7310045526": ({"name": "Compra", "category": "PURCHASE", "status": "REMOVED", "click": 90, "view": 30, "primary": False},),
}


def write(target: Path, account: GoogleAccount, facts: Iterable[tuple[GoogleAd, Row]], accounts: Accounts) -> None:
    """Write the account's files below ``target``; ``facts`` are the rows of its performance.ndjson, each with its ad."""
    facts = list(facts)
    ndjson.write(target / "keyword_view.ndjson", (_keyword(ad, row) for ad, row in facts if ad.keyword))
    shared = (part for ad, row in facts if ad.campaign.kind == PERFORMANCE_MAX for part in _split(ad.campaign, row))
    ndjson.write(target / "asset_group_performance.ndjson", shared)
    campaigns = [campaign for campaign, _ in google_campaigns(accounts) if campaign.account == account and campaign.kind == PERFORMANCE_MAX]
    ndjson.write(target / "asset_group.ndjson", (row for campaign in campaigns for row in _asset_groups(campaign)))
    video = {
        "id": brand.VIDEO.rpartition("=")[2],
        "title": f"{brand.NAME}: óleo de pequi, do fruto ao frasco",
        "channel_id": _CHANNEL,
        "duration_millis": "94000",
    }
    ndjson.write(target / "video.ndjson", [{"video": video}])
    actions = _ACTIONS[account.customer_id]
    ndjson.write(target / "conversion_action.ndjson", (_action(account, place, action) for place, action in enumerate(actions, start=1)))


def asset_group_id(campaign: GoogleCampaign, place: int) -> str:
    """Id of the campaign's asset group; the first has place 1."""
    return str(6_500_000_000 + int(campaign.campaign_id[-3:]) * 10 + place)


def _keyword(ad: GoogleAd, row: Row) -> Row:
    criterion = {
        "criterion_id": ad.criterion_id,
        "status": "ENABLED",
        "type": "KEYWORD",
        "keyword": {"text": ad.keyword, "match_type": ad.match_type},
    }
    kept = {name: value for name, value in row.items() if name != "ad_group_ad"}
    return {**kept, "campaign": {"id": ad.campaign.campaign_id}, "ad_group_criterion": criterion}


def _asset_groups(campaign: GoogleCampaign) -> Iterator[Row]:
    for place, (name, page) in enumerate(_GROUPS, start=1):
        group = {"id": asset_group_id(campaign, place), "name": name, "status": "ENABLED", "final_urls": [page]}
        yield {"campaign": {"id": campaign.campaign_id}, "asset_group": group}


def _split(campaign: GoogleCampaign, row: Row) -> Iterator[Row]:
    """The campaign's row as one row of each asset group."""
    second = {name: _share(value) for name, value in row["metrics"].items()}
    first = {name: _less(value, second[name]) for name, value in row["metrics"].items()}
    for place, metrics in ((1, first), (2, second)):
        ids = {"campaign": {"id": campaign.campaign_id}, "asset_group": {"id": asset_group_id(campaign, place)}}
        yield {**row, **ids, "metrics": metrics}


def _share(value: Any) -> Any:
    """The second group's part: of a count (int64 as text) a count, of a fraction one of four decimals."""
    return str(int(int(value) * _SECOND_SHARE)) if isinstance(value, str) else round(value * _SECOND_SHARE, 4)


def _less(value: Any, other: Any) -> Any:
    return str(int(value) - int(other)) if isinstance(value, str) else round(value - other, 4)


def _action(account: GoogleAccount, place: int, action: Row) -> Row:
    return {
        "conversion_action": {
            "id": str(90_000_000 + int(account.customer_id[-2:]) * 100 + place),
            "name": action["name"],
            "category": action["category"],
            "status": action["status"],
            "click_through_lookback_window_days": str(action["click"]),
            "view_through_lookback_window_days": str(action["view"]),
            "primary_for_goal": action["primary"],
        }
    }
