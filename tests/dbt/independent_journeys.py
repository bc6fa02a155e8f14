"""Journeys, stages and conversions of touches, worked out a second time by docs/model.md alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from independent_events import Event, absolute, local, rounded
from independent_facts import DECISIONS, Facts, Touch
from independent_settings import chosen


def number_journeys(touches: Iterable[Touch]) -> dict[str, list[list[Touch]]]:
    """Customer -> journeys, each touch with its place, stage and days to the sale; touches have their customer."""
    closing = chosen().closing_conversion
    people: dict[str, list[Touch]] = defaultdict(list)
    for touch in touches:
        people[touch.customer or ""].append(touch)
    found: dict[str, list[list[Touch]]] = {}
    for customer, held in people.items():
        held.sort(key=lambda touch: (touch.at, not touch.is_arrival, touch.order, touch.touchpoint_id))
        journeys: list[list[Touch]] = [[]]
        bought = False
        for place, touch in enumerate(held):
            if journeys[-1] and journeys[-1][-1].type == closing:
                journeys.append([])
            journeys[-1].append(touch)
            touch.journey, touch.number = len(journeys), len(journeys[-1])
            touch.stage = stage(touch, bought=bought, is_first=not place)
            bought = bought or touch.type == "purchase"
        for journey in journeys:
            last = journey[-1]
            for touch in journey:
                touch.length = len(journey)
                touch.days = (local(last.at) - local(touch.at)).days if last.type == closing else None
        found[customer] = journeys
    return found


def stage(touch: Touch, *, bought: bool, is_first: bool) -> str:
    if bought or touch.type in {"refund", "loyalty_join", "support"}:
        return "post_purchase"
    if touch.type in DECISIONS:
        return "decision"
    if is_first:
        return "awareness"
    return "decision" if touch.is_arrival and touch.holds_decision else "consideration"


@dataclass(frozen=True)
class Conversion:
    type: str
    record_id: str
    at: datetime
    transaction: str | None
    gross: Decimal | None
    refunded: Decimal | None
    net: Decimal | None
    original: Decimal | None
    currency: str
    customer: str | None
    journey: int | None
    is_new: bool | None
    is_purchase: bool
    """Whatever conversion_events calls it."""
    kind: str = ""

    def name_by(self, touches: dict[tuple[str, str], Touch]) -> str:
        """Its type and, of a sale that has one, its transaction id."""
        if self.is_purchase and self.transaction:
            return f"{self.type}:{self.transaction}"
        return f"{self.type}:{touches[self.record_id, self.kind].touchpoint_id}"


def conversions(facts: Facts, journeys: dict[str, list[list[Touch]]]) -> list[Conversion]:
    """Every conversion: those of customers, and sales that consent ties to nobody."""
    refunds: dict[str, list[Event]] = defaultdict(list)
    for event in facts.events:
        if event.type == "refund" and event.reason is None and event.transaction:
            refunds[event.transaction].append(event)
    found = []
    for held in journeys.values():
        bought = False
        for touch in (touch for journey in held for touch in journey):
            is_new = touch.type == "purchase" and not bought
            bought = bought or touch.type == "purchase"
            if touch.type in chosen().conversion_events:
                found.append(_conversion(facts, touch.type, touch.event, refunds, touch, is_new))
    for event in facts.events:
        if event.is_sale and "purchase" in chosen().conversion_events and event.reason is None and not event.is_told:
            found.append(_conversion(facts, "purchase", event, refunds, None, None))
    return found


def _conversion(
    facts: Facts, kind: str, event: Event | None, refunds: dict[str, list[Event]], touch: Touch | None, is_new: bool | None
) -> Conversion:
    """An arrival is no sale, whatever event it came with."""
    happened = touch or event
    assert happened is not None
    if touch and touch.is_arrival:
        event = None
    day = local(happened.at)

    def valued(amount: Any, currency: str) -> Fraction | None:
        rate = facts.rates.rate(day, currency)
        if amount == 0:
            return Fraction(0)  # nothing is nothing in any currency
        return amount * rate if isinstance(amount, Fraction) and rate is not None else None

    gross: Fraction | None = Fraction(0)
    back: Fraction | None = Fraction(0)
    original: Any = Fraction(0)
    if kind == "purchase" and event:
        original = event.amount if isinstance(event.amount, Fraction) else None
        gross = valued(original, event.currency)
        parts = refunds[event.transaction] if event.transaction else []
        amounts = [valued(absolute(refund.amount), refund.currency) for refund in parts]
        if any(refund.amount is None for refund in parts):
            back = gross  # whatever else was paid back, it was the whole sale
        elif None in amounts or (parts and gross is None):
            back = None
        else:
            back = min(sum(amounts, Fraction(0)), gross or Fraction(0))
        back = back if back is None else max(back, Fraction(0))
    money = [None if value is None else rounded(value) for value in (gross, back)]
    net = None if money[0] is None or money[1] is None else money[0] - money[1]
    return Conversion(
        chosen().conversion_events[kind],
        happened.record_id,
        happened.at,
        event.transaction if event else None,
        money[0],
        money[1],
        net,
        None if original is None else rounded(Fraction(original)),
        (event and not event.is_in_sales_currency and event.currency) or chosen().reporting_currency,
        touch.customer if touch else None,
        touch.journey if touch else None,
        is_new,
        kind == "purchase",
        kind,
    )
