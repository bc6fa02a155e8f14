"""What benchmarks share: interleaved pairs, ratios, a place for caches, environments of their own for peers."""

from __future__ import annotations

import os
import statistics
import subprocess
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PAIRS = 5


class Skip(Exception):
    """This benchmark cannot run on this machine; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """``over / under``, the median of interleaved pairs. Seconds are CPU seconds, user and system, of all threads."""

    name: str
    over: str
    under: str
    pairs: list[tuple[float, float]]
    remark: str = ""

    @property
    def value(self) -> float:
        """The median of the pairs' ratios."""
        return statistics.median(over / under for over, under in self.pairs)

    def __str__(self) -> str:
        over, under = (statistics.median(pair[side] for pair in self.pairs) for side in (0, 1))
        ratios = sorted(a / b for a, b in self.pairs)
        text = f"{self.name}: {self.value:.1f} = {self.over} ({over:.3f} s) / {self.under} ({under:.4f} s)"
        return f"{text}; {len(ratios)} pairs from {ratios[0]:.1f} to {ratios[-1]:.1f}" + (f"; {self.remark}" if self.remark else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """The most memory that a process ever had, in megabytes of 2**20 bytes, beside what it may have (None: no target)."""

    name: str
    megabytes: float
    limit: float | None = None
    remark: str = ""

    def __str__(self) -> str:
        text = f"{self.name}: {self.megabytes:.0f} MB" + (f" of {self.limit:.0f} MB" if self.limit else "")
        return text + (f"; {self.remark}" if self.remark else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number that is no ratio of seconds: an exponent, a size."""

    name: str
    value: float
    unit: str = ""
    remark: str = ""

    def __str__(self) -> str:
        return f"{self.name}: {self.value:.2f}{' ' + self.unit if self.unit else ''}" + (f"; {self.remark}" if self.remark else "")


def interleaved(over: Callable[[], float], under: Callable[[], float], pairs: int = PAIRS) -> list[tuple[float, float]]:
    """Seconds of both sides, in turn; each function runs its side once and returns its CPU seconds."""
    return [(over(), under()) for _ in range(pairs)]


def cache() -> Path:
    """Where benchmarks keep data and environments: ``JOURNEY_BENCH_CACHE``, else ``data/benchmarks`` below the working directory."""
    folder = Path(os.environ.get("JOURNEY_BENCH_CACHE", "data/benchmarks")).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def environment(name: str, packages: list[str]) -> Path:
    """The Python of a virtual environment of its own with these packages, made once. Raises Skip where that does not work."""
    folder = cache() / f"venv-{name}"
    python, done = folder / "bin" / "python", folder / ".ready"
    if done.exists() and done.read_text() == "\n".join(packages):
        return python
    try:
        venv.create(folder, with_pip=True, clear=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
        made = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    except (OSError, subprocess.SubprocessError) as error:
        raise Skip(f"no environment for {name}: {error}") from error
    if made.returncode:
        raise Skip(f"{', '.join(packages)} cannot be installed: {(made.stderr.strip() or 'no message').splitlines()[-1]}")
    done.write_text("\n".join(packages))
    return python
