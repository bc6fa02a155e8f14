"""Google Ads rows, wire to Parquet: a plain loop over the client's proto-plus rows, over our extractor's own path.

Both get the bytes of the same SearchStream chunks. The plain loop reads the fields of each row as Google's examples do, makes a
table, sorts it and writes it. Ours is what a load does: decode, split by day, conform, cut out addresses, sort, hash, write.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.measure import Ratio, cache, interleaved
from extractors.google_ads.client import VERSION
from extractors.google_ads.decode import Decoder
from extractors.google_ads.streams import STREAMS, by_day, query_of
from extractors.staging import Staging

ROWS, CHUNK_ROWS, DAYS = 100_000, 10_000, 2
FIRST = date(2026, 1, 5)
STREAM = next(stream for stream in STREAMS if stream.name == "ad_performance")
_types = import_module(f"google.ads.googleads.{VERSION}.services.types.google_ads_service")


def run() -> list[Ratio]:
    """One ratio; the rows of both are compared first."""
    wire, folder = chunks(), cache() / "google_rows"
    ours, plain = our_load(wire, folder / "ours"), plain_loop(wire, folder / "plain.parquet")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        ours()
        plain()
        compare(folder)
        pairs = interleaved(lambda: timed(plain), lambda: timed(ours))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    name = f"Google Ads wire to Parquet, {ROWS:,} rows of {len(STREAM.schema)} fields"
    return [Ratio(name=name, over="proto-plus loop", under="ours", pairs=pairs)]


def timed(work: Callable[[], None]) -> float:
    """CPU seconds of all threads."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def chunks() -> list[bytes]:
    """Chunks of the API's size, filled as a large account's are: many ads, some zeros, fractions of conversions."""
    random = np.random.default_rng(5)
    devices, networks = ("MOBILE", "DESKTOP", "TABLET", "CONNECTED_TV"), ("SEARCH", "SEARCH_PARTNERS", "CONTENT", "YOUTUBE")
    found = []
    for first in range(0, ROWS, CHUNK_ROWS):
        answer = _types.SearchGoogleAdsStreamResponse.pb(_types.SearchGoogleAdsStreamResponse())
        for number in range(first, first + CHUNK_ROWS):
            row = answer.results.add()
            # Sixteen rows an ad, one of each device and network, in no order.
            ad, at = divmod((number * 7919) % ROWS, 16)
            row.segments.date = (FIRST + timedelta(days=ad % DAYS)).isoformat()
            row.segments.device = row.segments.DESCRIPTOR.fields_by_name["device"].enum_type.values_by_name[devices[at % 4]].number
            kinds = row.segments.DESCRIPTOR.fields_by_name["ad_network_type"].enum_type.values_by_name
            row.segments.ad_network_type = kinds[networks[at // 4]].number
            row.campaign.id, row.ad_group.id, row.ad_group_ad.ad.id = (
                10_000_000_000 + ad % 300,
                120_000_000_000 + ad % 3000,
                600_000_000_000 + ad,
            )
            clicks = int(random.poisson(2))
            row.metrics.impressions, row.metrics.clicks, row.metrics.interactions = int(random.poisson(90)), clicks, clicks
            row.metrics.cost_micros = clicks * int(random.integers(100_000, 3_000_000))
            row.metrics.conversions = float(random.random() * clicks / 10)
            row.metrics.conversions_value = row.metrics.conversions * 80
            row.metrics.all_conversions = row.metrics.conversions * 1.5
            row.metrics.view_through_conversions = 0
        found.append(answer.SerializeToString())
    return found


def our_load(wire: list[bytes], folder: Path) -> Callable[[], None]:
    """What ``runner.run`` does with the answer."""

    def load() -> None:
        decoder = Decoder(query_of(STREAM), VERSION)
        staging = Staging(folder, STREAM, load_id="load", source="google_ads", account="1", loaded_at=datetime(2026, 1, 9, tzinfo=UTC))
        for chunk in wire:
            for batch in by_day(decoder.batch(chunk)):
                staging.add(batch.day, batch.rows)
        for day in range(DAYS):
            staging.finish(FIRST + timedelta(days=day))
        staging.close()

    return load


def plain_loop(wire: list[bytes], path: Path) -> Callable[[], None]:
    """As in the client library's examples: rows as proto-plus objects, one attribute at a time."""

    def load() -> None:
        rows: list[dict[str, Any]] = []
        for chunk in wire:
            for row in _types.SearchGoogleAdsStreamResponse.deserialize(chunk).results:
                segments, metrics = row.segments, row.metrics
                rows.append(
                    {
                        "segments_date": date.fromisoformat(segments.date),
                        "segments_device": segments.device.name,
                        "segments_ad_network_type": segments.ad_network_type.name,
                        "campaign_id": row.campaign.id,
                        "ad_group_id": row.ad_group.id,
                        "ad_group_ad_ad_id": row.ad_group_ad.ad.id,
                        "metrics_impressions": metrics.impressions,
                        "metrics_clicks": metrics.clicks,
                        "metrics_interactions": metrics.interactions,
                        "metrics_cost_micros": metrics.cost_micros,
                        "metrics_conversions": metrics.conversions,
                        "metrics_conversions_value": metrics.conversions_value,
                        "metrics_all_conversions": metrics.all_conversions,
                        "metrics_view_through_conversions": metrics.view_through_conversions,
                    }
                )
        table = pa.Table.from_pylist(rows, schema=STREAM.schema).sort_by([(key, "ascending") for key in STREAM.keys])
        pq.write_table(table, path, compression="zstd")

    return load


def compare(folder: Path) -> None:
    """Every row of both files; an error where they differ."""
    files = sorted((folder / "ours").rglob("part-0.parquet"))
    mine = pa.concat_tables([pq.read_table(file, partitioning=None).select(STREAM.schema.names) for file in files])
    theirs = pq.read_table(folder / "plain.parquet").select(STREAM.schema.names)
    assert len(mine) == ROWS, f"{len(mine)} rows"
    assert mine.cast(theirs.schema).combine_chunks() == theirs.combine_chunks(), "not the same rows"
