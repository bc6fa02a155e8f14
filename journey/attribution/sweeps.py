"""What a large sparse chain wins, by sweeps that stop when nothing that matters is still under way."""

from __future__ import annotations

from typing import Final

import numpy as np

from journey.attribution import UnusableInput
from journey.attribution.paths import Floats, Ints

TOLERANCE: Final = 1e-13
MAX_SWEEPS: Final = 100_000
# So many steps times channels are some ten minutes; a chain of more is not begun.
WORK_LIMIT: Final = 300_000_000
# Channels are taken together as long as their steps are no more numbers than these, 32 MB.
CELLS: Final = 4_000_000


def reach_without(owner: Ints, width: int, begin: Floats, source: Ints, target: Ints, step: Floats, won: Floats) -> tuple[float, Floats]:
    """What is won from the start with all channels, and without each one. Raises UnusableInput where it would take too long.

    A column stands for the chain without one channel. ``gain`` is what is won from each state within n steps and ``pending`` the
    chance to be still under way after them, so what is yet to come is at most ``pending`` times the best that an end can bring:
    the sweeps stop when that is below 1e-13 of what is won with all channels.
    """
    if len(step) * width > WORK_LIMIT:
        raise UnusableInput(
            f"Markov over {width:,} channels and {len(step):,} different steps would take too long; "
            "group rare channels, lower the order, or choose other models with --model"
        )
    order = np.argsort(source, kind="stable")
    source, target, step = source[order], target[order], step[order]
    rows, first = np.unique(source, return_index=True)
    size = len(owner)
    leaves = np.maximum(1.0 - np.bincount(source, step, size), 1e-300)  # conversions and nulls
    best = float(np.max(won / leaves, where=won > 0, initial=0.0))

    def swept(open_: Floats, whole: float | None) -> Floats:
        """What is won, for each column of states that are open in it; ``whole`` is what is won where all are, once that is known."""
        arrives = won[:, None] * open_
        gain, pending = arrives, open_
        for _ in range(MAX_SWEEPS):
            if float((begin @ pending).max()) * best <= TOLERANCE * (whole if whole is not None else float(begin @ gain[:, 0])):
                return np.asarray(begin @ gain)
            after, still = np.zeros_like(gain), np.zeros_like(pending)
            if len(rows):
                after[rows] = np.add.reduceat(gain[target] * step[:, None], first, axis=0)
                still[rows] = np.add.reduceat(pending[target] * step[:, None], first, axis=0)
            gain, pending = arrives + after * open_, still * open_
        raise UnusableInput("the chain does not settle: its journeys are too long for this order; use a lower order or collapse repeats")

    whole = float(swept(np.ones((size, 1)), None)[0])
    without = np.zeros(width)
    together = max(1, CELLS // max(len(step), size, 1))
    for begins in range(0, width, together):
        channels = np.arange(begins, min(begins + together, width))
        without[channels] = swept((owner[:, None] != channels).astype(np.float64), whole)
    return whole, without
