"""A set of numbers in sorted runs says what a set of Python's says."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from extractors.seen import Seen

FEW = st.integers(-20, 20) | st.sampled_from([-(2**63), 2**63 - 1])


@given(st.lists(st.lists(FEW, max_size=30), max_size=12))
def test_each_number_is_new_once(pages: list[list[int]]) -> None:
    seen, known = Seen(), set[int]()
    for page in pages:
        found = seen.add(np.array(page, np.int64))
        for number, new in zip(page, found, strict=True):
            assert new == (number not in known)
            known.add(number)
        assert len(seen) == len(known)


def test_many_pages_make_few_runs() -> None:
    seen = Seen()
    for page in range(500):
        assert seen.add(np.arange(page * 900, page * 900 + 1000) * 7919 % 1_000_003).sum() == (1000 if page == 0 else 900)
    assert len(seen) == 500 * 900 + 100
    assert len(seen._runs) < 12
