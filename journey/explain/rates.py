"""The exchange rate of a day, worked out again from the European Central Bank's rows that landed."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from journey.explain import landed
from journey.explain.evidence import Evidence
from journey.explain.findings import Explanation
from journey.explain.loads import add_landed

SIX, TWELVE, SIXTEENTH_DIGIT = Decimal("1E-6"), Decimal("1E-12"), Decimal("1E-15")


def converted(amount: Decimal, rate: Decimal | None) -> Decimal | None:
    """An amount at a rate, to the millionth, half up; None without a rate."""
    return None if rate is None else (amount * rate).quantize(SIX, ROUND_HALF_UP)


def rate_of(told: Explanation, evidence: Evidence, currency: str, reporting: str, day: date) -> Decimal | None:
    """The day's rate into the reporting currency; adds its step and check. 1 for the reporting currency; None where unknown."""
    if currency == reporting:
        return Decimal(1)
    if not evidence.has_builder:
        return None
    query = "select rate_to_reporting, published_on from built.intermediate.int_fx_rates_daily where rate_date = $1 and currency = $2"
    held = evidence.row(query, [day, currency])
    if held is None:
        told.note(f"No rate of {currency} was published within a week before {day}: its amounts in {reporting} are unknown.")
        return None
    step = {"day": day, "from": currency, "to": reporting, **held}
    if any(row.get("day") == day and row.get("from") == currency for row in told.rows("rate")):
        return Decimal(held["rate_to_reporting"])
    place = landed.Place("exchange_rates", "reference_rates", "*", held["published_on"], {})
    found = landed.rows(evidence, place, "rate_date = $1 and currency in ($2, $3)", [held["published_on"], currency, reporting])
    units = {row["values"]["currency"]: Decimal(str(row["values"]["rate"])) for row in found} | {"EUR": Decimal(1)}
    told.section("rate", f"The rate of {day}: the bank's publication of {held['published_on']}, both legs per euro", [step])
    add_landed(told, evidence, "The bank's rows", found, name="landed_rates")
    if {currency, reporting} <= units.keys():
        # The models cross the two legs as doubles: the twelfth decimal may differ by its rounding, and so may the sixteenth digit.
        crossed = (units[reporting] / units[currency]).quantize(TWELVE, ROUND_HALF_UP)
        within = TWELVE + crossed * SIXTEENTH_DIGIT
        told.check(f"the rate of {currency} on {day} is that of the landed legs", held["rate_to_reporting"], crossed, within=within)
    return Decimal(held["rate_to_reporting"])
