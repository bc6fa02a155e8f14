"""The rules of docs/model.md on GA4 rows, written a second time and plainly, to hold the truth against."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from simulated import ga4

Key = tuple[str, int]
SAME = ("event_timestamp", "event_name", "user_pseudo_id", "event_bundle_sequence_id", "batch_event_index")


def table_day(row: dict[str, Any]) -> date:
    return date.fromisoformat(row["event_date"])


def clock_is_possible(row: dict[str, Any]) -> bool:
    seen = datetime.fromtimestamp(row["event_timestamp"] / 1e6, UTC).date()
    return timedelta(days=-3) <= seen - table_day(row) <= timedelta(days=1)


@lru_cache(maxsize=4)
def kept_rows(folder: Path) -> list[dict[str, Any]]:
    """Consented rows with bots, broken clocks and duplicates taken out by the rules of docs/model.md."""
    rows = [row for row in ga4(folder) if row["user_pseudo_id"] and clock_is_possible(row)]
    sizes = Counter((row["user_pseudo_id"], row["params"].get("ga_session_id")) for row in rows)
    seen: set[tuple[Any, ...]] = set()
    sold: set[tuple[str, str]] = set()
    result = []
    for row in sorted(rows, key=lambda row: row["event_timestamp"]):
        if sizes[row["user_pseudo_id"], row["params"].get("ga_session_id")] > 500:
            continue
        same = tuple(row[name] for name in SAME)
        sale = (row["event_name"], row["ecommerce"]["transaction_id"]) if row["ecommerce"] else None
        if same in seen or (sale and sale in sold):
            continue
        seen.add(same)
        if sale:
            sold.add(sale)
        result.append(row)
    return result


def sessions(rows: list[dict[str, Any]]) -> dict[Key, list[dict[str, Any]]]:
    """By device and the 30-minute rule alone; session ids are not used."""
    found: dict[Key, list[dict[str, Any]]] = {}
    last: dict[str, tuple[int, Key]] = {}
    for row in sorted(rows, key=lambda row: (row["event_timestamp"], row["batch_event_index"])):
        device, at = row["user_pseudo_id"], row["event_timestamp"]
        before = last.get(device)
        key = before[1] if before and at - before[0] <= 30 * 60_000_000 else (device, at)
        found.setdefault(key, []).append(row)
        last[device] = (at, key)
    return found
