"""Credit of the built world, touch by touch, against the models computed a second time, from the facts, in Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import independent_aggregates as independent
import naive_models as naive
import pytest
from dbt_warehouse import Warehouse
from independent_aggregates import TOUCH, WINDOW, Touch

from journey.attribution import MODELS

Credits = dict[tuple[str, str | None, str], float]
CREDITS = "select conversion_id, touchpoint_id, model, credit from marts.fct_attribution"
CHANNEL_MODELS = ("markov", "shapley")


@pytest.fixture(scope="module")
def journeys(built: Warehouse) -> list[list[Touch]]:
    return independent.journeys(built.rows(f"select {TOUCH} from marts.fct_customer_journey"))


@pytest.fixture(scope="module")
def eligible(built: Warehouse, journeys: list[list[Touch]]) -> dict[str, tuple[datetime, list[Touch]]]:
    """Conversion -> its moment, and the touches that may earn its credit, oldest first."""
    may_earn = independent.eligibility(journeys)
    converting = {
        row[1]: row[0]
        for row in built.rows("select conversion_id, touchpoint_id from marts.fct_customer_journey where conversion_id is not null")
    }
    found: dict[str, tuple[datetime, list[Touch]]] = {}
    for journey in journeys:
        for place, last in enumerate(journey):
            if last.touchpoint_id in converting:
                earlier = [touch for touch in journey[: place + 1] if may_earn(touch) and touch.occurred_at >= last.occurred_at - WINDOW]
                found[converting[last.touchpoint_id]] = (last.occurred_at, earlier)
    return found


def weights(journeys: list[list[Touch]]) -> dict[str, dict[str, Fraction]]:
    """Model -> channel -> share of the conversions, in exact fractions, over all paths."""
    rows = [
        naive.row(path, converting, 0, count - converting)
        for path, (_, count, converting, _, _) in independent.paths(journeys).items()
        if path != "(no touch)"
    ]
    split: dict[str, Fraction] = defaultdict(Fraction)
    for row in rows:
        for channel in set(row.path):
            split[channel] += row.conversions / len(set(row.path))
    return {"markov": naive.markov(rows), "shapley": split}


def shares(model: str, at: datetime, touches: Sequence[Touch], of: dict[str, dict[str, Fraction]]) -> Iterator[Fraction]:
    """The share of each touch of one conversion."""
    channels = [touch.channel for touch in touches]
    if model not in CHANNEL_MODELS:
        yield from naive.rule_shares(model, channels, [(at - touch.occurred_at).total_seconds() / 86400 for touch in touches])
        return
    times = Counter(channels)
    whole = sum(of[model].get(channel, Fraction(0)) for channel in times)
    for channel in channels:
        yield of[model].get(channel, Fraction(0)) / times[channel] / whole if whole else Fraction(1, len(channels))


def told(journeys: list[list[Touch]], eligible: dict[str, tuple[datetime, list[Touch]]], conversions: Sequence[str]) -> Credits:
    of = weights(journeys)
    found: Credits = {}
    for model in MODELS:
        for conversion in conversions:
            at, touches = eligible.get(conversion, (None, []))
            if at is None or not touches:
                found[conversion, None, model] = 1.0
                continue
            for touch, share in zip(touches, shares(model, at, touches, of), strict=True):
                if share:
                    found[conversion, touch.touchpoint_id, model] = float(share)
    return found


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
