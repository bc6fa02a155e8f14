"""From touches to paths: where journeys begin and end, the window, repeats, times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journey.attribution import MODELS, UnusableInput
from journey.attribution.models import Options, attribute
from journey.attribution.paths import MICROSECONDS_A_DAY, Paths

Touch = tuple[str, float, str, bool, float]  # customer, day, channel, converts, value


def made(touches: Sequence[Touch], window: float | None = None) -> Paths:
    customers, days, channels, converts, values = zip(*touches, strict=True)
    return Paths.from_touches(customers, [round(day * MICROSECONDS_A_DAY) for day in days], channels, converts, values, window_days=window)


def shown(paths: Paths) -> list[tuple[str, float, float, float]]:
    bounds = zip(paths.offsets[:-1].tolist(), paths.offsets[1:].tolist(), strict=True)
    return [
        (" ".join(paths.channels[touch] for touch in paths.touches[begin:end]), won, value, others)
        for (begin, end), won, value, others in zip(
            bounds, paths.conversions.tolist(), paths.values.tolist(), paths.non_conversions.tolist(), strict=True
        )
    ]


TOUCHES: list[Touch] = [
    ("ann", 0, "A", False, 0),
    ("ann", 14, "B", False, 0),
    ("ann", 14, "B", True, 70),
    ("ann", 20, "C", True, 30),
    ("ann", 21, "A", False, 0),
    ("bob", 3, "C", False, 0),
    ("bob", 30, "D", False, 0),
]


def test_a_journey_ends_with_its_conversion() -> None:
    assert shown(made(TOUCHES)) == [("A B B", 1, 70, 0), ("C", 1, 30, 0), ("A", 0, 0, 1), ("C D", 0, 0, 1)]


def test_the_window_counts_back_from_the_last_row() -> None:
    assert shown(made(TOUCHES, 14)) == [("A B B", 1, 70, 0), ("C", 1, 30, 0), ("A", 0, 0, 1), ("D", 0, 0, 1)]
    assert shown(made(TOUCHES, 13.9)) == [("B B", 1, 70, 0), ("C", 1, 30, 0), ("A", 0, 0, 1), ("D", 0, 0, 1)]
    with pytest.raises(UnusableInput, match="no times"):
        Paths.from_strings(["A"], [1]).within(30)


def test_repeats_collapse_to_the_last_of_the_run() -> None:
    touches: list[Touch] = [("x", 0, "A", False, 0), ("x", 7, "A", False, 0), ("x", 14, "B", False, 0), ("x", 14, "A", True, 1)]
    paths = made([*touches, ("y", 0, "A", False, 0)]).collapsed()
    assert shown(paths) == [("A B A", 1, 1, 0), ("A", 0, 0, 1)]
    assert paths.ages is not None
    assert paths.ages.tolist() == [7, 0, 0, 0]


def test_time_decay_halves_every_half_life() -> None:
    paths = made([("x", 0, "A", False, 0), ("x", 7, "B", False, 0), ("x", 14, "C", True, 70)])
    credit = attribute(paths, ["time_decay"])[0]
    assert credit.values.tolist() == pytest.approx([10, 20, 40])
    credit = attribute(paths, ["time_decay"], Options(half_life_days=14))[0]
    assert credit.conversions.tolist() == pytest.approx([part / (0.5 + 0.5**0.5 + 1) for part in (0.5, 0.5**0.5, 1)])


def test_a_very_old_touch_leaves_the_credit_whole() -> None:
    credit = attribute(made([("x", 0, "A", False, 0), ("x", 90_000, "B", True, 5)]), ["time_decay"])[0]
    assert credit.conversions.tolist() == [0.0, 1.0]


@st.composite
def touches(draw: st.DrawFn) -> list[Touch]:
    rows = []
    for customer in ("p", "q", "r"):
        days = draw(st.lists(st.integers(0, 200), unique=True, max_size=7))
        for day in days:
            converts = draw(st.booleans())
            rows.append((customer, day / 2, draw(st.sampled_from("ABC")), converts, float(draw(st.integers(0, 9))) if converts else 0.0))
    return rows or [("p", 1.0, "A", True, 1.0)]


@given(touches(), st.randoms(use_true_random=False), st.sampled_from([None, 0.0, 10.0]))
@settings(deadline=None, max_examples=80)
def test_any_order_of_rows_gives_the_same_credit(rows: list[Touch], random: Any, window: float | None) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    before, after = made(rows, window), made(shuffled, window)
    assert shown(before) == shown(after) == by_hand(rows, window)
    for credit in attribute(after, MODELS):
        assert float(credit.conversions.sum()) == pytest.approx(sum(row[3] for row in rows), abs=1e-9)
        assert float(credit.values.sum()) == pytest.approx(sum(row[4] for row in rows), abs=1e-9)


def by_hand(rows: list[Touch], window: float | None) -> list[tuple[str, float, float, float]]:
    """The same journeys, one customer after the other."""
    found = []
    for customer in sorted({row[0] for row in rows}):
        open_: list[Touch] = []
        mine = sorted(row for row in rows if row[0] == customer)
        for place, row in enumerate(mine):
            open_.append(row)
            if row[3] or place == len(mine) - 1:
                kept = [touch[2] for touch in open_ if window is None or row[1] - touch[1] <= window]
                found.append((" ".join(kept), float(row[3]), row[4] if row[3] else 0.0, float(not row[3])))
                open_ = []
    return found
