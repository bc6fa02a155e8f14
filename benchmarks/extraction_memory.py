"""A day of two million rows: the most memory that extracting, checking and landing it ever takes, for each family of sources.

Google's rows come over gRPC, GA4's over the Storage Read API, Klaviyo's, Mailchimp's, Meta's and Matomo's as pages of JSON, each through
the client that the nights use, from a server in another process. A peak is that of the whole loading process (resident memory), imports
included.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.measure import Peak, cache

# JOURNEY_BENCH_ROWS and JOURNEY_BENCH_SOURCES make it shorter.
ROWS = int(os.environ.get("JOURNEY_BENCH_ROWS", "2000000"))
LIMIT = 600
"""Megabytes (2**20 bytes)."""
FAMILIES = {
    "google_ads": ("ad_performance", "Google Ads over gRPC"),
    "ga4": ("events", "GA4 over Storage"),
    "klaviyo": ("events", "Klaviyo's JSON pages"),
    "mailchimp": ("activity", "Mailchimp's reports on a campaign"),
    "facebook_ads": ("ad_insights", "Meta's report"),
    "matomo": ("visits", "Matomo's visits with their actions"),
}
SOURCES = tuple(os.environ.get("JOURNEY_BENCH_SOURCES", " ".join(FAMILIES)).split())


def run() -> Iterator[Peak]:
    """One peak a family, told as soon as it is known; every row must have landed, and nothing may be refused."""
    for source in SOURCES:
        answer = load(source, ROWS)
        assert (answer["rows"], answer["status"], answer["errors"]) == (ROWS, ["landed"], []), answer
        steps = ", ".join(f"{step} {answer['peaks'][step]:.0f} MB {seconds:.0f} CPU s" for step, seconds in answer["seconds"].items())
        name = f"{FAMILIES[source][1]}, {ROWS:,} rows in a day, extracted, validated and landed"
        remark = f"{answer['before']:.0f} MB before the first row; {steps}"
        yield Peak(name=name, megabytes=answer["peaks"]["land"], limit=LIMIT, remark=remark)


def load(source: str, rows: int) -> dict[str, Any]:
    """What ``memory_worker`` says of a load of so many rows."""
    folder = cache() / f"memory-{source}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "benchmarks.memory_worker", source, FAMILIES[source][0], str(folder / "landing")]
    try:
        with served(source, rows, folder) as connection:
            done = subprocess.run(command, input=connection, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"the load of {source} failed: {done.stderr[-2000:]}")
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def served(source: str, rows: int, folder: Path) -> Iterator[str]:
    """The Connection of a running server."""
    command = [sys.executable, "-m", "benchmarks.many_rows_worker", source, str(rows), str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        connection = server.stdout.readline()
        try:
            yield connection
        finally:
            server.stdin.close()
