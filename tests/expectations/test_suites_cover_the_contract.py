"""The suites cover every stream that docs/landing.md promises, and their value sets are the vendors' own."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pyarrow as pa
import pytest
from documented_streams import documented
from staged_partitions import STREAMS

from expectations.landing import facebook_ads, google_ads
from expectations.landing.suites import ROW_DAY, extras_of, partition_checks, row_checks
from expectations.results import CRITICAL


@pytest.mark.parametrize("source", sorted(STREAMS))
def test_streams_suites_and_documentation_are_the_same(source: str) -> None:
    promised = {stream.name: stream for stream in documented()[source]}
    assert set(import_module(f"expectations.landing.{source}").EXTRAS) == set(promised)
    for stream in STREAMS[source]:
        told = promised.pop(stream.name)
        assert (stream.kind, stream.keys, stream.date_column) == (told.kind, told.keys, told.date_column)
        assert {field.name: (field.type, field.nullable) for field in stream.schema} == {
            field.name: (field.type, field.nullable) for field in told.schema
        }
    assert promised == {}


def test_the_number_of_streams() -> None:
    assert {source: len(streams) for source, streams in STREAMS.items()} == {
        "google_ads": 13, "facebook_ads": 6, "klaviyo": 7, "mailchimp": 4, "ga4": 1, "matomo": 2, "exchange_rates": 1,
        "first_party": 2,
    }  # fmt: skip


@pytest.mark.parametrize(("source", "name"), [(source, stream.name) for source in STREAMS for stream in STREAMS[source]])
def test_every_check_reads_a_field_of_its_stream(source: str, name: str) -> None:
    stream = next(stream for stream in STREAMS[source] if stream.name == name)
    extras = extras_of(source, name)
    checks = row_checks(stream, extras)
    read = {column for check in checks for column in check.columns}
    lists = {field.name: field.type.value_type for field in stream.schema if pa.types.is_list(field.type)}
    of_records = {f"{name}.{field.name}" for name, of in lists.items() if pa.types.is_struct(of) for field in of}
    assert read - {"_account", "_dt", ROW_DAY} <= set(stream.schema.names) | of_records
    assert extras.money is None or extras.money in stream.control_columns
    assert extras.part_of is None or extras.part_of in {other.name for other in STREAMS[source]}
    required = {field.name for field in stream.schema if not field.nullable}
    assert {c.columns[0] for c in checks if c.kind == "ExpectColumnValuesToNotBeNull" and c.severity == CRITICAL} >= required
    assert len(partition_checks(extras)) == 12 + bool(extras.at_least) + 2 * bool(extras.breakdown)


def names(enum: Any) -> set[str]:
    return {member.name for member in enum}


def test_the_sets_of_google_ads_are_the_enums_of_its_client() -> None:
    enums = import_module("google.ads.googleads.v26.enums.types")
    of = {
        "device.DeviceEnum.Device": google_ads.DEVICES,
        "ad_network_type.AdNetworkTypeEnum.AdNetworkType": google_ads.NETWORKS,
        "campaign_status.CampaignStatusEnum.CampaignStatus": google_ads.STATUSES,
        "ad_group_status.AdGroupStatusEnum.AdGroupStatus": google_ads.STATUSES,
        "ad_group_ad_status.AdGroupAdStatusEnum.AdGroupAdStatus": google_ads.STATUSES,
        "customer_status.CustomerStatusEnum.CustomerStatus": google_ads.CUSTOMER_STATUSES,
        "advertising_channel_type.AdvertisingChannelTypeEnum.AdvertisingChannelType": google_ads.CHANNELS,
        "asset_group_status.AssetGroupStatusEnum.AssetGroupStatus": google_ads.STATUSES,
        "conversion_action_status.ConversionActionStatusEnum.ConversionActionStatus": google_ads.CONVERSION_STATUSES,
        "conversion_action_category.ConversionActionCategoryEnum.ConversionActionCategory": google_ads.CONVERSION_CATEGORIES,
        "keyword_match_type.KeywordMatchTypeEnum.KeywordMatchType": google_ads.MATCH_TYPES,
    }
    for path, values in of.items():
        module, message, enum = path.split(".")
        assert set(values) == names(getattr(getattr(import_module(f"{enums.__name__}.{module}"), message), enum)), path


def test_the_statuses_of_meta_are_those_of_its_client() -> None:
    effective: set[str] = set()
    for module, name in (("campaign", "Campaign"), ("adset", "AdSet"), ("ad", "Ad")):
        node = getattr(import_module(f"facebook_business.adobjects.{module}"), name)
        told = {value for key, value in vars(node.Status).items() if not key.startswith("_")}
        assert told == set(facebook_ads.STATUSES)
        effective |= {value for key, value in vars(node.EffectiveStatus).items() if not key.startswith("_")}
    assert effective == set(facebook_ads.EFFECTIVE_STATUSES)
