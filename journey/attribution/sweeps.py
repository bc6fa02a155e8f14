"""What a large sparse chain wins, by sweeps that stop when nothing that matters is still under way."""

from __future__ import annotations

from typing import Final

import numpy as np

from journey.attribution import UnusableInput
from journey.attribution.paths import Floats, Ints

TOLERANCE: Final = 1e-13
MAX_SWEEPS: Final = 100_000


def reach_without(owner: Ints, width: int, begin: Floats, source: Ints, target: Ints, step: Floats, won: Floats) -> tuple[float, Floats]:
    """What is won from the start with all channels, and without each one.

    Column j stands for the chain without channel j, the last column for all of it. ``gain`` is what is won from each state
    within n steps and ``pending`` the chance to be still under way after them, so what is yet to come is at most ``pending``
    times the best that an end can bring: the sweeps stop when that is below 1e-13 of the gain.
    """
    order = np.argsort(source, kind="stable")
    source, target, step = source[order], target[order], step[order]
    rows, first = np.unique(source, return_index=True)
    size = len(owner)
    leaves = np.maximum(1.0 - np.bincount(source, step, size), 1e-300)  # conversions and nulls
    best = float(np.max(won / leaves, where=won > 0, initial=0.0))
    open_ = np.ones((size, width + 1))
    open_[np.arange(size), owner] = 0.0
    arrives = won[:, None] * open_
    gain, pending = arrives, open_
    for _ in range(MAX_SWEEPS):
        if float((begin @ pending).max()) * best <= TOLERANCE * float(begin @ gain[:, -1]):
            answer = begin @ gain
            return float(answer[-1]), answer[:-1]
        after, still = np.zeros_like(gain), np.zeros_like(pending)
        after[rows] = np.add.reduceat(gain[target] * step[:, None], first, axis=0)
        still[rows] = np.add.reduceat(pending[target] * step[:, None], first, axis=0)
        gain, pending = arrives + after * open_, still * open_
    raise UnusableInput("the chain does not settle: its journeys are too long for this order; use a lower order or collapse repeats")
