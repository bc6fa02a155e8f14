"""One recorded ad account, 7, with an active, an archived and a deleted ad, and the official client over a server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from facebook_business.api import FacebookAdsApi
from facebook_business.session import FacebookSession

from sandbox.emulators.facebook_ads import FacebookAdsServer

MARCH = {"since": "2026-03-01", "until": "2026-03-31"}
STATUSES = {"31": "ACTIVE", "32": "ARCHIVED", "33": "DELETED"}


def insight(ad: str, day: int, platform: str, spend: str, **more: Any) -> dict[str, Any]:
    when = f"2026-03-{day:02}"
    parents = {"campaign_id": "11" if ad != "33" else "12", "adset_id": "21" if ad != "33" else "22"}
    shared = {"date_start": when, "date_stop": when, "account_id": "7", "account_currency": "EUR", "ad_id": ad}
    return shared | parents | {"publisher_platform": platform, "impressions": "10", "clicks": "1", "spend": spend} | more


PURCHASE = {"action_type": "purchase", "value": "2", "7d_click": "1", "1d_view": "1"}
INSIGHTS = [
    insight("31", 1, "facebook", "1.10", actions=[PURCHASE], inline_link_clicks="1"),
    insight("31", 1, "instagram", "2.20", actions=[PURCHASE | {"value": "1", "1d_view": "0"}], attribution_setting="7d_click"),
    insight("31", 2, "facebook", "0.05"),
    insight("32", 2, "instagram", "4.00", inline_link_clicks="0"),
    insight("33", 2, "facebook", "8.01", actions=[{"action_type": "lead", "value": "1"}]),
    insight("33", 3, "messenger", "16.00"),
]


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(map(json.dumps, rows)))


def write_account(root: Path) -> Path:
    folder = root / "facebook_ads" / "act_7"
    write(
        folder / "account.ndjson",
        [{"id": "act_7", "account_id": "7", "name": "Loja", "currency": "EUR", "timezone_name": "Europe/Lisbon", "account_status": 2}],
    )
    write(
        folder / "campaigns.ndjson",
        [{"id": id, "account_id": "7", "name": f"c{id}", "effective_status": s} for id, s in (("11", "ACTIVE"), ("12", "DELETED"))],
    )
    write(folder / "adsets.ndjson", [{"id": "21", "account_id": "7", "campaign_id": "11", "effective_status": "PAUSED"}])
    write(
        folder / "ads.ndjson",
        [
            {
                "id": id,
                "account_id": "7",
                "campaign_id": "11",
                "adset_id": "21",
                "effective_status": status,
                "creative": {"id": f"4{id}", "url_tags": "a=b"},
            }
            for id, status in STATUSES.items()
        ],
    )
    write(folder / "insights.ndjson", INSIGHTS)
    return root


def api_of(server: FacebookAdsServer, token: str | None = None, secret: str | None = None) -> FacebookAdsApi:
    credentials = server.credentials
    session = FacebookSession(credentials.app_id, secret or credentials.app_secret, token or credentials.token, timeout=10)
    session.GRAPH = server.connection["extra"]["endpoint"]
    return FacebookAdsApi(session)
