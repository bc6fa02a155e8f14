"""Schemas of the streams (docs/landing.md) and the way from Graph's JSON rows to Arrow columns.

Graph writes numbers as strings; money is read from the string exactly, counts as 64-bit integers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Any

import orjson
import pyarrow as pa

from extractors.collector import collector_held
from extractors.errors import PayloadError
from extractors.facebook_ads.faults import COMPARE

Row = dict[str, Any]

MONEY = pa.decimal128(18, 6)
ACTIONS = pa.list_(pa.struct([("action_type", pa.string()), ("action_window", pa.string()), ("value", MONEY)]))
WINDOWS = ("1d_click", "7d_click", "28d_click", "1d_view", "1d_ev")
"""Asked for by name: conversions may be missing across mixed attribution settings otherwise
(https://developers.facebook.com/docs/marketing-api/insights/breakdowns). 7d_view and 28d_view ended on 12 January 2026."""


def _schema(required: str, optional: str = "", **types: pa.DataType) -> pa.Schema:
    fields = [pa.field(name, types.get(name, pa.string()), nullable=False) for name in required.split()]
    return pa.schema(fields + [pa.field(name, types.get(name, pa.string())) for name in optional.split()])


ACCOUNTS = _schema("id account_id currency timezone_name", "name account_status", account_status=pa.int64())
CAMPAIGNS = _schema("id account_id", "name status effective_status objective start_time stop_time")
ADSETS = _schema("id account_id campaign_id", "name status effective_status")
ADS = _schema(
    "id account_id campaign_id adset_id",
    "name status effective_status creative_id url_tags link_url object_story_spec asset_feed_spec effective_object_story_id",
)
_DAY = {"date_start": pa.date32(), "date_stop": pa.date32(), "spend": MONEY}
_COUNTS = dict.fromkeys(("impressions", "clicks", "inline_link_clicks", "outbound_clicks"), pa.int64())
AD_INSIGHTS = _schema(
    "date_start date_stop account_id account_currency campaign_id adset_id ad_id publisher_platform spend",
    "campaign_name adset_name ad_name impressions clicks inline_link_clicks outbound_clicks attribution_setting actions action_values",
    **_DAY,
    **_COUNTS,
    actions=ACTIONS,
    action_values=ACTIONS,
)
ACCOUNT_INSIGHTS = _schema("date_start date_stop account_id account_currency spend", "impressions clicks", **_DAY, **_COUNTS)


def to_table(rows: Sequence[Row], schema: pa.Schema) -> pa.Table:
    """Rows as a table of the schema, absent fields null; PayloadError for a value that is not what is documented."""
    with collector_held():
        return pa.Table.from_arrays([_column(rows, field) for field in schema], names=schema.names)


def _column(rows: Sequence[Row], field: pa.Field) -> pa.Array:
    try:
        values = list(map(dict.get, rows, repeat(field.name)))
        return _READERS.get(field.name, _scalar)(values, field.type)
    except (pa.ArrowException, TypeError, ValueError, KeyError, AttributeError):
        pass
    raise PayloadError(f"The field {field.name} holds values that are not {field.type} as documented.", action=COMPARE)


def _scalar(values: list[Any], kind: pa.DataType) -> pa.Array:
    texts = _texts(values)
    return texts if pa.types.is_string(kind) else texts.cast(kind)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (dict, list)):
        raise TypeError("an object where one value is documented")
    return str(value)


def _json(values: list[Any], kind: pa.DataType) -> pa.Array:
    """Objects as JSON, in one order of their keys."""
    return pa.array(
        [orjson.dumps(v, option=orjson.OPT_SORT_KEYS).decode() if isinstance(v, (dict, list)) else _text(v) for v in values], kind
    )


def _texts(values: list[Any]) -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return pa.array([_text(value) for value in values], pa.string())


_READERS: dict[str, Callable[[list[Any], pa.DataType], pa.Array]] = {
    "object_story_spec": _json,
    "asset_feed_spec": _json,
}
