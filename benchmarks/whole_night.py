"""A night as it is run: all models, audit tables and all data tests, on the built history, over the same on its day alone; and the
publication that follows, all tables written anew over the file before it with what the night changed.

``journey`` measures only what the two facts are made of. ``JOURNEY_BENCH_EVENTS=20M`` takes the large history.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import duckdb

from benchmarks.eventset.made import made
from benchmarks.journey import build, largest, together, worker
from benchmarks.measure import PAIRS, Peak, Ratio, cache


def run() -> list[Ratio | Peak]:
    """Two ratios and a peak. RuntimeError with what dbt said where a build or a data test failed."""
    history, night = made(os.environ.get("JOURNEY_BENCH_EVENTS", "2M")), made("night")
    work = cache() / "whole-night"
    shutil.rmtree(work, ignore_errors=True)
    build(history.landing, work, full=True, whole=True)
    publish(work, "before", since="none")
    nightly = build(together(history, night, work / "landing"), work, full=False, whole=True)
    pairs, memory = [], 0
    for _ in range(PAIRS):
        (anew, _), (brought_up, most) = publish(work, "anew", since="none"), publish(work, "served", since="before")
        pairs.append((anew, brought_up))
        memory = max(memory, most)
    check_the_same(work / "anew.duckdb", work / "served.duckdb")
    shutil.rmtree(work)
    day = build(night.landing, work, full=True, whole=True)
    shutil.rmtree(work)
    where = f"one night on {history.name} events"
    return [
        Ratio(
            name="whole night",
            over=f"all models and data tests, {where}",
            under="the same on its day alone",
            pairs=[(nightly.seconds, day.seconds)],
            remark=largest(nightly.steps),
        ),
        Ratio(name="publication", over=f"served file written anew, {where}", under="brought up from the one before", pairs=pairs),
        Peak(name="publication", megabytes=memory / 2**20),
    ]


def publish(work: Path, name: str, *, since: str) -> tuple[float, int]:
    """Write ``<name>.duckdb`` from the build; CPU seconds and bytes of memory at most."""
    (work / f"{name}.duckdb").unlink(missing_ok=True)
    files = (str(work / f"{file}.duckdb") for file in ("build", name, since))
    said = json.loads(worker("publication_worker", *files))
    return said["seconds"], said["memory"]


def check_the_same(left: Path, right: Path) -> None:
    """RuntimeError where the two files do not hold the same rows."""
    with duckdb.connect() as both:
        both.execute(f"attach '{left}' as one (read_only); attach '{right}' as other (read_only)")
        tables = "select schema_name || '.' || table_name from duckdb_tables() where database_name = ? order by 1"
        names = [[row[0] for row in both.execute(tables, [file]).fetchall()] for file in ("one", "other")]
        for name in names[0]:
            query = " union all ".join(f"(from {a}.{name} except all from {b}.{name})" for a, b in (("one", "other"), ("other", "one")))
            if names[0] != names[1] or both.execute(f"select count(*) from ({query})").fetchall() != [(0,)]:
                raise RuntimeError(f"{name} differs between the file written anew and the one brought up")
