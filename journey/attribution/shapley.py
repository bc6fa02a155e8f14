"""Shapley values of channels, where a path counts as the set of its channels, whatever their order and number.

``distinct_channels``: a coalition S of channels is worth the conversions of the paths whose channels are all in S. Each
path is then a dividend that only its own set brings, so the Shapley value is each path's conversions (and value) split
equally over its distinct channels: no coalition has to be listed.

``conversion_rate``: S is worth the conversion rate of the journeys whose channels are all in S (0 where there are none).
The value of a channel is its average contribution over all orders in which the channels could join; scaled, the values
are weights that add up to 1. A channel whose journeys convert worse than the others' has a negative weight.

Shapley, "A value for n-person games" (1953); Harsanyi's dividends (1963) for the lattice.
"""

from __future__ import annotations

from math import factorial
from typing import Final

import numpy as np

from journey.attribution import SHAPLEY_VARIANTS, UnusableInput
from journey.attribution.paths import Floats, Ints, Paths, sums

# Up to so many channels every coalition is evaluated (a million of them at 20, under a second).
DENSE_LIMIT: Final = 20
# Beyond, only coalitions that are unions of observed sets matter; so many of them at most.
LATTICE_LIMIT: Final = 6_000


def memberships(paths: Paths) -> tuple[Ints, Ints]:
    """(path, channel) for every distinct channel of every path."""
    width = len(paths.channels)
    pairs = np.unique(paths.owners * width + paths.touches)
    return pairs // width, pairs % width


def distinct_credit(paths: Paths) -> tuple[Floats, Floats]:
    """Conversions and value of each channel by ``distinct_channels``."""
    owner, channel = memberships(paths)
    width = len(paths.channels)
    share = 1.0 / np.bincount(owner, minlength=len(paths.conversions))[owner]
    return (
        sums(channel, share * paths.conversions[owner], width),
        sums(channel, share * paths.values[owner], width),
    )


def channel_weights(paths: Paths, *, variant: str = "distinct_channels") -> dict[str, float]:
    """Channel -> its share of all conversions, from path counts. The shares add up to 1; all 0 where nothing converts."""
    if variant not in SHAPLEY_VARIANTS:
        raise UnusableInput(f"no Shapley variant {variant}; there are {', '.join(SHAPLEY_VARIANTS)}")
    total = float(paths.conversions.sum())
    if total == 0:
        return dict.fromkeys(paths.channels, 0.0)
    share = rate_shares(paths) if variant == "conversion_rate" else distinct_credit(paths)[0] / total
    return dict(zip(paths.channels, share.tolist(), strict=True))


def rate_shares(paths: Paths) -> Floats:
    """Weights by ``conversion_rate``, in the order of the channels; they add up to 1 where anything converts."""
    width = len(paths.channels)
    owner, channel = memberships(paths)
    # Python's integers as bit sets: as many channels as there are.
    bits = [0] * len(paths.conversions)
    for path, member in zip(owner.tolist(), channel.tolist(), strict=True):
        bits[path] |= 1 << member
    won: dict[int, float] = {}
    all_: dict[int, float] = {}
    for coalition, conversions, others in zip(bits, paths.conversions.tolist(), paths.non_conversions.tolist(), strict=True):
        if conversions + others > 0:
            won[coalition] = won.get(coalition, 0.0) + conversions
            all_[coalition] = all_.get(coalition, 0.0) + conversions + others
    values = _dense(won, all_, width) if width <= DENSE_LIMIT else _lattice(won, all_, width)
    rate = sum(won.values()) / (sum(all_.values()) or 1.0)
    return values / rate if rate > 0 else np.zeros(width)


def _dense(won: dict[int, float], all_: dict[int, float], width: int) -> Floats:
    """Every coalition: sums over subsets one channel at a time, then each channel's weighted contributions."""
    sums = []
    for counts in (won, all_):
        total = np.zeros(1 << width)
        total[list(counts)] = list(counts.values())
        for channel in range(width):
            halves = total.reshape(-1, 2, 1 << channel)
            halves[:, 1] += halves[:, 0]
        sums.append(total)
    worth = np.divide(sums[0], sums[1], out=np.zeros(1 << width), where=sums[1] > 0)
    size = np.zeros(1 << width, np.int64)
    for channel in range(width):
        size.reshape(-1, 2, 1 << channel)[:, 1] += 1
    chance = np.array([factorial(n) * factorial(width - n - 1) / factorial(width) for n in range(width)])
    value = np.zeros(width)
    for channel in range(width):
        halves, sizes = worth.reshape(-1, 2, 1 << channel), size.reshape(-1, 2, 1 << channel)
        value[channel] = np.sum(chance[sizes[:, 0]] * (halves[:, 1] - halves[:, 0]))
    return value


def _lattice(won: dict[int, float], all_: dict[int, float], width: int) -> Floats:
    """Dividends of the unions of observed sets: all other coalitions are worth what the largest union inside them is."""
    unions: set[int] = set()
    for coalition in all_:
        unions |= {coalition} | {coalition | union for union in unions}
        if len(unions) > LATTICE_LIMIT:
            raise UnusableInput(
                f"conversion_rate over {width} channels has more than {LATTICE_LIMIT} coalitions; "
                f"group rare channels ({DENSE_LIMIT} always work) or use distinct_channels"
            )
    ordered = sorted(unions, key=int.bit_count)
    dividend: dict[int, float] = {}
    value = np.zeros(width)
    for coalition in ordered:
        inside = [part for part in all_ if part & ~coalition == 0]
        worth = sum(won[part] for part in inside) / sum(all_[part] for part in inside)
        dividend[coalition] = worth - sum(amount for part, amount in dividend.items() if part & ~coalition == 0)
        members = [channel for channel in range(width) if coalition >> channel & 1]
        value[members] += dividend[coalition] / len(members)
    return value
