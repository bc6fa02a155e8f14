"""An order of rows that does not depend on how they came.

BigQuery's tables have no order, and several streams deliver in any. The landing zone sorts by the stream's keys;
rows that agree in all of them (repeated events, exports from before ``batch_event_index``) would keep the order
of their arrival, and the same day would get another content hash. Such rows are ordered by their whole text.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc


def ordered(rows: pa.Table, keys: tuple[str, ...]) -> pa.Table:
    """The rows, sorted by key and rest where any key occurs twice; else as they are, for the keys alone give one order."""
    if len(rows) < 2:
        return rows
    key_rows = rows.select(keys).combine_chunks()
    indices = pc.sort_indices(key_rows, sort_keys=[(key, "ascending") for key in keys])
    after, before = key_rows.take(indices.slice(1)), key_rows.take(indices.slice(0, len(rows) - 1))
    same = pa.repeat(pa.scalar(True), len(rows) - 1)
    for key in keys:
        left, right = after.column(key).combine_chunks(), before.column(key).combine_chunks()
        equal = pc.or_(pc.fill_null(pc.equal(left, right), False), pc.and_(left.is_null(), right.is_null()))
        same = pc.and_(same, equal)
    if not pc.any(same).as_py():
        return rows
    places = indices.to_pylist()
    for first, last in _runs(same.to_pylist()):
        tied = places[first:last]
        texts = [repr(row) for row in rows.take(pa.array(tied)).to_pylist()]
        places[first:last] = [place for _, place in sorted(zip(texts, tied, strict=True))]
    return rows.take(pa.array(places, pa.int64()))


def _runs(same: list[bool]) -> list[tuple[int, int]]:
    """``same[i]`` says that row i+1 equals row i: the ranges of equal rows."""
    runs, first = [], 0
    for row in range(1, len(same) + 2):
        if row > len(same) or not same[row - 1]:
            if row - first > 1:
                runs.append((first, row))
            first = row
    return runs
