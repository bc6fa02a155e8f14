"""Whether the seeds that sort customers (lifecycle, scores, segments) leave nobody out: each gets a stage, each buyer a segment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from itertools import product

Row = Mapping[str, str]
Lines = Sequence[tuple[int, Row]]
FAR = Decimal("1e11")
MEASURES: Mapping[str, tuple[Decimal, Decimal]] = {
    "recency": (Decimal(0), Decimal(1)),
    "frequency": (Decimal(1), Decimal(1)),
    "monetary": (-FAR, Decimal("0.000001")),
}
"""The least that a buyer's measure can be, and the step to the next value. (Refunds can be more than was paid.)"""
TRUE, FALSE = {"true", "t", "1"}, {"false", "f", "0"}


def wrong_values(types: Mapping[str, str], rows: Iterable[tuple[int, Row]]) -> Iterator[tuple[int, str]]:
    """Line and what is wrong with it: conditions that are no numbers, or neither true nor false, by the types of a seed's columns."""
    for line, row in rows:
        for column, kind in types.items():
            number = _number(row[column])
            if not row[column] or kind == "varchar":
                continue
            if kind == "boolean":
                if row[column].lower() not in TRUE | FALSE:
                    yield line, f"{column} {row[column]!r} is neither true nor false"
            elif number is None:
                yield line, f"{column} {row[column]!r} is no number"
            elif kind == "integer" and number != number.to_integral_value():
                yield line, f"{column} {row[column]!r} is no whole number"


def without_score(scores: Lines) -> str | None:
    """The first measure and amount of a buyer that no bounds hold."""
    for measure, (least, step) in MEASURES.items():
        bounds = [(_number(row["at_least"]), _number(row["at_most"])) for _, row in scores if row["measure"] == measure]
        # What no bounds hold begins with the least, or a step beyond an upper bound.
        edges = {edge + shift for pair in bounds for edge in pair if edge is not None for shift in (Decimal(0), step)}
        for amount in sorted({least, FAR} | {edge for edge in edges if edge >= least}):
            if not any((low is None or amount >= low) and (high is None or amount <= high) for low, high in bounds):
                return measure if amount in (least, FAR) else f"{measure} of {amount:f}"
    return None


def without_segment(scores: Lines, segments: Lines) -> str | None:
    """The first three scores that no segment's rule holds."""
    given = [sorted({int(_number(row["score"]) or 0) for _, row in scores if row["measure"] == measure}) for measure in MEASURES]
    for recency, frequency, monetary in product(*given):
        bounds = (("recency", recency), ("frequency", frequency), ("monetary", monetary))
        if not any(
            all(value >= (_number(row[f"min_{measure}_score"]) or 0) for measure, value in bounds)
            and recency <= (_number(row["max_recency_score"]) or recency)
            for _, row in segments
        ):
            return f"recency {recency}, frequency {frequency}, monetary {monetary}"
    return None


def without_stage(rules: Lines) -> str | None:
    """The first kind of customer that no lifecycle rule holds: who never bought, for all bounds of purchases are lower ones."""
    open_ = [row for _, row in rules if not (_number(row["min_purchases"]) or 0) and not row["min_recency_days"]]
    for lead, member in product((True, False), repeat=2):
        asked = {"is_lead": lead, "is_loyalty_member": member}
        if not any(all(not row[name] or (row[name].lower() in TRUE) == held for name, held in asked.items()) for row in open_):
            return ", ".join(f"{name} {str(held).lower()}" for name, held in asked.items())
    return None


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
