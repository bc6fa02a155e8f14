"""From JSON:API resource objects to Arrow columns in a stream's schema."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import Any

import pyarrow as pa

from extractors.email.klaviyo.answers import COMPARE
from extractors.errors import PayloadError
from extractors.pii import compact, compact_all, new_fields
from extractors.stream import NEW_FIELDS

Row = dict[str, Any]
Read = Callable[[Row], Any]


class At:
    """Reads the first of the dotted paths that has a value; None where none has."""

    def __init__(self, *paths: str) -> None:
        self._paths = [path.split(".") for path in paths]

    def __call__(self, row: Row) -> Any:
        for path in self._paths:
            found: Any = row
            for step in path:
                found = found.get(step) if isinstance(found, dict) else None
            if found is not None:
                return found
        return None

    def column(self, rows: list[Row]) -> Any:
        """The values of all rows, step by step where the first path leads somewhere in each of them."""
        values: list[Any] = rows
        try:
            for step in self._paths[0]:
                values = list(map(itemgetter(step), values))
        except (KeyError, TypeError):
            return [self(row) for row in rows]
        return values if len(self._paths) == 1 or None not in values else [self(row) for row in rows]


class JsonAt(At):
    """Reads an object as compact JSON with personal data cut out."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        # A column may ask its reader for each row, whose objects must not be texts already.
        self._object = At(path)

    def __call__(self, row: Row) -> Any:
        return compact(self._object(row))

    def column(self, rows: list[Row]) -> Any:
        return compact_all(self._object.column(rows))


def at(*paths: str) -> Read:
    """A reader of the first of the dotted paths that has a value."""
    return At(*paths)


def json_at(path: str) -> Read:
    """A reader of an object as compact JSON with personal data cut out."""
    return JsonAt(path)


def table(schema: pa.Schema, readers: dict[str, Read], rows: Iterable[Row]) -> pa.RecordBatch:
    """The rows as Arrow; PayloadError names a field of another type than documented."""
    rows = list(rows)
    return batch(schema, (_values(readers[name], rows) for name in schema.names))


def _values(reader: Read, rows: list[Row]) -> Any:
    return reader.column(rows) if isinstance(reader, At) else [reader(row) for row in rows]


def batch(schema: pa.Schema, columns: Iterable[Any]) -> pa.RecordBatch:
    """Values of the schema's columns as Arrow; PayloadError names a field of another type than documented."""
    made = []
    for field, values in zip(schema, columns, strict=True):
        try:
            if isinstance(values, pa.Array):
                made.append(values)
            elif pa.types.is_timestamp(field.type):
                # The cast takes a blank or a T, Z or an offset, and refuses a time without a zone.
                made.append(pa.array(values, pa.string()).cast(field.type))
            else:
                made.append(pa.array(values, field.type))
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
            raise PayloadError(f"The field {field.name} is not {field.type} in every row.", action=COMPARE) from None
    return pa.RecordBatch.from_arrays(made, schema=schema)


def phone_sha256(number: Any) -> str | None:
    """SHA-256 of a phone number in E.164 form as Klaviyo keeps it; None for an empty one."""
    return hashlib.sha256(number.strip().encode()).hexdigest() if isinstance(number, str) and number.strip() else None


def with_news(batch: pa.RecordBatch, rows: Iterable[Row], documented: frozenset[str]) -> tuple[pa.RecordBatch, tuple[str, ...]]:
    """The batch with what came beside the documented attributes, and its names as ``attributes.<name>``, in order."""
    rows = list(rows)
    told = [attributes if isinstance(attributes := row.get("attributes"), dict) else {} for row in rows]
    if set().union(*told) <= documented:
        return batch, ()
    found = [{f"attributes.{name}": value for name, value in one.items() if name not in documented} for one in told]
    names = tuple(sorted({name for one in found for name in one}))
    return batch.append_column(NEW_FIELDS, pa.array(map(new_fields, found), NEW_FIELDS.type)), names
