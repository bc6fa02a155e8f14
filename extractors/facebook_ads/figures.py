"""From pages of insights to Arrow: the JSON is read by Arrow itself, and each column is worked out whole.

Graph writes every figure as a text, so a page is first an array of texts (``TEXTS``), whose fields are then read to their types. A page
with anything else in it is read into dictionaries, which makes the same array or says what is the matter.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json

from extractors.errors import PayloadError
from extractors.facebook_ads.faults import COMPARE
from extractors.facebook_ads.schema import ACTIONS, AD_INSIGHTS, MONEY, WINDOWS
from extractors.json_text import loads
from extractors.money import MICRO, TOO_MUCH

_VALUES = ("value", *WINDOWS)
_ENTRIES = pa.list_(pa.struct([(name, pa.string()) for name in ("action_type", *_VALUES)]))
_LISTS = frozenset({"outbound_clicks", "actions", "action_values"})
TEXTS = pa.struct([(name, _ENTRIES if name in _LISTS else pa.string()) for name in AD_INSIGHTS.names])
_CURSORS = pa.struct([("before", pa.string()), ("after", pa.string())])
_PAGE = pa.schema([("data", pa.list_(TEXTS)), ("paging", pa.struct([("cursors", _CURSORS), ("next", pa.string())]))])


def body_of(text: str) -> Any:
    """The JSON of an answer; ``data`` as an array of TEXTS where it is a page as documented."""
    page = _documented(text.encode())
    return loads(text) if page is None else page


def _documented(body: bytes) -> dict[str, Any] | None:
    shape = pa.json.ParseOptions(explicit_schema=_PAGE, unexpected_field_behavior="ignore")
    whole = pa.json.ReadOptions(use_threads=False, block_size=len(body) + 1)
    try:
        page = pa.json.read_json(pa.BufferReader(body), whole, shape)
    except pa.ArrowInvalid:
        return None
    if len(page) != 1 or page["data"].null_count:
        return None
    return {"data": page["data"].chunk(0).flatten(), "paging": page["paging"][0].as_py()}


def as_texts(rows: list[dict[str, Any]]) -> pa.StructArray:
    """Rows that came as dictionaries; PayloadError names a field of another shape."""
    columns = []
    for field in TEXTS:
        read = _entries if field.name in _LISTS else _text
        try:
            columns.append(pa.array([read(row.get(field.name)) for row in rows], field.type))
        except (pa.ArrowException, TypeError, ValueError, KeyError, AttributeError):
            what = f"The field {field.name} holds values that are not of the shape that is documented."
            raise PayloadError(what, action=COMPARE) from None
    return pa.StructArray.from_arrays(columns, fields=list(TEXTS))


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (dict, list)):
        raise TypeError("an object where one value is documented")
    return str(value)


def _entries(value: Any) -> list[dict[str, str | None]] | None:
    if value is None:
        return None
    if not isinstance(value, list):
        raise TypeError("no list")
    return [{"action_type": _text(entry["action_type"]), **{name: _text(entry.get(name)) for name in _VALUES}} for entry in value]


def to_table(texts: pa.StructArray, schema: pa.Schema) -> pa.Table:
    """The fields of the schema in their types, absent ones null; PayloadError for a text that is none of its type."""
    columns = []
    for field in schema:
        try:
            columns.append(_READERS.get(field.name, _scalar)(pc.struct_field(texts, field.name), field.type))
        except (pa.ArrowException, ValueError):
            what = f"The field {field.name} holds values that are not {field.type} as documented."
            raise PayloadError(what, action=COMPARE) from None
    return pa.Table.from_arrays(columns, names=schema.names)


def _scalar(texts: pa.Array, kind: pa.DataType, distinct: Callable[[pa.Array, pa.DataType], pa.Array] = pc.cast) -> pa.Array:
    if pa.types.is_string(kind):
        return texts
    # Each distinct text is read once: days and small counts come again and again.
    held = texts.dictionary_encode()
    try:
        read = distinct(held.dictionary, kind)
    except pa.ArrowInvalid:
        if kind != MONEY:
            raise
        read = pa.array([_rounded(text) for text in held.dictionary.to_pylist()], kind)
    return read.take(held.indices)


def _rounded(text: str) -> Decimal:
    """Money of more decimals than the millionth, such as a third of an order; ValueError for what is no number."""
    try:
        amount = Decimal(text)
        return amount.quantize(MICRO, ROUND_HALF_UP) if amount.is_finite() and abs(amount) < TOO_MUCH else amount
    except InvalidOperation:
        raise ValueError("no number") from None


def _claimed(texts: pa.Array, kind: pa.DataType) -> pa.Array:
    """What an action is worth to the platform: null where a pixel told what no amount is, an order's number, say."""
    try:
        return texts.cast(kind)
    except pa.ArrowInvalid:
        read = [_rounded(text) for text in texts.to_pylist()]
        return pa.array([amount if amount.is_finite() and abs(amount) < TOO_MUCH else None for amount in read], kind)


def _action_list(lists: pa.ListArray, kind: pa.DataType) -> pa.Array:
    """One element for each action type and window, in a fixed order, so that equal days are equal files."""
    entries, rows = lists.flatten(), np.asarray(lists.value_parent_indices(), np.int64)
    types = pc.struct_field(entries, "action_type")
    order = np.argsort(rows * (len(types) + 1) + _ranks(types), kind="stable")
    # All values of the first window, then all of the next; read across, that is entry by entry.
    amounts = pa.concat_arrays([pc.struct_field(entries, name) for name in _VALUES])
    across = order[:, None] + len(entries) * np.arange(len(_VALUES))
    told = np.asarray(amounts.is_valid())[across]
    counts = np.bincount(rows[order], weights=told.sum(axis=1), minlength=len(lists))
    offsets = pa.array(np.concatenate([[0], np.cumsum(counts)]).astype(np.int32))
    at_entry, at_window = np.nonzero(told)
    values = _scalar(amounts.take(pa.array(across[told])), MONEY, _claimed)
    columns = [types.take(pa.array(order[at_entry])), pa.array(_VALUES).take(pa.array(at_window)), values]
    struct = pa.StructArray.from_arrays(columns, fields=list(kind.value_type))
    return pa.ListArray.from_arrays(offsets, struct, type=kind, mask=lists.is_null())


def _ranks(texts: pa.Array) -> npt.NDArray[np.int64]:
    """For each text its place among the distinct ones, in order; ValueError where one is absent."""
    if texts.null_count:
        raise ValueError("an action without a type")
    held = texts.dictionary_encode()
    places = np.argsort(np.asarray(pc.sort_indices(held.dictionary), np.int64))
    return np.asarray(places[np.asarray(held.indices)], np.int64)


def _outbound(lists: pa.ListArray, kind: pa.DataType) -> pa.Array:
    """``[{"action_type": "outbound_click", "value": "2"}]`` is the count 2."""
    amounts = _scalar(pc.struct_field(lists.flatten(), "value"), pa.int64())
    if amounts.null_count:
        raise ValueError("an entry without a value")
    counts = np.zeros(len(lists), np.int64)
    np.add.at(counts, np.asarray(lists.value_parent_indices(), np.int64), np.asarray(amounts))
    return pa.array(counts, kind, mask=np.asarray(lists.is_null()))


_READERS: dict[str, Callable[[Any, pa.DataType], pa.Array]] = {
    "outbound_clicks": _outbound,
    **{field.name: _action_list for field in AD_INSIGHTS if field.type == ACTIONS},
}
