"""A night as it is run: all models, audit tables and all data tests, on the built history, over the same on its day alone.

``journey`` measures only what the two facts are made of. ``JOURNEY_BENCH_EVENTS=20M`` takes the large history.
"""

from __future__ import annotations

import os
import shutil

from benchmarks.eventset.made import made
from benchmarks.journey import build, largest, together
from benchmarks.measure import Ratio, cache


def run() -> list[Ratio]:
    """One ratio. RuntimeError with what dbt said where a build or a data test failed."""
    history, night = made(os.environ.get("JOURNEY_BENCH_EVENTS", "2M")), made("night")
    work = cache() / "whole-night"
    shutil.rmtree(work, ignore_errors=True)
    build(history.landing, work, full=True, whole=True)
    nightly = build(together(history, night, work / "landing"), work, full=False, whole=True)
    shutil.rmtree(work)
    day = build(night.landing, work, full=True, whole=True)
    shutil.rmtree(work)
    return [
        Ratio(
            name="whole night",
            over=f"all models and data tests, one night on {history.name} events",
            under="the same on its day alone",
            pairs=[(nightly.seconds, day.seconds)],
            remark=largest(nightly.steps),
        )
    ]
