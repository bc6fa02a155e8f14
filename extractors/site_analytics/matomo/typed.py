"""Pages of visits parsed straight to records of the types that the page before had, without a dictionary for each.

``Typed.rows`` takes a body only where every visit has known fields of these very types: a field that nobody knows, another type, or what
PHP may write for nothing is a refusal, and the body is then read the slow way, which takes and notices all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, chain
from typing import Any

import msgspec
import pyarrow as pa

_TYPES: dict[pa.DataType, Any] = {pa.string(): str | None, pa.int64(): int | None, pa.float64(): float | None}
Made = dict[str, pa.Array]


class Typed:
    """Records of a struct type of Arrow's. ``others`` are fields that may come besides, and are passed over."""

    def __init__(self, shape: pa.StructType, others: frozenset[str]) -> None:
        self.shape, self.others = shape, others
        record = _record("visit", shape, strict=True, others=sorted(others))
        self._decoder = msgspec.json.Decoder(list[record])  # type: ignore[valid-type]

    def rows(self, body: bytes) -> list[Any] | None:
        """The records of a page; None for a body that has to be read the slow way."""
        try:
            found: list[Any] = self._decoder.decode(body)
            return found
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None

    def columns(self, records: Sequence[Any]) -> Made:
        """Each field of all records, in the type of the shape; no list is an empty one."""
        return _columns(records, self.shape)


def as_dicts(records: Sequence[Any]) -> list[dict[str, Any]]:
    """The same as the slow way reads."""
    names = records[0].__struct_fields__ if records else ()
    return [{name: _plain(getattr(record, name)) for name in names} for record in records]


def _plain(value: Any) -> Any:
    return as_dicts(value) if isinstance(value, list) else None if isinstance(value, msgspec.Raw) else value


def _record(name: str, shape: pa.StructType, *, strict: bool, others: Sequence[str] = ()) -> type[msgspec.Struct]:
    fields = [*((field.name, _type(field), None) for field in shape), *((other, msgspec.Raw, None) for other in others)]
    return msgspec.defstruct(name, fields, gc=False, forbid_unknown_fields=strict)


def _type(field: pa.Field) -> Any:
    if pa.types.is_list(field.type):
        # In actions and ordered items nobody looks for new fields.
        return list[_record(field.name, field.type.value_type, strict=False)] | None  # type: ignore[misc]
    return _TYPES[field.type]


def _columns(records: Sequence[Any], shape: pa.StructType) -> Made:
    # Of a visit's values, those of other fields come last.
    columns = zip(*map(msgspec.structs.astuple, records), strict=True) if records else ((),) * shape.num_fields
    return {field.name: _array(values, field.type) for field, values in zip(shape, columns, strict=False)}


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if not pa.types.is_list(kind):
        return pa.array(values, kind)
    inner = list(chain.from_iterable(filter(None, values)))
    offsets = pa.array(accumulate((len(value or ()) for value in values), initial=0), pa.int32())
    children = list(_columns(inner, kind.value_type).values())
    return pa.ListArray.from_arrays(offsets, pa.StructArray.from_arrays(children, fields=list(kind.value_type)), type=kind)
