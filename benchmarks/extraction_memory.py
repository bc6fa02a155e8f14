"""A day of two million rows: the most memory that extracting, checking and landing it ever takes, for each family of sources.

Google's rows come over gRPC, GA4's over the Storage Read API, Klaviyo's as pages of JSON, each through the official client from a
server in another process. Peaks are those of the whole process (resident memory), imports included.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.measure import Peak, cache

ROWS = int(os.environ.get("JOURNEY_BENCH_ROWS", "2000000"))
LIMIT = 600
"""Megabytes (2**20 bytes) that extraction may take."""
DAY = date(2026, 1, 5)
FAMILIES = {
    "google_ads": ("ad_performance", "Google Ads over gRPC"),
    "ga4": ("events", "GA4 over Storage"),
    "klaviyo": ("events", "Klaviyo's JSON pages"),
}


def run() -> list[Peak]:
    """Three peaks a family; every row must have come, and nothing may be refused."""
    found = []
    for source, (stream, name) in FAMILIES.items():
        folder = cache() / f"memory-{source}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            with served(source, folder) as connection:
                steps = [step("extract", source, stream, folder / "landing", connection)]
            steps += [step(one, source, stream, folder / "landing", "") for one in ("validate", "land")]
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        for what, answer in zip(("extract", "validate", "land"), steps, strict=True):
            assert (answer["rows"], answer["errors"]) == (ROWS, []), answer
            found.append(
                Peak(
                    name=f"{name}, {ROWS:,} rows in a day: {what}",
                    megabytes=answer["peak"],
                    limit=LIMIT if what != "validate" else None,
                    remark=f"{answer['seconds']:.0f} CPU s",
                )
            )
    return found


@contextmanager
def served(source: str, folder: Path) -> Iterator[str]:
    """The Connection of a running server."""
    if source == "ga4":
        ga4_table(folder / "ga4" / "sandbox" / "analytics_310000001" / f"events_{DAY:%Y%m%d}.parquet", ROWS)
    with served_folder(source, ROWS, folder) as connection:
        yield connection


@contextmanager
def served_folder(source: str, rows: int, folder: Path) -> Iterator[str]:
    """The same, of a folder that is there already."""
    command = [sys.executable, "-m", "benchmarks.many_rows_worker", source, str(rows), str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        connection = server.stdout.readline()
        try:
            yield connection
        finally:
            server.stdin.close()


def step(what: str, source: str, stream: str, landing: Path, connection: str) -> dict[str, Any]:
    """One step in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.memory_worker", what, source, stream, str(landing)]
    done = subprocess.run(command, input=connection, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{what} of {source} failed: {done.stderr[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def ga4_table(path: Path, rows: int, piece: int = 50_000) -> None:
    """An export table: nested parameters, device, geography, traffic source; rows in no order."""
    from extractors.site_analytics.ga4.schema import TABLE_COLUMNS

    path.parent.mkdir(parents=True, exist_ok=True)
    first = pa.Table.from_pylist([ga4_event(number) for number in range(piece)], schema=TABLE_COLUMNS)
    at, user = TABLE_COLUMNS.get_field_index("event_timestamp"), TABLE_COLUMNS.get_field_index("user_pseudo_id")
    with pq.ParquetWriter(path, TABLE_COLUMNS, compression="zstd") as file:
        for start in range(0, rows, piece):
            numbers = [(number * 1_000_003) % rows for number in range(start, min(start + piece, rows))]
            table = first.slice(0, len(numbers)).set_column(
                at, TABLE_COLUMNS.field(at), pa.array([1_767_571_200_000_000 + number * 40_000 for number in numbers], pa.int64())
            )
            users = pa.array([f"{number % 400_000}.{1_700_000_000 + number % 400_000}" for number in numbers])
            file.write_table(table.set_column(user, TABLE_COLUMNS.field(user), users))


def ga4_event(number: int) -> dict[str, Any]:
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
