"""Credit of each touch for each conversion, worked out a second time from the fact tables by docs/attribution.md alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

import independent_aggregates as independent
import naive_models as naive
from independent_aggregates import Touch
from independent_settings import chosen

Credits = dict[tuple[str, str | None, str], float]
CREDITS = "select conversion_id, touchpoint_id, model, credit from marts.fct_attribution"
CONVERTING = "select conversion_id, touchpoint_id from marts.fct_customer_journey where conversion_id is not null"
CHANNEL_MODELS = ("markov", "shapley")


def eligible_touches(journeys: list[list[Touch]], rows: Iterable[tuple[Any, ...]]) -> dict[str, tuple[datetime, list[Touch]]]:
    """Conversion -> its moment, and the touches that may earn its credit, oldest first."""
    may_earn = independent.eligibility(journeys)
    converting = {touch: conversion for conversion, touch in rows}
    found: dict[str, tuple[datetime, list[Touch]]] = {}
    for journey in journeys:
        for place, last in enumerate(journey):
            if last.touchpoint_id in converting:
                since = last.occurred_at - chosen().window
                earlier = [touch for touch in journey[: place + 1] if may_earn(touch) and touch.occurred_at >= since]
                found[converting[last.touchpoint_id]] = (last.occurred_at, earlier)
    return found


def weights(journeys: list[list[Touch]]) -> dict[str, dict[str, Fraction]]:
    """Model -> channel -> share of the conversions, in exact fractions, over all paths."""
    rows = [
        naive.row(path, converting, 0, count - converting)
        for path, (_, count, converting, _, _) in independent.paths(journeys).items()
        if path != "(no touch)"
    ]
    if chosen().shapley_variant == "conversion_rate":
        split = {channel: max(weight, Fraction(0)) for channel, weight in naive.shapley(rows, "conversion_rate").items()}
        return {"markov": naive.markov(rows, chosen().markov_order), "shapley": split}
    split = defaultdict(Fraction)
    for row in rows:
        for channel in set(row.path):
            split[channel] += row.conversions / len(set(row.path))
    return {"markov": naive.markov(rows, chosen().markov_order), "shapley": split}


def shares(model: str, at: datetime, touches: Sequence[Touch], of: dict[str, dict[str, Fraction]]) -> Iterator[Fraction]:
    """The share of each touch of one conversion."""
    channels = [touch.channel for touch in touches]
    if model not in CHANNEL_MODELS:
        ages, settings = [(at - touch.occurred_at).total_seconds() / 86400 for touch in touches], chosen()
        rule = {"half_life": settings.half_life_days, "position": settings.position_weights}
        yield from naive.rule_shares(model, channels, ages, **rule)
        return
    times = Counter(channels)
    whole = sum(of[model].get(channel, Fraction(0)) for channel in times)
    for channel in channels:
        yield of[model].get(channel, Fraction(0)) / times[channel] / whole if whole else Fraction(1, len(channels))


def told(journeys: list[list[Touch]], eligible: dict[str, tuple[datetime, list[Touch]]], conversions: Sequence[str]) -> Credits:
    of = weights(journeys)
    found: Credits = {}
    for model in chosen().attribution_models:
        for conversion in conversions:
            at, touches = eligible.get(conversion, (None, []))
            if at is None or not touches:
                found[conversion, None, model] = 1.0
                continue
            for touch, share in zip(touches, shares(model, at, touches, of), strict=True):
                if share:
                    found[conversion, touch.touchpoint_id, model] = float(share)
    return found
