"""JSON rows and Arrow columns, made into a table of BigQuery's types. No row is lost and no value invented.

Which columns a table has follows from the rows: a documented column whose name no row carries is absent, as in
exports made before Google added it. A documented column has its documented type, whatever JSON type it was
recorded with, if every value can be read as that type; otherwise it is served as STRING, so that nothing is
lost. A column that is not documented gets the type of its values, and is dropped only where all are null.
"""

from __future__ import annotations

from itertools import accumulate, chain
from typing import Any

import orjson
import pyarrow as pa

from sandbox.emulators.ga4.schema import EXPORT, Field, arrow_type, bigquery_type, described, is_list

_SCALARS: dict[type, str] = {bool: "BOOLEAN", int: "INTEGER", float: "FLOAT", str: "STRING"}
_TYPES: dict[str, type] = {name: kind for kind, name in _SCALARS.items()}


def table_of(rows: list[dict[str, Any]]) -> pa.Table:
    """Rows of the export as a table; columns in the documented order, undocumented ones after them. No rows: all columns."""
    if not rows:
        return pa.schema([(field.name, arrow_type(field)) for field in EXPORT.fields]).empty_table()
    record = _record(rows, EXPORT)
    return pa.Table.from_arrays([record.field(i) for i in range(record.type.num_fields)], names=[field.name for field in record.type])


def _column(values: list[Any], known: Field | None) -> pa.Array | None:
    """The array for one column, or None for an undocumented one without a value."""
    kinds = {type(value) for value in values} - {type(None)}
    if not kinds:
        return None if known is None else _nothing(known, len(values))
    if known is None:
        known = _guessed(kinds)
    if known.repeated:
        return _repeated(values, known) if kinds == {list} else _text(values)
    if known.type == "RECORD":
        return _record(values, known)
    try:
        if kinds != {_TYPES[known.type]}:
            return pa.array([_coerced(value, known.type) for value in values], arrow_type(known))
        return pa.array(values, arrow_type(known))
    except (ValueError, OverflowError):
        return _text(values)


def _nothing(known: Field, length: int) -> pa.Array:
    kind = arrow_type(known)
    if known.repeated:
        return pa.ListArray.from_arrays(pa.array([0] * (length + 1), pa.int32()), pa.nulls(0, kind.value_type), type=kind)
    return pa.nulls(length, kind)


def _guessed(kinds: set[type]) -> Field:
    if kinds == {list}:
        return Field("", "", True)
    if kinds == {dict}:
        return Field("", "RECORD")
    if kinds == {int, float}:
        return Field("", "FLOAT")
    return Field("", _SCALARS.get(next(iter(kinds)), "STRING") if len(kinds) == 1 else "STRING")


def _repeated(values: list[Any], known: Field) -> pa.Array:
    items = list(chain.from_iterable(value for value in values if value))
    item = Field(known.name, known.type, False, known.fields) if known.type else None
    array = _column(items, item)
    if array is None:
        array = pa.nulls(len(items), pa.string())
    if is_list(array.type):
        return _text(values)  # BigQuery has no array of arrays
    offsets = pa.array(accumulate((len(value) if value else 0 for value in values), initial=0), pa.int32())
    return pa.ListArray.from_arrays(offsets, array)


def _record(values: list[Any], known: Field) -> pa.Array:
    if not all(value is None or type(value) is dict for value in values):
        values = [_opened(value) for value in values]
        if not all(value is None or type(value) is dict for value in values):
            return _text(values)
    seen = dict.fromkeys(key for value in values if value for key in value)
    # The value record is complete in every export; a record never filled has no children to tell from.
    names = [field.name for field in known.fields if field.name in seen or known.name == "value"] or [field.name for field in known.fields]
    names += [name for name in seen if known.child(name) is None]
    arrays: dict[str, pa.Array] = {}
    for name in names:
        array = _column([value.get(name) if value else None for value in values], known.child(name))
        if array is not None:
            arrays[name] = array
    if not arrays:
        return _text([None if value is None else orjson.dumps(value).decode() for value in values])
    mask = pa.array([value is None for value in values], pa.bool_())
    fields = [pa.field(name, array.type) for name, array in arrays.items()]
    return pa.StructArray.from_arrays(list(arrays.values()), fields=fields, mask=mask)


def _opened(value: Any) -> Any:
    """A record that was recorded as JSON text: ``"null"`` is a null record."""
    if isinstance(value, str):
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    return value


def _coerced(value: Any, kind: str) -> Any:
    """The value as the documented type; ValueError where that would change it."""
    if value is None or type(value) is _TYPES[kind]:
        return value
    if kind == "STRING":
        return _string(value)
    if kind == "INTEGER" and (isinstance(value, str) or (isinstance(value, float) and value.is_integer())):
        return int(value)  # BigQuery's own JSON writes INT64 as text, data frames write it as a float
    if kind == "FLOAT" and isinstance(value, str | int) and not isinstance(value, bool):
        return float(value)
    if kind == "BOOLEAN" and value in ("true", "false"):
        return value == "true"
    raise ValueError(f"not a {kind}")


def _string(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else orjson.dumps(value).decode()


def _text(values: list[Any]) -> pa.Array:
    return pa.array([_string(value) for value in values], pa.string())


def conformed(table: pa.Table) -> pa.Table:
    """An Arrow table in the types BigQuery serves; documented columns in their documented types where they fit."""
    names = table.column_names
    arrays = [fitted(table.column(name).combine_chunks(), EXPORT.child(name)) for name in names]
    return pa.Table.from_arrays(arrays, names=names)


def fitted(array: pa.Array, known: Field | None = None) -> pa.Array:
    """One array in BigQuery's types: no dictionaries, no null lists, no small integers."""
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_map(array.type):
        array = array.cast(pa.list_(pa.struct([("key", array.type.key_type), ("value", array.type.item_type)])))
    if is_list(array.type):
        lengths = [length or 0 for length in array.value_lengths().to_pylist()]
        inner = fitted(array.flatten(), Field(known.name, known.type, False, known.fields) if known else None)
        return pa.ListArray.from_arrays(pa.array(accumulate(lengths, initial=0), pa.int32()), inner)
    if pa.types.is_struct(array.type):
        fields = list(array.type)
        children = [fitted(array.field(i), known.child(field.name) if known else None) for i, field in enumerate(fields)]
        named = [pa.field(field.name, child.type) for field, child in zip(fields, children, strict=True)]
        return pa.StructArray.from_arrays(children, fields=named, mask=array.is_null())
    for wanted in (known, Field("", bigquery_type(array.type))):
        if wanted is not None and wanted.type != "RECORD":
            try:
                return array.cast(arrow_type(Field("", wanted.type)))
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
                continue
    return array


__all__ = ["conformed", "described", "fitted", "table_of"]
