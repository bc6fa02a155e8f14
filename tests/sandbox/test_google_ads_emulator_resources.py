"""Keywords, asset groups, videos and conversion actions of the Google Ads emulator, asked by the official client."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from google.oauth2.credentials import Credentials
from google_ads_asking import CLIENT, MANAGER, RANGE, ask, refusal, running, service, world

from sandbox.emulators.google_ads import GoogleAdsEmulator


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GoogleAdsEmulator]:
    yield from running(tmp_path_factory.mktemp("rows"))


def test_keywords_sum_their_ads_and_name_their_criterion(server: GoogleAdsEmulator) -> None:
    query = (
        "SELECT ad_group_criterion.criterion_id, ad_group_criterion.keyword.text, campaign.name{} , metrics.cost_micros FROM keyword_view"
    )
    found = ask(server, query.format(", segments.date") + f" WHERE {RANGE}")
    assert len(found) == 10
    assert sum(row.metrics.cost_micros for row in found) == 10 * world.DAY_AD_COST
    assert {(row.ad_group_criterion.criterion_id, row.ad_group_criterion.keyword.text, row.campaign.name) for row in found} == {
        (71, "café em grãos", "Busca")
    }
    assert found[0].keyword_view.resource_name == f"customers/{CLIENT}/keywordViews/21~71"
    assert found[0].ad_group_criterion.resource_name == f"customers/{CLIENT}/adGroupCriteria/21~71"
    # Without a segment the keyword that brought nothing has its row too.
    whole = {row.ad_group_criterion.criterion_id: row.metrics.cost_micros for row in ask(server, query.format(""))}
    assert whole == {71: 10 * world.DAY_AD_COST, 72: 0}


def test_asset_groups_sum_to_their_campaign(server: GoogleAdsEmulator) -> None:
    query = f"SELECT asset_group.id, asset_group.name, segments.device, metrics.cost_micros, metrics.clicks FROM asset_group WHERE {RANGE}"
    found = {(row.asset_group.id, row.asset_group.name): 0 for row in ask(server, query)}
    for row in ask(server, query):
        found[(row.asset_group.id, row.asset_group.name)] += row.metrics.cost_micros
    assert found == {(61, "Group 61"): 10_000_000, (62, "Group 62"): 30_000_000}
    (campaign,) = ask(server, f"SELECT campaign.id, metrics.cost_micros FROM campaign WHERE campaign.id = 12 AND {RANGE}")
    assert sum(found.values()) == campaign.metrics.cost_micros
    (named,) = ask(server, "SELECT asset_group.id, campaign.name FROM asset_group WHERE asset_group.id = 61")
    assert (named.campaign.name, named.asset_group.resource_name) == ("PMax", f"customers/{CLIENT}/assetGroups/61")


def test_videos_and_conversion_actions_are_entities(server: GoogleAdsEmulator) -> None:
    (video,) = ask(server, "SELECT video.id, video.title, video.channel_id, video.duration_millis FROM video")
    assert (video.video.id, video.video.channel_id, video.video.duration_millis) == ("dQ1aB2cD3eF", "UC1", 61_500)
    assert video.video.resource_name == f"customers/{CLIENT}/videos/dQ1aB2cD3eF"
    query = "SELECT conversion_action.id, conversion_action.click_through_lookback_window_days FROM conversion_action"
    found = ask(server, query + " WHERE conversion_action.status = 'ENABLED'")
    assert [(row.conversion_action.id, row.conversion_action.click_through_lookback_window_days) for row in found] == [(81, 30)]
    assert found[0].conversion_action.resource_name == f"customers/{CLIENT}/conversionActions/81"
    assert ask(server, query, MANAGER) == []


@pytest.mark.parametrize("resource", ["keyword_view", "asset_group", "video", "conversion_action"])
def test_an_absent_file_has_no_rows(server: GoogleAdsEmulator, resource: str) -> None:
    entity = {"keyword_view": "ad_group_criterion.criterion_id"}.get(resource, f"{resource}.id")
    assert ask(server, f"SELECT {entity} FROM {resource}", world.OTHER) == []


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("SELECT ad_group.id FROM asset_group", "PROHIBITED_RESOURCE_TYPE_IN_SELECT_CLAUSE"),
        ("SELECT ad_group_ad.ad.id FROM keyword_view", "PROHIBITED_RESOURCE_TYPE_IN_SELECT_CLAUSE"),
        ("SELECT ad_group_criterion.criterion_id FROM ad_group", "PROHIBITED_RESOURCE_TYPE_IN_SELECT_CLAUSE"),
        ("SELECT conversion_action.id, metrics.clicks FROM conversion_action", "PROHIBITED_METRIC_IN_SELECT_OR_WHERE_CLAUSE"),
        ("SELECT asset_group.id, segments.date, metrics.clicks FROM asset_group", "EXPECTED_FILTERS_ON_DATE_RANGE"),
    ],
)
def test_refuses_what_cannot_be_joined(server: GoogleAdsEmulator, query: str, name: str) -> None:
    refused: Any = refusal(lambda: ask(server, query))
    assert refused[:2] == ("query_error", name)


def fields(server: GoogleAdsEmulator, query: str, **options: Any) -> list[Any]:
    return list(service(server, name="GoogleAdsFieldService").search_google_ads_fields(request={"query": query, **options}, timeout=10))


def test_the_field_service_tells_what_may_be_selected(server: GoogleAdsEmulator) -> None:
    names = (
        "'campaign.labels', 'campaign.status', 'campaign.network_settings', 'metrics.ctr', 'segments.date', 'campaign.id', 'ad_group.type'"
    )
    told = fields(
        server, f"SELECT name, category, data_type, selectable, filterable, sortable, is_repeated WHERE name IN ({names}) ORDER BY name"
    )
    members = told[0].DESCRIPTOR.fields_by_name
    names_of = {member: {value.number: value.name for value in members[member].enum_type.values} for member in ("category", "data_type")}
    assert [
        (one.name, names_of["category"][one.category], names_of["data_type"][one.data_type], one.selectable, one.sortable, one.is_repeated)
        for one in told
    ] == [
        ("ad_group.type", "ATTRIBUTE", "ENUM", True, True, False),
        ("campaign.id", "ATTRIBUTE", "INT64", True, True, False),
        ("campaign.labels", "ATTRIBUTE", "STRING", True, False, True),
        ("campaign.network_settings", "ATTRIBUTE", "MESSAGE", False, False, False),
        ("campaign.status", "ATTRIBUTE", "ENUM", True, True, False),
        ("metrics.ctr", "METRIC", "DOUBLE", True, True, False),
        ("segments.date", "SEGMENT", "DATE", True, True, False),
    ]
    assert told[0].resource_name == "googleAdsFields/ad_group.type"


def test_the_field_service_tells_what_goes_together(server: GoogleAdsEmulator) -> None:
    (group,) = fields(server, "SELECT name, attribute_resources, metrics, segments, selectable_with WHERE name = 'ad_group'")
    assert list(group.attribute_resources) == ["campaign", "customer"]
    assert "metrics.cost_micros" in group.metrics
    assert "segments.date" in group.segments
    assert set(group.selectable_with) == {*group.attribute_resources, *group.metrics, *group.segments}
    (clicks,) = fields(server, "SELECT metrics WHERE name = 'click_view'")
    assert list(clicks.metrics) == ["metrics.clicks"]
    assert clicks.name == ""
    assert fields(server, "SELECT name WHERE name = 'campaign.nonsense'") == []
    # What it calls selectable can be selected.
    text = ", ".join(one.name for one in fields(server, "SELECT name WHERE name LIKE 'campaign.%' AND selectable = TRUE"))
    assert len(ask(server, f"SELECT {text} FROM campaign")) == 2


def test_the_field_service_pages_and_refuses(server: GoogleAdsEmulator) -> None:
    whole = [one.name for one in fields(server, "SELECT name WHERE category = 'RESOURCE'")]
    assert len(whole) == len(set(whole)) > 150
    assert [one.name for one in fields(server, "SELECT name WHERE category = 'RESOURCE'", page_size=50)] == whole
    for query, name in (
        ("SELECT name FROM google_ads_field", "UNEXPECTED_FROM_CLAUSE"),
        ("SELECT nonsense", "UNRECOGNIZED_FIELD"),
        ("SELECT name WHERE category = 'NONSENSE'", "BAD_ENUM_CONSTANT"),
    ):
        assert refusal(lambda query=query: fields(server, query))[:2] == ("query_error", name)
    unsigned = service(server, name="GoogleAdsFieldService", signed=Credentials("made-up"))
    refused = refusal(lambda: unsigned.search_google_ads_fields(request={"query": "SELECT name"}, timeout=10))
    assert refused[:2] == ("authentication_error", "OAUTH_TOKEN_INVALID")
