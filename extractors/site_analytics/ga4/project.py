"""Rows of a table in our schema: by name at every depth, in Arrow, without touching a row.

A field that the table lacks becomes null (Google adds columns over the years, intraday tables have fewer). A number
of another width is cast if no value changes, a number becomes text where text is documented. Any other
change of type is refused: it would be guessing.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from extractors.errors import PayloadError
from extractors.pii import new_fields
from extractors.stream import NEW_FIELDS


def projected(rows: pa.Table | pa.RecordBatch, schema: pa.Schema) -> pa.Table:
    """The rows in ``schema``, further columns together in NEW_FIELDS; PayloadError names a missing column and a flipped type."""
    columns = []
    for field in schema:
        at = rows.schema.get_field_index(field.name)
        if at < 0:
            if not field.nullable:
                raise PayloadError(
                    f"The table lacks the column {field.name}.",
                    action="Check that the dataset is a GA4 export; the day is read again at the next run.",
                )
            columns.append(pa.chunked_array([pa.nulls(len(rows), field.type)]))
            continue
        column = rows.column(at)
        chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
        columns.append(pa.chunked_array([_fitted(chunk, field.type, field.name) for chunk in chunks], type=field.type))
    table = pa.Table.from_arrays(columns, schema=schema)
    news = [name for name in rows.schema.names if schema.get_field_index(name) < 0]
    if not news:
        return table
    return table.append_column(NEW_FIELDS, pa.array(map(new_fields, rows.select(news).to_pylist()), NEW_FIELDS.type))


def _fitted(array: pa.Array, wanted: pa.DataType, path: str) -> pa.Array:
    given = array.type
    if given.equals(wanted):
        return array
    types = pa.types
    if types.is_struct(wanted) and types.is_struct(given):
        at = {field.name: i for i, field in enumerate(given)}
        parts = array.flatten()  # a null record's children are null too
        children = [
            _fitted(parts[at[field.name]], field.type, f"{path}.{field.name}") if field.name in at else pa.nulls(len(array), field.type)
            for field in wanted
        ]
        return pa.StructArray.from_arrays(children, fields=list(wanted), mask=array.is_null() if array.null_count else None)
    if types.is_list(wanted) and (types.is_list(given) or types.is_large_list(given)):
        if types.is_large_list(given) or array.offset or array.null_count:
            array = pa.concat_arrays([array.cast(pa.list_(given.value_type))])
        first, last = array.offsets[0].as_py(), array.offsets[-1].as_py()
        items = _fitted(array.values.slice(first, last - first), wanted.value_type, path)
        offsets = pc.subtract(array.offsets, first) if first else array.offsets
        return pa.ListArray.from_arrays(offsets, items, type=wanted, mask=array.is_null() if array.null_count else None)
    if _compatible(given, wanted):
        try:
            return array.cast(wanted)
        except pa.ArrowInvalid:
            pass
    raise PayloadError(
        f"The field {path} came as {given} where {wanted} is documented.",
        action="Compare Google's export schema with the dataset; the day is read again at the next run.",
    )


def _compatible(given: pa.DataType, wanted: pa.DataType) -> bool:
    types = pa.types
    number = types.is_integer(given) or types.is_floating(given) or types.is_decimal(given)
    if types.is_null(given) or (types.is_large_string(given) and types.is_string(wanted)):
        return True
    if types.is_integer(wanted) or types.is_floating(wanted):
        return bool(number)
    return bool(types.is_string(wanted) and types.is_integer(given))
