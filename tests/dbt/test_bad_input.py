"""What nobody meant to send (docs/bad_input.md), on a landing zone written by hand: what becomes of it, and how it is counted."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from dbt_warehouse import PROJECT, Rows, Warehouse, land_rows
from recorded_builds import Start

from extractors import registry
from extractors.landing import Landing

DAY = date(2026, 1, 5)
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
EVENTS = 50_000
LONG = "x" * 4096
Row = dict[str, Any]


def site(device: str, name: str, minute: float, *, session: int = 1, sale: str | None = None, amount: float = 100.0, **more: Any) -> Row:
    """A GA4 event of the device, ``minute`` minutes after noon UTC; a sale or refund is of ``amount`` in ``currency`` (BRL)."""
    location = more.pop("page", "https://loja.example/")
    parameters: list[Row] = [
        {"key": "ga_session_id", "value": {"int_value": session}},
        {"key": "page_location", "value": {"string_value": location}},
        {"key": "currency", "value": {"string_value": more.pop("currency", "BRL")}},
    ]
    if "email" in more:
        parameters.append({"key": "email_sha256", "value": {"string_value": more.pop("email")}})
    money = {"transaction_id": sale, "purchase_revenue" if name == "purchase" else "refund_value": amount} if sale else None
    return {
        "event_date": "20260105",
        "event_timestamp": int((NOON + timedelta(minutes=minute)).timestamp() * 1_000_000),
        "event_name": name,
        "user_pseudo_id": device,
        "event_params": parameters,
        "ecommerce": money,
        "table_kind": "daily",
        **more,
    }


def many(device: str, session: int, count: int, first_minute: float) -> pa.Table:
    """``count`` product views of one session, a tenth of a second apart."""
    one = pa.Table.from_pylist(
        [site(device, "view_item", first_minute, session=session)], schema=registry.load("ga4").stream("events").schema
    )
    at = one.schema.get_field_index("event_timestamp")
    start = one["event_timestamp"][0].as_py()
    times = pa.array([start + 100_000 * number for number in range(count)], one.schema.field(at).type)
    return one.take(pa.array([0] * count)).set_column(at, one.schema.field(at), times)


def filed(event_id: str, kind: str, hour: int, **more: Any) -> Row:
    at = datetime(2026, 1, 5, hour, tzinfo=UTC)
    return {"event_id": event_id, "event_date": DAY, "occurred_at": at, "event_type": kind, "channel": "till", "currency": "BRL", **more}


RING = [f"ring-{number}" for number in range(20)]
SITE = [
    # A clock three days ahead and one ten days behind, between two events whose clock is right.
    site("clock", "page_view", 0),
    site("clock", "purchase", 3 * 1440, sale="clock-ahead"),
    site("clock", "purchase", -10 * 1440, sale="clock-behind"),
    site("clock", "view_item", 1),
    # A bot's session and the same device's ordinary one.
    site("swarm", "purchase", 600, session=2, sale="swarm"),
    # A customer of 50,000 events in sessions that are no bot's, who buys.
    site("crowd", "purchase", 650, session=101, sale="crowd"),
    # Bought at the till in the morning, first seen on the site at noon.
    site("late", "page_view", 0, user_id="dora"),
    # One transaction: told, told again by a reload, told on another device with another amount.
    site("buyer", "purchase", 1, sale="again"),
    site("buyer", "purchase", 5, sale="again"),
    site("buyer-2", "purchase", 60, sale="again", amount=250.0),
    # Refunds beyond the sale; equal parts; the same delivery twice; equal parts that the files tell too; one of no sale.
    site("over", "purchase", 1, sale="over"),
    site("over", "refund", 10, sale="over", amount=60.0),
    site("over", "refund", 20, sale="over", amount=60.0),
    site("parts", "purchase", 1, sale="parts"),
    site("parts", "refund", 10, sale="parts", amount=10.0),
    site("parts", "refund", 20, sale="parts", amount=10.0),
    site("sent", "purchase", 1, sale="sent"),
    site("sent", "refund", 10, sale="sent", amount=30.0, event_bundle_sequence_id=7, batch_event_index=1),
    site("sent", "refund", 10, sale="sent", amount=30.0, event_bundle_sequence_id=7, batch_event_index=1),
    site("sent", "refund", 10, sale="sent", amount=30.0, event_bundle_sequence_id=8, batch_event_index=1),
    site("both", "purchase", 1, sale="both"),
    site("both", "refund", 10, sale="both", amount=10.0),
    site("both", "refund", 20, sale="both", amount=10.0),
    site("nobody", "refund", 1, sale="never-sold", amount=5.0),
    # Sold in dollars, paid back in reais: 5 reais to the dollar.
    site("abroad", "purchase", 1, sale="abroad", currency="USD"),
    site("abroad", "refund", 10, sale="abroad", amount=50.0),
    # Paid back in a currency that the bank has no rate of: alone, beside an amount that is known, and of a sale that is not.
    site("yen", "purchase", 1, sale="yen"),
    site("yen", "refund", 10, sale="yen", amount=500.0, currency="JPY"),
    site("yen-too", "purchase", 1, sale="yen-too"),
    site("yen-too", "refund", 10, sale="yen-too", amount=500.0, currency="JPY"),
    site("yen-too", "refund", 11, sale="yen-too", amount=10.0),
    site("yen-sale", "purchase", 1, sale="yen-sale", currency="JPY"),
    site("yen-sale", "refund", 10, sale="yen-sale", amount=10.0),
    # A sale below zero, of which something is paid back, and a refund that the site writes with a minus.
    site("minus", "purchase", 1, sale="minus", amount=-40.0),
    site("minus", "refund", 2, sale="minus", amount=5.0),
    site("minus-back", "purchase", 1, sale="minus-back"),
    site("minus-back", "refund", 2, sale="minus-back", amount=-30.0),
    # A ring: every device has seen two people, and each of them two devices.
    *(site(device, "login", 1, session=1, user_id=f"person-{number}") for number, device in enumerate(RING)),
    *(site(device, "login", 60, session=2, user_id=f"person-{(number + 1) % len(RING)}") for number, device in enumerate(RING)),
    # One person on five devices, tied again on each.
    *(site(f"own-{number}", "login", number, user_id="zoe", email="ee" * 32) for number in range(5)),
    # A tag of four kilobytes, and a click id that Google does not know beside one that it does.
    site("tag", "page_view", 1, page=f"https://loja.example/?utm_source=jornal&utm_medium=panfleto&utm_campaign={LONG}"),
    site("click", "page_view", 1, page="https://loja.example/?gclid=unheard-of"),
    site("click-2", "page_view", 1, page="https://loja.example/?gclid=known"),
    # An ad of each of two accounts: the zone of one is written in its own way, that of the other nowhere on earth.
    site("zone", "page_view", 1, page="https://loja.example/?fbclid=z&ad_id=7001000000"),
    site("no-zone", "page_view", 1, page="https://loja.example/?fbclid=n&ad_id=7002000000"),
]
FILES = [
    filed("morning", "purchase", 9, user_id="dora", transaction_id="till", value=Decimal(70)),
    filed("copy", "purchase", 15, user_id="dora", transaction_id="again", value=Decimal(100)),
    *(filed(f"back-{number}", "refund", 16 + number, transaction_id="both", value=Decimal(10)) for number in range(3)),
]


def meta(account: str, zone: str) -> list[Rows]:
    """An account of Meta's with one ad, of which four clicks cost 8.00."""
    ad = {"20": "7001000000", "21": "7002000000"}[account]
    place = {"account_id": account, "campaign_id": f"c{account}", "adset_id": f"s{account}"}
    held = {"id": f"act_{account}", "account_id": account, "currency": "BRL", "timezone_name": zone}
    bill = {
        "date_start": DAY,
        "date_stop": DAY,
        "account_id": account,
        "account_currency": "BRL",
        "impressions": 100,
        "clicks": 4,
        "inline_link_clicks": 4,
        "spend": Decimal(8),
    }
    return [
        Rows("facebook_ads", "accounts", account, DAY, [held]),
        Rows("facebook_ads", "ads", account, DAY, [{"id": ad, **place, "status": "ACTIVE", "effective_status": "ACTIVE"}]),
        Rows("facebook_ads", "ad_insights", account, DAY, [{**bill, **place, "ad_id": ad, "publisher_platform": "facebook"}]),
        Rows("facebook_ads", "account_insights", account, DAY, [bill]),
    ]


@pytest.fixture(scope="module")
def warehouse(own_start: Start, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    home: Path = tmp_path_factory.mktemp("bad_input")
    landing = Landing(home / "landing")
    crowd = [many("crowd", session, EVENTS // 100, (session - 1) * 6) for session in range(1, 101)]
    written = pa.Table.from_pylist(SITE, schema=registry.load("ga4").stream("events").schema)
    click = {"segments_date": DAY, "click_view_gclid": "known", "campaign_id": 21, "ad_group_id": 31}
    rates = [{"rate_date": DAY, "currency": name, "rate": rate} for name, rate in (("BRL", Decimal(6)), ("USD", Decimal("1.2")))]
    land_rows(
        landing,
        [
            Rows("ga4", "events", "1", DAY, pa.concat_tables([written, many("swarm", 1, EVENTS, 0), *crowd])),
            Rows("first_party", "events", "loja", DAY, FILES),
            Rows("google_ads", "click_view", "10", DAY, [click]),
            *(row for account, zone in (("20", " america/sao_paulo"), ("21", "Mars/Olympus")) for row in meta(account, zone)),
            Rows("exchange_rates", "reference_rates", "ecb", DAY, rates),
        ],
        load="one",
    )
    return own_start.whole(home / "warehouse", landing)


def conversion(warehouse: Warehouse, transaction: str) -> tuple[Any, ...]:
    """Gross, refunded and net of the one conversion of a transaction."""
    (found,) = warehouse.rows(
        f"select gross_value, refunded_value, net_value from marts.fct_conversions where transaction_id = '{transaction}'"
    )
    return found


def test_each_kind_is_counted(warehouse: Warehouse) -> None:
    found = warehouse.rows("select kind, records, amount from audit.bad_input order by kind_order")
    assert found == [
        ("impossible_clock", 2, None),
        ("too_many_events", EVENTS, None),
        ("crowded_customer", 1, None),
        ("conversion_without_touch", 1, Decimal(70)),
        ("transaction_again", 3, None),
        ("refund_over_sale", 2, Decimal(25)),
        ("refund_without_sale", 1, None),
        ("several_currencies", 4, Decimal(450)),
        ("negative_amount", 2, None),
        ("unknown_amount", 0, None),
        ("shared_device", len(RING), None),
        ("long_tag", 1, None),
        ("unknown_click_id", 1, None),
        ("unknown_time_zone", 1, None),
    ]
    reasons = dict(warehouse.rows("select reason, count(*) from audit.set_aside_events group by 1"))
    # Duplicates: two tellings of a sale, two deliveries of a refund; from the files a sale and two refunds that the site told.
    assert reasons == {"impossible_clock": 2, "bot": EVENTS, "duplicate": 7}


def test_an_impossible_clock_moves_nothing(warehouse: Warehouse) -> None:
    touches = warehouse.rows(
        "select touchpoint_type, occurred_at, session_id from marts.fct_customer_journey where session_id like '1.clock.%' "
        "order by touchpoint_number"
    )
    assert touches == [
        ("site_visit", datetime(2026, 1, 5, 12), "1.clock.1"),  # noqa: DTZ001
        ("product_view", datetime(2026, 1, 5, 12, 1), "1.clock.1"),  # noqa: DTZ001
    ]
    assert warehouse.rows("select * from marts.fct_conversions where transaction_id like 'clock-%'") == []


def test_a_bots_session_goes_and_the_device_stays(warehouse: Warehouse) -> None:
    found = warehouse.rows("select touchpoint_type from marts.fct_customer_journey where session_id like '1.swarm.%' order by 1")
    assert found == [("purchase",), ("site_visit",)]
    assert conversion(warehouse, "swarm")[2] == 100


def test_a_customer_of_50000_events_is_whole(warehouse: Warehouse) -> None:
    ((customer, count, last, distinct),) = warehouse.rows(
        "select customer_id, count(*), max(touchpoint_number), count(distinct touchpoint_number) from marts.fct_customer_journey "
        "where session_id like '1.crowd.%' group by 1"
    )
    assert (count, last, distinct) == (EVENTS + 101 + 1, EVENTS + 101 + 1, EVENTS + 101 + 1)
    credits = warehouse.rows(
        "select model, count(*), sum(credit), sum(attributed_revenue) from marts.fct_attribution "
        "where conversion_id = 'purchase:crowd' group by 1 order by 1"
    )
    assert len(credits) == 8
    assert {(credit, revenue) for _, _, credit, revenue in credits} == {(Decimal(1), Decimal(100))}
    assert ("linear", 101, Decimal(1), Decimal(100)) in credits
    assert warehouse.rows("select first_record_id from audit.bad_input where kind = 'crowded_customer'") == [(customer,)]


def test_a_conversion_before_any_touch_keeps_its_credit(warehouse: Warehouse) -> None:
    rows = warehouse.rows(
        "select model, touchpoint_id, credit, attributed_revenue from marts.fct_attribution where conversion_id = 'purchase:till'"
    )
    assert len(rows) == 8
    assert {row[1:] for row in rows} == {(None, Decimal(1), Decimal(70))}
    touches = warehouse.rows(
        "select journey.touchpoint_type, journey.journey_number from marts.fct_customer_journey as journey "
        "inner join marts.dim_identities as identities on journey.customer_id = identities.customer_id and identifier = 'dora' "
        "order by occurred_at"
    )
    assert touches == [("purchase", 1), ("site_visit", 2)]


def test_a_transaction_counts_once_as_it_was_told_first(warehouse: Warehouse) -> None:
    assert conversion(warehouse, "again") == (Decimal(100), Decimal(0), Decimal(100))
    assert warehouse.rows("select count(*) from marts.fct_conversions where conversion_type = 'purchase'") == [(14,)]


def test_refunds_by_parts_twice_sent_and_beyond_the_sale(warehouse: Warehouse) -> None:
    assert conversion(warehouse, "parts") == (Decimal(100), Decimal(20), Decimal(80)), "two equal parts are two refunds"
    assert conversion(warehouse, "sent") == (Decimal(100), Decimal(30), Decimal(70)), "one moment is one refund, however often it is sent"
    assert conversion(warehouse, "both") == (Decimal(100), Decimal(30), Decimal(70)), "of three in the files the site told two"
    assert conversion(warehouse, "over") == (Decimal(100), Decimal(100), Decimal(0)), "never below nothing"


def test_two_currencies_meet_at_the_rate_of_the_sales_day(warehouse: Warehouse) -> None:
    assert conversion(warehouse, "abroad") == (Decimal(500), Decimal(50), Decimal(450))


def test_what_was_paid_back_without_a_rate_is_unknown_and_neither_nothing_nor_the_sale(warehouse: Warehouse) -> None:
    assert conversion(warehouse, "yen") == (Decimal(100), None, None)
    assert conversion(warehouse, "yen-too") == (Decimal(100), None, None)
    assert conversion(warehouse, "yen-sale") == (None, None, None)


def test_a_sale_below_zero_counts_as_told_and_a_refund_takes_off_whatever_its_sign(warehouse: Warehouse) -> None:
    assert conversion(warehouse, "minus") == (Decimal(-40), Decimal(0), Decimal(-40))
    assert conversion(warehouse, "minus-back") == (Decimal(100), Decimal(30), Decimal(70))


def test_a_ring_of_devices_unites_nobody_and_own_devices_are_one_person(warehouse: Warehouse) -> None:
    people = warehouse.rows("select identifier, customer_id from marts.dim_identities where identifier like 'person-%'")
    assert len(people) == len({customer for _, customer in people}) == len(RING)
    devices = warehouse.rows(
        "select identifier, count(distinct customer_id) from marts.dim_identities where identifier like 'ring-%' group by 1"
    )
    assert sorted(devices) == sorted((device, 2) for device in RING)
    assert warehouse.rows("select count(*) from audit.identity_merges where left_identifier like 'ring-%' and decision = 'united'") == [
        (0,)
    ]
    own = warehouse.rows(
        "select count(*), count(distinct customer_id) from marts.dim_identities where identifier like 'own-%' or identifier = 'zoe'"
    )
    assert own == [(6, 1)]


def test_a_tag_of_four_kilobytes_is_kept_and_matches_nothing(warehouse: Warehouse) -> None:
    found = warehouse.rows(
        "select channel, length(campaign_name), campaign_id from marts.fct_customer_journey where session_id like '1.tag.%'"
    )
    assert found == [("Unassigned", 4096, None)]
    audited = warehouse.rows(
        "select sessions, matched_campaign_id, suggested_campaign from audit.utm_match_audit where length(campaign) = 4096"
    )
    assert audited == [(1, None, None)]


def test_an_unknown_click_id_is_an_ad_click_without_a_cost(warehouse: Warehouse) -> None:
    found = warehouse.rows(
        "select touchpoint_type, channel, cost, cost_basis, campaign_id from marts.fct_customer_journey where session_id like '1.click.%'"
    )
    assert found == [("ad_click", "Paid Search", None, None, None)]
    known = warehouse.rows("select touchpoint_type, campaign_id from marts.fct_customer_journey where session_id like '1.click-2.%'")
    assert known == [("ad_click", "21")]


def test_a_time_zone_that_is_none_leaves_the_click_without_a_cost(warehouse: Warehouse) -> None:
    costs = "select account_id, cost, cost_basis from marts.fct_customer_journey left join marts.dim_ads using (ad_id) "
    assert warehouse.rows(costs + "where session_id like '1.%zone.%' order by 1") == [("20", Decimal(2), "ad_day"), ("21", None, None)]
    bills = (
        "select account_id, component, amount from marts.fct_spend_reconciliation where platform = 'facebook_ads' and grain = 'account' "
    )
    assert warehouse.rows(bills + "and component in ('billed', 'allocated', 'unmatched_clicks') order by 1, amount") == [
        *(("20", "allocated", Decimal(2)), ("20", "unmatched_clicks", Decimal(6)), ("20", "billed", Decimal(8))),
        *(("21", "allocated", Decimal(0)), ("21", "billed", Decimal(8)), ("21", "unmatched_clicks", Decimal(8))),
    ]


def test_the_document_has_the_kinds_and_their_outcomes() -> None:
    with (PROJECT / "seeds" / "bad_input_kinds.csv").open() as file:
        kinds = list(csv.DictReader(file))
    text = (PROJECT.parent / "docs" / "bad_input.md").read_text()
    table = [line for line in text.splitlines() if line.startswith("| `")]
    assert table == [f"| `{kind['kind']}` | {kind['what']} | {kind['outcome']} | {kind['counted_by']} |" for kind in kinds]
