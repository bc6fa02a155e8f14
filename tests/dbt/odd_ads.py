"""Makes bills, clicks, ads and accounts of a random shop odd, and gives it second accounts elsewhere in other currencies."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from dbt_warehouse import Rows
from small_rows import Row, maybe

ZONES = ["America/Sao_Paulo", "Asia/Tokyo", "Pacific/Kiritimati", "america/los_angeles ", "Mars/Olympus", ""]
STARTS = ["2026-01-05 00:00:00", "2018-11-04 00:30:00", "2026-01-31", "soon", None]
PURCHASES = ["purchase", "omni_purchase", "onsite_web_purchase", "link_click", "offsite_conversion.fb_pixel_purchase"]
SECOND = {"10": "11", "20": "21"}
"""Account -> another one of the same platform."""


def google(rng: Random, row: Row) -> Row:
    cost, clicks = rng.choice([0, 1, 333_333, 700_000, 1_000_001]), rng.randrange(5)
    claims = {"metrics_conversions": rng.choice([0.0, 0.5, 1.25, None]), "metrics_conversions_value": rng.choice([0.0, 99.9999999, 10.5])}
    figures = {"metrics_clicks": clicks, "metrics_interactions": clicks, "metrics_impressions": rng.randrange(20)}
    return {**row, "metrics_cost_micros": cost, **figures, **claims}


def google_click(rng: Random, row: Row) -> Row:
    return {**row, "click_view_keyword_info_text": maybe(rng, ["sapato", ""])}


def google_campaign(rng: Random, row: Row) -> Row:
    changed = {
        "campaign_final_url_suffix": maybe(rng, ["utm_campaign=natal", "utm_campaign=Verao&x=1", ""], 0.5),
        "campaign_status": rng.choice(["ENABLED", "PAUSED", "REMOVED"]),
        "campaign_start_date_time": rng.choice(STARTS),
        "campaign_end_date_time": rng.choice(STARTS),
    }
    kind = rng.choice([row["campaign_advertising_channel_type"], "SHOPPING", "DEMAND_GEN", "UNKNOWN", None])
    return {**row, **changed, "campaign_advertising_channel_type": kind}


def google_customer(rng: Random, row: Row) -> Row:
    suffix = maybe(rng, ["utm_campaign=natal", "utm_campaign=eshop", ""])
    return {**row, "customer_time_zone": rng.choice(ZONES), "customer_final_url_suffix": suffix, "customer_descriptive_name": "Loja"}


def google_total(rng: Random, row: Row) -> Row:
    return {**row, "customer_currency_code": rng.choice(["USD", "USD", "brl", "EUR"]), "metrics_impressions": rng.randrange(90)}


def meta(rng: Random, row: Row) -> Row:
    changed = {
        "spend": rng.choice([Decimal("0"), Decimal("0.000001"), Decimal("3.333333"), Decimal("7")]),
        "inline_link_clicks": maybe(rng, [0, 1, 3, 7], 0.8),
        "impressions": maybe(rng, [0, 10], 0.8),
        "campaign_name": maybe(rng, ["Norte", "natal"]),
        "adset_name": maybe(rng, ["Mulheres", "Homens"]),
        "ad_name": maybe(rng, ["Foto", "Filme"]),
        "actions": _actions(rng),
        "action_values": maybe(rng, [_actions(rng)], 0.7),
    }
    return {**row, **changed, "clicks": rng.choice([0, 4, 9]), "publisher_platform": rng.choice(["instagram", "facebook"])}


def _actions(rng: Random) -> list[Row]:
    windows, values = ["value", "value", "7d_click"], [Decimal("1"), Decimal("2.5"), Decimal("0"), None]
    kinds = rng.sample(PURCHASES, rng.randrange(4))
    return [{"action_type": kind, "action_window": rng.choice(windows), "value": rng.choice(values)} for kind in kinds]


def meta_ad(rng: Random, row: Row) -> Row:
    changed = {
        "url_tags": maybe(rng, ["utm_campaign=natal", "utm_campaign=verao"], 0.4),
        "name": maybe(rng, ["Foto", "Filme 2"]),
        "effective_status": rng.choice(["ACTIVE", "DELETED", "PAUSED"]),
        "link_url": maybe(rng, ["https://www.example.com/l", ""]),
        "object_story_spec": maybe(rng, ['{"link_data": {"link": "https://www.example.com/s"}}', "{", "[]"]),
        "asset_feed_spec": maybe(rng, ['{"link_urls": [{"website_url": "https://www.example.com/f"}]}']),
    }
    return {**row, **changed}


def meta_campaign(rng: Random, row: Row) -> Row:
    times = ["2026-01-05T00:00:00-0300", "2026-01-05T09:30:00+0900", None, "never"]
    changed = {"objective": maybe(rng, ["OUTCOME_SALES"]), "start_time": rng.choice(times), "stop_time": rng.choice(times)}
    return {**row, **changed, "effective_status": rng.choice(["ACTIVE", "DELETED"])}


def meta_account(rng: Random, row: Row) -> Row:
    return {**row, "timezone_name": rng.choice(ZONES), "currency": rng.choice(["USD", "eur", "BRL"]), "name": "Loja M"}


def rate(rng: Random, row: Row) -> Row:
    return {**row, "rate": Decimal(rng.choice(["6.1", "5.987654", "1.1", "0.333333"]))}


ODD_ADS: dict[tuple[str, str], tuple[Callable[[Random, Row], Row], float]] = {
    ("google_ads", "ad_performance"): (google, 0.5),
    ("google_ads", "campaign_performance"): (google, 0.5),
    ("google_ads", "account_performance"): (google_total, 0.3),
    ("google_ads", "click_view"): (google_click, 0.5),
    ("google_ads", "campaign"): (google_campaign, 0.5),
    ("google_ads", "customer"): (google_customer, 0.5),
    ("facebook_ads", "accounts"): (meta_account, 0.5),
    ("facebook_ads", "campaigns"): (meta_campaign, 0.5),
    ("facebook_ads", "ad_insights"): (meta, 0.6),
    ("facebook_ads", "ads"): (meta_ad, 0.5),
    ("exchange_rates", "reference_rates"): (rate, 0.5),
}
CUT_BY_DEVICE = {"ad_performance", "campaign_performance"}


def by_device(rng: Random, stream: str, rows: list[Row]) -> list[Row]:
    """Some of Google's lines have a second one for another device."""
    if stream not in CUT_BY_DEVICE:
        return rows
    return rows + [{**google(rng, row), "segments_device": rng.choice(["DESKTOP", "CONNECTED_TV"])} for row in rows if rng.random() < 0.4]


def renumbered(partitions: Iterable[Rows]) -> list[Rows]:
    """Google's campaigns with numbers as long as Google's."""
    return [
        replace(held, rows=[_longer(row, 2_100_000) for row in held.rows]) if held.source == "google_ads" else held for held in partitions
    ]


def _longer(row: Any, more: int) -> Row:
    return {**row, "campaign_id": more + row["campaign_id"]} if row.get("campaign_id") else dict(row)


def more_accounts(rng: Random, partitions: list[Rows]) -> list[Rows]:
    """A second account of a platform, with ads and clicks of its own under the same names, in another currency and zone."""
    found = []
    for source in ("google_ads", "facebook_ads"):
        of_source = [held for held in partitions if held.source == source]
        if rng.random() < 0.5:
            found += [replace(held, account=SECOND[held.account], rows=_of_second(rng, held)) for held in of_source if rng.random() < 0.9]
        found += [part for held in of_source if held.stream in {"campaign", "campaigns"} and rng.random() < 0.5 for part in _ads(rng, held)]
    return found


def _of_second(rng: Random, held: Rows) -> list[Row]:
    change = ODD_ADS.get((held.source, held.stream), (lambda _, row: row, 0.0))[0]
    rows = [change(rng, dict(row)) for row in held.rows]
    return [_second_google(row) if held.source == "google_ads" else _second_meta(row) for row in rows]


def _second_google(row: Row) -> Row:
    row = _longer(row, 2_100_100)
    for name in ("ad_group_id", "ad_group_ad_ad_id", "customer_id"):
        if row.get(name):
            row[name] += 1 if name == "customer_id" else 100
    if click := row.get("click_view_gclid"):
        row["click_view_gclid"] = click.replace("g", "h")
    if ad := row.get("click_view_ad_group_ad"):
        group, _, number = ad.rpartition("/")[2].partition("~")
        row["click_view_ad_group_ad"] = f"customers/11/adGroupAds/{int(group) + 100}~{int(number) + 100}"
    if row.get("customer_currency_code"):
        row["customer_currency_code"] = "JPY" if row["customer_currency_code"] == "EUR" else "EUR"
    return row


def _second_meta(row: Row) -> Row:
    changes = {"act_20": "act_21", "20": "21", "91": "92", "81": "82", "7001000000": "7003000000", "7002000000": "7004000000", "USD": "GBP"}
    names = ("id", "account_id", "campaign_id", "adset_id", "ad_id", "currency", "account_currency")
    return {**row, **{name: changes.get(row[name], row[name]) for name in names if name in row}}


def _ads(rng: Random, held: Rows) -> Iterable[Rows]:
    """Snapshots of the ad groups and ads that belong to a snapshot of campaigns."""
    meta, day = held.source == "facebook_ads", held.day
    if meta:
        whose = {"account_id": "20", "campaign_id": "91", "status": "ACTIVE", "effective_status": "ACTIVE"}
        yield Rows(held.source, "adsets", held.account, day, [{"id": "81", "name": _name(day), **whose}])
        return
    places = [(41, 31, 2_100_021), (42, 32, 2_100_022), (43, 31, 2_100_021)]
    groups = {group: campaign for _, group, campaign in places}
    listed = rng.sample(places, rng.randrange(1, 4))
    kind = {"ad_group_name": _name(day), "ad_group_status": "ENABLED", "ad_group_type": "SEARCH_STANDARD"}
    known = [{"campaign_id": campaign, "ad_group_id": group, **kind} for group, campaign in groups.items() if rng.random() < 0.8]
    yield Rows(held.source, "ad_group", held.account, day, known)
    yield Rows(
        held.source,
        "ad_group_ad",
        held.account,
        day,
        [
            {
                "campaign_id": campaign,
                "ad_group_id": group,
                "ad_group_ad_ad_id": ad,
                "ad_group_ad_ad_name": rng.choice(["", "Sapatos", None]),
                "ad_group_ad_ad_type": "RESPONSIVE_SEARCH_AD",
                "ad_group_ad_status": rng.choice(["ENABLED", "REMOVED"]),
                "ad_group_ad_ad_final_urls": ["https://www.example.com/g"],
                "ad_group_ad_ad_final_url_suffix": maybe(rng, ["utm_campaign=eshop", ""]),
            }
            for ad, group, campaign in listed
        ],
    )


def _name(day: date) -> str:
    return f"Grupo {day:%d}"
