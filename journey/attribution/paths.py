"""Paths of channels as flat arrays: what every model works on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from journey.attribution import SEPARATOR, UnusableInput

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]
MICROSECONDS_A_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """One row per path; its touches lie at ``touches[offsets[i]:offsets[i + 1]]``, oldest first, at least one.

    ``conversions`` and ``non_conversions`` count the journeys that took the path and did or did not convert;
    ``values`` is the value of the former together. ``ages`` are days from each touch to the last row of its
    journey (the conversion, where there is one), None where the times are not known.
    """

    channels: tuple[str, ...]
    touches: Ints
    offsets: Ints
    conversions: Floats
    values: Floats
    non_conversions: Floats
    ages: Floats | None = None

    @property
    def lengths(self) -> Ints:
        """Touches of each path."""
        return np.diff(self.offsets)

    @property
    def owners(self) -> Ints:
        """The path that each touch belongs to."""
        return np.repeat(np.arange(len(self.offsets) - 1), self.lengths)

    @classmethod
    def from_strings(
        cls,
        paths: Any,
        conversions: Sequence[float] | Floats,
        values: Sequence[float] | Floats | None = None,
        non_conversions: Sequence[float] | Floats | None = None,
        *,
        separator: str = SEPARATOR,
    ) -> Paths:
        """From joined channel names (a sequence of str, or an Arrow string array) and their counts.

        White space around a channel's name is not part of it. Raises UnusableInput for an empty path or channel.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        text = paths if isinstance(paths, pa.Array | pa.ChunkedArray) else pa.array(list(paths), pa.string())
        text = text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text
        if text.null_count:
            raise UnusableInput("a path is null; a path has at least one channel")
        lists = pc.split_pattern(text, separator)
        encoded = lists.flatten().dictionary_encode()
        names = [name.strip() for name in encoded.dictionary.to_pylist()]
        if not all(names):
            raise UnusableInput("a path has an empty channel; a path is one or more channel names")
        channels = tuple(sorted(set(names)))
        place = {name: index for index, name in enumerate(channels)}
        recode = np.array([place[name] for name in names], np.int64)
        lengths = pc.list_value_length(lists).to_numpy(zero_copy_only=False)
        return cls(
            channels=channels,
            touches=recode[encoded.indices.to_numpy(zero_copy_only=False)] if names else np.zeros(0, np.int64),
            offsets=np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64),
            conversions=np.asarray(conversions, np.float64),
            values=np.zeros(len(text)) if values is None else np.asarray(values, np.float64),
            non_conversions=np.zeros(len(text)) if non_conversions is None else np.asarray(non_conversions, np.float64),
        )

    @classmethod
    def from_touches(
        cls,
        customers: Sequence[str],
        occurred: Sequence[int] | Ints,
        channels: Sequence[str],
        converts: Sequence[bool] | Bools,
        values: Sequence[float] | Floats,
        *,
        window_days: float | None = None,
    ) -> Paths:
        """From one row per touch, in any order; ``occurred`` in microseconds.

        A journey ends with the row that converts, which is its last touch; the customer's next row opens the next
        journey. Rows after the last conversion are a journey that did not convert. Equal instants of one customer keep
        the order of the rows. ``window_days`` drops touches more than so many days before their journey's last row.
        """
        names, touched = _encode(channels)
        customer = _encode(customers)[1]
        moment = np.asarray(occurred, np.int64)
        converting = np.asarray(converts, np.bool_)
        order = np.lexsort((moment, customer))  # stable: rows of one instant stay in their order
        customer, moment, touched, converting = customer[order], moment[order], touched[order], converting[order]
        value = np.asarray(values, np.float64)[order]
        last = converting.copy()
        last[:-1] |= customer[1:] != customer[:-1]
        last[-1:] = True
        ends = np.flatnonzero(last) + 1
        offsets = np.concatenate([[0], ends]).astype(np.int64)
        won = converting[ends - 1]
        paths = cls(
            channels=names,
            touches=touched,
            offsets=offsets,
            conversions=won.astype(np.float64),
            values=np.where(won, value[ends - 1], 0.0),
            non_conversions=(~won).astype(np.float64),
            ages=(np.repeat(moment[ends - 1], np.diff(offsets)) - moment) / MICROSECONDS_A_DAY,
        )
        return paths if window_days is None else paths.within(window_days)

    def within(self, days: float) -> Paths:
        """Without the touches more than ``days`` before the last row of their journey; that row stays."""
        if self.ages is None:
            raise UnusableInput("paths have no times, so there is no window to apply; give touches with occurred_at")
        return self._only(self.ages <= days)

    def collapsed(self) -> Paths:
        """With each run of one channel as one touch: the last of the run, the nearest to the conversion."""
        following = np.concatenate([self.touches[1:], [-1]])
        keep = self.touches != following
        keep[self.offsets[1:] - 1] = True
        return self._only(keep)

    def _only(self, keep: Bools) -> Paths:
        kept = np.concatenate([[0], np.cumsum(keep)]).astype(np.int64)
        ages = None if self.ages is None else self.ages[keep]
        return replace(self, touches=self.touches[keep], offsets=kept[self.offsets], ages=ages)


def sums(keys: Ints, amounts: Floats, size: int) -> Floats:
    """The sum of the amounts of each key, 0 to ``size`` - 1."""
    return np.bincount(keys, amounts, size).astype(np.float64, copy=False)


def _encode(names: Sequence[str]) -> tuple[tuple[str, ...], Ints]:
    """The distinct names, sorted, and the place of each row's name among them."""
    distinct = tuple(sorted(set(names)))
    place = {name: index for index, name in enumerate(distinct)}
    return distinct, np.fromiter((place[name] for name in names), np.int64, len(names))
