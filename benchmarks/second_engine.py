"""The same journeys by Polars: sessions, persons, touches and the credits of eight models equal the warehouse's, row by row.

Both read the same landed Parquet. The answers are compared first (``benchmarks.engines.compare``); then the ratio of CPU seconds.
The warehouse's side also matches ads, allocates costs and keeps every column of the contract; Polars writes only what is compared.
``JOURNEY_BENCH_EVENTS=20M`` takes the large set.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from benchmarks.engines.compare import compare
from benchmarks.eventset.made import made
from benchmarks.journey import build
from benchmarks.measure import Ratio, cache, environment

PACKAGES = ["polars==2.1.0", "numpy"]


def run() -> list[Ratio]:
    """One ratio. Raises Skip where Polars cannot be installed, Different where the answers differ."""
    python = environment("polars", PACKAGES)
    events = made(os.environ.get("JOURNEY_BENCH_EVENTS", "2M"))
    work = cache() / "second-engine"
    shutil.rmtree(work, ignore_errors=True)
    theirs = polars(python, events.landing, work / "polars")
    ours = build(events.landing, work, full=True).seconds
    rows = compare(work / "build.duckdb", work / "polars")
    shutil.rmtree(work)
    remark = "equal rows: " + ", ".join(f"{count} {question}" for question, count in rows.items())
    return [Ratio(name=f"Polars at {events.name} events", over="Polars", under="the models", pairs=[(theirs, ours)], remark=remark)]


def polars(python: Path, landing: Path, out: Path) -> float:
    """CPU seconds of the engine, start of Python included."""
    engine = Path(__file__).with_name("engines") / "polars_engine.py"
    done = subprocess.run([str(python), str(engine), str(landing), str(out)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the engine failed:\n{done.stderr.strip()}")
    return float(done.stdout.split()[-1])
