"""A small recorded folder for the Google Ads tests: one manager, three clients, ten days, figures that a reader can add up.

Client 2000000001 (BRL): campaign 11 (SEARCH) with ad group 21 and ads 31, 32; campaign 12 (PERFORMANCE_MAX) with no ads.
Each day, MOBILE and DESKTOP: ad 31 has 10 impressions, 2 clicks, 1,500,000 micros; ad 32 has 5, 1, 500,000;
campaign 12 has 20, 3, 2,000,000. So a day costs 8,000,000 micros, of which 4,000,000 have an ad. Two clicks a day.
Keyword 71 has all of ad group 21 (so 4,000,000 micros a day), keyword 72 nothing. Asset group 61 has a quarter of campaign 12, asset
group 62 the rest. One video. Conversion actions look back 45 days at most, a removed one 90.
Client 2000000002 (USD) has one campaign 51 without facts. Client 2000000003 is CANCELED.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

MANAGER, CLIENT, OTHER, CANCELED = "1000000000", "2000000001", "2000000002", "2000000003"
FIRST = date(2026, 3, 1)
DAYS = [FIRST + timedelta(days=n) for n in range(10)]
DAY_COST, DAY_AD_COST = 8_000_000, 4_000_000


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def customer(name: str, currency: str, status: str = "ENABLED", manager: bool = False) -> dict[str, Any]:
    return {
        "customer": {
            "id": name,
            "descriptive_name": f"Account {name[-1]}",
            "currency_code": currency,
            "time_zone": "America/Sao_Paulo",
            "status": status,
            "manager": manager,
            "auto_tagging_enabled": True,
        }
    }


def client(name: str, currency: str, level: int = 1, status: str = "ENABLED", manager: bool = False) -> dict[str, Any]:
    return {
        "customer_client": {
            "id": name,
            "level": level,
            "manager": manager,
            "hidden": False,
            "status": status,
            "currency_code": currency,
            "time_zone": "America/Sao_Paulo",
            "descriptive_name": f"Account {name[-1]}",
        }
    }


def fact(day: date, device: str, ids: tuple[str, ...], impressions: int, clicks: int, cost: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        "campaign": {"id": ids[0], "advertising_channel_type": "SEARCH" if len(ids) > 1 else "PERFORMANCE_MAX"},
        "segments": {"date": day.isoformat(), "device": device, "ad_network_type": "SEARCH" if len(ids) > 1 else "MIXED"},
        "metrics": {
            "impressions": str(impressions),
            "clicks": str(clicks),
            "interactions": str(clicks),
            "cost_micros": str(cost),
            "conversions": 0.5 * clicks,
            "conversions_value": 10.25 * clicks,
            "all_conversions": 0.5 * clicks,
            "view_through_conversions": "0",
        },
    }
    if len(ids) > 1:
        row |= {"ad_group": {"id": ids[1]}, "ad_group_ad": {"ad": {"id": ids[2]}}}
    return row


def click(day: date, gclid: str, ad: str) -> dict[str, Any]:
    return {
        "click_view": {
            "gclid": gclid,
            "ad_group_ad": f"customers/{CLIENT}/adGroupAds/21~{ad}",
            "keyword": f"customers/{CLIENT}/adGroupCriteria/21~71",
            "keyword_info": {"text": "café em grãos", "match_type": "EXACT"},
            "page_number": 1,
        },
        "campaign": {"id": "11"},
        "ad_group": {"id": "21"},
        "segments": {"date": day.isoformat(), "device": "MOBILE", "ad_network_type": "SEARCH"},
    }


def keyword(fact_row: dict[str, Any] | None, criterion: str, text: str) -> dict[str, Any]:
    """A keyword's row with the figures of an ad's fact, or without any."""
    row: dict[str, Any] = {"campaign": {"id": "11"}, "ad_group": {"id": "21"}}
    row["ad_group_criterion"] = {"criterion_id": criterion, "keyword": {"text": text, "match_type": "EXACT"}}
    return row | ({name: fact_row[name] for name in ("segments", "metrics")} if fact_row else {})


def asset_group_fact(day: date, device: str, group: str, impressions: int, clicks: int, cost: int) -> dict[str, Any]:
    return {**fact(day, device, ("12",), impressions, clicks, cost), "asset_group": {"id": group}}


def action(name: str, status: str, click_days: int, view_days: int) -> dict[str, Any]:
    return {
        "conversion_action": {
            "id": name,
            "name": f"Action {name}",
            "category": "PURCHASE",
            "status": status,
            "click_through_lookback_window_days": str(click_days),
            "view_through_lookback_window_days": str(view_days),
            "primary_for_goal": status == "ENABLED",
        }
    }


def _write_details(base: Path, facts: list[dict[str, Any]]) -> None:
    of_ads = [row for row in facts if "ad_group" in row]
    write(base / "keyword_view.ndjson", [*(keyword(row, "71", "café em grãos") for row in of_ads), keyword(None, "72", "café")])
    groups = [{"campaign": {"id": "12"}, "asset_group": {"id": one, "name": f"Group {one}", "status": "ENABLED"}} for one in ("61", "62")]
    write(base / "asset_group.ndjson", groups)
    shares = (("61", 5, 1, 500_000), ("62", 15, 2, 1_500_000))
    split = [asset_group_fact(day, device, *share) for day in DAYS for device in ("MOBILE", "DESKTOP") for share in shares]
    write(base / "asset_group_performance.ndjson", split)
    video = {"id": "dQ1aB2cD3eF", "title": "Como torramos", "channel_id": "UC1", "duration_millis": "61500"}
    write(base / "video.ndjson", [{"video": video}])
    write(base / "conversion_action.ndjson", [action("81", "ENABLED", 30, 45), action("82", "REMOVED", 90, 1)])


def build(root: Path) -> Path:
    """Write the folder below ``root`` and return ``root``."""
    base = root / "google_ads"
    write(base / MANAGER / "customer.ndjson", [customer(MANAGER, "BRL", manager=True)])
    clients = [
        client(MANAGER, "BRL", 0, manager=True),
        client(CLIENT, "BRL"),
        client(OTHER, "USD"),
        client(CANCELED, "EUR", status="CANCELED"),
    ]
    write(base / MANAGER / "customer_client.ndjson", clients)
    write(base / CLIENT / "customer.ndjson", [customer(CLIENT, "BRL")])
    write(
        base / CLIENT / "campaign.ndjson",
        [
            {
                "campaign": {
                    "id": "11",
                    "name": "Busca",
                    "status": "ENABLED",
                    "advertising_channel_type": "SEARCH",
                    "final_url_suffix": "utm_source=google",
                    "start_date_time": "2026-01-01 00:00:00",
                    "labels": [f"customers/{CLIENT}/labels/5"],
                    "bidding_strategy_type": "TARGET_CPA",
                    "optimization_score": 0.75,
                }
            },
            {"campaign": {"id": "12", "name": "PMax", "status": "PAUSED", "advertising_channel_type": "PERFORMANCE_MAX"}},
        ],
    )
    group = {"id": "21", "name": "Grupo", "status": "ENABLED", "type": "SEARCH_STANDARD"}
    write(base / CLIENT / "ad_group.ndjson", [{"campaign": {"id": "11"}, "ad_group": group}])
    ads = [
        {
            "campaign": {"id": "11"},
            "ad_group": {"id": "21"},
            "ad_group_ad": {
                "status": "ENABLED",
                "ad": {
                    "id": ad,
                    "name": f"Ad {ad}",
                    "type": "RESPONSIVE_SEARCH_AD",
                    "final_urls": [f"https://loja.example/{ad}", "https://loja.example/"],
                },
            },
        }
        for ad in ("31", "32")
    ]
    write(base / CLIENT / "ad_group_ad.ndjson", ads)
    facts = [
        fact(day, device, *rest)
        for day in DAYS
        for device in ("MOBILE", "DESKTOP")
        for rest in (
            (("11", "21", "31"), 10, 2, 1_500_000),
            (("11", "21", "32"), 5, 1, 500_000),
            (("12",), 20, 3, 2_000_000),
        )
    ]
    write(base / CLIENT / "performance.ndjson", facts)
    _write_details(base / CLIENT, facts)
    write(base / CLIENT / "click_view.ndjson", [click(day, f"G{day:%m%d}{ad}", ad) for day in DAYS for ad in ("31", "32")])
    write(base / OTHER / "customer.ndjson", [customer(OTHER, "USD")])
    write(base / OTHER / "campaign.ndjson", [{"campaign": {"id": "51", "name": "Search US", "status": "ENABLED"}}])
    return root
