"""The facts of random odd shops, worked out a second time from what landed: in plain Python, by the documents, without a line of SQL.

``JOURNEY_ODD_SHOPS`` says how many shops (default 6) and ``JOURNEY_FIRST_SEED`` where their seeds begin; a failing one is repeated by
its seed. Every other shop has all streams on all days. What the models alone can say is taken from them: of events and touches at the
same moment which comes first where only a hash of them tells; and, in the test of facts, whose a visit, email or line of a file is,
which the test of people works out.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from dbt_warehouse import Warehouse, land_rows
from independent_audits import bad_input, customer, newest_day, unconsented
from independent_costs import Ads, price
from independent_events import Landed
from independent_facts import Facts, Touch
from independent_journeys import Conversion, conversions, number_journeys
from independent_people import Decision, Limits, People, unlike_partitions
from independent_spend import reconciliation
from odd_people import decisions, peopled
from odd_rows import odd
from recorded_builds import VARIABLES, Start
from small_nights import Zone

from extractors.landing import Landing

SHOPS = int(os.environ.get("JOURNEY_ODD_SHOPS", "6"))
FIRST_SEED = int(os.environ.get("JOURNEY_FIRST_SEED", "1"))
EVENTS_IN_ORDER = """
    select
        concat_ws(
            '/', 'analytics_' || account_id, 'events_' || strftime(partition_date, '%Y%m%d'), event_timestamp, event_name,
            coalesce(user_pseudo_id, ''), coalesce(event_bundle_sequence_id::varchar, ''),
            coalesce(batch_event_index::varchar, ''), row_of_key
        ),
        record_number
    from staging.stg_ga4__events
"""
TOUCH: dict[str, Callable[[Touch], Any]] = {
    "occurred_at": lambda touch: plain(touch.at),
    "consent_state": lambda touch: touch.consent,
    "is_machine": lambda touch: touch.is_machine,
    "journey_number": lambda touch: touch.journey,
    "touchpoint_number": lambda touch: touch.number,
    "touchpoints_in_journey": lambda touch: touch.length,
    "is_first_touch": lambda touch: touch.number == 1,
    "is_last_touch": lambda touch: touch.number == touch.length,
    "journey_stage": lambda touch: touch.stage,
    "days_to_conversion": lambda touch: touch.days,
    "channel": lambda touch: touch.channel,
    "platform": lambda touch: touch.platform,
    "source": lambda touch: touch.source,
    "medium": lambda touch: touch.medium,
    "session_id": lambda touch: touch.session_id,
    "email_message_id": lambda touch: touch.message,
    "source_system": lambda touch: touch.source_system,
    "campaign_id": lambda touch: touch.campaign_id,
    "campaign_name": lambda touch: touch.campaign_name,
    "ad_group_id": lambda touch: touch.ad_group_id,
    "ad_id": lambda touch: touch.ad_id,
    "cost": lambda touch: touch.cost,
    "cost_basis": lambda touch: touch.cost_basis,
}
"""Columns of fct_customer_journey and what they are in a touch."""


def plain(at: datetime) -> datetime:
    """A moment as the warehouse has it, UTC without a zone."""
    return at.replace(tzinfo=None)


def table(warehouse: Warehouse, name: str) -> list[dict[str, Any]]:
    with warehouse.reading() as connection:
        found = connection.execute(f"select * from {name}")
        columns = [column[0] for column in found.description or []]
        return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def unlike(what: str, ours: dict[Any, Any] | Counter[Any], theirs: dict[Any, Any] | Counter[Any]) -> Iterator[str]:
    """Each key whose values differ, or that one side has not."""
    for key in sorted(ours.keys() | theirs.keys(), key=str):
        if ours.get(key) != theirs.get(key):
            yield f"{what} {key}: {ours.get(key)} by the documents, {theirs.get(key)} by the models"


class Compared:
    """A shop, what its documents say and what its warehouse holds."""

    def __init__(self, landing: Landing, warehouse: Warehouse) -> None:
        order = dict(warehouse.rows(EVENTS_IN_ORDER))
        self.warehouse, self.landed = warehouse, Landed(landing.root)
        self.facts = Facts(self.landed, most_events=VARIABLES["max_events_per_session"], opaque=order.__getitem__)
        self.ads = Ads(self.landed, self.facts.rates)
        self.rows = {(row["source_record_id"], row["touchpoint_type"]): row for row in table(warehouse, "marts.fct_customer_journey")}
        self.touches = {(touch.record_id, touch.type): touch for touch in self.facts.touches}
        for name, touch in self.touches.items():
            if row := self.rows.get(name):
                touch.customer, touch.touchpoint_id = row["customer_id"], row["touchpoint_id"]
        price(self.ads, self.facts.touches)
        self.journeys = number_journeys(touch for touch in self.facts.touches if touch.customer)
        self.conversions = conversions(self.facts, self.journeys)

    def differences(self) -> list[str]:
        return [*self.of_events(), *self.of_touches(), *self.of_conversions(), *self.of_money(), *self.of_customers()]

    def of_events(self) -> Iterator[str]:
        ours = Counter((event.record_id, event.reason) for event in self.facts.events if event.reason)
        rows = table(self.warehouse, "audit.set_aside_events")
        yield from unlike("set aside", ours, Counter((row["source_record_id"], row["reason"]) for row in rows))
        denied = table(self.warehouse, "audit.unconsented_events")
        counts = {(row["date"], row["channel"]): (row["event_count"], row["purchases"], row["revenue"]) for row in denied}
        yield from unlike("without consent", unconsented(self.facts, self.ads), counts)

    def of_touches(self) -> Iterator[str]:
        yield from unlike("touch", dict.fromkeys(self.touches, "is"), dict.fromkeys(self.rows, "is"))
        for name in self.touches.keys() & self.rows.keys():
            ours = {column: told(self.touches[name]) for column, told in TOUCH.items()}
            yield from unlike(f"touch {name}", ours, {column: self.rows[name][column] for column in TOUCH})

    def of_conversions(self) -> Iterator[str]:
        numbers = {row["journey_id"]: row["journey_number"] for row in self.rows.values()}
        theirs = Counter(
            (
                *(row[column] for column in ("conversion_type", "converted_at", "transaction_id", "gross_value", "refunded_value")),
                *(row[column] for column in ("net_value", "original_value", "original_currency", "customer_id", "is_new_customer")),
                numbers.get(row["journey_id"]),
            )
            for row in table(self.warehouse, "marts.fct_conversions")
        )
        yield from unlike("conversion", Counter(map(_conversion, self.conversions)), theirs)
        kinds = {row["kind"]: row["records"] for row in table(self.warehouse, "audit.bad_input")}
        counted = bad_input(self.facts, self.ads, self.journeys)
        yield from unlike("bad input", counted, {kind: kinds[kind] for kind in counted})

    def of_money(self) -> Iterator[str]:
        rows = table(self.warehouse, "marts.fct_spend_reconciliation")
        keys = ("date", "platform", "account_id", "grain", "component")
        theirs = {tuple(row[key] for key in keys): (row["account_amount"], row["amount"]) for row in rows}
        yield from unlike("spend", reconciliation(self.ads), theirs)

    def of_customers(self) -> Iterator[str]:
        identities = table(self.warehouse, "marts.dim_identities")
        addressed = {row["customer_id"] for row in identities if row["identifier_type"] == "email_sha256"}
        sales: dict[str | None, list[Conversion]] = defaultdict(list)
        for sale in self.conversions:
            if sale.type == "purchase":
                sales[sale.customer].append(sale)
        newest = newest_day(self.landed)
        for row in table(self.warehouse, "marts.dim_customers"):
            name = row["customer_id"]
            if newest and name in self.journeys:
                ours = customer(self.journeys[name], sales[name], newest, has_address=name in addressed)
                yield from unlike(f"customer {name}", ours, {column: row[column] for column in ours})


def _conversion(sale: Conversion) -> tuple[Any, ...]:
    money = (sale.gross, sale.refunded, sale.net, sale.original, sale.currency)
    return (sale.type, plain(sale.at), sale.transaction, *money, sale.customer, sale.is_new, sale.journey)


LIMITS = Limits(*(VARIABLES[f"max_{kind}"] for kind in ("identifiers_per_identifier", "devices_per_identifier", "people_per_device")))


def decided(lines: list[str]) -> list[Decision]:
    found = []
    for line in lines:
        action, *sides = line.split(",")
        names = [(kind, name) for kind, _, name in (side.partition(":") for side in sides) if name]
        if action == "link" and "device" in dict(names):
            action, names = "given", sorted(names, key=lambda name: name[0] != "device")
        found.append(Decision(action, *names))
    return found


def people_differ(landing: Landing, warehouse: Warehouse, lines: list[str]) -> list[str]:
    """Touches and turns of identifiers that one side puts together and the other does not."""
    order = dict(warehouse.rows(EVENTS_IN_ORDER))
    facts = Facts(Landed(landing.root), most_events=VARIABLES["max_events_per_session"], opaque=order.__getitem__)
    people = People(facts, LIMITS, decided(lines))
    touches = {(touch.record_id, touch.type): touch for touch in facts.touches}
    theirs: dict[Any, Any] = {
        (row["source_record_id"], row["touchpoint_type"]): row["customer_id"] for row in table(warehouse, "marts.fct_customer_journey")
    }
    ours: dict[Any, Any] = {name: people.owner(touch) for name, touch in touches.items()}
    turns: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in sorted(table(warehouse, "marts.dim_identities"), key=lambda row: row["valid_from"]):
        if row["identifier_type"] != "device":
            turns[row["identifier_type"], row["identifier"]].append(row["customer_id"])
    for name, customers in turns.items():
        for number, customer_id in enumerate(customers):
            theirs[(name, number)], ours[(name, number)] = customer_id, people.groups.find((name, number))
    counted = {name: max(1, len(people.turns.get(name, []))) for name in people.names()}
    return [
        *unlike("turns of", counted, {name: len(customers) for name, customers in turns.items()}),
        *unlike_partitions(ours, theirs),
    ]


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + SHOPS))
def test_facts_of_odd_shops_are_those_of_the_documents(shop_start: Start, tmp_path: Path, seed: int) -> None:
    """What is set aside, touches with their journeys, channels, ads and costs, conversions, bills, customers' figures and audits."""
    landing, rng = Landing(tmp_path / "landing"), Random(seed)
    zone = Zone(rng)
    land_rows(landing, odd(zone.first_night() if seed % 2 else zone.night(60), rng), load="once")
    found = Compared(landing, shop_start.whole(tmp_path / "warehouse", landing)).differences()
    assert not found, f"{len(found)} differences:\n" + "\n".join(found[:40])
    shutil.rmtree(tmp_path)  # hundreds of shops would keep gigabytes


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + SHOPS))
def test_people_of_odd_shops_are_those_of_the_documents(shop_start: Start, tmp_path: Path, seed: int) -> None:
    """Who is the same as whom, by every touch and every identifier in each of its turns; then with an override file."""
    landing, rng = Landing(tmp_path / "landing"), Random(seed)
    rows = odd(peopled(Zone(rng).first_night(), rng), rng)
    land_rows(landing, rows, load="once")
    lines: list[str] = []
    for number in range(3):
        warehouse = shop_start.copy(tmp_path / f"warehouse-{number}", built=False)
        overrides = tmp_path / "identity_overrides.csv"
        header = "action,identifier,other_identifier,decided_by,decided_on,reason"
        overrides.write_text("\n".join([header, *(f"{line},ana,2026-02-01,said so" for line in lines)]) + "\n")
        shop_start.builds.build(warehouse, landing, full=True, overrides=overrides)
        refused = {row["line"] for row in table(warehouse, "audit.identity_overrides") if row["status"] != "applied"}
        if refused:  # nothing is published until these lines are gone
            lines = [line for at, line in enumerate(lines, 2) if at not in refused]
            continue
        found = people_differ(landing, warehouse, lines)
        assert not found, f"with {lines}: {len(found)} differences:\n" + "\n".join(found[:40])
        lines = decisions(rows, rng)
    shutil.rmtree(tmp_path)
