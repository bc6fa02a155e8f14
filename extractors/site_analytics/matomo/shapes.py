"""Pages of rows read in one go, by the JSON types that their fields had in the page before.

An installation of Matomo writes a field as a text or as a number on every page alike, so such a page is parsed to records (``typed``).
One that differs, or that has a field that nobody knows, is parsed to dictionaries, which Arrow reads in one go where their types are clear.
What else PHP may write (false for nothing, a list that lost its first key) is read field by field (``columns``). The next page is tried
again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, repeat
from keyword import iskeyword
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from extractors.site_analytics.matomo.typed import Typed

_NUMBERS: dict[pa.DataType, set[type]] = {pa.int64(): {int}, pa.float64(): {int, float}}
"""What may come where numbers came before. Arrow would take more: a fraction for an integer, false for 0."""


class Records(list[Any]):
    """Rows that were parsed to the types of ``seen``."""

    def __init__(self, rows: list[Any], seen: Typed) -> None:
        super().__init__(rows)
        self.seen = seen


class Shape:
    """What JSON types the fields of a schema have. Shared by threads: it is replaced as a whole, and a wrong one is noticed."""

    def __init__(self, schema: pa.Schema, is_news: Callable[[str], bool]) -> None:
        self._schema, self._is_news = schema, is_news
        self._seen: Typed | None = None

    def parse(self, body: bytes) -> Records | None:
        """A page that has the types of the one before and no new field; None for any other body."""
        seen = self._seen
        rows = None if seen is None else seen.rows(body)
        return None if seen is None or rows is None else Records(rows, seen)

    def read(self, rows: Sequence[Any] | Records) -> dict[str, pa.Array] | None:
        """Each field of all rows in its type of the schema; None for a page that has to be read field by field."""
        try:
            if isinstance(rows, Records):
                whole = rows.seen.columns(rows)
            else:
                seen = self._seen = self._learned(rows, self._seen)
                if seen is None:
                    return None
                held = pa.array(rows, seen.shape)
                whole = {field.name: held.field(field.name) for field in self._schema}
            return {field.name: _typed(whole[field.name], field.type) for field in self._schema}
        except (pa.ArrowException, ValueError, TypeError, OverflowError):
            self._seen = None
            return None

    def _learned(self, rows: Sequence[Any], seen: Typed | None) -> Typed | None:
        """What these rows are like; None where one of their fields has no type of its own."""
        names = set[str]().union(*rows).difference(self._schema.names)
        others = frozenset(name for name in names if name.isidentifier() and not iskeyword(name) and not self._is_news(name))
        if seen is not None:
            others |= seen.others
        if seen is not None and _holds(rows, seen.shape):
            return seen if others == seen.others else Typed(seen.shape, others)
        shape = _shape(rows, self._schema)
        return None if shape is None else Typed(shape, others)


def _told(rows: Iterable[Any], name: str) -> Iterator[Any]:
    return map(dict.get, rows, repeat(name))


def _types(rows: Iterable[Any], name: str) -> set[type]:
    return set(map(type, _told(rows, name))) - {type(None)}


def _shape(rows: Sequence[Any], fields: Iterable[pa.Field]) -> pa.StructType | None:
    """A struct of the fields as these rows have them; None where one of them has no type of its own."""
    found = [(field.name, _kind(rows, field)) for field in fields]
    return None if any(kind is None for _, kind in found) else pa.struct(found)


def _kind(rows: Sequence[Any], field: pa.Field) -> pa.DataType | None:
    types = _types(rows, field.name)
    if pa.types.is_list(field.type):
        inner = _shape(_records(rows, field.name), field.type.value_type) if types <= {list} else None
        return None if inner is None else pa.list_(inner)
    if types <= {str}:
        return pa.string()
    if types == {int} and not pa.types.is_floating(field.type) and not pa.types.is_decimal(field.type):
        return pa.int64()
    return pa.float64() if types <= {int, float} and not pa.types.is_string(field.type) else None


def _records(rows: Sequence[Any], name: str) -> list[Any]:
    """The records of a list of all rows. TypeError where something else is in it."""
    return list(chain.from_iterable(records for records in _told(rows, name) if records is not None))


def _holds(rows: Sequence[Any], seen: pa.StructType) -> bool:
    """Whether lists are lists, and numbers numbers, as they were; texts are Arrow's to check."""
    for field in seen:
        if pa.types.is_string(field.type):
            continue
        types = _types(rows, field.name)
        if pa.types.is_list(field.type):
            if not types <= {list} or not _holds(_records(rows, field.name), field.type.value_type):
                return False
        elif not types <= _NUMBERS[field.type]:
            return False
    return True


def _typed(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """The values in the type of the schema, empty texts as nulls, no list as an empty one; ValueError where a record is missing."""
    if pa.types.is_list(kind):
        records = values.flatten()
        if records.null_count:
            raise ValueError
        children = [_typed(records.field(field.name), field.type) for field in kind.value_type]
        return pa.ListArray.from_arrays(values.offsets, pa.StructArray.from_arrays(children, fields=list(kind.value_type)), type=kind)
    if values.null_count == len(values):
        return pa.nulls(len(values), kind)
    if pa.types.is_floating(values.type) and pa.types.is_decimal(kind):
        # By way of the shortest text that is the number, which is what the platform wrote.
        values = values.cast(pa.string())
    elif pa.types.is_string(values.type) and pc.any(empty := pc.equal(values, "")).as_py():
        values = pc.if_else(empty, None, values)
    return values if values.type == kind else values.cast(kind)
