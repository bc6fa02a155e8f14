"""Landing: dlt's load of dictionaries to Parquet over our load, each from what its own extractors give; both check the schema.

dlt gets Python dictionaries, columns and types declared and frozen. Ours gets Arrow batches and does all that a load does: conform,
cut out addresses, sort by key, hash, write, put in place with the ledger.
A second ratio gives our side dictionaries too, made into Arrow first.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.measure import Ratio, cache, environment, interleaved
from extractors.google_ads.streams import STREAMS
from extractors.landing import Landing
from extractors.staging import stage

PACKAGES = ["dlt[parquet]==1.31.0"]
ROWS, PAGE = 100_000, 10_000
DAY = date(2026, 1, 5)
NOW = datetime(2026, 1, 9, tzinfo=UTC)
STREAM = next(stream for stream in STREAMS if stream.name == "ad_performance")


def run() -> list[Ratio]:
    """Two ratios. Raises Skip where the peer cannot be installed."""
    python = environment("dlt", PACKAGES)
    table = rows()
    home = cache() / "landing_load"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    pq.write_table(table, home / "rows.parquet")
    command = [str(python), str(Path(__file__).with_name("landing_worker.py")), str(home / "rows.parquet"), str(home / "dlt")]
    arrow = [table.slice(at, PAGE) for at in range(0, ROWS, PAGE)]
    dictionaries = [page.to_pylist() for page in arrow]
    try:
        with (
            (cache() / "landing_worker.log").open("w") as log,
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True) as worker,
        ):
            theirs = peer(worker)
            ways: dict[str, Callable[[], list[pa.Table]]] = {
                "our load of Arrow": lambda: arrow,
                "our load, dictionaries made into Arrow first": lambda: [
                    pa.Table.from_pylist(page, schema=STREAM.schema) for page in dictionaries
                ],
            }
            found = []
            for name, pages in ways.items():
                compare(theirs()[1], our_load(pages, home)[1])
                pairs = interleaved(lambda: theirs()[0], lambda pages=pages: our_load(pages, home)[0])  # type: ignore[misc]
                title = f"Landing {ROWS:,} rows of {len(STREAM.schema)} fields"
                found.append(Ratio(name=title, over=f"{PACKAGES[0]} of dictionaries", under=name, pairs=pairs))
            assert worker.stdin is not None
            worker.stdin.close()
            return found
    finally:
        shutil.rmtree(home, ignore_errors=True)


def peer(worker: subprocess.Popen[str]) -> Callable[[], tuple[float, pa.Table]]:
    """One load of the peer: CPU seconds and what landed."""

    def load() -> tuple[float, pa.Table]:
        assert worker.stdin is not None
        assert worker.stdout is not None
        print(file=worker.stdin, flush=True)
        line = worker.stdout.readline()
        if not line:
            raise RuntimeError("the peer's process ended; what it said is in landing_worker.log")
        answer = json.loads(line)
        return answer["seconds"], pa.concat_tables([pq.read_table(file, partitioning=None) for file in answer["files"]])

    return load


def our_load(pages: Callable[[], list[pa.Table]], home: Path) -> tuple[float, pa.Table]:
    """CPU seconds of all threads, and what landed."""
    root = home / "ours"
    shutil.rmtree(root, ignore_errors=True)
    landing = Landing(root)
    begun = time.process_time()
    partition = stage(landing.staged, STREAM, pages(), load_id="l", source="google_ads", account="1", day=DAY, loaded_at=NOW)
    landing.commit("l", [partition], root / "quarantine", loaded_at=NOW)
    seconds = time.process_time() - begun
    return seconds, pq.read_table(landing.file(partition), partitioning=None)


def compare(theirs: pa.Table, ours: pa.Table) -> None:
    """Every row and value; an error where they differ."""
    order = [(key, "ascending") for key in STREAM.keys]
    one, other = (found.select(STREAM.schema.names).sort_by(order).combine_chunks() for found in (theirs, ours))
    assert len(other) == ROWS, f"{len(other)} rows"
    plain = pa.schema([pa.field(field.name, field.type) for field in STREAM.schema])
    assert one.cast(plain) == other.cast(plain), "not the same rows"


def rows() -> pa.Table:
    """A day of ad_performance, in no order."""
    random = np.random.default_rng(3)
    number = random.permutation(ROWS)
    clicks = random.poisson(2, ROWS)
    columns = {
        "segments_date": pa.repeat(pa.scalar(DAY, pa.date32()), ROWS),
        "segments_device": pa.array(np.array(["MOBILE", "DESKTOP", "TABLET"])[number % 3]),
        "segments_ad_network_type": pa.array(np.array(["SEARCH", "CONTENT"])[number % 2]),
        "campaign_id": pa.array(10_000_000_000 + number % 300),
        "ad_group_id": pa.array(120_000_000_000 + number % 3000),
        "ad_group_ad_ad_id": pa.array(600_000_000_000 + number),
        "metrics_impressions": pa.array(random.poisson(90, ROWS)),
        "metrics_clicks": pa.array(clicks),
        "metrics_interactions": pa.array(clicks),
        "metrics_cost_micros": pa.array(clicks * 1_234_567),
        "metrics_conversions": pa.array(random.random(ROWS)),
        "metrics_conversions_value": pa.array(random.random(ROWS) * 80),
        "metrics_all_conversions": pa.array(random.random(ROWS) * 2),
        "metrics_view_through_conversions": pa.array(number % 3),
    }
    return pa.table(columns).select(STREAM.schema.names).cast(STREAM.schema)
