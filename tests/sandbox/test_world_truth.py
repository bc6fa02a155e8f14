"""The truth against the rows: what can be counted from both sides has to agree."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from shop_rows import is_known, shop_events
from simulated import final, ga4, ndjson, truth, world
from sitewise import Key, clock_is_possible, kept_rows, sessions, table_day

from sandbox.world.campaigns import google_campaigns, meta_ads
from sandbox.world.touches import TYPES


@pytest.fixture(scope="module")
def kept() -> list[dict[str, Any]]:
    return kept_rows(world())


def test_arrivals_are_the_sessions_whichever_way_they_are_told_apart(kept: list[dict[str, Any]]) -> None:
    by_gap = sessions(kept)
    by_id = {(row["user_pseudo_id"], row["params"]["ga_session_id"]) for row in kept if "ga_session_id" in row["params"]}
    without = {key for key, rows in by_gap.items() if "ga_session_id" not in rows[0]["params"]}
    assert all(len({row["params"].get("ga_session_id") for row in rows}) == 1 for rows in by_gap.values())
    assert len(by_id) + len(without) == len(by_gap)
    assert len(without) > 10
    seen = [row for row in truth(world(), "touchpoints") if row["source_system"] == "ga4"]
    arrivals = [row for row in seen if row["touchpoint_type"] in ("ad_click", "site_visit")]
    told = {(row["device"], round(row["occurred_at"].timestamp() * 1e6)) for row in arrivals}
    assert told == set(by_gap)
    assert len(arrivals) == len(by_gap)


def test_every_mapped_event_is_a_touchpoint_and_no_other(kept: list[dict[str, Any]]) -> None:
    counted = Counter(
        (TYPES[row["event_name"]], row["user_pseudo_id"], row["event_timestamp"]) for row in kept if row["event_name"] in TYPES
    )
    told = Counter(
        (row["touchpoint_type"], row["device"], round(row["occurred_at"].timestamp() * 1e6))
        for row in truth(world(), "touchpoints")
        if row["touchpoint_type"] in set(TYPES.values()) and row["source_system"] == "ga4"
    )
    assert counted == told
    assert {kind for kind, _, _ in told} == set(TYPES.values())


def test_ad_clicks_are_the_sessions_with_a_click_id_or_an_ads_id(kept: list[dict[str, Any]]) -> None:
    ads = {ad.ad_id for ad in meta_ads()}
    found: dict[Key, tuple[str, str | None]] = {}
    for key, rows in sessions(kept).items():
        tags = {name: values[0] for name, values in parse_qs(urlsplit(rows[0]["params"]["page_location"]).query).items()}
        ad = next((tags[name] for name in ("ad_id", "utm_content") if tags.get(name) in ads), None)
        paid = "paid" in tags.get("utm_medium", "") or "cp" in tags.get("utm_medium", "").lower()
        if tags.get("gclid") or ad or (tags.get("fbclid") and paid):
            found[key] = (tags.get("gclid") or tags.get("fbclid") or "", ad)
    clicks = {row["click_view"]["gclid"]: row for row in ndjson(world(), "google_ads/*/click_view.ndjson")}
    told = [row for row in truth(world(), "touchpoints") if row["touchpoint_type"] == "ad_click"]
    assert len(told) == len(found) > 500
    kinds = {campaign.campaign_id: campaign.kind for campaign, _ in google_campaigns()}
    channels = {"SEARCH": "Paid Search", "PERFORMANCE_MAX": "Cross-network", "DISPLAY": "Display"}
    for row in told:
        click_id, ad = found[row["device"], round(row["occurred_at"].timestamp() * 1e6)]
        assert (row["click_id"] or "") == click_id
        if row["platform"] == "facebook_ads":
            assert (row["ad_id"], row["channel"]) == (ad, "Paid Social")
            continue
        view = clicks[click_id]
        assert row["campaign_id"] == view["campaign"]["id"]
        assert row["ad_id"] == ((view["click_view"].get("ad_group_ad") or "~").split("~")[1] or None)
        assert row["channel"] == channels[kinds[row["campaign_id"]]]


def test_every_click_that_is_first_seen_has_its_days_row() -> None:
    """By the account's own calendar, New York's included."""
    zones = {row["_account"]: row["customer"]["time_zone"] for row in ndjson(world(), "google_ads/*/customer.ndjson")}
    first: dict[str, dict[str, Any]] = {}
    for row in truth(world(), "touchpoints"):
        if row["touchpoint_type"] == "ad_click" and row["platform"] == "google_ads":
            known = first.setdefault(row["click_id"], row)
            if row["occurred_at"] < known["occurred_at"]:
                first[row["click_id"]] = row
    views = {row["click_view"]["gclid"]: row for row in ndjson(world(), "google_ads/*/click_view.ndjson")}
    for gclid, row in first.items():
        zone = ZoneInfo(zones[views[gclid]["_account"]])
        assert views[gclid]["segments"]["date"] == row["occurred_at"].astimezone(zone).date().isoformat()


def test_email_touches_are_the_email_events() -> None:
    metrics = {row["id"]: row["attributes"]["name"] for row in ndjson(world(), "klaviyo/*/metrics.ndjson")}
    types = {"Received Email": "email_delivered", "Opened Email": "email_open", "Clicked Email": "email_click"}
    counted: Counter[tuple[str, str, bool]] = Counter()
    received: dict[tuple[str, str], int] = {}
    for row in ndjson(world(), "klaviyo/*/events.ndjson"):
        name = metrics[row["relationships"]["metric"]["data"]["id"]]
        properties, at = row["attributes"]["event_properties"], row["attributes"]["timestamp"]
        mail = (row["relationships"]["profile"]["data"]["id"], properties["$message"])
        if name == "Received Email":
            received[mail] = at
        elif name != "Bounced Email":
            assert received[mail] < at
        if name in types:
            machine = bool(properties.get("Apple Privacy Open") or properties.get("Bot Click"))
            counted[types[name], properties["$message"], machine] += 1
    told = Counter(
        (row["touchpoint_type"], row["email_message_id"], row["is_machine"])
        for row in truth(world(), "touchpoints")
        if row["platform"] == "klaviyo"
    )
    assert counted == told
    assert sum(told.values()) > 1000


def test_whom_klaviyo_mails_has_a_profile_from_then_on() -> None:
    """In this world a member of the club, who never gave an address on the site, buys logged in and is thanked by email."""
    folder = world(seed=8, days=45, scale=0.1)
    mailed: dict[str, int] = {}
    for row in ndjson(folder, "klaviyo/*/events.ndjson"):
        name, at = row["relationships"]["profile"]["data"]["id"], row["attributes"]["timestamp"]
        mailed[name] = min(at, mailed.get(name, at))
    created = {row["id"]: row["attributes"]["created"] for row in ndjson(folder, "klaviyo/*/profiles.ndjson")}
    assert mailed.keys() <= created.keys()
    assert [name for name, at in mailed.items() if datetime.fromisoformat(created[name]).timestamp() > at] == []


def test_email_touches_of_mailchimp_are_its_reports() -> None:
    """Deliveries at the campaign's send time, opens and clicks as reported; nobody can tell which opens were a proxy's."""
    sent_at = {row["id"]: row["send_time"] for row in final(ndjson(world(), "mailchimp/*/campaigns.ndjson")) if row["send_time"]}
    people = {row["identifier"]: row["person_id"] for row in truth(world(), "identifiers") if row["identifier_type"] == "email_sha256"}

    def owner(row: dict[str, Any]) -> str:
        return people[hashlib.sha256(row["email_address"].lower().encode()).hexdigest()]

    counted: Counter[tuple[str, str, str, datetime]] = Counter()
    for row in ndjson(world(), "mailchimp/*/sent_to.ndjson"):
        if row["status"] == "sent":
            campaign = row["campaign_id"]
            counted[owner(row), "email_delivered", campaign, datetime.fromisoformat(sent_at[campaign])] += 1
    proxies = 0
    for row in ndjson(world(), "mailchimp/*/email_activity.ndjson"):
        for item in row["activity"]:
            if item["action"] in ("open", "click"):
                assert item["timestamp"] > sent_at[row["campaign_id"]]
                proxies += item["ip"] == "198.51.100.17"
                counted[owner(row), f"email_{item['action']}", row["campaign_id"], datetime.fromisoformat(item["timestamp"])] += 1
    mine = [row for row in truth(world(), "touchpoints") if row["platform"] == "mailchimp"]
    assert counted == Counter((row["person_id"], row["touchpoint_type"], row["email_message_id"], row["occurred_at"]) for row in mine)
    assert {(row["channel"], row["source"], row["medium"], row["is_machine"]) for row in mine} == {("Email", "mailchimp", "email", False)}
    assert len(sent_at) == 3
    assert sum(counted.values()) > 500
    assert proxies > 50


def test_clicks_in_the_magazine_open_visits_with_its_tags() -> None:
    clicks = [row for row in truth(world(), "touchpoints") if row["platform"] == "mailchimp" and row["touchpoint_type"] == "email_click"]
    visits = [row for row in truth(world(), "touchpoints") if row["touchpoint_type"] == "site_visit" and row["source"] == "mailchimp"]
    assert len(clicks) > 10
    assert 0.5 * len(clicks) < len(visits) <= len(clicks)
    assert {(row["channel"], row["medium"], row["platform"]) for row in visits} == {("Email", "email", "web")}
    landed = {row["params"]["page_location"] for row in ga4(world()) if "utm_source=mailchimp" in str(row["params"].get("page_location"))}
    assert landed
    assert all("utm_medium=email" in url and "utm_campaign=revista_" in url for url in landed)


def test_revenue_is_whole_and_net_of_refunds() -> None:
    sales: dict[str, Decimal] = {}
    refunds: dict[str, Decimal] = {}
    for row in ga4(world()):
        money = row["ecommerce"]
        if money and row["event_name"] == "purchase":
            sales[money["transaction_id"]] = Decimal(str(money["purchase_revenue"]))
        if money and row["event_name"] == "refund":
            refunds[money["transaction_id"]] = Decimal(str(money["refund_value"]))
    for row in shop_events(world()):
        if row["event_type"] == "purchase":
            assert sales.setdefault(row["transaction_id"], row["amount"]) == row["amount"]
        if row["event_type"] == "refund":
            refunds[row["transaction_id"]] = refunds.get(row["transaction_id"], Decimal()) + row["amount"]
    for visit in final(ndjson(world(), "matomo/*/visits.ndjson")):
        for action in visit["actionDetails"]:
            if action["type"] == "ecommerceOrder":
                assert sales.setdefault(action["orderId"], Decimal(str(action["revenue"]))) == Decimal(str(action["revenue"]))
    refunds = {order: min(value, sales[order]) for order, value in refunds.items()}
    told = {row["transaction_id"]: row for row in truth(world(), "conversions") if row["conversion_type"] == "purchase"}
    assert {order: row["gross_value"] for order, row in told.items()} == sales
    assert {order: row["refunded_value"] for order, row in told.items() if row["refunded_value"]} == refunds
    assert all(row["net_value"] == row["gross_value"] - row["refunded_value"] for row in told.values())
    partial = [order for order in refunds if refunds[order] < sales[order]]
    assert 0 < len(partial) < len(refunds)
    assert sum(row["person_id"] is None for row in told.values()) > 5


def test_spend_is_the_last_version_of_the_platforms_rows_to_the_micro() -> None:
    rows: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in final(ndjson(world(), "google_ads/*/performance.ndjson")):
        ad = row.get("ad_group_ad", {"ad": {"id": None}})["ad"]["id"]
        cell = rows["google_ads", row["_account"], row["segments"]["date"], row["campaign"]["id"], ad]
        assert int(row["metrics"]["cost_micros"]) % 10_000 == 0
        for place, name in enumerate(("cost_micros", "impressions", "clicks")):
            cell[place] += int(row["metrics"][name])
    for row in final(ndjson(world(), "facebook_ads/*/insights.ndjson")):
        cell = rows["facebook_ads", row["account_id"], row["date_start"], row["campaign_id"], row["ad_id"]]
        assert len(row["spend"].split(".")[1]) == 2
        for place, value in enumerate((int(Decimal(row["spend"]) * 1_000_000), int(row["impressions"]), int(row["clicks"]))):
            cell[place] += value
    told = {
        (row["platform"], row["account_id"], row["date"].isoformat(), row["campaign_id"], row["ad_id"]): [
            int(row["spend"] * 1_000_000),
            row["impressions"],
            row["clicks"],
        ]
        for row in truth(world(), "ad_spend")
    }
    assert told == rows
    assert {row["currency"] for row in truth(world(), "ad_spend")} == {"BRL", "USD", "EUR"}


def test_what_is_set_aside_is_what_the_rules_set_aside(kept: list[dict[str, Any]]) -> None:
    counts: Counter[tuple[str, date]] = Counter()
    rows = [row for row in ga4(world()) if row["user_pseudo_id"]]
    sizes = Counter((row["user_pseudo_id"], row["params"].get("ga_session_id")) for row in rows)
    left = Counter(table_day(row) for row in kept)
    plain: Counter[date] = Counter()
    for row in rows:
        if not clock_is_possible(row):
            counts["impossible_clock", table_day(row)] += 1
        elif sizes[row["user_pseudo_id"], row["params"].get("ga_session_id")] > 500:
            counts["bot", table_day(row)] += 1
        else:
            plain[table_day(row)] += 1
    for day, rows_there in plain.items():
        if rows_there > left[day]:
            counts["duplicate", day] = rows_there - left[day]
    on_site = {row["ecommerce"]["transaction_id"] for row in ga4(world()) if row["event_name"] == "purchase"}
    for row in shop_events(world()):
        if row["event_type"] == "purchase" and row["transaction_id"] in on_site:
            counts["duplicate", row["day"]] += 1
    assert {(row["reason"], row["day"]): row["event_count"] for row in truth(world(), "set_aside")} == dict(counts)
    assert {reason for reason, _ in counts} == {"bot", "impossible_clock", "duplicate"}


def test_events_without_consent_are_counted_by_day() -> None:
    counts: Counter[date] = Counter()
    revenue: dict[date, Decimal] = defaultdict(Decimal)
    for row in ga4(world()):
        if row["privacy_info"]["analytics_storage"] == "No":
            assert row["user_pseudo_id"] is None
            assert "ga_session_id" not in row["params"]
            counts[table_day(row)] += 1
            if row["event_name"] == "purchase":
                revenue[table_day(row)] += Decimal(str(row["ecommerce"]["purchase_revenue"]))
    on_site = {row["ecommerce"]["transaction_id"] for row in ga4(world()) if row["event_name"] == "purchase"}
    for row in shop_events(world()):
        is_sale = row["event_type"] == "purchase"
        if not is_known(row) and not (is_sale and row["transaction_id"] in on_site):
            counts[row["day"]] += 1
            revenue[row["day"]] += row["amount"] if is_sale else Decimal()
    told: Counter[date] = Counter()
    earned: dict[date, Decimal] = defaultdict(Decimal)
    for row in truth(world(), "unconsented"):
        told[row["day"]] += row["event_count"]
        earned[row["day"]] += row["revenue"]
    assert told == counts
    assert {day: value for day, value in earned.items() if value} == {day: value for day, value in revenue.items() if value}
    assert sum(counts.values()) > 300
