"""Run the real source against the emulator, with a watch instead of waiting."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from facebook_ads_folder import FIRST, LAST

from extractors import runner
from extractors.connections import Connection, from_json
from extractors.facebook_ads import SOURCE, client
from extractors.landing import Landing
from extractors.runner import Report
from extractors.stream import Days
from sandbox.emulators.facebook_ads import FacebookAdsServer
from sandbox.emulators.faults import Fault

DAYS = Days(FIRST, LAST)


@dataclass
class Watch:
    """Time that passes only by sleeping."""

    now: float = 0.0
    naps: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.naps.append(seconds)


def connection(server: FacebookAdsServer, **extra: Any) -> Connection:
    text = json.dumps({**server.connection, "extra": server.connection["extra"] | extra})
    return from_json(server.connection_id, text)


def load(
    server: FacebookAdsServer, root: Path, *streams: str, watch: Watch | None = None, days: Days = DAYS, **extra: Any
) -> tuple[Report, Landing]:
    """Stage the streams (all by default) of a range; ``extra`` goes into the Connection."""
    watch = watch or Watch()

    def connect(given: Connection) -> client.Graph:
        graph = client.connect(given)
        graph.retries.sleep, graph.retries.monotonic = watch.sleep, lambda: watch.now
        return graph

    landing = Landing(root)
    report = runner.run(
        replace(SOURCE, connect=connect),
        connection(server, **extra),
        days,
        landing,
        load_id="load-1",
        loaded_at=datetime(2026, 3, 11, tzinfo=UTC),
        streams=streams,
    )
    return report, landing


def totals(report: Report, stream: str) -> dict[str, tuple[int, int, Decimal]]:
    """Account -> partitions, rows, spend that were staged."""
    sums: dict[str, list[Any]] = defaultdict(lambda: [0, 0, Decimal()])
    for partition in report.partitions:
        if partition.stream == stream and partition.status == "staged":
            sums[partition.account][0] += 1
            sums[partition.account][1] += partition.rows
            sums[partition.account][2] += Decimal(partition.control_totals.get("spend", "0"))
    return {account: (parts, rows, spend) for account, (parts, rows, spend) in sums.items()}


def staged(report: Report, landing: Landing, stream: str, account: str) -> pa.Table:
    """All staged rows of a stream of one account."""
    files = [landing.staged_file(p) for p in report.partitions if (p.stream, p.account, p.status) == (stream, account, "staged")]
    return pa.concat_tables([pq.read_table(file, partitioning=None) for file in sorted(files)])


def fault(kind: str, operation: str = "", *, account: str | None = None, after: int = 0, times: int | None = 1, **options: Any) -> Fault:
    return Fault("facebook_ads", kind, operation, account, after, times, options)
