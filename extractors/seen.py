"""Which numbers have come, in eight bytes each: a Python set of as many takes ten times that."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]


def twice(run: Numbers) -> bool:
    """Whether a sorted run has a number twice."""
    return bool((run[1:] == run[:-1]).any())


class Seen:
    """A set of 64-bit numbers that only grows. Sorted runs, each more than twice as long as the next: a few, however many numbers."""

    def __init__(self) -> None:
        self._runs: list[Numbers] = []

    def __len__(self) -> int:
        return sum(map(len, self._runs))

    def add(self, numbers: Numbers) -> npt.NDArray[np.bool_]:
        """Take them in; for each of them, whether it is the first of its kind."""
        run = np.sort(numbers)
        new = np.ones(len(numbers), np.bool_)
        if twice(run):
            new[:] = False
            new[np.unique(numbers, return_index=True)[1]] = True
        for known in self._runs:
            places = np.minimum(np.searchsorted(known, numbers), len(known) - 1)
            new &= known[places] != numbers
        self._keep(run if new.all() else np.sort(numbers[new]))
        return new

    def _keep(self, run: Numbers) -> None:
        while self._runs and len(self._runs[-1]) <= 2 * len(run):
            run = np.sort(np.concatenate([self._runs.pop(), run]), kind="stable")
        if len(run):
            self._runs.append(run)
