"""Google Ads and Meta for the conformance cases (conformance_world)."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

import google_ads_folder as google
import pytest
from conformance_world import (
    AUTUMN,
    BIG,
    BIGGER,
    EMPTY,
    NAME,
    NEW_YORK,
    SAO_PAULO,
    SPRING,
    ZEROS,
    Place,
    Row,
    World,
)  # fmt: skip

from sandbox.emulators.faults import Fault, FaultPlan

DATED = [day for days in (AUTUMN, SPRING) for day in days if day != EMPTY]
Expected = dict[str, dict[tuple[str, date], list[Row]]]


def _snapshot(expected: Expected, stream: str, account: str, rows: list[Row]) -> None:
    for last in (SPRING.last, AUTUMN.last):
        expected[stream][(account, last)] = rows


# Google Ads

G_ACCOUNTS = {google.CLIENT: (SAO_PAULO, "BRL"), google.OTHER: (NEW_YORK, "USD")}
MANY = 24
"""Rows of an entity: enough for the loss of most of them to be no restatement."""
ADS, SEARCH, PMAX, GROUP = tuple(BIG + n for n in range(12)), BIG, BIGGER, BIG
METRICS = ("impressions", "clicks", "interactions", "cost_micros", "conversions", "conversions_value", "all_conversions")
CLICKED = (BIG + 2, BIG + 3)


def google_ads() -> World:
    files: dict[str, list[Row] | bytes] = {
        f"{google.MANAGER}/customer.ndjson": [google.customer(google.MANAGER, "BRL", manager=True)],
        f"{google.MANAGER}/customer_client.ndjson": [
            google.client(google.MANAGER, "BRL", 0, manager=True),
            *(google.client(account, currency) for account, (_, currency) in G_ACCOUNTS.items()),
        ],
    }
    expected: Expected = defaultdict(dict)
    for account, (zone, currency) in G_ACCOUNTS.items():
        for name, rows in _google_entities(account, zone, currency, expected).items():
            files[f"{account}/{name}.ndjson"] = rows
        for name, rows in _google_facts(account, currency, expected).items():
            files[f"{account}/{name}.ndjson"] = [*files.get(f"{account}/{name}.ndjson", ()), *rows]

    def place(stream: str, resource: str, required: str) -> Place:
        return Place(f"/{stream}.ndjson", f"SearchStream {resource}", google.CLIENT, required, missing="missing_field")

    places = {
        "customer": place("customer", "customer", "customer.currency_code"),
        "campaign": place("campaign", "campaign", "campaign.id"),
        "ad_group": place("ad_group", "ad_group", "ad_group.id"),
        "ad_group_ad": place("ad_group_ad", "ad_group_ad", "ad_group_ad.ad.id"),
        "asset_group": place("asset_group", "asset_group", "asset_group.id"),
        "video": place("video", "video", "video.id"),
        "conversion_action": place("conversion_action", "conversion_action", "conversion_action.id"),
        "ad_performance": place("performance", "ad_group_ad", "ad_group_ad.ad.id"),
        "campaign_performance": place("performance", "campaign", "segments.device"),
        "account_performance": place("performance", "customer", "customer.currency_code"),
        "keyword_view": place("keyword_view", "keyword_view", "ad_group_criterion.criterion_id"),
        "asset_group_performance": place("asset_group_performance", "asset_group", "asset_group.id"),
        "click_view": place("click_view", "click_view", "click_view.gclid"),
    }
    return World(
        "google_ads",
        files,
        expected,
        places,
        {account: zone for account, (zone, _) in G_ACCOUNTS.items()},
        faults={
            "transient": ("unavailable", {}),
            "permanent": ("permission_denied", {}),
            "broken": ("stream_broken", {"rows": 1}),
        },
        paged=_short_chunks,
    )


def _short_chunks(patch: pytest.MonkeyPatch, faults: FaultPlan) -> dict[str, Any]:
    patch.setattr("sandbox.emulators.google_ads.service.PAGE_ROWS", 5)
    return {}


def _google_entities(account: str, zone: str, currency: str, expected: Expected) -> dict[str, list[Row]]:
    customer = google.customer(account, currency)["customer"] | {"descriptive_name": NAME, "time_zone": zone}
    of_search, of_pmax = {"campaign": {"id": str(SEARCH)}}, {"campaign": {"id": str(PMAX)}}
    of_ads = [BIG + n for n in range(MANY)]
    files: dict[str, list[Row]] = {
        "customer": [{"customer": customer}],
        "campaign": [
            {"campaign": {"id": str(SEARCH + n), "name": f"{NAME} {n}", "status": "ENABLED", "advertising_channel_type": channel}}
            for n, channel in enumerate(("SEARCH", "PERFORMANCE_MAX", *["SEARCH"] * (MANY - 2)))
        ],
        "ad_group": [
            {**of_search, "ad_group": {"id": str(GROUP + n), "name": f"{NAME} {n}", "status": "ENABLED", "type": "SEARCH_STANDARD"}}
            for n in range(MANY)
        ],
        "ad_group_ad": [
            {
                **of_search,
                "ad_group": {"id": str(GROUP)},
                "ad_group_ad": {"status": "ENABLED", "ad": {"id": str(ad), "name": f"{NAME} {ad}"}},
            }
            for ad in of_ads
        ],
        "asset_group": [
            {**of_pmax, "asset_group": {"id": str(number), "name": f"{NAME} {number}", "status": "ENABLED"}} for number in of_ads
        ],
        "video": [{"video": {"id": f"vídeo{n}", "title": f"{NAME} {n}", "duration_millis": str(BIG + n)}} for n in range(MANY)],
        "conversion_action": [
            {"conversion_action": {**google.action(str(BIG + n), "ENABLED", 30, 1)["conversion_action"], "name": f"{NAME} {n}"}}
            for n in range(MANY)
        ],
    }
    told = {
        "customer": [{"customer_id": int(account), "customer_descriptive_name": NAME, "customer_time_zone": zone}],
        "campaign": [{"campaign_id": SEARCH + n, "campaign_name": f"{NAME} {n}"} for n in range(MANY)],
        "ad_group": [{"campaign_id": SEARCH, "ad_group_id": GROUP + n, "ad_group_name": f"{NAME} {n}"} for n in range(MANY)],
        "ad_group_ad": [
            {"campaign_id": SEARCH, "ad_group_id": GROUP, "ad_group_ad_ad_id": ad, "ad_group_ad_ad_name": f"{NAME} {ad}"} for ad in of_ads
        ],
        "asset_group": [{"campaign_id": PMAX, "asset_group_id": n, "asset_group_name": f"{NAME} {n}"} for n in of_ads],
        "video": [{"video_id": f"vídeo{n}", "video_title": f"{NAME} {n}", "video_duration_millis": BIG + n} for n in range(MANY)],
        "conversion_action": [{"conversion_action_id": BIG + n, "conversion_action_name": f"{NAME} {n}"} for n in range(MANY)],
    }
    for stream, rows in told.items():
        _snapshot(expected, stream, account, rows)
    return files


def _google_facts(account: str, currency: str, expected: Expected) -> dict[str, list[Row]]:
    """Twelve ads, each with its keyword, Performance Max with its asset groups, and clicks; on ZEROS the same rows with zeros."""
    files: dict[str, list[Row]] = defaultdict(list)
    for number, day in enumerate(DATED):
        many = 0 if day == ZEROS else number + int(account) % 10
        sums: dict[str, list[Row]] = defaultdict(list)
        for device in ("MOBILE", "DESKTOP"):
            shares = [
                google.fact(day, device, (str(SEARCH), str(GROUP), str(ad)), 10 * many, many, (n + 1) * 1_500_000 * many)
                for n, ad in enumerate(ADS)
            ]
            whole = google.fact(day, device, (str(PMAX),), 20 * many, many, 2_000_001 * many)
            files["performance"] += [*shares, whole]
            sums["ad"] += shares
            sums["campaign"] += [*shares, whole]
            for n, share in enumerate(shares):
                keyword = {"ad_group_criterion": {"criterion_id": str(BIG + n), "keyword": {"text": f"{NAME} {n}", "match_type": "EXACT"}}}
                files["keyword_view"].append(
                    {
                        "campaign": share["campaign"],
                        "ad_group": share["ad_group"],
                        **keyword,
                        **{name: share[name] for name in ("segments", "metrics")},
                    }
                )
            for n in range(MANY):
                files["asset_group_performance"].append(
                    {**google.fact(day, device, (str(PMAX),), 10 * many, many, (n + 1) * 1_000 * many), "asset_group": {"id": str(BIG + n)}}
                )
        dated = {"segments_date": day}
        # A click id is case-sensitive.
        clicks = [f"Cj{account[-1]}-{day:%m%d}-{letter}" for letter in "abcdefghijklABCDEFGHIJKL"]
        files["click_view"] += [_click(account, day, gclid, n) for n, gclid in enumerate(clicks)]
        expected["click_view"][(account, day)] = [
            {**dated, "click_view_gclid": gclid, "click_view_keyword_info_text": NAME, "campaign_id": CLICKED[n % 2], "ad_group_id": GROUP}
            for n, gclid in enumerate(clicks)
        ]
        if not many:
            # Google leaves out segmented rows whose figures are all zero: the day is there, and has no rows.
            continue
        expected["ad_performance"][(account, day)] = [
            {
                **dated,
                "campaign_id": SEARCH,
                "ad_group_id": GROUP,
                "ad_group_ad_ad_id": ad,
                "segments_device": device,
                "metrics_clicks": many,
                "metrics_impressions": 10 * many,
                "metrics_cost_micros": (n + 1) * 1_500_000 * many,
                "metrics_conversions_value": 10.25 * many,
            }
            for n, ad in enumerate(ADS)
            for device in ("MOBILE", "DESKTOP")
        ]
        expected["campaign_performance"][(account, day)] = [
            {
                **dated,
                "campaign_id": campaign,
                "segments_device": device,
                "metrics_cost_micros": cost * many,
                "metrics_clicks": clicks_ * many,
            }
            for campaign, cost, clicks_ in ((SEARCH, 78 * 1_500_000, 12), (PMAX, 2_000_001, 1))
            for device in ("MOBILE", "DESKTOP")
        ]
        expected["account_performance"][(account, day)] = [
            {
                **dated,
                "customer_id": int(account),
                "customer_currency_code": currency,
                "metrics_cost_micros": 2 * 119_000_001 * many,
                "metrics_clicks": 26 * many,
            }
        ]
        expected["keyword_view"][(account, day)] = [
            {
                **dated,
                "ad_group_criterion_criterion_id": BIG + n,
                "ad_group_criterion_keyword_text": f"{NAME} {n}",
                "metrics_cost_micros": 2 * (n + 1) * 1_500_000 * many,
            }
            for n in range(len(ADS))
        ]
        expected["asset_group_performance"][(account, day)] = [
            {**dated, "campaign_id": PMAX, "asset_group_id": BIG + n, "metrics_cost_micros": 2 * (n + 1) * 1_000 * many}
            for n in range(MANY)
        ]
    return files


def _click(account: str, day: date, gclid: str, number: int) -> Row:
    ad = ADS[number % len(ADS)]
    click = google.click(day, gclid, str(ad))
    told = {"ad_group_ad": f"customers/{account}/adGroupAds/{GROUP}~{ad}", "keyword_info": {"text": NAME, "match_type": "EXACT"}}
    return {**click, "click_view": click["click_view"] | told, "campaign": {"id": str(CLICKED[number % 2])}, "ad_group": {"id": str(GROUP)}}


# Meta

M_ACCOUNTS = {"101": (SAO_PAULO, "BRL"), "202": (NEW_YORK, "USD")}
PLATFORMS = ("facebook", "instagram", "messenger")
AD_IDS = tuple(str(BIG + n) for n in range(MANY))


def facebook_ads() -> World:
    files: dict[str, list[Row] | bytes] = {}
    expected: Expected = defaultdict(dict)
    for account, (zone, currency) in M_ACCOUNTS.items():
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
        _snapshot(expected, "accounts", account, [{"id": f"act_{account}", "name": NAME, "timezone_name": zone, "account_status": 1}])
        _snapshot(expected, "campaigns", account, [{"id": one["id"], "name": one["name"]} for one in campaigns])
        _snapshot(expected, "adsets", account, [{"id": one["id"], "name": one["name"], "campaign_id": f"{campaign}0"} for one in adsets])
        _snapshot(
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
        {account: zone for account, (zone, _) in M_ACCOUNTS.items()},
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
