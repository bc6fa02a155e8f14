"""Conditions of a WHERE clause as functions of a value.

Operators and the date ranges of DURING: https://developers.google.com/google-ads/api/docs/query/operators,
https://developers.google.com/google-ads/api/docs/query/date-ranges.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from sandbox.emulators.google_ads.catalog import Field
from sandbox.emulators.google_ads.gaql import Condition, Value
from sandbox.emulators.google_ads.refusals import query_error

Test = Callable[[Any], bool]
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


def compile_condition(condition: Condition, field: Field, today: date) -> Test:
    """A test of one value in JSON form; an unset value passes only IS NULL and the negative operators."""
    name = condition.operator
    if name == "IS NULL":
        return lambda value: value is None
    if name == "IS NOT NULL":
        return lambda value: value is not None
    if field.repeated != name.startswith("CONTAINS"):
        raise query_error("OPERATOR_FIELD_MISMATCH", f"Operator {name} does not fit the field {field.name}.")
    if name.startswith("CONTAINS"):
        return _contains(name, frozenset(_typed(value, field) for value in condition.values))
    if name == "DURING":
        low, high = during(str(condition.values[0]), field, today)
        return lambda value: value is not None and low <= value <= high
    if name in ("LIKE", "NOT LIKE", "REGEXP_MATCH", "NOT REGEXP_MATCH"):
        return _pattern(name, str(condition.values[0]), field)
    values = [_typed(value, field) for value in condition.values]
    if name == "BETWEEN":
        if field.kind in ("enum", "bool"):
            raise query_error("OPERATOR_FIELD_MISMATCH", f"Operator BETWEEN does not fit the field {field.name}.")
        low_value, high_value = values
        if high_value < low_value:
            raise query_error("INVALID_VALUE_WITH_BETWEEN_OPERATOR", "The range ends before it starts.")
        return lambda value: value is not None and low_value <= _typed(value, field) <= high_value
    if name in ("IN", "NOT IN"):
        members = frozenset(values)
        inside = name == "IN"
        return lambda value: (value is not None and _typed(value, field) in members) == inside
    if field.kind in ("enum", "bool", "str") and name not in ("=", "!="):
        raise query_error("OPERATOR_FIELD_MISMATCH", f"Operator {name} does not fit the field {field.name}.")
    compare, wanted = _COMPARE[name], values[0]
    if name == "!=":
        return lambda value: value is None or _typed(value, field) != wanted
    return lambda value: value is not None and compare(_typed(value, field), wanted)


def _typed(value: Any, field: Field) -> Any:
    """A value of the query, or of a row, in the type that the field compares in."""
    try:
        if field.kind == "int":
            return int(value)
        if field.kind == "float":
            return float(value)
    except ValueError:
        raise query_error("BAD_NUMBER", f"'{field.name}' takes a number.") from None
    if field.kind == "bool":
        if str(value).lower() not in ("true", "false"):
            raise query_error("BAD_VALUE", f"'{field.name}' takes TRUE or FALSE.")
        return str(value).lower() == "true"
    if field.kind == "enum" and field.enum is not None and value not in field.enum:
        raise query_error("BAD_ENUM_CONSTANT", f"'{value}' is no value of '{field.name}'.")
    return _day(value) if field.kind == "date" else str(value)


def _day(value: Value) -> str:
    text = str(value)
    if re.fullmatch(r"\d{4}-?\d\d-?\d\d", text):
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            pass
    raise query_error("INVALID_DATE_FORMAT", "A date is written YYYY-MM-DD or YYYYMMDD.")


def _contains(name: str, wanted: frozenset[Any]) -> Test:
    if name == "CONTAINS ANY":
        return lambda values: not wanted.isdisjoint(values or ())
    if name == "CONTAINS ALL":
        return lambda values: wanted <= set(values or ())
    return lambda values: wanted.isdisjoint(values or ())


def _pattern(name: str, pattern: str, field: Field) -> Test:
    if field.kind != "str":
        raise query_error("OPERATOR_FIELD_MISMATCH", f"Operator {name} does not fit the field {field.name}.")
    if name.endswith("LIKE"):
        # % and _ are wildcards; in square brackets a character stands for itself. LIKE does not see case.
        parts = re.findall(r"\[[^\]]\]|\[\]\]|.", pattern, re.DOTALL)
        signs = {"%": ".*", "_": "."}
        expression = re.compile("".join(signs.get(part) or re.escape(part.strip("[]") or part) for part in parts), re.I | re.S)
    else:
        try:
            expression = re.compile(pattern)
        except re.error:
            raise query_error("INVALID_STRING_VALUE", "The regular expression is not valid.") from None
    positive = not name.startswith("NOT")
    return lambda value: (value is not None and expression.fullmatch(value) is not None) == positive


def during(literal: str, field: Field, today: date) -> tuple[str, str]:
    """First and last day of a predefined range, ISO."""
    if field.kind != "date":
        raise query_error("OPERATOR_FIELD_MISMATCH", f"Operator DURING does not fit the field {field.name}.")
    day = timedelta(days=1)
    monday, sunday = today - today.weekday() * day, today - today.isoweekday() % 7 * day
    month = today.replace(day=1)
    ranges = {
        "TODAY": (today, today),
        "YESTERDAY": (today - day, today - day),
        "LAST_7_DAYS": (today - 7 * day, today - day),
        "LAST_14_DAYS": (today - 14 * day, today - day),
        "LAST_30_DAYS": (today - 30 * day, today - day),
        "LAST_BUSINESS_WEEK": (monday - 7 * day, monday - 3 * day),
        "THIS_MONTH": (month, (month + 31 * day).replace(day=1) - day),
        "LAST_MONTH": ((month - day).replace(day=1), month - day),
        "THIS_WEEK_SUN_TODAY": (sunday, today),
        "THIS_WEEK_MON_TODAY": (monday, today),
        "LAST_WEEK_SUN_SAT": (sunday - 7 * day, sunday - day),
        "LAST_WEEK_MON_SUN": (monday - 7 * day, monday - day),
    }
    if literal.upper() not in ranges:
        raise query_error("INVALID_VALUE_WITH_DURING_OPERATOR", f"'{literal}' is no predefined date range.")
    low, high = ranges[literal.upper()]
    return low.isoformat(), high.isoformat()
