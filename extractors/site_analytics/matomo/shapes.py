"""Pages of rows read by Arrow in one go, by the JSON types that their fields had in the page before.

An installation of Matomo writes a field as a text or as a number on every page alike. A page that differs (false for nothing, a list that
lost its first key) is read field by field (``columns``), which is slower and takes anything that PHP may write; the next is tried again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, repeat
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

_NUMBERS: dict[pa.DataType, set[type]] = {pa.int64(): {int}, pa.float64(): {int, float}}
"""What may come where numbers came before. Arrow would take more: a fraction for an integer, false for 0."""


class Shape:
    """What JSON types the fields of a schema have. Shared by threads: it is replaced as a whole, and a wrong one is noticed."""

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._seen: pa.StructType | None = None

    def read(self, rows: Sequence[Any]) -> dict[str, pa.Array] | None:
        """Each field of all rows in its type of the schema; None for a page that has to be read field by field."""
        try:
            seen = self._seen
            if seen is None or not _holds(rows, seen):
                seen = self._seen = _shape(rows, self._schema)
            if seen is None:
                return None
            whole = pa.array(rows, seen)
            return {field.name: _typed(whole.field(field.name), field.type) for field in self._schema}
        except (pa.ArrowException, ValueError, TypeError):
            self._seen = None
            return None


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
