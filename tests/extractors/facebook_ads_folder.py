"""A small recorded folder: two ad accounts, ten days of March 2026, and what a whole load of them must hold.

Account 101 (BRL) has an active, a paused, an archived and a deleted ad; 202 (USD) is disabled and has one ad.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

Row = dict[str, Any]

FIRST = date(2026, 3, 1)
DAYS = 10
LAST = FIRST + timedelta(days=DAYS - 1)
PLATFORMS = ("facebook", "instagram", "messenger")
STATUS = {"901": "ACTIVE", "902": "PAUSED", "903": "ARCHIVED", "904": "DELETED", "951": "ACTIVE"}
"""Ad id -> effective status."""
PARENTS = {"901": ("701", "801"), "902": ("701", "801"), "903": ("701", "802"), "904": ("702", "803"), "951": ("751", "851")}
"""Ad id -> campaign id, ad set id."""
ACCOUNT_OF = {"701": "101", "702": "101", "751": "202"}
CURRENCY = {"101": "BRL", "202": "USD"}


def account(id: str) -> Row:
    return {
        "id": f"act_{id}",
        "account_id": id,
        "name": f"Conta {id}",
        "currency": CURRENCY[id],
        "timezone_name": "America/Sao_Paulo",
        "account_status": 1 if id == "101" else 2,
    }


def insight(ad: str, day: int, platform: int) -> Row:
    """One base row; every number is a different function of its coordinates."""
    campaign, adset = PARENTS[ad]
    account_id = ACCOUNT_OF[campaign]
    when = (FIRST + timedelta(days=day)).isoformat()
    clicks = (int(ad) + day) % 5
    row: Row = {
        "date_start": when,
        "date_stop": when,
        "account_id": account_id,
        "account_currency": CURRENCY[account_id],
        "campaign_id": campaign,
        "campaign_name": f"Campanha {campaign}",
        "adset_id": adset,
        "adset_name": f"Conjunto {adset}",
        "ad_id": ad,
        "ad_name": f"Anúncio {ad}",
        "publisher_platform": PLATFORMS[platform],
        "impressions": str(100 + int(ad) + 7 * day + platform),
        "clicks": str(clicks),
        "spend": f"{(int(ad) * 31 + day * 13 + platform * 7) % 1999 / 100:.2f}",
        "attribution_setting": "7d_click_1d_view",
    }
    if clicks:
        row["inline_link_clicks"] = str(clicks)
        row["outbound_clicks"] = [{"action_type": "outbound_click", "value": str(clicks)}]
    if clicks > 2:
        row["actions"] = [
            {"action_type": "purchase", "value": "2", "1d_click": "1", "7d_click": "1", "1d_view": "1"},
            {"action_type": "link_click", "value": str(clicks), "7d_click": str(clicks)},
        ]
        row["action_values"] = [{"action_type": "purchase", "value": "259.80", "7d_click": "129.90", "1d_view": "129.90"}]
    return row


def insights(account_id: str) -> Iterator[Row]:
    for ad, (campaign, _) in PARENTS.items():
        if ACCOUNT_OF[campaign] == account_id:
            for day in range(DAYS):
                yield from (insight(ad, day, platform) for platform in range(len(PLATFORMS)))


def spend(*accounts: str, without: Iterable[str] = ()) -> Decimal:
    """What the accounts' ads cost over the ten days."""
    return sum((Decimal(row["spend"]) for id in accounts for row in insights(id) if row["ad_id"] not in set(without)), Decimal())


def objects(account_id: str) -> dict[str, list[Row]]:
    """The rows of campaigns.ndjson, adsets.ndjson and ads.ndjson."""
    ads = {ad: parents for ad, parents in PARENTS.items() if ACCOUNT_OF[parents[0]] == account_id}
    deleted = {parents[0] for ad, parents in ads.items() if STATUS[ad] == "DELETED"} | {
        parents[1] for ad, parents in ads.items() if STATUS[ad] == "DELETED"
    }
    shared = {"account_id": account_id}

    def status(id: str) -> Row:
        value = "DELETED" if id in deleted else "ACTIVE"
        return {"status": value, "effective_status": value}

    return {
        "campaigns": [
            {"id": id, "name": f"Campanha {id}", "objective": "OUTCOME_SALES", **shared, **status(id)}
            for id in sorted({parents[0] for parents in ads.values()})
        ],
        "adsets": [
            {"id": id, "name": f"Conjunto {id}", "campaign_id": campaign, **shared, **status(id)}
            for campaign, id in sorted(set(ads.values()))
        ],
        "ads": [
            {
                "id": ad,
                "name": f"Anúncio {ad}",
                "campaign_id": campaign,
                "adset_id": adset,
                "status": STATUS[ad],
                "effective_status": STATUS[ad],
                "creative": {
                    "id": f"6{ad}",
                    "url_tags": "utm_source=instagram&utm_content={{ad.id}}",
                    "link_url": "https://loja.example/",
                    "object_story_spec": {"page_id": "1", "link_data": {"link": "https://loja.example/"}},
                },
                **shared,
            }
            for ad, (campaign, adset) in ads.items()
        ],
    }


def write_lines(path: Path, rows: Iterable[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def write_folder(root: Path) -> Path:
    """The folder; returns the root that an emulator serves."""
    for id in ("101", "202"):
        folder = root / "facebook_ads" / f"act_{id}"
        write_lines(folder / "account.ndjson", [account(id)])
        write_lines(folder / "insights.ndjson", insights(id))
        for name, rows in objects(id).items():
            write_lines(folder / f"{name}.ndjson", rows)
    return root
