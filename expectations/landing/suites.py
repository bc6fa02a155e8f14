"""The suite of a stream, made from its own declaration and its extras, so that nothing is declared twice.

Two frames are judged: one row a partition (``partition_checks``, columns of ``PartitionFacts``), and all rows
of all partitions, each with its ``_account`` and ``_dt`` (``row_checks``).
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from expectations.engine import Check
from expectations.landing.declare import Extras
from expectations.results import CRITICAL, WARNING
from extractors.stream import Stream

SHRUNK = 0.2
"""A day below this share of the median of its recent days has shrunk."""

ROW_DAY = "_day"
"""Column of the rows' frame: the day that the row itself tells."""


def extras_of(source: str, stream: str) -> Extras:
    """The extras of a stream; KeyError where the source's module does not list it."""
    found: dict[str, Extras] = import_module(f"expectations.landing.{source}").EXTRAS
    return found[stream]


def day_column(stream: Stream, extras: Extras) -> str | None:
    """The column that tells the day of a row, if rows tell one."""
    return stream.date_column or extras.day_from


def partition_checks(extras: Extras) -> list[Check]:
    """Checks of the frame with one row a partition."""
    none: dict[str, Any] = {"min_value": 0, "max_value": 0}
    between = "ExpectColumnValuesToBeBetween"
    return [
        Check(between, CRITICAL, "the staged file is missing or unreadable", {"column": "unreadable", **none}),
        Check(between, CRITICAL, "fields are missing", {"column": "missing_fields", **none}),
        Check(between, CRITICAL, "fields have another type", {"column": "flipped_fields", **none}),
        Check(between, WARNING, "fields came that the schema does not have", {"column": "new_fields", **none}),
        Check(
            "ExpectColumnPairValuesToBeEqual",
            CRITICAL,
            "the file does not hold the rows that were read",
            {"column_A": "rows", "column_B": "rows_read"},
        ),
        *_at_least(extras),
        Check(between, CRITICAL, "no rows came for a day that has rows in place", {"column": "emptied", **none}),
        Check(between, WARNING, "no rows came for a day that has a few rows in place", {"column": "emptied_few", **none}),
        Check(between, CRITICAL, "less than half of the rows in place came", {"column": "shrunk", **none}),
        Check(between, CRITICAL, "less than half of the money in place came", {"column": "shrunk_money", **none}),
        Check(
            between,
            WARNING,
            f"rows are below {SHRUNK:.0%} of the median of recent days",
            {"column": "share_of_recent", "min_value": SHRUNK},
        ),
        Check(
            between,
            WARNING,
            f"the newest day is more than {extras.fresh_within_days} days old",
            {"column": "days_stale", "max_value": extras.fresh_within_days},
        ),
        Check(between, WARNING, "its money is more than the account's own total", {"column": "over_account_total", "max_value": 0}),
        *_breakdown(extras),
    ]


def _at_least(extras: Extras) -> Iterator[Check]:
    if extras.at_least:
        bounds = {"column": "rows", "min_value": extras.at_least}
        yield Check("ExpectColumnValuesToBeBetween", CRITICAL, f"fewer than {extras.at_least} rows came", bounds)


def _breakdown(extras: Extras) -> Iterator[Check]:
    if extras.breakdown:
        none = {"min_value": 0, "max_value": 0}
        lost, one = {"column": "lost_breakdown", **none}, {"column": "one_breakdown", **none}
        yield Check("ExpectColumnValuesToBeBetween", CRITICAL, f"{extras.breakdown} is no longer told where it was", lost)
        yield Check("ExpectColumnValuesToBeBetween", WARNING, f"{extras.breakdown} has one value where the day before had several", one)


def row_checks(stream: Stream, extras: Extras) -> list[Check]:
    """Checks of the frame with all rows of the load's partitions."""
    return [*_declared(stream, extras), *_extra(extras)]


def _declared(stream: Stream, extras: Extras) -> Iterator[Check]:
    required = [field.name for field in stream.schema if not field.nullable]
    for name in dict.fromkeys([*required, *(stream.keys if extras.unique else ())]):
        yield Check("ExpectColumnValuesToNotBeNull", CRITICAL, f"{name} is empty", {"column": name})
    if extras.unique:
        columns = {"column_list": ["_account", "_dt", *stream.keys], "ignore_row_if": "any_value_is_missing"}
        yield Check("ExpectCompoundColumnsToBeUnique", CRITICAL, f"the key ({', '.join(stream.keys)}) is not unique", columns)
    if dated := day_column(stream, extras):
        pair = {"column_A": ROW_DAY, "column_B": "_dt", "ignore_row_if": "both_values_are_missing"}
        yield Check("ExpectColumnPairValuesToBeEqual", CRITICAL, f"{dated} lies outside the partition's day", pair)


def _extra(extras: Extras) -> Iterator[Check]:
    for name in extras.not_negative:
        bounds = {"column": name, "min_value": 0}
        yield Check("ExpectColumnValuesToBeBetween", CRITICAL, f"{name} is below zero", bounds)
    for name in extras.positive:
        bounds = {"column": name, "min_value": 0, "strict_min": True}
        yield Check("ExpectColumnValuesToBeBetween", CRITICAL, f"{name} is not above zero", bounds)
    for name, most in extras.from_one_to.items():
        bounds = {"column": name, "min_value": 1, "max_value": most}
        yield Check("ExpectColumnValuesToBeBetween", CRITICAL, f"{name} is not between 1 and {most:,}", bounds)
    for name, form in extras.forms.items():
        yield Check("ExpectColumnValuesToMatchRegex", CRITICAL, f"{name} is not of the form {form}", {"column": name, "regex": form})
    for one, other in extras.equal:
        pair = {"column_A": one, "column_B": other, "ignore_row_if": "both_values_are_missing"}
        yield Check("ExpectColumnPairValuesToBeEqual", CRITICAL, f"{one} and {other} differ", pair)
    for severity, sets in ((CRITICAL, extras.closed_sets), (WARNING, extras.open_sets)):
        for name, values in sets.items():
            allowed = {"column": name, "value_set": list(values)}
            yield Check("ExpectColumnValuesToBeInSet", severity, f"{name} has a value that is not documented", allowed)
