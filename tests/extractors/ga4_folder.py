"""Small GA4 exports for the source to read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

PROJECT, PROPERTY = "shop-project", "4711"


def event(number: int, day: str = "20260105", **more: Any) -> dict[str, Any]:
    """One exported event; ``number`` is its ``ga_session_id`` and orders it in time."""
    return {
        "event_date": day,
        "event_timestamp": 1767614400000000 + number * 1_000_000,
        "event_name": "purchase" if number % 5 == 0 else "page_view",
        "event_params": [
            {"key": "ga_session_id", "value": {"int_value": number}},
            {"key": "session_engaged", "value": {"string_value": "1"} if number % 2 else {"int_value": 1}},
            {"key": "page_location", "value": {"string_value": f"https://loja.example/?n={number}&email=ana{number}@mail.example"}},
            {"key": "debug_mode", "value": None},
        ],
        "user_pseudo_id": f"{number % 7}.1" if number % 3 else None,
        "device": {"category": "mobile", "vendor_id": "x", "web_info": {"browser": "Chrome", "hostname": "loja.example"}},
        "ecommerce": {"transaction_id": f"T{number}", "purchase_revenue": 10.25} if number % 5 == 0 else "null",
        "items": [{"item_id": "A", "price": 5, "quantity": 2, "item_list_index": "1"}, {"item_id": "B"}] if number % 5 == 0 else [],
        "is_active_user": number % 2 == 0,
        **more,
    }


def write(folder: Path, table: str, rows: list[dict[str, Any]], account: str = PROPERTY) -> Path:
    path = folder / "ga4" / PROJECT / f"analytics_{account}" / f"{table}.ndjson"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path
