"""Credit of the built world, touch by touch, against the models computed a second time, from the facts, in Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from decimal import Decimal
from typing import Any

import independent_aggregates as independent
import pytest
from dbt_warehouse import Warehouse
from independent_aggregates import TOUCH, Touch
from independent_credits import CONVERTING, CREDITS, eligible_touches, told

from journey.attribution import MODELS


@pytest.fixture(scope="module")
def journeys(built: Warehouse) -> list[list[Touch]]:
    return independent.journeys(built.rows(f"select {TOUCH} from marts.fct_customer_journey"))


@pytest.fixture(scope="module")
def eligible(built: Warehouse, journeys: list[list[Touch]]) -> dict[str, tuple[datetime, list[Touch]]]:
    return eligible_touches(journeys, built.rows(CONVERTING))


def test_every_credit_is_that_of_the_definition(
    built: Warehouse, journeys: list[list[Touch]], eligible: dict[str, tuple[datetime, list[Touch]]]
) -> None:
    conversions = [row[0] for row in built.rows("select conversion_id from marts.fct_conversions")]
    expected = told(journeys, eligible, conversions)
    found = {(conversion, touch, model): float(credit) for conversion, touch, model, credit in built.rows(CREDITS)}
    assert found.keys() == expected.keys()
    assert max(abs(found[key] - expected[key]) for key in found) < 1e-9
    assert len(conversions) > 60
    assert max(len(touches) for _, touches in eligible.values()) >= 5


def test_credit_is_exactly_one_and_revenue_exact(built: Warehouse) -> None:
    query = (
        "select conversion_id, model, sum(credit), sum(attributed_revenue), any_value(net_value)"
        " from marts.fct_attribution join marts.fct_conversions using (conversion_id) group by all"
    )
    rows = built.rows(query)
    ((conversions,),) = built.rows("select count(*) from marts.fct_conversions")
    assert Counter(row[1] for row in rows) == dict.fromkeys(MODELS, conversions)
    assert {row[2] for row in rows} == {Decimal(1)}
    assert [row for row in rows if row[3] != row[4]] == []


def test_the_models_disagree(built: Warehouse) -> None:
    """Eight names over one computation would pass every sum."""
    by_model: dict[str, dict[Any, Decimal]] = defaultdict(dict)
    for conversion, touch, model, credit in built.rows(CREDITS):
        by_model[model][conversion, touch] = credit
    assert len(by_model) == 8
    assert all(by_model[one] != by_model[other] for one in by_model for other in by_model if one != other)
