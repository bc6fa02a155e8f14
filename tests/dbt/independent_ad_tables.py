"""Rows of fct_ad_performance_daily, dim_campaigns and dim_ads worked out a second time, by docs/model.md and their descriptions alone."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from independent_costs import GOOGLE, META, Ads
from independent_events import Landed, Row, rounded

Key = tuple[Any, ...]
CLAIMS = ("omni_purchase", "purchase", "offsite_conversion.fb_pixel_purchase", "onsite_web_purchase")
Sums = list[Fraction]
"""Impressions, clicks, spend, conversions and their value."""


def performance(ads: Ads) -> dict[Key, tuple[Any, ...]]:
    """(day, platform, account, campaign, ad group, ad, placement, device) -> figures, spend in both currencies, claims."""
    lines: dict[Key, Sums] = {}
    own: dict[Key, Sums] = defaultdict(lambda: [Fraction(0)] * 5)
    days = set()
    for row in ads.landed.rows(GOOGLE, "campaign_performance"):
        days.add((row["account"], row["segments_date"]))
        own[_cell(row)] = _plus(own[_cell(row)], _google(row))
    for row in ads.landed.rows(GOOGLE, "ad_performance"):
        day, platform, account, campaign, _, _, *cut = _cell(row)
        lines[day, platform, account, campaign, str(row["ad_group_id"]), str(row["ad_group_ad_ad_id"]), *cut] = _google(row)
        if (account, day) in days:
            own[_cell(row)] = _plus(own[_cell(row)], [-figure for figure in _google(row)])
    lines |= {key: figures for key, figures in own.items() if any(figures)}
    for row in ads.landed.rows(META, "ad_insights"):
        place = (row["date_start"], META, row["account"], row["campaign_id"], row["adset_id"], row["ad_id"])
        claimed = [_claim(row["actions"]), _claim(row["action_values"])]
        counts = [Fraction(row["impressions"] or 0), Fraction(row["clicks"] or 0), Fraction(row["spend"])]
        lines[*place, row["publisher_platform"].lower(), None] = [*counts, *claimed]
    found = {key: _told(ads, key, figures) for key, figures in lines.items()}
    for key, rest in _unlisted(ads, lines):
        found[key] = (*_told(ads, key, [*rest, Fraction(0), Fraction(0)])[:5], None, None)
    return found


def _cell(row: Row) -> Key:
    cut = (row["segments_ad_network_type"].lower(), row["segments_device"].lower())
    return (row["segments_date"], GOOGLE, row["account"], str(row["campaign_id"]), None, None, *cut)


def _plus(one: Sums, other: Sums) -> Sums:
    return [a + b for a, b in zip(one, other, strict=True)]


def _google(row: Row) -> Sums:
    counts = [Fraction(row["metrics_impressions"] or 0), Fraction(row["metrics_clicks"] or 0)]
    claimed = [Fraction(rounded(Fraction(row[name] or 0))) for name in ("metrics_conversions", "metrics_conversions_value")]
    return [*counts, Fraction(row["metrics_cost_micros"] or 0) / 10**6, *claimed]


def _claim(actions: list[Row] | None) -> Fraction:
    """The first type of purchase that is there under the ad's own attribution setting."""
    told = {action["action_type"]: action["value"] for action in actions or [] if action["action_window"] == "value"}
    return next((Fraction(told[kind]) for kind in CLAIMS if told.get(kind) is not None), Fraction(0))


def _told(ads: Ads, key: Key, figures: Sums) -> tuple[Any, ...]:
    day, platform, account = key[:3]
    place = (platform, account, day)
    spend, worth = (ads.value(place, figures[number]) for number in (2, 4))
    currency = ads.currencies.get(place) or ads.currencies.get((platform, account, None))
    values = [None if value is None else rounded(value) for value in (spend, worth)]
    return int(figures[0]), int(figures[1]), rounded(figures[2]), currency, values[0], rounded(figures[3]), values[1]


def _unlisted(ads: Ads, lines: dict[Key, Sums]) -> Iterator[tuple[Key, Sums]]:
    """What an account's total holds beyond all rows."""
    totals = [
        (row, GOOGLE, row["segments_date"], [row["metrics_impressions"] or 0, row["metrics_clicks"] or 0], row["metrics_cost_micros"] or 0)
        for row in ads.landed.rows(GOOGLE, "account_performance")
    ]
    totals += [
        (row, META, row["date_start"], [row["impressions"] or 0, row["clicks"] or 0], row["spend"] * 10**6)
        for row in ads.landed.rows(META, "account_insights")
    ]
    for row, platform, day, counts, micros in totals:
        rest = [*map(Fraction, counts), Fraction(micros) / 10**6]
        for key, figures in lines.items():
            if key[:3] == (day, platform, row["account"]):
                rest = _plus(rest, [-figure for figure in figures[:3]])
        if any(rest):
            yield (day, platform, row["account"], None, None, None, "unlisted", None), rest


class Seen:
    """Entities as they were when last seen, and whether they are in the newest list of their account."""

    def __init__(self, landed: Landed, source: str, stream: str, key: str) -> None:
        rows = [*landed.rows(source, stream)]
        newest: dict[str, date] = {}
        for row in rows:
            newest[row["account"]] = max(row["day"], newest.get(row["account"], row["day"]))
        self.rows = {str(row[key]): row for row in sorted(rows, key=lambda row: row["day"])}
        self.listed = {name for name, row in self.rows.items() if row["day"] == newest[row["account"]]}

    def gone(self, name: str, status: str) -> bool:
        return name not in self.listed or (self.rows[name][status] or "").lower() in {"removed", "deleted"}


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()


def campaigns(ads: Ads) -> dict[Key, tuple[Any, ...]]:
    """(platform, account, campaign) -> columns of dim_campaigns."""
    google, meta = Seen(ads.landed, GOOGLE, "campaign", "campaign_id"), Seen(ads.landed, META, "campaigns", "id")
    found = {}
    for (platform, number), known in ads.campaigns.items():
        account = known["account"]
        row = (google if platform == GOOGLE else meta).rows.get(number)
        name, zone = ads.accounts.get((platform, account), (None, None))[0], ads.zones.get((platform, account))
        shared = (name, ads.currencies.get((platform, account, None)), zone, known["name"])
        if row is None:
            own: tuple[Any, ...] = (_lower(known["kind"]) if platform == GOOGLE else None, None, None, None, None, None, True)
        elif platform == GOOGLE:
            status, times = row["campaign_status"].lower(), ("campaign_start_date_time", "campaign_end_date_time")
            begins, ends = (_local(row[key], zone) for key in times)
            own = (
                _lower(known["kind"]),
                status,
                status,
                row["campaign_final_url_suffix"],
                begins,
                ends,
                google.gone(number, "campaign_status"),
            )
        else:
            begins, ends = _moment(row["start_time"]), _moment(row["stop_time"])
            effective = row["effective_status"].lower()
            own = (_lower(row["objective"]), row["status"].lower(), effective, None, begins, ends, meta.gone(number, "effective_status"))
        found[platform, account, number] = (*shared, *own)
    return found


def _local(text: str | None, zone: str | None) -> datetime | None:
    told = _moment(text)
    return None if told is None or zone is None else told.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None)


def _moment(text: str | None) -> datetime | None:
    try:
        told = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return told.astimezone(UTC).replace(tzinfo=None) if told.tzinfo else told


def ad_rows(ads: Ads) -> dict[Key, tuple[Any, ...]]:
    """(platform, account, ad group, ad) -> columns of dim_ads."""
    listed, groups = Seen(ads.landed, GOOGLE, "ad_group_ad", "ad_group_ad_ad_id"), Seen(ads.landed, GOOGLE, "ad_group", "ad_group_id")
    found: dict[Key, tuple[Any, ...]] = {}
    for account, campaign, group, ad in _google_places(ads.landed, listed.rows.values()):
        row, place = listed.rows.get(ad), groups.rows.get(group) or defaultdict(lambda: None)
        known = ads.campaigns.get((GOOGLE, campaign), {"name": None, "tags": []})
        of_group = (place["ad_group_name"], _lower(place["ad_group_status"]), _lower(place["ad_group_type"]))
        tags = (row and row["ad_group_ad_ad_final_url_suffix"]) or (known["tags"] or [None])[0] or ads.suffixes.get(account) or None
        own: tuple[Any, ...] = (None, None, None, None, None, tags, True)
        if row:
            status = row["ad_group_ad_status"].lower()
            what = (
                row["ad_group_ad_ad_name"] or None,
                row["ad_group_ad_ad_type"].lower(),
                status,
                status,
                row["ad_group_ad_ad_final_urls"],
            )
            own = (*what, tags, listed.gone(ad, "ad_group_ad_status"))
        found[GOOGLE, account, group, ad] = (campaign, known["name"], *of_group, *own)
    return found | _meta_rows(ads)


def _google_places(landed: Landed, listed: Iterable[Row]) -> set[tuple[str, str, str, str]]:
    rows = [*listed, *landed.rows(GOOGLE, "ad_performance")]
    found = {(row["account"], str(row["campaign_id"]), str(row["ad_group_id"]), str(row["ad_group_ad_ad_id"])) for row in rows}
    for row in landed.rows(GOOGLE, "click_view"):
        if row["click_view_ad_group_ad"]:
            group, _, ad = row["click_view_ad_group_ad"].rpartition("/")[2].partition("~")
            found.add((row["account"], str(row["campaign_id"]), group, ad))
    return found


def _meta_rows(ads: Ads) -> dict[Key, tuple[Any, ...]]:
    listed, sets = Seen(ads.landed, META, "ads", "id"), Seen(ads.landed, META, "adsets", "id")
    found: dict[Key, tuple[Any, ...]] = {}
    for ad, known in ads.meta_ads.items():
        row, group = listed.rows.get(ad), sets.rows.get(known.group or "")
        of_set, of_ad = _named(ads, ad)
        own: tuple[Any, ...] = (of_ad, None, None, None, None, None, True)
        if row:
            link = (
                row["link_url"]
                or _path(row["object_story_spec"], "link_data", "link")
                or _path(row["asset_feed_spec"], "link_urls", 0, "website_url")
            )
            states = (row["status"].lower(), row["effective_status"].lower())
            own = (row["name"] or of_ad, None, *states, [link] if link else None, row["url_tags"], listed.gone(ad, "effective_status"))
        of_group = (group["name"] if group and group["name"] else of_set, group["status"].lower() if group else None, None)
        name = ads.campaigns.get((META, known.campaign or ""), {"name": None})["name"]
        found[META, known.account, known.group, ad] = (known.campaign, name, *of_group, *own)
    return found


def _named(ads: Ads, ad: str) -> tuple[str | None, str | None]:
    """The newest names of an ad's set and of the ad in its figures; of several on a day the last by name."""
    rows = [row for row in ads.landed.rows(META, "ad_insights") if row["ad_id"] == ad]
    found = []
    for name in ("adset_name", "ad_name"):
        told = sorted((row["day"], row[name]) for row in rows if row[name])
        found.append(told[-1][1] if told else None)
    return found[0], found[1]


def _path(text: str | None, *steps: str | int) -> str | None:
    try:
        value: Any = json.loads(text or "")
        for step in steps:
            value = value[step]
    except (ValueError, TypeError, LookupError):
        return None
    return value.strip() or None if isinstance(value, str) else None


PERFORMANCE = (
    ("date", "platform", "account_id", "campaign_id", "ad_group_id", "ad_id", "placement", "device_category"),
    ("impressions", "clicks", "account_spend", "account_currency", "spend", "platform_conversions", "platform_conversion_value"),
)
CAMPAIGNS = (
    ("platform", "account_id", "campaign_id"),
    (
        *("account_name", "account_currency", "account_time_zone", "campaign_name", "campaign_type", "status", "effective_status"),
        *("url_tags", "started_at", "ended_at", "is_deleted"),
    ),
)
ADS = (
    ("platform", "account_id", "ad_group_id", "ad_id"),
    (
        *("campaign_id", "campaign_name", "ad_group_name", "ad_group_status", "ad_group_type"),
        *("ad_name", "ad_type", "status", "effective_status", "final_urls", "url_tags", "is_deleted"),
    ),
)
