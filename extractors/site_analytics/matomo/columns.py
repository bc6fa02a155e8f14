"""From Matomo's JSON to Arrow in a stream's schema, a column at a time.

PHP writes a number as text or as a number, depending on its database driver, and nothing as null, false, "" or an empty
list; so each column is read by the type that is documented for it. Arrow reads one whose values are all of one kind; the values of any
other are looked at one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import accumulate, chain, repeat
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from extractors.errors import PayloadError
from extractors.money import MICRO, TOO_MUCH
from extractors.pii import new_fields
from extractors.site_analytics.matomo.answers import COMPARE
from extractors.stream import NEW_FIELDS, Batch

Row = dict[str, Any]
Rows = Sequence[Row]


def batch(day: date, rows: Rows, schema: pa.Schema, is_news: Callable[[str], bool]) -> Batch:
    """The rows as a batch of the day, with the fields that ``is_news`` names in NEW_FIELDS."""
    made = table(rows, schema)
    names = news_of(rows, is_news)
    return Batch(day, made.append_column(NEW_FIELDS, news(rows, names)) if names else made, {}, names)


def news_of(rows: Rows, is_news: Callable[[str], bool]) -> tuple[str, ...]:
    """The names of fields that nobody knows."""
    return tuple(sorted(name for name in set[str]().union(*rows) if is_news(name)))


def news(rows: Rows, names: Sequence[str]) -> pa.Array:
    """The values of these fields, as NEW_FIELDS has them."""
    if not names:
        return pa.nulls(len(rows), NEW_FIELDS.type)
    return pa.array([new_fields({name: row[name] for name in names if name in row}) for row in rows], NEW_FIELDS.type)


def table(rows: Rows, schema: pa.Schema, made: Mapping[str, pa.Array] | None = None) -> pa.Table:
    """The rows as Arrow, with columns that are ``made`` already; PayloadError names a field of another type, or one that is missing."""
    made = made or {}
    columns = [made[field.name] if field.name in made else column(rows, field) for field in schema]
    for field, values in zip(schema, columns, strict=True):
        if not field.nullable and values.null_count:
            raise PayloadError(f"The answer lacks the field {field.name}.", action=COMPARE)
    return pa.Table.from_arrays(columns, schema=schema)


def column(rows: Rows, field: pa.Field) -> pa.Array:
    """One field of all rows; PayloadError names it where it is not of its type in every row."""
    try:
        return _array(list(map(dict.get, rows, repeat(field.name))), field.type)
    except (ValueError, TypeError, OverflowError, InvalidOperation, AttributeError, pa.ArrowException):
        raise PayloadError(f"The field {field.name} is not {_named(field.type)} in every row.", action=COMPARE) from None


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_list(kind):
        lists = [_items(value) for value in values]
        inner = list(chain.from_iterable(lists))
        children = [_array(list(map(dict.get, inner, repeat(field.name))), field.type) for field in kind.value_type]
        offsets = pa.array(accumulate(map(len, lists), initial=0), pa.int32())
        return pa.ListArray.from_arrays(offsets, pa.StructArray.from_arrays(children, fields=list(kind.value_type)), type=kind)
    try:
        return _of_one_kind(values, kind)
    except pa.ArrowException:
        return pa.array([_value(value, kind) for value in values], kind)


def _of_one_kind(values: list[Any], kind: pa.DataType) -> pa.Array:
    """Texts throughout, or numbers that are of the kind; ArrowException for anything else."""
    try:
        texts = pa.array(values, pa.string())
    except pa.ArrowException:
        kinds = set(map(type, values)) - {type(None)}
        # Arrow itself would cut a fraction off, and take false for 0.
        if (pa.types.is_integer(kind) and kinds == {int}) or (pa.types.is_floating(kind) and kinds <= {int, float}):
            return pa.array(values, kind)
        if not pa.types.is_decimal(kind) or not kinds <= {int, float, str}:
            raise
        texts = pa.array([value if value is None else str(value) for value in values], pa.string())
    if texts.null_count == len(texts):
        return pa.nulls(len(texts), kind)
    if pc.any(empty := pc.equal(texts, "")).as_py():
        texts = pc.if_else(empty, None, texts)
    return texts if pa.types.is_string(kind) else texts.cast(kind)


def _items(value: Any) -> Sequence[Any]:
    if type(value) is list:
        return value
    # A PHP array that has lost its first key comes as an object.
    return () if _is_nothing(value) else list(value.values())


def _value(value: Any, kind: pa.DataType) -> Any:
    types = pa.types
    if _is_nothing(value):
        return None
    if types.is_integer(kind):
        number = Decimal(str(value))
        if number != int(number):
            raise ValueError
        return int(number)
    if types.is_decimal(kind):
        # A page may have told what no amount is, an order's number, say: unknown, as in the models.
        return amount.quantize(MICRO) if abs(amount := Decimal(str(value))) < TOO_MUCH else None
    if types.is_floating(kind):
        return float(value)
    if isinstance(value, (dict, list)):
        raise TypeError
    return str(value)


def _is_nothing(value: Any) -> bool:
    return value is None or value is False or value == ""


def _named(kind: pa.DataType) -> str:
    return "a list of records" if pa.types.is_list(kind) else str(kind)
