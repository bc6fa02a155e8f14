"""The first-party files of a world, read without the source that will read them."""

from __future__ import annotations

import csv
import gzip
import io
import json
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

CHANNELS = {"till": "Offline", "phone": "Offline", "messenger": "Organic Social", "email": "Email", "chat": "Unassigned"}


@lru_cache(maxsize=8)
def shop_lines(folder: Path) -> list[dict[str, Any]]:
    """All lines as they stand there, with ``day`` and ``file``."""
    found: list[dict[str, Any]] = []
    for path in sorted((folder / "first_party" / "loja-goiania").iterdir()):
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        if ".csv" in path.suffixes:
            rows: list[Any] = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
        elif path.suffix == ".jsonl":
            rows = [json.loads(line) for line in content.splitlines()]
        else:
            rows = pq.read_table(path).to_pylist() if path.suffix == ".parquet" else []
        found += [{**row, "day": date.fromisoformat(path.name[:10]), "file": path.name} for row in rows]
    return found


@lru_cache(maxsize=8)
def shop_events(folder: Path) -> list[dict[str, Any]]:
    """The events: each once, the till's stumbles left out, with ``at``, ``amount`` and ``group`` (the channel)."""
    found = {}
    for row in shop_lines(folder):
        if "," not in (row.get("value") or ""):
            at = datetime.fromisoformat(row["occurred_at"])
            amount = Decimal(row["value"]) if row.get("value") else None
            found[row["event_id"]] = row | {"at": at, "amount": amount, "group": CHANNELS[row["channel"]]}
    return list(found.values())


def is_known(row: dict[str, Any]) -> bool:
    return row.get("consent_state") != "denied" and any(row.get(name) for name in ("email", "user_id", "device_id"))
