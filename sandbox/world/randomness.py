"""Named streams of chance: the same seed and key give the same draws, whatever else is simulated."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random
from typing import TypeVar

Item = TypeVar("Item")


def stream(seed: int, *key: object) -> Random:
    """A generator of its own for ``key``; seeding by text hashes with SHA-512, so streams are independent."""
    return Random("/".join([str(seed), *map(str, key)]))


def pick(rng: Random, weighted: Sequence[tuple[Item, float]]) -> Item:
    """One of the items, by weight; one draw."""
    point = rng.random() * sum(weight for _, weight in weighted)
    for item, weight in weighted:
        point -= weight
        if point < 0:
            return item
    return weighted[-1][0]


def poisson(rng: Random, mean: float) -> int:
    """A Poisson count; by products of uniforms below 30, by the normal approximation above."""
    if mean <= 0:
        return 0
    if mean > 30:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def token(rng: Random, length: int, alphabet: str) -> str:
    """``length`` characters of the alphabet."""
    return "".join(alphabet[int(rng.random() * len(alphabet))] for _ in range(length))
