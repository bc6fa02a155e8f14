"""Pages of JSON to Arrow: the standard library's json and a plain loop, over the extractors' own code for the same page.

Each platform's body is of the page size that its extractor asks for. The plain side reads the same fields to the same types, a row
at a time, and cuts out the same personal data; what both make is compared before anything is measured.
Meta's own client parses each body once more, with the standard library, to see whether it is an error; neither side counts that.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson
import pyarrow as pa

from benchmarks.many_rows_worker import klaviyo_event
from benchmarks.measure import Ratio, interleaved
from extractors.collector import collector_held
from extractors.email.klaviyo import answers
from extractors.email.klaviyo.columns import table, with_news
from extractors.email.klaviyo.events import _READERS, DOCUMENTED, SCHEMA
from extractors.facebook_ads import schema as meta
from extractors.pii import _PERSONAL, scrub_text

ROUNDS = 160
"""Pages that one measurement reads."""


def run() -> list[Ratio]:
    """One ratio a platform."""
    return [
        measured("Klaviyo events", klaviyo_body(), klaviyo_plain, klaviyo_ours, ROUNDS),
        measured("Meta ad insights", meta_body(), meta_plain, meta_ours, ROUNDS // 8),
    ]


def measured(name: str, body: bytes, plain: Callable[[bytes], pa.Table], ours: Callable[[bytes], pa.Table], rounds: int) -> Ratio:
    expected, found = plain(body), ours(body)
    assert found.cast(expected.schema).combine_chunks() == expected.combine_chunks(), f"{name}: not the same rows"
    pairs = interleaved(lambda: timed(plain, body, rounds), lambda: timed(ours, body, rounds))
    title = f"{name}, page of {len(found):,} rows ({len(body) / 1024:.0f} KB) to Arrow"
    return Ratio(name=title, over="json and a plain loop", under="ours", pairs=pairs)


def timed(read: Callable[[bytes], pa.Table], body: bytes, rounds: int) -> float:
    """CPU seconds of all threads."""
    begun = time.process_time()
    for _ in range(rounds):
        read(body)
    return time.process_time() - begun


def klaviyo_body() -> bytes:
    return orjson.dumps({"data": [klaviyo_event(number) for number in range(200)], "links": {"next": None}})


def klaviyo_ours(body: bytes) -> pa.Table:
    """As ``events.extract`` does with each answer."""
    with collector_held():
        rows = answers.read(200, {}, body)["data"]
    with collector_held():
        found, _ = with_news(table(SCHEMA, _READERS, rows), rows, DOCUMENTED)
    return pa.Table.from_batches([found])


def klaviyo_plain(body: bytes) -> pa.Table:
    rows = []
    for event in json.loads(body)["data"]:
        attributes, related = event["attributes"], event["relationships"]
        rows.append(
            {
                "id": event["id"],
                "metric_id": related["metric"]["data"]["id"],
                "profile_id": related["profile"]["data"]["id"],
                "datetime": datetime.fromisoformat(attributes["datetime"]),
                "timestamp": attributes["timestamp"],
                "uuid": attributes["uuid"],
                "event_properties": json.dumps(
                    cleaned(attributes["event_properties"]), sort_keys=True, separators=(",", ":"), ensure_ascii=False
                ),
            }
        )
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return scrub_text(value)
    if isinstance(value, dict):
        return {key: cleaned(inner) for key, inner in value.items() if re.sub(r"[^a-z0-9]", "", key.lower()) not in _PERSONAL}
    if isinstance(value, list):
        return [cleaned(inner) for inner in value]
    return value


def meta_body() -> bytes:
    kinds = ("link_click", "landing_page_view", "offsite_conversion.fb_pixel_purchase", "omni_purchase", "video_view")
    rows = []
    for number in range(1000):
        actions = [
            {"action_type": kind, "value": str(number % 7 + at), "7d_click": str(number % 7), "1d_view": "1"}
            for at, kind in enumerate(kinds)
        ]
        rows.append(
            {
                "date_start": "2026-01-05",
                "date_stop": "2026-01-05",
                "account_id": "1000000001",
                "account_currency": "BRL",
                "campaign_id": f"1202{number % 40:011}",
                "campaign_name": f"Coleção de verão {number % 40}",
                "adset_id": f"1203{number % 200:011}",
                "adset_name": f"Mulheres 25-44 {number % 200}",
                "ad_id": f"1204{number:011}",
                "ad_name": f"Vestido {number}",
                "publisher_platform": ("facebook", "instagram", "messenger")[number % 3],
                "impressions": str(1000 + number),
                "clicks": str(number % 60),
                "inline_link_clicks": str(number % 50),
                "outbound_clicks": [{"action_type": "outbound_click", "value": str(number % 40)}],
                "spend": f"{number * 0.37:.2f}",
                "attribution_setting": "7d_click_1d_view",
                "actions": actions,
                "action_values": [{"action_type": "omni_purchase", "value": f"{number * 1.9:.2f}", "7d_click": f"{number * 1.9:.2f}"}],
            }
        )
    return orjson.dumps({"data": rows, "paging": {"cursors": {"before": "a", "after": "b"}}})


def meta_ours(body: bytes) -> pa.Table:
    """As the pages of a report are read."""
    with collector_held():
        rows = orjson.loads(body)["data"]
    return meta.to_table(rows, meta.AD_INSIGHTS)


def meta_plain(body: bytes) -> pa.Table:
    counts = {"impressions", "clicks", "inline_link_clicks"}
    rows = []
    for found in json.loads(body)["data"]:
        row = {name: found.get(name) for name in meta.AD_INSIGHTS.names}
        for name in counts:
            row[name] = int(found[name]) if found.get(name) is not None else None
        for name in ("date_start", "date_stop"):
            row[name] = date.fromisoformat(found[name])
        row["outbound_clicks"] = sum(int(entry["value"]) for entry in found.get("outbound_clicks", []))
        row["spend"] = Decimal(found["spend"])
        for name in ("actions", "action_values"):
            row[name] = [
                {"action_type": entry["action_type"], "action_window": window, "value": Decimal(entry[window])}
                for entry in sorted(found.get(name, []), key=lambda entry: str(entry["action_type"]))
                for window in ("value", *meta.WINDOWS)
                if entry.get(window) is not None
            ]
        rows.append(row)
    return pa.Table.from_pylist(rows, schema=meta.AD_INSIGHTS)
