"""The streams of Google Ads (docs/landing.md): columns, keys, and how a range becomes queries."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from extractors.google_ads.client import GoogleAds
from extractors.google_ads.columns import Query, columns
from extractors.google_ads.windows import SHORTEST, restatement_days
from extractors.stream import Account, Batch, Days, Item, Kind, Restart, Stream

_MEASURED = (
    " metrics.impressions:i metrics.clicks:i metrics.interactions:i metrics.cost_micros:i metrics.conversions:f"
    " metrics.conversions_value:f metrics.all_conversions:f"
)
_METRICS = f"{_MEASURED} metrics.view_through_conversions:i"
_BY_DAY = "segments.date!:d segments.device!:s segments.ad_network_type!:s campaign.id!:i "
_COST = ("metrics_cost_micros",)


def _snapshot(query: Query, client: GoogleAds, account: Account, days: Days) -> Iterator[Item]:
    for answer in client.chunks(query, account.id):
        yield answer if isinstance(answer, Restart) else Batch(days.last, answer)


def _daily(query: Query, client: GoogleAds, account: Account, days: Days) -> Iterator[Item]:
    """The whole range in one query."""
    for answer in client.over(query, account.id, days):
        if isinstance(answer, pa.RecordBatch):
            yield from by_day(answer)
        else:
            yield answer


def _day_by_day(query: Query, client: GoogleAds, account: Account, days: Days) -> Iterator[Item]:
    """One query a day: click_view takes a filter on a single day only."""
    for day in days:
        yield from _daily(query, client, account, Days(day, day))


def by_day(rows: pa.RecordBatch) -> Iterator[Batch]:
    """The rows of each day of ``segments_date``, days in order."""
    order = pc.sort_indices(rows.column("segments_date"))
    in_order, first = rows.take(order), 0
    for found in pc.value_counts(in_order.column("segments_date")).to_pylist():
        yield Batch(found["values"], in_order.slice(first, found["counts"]))
        first += found["counts"]


def query_of(stream: Stream) -> Query:
    """What the stream asks."""
    assert isinstance(stream.extract, partial)
    query = stream.extract.args[0]
    assert isinstance(query, Query)
    return query


def _entities(name: str, keys: tuple[str, ...], fields: str, description: str) -> Stream:
    query = Query(name, columns(fields))
    return Stream(name, Kind.SNAPSHOT, query.schema, keys, partial(_snapshot, query), description=description)


def _facts(name: str, resource: str, keys: tuple[str, ...], fields: str, description: str) -> Stream:
    query = Query(resource, columns(fields), dated=True)
    clicks = resource == "click_view"
    return Stream(
        name,
        Kind.DAILY,
        query.schema,
        keys,
        partial(_day_by_day if clicks else _daily, query),
        date_column="segments_date",
        # Conversions are booked on the day of the click for weeks after it; clicks are marked invalid within days.
        restatement_days=3 if clicks else SHORTEST,
        window=None if clicks else restatement_days,
        # Google answers for 90 days; what landed is the only copy from then on.
        first_run_days=90 if clicks else None,
        by_day=clicks,
        control_columns=() if clicks else _COST,
        description=description,
    )


STREAMS: tuple[Stream, ...] = (
    _entities(
        "customer",
        ("customer_id",),
        "customer.id!:i customer.descriptive_name:s customer.currency_code!:s customer.time_zone!:s customer.auto_tagging_enabled:b "
        "customer.final_url_suffix:s customer.manager:b customer.status:s",
        "The account itself. One row per account.",
    ),
    _entities(
        "campaign",
        ("campaign_id",),
        "campaign.id!:i campaign.name:s campaign.status:s campaign.advertising_channel_type:s campaign.final_url_suffix:s "
        "campaign.start_date_time:s campaign.end_date_time:s",
        "Campaigns, removed ones too. One row per campaign.",
    ),
    _entities(
        "ad_group",
        ("ad_group_id",),
        "campaign.id!:i ad_group.id!:i ad_group.name:s ad_group.status:s ad_group.type:s",
        "Ad groups. One row per ad group.",
    ),
    _entities(
        "ad_group_ad",
        ("ad_group_id", "ad_group_ad_ad_id"),
        "campaign.id!:i ad_group.id!:i ad_group_ad.ad.id!:i ad_group_ad.ad.name:s ad_group_ad.ad.type:s ad_group_ad.status:s "
        "ad_group_ad.ad.final_urls:ls ad_group_ad.ad.final_url_suffix:s",
        "Ads. One row per ad in an ad group.",
    ),
    _entities(
        "asset_group",
        ("asset_group_id",),
        "campaign.id!:i asset_group.id!:i asset_group.name:s asset_group.status:s asset_group.final_urls:ls",
        "Asset groups of Performance Max campaigns. One row per asset group.",
    ),
    _entities(
        "video",
        ("video_id",),
        "video.id!:s video.title:s video.channel_id:s video.duration_millis:i",
        "YouTube videos that ads use; duration in milliseconds. One row per video.",
    ),
    _entities(
        "conversion_action",
        ("conversion_action_id",),
        "conversion_action.id!:i conversion_action.name:s conversion_action.category:s conversion_action.status:s "
        "conversion_action.click_through_lookback_window_days:i conversion_action.view_through_lookback_window_days:i "
        "conversion_action.primary_for_goal:b",
        "What the account counts as a conversion, and for how many days after a click or a view. One row per conversion action.",
    ),
    _facts(
        "ad_performance",
        "ad_group_ad",
        ("segments_date", "campaign_id", "ad_group_id", "ad_group_ad_ad_id", "segments_device", "segments_ad_network_type"),
        _BY_DAY + "ad_group.id!:i ad_group_ad.ad.id!:i" + _METRICS,
        "What ads showed and cost, money in micros. One row per ad, day, device and network; Performance Max has none.",
    ),
    _facts(
        "campaign_performance",
        "campaign",
        ("segments_date", "campaign_id", "segments_device", "segments_ad_network_type"),
        _BY_DAY + "campaign.advertising_channel_type:s" + _METRICS,
        "What campaigns showed and cost, money in micros. One row per campaign, day, device and network.",
    ),
    _facts(
        "account_performance",
        "customer",
        ("segments_date", "customer_id"),
        "segments.date!:d customer.id!:i customer.currency_code!:s" + _METRICS,
        "The platform's own total, money in micros of the account's currency. One row per account and day.",
    ),
    _facts(
        "keyword_view",
        "keyword_view",
        ("segments_date", "campaign_id", "ad_group_id", "ad_group_criterion_criterion_id"),
        "segments.date!:d campaign.id!:i ad_group.id!:i ad_group_criterion.criterion_id!:i ad_group_criterion.keyword.text:s "
        "ad_group_criterion.keyword.match_type:s" + _METRICS,
        "What keywords showed and cost, money in micros. One row per keyword of an ad group and day.",
    ),
    _facts(
        "asset_group_performance",
        "asset_group",
        ("segments_date", "campaign_id", "asset_group_id"),
        "segments.date!:d campaign.id!:i asset_group.id!:i" + _MEASURED,
        "What Performance Max showed and cost, money in micros. One row per asset group and day.",
    ),
    _facts(
        "click_view",
        "click_view",
        ("segments_date", "click_view_gclid"),
        "segments.date!:d click_view.gclid!:s click_view.ad_group_ad:s click_view.keyword:s click_view.keyword_info.text:s "
        "click_view.keyword_info.match_type:s click_view.page_number:i campaign.id:i ad_group.id:i segments.ad_network_type:s "
        "segments.device:s",
        "Clicks, valid and invalid, 90 days back. One row per click id and day.",
    ),
)
