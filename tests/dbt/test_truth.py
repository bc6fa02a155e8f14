"""The marts against what the simulator knows: counts, sums and ids."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from dbt_warehouse import Warehouse

from journey.attribution import MODELS


@pytest.fixture(scope="module")
def truth(small_world: Path) -> dict[str, list[dict[str, Any]]]:
    return {path.stem: pq.read_table(path).to_pylist() for path in (small_world / "truth").glob("*.parquet")}


def test_touchpoints_by_type_day_channel_and_platform(built: Warehouse, truth: dict[str, list[dict[str, Any]]]) -> None:
    told = Counter((row["touchpoint_type"], row["day"], row["channel"], row["platform"], row["is_machine"]) for row in truth["touchpoints"])
    query = "select touchpoint_type, occurred_date, channel, platform, is_machine from marts.fct_customer_journey"
    assert Counter(built.rows(query)) == told
    assert sum(told.values()) > 1500


def test_each_touch_has_its_journey_stage_and_ad(built: Warehouse, truth: dict[str, list[dict[str, Any]]]) -> None:
    names = ("touchpoint_type", "journey_number", "stage", "ad_group_id", "ad_id", "email_message_id")
    told = Counter((row["occurred_at"].replace(tzinfo=None), *(row[name] for name in names)) for row in truth["touchpoints"])
    found = built.rows(
        "select occurred_at, touchpoint_type, journey_number, journey_stage, ad_group_id, ad_id, email_message_id"
        " from marts.fct_customer_journey"
    )
    assert Counter(found) == told


def test_conversions_and_revenue_to_the_cent(built: Warehouse, truth: dict[str, list[dict[str, Any]]]) -> None:
    names = ("conversion_type", "transaction_id", "day", "gross_value", "refunded_value", "net_value", "currency")
    told = Counter((*(row[name] for name in names), row["person_id"] is None) for row in truth["conversions"])
    found = built.rows(
        "select conversion_type, transaction_id, converted_date, gross_value, refunded_value, net_value, currency,"
        " customer_id is null from marts.fct_conversions"
    )
    assert Counter(found) == told
    assert sum(row["gross_value"] for row in truth["conversions"]) > 5000


def _pairs(groups: Counter[Any]) -> int:
    return sum(size * (size - 1) // 2 for size in groups.values())


CUSTOMERS = """
    select
        identifier_type, identifier,
        row_number() over (partition by identifier_type, identifier order by valid_from, valid_to) as turn,
        customer_id
    from marts.dim_identities
"""
"""Who had each identifier first, second, ...; an address may go from one person to another."""


def _persons(truth: dict[str, list[dict[str, Any]]]) -> dict[tuple[str, str, int], str]:
    """The person of each identifier and turn, but for devices that several people use."""
    return {
        (row["identifier_type"], row["identifier"], row["turn"]): row["person_id"]
        for row in truth["identifiers"]
        if not row["is_shared_device"]
    }


def test_identity_pairs_are_precise_and_found(built: Warehouse, truth: dict[str, list[dict[str, Any]]]) -> None:
    """People who change their address and families that hand one on are in; what is excepted is counted: shared devices, denied consent."""
    person = _persons(truth)
    customer = {(kind, identifier, turn): customer_id for kind, identifier, turn, customer_id in built.rows(CUSTOMERS)}
    assert person.keys() <= customer.keys()
    both = _pairs(Counter((person[key], customer[key]) for key in person))
    precision = both / _pairs(Counter(customer[key] for key in person))
    recall = both / _pairs(Counter(person.values()))
    shared = {row["identifier"] for row in truth["identifiers"] if row["is_shared_device"]}
    unconsented = sum(row["event_count"] for row in truth["unconsented"])
    changed = sum(count > 1 for count in Counter(held for (kind, _, _), held in person.items() if kind == "email_sha256").values())
    handed_on = sum(turn > 1 for _, _, turn in person)
    print(
        f"identity: {both} pairs, precision {precision:.4f}, recall {recall:.4f}; {changed} people with several addresses, "
        f"{handed_on} addresses handed on; excepted: {len(shared)} shared devices, {unconsented} events without consent"
    )
    assert precision >= 0.999
    assert recall >= 0.99
    assert (both > 100, changed >= 5, handed_on >= 2, len(shared) > 0, unconsented > 0) == (True,) * 5


def test_who_moves_stays_one_customer_and_who_takes_an_address_over_is_another(
    built: Warehouse, truth: dict[str, list[dict[str, Any]]]
) -> None:
    person = _persons(truth)
    customers: dict[str, set[str]] = defaultdict(set)
    for kind, identifier, turn, customer_id in built.rows(CUSTOMERS):
        if owner := person.get((kind, identifier, turn)):
            customers[owner].add(customer_id)
    moved = {owner: found for owner, found in customers.items() if owner.startswith(("PV", "PF"))}
    assert {len(found) for found in moved.values()} == {1}
    assert len(set().union(*moved.values())) == len(moved) == 8


def test_a_shared_devices_sessions_go_to_who_sat_there(built: Warehouse, truth: dict[str, list[dict[str, Any]]]) -> None:
    """Customers stand for persons: by touches on shared devices, each customer is one person and each person one customer."""
    person = _persons(truth)
    of_customer = {customer: person[key] for *key_, customer in built.rows(CUSTOMERS) if (key := tuple(key_)) in person}
    told = Counter(
        (row["person_id"], row["occurred_at"].replace(tzinfo=None), row["touchpoint_type"])
        for row in truth["touchpoints"]
        if row["on_shared_device"]
    )
    shared = {row["identifier"] for row in truth["identifiers"] if row["is_shared_device"]}
    assert shared
    found: Counter[Any] = Counter()
    for customer, at, kind, session in built.rows(
        "select customer_id, occurred_at, touchpoint_type, session_id from marts.fct_customer_journey where session_id is not null"
    ):
        if any(f".{device}." in session for device in shared):
            found[(of_customer[customer], at, kind)] += 1
    assert found == told


def test_what_is_set_aside_and_what_has_no_consent(built: Warehouse, truth: dict[str, list[dict[str, Any]]]) -> None:
    told: dict[str, int] = defaultdict(int)
    for row in truth["set_aside"]:
        told[row["reason"]] += row["event_count"]
    assert dict(built.rows("select reason, count(*) from audit.set_aside_events group by all")) == dict(told)
    names = ("day", "channel", "event_count", "purchases", "revenue")
    silent = sorted(tuple(row[name] for name in names) for row in truth["unconsented"])
    assert built.rows("select date, channel, event_count, purchases, revenue from audit.unconsented_events order by 1, 2") == silent
    assert len(told) == 3
    assert silent


def test_attribution_is_whole_under_each_model(built: Warehouse) -> None:
    models = built.rows(
        "select model, sum(credit), sum(attributed_revenue), count(distinct conversion_id) from marts.fct_attribution group by 1"
    )
    ((count, revenue),) = built.rows("select count(*), sum(net_value) from marts.fct_conversions")
    assert {row[0] for row in models} == set(MODELS)
    for _, credit, attributed, conversions in models:
        assert (credit, attributed, conversions) == (count, revenue, count)
