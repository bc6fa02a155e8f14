"""Google Ads for the conformance cases (conformance_world)."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

import google_ads_folder as google
import pytest
from conformance_world import BIG, BIGGER, DATED, MANY, NAME, NEW_YORK, SAO_PAULO, ZEROS, Expected, Place, Row, World, expect_snapshot

from sandbox.emulators.faults import FaultPlan

ACCOUNTS = {google.CLIENT: (SAO_PAULO, "BRL"), google.OTHER: (NEW_YORK, "USD")}
ADS, SEARCH, PMAX, GROUP = tuple(BIG + n for n in range(12)), BIG, BIGGER, BIG
CLICKED = (BIG + 2, BIG + 3)


def google_ads() -> World:
    files: dict[str, list[Row] | bytes] = {
        f"{google.MANAGER}/customer.ndjson": [google.customer(google.MANAGER, "BRL", manager=True)],
        f"{google.MANAGER}/customer_client.ndjson": [
            google.client(google.MANAGER, "BRL", 0, manager=True),
            *(google.client(account, currency) for account, (_, currency) in ACCOUNTS.items()),
        ],
    }
    expected: Expected = defaultdict(dict)
    for account, (zone, currency) in ACCOUNTS.items():
        for name, rows in _entities(account, zone, currency, expected).items():
            files[f"{account}/{name}.ndjson"] = rows
        for name, rows in _facts(account, currency, expected).items():
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
        {account: zone for account, (zone, _) in ACCOUNTS.items()},
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


def _entities(account: str, zone: str, currency: str, expected: Expected) -> dict[str, list[Row]]:
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
        expect_snapshot(expected, stream, account, rows)
    return files


def _facts(account: str, currency: str, expected: Expected) -> dict[str, list[Row]]:
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
