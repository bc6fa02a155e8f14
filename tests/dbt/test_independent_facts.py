"""The facts of random odd shops, worked out a second time from what landed: in plain Python, by the documents, without a line of SQL.

``JOURNEY_ODD_SHOPS`` says how many shops (default 5) and ``JOURNEY_FIRST_SEED`` where their seeds begin; a failing one is repeated by
its seed. Every other shop has all streams on all days. What the models alone can say is taken from them: of events and touches at the
same moment which comes first where only a hash of them tells; and, in the test of facts, whose a visit, email or line of a file is,
which the test of people works out.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from compared_shops import EVENTS_IN_ORDER, FIRST_SEED, SHOPS, differences_of_facts
from compared_tables import table, unlike
from dbt_warehouse import Warehouse, land_rows
from independent_events import Landed
from independent_facts import Facts
from independent_people import Decision, Limits, People, unlike_partitions
from independent_settings import choosing
from odd_people import decisions, peopled
from odd_rows import odd
from recorded_builds import VARIABLES, Start, plainly
from small_nights import Zone

from extractors.landing import Landing

FEW = Limits(*(VARIABLES[f"max_{kind}"] for kind in ("identifiers_per_identifier", "devices_per_identifier", "people_per_device")))


MORE = replace(FEW, identifiers=5)
CROWD, LARGER_CROWD = (f"having count(*) > {limits.identifiers}\n" for limits in (FEW, MORE))


def with_larger_crowds(warehouse: Any, text: str, *values: Any) -> None:
    """A statement of a recorded build, with as many accounts at one address as by default."""
    plainly(warehouse, text.replace(CROWD, LARGER_CROWD), *values)


def decided(lines: list[str]) -> list[Decision]:
    found = []
    for line in lines:
        action, *sides = line.split(",")
        names = [(kind, name) for kind, _, name in (side.partition(":") for side in sides) if name]
        if action == "link" and "device" in dict(names):
            action, names = "given", sorted(names, key=lambda name: name[0] != "device")
        found.append(Decision(action, *names))
    return found


def people_differ(landing: Landing, warehouse: Warehouse, limits: Limits, lines: list[str]) -> list[str]:
    """Touches and turns of identifiers that one side puts together and the other does not."""
    order = dict(warehouse.rows(EVENTS_IN_ORDER))
    with choosing(VARIABLES):
        facts = Facts(Landed(landing.root), opaque=order.__getitem__)
        people = People(facts, limits, decided(lines))
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
    found = differences_of_facts(landing, shop_start.whole(tmp_path / "warehouse", landing), VARIABLES)
    assert not found, f"{len(found)} differences:\n" + "\n".join(found[:40])
    shutil.rmtree(tmp_path)  # hundreds of shops would keep gigabytes


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + SHOPS))
def test_people_of_odd_shops_are_those_of_the_documents(shop_start: Start, tmp_path: Path, seed: int) -> None:
    """Who is the same as whom, by every touch and every identifier in each of its turns; then with an override file."""
    landing, rng = Landing(tmp_path / "landing"), Random(seed)
    rows = odd(peopled(Zone(rng).first_night(), rng), rng)
    land_rows(landing, rows, load="once")
    lines: list[str] = []
    limits, execute = (FEW, plainly) if seed % 2 else (MORE, with_larger_crowds)
    for number in range(3):
        warehouse = shop_start.copy(tmp_path / f"warehouse-{number}", built=False)
        overrides = tmp_path / "identity_overrides.csv"
        header = "action,identifier,other_identifier,decided_by,decided_on,reason"
        overrides.write_text("\n".join([header, *(f"{line},ana,2026-02-01,said so" for line in lines)]) + "\n")
        shop_start.builds.build(warehouse, landing, full=True, overrides=overrides, execute=execute)
        refused = {row["line"] for row in table(warehouse, "audit.identity_overrides") if row["status"] != "applied"}
        if refused:  # nothing is published until these lines are gone
            lines = [line for at, line in enumerate(lines, 2) if at not in refused]
            continue
        found = people_differ(landing, warehouse, limits, lines)
        assert not found, f"with {lines}: {len(found)} differences:\n" + "\n".join(found[:40])
        lines = decisions(rows, rng)
    shutil.rmtree(tmp_path)
