"""What a large sparse chain wins, by sweeps that stop when nothing that matters is still under way."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from journey.attribution import UnusableInput
from journey.attribution.paths import Floats, Ints, sums

TOLERANCE: Final = 1e-13
MAX_SWEEPS: Final = 100_000
# So many steps times channels are some five minutes; a chain of more is not begun.
WORK_LIMIT: Final = 2_000_000_000
# Channels are taken together as long as their states are no more numbers than these, 32 MB.
CELLS: Final = 4_000_000


def won_through(owner: Ints, width: int, begin: Floats, source: Ints, target: Ints, step: Floats, won: Floats) -> tuple[float, Floats]:
    """What is won from the start, and what of it through each channel. Raises UnusableInput where it would take too long.

    A column stands for one channel: its journeys are followed until they reach it for the first time, and win from there what the
    state that they reach it in wins. No number is what is left of two large ones, so small channels are as exact as large ones.
    """
    if len(step) * width > WORK_LIMIT:
        raise UnusableInput(
            f"Markov over {width:,} channels and {len(step):,} different steps would take too long; "
            "group rare channels, lower the order, or choose other models with --model"
        )
    from scipy.sparse import csr_array  # only large chains need it, and loading it takes longer than most answers

    size = len(owner)
    steps = csr_array((step, (source, target)), shape=(size, size))
    chance = _chance(steps, begin, won)
    whole = float(begin @ chance)
    best = float(chance.max(initial=0.0))
    onward = steps.T.tocsr()
    through = np.zeros(width)
    together = max(1, CELLS // max(size, 1))
    for begins in range(0, width, together):
        ends = min(begins + together, width)
        own = np.flatnonzero((owner >= begins) & (owner < ends))
        column = owner[own] - begins
        under_way = np.repeat(begin[:, None], ends - begins, axis=1)
        for _ in range(MAX_SWEEPS):
            through[begins:ends] += sums(column, chance[own] * under_way[own, column], ends - begins)
            under_way[own, column] = 0.0
            if float(under_way.sum(axis=0).max()) * best <= TOLERANCE * whole:
                break
            under_way = onward @ under_way
        else:
            raise _unsettled()
    return whole, through


def _chance(steps: Any, begin: Floats, won: Floats) -> Floats:
    """What is won from each state: what its ends bring, and what the states after it win.

    After n sweeps what is yet to come is at most the chance to be still under way times the best that an end can bring.
    """
    pending = np.ones(len(won))
    leaves = np.maximum(1.0 - steps @ pending, 1e-300)  # conversions and nulls
    best = float(np.max(won / leaves, where=won > 0, initial=0.0))
    chance = won
    for _ in range(MAX_SWEEPS):
        if float(pending.max(initial=0.0)) * best <= TOLERANCE * float(begin @ chance):
            return chance
        chance, pending = won + steps @ chance, steps @ pending
    raise _unsettled()


def _unsettled() -> UnusableInput:
    return UnusableInput("the chain does not settle: its journeys are too long for this order; use a lower order or collapse repeats")
