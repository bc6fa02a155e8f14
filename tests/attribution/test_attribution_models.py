"""The models against slow second implementations in exact fractions, and the laws that hold for any input."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_models import Row, markov, removal_effects, row, rule, shapley

from journey.attribution import MODELS, UnusableInput, sweeps
from journey.attribution import markov as chain
from journey.attribution import shapley as coalitions
from journey.attribution.models import RULES, Credit, Options, attribute
from journey.attribution.paths import Paths

VARIANTS = [Options(), Options(markov_order=2, markov_by_value=True), Options(markov_order=3, shapley_variant="conversion_rate")]


def made(rows: Sequence[Row]) -> Paths:
    return Paths.from_strings([" > ".join(each.path) for each in rows], *([float(each[n]) for each in rows] for n in (1, 2, 3)))


def told(credit: Credit) -> tuple[dict[str, float], dict[str, float]]:
    return (
        dict(zip(credit.channels, credit.conversions.tolist(), strict=True)),
        dict(zip(credit.channels, credit.values.tolist(), strict=True)),
    )


def floats(exact: dict[str, Fraction], times: Any = 1) -> dict[str, float]:
    return {channel: float(amount * times) for channel, amount in exact.items()}


@st.composite
def journeys(draw: st.DrawFn, names: str = "ABCD") -> list[Row]:
    channels = st.sampled_from([*names, "Direct"])
    path = st.lists(channels, min_size=1, max_size=5).map(tuple)
    count = st.integers(0, 4).map(Fraction)
    rows = draw(st.lists(st.tuples(path, count, count, count), min_size=1, max_size=8))
    return [Row(path, won, value if won else Fraction(0), others) for path, won, value, others in rows]


@given(journeys(), st.sampled_from(sorted(RULES)))
@settings(deadline=None, max_examples=150)
def test_rule_models_agree(rows: list[Row], model: str) -> None:
    conversions, value = rule(model, rows)
    got = told(attribute(made(rows), [model])[0])
    assert got[0] == pytest.approx(floats(conversions), abs=1e-12)
    assert got[1] == pytest.approx(floats(value), abs=1e-12)


@given(journeys(), st.integers(1, 3), st.booleans())
@settings(deadline=None, max_examples=120)
def test_markov_agrees_with_exact_elimination(rows: list[Row], order: int, by_value: bool) -> None:
    paths = made(rows)
    effects = removal_effects(rows, order, by_value=by_value)
    got = chain.removal_effects(chain.chain_of(paths, order, by_value=by_value))
    assert dict(zip(paths.channels, got.tolist(), strict=True)) == pytest.approx(floats(effects), abs=1e-11)
    assert effects == removal_effects(rows, order, by_value=by_value, anywhere=True)
    weights = chain.channel_weights(paths, order=order, by_value=by_value)
    assert weights == pytest.approx(floats(markov(rows, order, by_value=by_value)), abs=1e-11)


@given(journeys(), st.integers(1, 3), st.booleans())
@settings(deadline=None, max_examples=60)
def test_sweeps_agree_with_the_inverse(rows: list[Row], order: int, by_value: bool) -> None:
    fitted = chain.chain_of(made(rows), order, by_value=by_value)
    direct = chain.removal_effects(fitted)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chain, "INVERSE_LIMIT", 0)
        swept = chain.removal_effects(fitted)
        patch.setattr(sweeps, "CELLS", 1)
        one_by_one = chain.removal_effects(fitted)
    assert swept == pytest.approx(direct, abs=1e-11)
    assert one_by_one == pytest.approx(swept, abs=1e-12)


@given(journeys(), st.integers(1, 3))
@settings(deadline=None, max_examples=60)
def test_counted_steps_give_the_weights_of_their_paths(rows: list[Row], order: int) -> None:
    counted = [
        step
        for each in rows
        for states in [[" > ".join(each.path[max(0, i - order + 1) : i + 1]) for i in range(len(each.path))]]
        for ends, count in ((chain.CONVERSION, each.conversions), (chain.NULL, each.others))
        for step in zip([chain.START, *states], [*states, ends], [float(count)] * (len(states) + 1), strict=True)
    ]
    sources, targets, counts = ([step[n] for step in counted] for n in range(3))
    got = chain.weights_from_transitions(sources, targets, counts)
    assert got == pytest.approx(chain.channel_weights(made(rows), order=order), abs=1e-11)


@given(journeys(), st.sampled_from(["distinct_channels", "conversion_rate"]))
@settings(deadline=None, max_examples=120)
def test_shapley_agrees_with_all_subsets(rows: list[Row], variant: str) -> None:
    values = shapley(rows, variant)
    total = sum(values.values(), Fraction(0))
    won = sum((each.conversions for each in rows), Fraction(0))
    expected = floats(values, won / total if total else 0)
    credit = attribute(made(rows), ["shapley"], Options(shapley_variant=variant))[0]
    assert told(credit)[0] == pytest.approx(expected, abs=1e-11)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coalitions, "DENSE_LIMIT", 0)  # the dividends of the lattice, for what is otherwise counted out
        assert told(attribute(made(rows), ["shapley"], Options(shapley_variant=variant))[0])[0] == pytest.approx(expected, abs=1e-9)


@given(journeys(), st.sampled_from(VARIANTS), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=80)
def test_laws(rows: list[Row], options: Options, random: Any) -> None:
    """Credit adds up; order and splitting of rows change nothing; a stranger gets nothing."""
    won, value = (float(sum(each[n] for each in rows)) for n in (1, 2))
    shuffled = [*rows, Row(("Stranger",), Fraction(0), Fraction(0), Fraction(0))]
    random.shuffle(shuffled)
    split = [half for each in rows for half in [Row(each.path, *(each[n] / 2 for n in (1, 2, 3)))] * 2]
    for credit, again, halves in zip(*(attribute(made(some), MODELS, options) for some in (rows, shuffled, split)), strict=True):
        assert float(credit.conversions.sum()) == pytest.approx(won, abs=1e-9)
        assert float(credit.values.sum()) == pytest.approx(value, abs=1e-9)
        for before, after, half in zip(told(credit), told(again), told(halves), strict=True):
            assert after.pop("Stranger") == 0
            assert after == pytest.approx(before, abs=1e-9)
            assert half == pytest.approx(before, abs=1e-9)


@given(journeys(), st.sampled_from(["distinct_channels", "conversion_rate"]))
@settings(deadline=None, max_examples=60)
def test_channels_that_may_be_exchanged_have_equal_shapley_values(rows: list[Row], variant: str) -> None:
    swap = {"A": "B", "B": "A"}
    mirrored = rows + [each._replace(path=tuple(swap.get(name, name) for name in each.path)) for each in rows]
    weights = coalitions.channel_weights(made(mirrored), variant=variant)
    assert weights.get("A", 0.0) == pytest.approx(weights.get("B", 0.0), abs=1e-12)


@given(journeys())
@settings(deadline=None, max_examples=60)
def test_only_converting_journeys_matter_to_rules_and_distinct_channels(rows: list[Row]) -> None:
    """Journeys without a conversion change Markov and the conversion rate, and nothing else."""
    models = [*RULES, "shapley"]
    more = [*rows, row("A > New", 0, 0, 9)]
    for before, after in zip(attribute(made(rows), models), attribute(made(more), models), strict=True):
        got = told(after)[0]
        assert got.pop("New") == 0
        assert {name: amount for name, amount in got.items() if amount} == pytest.approx(
            {name: amount for name, amount in told(before)[0].items() if amount}
        )


def test_a_channel_on_every_converting_path_is_wholly_needed() -> None:
    rows = [row("A > B", 1, 0, 3), row("C > B", 2, 0, 1), row("C", 0, 0, 4)]
    # Journeys begin 4 with A and 7 with C, of which 3 go on to B; B converts 3 of 7. Of these 3, A leads 4/7 there and C 3/7.
    assert chain.removal_effects(chain.chain_of(made(rows))).tolist() == pytest.approx([4 / 7, 1.0, 3 / 7], abs=1e-12)


def test_known_chain_with_loops() -> None:
    """A goes 3 times to B, twice to itself and 3 times into the conversion; B comes back to A in the end.

    So half of the journeys pass through B: removal effects 1 and 1/2, credit 2 and 1 of the 3 conversions.
    """
    paths = Paths.from_strings(["A > B > A > B > B > A", "A > B > B > A > A", "A > A"], [1, 1, 1])
    assert chain.removal_effects(chain.chain_of(paths)).tolist() == pytest.approx([1.0, 0.5], abs=1e-12)
    assert attribute(paths, ["markov"])[0].conversions.tolist() == pytest.approx([2.0, 1.0], abs=1e-12)


def test_many_states_are_swept_to_the_same_answer() -> None:
    """Over 1,500 states of order 3, where the sparse way is taken by itself, against the inverse."""
    random = np.random.default_rng(5)
    names = [f"channel {n}" for n in range(18)]
    rows = [" > ".join(names[n] for n in random.integers(0, 18, random.integers(1, 9))) for _ in range(1_150)]
    paths = Paths.from_strings(rows, random.integers(0, 3, 1_150).astype(float), None, random.integers(0, 5, 1_150).astype(float))
    fitted = chain.chain_of(paths, 3)
    assert 2_500 < len(fitted.owner) < 4_000
    swept = chain.removal_effects(fitted)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chain, "DIRECT_LIMIT", 10_000)
        direct = chain.removal_effects(fitted)
    assert swept == pytest.approx(direct, abs=1e-11)


def test_thousands_of_channels_take_no_table_of_all_their_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keywords as channels, each after one channel that all have: half of the weight is that one's. All pairs would be 100 MB."""
    monkeypatch.setattr(chain, "INVERSE_LIMIT", 0)
    monkeypatch.setattr(sweeps, "CELLS", 400_000)
    keywords = [f"keyword {n:04d}" for n in range(3_500)]
    paths = Paths.from_strings([f"hub > {name}" for name in keywords], [1.0] * 3_500)
    tracemalloc.start()
    weights = chain.channel_weights(paths)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert weights == pytest.approx({"hub": 0.5, **dict.fromkeys(keywords, 0.5 / 3_500)}, abs=1e-12)
    assert peak < 60_000_000


def test_too_many_channels_are_said_to_be_too_many() -> None:
    paths = Paths.from_strings([f"hub > keyword {n}" for n in range(50_000)], [1.0] * 50_000)
    with pytest.raises(UnusableInput, match=r"50,001 channels and 50,000 different steps .* group rare channels"):
        attribute(paths, ["markov"])
    assert attribute(paths, ["linear"])[0].conversions[0] == pytest.approx(25_000)


def test_more_channels_than_coalitions_can_be_listed() -> None:
    """Thirty channels, each alone or with the first: its unions are few only where sets nest."""
    nested = [row(" > ".join(f"c{n:02d}" for n in range(size)), 1, 1, size) for size in range(1, 31)]
    weights = coalitions.channel_weights(made(nested), variant="conversion_rate")
    assert sum(weights.values()) == pytest.approx(1.0, abs=1e-9)
    alone = [row(f"c{n:02d}", 1) for n in range(30)]
    with pytest.raises(UnusableInput, match="group rare channels"):
        coalitions.channel_weights(made(alone), variant="conversion_rate")


def test_a_rate_of_almost_nothing_is_shared_all_the_same() -> None:
    """One conversion in ten billion journeys: the credits, billions up and down, cancel out but for the one."""
    rows = [row("C > E", 1, 10), row("A > B > D", 0, 0, 10**10)]
    (credit,) = attribute(made(rows), ["shapley"], Options(shapley_variant="conversion_rate"))
    exact = shapley(rows, "conversion_rate")
    whole = sum(exact.values())
    assert told(credit)[0] == pytest.approx(floats(exact, 1 / whole), rel=1e-5)
    assert sum(credit.conversions) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"position_weights": (0.0, 0.0, 0.0)}, "position weights"),
        ({"position_weights": (0.5, -0.1, 0.6)}, "position weights"),
        ({"position_weights": (1e308, 1e308, 0.0)}, "position weights"),
        ({"half_life_days": 0.0}, "half-life"),
        ({"half_life_touches": float("nan")}, "half-life"),
        ({"markov_order": 4}, "order"),
        ({"shapley_variant": "all"}, "no Shapley variant all"),
    ],
)
def test_options_that_make_no_sense(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UnusableInput, match=message):
        Options(**options)


def test_settings_of_rules() -> None:
    paths = Paths.from_strings(["A > B > C > direct", "A > A"], [1, 1])
    position = attribute(paths, ["position_based"], Options(position_weights=(6, 3, 1)))[0]
    assert told(position)[0] == pytest.approx({"A": 1.6, "B": 0.15, "C": 0.15, "direct": 0.1})
    assert told(attribute(paths, ["last_non_direct"])[0])[0] == {"A": 1.0, "B": 0.0, "C": 1.0, "direct": 0.0}
    assert told(attribute(paths, ["last_non_direct"], Options(direct_channel="C"))[0])[0] == {"A": 1.0, "B": 0.0, "C": 0.0, "direct": 1.0}
    decay = attribute(paths, ["time_decay"], Options(half_life_touches=0.5))[0]
    assert told(decay)[0] == pytest.approx({"A": 1 / 85 + 1, "B": 4 / 85, "C": 16 / 85, "direct": 64 / 85})
