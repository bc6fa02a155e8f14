"""The order of a partition's rows: by the stream's keys, whatever way they came.

Where rows agree in every key (repeated events of an export that has no key), the order of their arrival would show in the file
and in its hash. Such rows are ordered by their whole text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


def ordered(rows: pa.Table, keys: Sequence[str]) -> pa.Table:
    """The rows by key, nulls last, each column in one chunk."""
    rows = rows.combine_chunks()
    if len(rows) < 2:
        return rows
    held = rows.select(list(keys))
    indices = pc.sort_indices(held, sort_keys=[(key, "ascending") for key in keys])
    tied = _tied(held.take(indices), keys)
    if pc.any(tied).as_py():
        indices = _by_text(rows, indices, tied)
    return rows.take(indices)


def once(rows: pa.Table, keys: Sequence[str]) -> pa.Table:
    """Of rows in order, the first of each key."""
    if len(rows) < 2:
        return rows
    tied = _tied(rows, keys)
    return rows.filter(pa.concat_arrays([pa.array([True]), pc.invert(tied)])) if pc.any(tied).as_py() else rows


def latest(rows: pa.Table, keys: Sequence[str], turn: str) -> pa.Table:
    """Of rows in order of keys and turn, the first of each key's highest turn."""
    rows = once(rows, [*keys, turn])
    if len(rows) < 2:
        return rows
    tied = _tied(rows, keys)
    return rows.filter(pa.concat_arrays([pc.invert(tied), pa.array([True])])) if pc.any(tied).as_py() else rows


def conflict(rows: pa.Table, keys: Sequence[str]) -> bool:
    """Whether two of the ordered rows agree in every key and differ in something else."""
    if len(rows) < 2:
        return False
    places = pc.indices_nonzero(_tied(rows, keys))
    return bool(len(places)) and rows.take(places) != rows.take(pc.add(places, 1))


def count_before(rows: pa.RecordBatch | pa.Table, keys: Sequence[str], splitter: dict[str, Any]) -> int:
    """How many of the rows, which are in order, come before the key ``splitter``."""
    before: Any = pa.scalar(False)
    for key in reversed(keys):
        column, value = rows.column(key), splitter[key]
        if value is None:
            less, equal = pc.is_valid(column), pc.is_null(column)
        else:
            scalar = pa.scalar(value, column.type)
            less, equal = pc.fill_null(pc.less(column, scalar), False), pc.fill_null(pc.equal(column, scalar), False)
        before = pc.or_(less, pc.and_(equal, before))
    return pc.sum(before).as_py() or 0


def _tied(rows: pa.Table, keys: Sequence[str]) -> pa.Array:
    """For each of the ordered rows but the first, whether its key is that of the row before."""
    same = pa.repeat(pa.scalar(True), len(rows) - 1)
    for key in keys:
        column = rows.column(key).combine_chunks()
        left, right = column.slice(1), column.slice(0, len(rows) - 1)
        equal = pc.or_(pc.fill_null(pc.equal(left, right), False), pc.and_(left.is_null(), right.is_null()))
        same = pc.and_(same, equal)
    return same


def _by_text(rows: pa.Table, indices: pa.Array, tied: pa.Array) -> pa.Array:
    places = indices.to_pylist()
    for first, last in _runs(tied.to_pylist()):
        group = places[first:last]
        texts = [repr(row) for row in rows.take(pa.array(group)).to_pylist()]
        places[first:last] = [place for _, place in sorted(zip(texts, group, strict=True))]
    return pa.array(places, pa.int64())


def _runs(same: list[bool]) -> Iterator[tuple[int, int]]:
    """``same[i]`` says that row i+1 equals row i: the ranges of equal rows."""
    first = 0
    for row in range(1, len(same) + 2):
        if row > len(same) or not same[row - 1]:
            if row - first > 1:
                yield first, row
            first = row
