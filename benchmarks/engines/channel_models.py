"""The two models that weigh channels, from what an engine has counted: small dense arithmetic, in numpy for every engine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np


def markov(moves: Iterable[tuple[str, str | None, bool, int]], starts: Iterable[tuple[str, int]]) -> dict[str, float]:
    """Weights of the channels by removal effect (order 1).

    ``moves``: from, to (null: the journey's end), won, how many. ``starts``: a journey's first channel, how many.
    """
    moves, starts = list(moves), list(starts)
    names = sorted({source for source, *_ in moves})
    index = {name: number for number, name in enumerate(names)}
    count = len(names)
    between, won, lost, first = np.zeros((count, count)), np.zeros(count), np.zeros(count), np.zeros(count)
    for source, target, is_won, number in moves:
        if target is not None:
            between[index[source], index[target]] += number
        elif is_won:
            won[index[source]] += number
        else:
            lost[index[source]] += number
    for source, number in starts:
        first[index[source]] += number
    left = between.sum(1) + won + lost
    step, win, start = between / left[:, None], won / left, first / first.sum()
    whole = start @ np.linalg.solve(np.eye(count) - step, win)
    effects = np.zeros(count)
    for gone in range(count):
        keep = np.arange(count) != gone
        rest = np.linalg.solve(np.eye(count - 1) - step[np.ix_(keep, keep)], win[keep])
        effects[gone] = 1 - (start[keep] @ rest) / whole
    return dict(zip(names, (effects / effects.sum()).tolist(), strict=True))


def shapley(sets: Iterable[tuple[Sequence[str], int]]) -> dict[str, float]:
    """Weights of the channels over distinct channels: each won journey is split equally among its own. ``sets``: channels, how many."""
    shares: dict[str, float] = {}
    for channels, number in sets:
        for channel in channels:
            shares[channel] = shares.get(channel, 0.0) + number / len(channels)
    total = sum(shares.values())
    return {channel: share / total for channel, share in shares.items()}
