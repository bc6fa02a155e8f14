"""The credit of a conversion by every model, worked out again touch by touch."""

from __future__ import annotations

from collections import defaultdict
from decimal import ROUND_DOWN, Decimal
from typing import Any

from journey.explain.evidence import Evidence
from journey.explain.findings import Explanation, Row

TWELVE = Decimal("0.000000000001")
CHANNEL_MODELS = ("markov", "shapley")
DAY = 86_400_000_000


def add_credits(told: Explanation, evidence: Evidence, conversion: Row) -> None:
    """A step for each model with each eligible touch's place, weight, share and credit; checks that they sum and agree."""
    served = evidence.rows(
        "select credits.*, journey.occurred_at, journey.touchpoint_type from marts.fct_attribution as credits "
        "left join marts.fct_customer_journey as journey on credits.touchpoint_id = journey.touchpoint_id "
        "where credits.conversion_id = $1 order by credits.model, journey.occurred_at, credits.touchpoint_id",
        [conversion["conversion_id"]],
    )
    by_model: dict[str, list[Row]] = defaultdict(list)
    for row in served:
        by_model[row["model"]].append(row)
    eligible = _eligible(evidence, conversion, by_model)
    if not eligible:
        told.note(
            "No touch within the window may have credit (docs/model.md, Credit): each model keeps one row without a touch and credit 1."
        )
    for model, rows in by_model.items():
        told.check(f"{model}: the credits add up to 1", Decimal(1), sum((row["credit"] for row in rows), Decimal(0)))
        told.check(
            f"{model}: the revenue adds up to the net value",
            conversion["net_value"],
            None if conversion["net_value"] is None else sum((row["attributed_revenue"] for row in rows), Decimal(0)),
        )
        if eligible:
            _add_model(told, evidence, model, rows, eligible, conversion)


def _eligible(evidence: Evidence, conversion: Row, by_model: dict[str, list[Row]]) -> list[Row]:
    """The touches that may have credit, first to last; without the builder's file those that have any by the linear model."""
    facts = "marts.fct_customer_journey as journey on touches.touchpoint_id = journey.touchpoint_id"
    columns = "journey.touchpoint_id, journey.occurred_at, journey.channel, journey.touchpoint_type, journey.touchpoint_number"
    if evidence.has_builder:
        query = (
            f"select {columns} from built.intermediate.int_eligible_touches as touches inner join {facts} "
            "where touches.conversion_id = $1 order by journey.touchpoint_number"
        )
        return evidence.rows(query, [conversion["conversion_id"]])
    query = (
        f"select distinct {columns} from marts.fct_attribution as touches inner join {facts} "
        "where touches.conversion_id = $1 order by journey.touchpoint_number"
    )
    return evidence.rows(query, [conversion["conversion_id"]])


def _add_model(told: Explanation, evidence: Evidence, model: str, rows: list[Row], eligible: list[Row], conversion: Row) -> None:
    weights = _weights(evidence, model, eligible)
    held = {row["touchpoint_id"]: row for row in rows}
    if weights is None:
        told.note(
            f"{model}: the weights of the channels are in the builder's file, which is not there; its shares are not worked out again."
        )
        weights = [("", 0.0)] * len(eligible)
    total = sum(weight for _, weight in weights)
    steps, worst = [], Decimal(0)
    for number, (touch, (why, weight)) in enumerate(zip(eligible, weights, strict=True), 1):
        share = Decimal(weight / total).quantize(TWELVE, ROUND_DOWN) if total else None
        credit = held[touch["touchpoint_id"]]["credit"] if touch["touchpoint_id"] in held else Decimal(0)
        if share is not None:
            worst = max(worst, abs(share - credit))
        steps.append(
            {
                "model": model,
                "position": f"{number} of {len(eligible)}",
                "touchpoint_id": touch["touchpoint_id"],
                "channel": touch["channel"],
                "why": why,
                "weight": weight,
                "credit": credit,
                "attributed_revenue": held[touch["touchpoint_id"]]["attributed_revenue"] if credit else Decimal(0),
            }
        )
    told.section("credit", f"Credit by {model}: weight over the sum of the weights", steps)
    if total:
        # The last touch takes what the cut to twelve decimals leaves of all others.
        told.check(f"{model}: each credit is its weight over the sum", Decimal(0), worst, within=TWELVE * (len(eligible) + 1))


def _weights(evidence: Evidence, model: str, eligible: list[Row]) -> list[tuple[str, float]] | None:
    """Why and how much each eligible touch weighs (docs/attribution.md); None where it cannot be known."""
    count = len(eligible)
    if model in CHANNEL_MODELS:
        return _channel_weights(evidence, model, eligible)
    if model == "first_touch":
        return [("first", 1.0) if number == 0 else ("", 0.0) for number in range(count)]
    if model == "last_touch":
        return [("last", 1.0) if number == count - 1 else ("", 0.0) for number in range(count)]
    if model == "last_non_direct":
        others = [number for number, touch in enumerate(eligible) if touch["channel"] != "Direct"]
        chosen = others[-1] if others else count - 1
        why = "last that is not Direct" if others else "all are Direct: the last"
        return [(why, 1.0) if number == chosen else ("", 0.0) for number in range(count)]
    if model == "linear":
        return [("each alike", 1.0)] * count
    if model == "position_based":
        first, middle, last = evidence.setting("position_weights")
        if count <= 2:
            return [("two or fewer: alike", 1.0)] * count
        between = (f"{middle:g} over the {count - 2} between", middle / (count - 2))
        return [(f"first: {first:g}", float(first)), *[between] * (count - 2), (f"last: {last:g}", float(last))]
    if model == "time_decay":
        half_life = evidence.setting("half_life_days")
        return [_decay(touch["occurred_at"], eligible[-1]["occurred_at"], half_life) for touch in eligible]
    return None


def _decay(occurred_at: Any, last_at: Any, half_life: float) -> tuple[str, float]:
    gap = last_at - occurred_at
    days = (gap.days * DAY + gap.seconds * 1_000_000 + gap.microseconds) / DAY
    return f"2^(-{days:.4f} days before the last touch / {half_life:g})", 2.0 ** (-days / half_life)


def _channel_weights(evidence: Evidence, model: str, eligible: list[Row]) -> list[tuple[str, float]] | None:
    """A channel's weight over all journeys, shared by its touches here; where none weighs anything each touch alike."""
    if not evidence.has_builder:
        return None
    query = "select channel, weight from built.intermediate.int_attribution_channel_weights where model = $1"
    weights = {row["channel"]: float(row["weight"]) for row in evidence.rows(query, [model])}
    times = {touch["channel"]: sum(other["channel"] == touch["channel"] for other in eligible) for touch in eligible}
    found = []
    for touch in eligible:
        weight = max(weights.get(touch["channel"], 0.0), 0.0)
        count = times[touch["channel"]]
        found.append((f"{touch['channel']} weighs {weight:.6f}" + (f", shared by {count} touches" if count > 1 else ""), weight / count))
    return found if any(weight > 0 for _, weight in found) else [("no channel here weighs anything: alike", 1.0)] * len(eligible)
