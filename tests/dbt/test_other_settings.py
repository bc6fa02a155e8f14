"""Settings changed all at once: the data tests of the project and the audits of the marts hold, and what is served follows.

Of random odd shops, that is every figure that ``test_independent_facts.py`` works out; ``JOURNEY_ODD_SHOPS`` says of how many.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest
from compared_shops import FIRST_SEED, SHOPS, differences_of_facts
from dbt_warehouse import Rows, Warehouse, land_rows
from odd_rows import odd
from recorded_builds import Recorded, Recording, Start, record
from small_nights import Zone
from small_rows import DAYS
from small_shop import event
from small_streams import landed

from expectations.marts import validate
from extractors.landing import Landing
from journey.settings import load

CHANGED = {
    "reporting_currency": "EUR",
    "reporting_time_zone": "Australia/Lord_Howe",
    "session_timeout_minutes": 5,
    "attribution_window_days": 2,
    "attribution_models": ["position_based", "time_decay", "markov", "shapley"],
    "half_life_days": 0.5,
    "position_weights": [0, 0, 1],
    "markov_order": 2,
    "shapley_variant": "conversion_rate",
    "closing_conversion": "lead_capture",
    "conversion_events": {"purchase": "order", "checkout": "order", "lead_capture": "lead", "chat": "talk"},
    "max_events_per_session": 30,
    "max_clock_lag_days": 0,
    "max_identifiers_per_identifier": 1,
    "max_devices_per_identifier": 3,
    "max_people_per_device": 1,
    "crowded_customer_touchpoints": 2,
    "email_hash_keys": ["email_sha256"],
    "meta_ad_id_parameters": ["hsa_ad", "ad.id", "UTM_Content"],
    "dormant_after_days": 0,
    "utm_suggestion_similarity": 0.5,
    "max_utm_comparisons": 1_000,
}


@pytest.fixture(scope="module")
def changed_start(small_landing: Landing, tmp_path_factory: pytest.TempPathFactory) -> Start:
    """The small world's warehouse, built with ``CHANGED``, its data tests passed; and that build, to be run on other shops."""
    folder = tmp_path_factory.mktemp("other-settings")
    seeded, warehouse = (Warehouse(folder / name / "build.duckdb", quick=True) for name in ("seeded", "small-world"))
    seeded.path.parent.mkdir()
    seeded.dbt(["build", "--resource-type", "seed", "--exclude-resource-type", "test"], CHANGED)
    warehouse.path.parent.mkdir()
    shutil.copyfile(seeded.path, warehouse.path)
    kinds = [part for kind in ("seed", "unit_test") for part in ("--exclude-resource-type", kind)]
    whole, credentials = record(warehouse, small_landing, CHANGED, ["build", *kinds, "--threads", "1", "--full-refresh"])
    return Start(seeded, warehouse, Recorded(Recording(), whole, credentials))


@pytest.fixture(scope="module")
def changed(changed_start: Start) -> Warehouse:
    return changed_start.empty


def test_they_are_settings_that_can_be_used() -> None:
    load({f"JOURNEY_{name.upper()}": value if isinstance(value, str) else json.dumps(value) for name, value in CHANGED.items()})


def test_the_audits_hold(changed: Warehouse) -> None:
    results = validate(changed.path, build_id="build-1", served=None, validated_at=datetime(2026, 6, 1, tzinfo=UTC))
    assert {result.expectation: result.message for result in results if not result.success} == {}


def test_days_are_those_of_the_zone_and_journeys_end_with_leads(changed: Warehouse) -> None:
    zone = ZoneInfo("Australia/Lord_Howe")
    touches = changed.rows(
        "select customer_id, journey_number, touchpoint_type, occurred_at, occurred_date, is_last_touch, days_to_conversion is not null "
        "from marts.fct_customer_journey order by customer_id, journey_number, touchpoint_number"
    )
    assert all(at.replace(tzinfo=UTC).astimezone(zone).date() == day for *_, at, day, _, _ in touches)
    closed = {(customer, number) for customer, number, kind, *_ in touches if kind == "lead_capture"}
    assert closed == {(customer, number) for customer, number, *_, is_closed in touches if is_closed}
    assert all(is_last for _, _, kind, _, _, is_last, _ in touches if kind == "lead_capture")
    assert len(closed) > 2


def test_conversions_are_the_chosen_ones_and_a_customer_is_new_once(changed: Warehouse) -> None:
    types = CHANGED["conversion_events"]
    assert isinstance(types, dict)
    touched = changed.rows("select touchpoint_type, conversion_type, count(*) from marts.fct_customer_journey group by all")
    assert {kind: conversion for kind, conversion, _ in touched} == {kind: types.get(kind) for kind, *_ in touched}
    new = Counter(customer for (customer,) in changed.rows("select customer_id from marts.fct_conversions where is_new_customer"))
    bought = changed.rows("select customer_id from marts.dim_customers where purchase_count > 0")
    assert new == Counter(customer for (customer,) in bought)
    assert new


def test_credit_is_within_the_window_and_of_the_chosen_models(changed: Warehouse) -> None:
    found = changed.rows(
        "select model, sum(credit), max(converted_at - occurred_at) from marts.fct_attribution "
        "left join marts.fct_customer_journey using (touchpoint_id) inner join marts.fct_conversions as conversions "
        "on conversions.conversion_id = fct_attribution.conversion_id group by model order by model"
    )
    ((conversions,),) = changed.rows("select count(*) from marts.fct_conversions")
    models = ["markov", "position_based", "shapley", "time_decay"]
    assert [(model, credit) for model, credit, _ in found] == [(model, conversions) for model in models]
    assert all(longest is None or longest <= timedelta(days=2) for *_, longest in found)


def test_the_name_of_a_parameter_is_the_same_in_any_case(changed_start: Start, tmp_path: Path) -> None:
    """``UTM_Content`` is what the export collects as content, too."""
    landing = Landing(tmp_path / "landing")
    click = {"manual_content": "123456789012", "manual_medium": "cpm"}
    rows = landed("ga4", "events", [event("d1", 9, collected_traffic_source=click)])
    land_rows(landing, [Rows("ga4", "events", "1", DAYS[0], rows)], load="once")
    warehouse = changed_start.whole(tmp_path / "warehouse", landing)
    assert warehouse.rows("select touchpoint_type, ad_id from marts.fct_customer_journey") == [("ad_click", "123456789012")]


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + max(2, SHOPS // 3)))
def test_facts_of_odd_shops_are_those_of_the_documents(changed_start: Start, tmp_path: Path, seed: int) -> None:
    landing, rng = Landing(tmp_path / "landing"), Random(seed)
    land_rows(landing, odd(Zone(rng).first_night(), rng), load="once")
    found = differences_of_facts(landing, changed_start.whole(tmp_path / "warehouse", landing), CHANGED)
    assert not found, f"{len(found)} differences:\n" + "\n".join(found[:40])
    shutil.rmtree(tmp_path)
