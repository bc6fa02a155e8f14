"""Single values of a row, from CSV text or from Parquet's own types."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
FIRST_MOMENT: Final = -62_135_596_800_000_000
LAST_MOMENT: Final = 253_402_300_799_999_999
"""Of the years 1 and 9999, in microseconds since 1970: what a text can tell as well."""
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
LARGEST: Final = 1e15
"""Beyond this a double no longer tells one from the next, and sums may overflow."""
FLAGS: Final = {"0": False, "false": False, "1": True, "true": True}
WHOLE: Final = re.compile(r"^([01])\.0*$")


class BadRow(ValueError):
    """Why a row cannot be taken; names the column, never the value."""


def name(column: str, value: Any) -> str:
    """A name on one line, without white space around it; an accent is one letter, however it was typed (NFC)."""
    text = "" if value is None or value != value else str(value).strip()  # NaN, which is no value, differs from itself
    if not text:
        raise BadRow(f"{column} is empty")
    if "\n" in text:
        raise BadRow(f"{column} holds a line break; is a quote not closed?")
    if "\0" in text:
        raise BadRow(f"{column} holds a NUL byte")
    if text.isascii():
        return text
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise BadRow(f"{column} is not UTF-8 text")
    return unicodedata.normalize("NFC", text)


def amount(column: str, value: Any, *, needed: bool = False) -> float:
    """A number from 0 up; nothing is 0 unless the column is needed."""
    text = value.strip() if isinstance(value, str) else value
    if text is None or text == "":
        if needed:
            raise BadRow(f"{column} is empty")
        return 0.0
    if isinstance(text, bool) or not isinstance(text, str | int | float | Decimal) or (isinstance(text, str) and "_" in text):
        raise BadRow(f"{column} is not a number")
    try:
        number = float(text)
    except (ValueError, OverflowError) as error:
        raise BadRow(f"{column} is not a number") from error
    if not math.isfinite(number):
        raise BadRow(f"{column} is not a finite number")
    if number < 0:
        raise BadRow(f"{column} is negative")
    if number > LARGEST:
        raise BadRow(f"{column} is larger than {LARGEST:g}")
    return number + 0.0  # -0.0 is 0


def flag(column: str, value: Any) -> bool:
    """0 or 1, with any number of decimals (also false or true)."""
    text = ("" if value is None else str(value)).strip().lower()
    if text not in FLAGS:
        text = WHOLE.sub(r"\1", text)
    if text not in FLAGS:
        raise BadRow(f"{column} is neither 0 nor 1")
    return FLAGS[text]


def instant(column: str, value: Any) -> int:
    """Microseconds since 1970 in UTC, from ISO 8601 (a date, or a date and time; without a zone it is UTC)."""
    if isinstance(value, int) and not isinstance(value, bool):
        if not FIRST_MOMENT <= value <= LAST_MOMENT:
            raise BadRow(f"{column} is not in the years 1 to 9999")
        return value
    text = "" if value is None else str(value).strip()
    text = text.removesuffix(" UTC")
    # Only dates with dashes: an epoch in milliseconds would else pass for a date in compact form.
    if not DATE.match(text):
        raise BadRow(f"{column} is not a date or time (ISO 8601, such as 2026-01-31T08:30:00Z)")
    try:
        moment = datetime.fromisoformat(text)
        return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - EPOCH) // MICROSECOND
    except (ValueError, OverflowError) as error:
        raise BadRow(f"{column} is not a date or time (ISO 8601, such as 2026-01-31T08:30:00Z)") from error
