"""The same journeys by Polars and by Spark: sessions, persons, touches and the credits of eight models equal the warehouse's, row by row.

All read the same landed Parquet. The answers are compared first (``benchmarks.engines.compare``); then the ratios of CPU seconds.
The warehouse's side also matches ads, allocates costs and keeps every column of the contract; the engines write only what is compared.
``JOURNEY_BENCH_EVENTS=20M`` takes the large set.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.engines.compare import compare
from benchmarks.eventset.made import made
from benchmarks.journey import build
from benchmarks.measure import Ratio, Skip, cache, environment


@dataclass(frozen=True)
class Engine:
    """A script in ``benchmarks/engines`` and the environment that it runs in."""

    name: str
    packages: tuple[str, ...]
    needs_java: int = 0

    def python(self) -> Path:
        """The Python to run it with. Raises Skip where its packages or its Java cannot be had."""
        if self.needs_java:
            java(self.needs_java)
        return environment(self.name.lower(), list(self.packages))

    def answer(self, python: Path, landing: Path, out: Path) -> float:
        """Write the tables into ``out``; CPU seconds of the engine, its start and its child processes included."""
        script = Path(__file__).with_name("engines") / f"{self.name.lower()}_engine.py"
        done = subprocess.run([str(python), str(script), str(landing), str(out)], capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{self.name} failed:\n{done.stderr.strip()}")
        return float(done.stdout.split()[-1])


ENGINES = (
    Engine("Polars", ("polars==2.1.0", "numpy")),
    Engine("Spark", ("pyspark==4.3.0", "numpy"), needs_java=17),
)


def run() -> Iterator[Ratio]:
    """A ratio for each engine that can be had here, then Skip for those that cannot. Raises Different where an answer differs."""
    pythons, missing = {}, []
    for engine in ENGINES:
        try:
            pythons[engine] = engine.python()
        except Skip as reason:
            missing.append(f"{engine.name}: {reason}")
    if pythons:
        events = made(os.environ.get("JOURNEY_BENCH_EVENTS", "2M"))
        work = cache() / "second-engine"
        shutil.rmtree(work, ignore_errors=True)
        ours = build(events.landing, work, full=True).seconds
        for engine, python in pythons.items():
            theirs = engine.answer(python, events.landing, work / engine.name)
            rows = compare(work / "build.duckdb", work / engine.name)
            remark = "equal rows: " + ", ".join(f"{count} {question}" for question, count in rows.items())
            name = f"{engine.name} at {events.name} events"
            yield Ratio(name=name, over=engine.name, under="the models", pairs=[(theirs, ours)], remark=remark)
        shutil.rmtree(work)
    if missing:
        raise Skip("; ".join(missing))


def java(least: int) -> None:
    """Raises Skip where there is no Java of that version or a newer one, by ``JAVA_HOME`` or on the path."""
    home = os.environ.get("JAVA_HOME")
    found = f"{home}/bin/java" if home else "java"
    try:
        said = subprocess.run([found, "-version"], capture_output=True, text=True, check=True).stderr
    except (OSError, subprocess.CalledProcessError) as error:
        raise Skip(f"no Java here ({least} or newer is needed; JAVA_HOME or the path names it): {error}") from error
    version = re.search(r'version "(?:1\.)?(\d+)', said)
    if not version or int(version[1]) < least:
        raise Skip(f"Java {least} or newer is needed; {found} is {version[1] if version else 'of an unknown version'}")
