"""The GA4 export's row as an Arrow schema.

Source of names, nesting and types: https://support.google.com/analytics/answer/7029846 (the subset that docs/landing.md lists).
``_from`` and ``_until`` are the emulators' clock (docs/sandbox.md) and no part of the vendor's row.
"""

from __future__ import annotations

import pyarrow as pa


def _struct(**fields: pa.DataType) -> pa.DataType:
    return pa.struct([pa.field(name, kind) for name, kind in fields.items()])


S, I, F = pa.string(), pa.int64(), pa.float64()  # noqa: E741 - the letters docs/landing.md uses

VALUE = _struct(string_value=S, int_value=I, float_value=F, double_value=F)
PARAMETERS = pa.list_(_struct(key=S, value=VALUE))
USER_VALUE = _struct(string_value=S, int_value=I, float_value=F, double_value=F, set_timestamp_micros=I)
USER_PROPERTIES = pa.list_(_struct(key=S, value=USER_VALUE))
PRIVACY = _struct(analytics_storage=S, ads_storage=S, uses_transient_token=S)
LIFETIME = _struct(revenue=F, currency=S)
WEB = _struct(browser=S, browser_version=S, hostname=S)
DEVICE = _struct(
    category=S,
    mobile_brand_name=S,
    mobile_model_name=S,
    operating_system=S,
    operating_system_version=S,
    language=S,
    web_info=WEB,
)
GEO = _struct(continent=S, sub_continent=S, country=S, region=S, city=S, metro=S)
FIRST_SOURCE = _struct(name=S, medium=S, source=S)
COLLECTED = _struct(
    manual_campaign_id=S,
    manual_campaign_name=S,
    manual_source=S,
    manual_medium=S,
    manual_term=S,
    manual_content=S,
    manual_source_platform=S,
    manual_creative_format=S,
    manual_marketing_tactic=S,
    gclid=S,
    dclid=S,
    srsltid=S,
)
ECOMMERCE = _struct(
    transaction_id=S,
    unique_items=I,
    total_item_quantity=I,
    purchase_revenue=F,
    refund_value=F,
    shipping_value=F,
    tax_value=F,
    purchase_revenue_in_usd=F,
    refund_value_in_usd=F,
)
ITEM = _struct(
    item_id=S,
    item_name=S,
    item_brand=S,
    item_variant=S,
    item_category=S,
    price=F,
    quantity=I,
    item_revenue=F,
    coupon=S,
)

EVENTS = pa.schema(
    [
        pa.field("event_date", S, nullable=False),
        pa.field("event_timestamp", I, nullable=False),
        pa.field("event_name", S, nullable=False),
        pa.field("event_params", PARAMETERS),
        pa.field("event_previous_timestamp", I),
        pa.field("event_value_in_usd", F),
        pa.field("event_bundle_sequence_id", I),
        pa.field("event_server_timestamp_offset", I),
        pa.field("batch_event_index", I),
        pa.field("batch_page_id", I),
        pa.field("batch_ordering_id", I),
        pa.field("user_id", S),
        pa.field("user_pseudo_id", S),
        pa.field("privacy_info", PRIVACY),
        pa.field("user_properties", USER_PROPERTIES),
        pa.field("user_first_touch_timestamp", I),
        pa.field("user_ltv", LIFETIME),
        pa.field("device", DEVICE),
        pa.field("geo", GEO),
        pa.field("traffic_source", FIRST_SOURCE),
        pa.field("collected_traffic_source", COLLECTED),
        pa.field("stream_id", S),
        pa.field("platform", S),
        pa.field("ecommerce", ECOMMERCE),
        pa.field("items", pa.list_(ITEM)),
        pa.field("is_active_user", pa.bool_()),
        pa.field("_from", S),
        pa.field("_until", S),
    ]
)
