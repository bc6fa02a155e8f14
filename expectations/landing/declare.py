"""What a stream's suite holds beyond the stream's own declaration (schema, keys, date column)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

CURRENCY = "^[A-Z]{3}$"
SHA256 = "^[0-9a-f]{64}$"

DayOf = Callable[[pa.ChunkedArray], pa.ChunkedArray]


def calendar_day(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """``YYYY-MM-DD`` of a date."""
    return pc.cast(column, pa.string())


def utc_day(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """``YYYY-MM-DD`` of the UTC day of a timestamp."""
    return pc.strftime(column, format="%Y-%m-%d")


def compact_day(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """``YYYY-MM-DD`` of a ``YYYYMMDD`` text; anything else stays as it is and equals no day."""
    return pc.replace_substring_regex(column, r"^(\d{4})(\d{2})(\d{2})$", r"\1-\2-\3")


@dataclass(frozen=True)
class Extras:
    """Checks of one stream that its ``Stream`` does not declare. Severity stands beside each.

    critical: the keys are not unique inside a partition (``unique`` turns it off where rows have no key), a number
    below zero (``not_negative``), not above zero (``positive``), not between 1 and a number (``from_one_to``, where
    ``events.at`` is the field ``at`` of each record in the list ``events``),
    a text of another form (``forms``), two columns that differ (``equal``), a value that is not ours (``closed_sets``), fewer
    rows than ``at_least``.
    warning: a value the vendor has not documented (``open_sets``; vendors add values), a day whose ``money`` is more
    than the account total of the stream ``part_of``, a newest day older than ``fresh_within_days``.

    ``day_from`` and ``day_of`` give the day of a row where the stream has no date column. ``quiet_days`` says that
    days without rows are in the nature of the stream; ``may_empty``, that a day may lose all of them (faults that were mended).
    ``breakdown``: a column that splits the figures; a day on which it no longer does is found (``expectations.landing.breakdown``).
    """

    unique: bool = True
    day_from: str | None = None
    day_of: DayOf = calendar_day
    not_negative: tuple[str, ...] = ()
    positive: tuple[str, ...] = ()
    from_one_to: Mapping[str, int] = field(default_factory=dict)
    forms: Mapping[str, str] = field(default_factory=dict)
    equal: tuple[tuple[str, str], ...] = ()
    closed_sets: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    open_sets: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    money: str | None = None
    part_of: str | None = None
    at_least: int = 0
    fresh_within_days: int = 1
    quiet_days: bool = False
    may_empty: bool = False
    breakdown: str | None = None
