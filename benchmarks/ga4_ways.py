"""GA4's two ways to the same table: BigQuery's REST pages over the Storage Read API's streams, both to Arrow in the stream's schema.

The server is the sandbox's emulator in a process of its own, whose work is not counted; nor is the network, which favours Storage further.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator

import pyarrow as pa

from benchmarks.extraction_memory import served
from benchmarks.measure import Ratio, cache, interleaved
from benchmarks.pages.ga4 import TABLE
from extractors.connections import from_json
from extractors.order import ordered
from extractors.retrying import Retries
from extractors.site_analytics.ga4 import clients, rest, storage
from extractors.site_analytics.ga4.schema import KEYS, TABLE_COLUMNS

ROWS = 10_000


def run() -> list[Ratio]:
    """One ratio; the rows of both are compared first."""
    folder = cache() / "ga4_ways"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        with served("ga4", ROWS, folder) as connection:
            client = clients.connect(from_json("ga4_default", connection))
            table = client.rest.get_table(f"{client.project}.analytics_310000001.{TABLE}")
            columns = [field.name for field in table.schema if field.name in TABLE_COLUMNS.names]
            assert client.storage is not None
            api = client.storage

            def pages() -> Iterator[pa.Table]:
                return rest.read(client.rest, table, columns, TABLE_COLUMNS, Retries())

            def streams() -> Iterator[pa.Table]:
                return storage.read(api, table, columns, TABLE_COLUMNS, client.project, Retries())

            one, other = (ordered(pa.concat_tables(read()), KEYS) for read in (pages, streams))
            assert len(one) == ROWS, f"{len(one)} rows"
            assert one == other, "not the same rows"
            pairs = interleaved(lambda: timed(pages), lambda: timed(streams))
            clients.close(client)
            return [Ratio(name=f"GA4, {ROWS:,} nested rows to Arrow", over="REST pages", under="Storage Read API", pairs=pairs)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def timed(read: Callable[[], Iterator[pa.Table]]) -> float:
    """CPU seconds of all threads."""
    begun = time.process_time()
    for _ in read():
        pass
    return time.process_time() - begun
