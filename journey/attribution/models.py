"""The rule models, and one call for all eight.

A rule model gives each touch of a path a share of that path's conversions; the shares of a path add up to 1. Markov and
Shapley look at all journeys together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from journey.attribution import MODELS, SHAPLEY_VARIANTS, UnusableInput, markov, shapley
from journey.attribution.paths import Floats, Paths, sums


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What can be set. Half-lives are above 0; position weights (first, middle, last) are scaled to add up to 1.

    ``half_life_touches`` is used instead of days where the paths have no times. ``markov_by_value`` credits the value by the
    value that would be lost without a channel; otherwise the value follows the weights of the conversions.
    """

    direct_channel: str = "Direct"
    position_weights: tuple[float, float, float] = (0.4, 0.2, 0.4)
    half_life_days: float = 7.0
    half_life_touches: float = 1.0
    markov_order: int = 1
    markov_by_value: bool = False
    shapley_variant: str = "distinct_channels"

    def __post_init__(self) -> None:
        weights = self.position_weights
        if len(weights) != 3 or not all(w >= 0 for w in weights) or not 0 < sum(weights) < math.inf:
            raise UnusableInput("position weights are three numbers from 0 up: first, middle, last")
        for life in (self.half_life_days, self.half_life_touches):
            if not (math.isfinite(life) and life > 0):
                raise UnusableInput("a half-life is a number above 0")
        if not 1 <= self.markov_order <= markov.MAX_ORDER:
            raise UnusableInput(f"the Markov order is 1 to {markov.MAX_ORDER}")
        if self.shapley_variant not in SHAPLEY_VARIANTS:
            raise UnusableInput(f"no Shapley variant {self.shapley_variant}; there are {', '.join(SHAPLEY_VARIANTS)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """What one model credits to each channel, in the order of ``channels``. Both add up to the totals of the paths."""

    model: str
    channels: tuple[str, ...]
    conversions: Floats
    values: Floats


def attribute(paths: Paths, models: Sequence[str] = MODELS, options: Options | None = None) -> list[Credit]:
    """Credit by each model. Raises UnusableInput for an unknown model and for options that do not fit the paths."""
    if unknown := sorted(set(models) - set(MODELS)):
        raise UnusableInput(f"no model {', '.join(unknown)}; there are {', '.join(MODELS)}")
    return [_credit(paths, model, options or Options()) for model in models]


def touch_shares(paths: Paths, model: str, options: Options) -> Floats:
    """The share of its path's conversions that each touch gets by a rule model; the shares of a path add up to 1."""
    return RULES[model](paths, options)


def _credit(paths: Paths, model: str, options: Options) -> Credit:
    width = len(paths.channels)
    won, value = math.fsum(paths.conversions), math.fsum(paths.values)
    if model in RULES:
        share = touch_shares(paths, model, options)
        conversions = sums(paths.touches, share * np.repeat(paths.conversions, paths.lengths), width)
        values = sums(paths.touches, share * np.repeat(paths.values, paths.lengths), width)
    elif model == "shapley" and options.shapley_variant == "distinct_channels":
        conversions, values = shapley.distinct_credit(paths)
    else:
        if model == "markov":
            weight = markov.channel_weights(paths, order=options.markov_order)
            worth = markov.channel_weights(paths, order=options.markov_order, by_value=True) if options.markov_by_value else weight
        else:
            weight = worth = shapley.channel_weights(paths, variant=options.shapley_variant)
        conversions, values = (np.array(list(by.values())) * total for by, total in ((weight, won), (worth, value)))
    return Credit(model=model, channels=paths.channels, conversions=_settled(conversions, won), values=_settled(values, value))


def _settled(credit: Floats, total: float) -> Floats:
    """Give what rounding left of the total to the largest credit; anything larger than rounding is an error of ours."""
    rest = total - math.fsum(credit)
    # Credits below nothing may be far larger than the total that they and the others add up to.
    if abs(rest) > 1e-9 * max(1.0, abs(total), math.fsum(np.abs(credit))):
        raise ArithmeticError(f"credit misses its total by {rest}")
    if len(credit):
        credit[np.argmax(np.abs(credit))] += rest
    return credit


def _first_touch(paths: Paths, _: Options) -> Floats:
    return _at(paths, paths.offsets[:-1])


def _last_touch(paths: Paths, _: Options) -> Floats:
    return _at(paths, paths.offsets[1:] - 1)


def _last_non_direct(paths: Paths, options: Options) -> Floats:
    direct = np.array([name.casefold() == options.direct_channel.casefold() for name in paths.channels], np.bool_)
    last = paths.offsets[1:] - 1
    if not len(last):
        return np.zeros(0)
    place = np.where(direct[paths.touches], -1, np.arange(len(paths.touches)))
    found = np.maximum.reduceat(place, paths.offsets[:-1])
    return _at(paths, np.where(found < 0, last, found))


def _linear(paths: Paths, _: Options) -> Floats:
    return np.repeat(1.0 / paths.lengths, paths.lengths)


def _position_based(paths: Paths, options: Options) -> Floats:
    first, middle, last = (weight / sum(options.position_weights) for weight in options.position_weights)
    lengths = paths.lengths
    share = np.repeat(middle / np.maximum(lengths - 2, 1), lengths)
    share[paths.offsets[:-1]] = np.where(lengths == 1, 1.0, np.where(lengths == 2, 0.5, first))
    share[paths.offsets[1:] - 1] = np.where(lengths == 1, 1.0, np.where(lengths == 2, 0.5, last))
    return share


def _time_decay(paths: Paths, options: Options) -> Floats:
    if paths.ages is None:
        before = np.repeat(paths.offsets[1:] - 1, paths.lengths) - np.arange(len(paths.touches))
        weight = np.exp2(-before / options.half_life_touches)
    else:
        weight = np.exp2(-paths.ages / options.half_life_days)
    if not len(weight):
        return weight
    # The last touch has age 0 and weight 1, so no sum is 0 however long the path.
    return np.asarray(weight / np.repeat(np.add.reduceat(weight, paths.offsets[:-1]), paths.lengths))


def _at(paths: Paths, places: object) -> Floats:
    share = np.zeros(len(paths.touches))
    share[places] = 1.0  # type: ignore[call-overload]
    return share


RULES: Final[dict[str, Callable[[Paths, Options], Floats]]] = {
    "first_touch": _first_touch,
    "last_touch": _last_touch,
    "last_non_direct": _last_non_direct,
    "linear": _linear,
    "position_based": _position_based,
    "time_decay": _time_decay,
}
