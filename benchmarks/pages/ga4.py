"""GA4's export: events with nested parameters, device, geography, traffic source."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa

from extractors.site_analytics.ga4.schema import TABLE_COLUMNS

DAY = date(2026, 1, 5)
TABLE = f"events_{DAY:%Y%m%d}"


def table(rows: int, piece: int = 50_000) -> pa.Table:
    """So many events, in no order. Times and visitors are each row's own; the rest is held once for every ``piece`` rows."""
    first = pa.Table.from_pylist([event(number) for number in range(min(piece, rows))], schema=TABLE_COLUMNS)
    at, user = TABLE_COLUMNS.get_field_index("event_timestamp"), TABLE_COLUMNS.get_field_index("user_pseudo_id")
    tables = []
    for start in range(0, rows, piece):
        numbers = [(number * 1_000_003) % rows for number in range(start, min(start + piece, rows))]
        times = pa.array([1_767_571_200_000_000 + number * 40_000 for number in numbers], pa.int64())
        users = pa.array([f"{number % 400_000}.{1_700_000_000 + number % 400_000}" for number in numbers])
        part = first.slice(0, len(numbers)).set_column(at, TABLE_COLUMNS.field(at), times)
        tables.append(part.set_column(user, TABLE_COLUMNS.field(user), users))
    return pa.concat_tables(tables)


def event(number: int) -> dict[str, Any]:
    """An event of the export with the parameters that a web stream has."""
    texts = {
        "page_location": f"https://loja.example/colecao/{number % 300}/produto-{number % 7001}?utm_source=google&gclid=Cj0K{number:012x}",
        "page_referrer": "https://www.google.com/",
        "page_title": "Vestido de verão | Loja",
    }
    numbers = {"ga_session_id": 1_767_570_000 + number % 9000, "ga_session_number": 1 + number % 5, "engagement_time_msec": number % 9999}
    value = {"string_value": None, "int_value": None, "float_value": None, "double_value": None}
    params = [{"key": key, "value": {**value, "string_value": text}} for key, text in texts.items()]
    params += [{"key": key, "value": {**value, "int_value": amount}} for key, amount in numbers.items()]
    return {
        "event_date": f"{DAY:%Y%m%d}",
        "event_timestamp": 0,
        "event_name": ("page_view", "view_item", "scroll", "user_engagement")[number % 4],
        "event_params": params,
        "event_bundle_sequence_id": number,
        "batch_event_index": number % 9,
        "user_pseudo_id": "",
        "privacy_info": {"analytics_storage": "Yes", "ads_storage": "Yes", "uses_transient_token": "No"},
        "user_properties": [],
        "user_first_touch_timestamp": 1_767_000_000_000_000 + number,
        "device": {"category": "mobile", "operating_system": "Android", "language": "pt-br", "web_info": {"browser": "Chrome"}},
        "geo": {"continent": "Americas", "country": "Brazil", "region": "State of Sao Paulo", "city": "Sao Paulo"},
        "traffic_source": {"name": "(organic)", "medium": "organic", "source": "google"},
        "collected_traffic_source": {"manual_source": "google", "gclid": f"Cj0K{number:012x}"},
        "stream_id": "3100001",
        "platform": "WEB",
        "items": [],
        "is_active_user": True,
    }
