"""The rows of the ``events`` stream (docs/landing.md).

A row is one event as the GA4 export writes it (https://support.google.com/analytics/answer/7029846), in the export's own
names, types and units: ``event_timestamp`` is microseconds UTC, money a float in the property's currency.
"""

from __future__ import annotations

import pyarrow as pa

_S, _I, _F = pa.string(), pa.int64(), pa.float64()
_VALUE = [("string_value", _S), ("int_value", _I), ("float_value", _F), ("double_value", _F)]


def _strings(*names: str) -> list[tuple[str, pa.DataType]]:
    return [(name, _S) for name in names]


def _parameters(value: list[tuple[str, pa.DataType]]) -> pa.DataType:
    return pa.list_(pa.struct([("key", _S), ("value", pa.struct(value))]))


EVENTS = pa.schema(
    [
        pa.field("event_date", _S, nullable=False),
        pa.field("event_timestamp", _I, nullable=False),
        pa.field("event_name", _S, nullable=False),
        ("event_params", _parameters(_VALUE)),
        ("event_previous_timestamp", _I),
        ("event_value_in_usd", _F),
        ("event_bundle_sequence_id", _I),
        ("event_server_timestamp_offset", _I),
        ("batch_event_index", _I),
        ("batch_page_id", _I),
        ("batch_ordering_id", _I),
        ("user_id", _S),
        ("user_pseudo_id", _S),
        ("privacy_info", pa.struct(_strings("analytics_storage", "ads_storage", "uses_transient_token"))),
        ("user_properties", _parameters([*_VALUE, ("set_timestamp_micros", _I)])),
        ("user_first_touch_timestamp", _I),
        ("user_ltv", pa.struct([("revenue", _F), ("currency", _S)])),
        (
            "device",
            pa.struct(
                [
                    *_strings("category", "mobile_brand_name", "mobile_model_name"),
                    *_strings("operating_system", "operating_system_version", "language"),
                    ("web_info", pa.struct(_strings("browser", "browser_version", "hostname"))),
                ]
            ),
        ),
        ("geo", pa.struct(_strings("continent", "sub_continent", "country", "region", "city", "metro"))),
        ("traffic_source", pa.struct(_strings("name", "medium", "source"))),
        (
            "collected_traffic_source",
            pa.struct(
                [
                    *_strings("manual_campaign_id", "manual_campaign_name", "manual_source", "manual_medium", "manual_term"),
                    *_strings("manual_content", "manual_source_platform", "manual_creative_format", "manual_marketing_tactic"),
                    *_strings("gclid", "dclid", "srsltid"),
                ]
            ),
        ),
        ("stream_id", _S),
        ("platform", _S),
        (
            "ecommerce",
            pa.struct(
                [
                    ("transaction_id", _S),
                    ("unique_items", _I),
                    ("total_item_quantity", _I),
                    ("purchase_revenue", _F),
                    ("refund_value", _F),
                    ("shipping_value", _F),
                    ("tax_value", _F),
                    ("purchase_revenue_in_usd", _F),
                    ("refund_value_in_usd", _F),
                ]
            ),
        ),
        (
            "items",
            pa.list_(
                pa.struct(
                    [
                        *_strings("item_id", "item_name", "item_brand", "item_variant", "item_category"),
                        ("price", _F),
                        ("quantity", _I),
                        ("item_revenue", _F),
                        ("coupon", _S),
                    ]
                )
            ),
        ),
        ("is_active_user", pa.bool_()),
        pa.field("table_kind", _S, nullable=False),
    ]
)

KEYS = ("event_timestamp", "event_name", "user_pseudo_id", "event_bundle_sequence_id", "batch_event_index")
"""The order of a file. The export has no key: rows that agree in all five are told apart by the rest of the row."""

TABLE_COLUMNS = pa.schema([field for field in EVENTS if field.name != "table_kind"])
"""What is read of a table; ``table_kind`` says which table that was."""

DOCUMENTED = frozenset(TABLE_COLUMNS.names) | {"app_info", "event_dimensions", "publisher", "session_traffic_source_last_click"}
"""Columns of https://support.google.com/analytics/answer/7029846, those that do not land included; another one is news."""
