"""The GA4 export schema in BigQuery's types, and the way between BigQuery's types and Arrow's.

Columns and types: https://support.google.com/analytics/answer/7029846 (BigQuery Export schema).
Arrow types: those in which the Storage Read API serves each BigQuery type
(https://cloud.google.com/bigquery/docs/reference/storage#arrow_schema_details).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pyarrow as pa


@dataclass(frozen=True)
class Field:
    """One column or nested field. ``type`` is BigQuery's legacy name, as the REST API gives it."""

    name: str
    type: str
    repeated: bool = False
    fields: tuple[Field, ...] = ()

    def child(self, name: str) -> Field | None:
        return next((field for field in self.fields if field.name == name), None)


# A name alone is a STRING; :i INTEGER, :f FLOAT, :b BOOLEAN; {} is a RECORD, [] a REPEATED RECORD. In table order.
_VALUE = "value{string_value int_value:i float_value:f double_value:f}"
_EXPORT = f"""
event_date event_timestamp:i event_name event_params[key {_VALUE}]
event_previous_timestamp:i event_value_in_usd:f event_bundle_sequence_id:i event_server_timestamp_offset:i
user_id user_pseudo_id privacy_info{{analytics_storage ads_storage uses_transient_token}}
user_properties[key value{{string_value int_value:i float_value:f double_value:f set_timestamp_micros:i}}]
user_first_touch_timestamp:i user_ltv{{revenue:f currency}}
device{{category mobile_brand_name mobile_model_name mobile_marketing_name mobile_os_hardware_model operating_system
  operating_system_version vendor_id advertising_id language is_limited_ad_tracking time_zone_offset_seconds:i
  browser browser_version web_info{{browser browser_version hostname}}}}
geo{{city country continent region sub_continent metro}}
app_info{{id version install_store firebase_app_id install_source}} traffic_source{{name medium source}}
stream_id platform event_dimensions{{hostname}}
ecommerce{{total_item_quantity:i purchase_revenue_in_usd:f purchase_revenue:f refund_value_in_usd:f refund_value:f
  shipping_value_in_usd:f shipping_value:f tax_value_in_usd:f tax_value:f unique_items:i transaction_id}}
items[item_id item_name item_brand item_variant item_category item_category2 item_category3 item_category4 item_category5
  price_in_usd:f price:f quantity:i item_revenue_in_usd:f item_revenue:f item_refund_in_usd:f item_refund:f coupon affiliation
  location_id item_list_id item_list_name item_list_index promotion_id promotion_name creative_name creative_slot
  item_params[key {_VALUE}]]
collected_traffic_source{{manual_campaign_id manual_campaign_name manual_source manual_medium manual_term manual_content
  manual_source_platform manual_creative_format manual_marketing_tactic gclid dclid srsltid}}
is_active_user:b batch_event_index:i batch_page_id:i batch_ordering_id:i
session_traffic_source_last_click{{
  manual_campaign{{campaign_id campaign_name source medium term content source_platform creative_format marketing_tactic}}
  google_ads_campaign{{customer_id account_name campaign_id campaign_name ad_group_id ad_group_name}}
  cross_channel_campaign{{campaign_id campaign_name source medium source_platform default_channel_group primary_channel_group}}}}
publisher{{ad_revenue_in_usd:f ad_format ad_source_name ad_unit_id}}
"""
_LETTERS = {"": "STRING", "i": "INTEGER", "f": "FLOAT", "b": "BOOLEAN"}


def _parsed(tokens: list[str]) -> tuple[Field, ...]:
    fields = []
    while tokens and tokens[0] not in "}]":
        name, _, letter = tokens.pop(0).partition(":")
        if tokens and tokens[0] in "{[":
            opening = tokens.pop(0)
            fields.append(Field(name, "RECORD", opening == "[", _parsed(tokens)))
            tokens.pop(0)
        else:
            fields.append(Field(name, _LETTERS[letter]))
    return tuple(fields)


EXPORT = Field("", "RECORD", False, _parsed(re.findall(r"[\w:]+|[{}\[\]]", _EXPORT)))
"""The row of an events table: a RECORD whose children are the columns in table order."""

_ARROW = {
    "STRING": pa.string(),
    "INTEGER": pa.int64(),
    "FLOAT": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "BYTES": pa.binary(),
    "DATE": pa.date32(),
    "TIME": pa.time64("us"),
    "DATETIME": pa.timestamp("us"),
    "TIMESTAMP": pa.timestamp("us", "UTC"),
    "NUMERIC": pa.decimal128(38, 9),
    "BIGNUMERIC": pa.decimal256(76, 38),
}


def arrow_type(field: Field) -> pa.DataType:
    """The Arrow type in which a field's values are held and served."""
    kind = _ARROW.get(field.type) or pa.struct([pa.field(child.name, arrow_type(child)) for child in field.fields])
    return pa.list_(kind) if field.repeated else kind


def bigquery_type(kind: pa.DataType) -> str:
    """BigQuery's name for an Arrow type; anything without a counterpart is a STRING."""
    types = pa.types
    for test, name in (
        (types.is_struct, "RECORD"),
        (types.is_boolean, "BOOLEAN"),
        (types.is_integer, "INTEGER"),
        (types.is_floating, "FLOAT"),
        (types.is_date, "DATE"),
        (types.is_time, "TIME"),
        (types.is_binary, "BYTES"),
        (types.is_large_binary, "BYTES"),
    ):
        if test(kind):
            return name
    if types.is_timestamp(kind):
        return "TIMESTAMP" if kind.tz else "DATETIME"
    if types.is_decimal(kind):
        return "NUMERIC" if kind.scale <= 9 and kind.precision - kind.scale <= 29 else "BIGNUMERIC"
    return "STRING"


def is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def described(name: str, kind: pa.DataType) -> Field:
    """The BigQuery field that describes an Arrow column."""
    repeated = is_list(kind)
    inner = kind.value_type if repeated else kind
    children = tuple(described(child.name, child.type) for child in inner) if pa.types.is_struct(inner) else ()
    return Field(name, bigquery_type(inner), repeated, children)


def rest_schema(schema: pa.Schema) -> dict[str, Any]:
    """``TableSchema`` of the REST API (https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#TableSchema)."""
    return {"fields": [_resource(described(field.name, field.type)) for field in schema]}


def _resource(field: Field) -> dict[str, Any]:
    resource: dict[str, Any] = {"name": field.name, "type": field.type, "mode": "REPEATED" if field.repeated else "NULLABLE"}
    if field.fields:
        resource["fields"] = [_resource(child) for child in field.fields]
    return resource
