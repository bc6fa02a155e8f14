"""The parameters of an insights call, checked as Graph checks them.

https://developers.facebook.com/docs/marketing-api/insights/parameters. Of the breakdowns the recorded rows know
``publisher_platform`` alone; another one is refused with code 100 rather than answered wrongly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sandbox.emulators.facebook_ads.errors import GraphError, bad_parameter
from sandbox.emulators.facebook_ads.filtering import Condition, json_parameter, list_parameter, parse_filtering, words

LEVELS = ("account", "campaign", "adset", "ad")
COUNTS = ("impressions", "clicks", "inline_link_clicks", "spend")
ACTION_LISTS = ("actions", "action_values", "outbound_clicks")
NAMES = {
    "account": ("account_id", "account_name", "account_currency"),
    "campaign": ("campaign_id", "campaign_name"),
    "adset": ("adset_id", "adset_name"),
    "ad": ("ad_id", "ad_name"),
}
RATES = ("cpc", "cpm", "ctr", "inline_link_click_ctr", "cost_per_inline_link_click", "cost_per_action_type")
WITHOUT_DATA = words(
    "reach frequency cpp unique_clicks unique_ctr unique_actions unique_inline_link_clicks inline_post_engagement social_spend "
    "objective buying_type optimization_goal created_time updated_time conversions conversion_values cost_per_conversion "
    "cost_per_unique_click cost_per_unique_action_type cost_per_outbound_click unique_outbound_clicks outbound_clicks_ctr "
    "purchase_roas website_purchase_roas website_ctr quality_ranking engagement_rate_ranking conversion_rate_ranking "
    "video_play_actions video_p25_watched_actions video_p50_watched_actions video_p75_watched_actions video_p95_watched_actions "
    "video_p100_watched_actions video_thruplay_watched_actions video_avg_time_watched_actions video_30_sec_watched_actions results "
    "cost_per_result full_view_impressions full_view_reach"
)
"""Valid fields for which nothing is recorded: they are accepted and absent, as a metric without a value is."""
FIELDS = {*COUNTS, *ACTION_LISTS, *RATES, *WITHOUT_DATA, "date_start", "date_stop", "attribution_setting", *sum(NAMES.values(), ())}
WINDOWS = ("1d_click", "7d_click", "28d_click", "1d_view", "1d_ev")
RETIRED_WINDOWS = ("7d_view", "28d_view", "default", "dda", "incrementality")
"""Accepted; the two views return nothing since 12 January 2026."""
PRESET_DAYS = {"yesterday": 1, "last_3d": 3, "last_7d": 7, "last_14d": 14, "last_28d": 28, "last_30d": 30, "last_90d": 90}
HISTORY_MONTHS = 37


@dataclass(frozen=True)
class Query:
    """One insights question. ``increment`` is a number of days, or None for the whole range in one row."""

    fields: tuple[str, ...]
    level: str
    first: date
    last: date
    increment: int | None
    breakdowns: tuple[str, ...]
    conditions: tuple[Condition, ...]
    windows: tuple[str, ...]
    sort: tuple[str, ...]

    @property
    def days(self) -> int:
        """Length of the range."""
        return (self.last - self.first).days + 1


def parse_query(params: Mapping[str, str], node_kind: str, today: date) -> Query:
    """The question of a call on a node of that kind; GraphError 100 for what Graph does not take."""
    level = params.get("level") or node_kind
    if level not in LEVELS:
        raise bad_parameter(f"level must be one of the following values: {', '.join(LEVELS)}")
    fields = list_parameter("fields", params.get("fields"))
    unknown = [name for name in fields if name not in FIELDS]
    if unknown:
        raise bad_parameter(
            f"{', '.join(unknown)} are not valid for fields param. please check the ads-insights reference for valid values"
        )
    breakdowns = list_parameter("breakdowns", params.get("breakdowns"))
    if any(name != "publisher_platform" for name in breakdowns):
        raise bad_parameter("breakdowns[0] must be one of the following values: publisher_platform")
    windows = list_parameter("action_attribution_windows", params.get("action_attribution_windows"))
    if any(name not in WINDOWS + RETIRED_WINDOWS for name in windows):
        raise bad_parameter(f"action_attribution_windows[0] must be one of the following values: {', '.join(WINDOWS)}")
    first, last = _range(params, today)
    return Query(
        fields=tuple(fields) or ("account_id", "impressions", "spend"),
        level=level,
        first=first,
        last=last,
        increment=_increment(params.get("time_increment")),
        breakdowns=tuple(breakdowns),
        conditions=tuple(parse_filtering(params.get("filtering"))),
        windows=tuple(windows),
        sort=tuple(list_parameter("sort", params.get("sort"))),
    )


def _increment(text: str | None) -> int | None:
    if not text or text == "all_days":
        return None
    if text.isdigit() and 1 <= int(text) <= 90:
        return int(text)
    raise bad_parameter("time_increment must be 'all_days' or a number of days from 1 to 90")


def _range(params: Mapping[str, str], today: date) -> tuple[date, date]:
    if params.get("time_range"):
        given: Any = json_parameter("time_range", params["time_range"])
        try:
            first, last = date.fromisoformat(given["since"]), date.fromisoformat(given["until"])
        except (KeyError, TypeError, ValueError):
            raise bad_parameter("time_range must be {'since':'YYYY-MM-DD','until':'YYYY-MM-DD'}") from None
    else:
        preset = params.get("date_preset") or "last_30d"
        if preset == "today":
            return today, today
        if preset == "maximum":
            return today - timedelta(days=30 * HISTORY_MONTHS), today
        if preset not in PRESET_DAYS:
            raise bad_parameter(f"date_preset must be one of the following values: today, maximum, {', '.join(PRESET_DAYS)}")
        return today - timedelta(days=PRESET_DAYS[preset]), today - timedelta(days=1)
    if last < first:
        raise bad_parameter("time_range: since must be before until")
    oldest = today.year * 12 + today.month - HISTORY_MONTHS
    if first.year * 12 + first.month < oldest:
        raise GraphError(3018, "(#3018) The start date of the time range cannot be beyond 37 months from the current date", subcode=1504033)
    return first, last
