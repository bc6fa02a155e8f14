"""Meta for the conformance cases (conformance_world)."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest
from conformance_world import BIG, BIGGER, DATED, MANY, NAME, NEW_YORK, SAO_PAULO, ZEROS, Expected, Place, Row, World, expect_snapshot

from sandbox.emulators.faults import Fault, FaultPlan

ACCOUNTS = {"101": (SAO_PAULO, "BRL"), "202": (NEW_YORK, "USD")}
PLATFORMS = ("facebook", "instagram", "messenger")
AD_IDS = tuple(str(BIG + n) for n in range(MANY))


def facebook_ads() -> World:
    files: dict[str, list[Row] | bytes] = {}
    expected: Expected = defaultdict(dict)
    for account, (zone, currency) in ACCOUNTS.items():
        own = {"account_id": account}
        campaign, adset = f"{account}{BIG}", f"{account}{BIGGER}"
        live = {"status": "ACTIVE", "effective_status": "ACTIVE"}
        row = {"id": f"act_{account}", **own, "name": NAME, "currency": currency, "timezone_name": zone, "account_status": 1}
        files[f"act_{account}/account.ndjson"] = [row]
        campaigns = [{"id": f"{campaign}{n}", "name": f"{NAME} {n}", "objective": "OUTCOME_SALES", **own, **live} for n in range(MANY)]
        files[f"act_{account}/campaigns.ndjson"] = campaigns
        adsets = [{"id": f"{adset}{n}", "name": f"{NAME} {n}", "campaign_id": f"{campaign}0", **own, **live} for n in range(MANY)]
        files[f"act_{account}/adsets.ndjson"] = adsets
        statuses = ("ACTIVE", "ARCHIVED", "DELETED") * (MANY // 3)
        ads = [
            {
                "id": f"{account}{ad}",
                "name": f"{NAME} {ad}",
                "campaign_id": f"{campaign}0",
                "adset_id": f"{adset}0",
                **own,
                "status": status,
                "effective_status": status,
                "creative": {"id": f"6{account}{ad}", "url_tags": f"utm_campaign={NAME}", "link_url": "https://loja.example/"},
            }
            for ad, status in zip(AD_IDS, statuses, strict=True)
        ]
        files[f"act_{account}/ads.ndjson"] = ads
        expect_snapshot(expected, "accounts", account, [{"id": f"act_{account}", "name": NAME, "timezone_name": zone, "account_status": 1}])
        expect_snapshot(expected, "campaigns", account, [{"id": one["id"], "name": one["name"]} for one in campaigns])
        expect_snapshot(
            expected, "adsets", account, [{"id": one["id"], "name": one["name"], "campaign_id": f"{campaign}0"} for one in adsets]
        )
        expect_snapshot(
            expected,
            "ads",
            account,
            [
                {"id": one["id"], "name": one["name"], "creative_id": one["creative"]["id"], "url_tags": f"utm_campaign={NAME}"}
                for one in ads
            ],
        )
        files[f"act_{account}/insights.ndjson"] = _insights(account, currency, campaign, adset, expected)

    def place(file: str, operation: str, required: str, typed: str = "name", flipped: object = None) -> Place:
        return Place(f"/{file}.ndjson", operation, "101", required, typed, flipped if flipped is not None else {"text": "x"})

    places = {
        "accounts": place("account", "get_account", "currency", "account_status", "um"),
        "campaigns": place("campaigns", "list_campaigns", "account_id"),
        "adsets": place("adsets", "list_ad_sets", "campaign_id"),
        "ads": place("ads", "list_ads", "adset_id"),
        "ad_insights": place("insights", "report_page", "adset_id", "impressions", "muitas"),
        "account_insights": place("insights", "report_page", "account_currency", "account_currency", 7),
    }
    return World(
        "facebook_ads",
        files,
        expected,
        places,
        {account: zone for account, (zone, _) in ACCOUNTS.items()},
        faults={"transient": ("html_502", {}), "permanent": ("permission_denied", {}), "broken": ("empty_200", {})},
        paged=_short_pages,
    )


def _short_pages(patch: pytest.MonkeyPatch, faults: FaultPlan) -> dict[str, Any]:
    # An account that must be asked for few rows at a time.
    for operation in ("list_", "report_page"):
        faults.add(Fault("facebook_ads", "reduce_data", operation, times=None, options={"max_limit": 8}))
    return {}


def _insights(account: str, currency: str, campaign: str, adset: str, expected: Expected) -> list[Row]:
    rows = []
    for number, day in enumerate(DATED):
        many = 0 if day == ZEROS else number + 1
        told: list[Row] = []
        for at, ad in enumerate(AD_IDS):
            for part, platform in enumerate(PLATFORMS):
                spend = Decimal(many * (100 * at + 10 * part + 1)) / 100
                counts = {"impressions": str(10 * many + part), "clicks": str(many)} if many else {"impressions": "0", "clicks": "0"}
                rows.append(
                    {
                        **{"date_start": str(day), "date_stop": str(day), "account_id": account, "account_currency": currency},
                        **{"campaign_id": f"{campaign}0", "campaign_name": NAME, "adset_id": f"{adset}0", "adset_name": NAME},
                        **{"ad_id": f"{account}{ad}", "ad_name": f"{NAME} {ad}", "publisher_platform": platform, **counts},
                        **{"spend": f"{spend:.2f}", "attribution_setting": "7d_click_1d_view"},
                    }
                )
                told.append(
                    {
                        "date_start": day,
                        "ad_id": f"{account}{ad}",
                        "publisher_platform": platform,
                        "ad_name": f"{NAME} {ad}",
                        "spend": spend,
                        "impressions": int(counts["impressions"]),
                        "clicks": many,
                    }
                )
        expected["ad_insights"][(account, day)] = told
        expected["account_insights"][(account, day)] = [
            {
                "date_start": day,
                "account_id": account,
                "account_currency": currency,
                "spend": sum((row["spend"] for row in told), Decimal()),
                "impressions": sum(row["impressions"] for row in told),
                "clicks": sum(row["clicks"] for row in told),
            }
        ]
    return rows
