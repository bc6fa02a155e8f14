"""What nobody meant to send (docs/bad_input.md), on a landing zone written by hand: what becomes of it, and how it is counted."""

from __future__ import annotations

import csv
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from bad_input_rows import DAY, EVENTS, FILES, RING, SITE, many, meta
from dbt_warehouse import PROJECT, Rows, Warehouse, land_rows
from recorded_builds import Start

from extractors import registry
from extractors.landing import Landing


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
        ("impossible_clock", 3, None),
        ("too_many_events", EVENTS, None),
        ("over_long_session", 2, None),
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
    assert reasons == {"impossible_clock": 3, "bot": EVENTS, "over_long": 2, "duplicate": 7}


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


def test_an_over_long_session_goes_and_the_device_stays(warehouse: Warehouse) -> None:
    found = warehouse.rows("select touchpoint_type, session_id from marts.fct_customer_journey where session_id like '1.unending.%'")
    assert found == [("site_visit", "1.unending.4")]
    assert warehouse.rows("select 1 from marts.fct_conversions where transaction_id = 'unending'") == []


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
    assert warehouse.rows("select count(*) from marts.fct_conversions where conversion_type = 'purchase'") == [(15,)]


def test_refunds_by_parts_twice_sent_and_beyond_the_sale(warehouse: Warehouse) -> None:
    assert conversion(warehouse, "parts") == (Decimal(100), Decimal(20), Decimal(80)), "two equal parts are two refunds"
    assert conversion(warehouse, "sent") == (Decimal(100), Decimal(30), Decimal(70)), "one moment is one refund, however often it is sent"
    assert conversion(warehouse, "both") == (Decimal(100), Decimal(30), Decimal(70)), "of three in the files the site told two"
    assert conversion(warehouse, "over") == (Decimal(100), Decimal(100), Decimal(0)), "never below nothing"


def test_two_currencies_meet_at_the_rate_of_the_sales_day(warehouse: Warehouse) -> None:
    assert conversion(warehouse, "abroad") == (Decimal(500), Decimal(50), Decimal(450))
    assert conversion(warehouse, "unnamed") == (Decimal(500), Decimal(250), Decimal(250)), "a refund without a currency is in its sale's"


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
