"""Markov attribution: what would be lost without a channel, in a chain fitted to the journeys.

A state of order k is the last k channels (fewer at the start of a journey). Journeys run from the start through states
into ``conversion`` or ``null``; the probability of a step is its share of the steps out of its state. A channel's removal
effect is 1 - P(conversion without it) / P(conversion), where without it every step into one of its states leads to null.
Its states are those that end in it: a state that merely contains it is only reached through one of these.

Nothing is simulated. With Q the steps between states, N = (I - Q)^-1, p the first steps and h the probability to convert
from each state, the journeys that convert through channel C are p N[:, C] N[C, C]^-1 h[C]: a share reaches C for the first
time at one of its states and converts from there. One inverse serves all channels.

The method: Anderl, Becker, von Wangenheim and Schumann, "Mapping the customer journey", Int. J. of Research in Marketing 33 (2016).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from journey.attribution import SEPARATOR, UnusableInput
from journey.attribution.paths import Floats, Ints, Paths, sums
from journey.attribution.sweeps import won_through

START: Final = "(start)"
CONVERSION: Final = "(conversion)"
NULL: Final = "(null)"
MAX_ORDER: Final = 3
# Above this many states sweeps over the observed steps are mostly quicker than the inverse; above the second, the inverse takes too
# much memory. Between them it is still quicker where a sweep has much to do: many channels, each of which is taken away.
DIRECT_LIMIT: Final = 1_500
INVERSE_LIMIT: Final = 6_000
# An inverse costs the cube of the states, sweeps so many times the steps and channels.
SWEEPS_COST: Final = 3_000
# Up to so many states pairs are counted in a table of all of them, without sorting.
TABLE_LIMIT: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Counts of steps. ``owner`` is the channel that each state ends in; steps are (source, target, weight) triples."""

    channels: tuple[str, ...]
    owner: Ints
    first: Floats  # journeys that begin in each state
    source: Ints
    target: Ints
    weight: Floats
    won: Floats  # conversions (or their value) that follow each state
    out: Floats  # everything that leaves each state: steps, conversions, nulls
    direct: float = 0.0  # conversions that follow the start at once, without any touch
    begun: float = 0.0  # journeys


def chain_of(paths: Paths, order: int = 1, *, by_value: bool = False) -> Chain:
    """Fit the chain of an order from 1 to 3; ``by_value`` has a conversion count as much as it is worth."""
    if not 1 <= order <= MAX_ORDER:
        raise UnusableInput(f"the Markov order is 1 to {MAX_ORDER}, not {order}")
    state, owner = _states(paths, order)
    size = len(owner)
    journeys = paths.conversions + paths.non_conversions
    heads, tails = paths.offsets[:-1], paths.offsets[1:] - 1
    weights = np.repeat(journeys, paths.lengths)
    out = sums(state, weights, size)
    inner = np.ones(len(state), np.bool_)
    inner[tails] = False
    steps = np.flatnonzero(inner)
    pair = state[steps] * size + state[steps + 1]
    if size <= TABLE_LIMIT:
        counted = sums(pair, weights[steps], size * size)
        pairs = np.flatnonzero(counted)
        counts = counted[pairs]
    else:
        pairs, inverse = np.unique(pair, return_inverse=True)
        counts = sums(inverse, weights[steps], len(pairs))
    return Chain(
        channels=paths.channels,
        owner=owner,
        first=sums(state[heads], journeys, size),
        source=pairs // size,
        target=pairs % size,
        weight=counts,
        won=sums(state[tails], paths.values if by_value else paths.conversions, size),
        out=out,
        begun=float(journeys.sum()),
    )


def _states(paths: Paths, order: int) -> tuple[Ints, Ints]:
    """The state of each touch, and the channel that each state ends in."""
    width = len(paths.channels)
    if order == 1:
        return paths.touches, np.arange(width)
    code = paths.touches + 1
    place = np.arange(len(code)) - np.repeat(paths.offsets[:-1], paths.lengths)
    for back in range(1, order):
        earlier = np.zeros_like(code)
        earlier[back:] = paths.touches[:-back] + 1
        code = code + np.where(place >= back, earlier, 0) * (width + 1) ** back
    distinct, state = np.unique(code, return_inverse=True)
    return state.astype(np.int64), distinct % (width + 1) - 1


def flow(chain: Chain) -> tuple[Ints, int, Floats, Ints, Ints, Floats, Floats]:
    """The chain as chances: owners, channels, chance to begin in each state, steps as (source, target, chance), what each state wins."""
    scale = np.where(chain.out > 0, chain.out, 1.0)
    begin, won = chain.first / (chain.begun or 1.0), chain.won / scale
    return chain.owner, len(chain.channels), begin, chain.source, chain.target, chain.weight / scale[chain.source], won


def removal_effects(chain: Chain) -> Floats:
    """The share of the conversions (or of their value) that would be lost without each channel, 0 to 1 each.

    All zero where nothing converts.
    """
    owner, width, begin, source, target, step, won = flow(chain)
    size = len(owner)
    direct = chain.direct / (chain.begun or 1.0)
    if _is_swept(size, len(step) * width):
        reached, through = won_through(owner, width, begin, source, target, step, won)
        total = reached + direct
    else:
        away = np.eye(size)
        np.subtract.at(away, (source, target), step)
        visits = np.linalg.inv(away)
        chance, expected = visits @ won, begin @ visits
        total = float(begin @ chance) + direct
        if size == width and np.array_equal(owner, np.arange(width)):
            through = expected / visits.diagonal() * chance
        else:
            through = np.zeros(width)
            for channel in range(width):
                own = np.flatnonzero(owner == channel)
                through[channel] = expected[own] @ np.linalg.solve(visits[np.ix_(own, own)], chance[own])
    # What rounding leaves of a channel that leads to no conversion may lie a hair below zero.
    return np.clip(through / total, 0.0, 1.0) if total > 0 else np.zeros(width)


def _is_swept(size: int, work: int) -> bool:
    return size > INVERSE_LIMIT or (size > DIRECT_LIMIT and size**3 > SWEEPS_COST * work)


def shares(chain: Chain) -> Floats:
    """Removal effects scaled to add up to 1: each channel's weight. All zero where nothing converts."""
    effects = removal_effects(chain)
    total = effects.sum()
    return effects / total if total > 0 else effects


def channel_weights(paths: Paths, *, order: int = 1, by_value: bool = False) -> dict[str, float]:
    """Channel -> its share of all conversions, from path counts. The shares add up to 1."""
    chain = chain_of(paths, order, by_value=by_value)
    return dict(zip(chain.channels, shares(chain).tolist(), strict=True))


def weights_from_transitions(
    sources: Sequence[str], targets: Sequence[str], counts: Sequence[float], *, separator: str = SEPARATOR
) -> dict[str, float]:
    """Channel -> its share of all conversions, from counted steps: one row per step, equal steps add up.

    A state is a channel, or for a higher order its last channels joined by ``separator``; ``(start)``, ``(conversion)`` and
    ``(null)`` are the ends. Raises UnusableInput for a negative or unending count and for a step that cannot be.
    """
    weight = np.asarray(counts, np.float64)
    if not (np.isfinite(weight).all() and (weight >= 0).all()):
        raise UnusableInput("counts of steps are numbers from 0 up")
    if set(sources) & {CONVERSION, NULL} or START in set(targets):
        raise UnusableInput(f"no step leaves {CONVERSION} or {NULL}, and none leads to {START}")
    states = sorted((set(sources) | set(targets)) - {START, CONVERSION, NULL})
    place = {name: index for index, name in enumerate([*states, START, CONVERSION, NULL])}
    size = len(states)
    source = np.array([place[name] for name in sources], np.int64)
    target = np.array([place[name] for name in targets], np.int64)
    last = [name.split(separator)[-1].strip() for name in states]
    channels = tuple(sorted(set(last)))
    begins, ends = source == size, target >= size
    inner = ~begins & ~ends
    out = sums(source, weight, size + 3)
    chain = Chain(
        channels=channels,
        owner=np.array([channels.index(name) for name in last], np.int64),
        first=sums(target[begins], weight[begins], size + 3)[:size],
        source=source[inner],
        target=target[inner],
        weight=weight[inner],
        won=sums(source[target == size + 1], weight[target == size + 1], size + 3)[:size],
        out=out[:size],
        direct=float(weight[begins & (target == size + 1)].sum()),
        begun=float(out[size]),
    )
    return dict(zip(channels, shares(chain).tolist(), strict=True))
