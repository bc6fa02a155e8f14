"""Every kind of dirt is there, in the shape in which it comes in life."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
from simulated import START, final, ga4, ga4_files, ndjson, truth, world
from sitewise import kept_rows, sessions, table_day

from sandbox.world.schema import EVENTS

SITE = ZoneInfo("America/Sao_Paulo")


def share(rows: Iterable[bool]) -> float:
    """How large a part is true."""
    seen = list(rows)
    return sum(seen) / len(seen)


def arrivals() -> list[dict[str, Any]]:
    seen = [row for row in truth(world(), "touchpoints") if row["source_system"] == "ga4"]
    return [row for row in seen if row["touchpoint_type"] in ("ad_click", "site_visit")]


def test_tags_are_mistyped_on_ads_and_emails() -> None:
    tags = Counter(
        (row["collected_traffic_source"]["manual_source"], row["collected_traffic_source"]["manual_medium"])
        for row in ga4(world())
        if row["collected_traffic_source"]
    )
    assert tags["facebok", "paid_social"] > 5
    assert tags["facebook", "CPC"] > 5
    assert tags["google", "CPC"] > 5
    assert tags["klaviyo", "e-mail"] > 0
    assert tags["klaviyo", "email"] > tags["klaviyo", "e-mail"]


def test_the_schema_is_the_files_own_and_late_rows_say_when_they_came() -> None:
    for path in ga4_files(world()):
        assert pq.read_schema(path).equals(EVENTS)
    late = [row for row in ga4(world()) if row["_from"]]
    assert len(late) > 30
    for row in late:
        delay = datetime.fromisoformat(row["_from"]).date() - table_day(row)
        assert timedelta(days=1) <= delay <= timedelta(days=3)
    assert {row["_until"] for row in ga4(world())} == {None}


def test_events_come_twice_in_every_column_and_sales_again_later() -> None:
    rows = [row for row in ga4(world()) if row["user_pseudo_id"]]
    copies = Counter(repr(sorted(row.items(), key=lambda item: item[0])) for row in rows)
    assert sum(count - 1 for count in copies.values()) > 30
    assert max(copies.values()) == 2
    sales: dict[str, set[tuple[int, Any]]] = defaultdict(set)
    for row in rows:
        if row["event_name"] == "purchase":
            sales[row["ecommerce"]["transaction_id"]].add((row["event_timestamp"], row["params"].get("ga_session_id")))
    again = [seen for seen in sales.values() if len(seen) > 1]
    assert any(len({session for _, session in seen}) == 1 for seen in again)
    assert any(len({session for _, session in seen}) == 2 for seen in again)


def test_ad_figures_are_restated_and_some_vanish() -> None:
    for pattern, identity, cost in (
        (
            "google_ads/*/performance.ndjson",
            lambda row: (row["campaign"]["id"], row.get("ad_group_ad", {}).get("ad", {}).get("id"), *row["segments"].values()),
            lambda row: int(row["metrics"]["cost_micros"]),
        ),
        (
            "facebook_ads/*/insights.ndjson",
            lambda row: (row["date_start"], row["ad_id"], row["publisher_platform"]),
            lambda row: row["spend"],
        ),
    ):
        rows = ndjson(world(), pattern)
        first = {identity(row): row for row in rows if "_until" in row}
        last = {identity(row): row for row in final(rows)}
        assert len(last) == len(final(rows))
        changed = [key for key in first.keys() & last.keys() if cost(first[key]) != cost(last[key])]
        assert 0.03 < len(changed) / len(last) < 0.3
        assert len(first.keys() - last.keys()) > 0
        assert all(first[key]["_until"] == last[key]["_from"] for key in first.keys() & last.keys())


def test_performance_max_costs_without_ad_rows_and_its_clicks_name_no_ad() -> None:
    rows = [
        row
        for row in ndjson(world(), "google_ads/*/performance.ndjson")
        if row["campaign"]["advertising_channel_type"] == "PERFORMANCE_MAX"
    ]
    ids = {row["campaign"]["id"] for row in rows}
    assert len(ids) == 2
    assert not any("ad_group" in row or "ad_group_ad" in row for row in rows)
    clicks = [row for row in ndjson(world(), "google_ads/*/click_view.ndjson") if row["campaign"]["id"] in ids]
    assert len(clicks) > 100
    assert not any("ad_group_ad" in row["click_view"] for row in clicks)


def test_click_ids_outnumber_billed_clicks_and_some_never_arrive() -> None:
    known = [row["click_view"]["gclid"] for row in ndjson(world(), "google_ads/*/click_view.ndjson")]
    billed = sum(int(row["metrics"]["clicks"]) for row in final(ndjson(world(), "google_ads/*/performance.ndjson")))
    arrived = {row["collected_traffic_source"]["gclid"] for row in ga4(world()) if row["collected_traffic_source"]} - {None}
    assert len(set(known)) == len(known)
    assert len(known) > billed
    assert arrived < set(known)
    days: dict[str, set[date]] = defaultdict(set)
    for row in arrivals():
        if row["platform"] == "google_ads":
            days[row["click_id"]].add(row["day"])
    assert sum(len(seen) > 1 for seen in days.values()) > 3


def test_some_cost_brings_no_click_and_some_ads_are_deleted() -> None:
    spend = truth(world(), "ad_spend")
    assert sum(row["spend"] > 0 and row["clicks"] == 0 for row in spend) > 10
    deleted = {row["ad_id"] for row in spend if row["is_deleted_ad"]}
    status = {row["id"]: row["effective_status"] for row in final(ndjson(world(), "facebook_ads/*/ads.ndjson"))}
    assert {ad for ad, state in status.items() if state == "DELETED"} == deleted
    assert len(deleted) == 2
    assert sum(row["spend"] for row in spend if row["is_deleted_ad"]) > 10


def test_machines_open_and_click_and_people_leave_the_list() -> None:
    metrics = {row["id"]: row["attributes"]["name"] for row in ndjson(world(), "klaviyo/*/metrics.ndjson")}
    events = [
        (metrics[row["relationships"]["metric"]["data"]["id"]], row["attributes"]["event_properties"])
        for row in ndjson(world(), "klaviyo/*/events.ndjson")
    ]
    counts = Counter(name for name, _ in events)
    assert {"Received Email", "Opened Email", "Clicked Email", "Bounced Email", "Unsubscribed"} <= counts.keys()
    assert 0.2 < share(fields["Apple Privacy Open"] for name, fields in events if name == "Opened Email") < 0.8
    assert 0.1 < share(fields["Bot Click"] for name, fields in events if name == "Clicked Email") < 0.8
    assert all(("$flow" in fields) == (fields["$message"] in {"MsgWlc", "MsgThx"}) for _, fields in events)
    sent = {row["id"] for row in ndjson(world(), "klaviyo/*/campaign_messages.ndjson")}
    assert {fields["$message"] for _, fields in events} == sent | {"MsgWlc", "MsgThx"}


def test_a_click_in_an_email_opens_the_site_seconds_later() -> None:
    clicks = [row for row in truth(world(), "touchpoints") if row["touchpoint_type"] == "email_click" and not row["is_machine"]]
    visits = [row for row in arrivals() if row["channel"] == "Email"]
    at = sorted(row["occurred_at"] for row in clicks)
    assert len(visits) > 30
    for visit in visits:
        assert any(timedelta(0) < visit["occurred_at"] - click < timedelta(seconds=15) for click in at)


def test_bots_turn_a_page_a_second() -> None:
    sizes = Counter((row["user_pseudo_id"], row["params"].get("ga_session_id")) for row in ga4(world()) if row["user_pseudo_id"])
    bots = {key for key, size in sizes.items() if size > 500}
    assert len(bots) >= 2
    for bot in bots:
        at = sorted(row["event_timestamp"] for row in ga4(world()) if (row["user_pseudo_id"], row["params"].get("ga_session_id")) == bot)
        assert len(at) > 600
        assert at[-1] - at[5] == (len(at) - 6) * 1_000_000


def test_visits_cross_midnight_and_stay_apart_on_a_device() -> None:
    visits = sessions(kept_rows(world()))
    assert sum(len({row["event_date"] for row in rows}) == 2 for rows in visits.values()) > 3
    ends: dict[str, int] = {}
    for (device, start), rows in sorted(visits.items()):
        assert start - ends.get(device, 0) > 30 * 60_000_000
        ends[device] = rows[-1]["event_timestamp"]
    assert all(row["event_date"] == f"{datetime.fromtimestamp(row['event_timestamp'] / 1e6, SITE):%Y%m%d}" for row in kept_rows(world()))


def test_consent_is_granted_denied_or_unknown_and_an_account_is_none() -> None:
    states = Counter(row["privacy_info"]["analytics_storage"] for row in ga4(world()))
    assert {"Yes", "No", None} == set(states)
    denied = [row for row in ga4(world()) if row["privacy_info"]["analytics_storage"] == "No"]
    assert any(row["user_id"] for row in denied)
    assert not {row["user_id"] for row in denied if row["user_id"]} & {
        row["identifier"] for row in truth(world(), "identifiers") if row["identifier_type"] == "user_id"
    }
    assert any(row["privacy_info"]["ads_storage"] == "No" and row["user_pseudo_id"] for row in ga4(world()))


def test_the_last_day_may_be_intraday() -> None:
    daily, streaming = world(seed=3, days=5, scale=0.2), world(seed=3, days=5, scale=0.2, intraday=True)
    names = [path.name for path in ga4_files(streaming)]
    assert names == [*(f"events_2026010{day}.parquet" for day in (1, 2, 3, 4)), "events_intraday_20260105.parquet"]
    last, same = pq.read_table(ga4_files(streaming)[-1]), pq.read_table(ga4_files(daily)[-1])
    assert last.num_rows == same.num_rows > 50
    assert last.column("traffic_source").null_count == last.num_rows
    assert last.column("event_timestamp").equals(same.column("event_timestamp"))


def test_rates_are_the_central_banks_days_only() -> None:
    lines = (world() / "exchange_rates" / "eurofxref-hist.csv").read_text().splitlines()
    header = lines[0].rstrip(",").split(",")
    days = [date.fromisoformat(line.split(",")[0]) for line in lines[1:]]
    assert header[0] == "Date"
    assert {"USD", "BRL"} <= set(header)
    assert days == sorted(days, reverse=True)
    assert not [day for day in days if day.weekday() > 4 or day == START]
    assert "N/A" in lines[1]
    assert days[-1] < START
