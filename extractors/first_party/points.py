"""Amounts whose point may stand before decimals or between thousands: ``12.990`` is twelve reais and 99, or 12,990 pesos.

A number of JSON or Parquet says which it is; a text does not. So a text like that counts only where the other values of its
file show a point before decimals and no comma there; else its line is rejected, because either reading would be a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from extractors.first_party.columns import Line

REASON = "value has a point before three digits, which may be decimals or thousands; write two decimals, or four"
_EITHER = re.compile(r"\+?[1-9]\d{0,2}\.\d{3}", re.ASCII)
_POINT = re.compile(r"\+?\d*\.\d*", re.ASCII)
_COMMA = re.compile(r",\d\d?(?!\d)|\.\d{3}\.", re.ASCII)
"""A comma before decimals, or points between several thousands."""
_THOUSANDTHS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
"""Currencies of three decimals (ISO 4217), in which such an amount is as it should be."""


def settled(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines of one file; those in doubt come at its end, as lines or rejected."""
    doubtful: list[Line] = []
    has_decimals = has_commas = False
    for number, line in lines:
        held = line.get("value") if isinstance(line, dict) else None
        text = held.strip() if isinstance(held, str) else ""
        if not _EITHER.fullmatch(text):
            has_decimals = has_decimals or _POINT.fullmatch(text) is not None
            has_commas = has_commas or _COMMA.search(text) is not None
        elif not _is_of_thousandths(line):
            doubtful.append((number, line))
            continue
        yield number, line
    is_clear = has_decimals and not has_commas
    for number, line in doubtful:
        yield number, line if is_clear else REASON


def _is_of_thousandths(line: dict[str, object] | str) -> bool:
    currency = line.get("currency") if isinstance(line, dict) else None
    return isinstance(currency, str) and currency.strip().upper() in _THOUSANDTHS
