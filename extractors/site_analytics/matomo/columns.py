"""From Matomo's JSON to Arrow in a stream's schema.

PHP writes a number as text or as a number, depending on its database driver, and nothing as null, false, "" or an empty
list; so each value is read by the type that is documented for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa

from extractors.errors import PayloadError
from extractors.pii import new_fields
from extractors.site_analytics.matomo.answers import COMPARE
from extractors.stream import NEW_FIELDS, Batch

Row = dict[str, Any]


def batch(
    day: date, rows: Iterable[Row], schema: pa.Schema, is_news: Callable[[str], bool], control: Mapping[str, str] | None = None
) -> Batch:
    """The rows as a batch of the day, with the fields that ``is_news`` names in NEW_FIELDS."""
    rows = list(rows)
    found = [{name: value for name, value in row.items() if is_news(name)} for row in rows]
    names = tuple(sorted({name for one in found for name in one}))
    made = table(rows, schema)
    if names:
        made = made.append_column(NEW_FIELDS, pa.array(map(new_fields, found), NEW_FIELDS.type))
    return Batch(day, made, control or {}, names)


def table(rows: Iterable[Row], schema: pa.Schema) -> pa.RecordBatch:
    """The rows as Arrow; PayloadError names a field of another type, or one that every row must have."""
    rows = list(rows)
    columns = []
    for field in schema:
        try:
            values = [_value(row.get(field.name), field.type) for row in rows]
        except (ValueError, TypeError, InvalidOperation, AttributeError):
            raise PayloadError(f"The field {field.name} is not {_named(field.type)} in every row.", action=COMPARE) from None
        if not field.nullable and any(value is None for value in values):
            raise PayloadError(f"The answer lacks the field {field.name}.", action=COMPARE)
        columns.append(pa.array(values, field.type))
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _value(value: Any, kind: pa.DataType) -> Any:
    types = pa.types
    if types.is_list(kind):
        if _is_nothing(value):
            return []
        # A PHP array that has lost its first key comes as an object.
        items = list(value.values()) if isinstance(value, dict) else list(value)
        return [_value(item, kind.value_type) for item in items]
    if types.is_struct(kind):
        return {field.name: _value(value.get(field.name), field.type) for field in kind}
    if _is_nothing(value):
        return None
    if types.is_integer(kind):
        number = Decimal(str(value))
        if number != int(number):
            raise ValueError
        return int(number)
    if types.is_decimal(kind):
        return Decimal(str(value)).quantize(Decimal("0.000001"))
    if types.is_floating(kind):
        return float(value)
    if isinstance(value, (dict, list)):
        raise TypeError
    return str(value)


def _is_nothing(value: Any) -> bool:
    return value is None or value is False or value == ""


def _named(kind: pa.DataType) -> str:
    return "a list of records" if pa.types.is_list(kind) else str(kind)
