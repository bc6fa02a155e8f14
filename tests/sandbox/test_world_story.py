"""The scripted customer: the touchpoints in the truth, and the rows from which a pipeline has to find them."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from simulated import START, ga4, ndjson, truth, world

from sandbox.world.campaigns import meta_ads
from sandbox.world.story import EMAIL, NUMBER

HASH = hashlib.sha256(EMAIL.encode()).hexdigest()
# day, type, channel, journey, stage
EXPECTED = [
    (0, "ad_click", "Paid Social", 1, "awareness"),
    (7, "site_visit", "Organic Search", 1, "consideration"),
    (7, "product_view", "Organic Search", 1, "consideration"),
    (7, "chat", "Organic Search", 1, "consideration"),
    (7, "lead_capture", "Organic Search", 1, "consideration"),
    (8, "email_delivered", "Email", 1, "consideration"),
    (8, "email_open", "Email", 1, "consideration"),
    (15, "email_delivered", "Email", 1, "consideration"),
    (15, "email_open", "Email", 1, "consideration"),
    (15, "email_click", "Email", 1, "consideration"),
    (15, "site_visit", "Organic Video", 1, "decision"),
    (15, "product_view", "Organic Video", 1, "consideration"),
    (15, "checkout", "Organic Video", 1, "decision"),
    (15, "purchase", "Organic Video", 1, "decision"),
    (15, "email_delivered", "Email", 2, "post_purchase"),
    (15, "email_open", "Email", 2, "post_purchase"),
    (16, "site_visit", "Direct", 2, "post_purchase"),
    (16, "loyalty_join", "Direct", 2, "post_purchase"),
    (30, "site_visit", "Direct", 2, "post_purchase"),
    (30, "product_view", "Direct", 2, "post_purchase"),
    (30, "checkout", "Direct", 2, "post_purchase"),
    (30, "purchase", "Direct", 2, "post_purchase"),
    (32, "site_visit", "Direct", 3, "post_purchase"),
    (32, "support", "Direct", 3, "post_purchase"),
]


def story_touches(**options: Any) -> list[dict[str, Any]]:
    return [row for row in truth(world(**options), "touchpoints") if row["person_id"] == "STORY"]


@pytest.mark.parametrize("options", [{}, {"seed": 11, "days": 34, "scale": 0.02}])
def test_the_story_is_told_whatever_the_seed(options: dict[str, Any]) -> None:
    rows = story_touches(**options)
    told = [
        ((row["day"] - START) // timedelta(days=1), row["touchpoint_type"], row["channel"], row["journey_number"], row["stage"])
        for row in rows
    ]
    assert told == EXPECTED
    assert not any(row["is_machine"] or row["on_shared_device"] for row in rows)


def test_the_first_touch_is_an_instagram_ad_whose_id_is_in_the_url() -> None:
    first = story_touches()[0]
    ad = meta_ads()[0]
    assert (first["platform"], first["campaign_id"], first["ad_group_id"], first["ad_id"]) == (
        "facebook_ads",
        ad.campaign_id,
        ad.adset_id,
        ad.ad_id,
    )
    landing = next(row for row in ga4(world()) if row["user_pseudo_id"] == first["device"] and row["event_name"] == "page_view")
    assert f"utm_content={ad.ad_id}" in landing["params"]["page_location"]
    assert f"fbclid={first['click_id']}" in landing["params"]["page_location"]
    assert landing["collected_traffic_source"]["manual_source"] == "instagram"
    assert landing["collected_traffic_source"]["manual_medium"] == "paid_social"
    assert landing["collected_traffic_source"]["manual_content"] == ad.ad_id
    placed = [
        row for row in ndjson(world(), "facebook_ads/*/insights.ndjson") if (row["date_start"], row["ad_id"]) == ("2026-01-01", ad.ad_id)
    ]
    assert {row["publisher_platform"] for row in placed} >= {"instagram"}


def test_lead_login_and_profile_tie_both_devices_to_one_person() -> None:
    devices = {row["device"] for row in story_touches() if row["device"]}
    rows = [row for row in ga4(world()) if row["user_pseudo_id"] in devices]
    shown = [(row["event_name"], row["user_id"], row["params"].get("email_sha256")) for row in rows]
    assert len(devices) == 2
    assert [name for name, _, sha in shown if sha == HASH] == ["generate_lead", "login"]
    assert [(name, sha is None) for name, user, sha in shown if name == "login" and user == f"cliente-{NUMBER}"] == [
        ("login", False),
        ("login", True),
    ]
    profile = [row for row in ndjson(world(), "klaviyo/*/profiles.ndjson") if row["attributes"]["email"] == EMAIL]
    assert [(row["attributes"]["external_id"], "_until" in row) for row in profile] == [(None, True), (f"cliente-{NUMBER}", False)]
    known = {(row["identifier_type"], row["identifier"]) for row in truth(world(), "identifiers") if row["person_id"] == "STORY"}
    assert known == {("email_sha256", HASH), ("user_id", f"cliente-{NUMBER}"), *(("device", device) for device in devices)}


def test_the_newsletters_click_goes_to_youtube_and_the_sale_comes_from_there() -> None:
    profile = next(row["id"] for row in ndjson(world(), "klaviyo/*/profiles.ndjson") if row["attributes"]["email"] == EMAIL)
    metrics = {row["id"]: row["attributes"]["name"] for row in ndjson(world(), "klaviyo/*/metrics.ndjson")}
    mine = [row for row in ndjson(world(), "klaviyo/*/events.ndjson") if row["relationships"]["profile"]["data"]["id"] == profile]
    names = [metrics[row["relationships"]["metric"]["data"]["id"]] for row in mine]
    assert names == ["Received Email", "Opened Email", "Received Email", "Opened Email", "Clicked Email", "Received Email", "Opened Email"]
    assert "youtube.com" in mine[4]["attributes"]["event_properties"]["URL"]
    sale = next(row for row in ga4(world()) if row["ecommerce"] and row["ecommerce"]["transaction_id"] == "FC-STORY-1")
    session = [
        row
        for row in ga4(world())
        if row["user_pseudo_id"] == sale["user_pseudo_id"] and row["params"]["ga_session_id"] == sale["params"]["ga_session_id"]
    ]
    assert session[0]["params"]["page_referrer"] == "https://www.youtube.com/"
    assert [row["conversion_type"] for row in truth(world(), "conversions") if row["person_id"] == "STORY"].count("purchase") == 2
