"""The journey, from landed events to fct_customer_journey and fct_attribution, by the real models without their tests.

What a full rebuild costs over reading the columns it needs once; how the cost of each step grows from 2 to 20 million events, and the
memory it takes; what one night costs on the built history over the same models on nothing but the new day, and how that grows with
the history. ``JOURNEY_BENCH_EVENTS=2M`` measures a tenth: minutes instead of a quarter of an hour, without the growth.

CPU seconds include dbt's own, some two seconds a build. A rebuild takes minutes, so it is run once; the scan is run beside it five times.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.eventset.made import made
from benchmarks.eventset.sizes import EventSet
from benchmarks.measure import PAIRS, Figure, Ratio, cache
from journey.settings import ROOT

SMALL, LARGE = "2M", "20M"
COUNTS_FROM = 4.0
"""Steps that take less CPU seconds in the large set, a hundredth of the build, say nothing about growth: they are mostly dbt's own time,
and DuckDB's checkpoint, two seconds whatever the size, falls into whichever step is running when its log is full."""


@dataclass(frozen=True)
class Build:
    """What one build took: CPU seconds in all and by model, bytes of memory at most."""

    seconds: float
    steps: dict[str, float]
    memory: int


def run() -> list[Ratio | Figure]:
    """Rows 1 to 3 of the table of targets. RuntimeError with what dbt said where a build failed."""
    names = [SMALL] if os.environ.get("JOURNEY_BENCH_EVENTS", LARGE) == SMALL else [SMALL, LARGE]
    work = cache() / "journey"
    rebuilt, nightly = {}, {}
    results: list[Ratio | Figure] = []
    for name in names:
        shutil.rmtree(work, ignore_errors=True)
        history = made(name)
        floors = [scan(history) for _ in range(PAIRS)]
        rebuilt[name] = build(history.landing, work, full=True)
        if name == names[-1]:
            pairs = [(rebuilt[name].seconds, floor) for floor in floors]
            over, under = f"full rebuild at {name} events", "one scan of the columns"
            results.append(Ratio(name="rebuild", over=over, under=under, pairs=pairs, remark=largest(rebuilt[name].steps)))
            results.append(Figure(name=f"peak memory of the rebuild at {name}", value=rebuilt[name].memory / 1e9, unit="GB"))
        nightly[name] = build(together(history, made("night"), work / "landing"), work, full=False)
    shutil.rmtree(work, ignore_errors=True)
    day = build(made("night").landing, work, full=True)
    shutil.rmtree(work, ignore_errors=True)
    last = nightly[names[-1]]
    pairs = [(last.seconds, day.seconds)]
    over, under = f"one night on {names[-1]} events", "the same models on its day alone"
    results.append(Ratio(name="night", over=over, under=under, pairs=pairs, remark=largest(last.steps)))
    if len(names) > 1:
        results.append(growth(rebuilt[SMALL].steps, rebuilt[LARGE].steps))
        exponent = math.log10(nightly[LARGE].seconds / nightly[SMALL].seconds)
        results.append(Figure(name="growth exponent of a night with its history, 2M to 20M", value=exponent))
    return results


def scan(events: EventSet) -> float:
    """CPU seconds of reading the needed columns once."""
    return float(worker("scan_worker", str(events.landing)))


def build(landing: Path, work: Path, *, full: bool, whole: bool = False) -> Build:
    """Build the journey into a file in ``work``; with ``full`` false, on what it holds; ``whole`` is all models and their data tests."""
    work.mkdir(parents=True, exist_ok=True)
    said = worker("build_worker", str(landing), str(work / "build.duckdb"), *(["--full"] if full else []), *(["--whole"] if whole else []))
    return Build(**json.loads(said))


def together(history: EventSet, night: EventSet, folder: Path) -> Path:
    """A landing zone of both: links to the files, ledgers side by side."""
    shutil.copytree(history.landing, folder, copy_function=os.link, dirs_exist_ok=True)
    for file in night.landing.rglob("*"):
        target = folder / file.relative_to(night.landing)
        if file.suffix == ".jsonl":
            target = target.with_name("night.jsonl")
        if file.is_file() and file.name != "_lock":
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(file, target)
    return folder


def growth(small: dict[str, float], large: dict[str, float]) -> Figure:
    """The worst exponent of a step: 1 is ten times the seconds for ten times the events."""
    exponents = {name: math.log10(seconds / small[name]) for name, seconds in large.items() if seconds >= COUNTS_FROM}
    ranked = sorted(exponents, key=lambda name: -exponents[name])
    shown = ", ".join(f"{name} {exponents[name]:.2f}" for name in ranked[:4])
    return Figure(name="worst growth exponent of a step, 2M to 20M", value=exponents[ranked[0]], remark=f"worst first: {shown}")


def largest(steps: dict[str, float]) -> str:
    """The steps that take most, in words."""
    ranked = sorted(steps.items(), key=lambda step: -step[1])[:5]
    return "most in " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in ranked)


def worker(name: str, *arguments: str) -> str:
    """The last line that a benchmark's worker printed; RuntimeError with what it said where it failed."""
    command = [sys.executable, "-m", f"benchmarks.{name}", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{name} {' '.join(arguments)} failed:\n{done.stderr.strip() or done.stdout.strip()}")
    return done.stdout.strip().splitlines()[-1]
