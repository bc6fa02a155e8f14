"""The models once more, slowly and in exact fractions, written from their definitions: what the library is held against."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import combinations
from math import factorial
from typing import NamedTuple

START, CONVERSION, NULL = ("(start)",), ("(conversion)",), ("(null)",)


class Row(NamedTuple):
    """One path: its channels, conversions, their value, journeys without one; days before the conversion where known."""

    path: tuple[str, ...]
    conversions: Fraction
    value: Fraction
    others: Fraction
    ages: tuple[float, ...] | None = None


def row(path: str, conversions: object, value: object = 0, others: object = 0) -> Row:
    return Row(tuple(path.split(" > ")), Fraction(str(conversions)), Fraction(str(value)), Fraction(str(others)))


def rule_shares(
    model: str,
    channels: Sequence[str],
    ages: Sequence[float] | None = None,
    *,
    half_life: float = 7,
    position: Sequence[object] = ("0.4", "0.2", "0.4"),
) -> list[Fraction]:
    """Share of each touch."""
    n = len(channels)
    if model == "first_touch":
        return [Fraction(int(i == 0)) for i in range(n)]
    if model == "last_touch":
        return [Fraction(int(i == n - 1)) for i in range(n)]
    if model == "last_non_direct":
        other = [i for i in range(n) if channels[i] != "Direct"]
        return [Fraction(int(i == (other[-1] if other else n - 1))) for i in range(n)]
    if model == "linear":
        return [Fraction(1, n)] * n
    if model == "position_based":
        if n <= 2:
            return [Fraction(1, n)] * n
        first, middle, last = (Fraction(str(weight)) for weight in position)
        return [first, *[middle / (n - 2)] * (n - 2), last]
    assert model == "time_decay"
    weights = [Fraction(1, 2 ** (n - 1 - i)) if ages is None else Fraction(2 ** (-ages[i] / half_life)) for i in range(n)]
    return [weight / sum(weights) for weight in weights]


def rule(model: str, rows: Sequence[Row]) -> tuple[dict[str, Fraction], dict[str, Fraction]]:
    won: dict[str, Fraction] = defaultdict(Fraction)
    value: dict[str, Fraction] = defaultdict(Fraction)
    for each in rows:
        for channel, share in zip(each.path, rule_shares(model, each.path, each.ages), strict=True):
            won[channel] += share * each.conversions
            value[channel] += share * each.value
    return won, value


def steps(rows: Sequence[Row], order: int) -> dict[tuple[tuple[str, ...], tuple[str, ...]], Fraction]:
    """Counted steps between states; a state is the last ``order`` channels."""
    counted: dict[tuple[tuple[str, ...], tuple[str, ...]], Fraction] = defaultdict(Fraction)
    for each in rows:
        before = START
        for position in range(len(each.path)):
            state = each.path[max(0, position - order + 1) : position + 1]
            counted[before, state] += each.conversions + each.others
            before = state
        counted[before, CONVERSION] += each.conversions
        counted[before, NULL] += each.others
    return {step: count for step, count in counted.items() if count}


def conversion_chance(rows: Sequence[Row], order: int, gone: Callable[[tuple[str, ...]], bool], *, by_value: bool = False) -> Fraction:
    """P(conversion) from the start (or the value expected of a journey), with every step into a state that is gone ending in null."""
    counted = steps(rows, order)
    out: dict[tuple[str, ...], Fraction] = defaultdict(Fraction)
    for (source, _), count in counted.items():
        out[source] += count
    states = list(out)
    place = {state: index for index, state in enumerate(states)}
    worth: dict[tuple[str, ...], Fraction] = defaultdict(Fraction)
    for each in rows:
        worth[each.path[-order:]] += each.value if by_value else each.conversions
    matrix = [[Fraction(int(i == j)) for j in range(len(states))] + [Fraction(0)] for i in range(len(states))]
    for (source, target), count in counted.items():
        if target in place and not gone(target):
            matrix[place[source]][place[target]] -= count / out[source]
    for state in states:
        matrix[place[state]][-1] = worth[state] / out[state]
    return _solve(matrix)[place[START]] if START in place else Fraction(0)


def removal_effects(rows: Sequence[Row], order: int = 1, *, by_value: bool = False, anywhere: bool = False) -> dict[str, Fraction]:
    """1 - chance without / chance, per channel; ``anywhere`` removes the states that contain it, else those that end in it."""
    whole = conversion_chance(rows, order, lambda _: False, by_value=by_value)
    effects = {}
    for channel in sorted({name for each in rows for name in each.path}):
        gone = (lambda state, name=channel: name in state) if anywhere else (lambda state, name=channel: state[-1] == name)
        effects[channel] = 1 - conversion_chance(rows, order, gone, by_value=by_value) / whole if whole else Fraction(0)
    return effects


def markov(rows: Sequence[Row], order: int = 1, *, by_value: bool = False) -> dict[str, Fraction]:
    effects = removal_effects(rows, order, by_value=by_value)
    total = sum(effects.values())
    return {channel: effect / total if total else effect for channel, effect in effects.items()}


def worth(rows: Sequence[Row], coalition: frozenset[str], variant: str) -> Fraction:
    inside = [each for each in rows if set(each.path) <= coalition]
    won = sum((each.conversions for each in inside), Fraction(0))
    journeys = won + sum(each.others for each in inside)
    return won if variant == "distinct_channels" else (won / journeys if journeys else Fraction(0))


def shapley(rows: Sequence[Row], variant: str) -> dict[str, Fraction]:
    """Over all subsets, as in the definition."""
    worths: dict[frozenset[str], Fraction] = {}

    def worth_of(coalition: frozenset[str]) -> Fraction:
        if coalition not in worths:
            worths[coalition] = worth(rows, coalition, variant)
        return worths[coalition]

    channels = sorted({name for each in rows for name in each.path})
    n = len(channels)
    value = {}
    for channel in channels:
        rest = [name for name in channels if name != channel]
        value[channel] = sum(
            (
                Fraction(factorial(size) * factorial(n - size - 1), factorial(n))
                * (worth_of(frozenset(some) | {channel}) - worth_of(frozenset(some)))
                for size in range(n)
                for some in combinations(rest, size)
            ),
            Fraction(0),
        )
    return value


def _solve(matrix: list[list[Fraction]]) -> list[Fraction]:
    size = len(matrix)
    for pivot in range(size):
        best = next(index for index in range(pivot, size) if matrix[index][pivot])
        matrix[pivot], matrix[best] = matrix[best], matrix[pivot]
        matrix[pivot] = [cell / matrix[pivot][pivot] for cell in matrix[pivot]]
        for index in range(size):
            if index != pivot and matrix[index][pivot]:
                factor = matrix[index][pivot]
                matrix[index] = [cell - factor * top for cell, top in zip(matrix[index], matrix[pivot], strict=True)]
    return [line[-1] for line in matrix]
