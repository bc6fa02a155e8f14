"""How much of Arrow's memory rows take on their way, by Arrow's own count: the system's depends on what allocators keep."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from extractors.content import PIECE, pieces
from extractors.spool import Spool

DAY = date(2026, 1, 5)


@pytest.fixture
def counted() -> Iterator[pa.MemoryPool]:
    """The pool of this test alone, so that its maximum is that of what the test does."""
    usual = pa.default_memory_pool()
    own = pa.proxy_memory_pool(usual)
    pa.set_memory_pool(own)
    yield own
    pa.set_memory_pool(usual)


def wide(first: int, rows: int) -> pa.Table:
    # Numbers that fall, so that sorting has something to do; the text is what weighs.
    numbers = range(first + rows, first, -1)
    return pa.table({"id": pa.array(numbers, pa.int64()), "text": pa.array([f"{number:0200}" for number in numbers])})


def test_sorting_holds_the_rows_twice_at_most(tmp_path: Path, counted: pa.MemoryPool) -> None:
    spool = Spool(("id",), tmp_path, buffer_bytes=8 * 2**20)
    for first in range(0, 80_000, 2000):
        spool.add(DAY, wide(first, 2000))
    assert counted.max_memory() < 2.5 * 8 * 2**20
    assert sum(map(len, spool.take(DAY))) == 80_000


def test_a_piece_is_not_held_beside_what_it_was_made_of(counted: pa.MemoryPool) -> None:
    rows = (wide(first, 2000) for first in range(0, 4 * PIECE, 2000))
    size = wide(0, PIECE).nbytes
    before = counted.bytes_allocated()
    for piece in pieces(rows):
        assert counted.bytes_allocated() - before < 1.2 * size
        del piece
