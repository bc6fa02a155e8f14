"""A load of a week with its questions one after the other, over the same with as many at once as the source allows.

Wall time, not CPU: what is gained is waiting. Each platform's emulator is 80 ms away. Both land the same files, by their hashes.
"""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from benchmarks.measure import Ratio, cache, interleaved
from extractors import registry, runner
from extractors.connections import Connection, from_json
from extractors.landing import Landing
from extractors.stream import Days

SECONDS = 0.08
SOURCES = ("google_ads", "facebook_ads", "klaviyo", "mailchimp", "ga4", "matomo")
DAYS = Days(date(2026, 1, 1), date(2026, 1, 7))
NOW = datetime(2026, 1, 9, tzinfo=UTC)
PAIRS = 3
"""Fewer than elsewhere: waiting varies less than work."""


def run() -> list[Ratio]:
    """One ratio a source."""
    home = cache() / "side_by_side"
    logging.getLogger("extractors").setLevel(logging.ERROR)
    command = [sys.executable, "-m", "benchmarks.late_worker", str(home / "world"), str(SECONDS), *SOURCES]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as servers:
        assert servers.stdin is not None
        assert servers.stdout is not None
        try:
            found = json.loads(servers.stdout.readline())
            return [measured(source, from_json(f"{source}_default", json.dumps(found[f"{source}_default"])), home) for source in SOURCES]
        finally:
            servers.stdin.close()


def measured(source: str, connection: Connection, home: Path) -> Ratio:
    """Both ways give the same partitions."""
    pace = registry.load(source).pace.at_once
    one = replace(connection, extra={**connection.extra, "at_once": 1})
    (_, expected), (_, got) = load(source, one, home), load(source, connection, home)
    assert expected == got, f"{source}: not the same partitions"
    pairs = interleaved(lambda: load(source, one, home)[0], lambda: load(source, connection, home)[0], PAIRS)
    rows = sum(row[3] for row in got)
    name = f"{source}, {len(got)} partitions, {rows:,} rows, answers {SECONDS * 1000:.0f} ms away, wall time"
    return Ratio(name=name, over="one after the other", under=f"{pace} at once", pairs=pairs, remark="the same files by hash")


def load(source: str, connection: Connection, home: Path) -> tuple[float, list[tuple[str, str, str, int, str | None]]]:
    """Seconds of wall time, and the partitions in the order of the report."""
    root = home / "landing"
    shutil.rmtree(root, ignore_errors=True)
    begun = time.monotonic()
    report = runner.run(registry.load(source), connection, DAYS, Landing(root), load_id="load", loaded_at=NOW)
    seconds = time.monotonic() - begun
    assert not report.errors, str(report.errors[0])
    return seconds, [(row.stream, row.account, row.dt, row.rows, row.content_hash) for row in report.partitions]
