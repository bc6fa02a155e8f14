"""One conversion: its landed row, its value and rate, the refunds netted, its journey, and the credit of every model."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from journey.explain import landed
from journey.explain.credit import add_credits
from journey.explain.evidence import Evidence
from journey.explain.findings import Explanation, NotExplained, Row
from journey.explain.loads import add_landed, add_loads
from journey.explain.rates import SIX, rate_of

NAN, TOO_MUCH = Decimal("NaN"), Decimal(10) ** 11


def explain(evidence: Evidence, conversion_id: str) -> Explanation:
    """The walk; NotExplained for an id that is not served. A transaction id does as well."""
    conversion = evidence.row("select * from marts.fct_conversions where conversion_id = $1 or transaction_id = $1", [conversion_id])
    if conversion is None:
        raise NotExplained(f"No conversion has the id {conversion_id}, nor its transaction.")
    told = Explanation("conversion", conversion["conversion_id"], conversion)
    touch = evidence.row("select source_record_id, touchpoint_type from marts.fct_customer_journey where conversion_id = $1", [told.id])
    record = _record(told, evidence, conversion, touch)
    found = landed.find(evidence, record) if record else None
    add_landed(told, evidence, "The landed row it was made of", [found])
    if record and evidence.has_landing:
        told.check("the landed row is there", True, found is not None)
    if touch is None or touch["touchpoint_type"] == "purchase":
        _add_value(told, evidence, conversion, found)
        _add_refunds(told, evidence, conversion)
    told.check("net is gross less refunds", conversion["net_value"], _less(conversion["gross_value"], conversion["refunded_value"]))
    told.section("journey", "The journey up to it", _journey(evidence, conversion))
    add_credits(told, evidence, conversion)
    add_loads(told, evidence)
    return told


def _record(told: Explanation, evidence: Evidence, conversion: Row, touch: Row | None) -> str | None:
    """The record that the conversion was made of: its touchpoint's; a sale without consent is found among the builder's events."""
    if touch:
        return str(touch["source_record_id"])
    told.note("The sale has no customer: its consent forbids it, or it names nobody. It counts as revenue and belongs to no journey.")
    kept = [event for event in _events(evidence, conversion, "purchase") if event["set_aside_reason"] is None]
    return str(kept[0]["source_record_id"]) if kept else None


def _events(evidence: Evidence, conversion: Row, kind: str) -> list[Row]:
    """Sales or refunds of the conversion's transaction, also those that were set aside."""
    if not evidence.has_builder or conversion["transaction_id"] is None:
        return []
    columns = "source_record_id, occurred_at, currency, has_consent, set_aside_reason"
    return evidence.rows(
        f"select 'site' as told_by, {columns}, revenue, refund_value from built.intermediate.int_site_events "
        "where touchpoint_type = $1 and transaction_id = $2 union all by name "
        f"select 'first_party' as told_by, {columns}, amount as revenue, amount as refund_value "
        "from built.intermediate.int_first_party_events "
        "where touchpoint_type = $1 and transaction_id = $2 order by occurred_at, source_record_id",
        [kind, conversion["transaction_id"]],
    )


def _add_value(told: Explanation, evidence: Evidence, conversion: Row, found: Row | None) -> None:
    """The sale's amount from its landed row, at the rate of its day."""
    again = [event for event in _events(evidence, conversion, "purchase") if event["set_aside_reason"]]
    told.section(
        "reported_again",
        "The same transaction reported again; set aside, counts once",
        [_short(event, event["revenue"]) for event in again],
    )
    amount = landed_amount(found, "purchase_revenue") if found else None
    if amount is not None:
        told.check("the original value is the landed one", conversion["original_value"], None if amount.is_nan() else amount)
    day, currency = conversion["converted_date"], conversion["original_currency"]
    rate = rate_of(told, evidence, currency, conversion["currency"], day)
    step = {name: conversion[name] for name in ("original_value", "original_currency", "gross_value", "currency")} | {
        "rate": rate,
        "rate_day": day,
    }
    told.section("value", "The sale's value: original value at the rate of its day", [step])
    if rate is not None and conversion["original_value"] is not None:
        value = (conversion["original_value"] * rate).quantize(SIX, ROUND_HALF_UP)
        told.check("gross is the original value at the rate", conversion["gross_value"], value, within=SIX)


def _add_refunds(told: Explanation, evidence: Evidence, conversion: Row) -> None:
    """Each refund with its landed row; their sum at the rate of the sale's day, never more than the sale."""
    refunds = _events(evidence, conversion, "refund")
    if not refunds:
        if evidence.has_builder:
            told.check("without a refund nothing is refunded", conversion["refunded_value"], Decimal(0))
        return
    told.section(
        "refunds", "Refunds of the transaction, and what became of each", [_short(event, event["refund_value"]) for event in refunds]
    )
    rows = [landed.find(evidence, event["source_record_id"]) for event in refunds]
    add_landed(told, evidence, "Their landed rows", rows, name="landed_refunds")
    told.check("every refund's landed row is there", len(refunds), sum(row is not None for row in rows))
    kept = [(event, row) for event, row in zip(refunds, rows, strict=True) if event["set_aside_reason"] is None]
    total: Decimal | None = Decimal(0)
    for event, row in kept:
        amount = landed_amount(row, "refund_value") if row else None
        currency = event["currency"] or conversion["original_currency"]
        rate = rate_of(told, evidence, currency, conversion["currency"], conversion["converted_date"])
        if amount is None:
            told.note("A refund without an amount is the whole sale.")
            total = conversion["gross_value"]
            break
        if amount.is_nan():
            told.note("A refund has an amount that is no number, or has more than eleven digits: what was paid back is unknown.")
        rate = Decimal(1) if amount == 0 else None if amount.is_nan() else rate
        total = None if rate is None or total is None else total + abs(amount) * rate
    if total is None or conversion["gross_value"] is None:
        told.check("refunded is unknown for want of an amount or a rate", conversion["refunded_value"], None)
        return
    most = max(conversion["gross_value"], Decimal(0))
    if total > most:
        told.note(f"The refunds pass the sale by {total - most:f}: no more than the sale is netted.")
    told.check(
        "refunded is the landed refunds, no more than the sale",
        conversion["refunded_value"],
        min(total.quantize(SIX, ROUND_HALF_UP), most),
        within=SIX,
    )


def landed_amount(found: Row, field: str) -> Decimal | None:
    """The amount in a landed row of GA4 or a first-party file; None where it bears none, and for Matomo, which keeps it in a list.

    NaN where what it bears is no amount: no number, infinite, or of more than eleven digits.
    """
    values = found["values"]
    if found["file"].startswith("first_party/"):
        return None if values.get("value") is None else Decimal(str(values["value"]))
    held = (values.get("ecommerce") or {}).get(field)
    if held is None:
        held = (values.get("event_params") or {}).get("value")
    if held is None or str(held).strip() in {"", "(not set)"}:
        return None
    try:
        amount = Decimal(str(held).strip())
        return amount.quantize(SIX, ROUND_HALF_UP) if abs(amount) < TOO_MUCH else NAN
    except InvalidOperation:  # a text that is no number, or the number that is none
        return NAN


def _journey(evidence: Evidence, conversion: Row) -> list[Row]:
    columns = "touchpoint_number, occurred_at, touchpoint_type, journey_stage, channel, platform, cost, conversion_type, touchpoint_id"
    query = (
        f"select {columns} from marts.fct_customer_journey where journey_id = $1 and touchpoint_number <= (select touchpoint_number "
        "from marts.fct_customer_journey where conversion_id = $2) order by touchpoint_number"
    )
    return evidence.rows(query, [conversion["journey_id"], conversion["conversion_id"]])


def _short(event: Row, amount: Decimal | None) -> Row:
    told = {name: event[name] for name in ("occurred_at", "told_by", "source_record_id", "currency")}
    return told | {"amount": amount, "set_aside": event["set_aside_reason"]}


def _less(left: Decimal | None, right: Decimal | None) -> Decimal | None:
    return None if left is None or right is None else left - right
