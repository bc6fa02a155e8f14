"""Rows of one stream and account as they come, kept by day in bounded memory, and given back in order.

What does not fit into the buffer is sorted and written aside as a run (an Arrow file beside the partition that it becomes a part
of). The runs of a day are merged by ranges of keys: keys that start a run's batches are known, some of them split the day into
ranges of a few megabytes, and of each run only the batches of the range at hand are in memory.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from extractors.order import conflict, count_before, latest, ordered

MOST_RUNS = 96
"""Of one day; then they are merged into one, so that a day of any size needs as many open files."""
BUFFER_BYTES = 24 * 2**20
"""Rows of all days that wait in memory; sorting them takes about twice as much again for a moment."""
BATCH_BYTES = 256 * 2**10
"""Rows of one batch of a run: what a merge holds of each run."""
RANGE_BATCHES = 48
"""Batches of all runs that one range of keys starts: about 12 MB are sorted at a time."""
TURN = pa.field("_turn", pa.int32())
"""Column of what lies aside: of rows with one key, one of the highest turn counts (``extractors.stream.Batch``)."""
_COMPRESSED = pa.ipc.IpcWriteOptions(compression="lz4")


class Conflict(Exception):
    """Two different rows of one turn have one key."""


class Spool:
    """Runs are written below ``root``, which is removed in the end (``close``).

    ``repeats``: of rows with one key one counts, of the highest turn. ``alike``: two different ones of one turn are a Conflict.
    """

    def __init__(
        self, keys: Sequence[str], root: Path, *, buffer_bytes: int = BUFFER_BYTES, repeats: bool = False, alike: bool = False
    ) -> None:
        self._keys, self._root, self._limit, self._repeats, self._alike = list(keys), root, buffer_bytes, repeats, alike
        self._order = [*self._keys, TURN.name] if repeats else self._keys
        self._waiting: dict[date, list[pa.Table]] = defaultdict(list)
        self._bytes: dict[date, int] = defaultdict(int)
        self._runs: dict[date, list[_Run]] = defaultdict(list)
        self._written = 0

    def add(self, day: date, rows: pa.Table, turn: int = 0) -> None:
        """Rows of one day, in the stream's schema, in any order."""
        if not len(rows):
            return
        if self._repeats:
            rows = rows.append_column(TURN, pa.repeat(pa.scalar(turn, TURN.type), len(rows)))
        self._waiting[day].append(rows)
        self._bytes[day] += rows.nbytes
        if sum(self._bytes.values()) > self._limit:
            # The days with most rows go first, until half of the buffer is free: few runs, and small days have none.
            for largest in sorted(self._bytes, key=lambda day: (-self._bytes[day], day)):
                self._write(largest)
                if sum(self._bytes.values()) <= self._limit / 2:
                    break

    def drop(self, days: Iterable[date] | None = None) -> None:
        """Forget the rows of these days, of all days by default."""
        known = {*self._waiting, *self._runs}
        for day in known if days is None else known & set(days):
            self._forget(day)

    def take(self, day: date) -> Iterator[pa.Table]:
        """The day's rows in order, in tables of some megabytes; afterwards the day is empty."""
        try:
            for rows in self._in_order(day):
                if self._alike and conflict(rows, self._order):
                    raise Conflict
                yield latest(rows, self._keys, TURN.name).drop_columns(TURN.name) if self._repeats else rows
        finally:
            self._forget(day)

    def _in_order(self, day: date) -> Iterator[pa.Table]:
        """Rows of one key are never in two of the tables."""
        if self._runs[day]:
            self._write(day)
            yield from _merged(self._runs[day], self._keys, self._order)
        elif self._waiting[day]:
            yield ordered(pa.concat_tables(self._waiting[day]), self._order)

    def close(self) -> None:
        """Remove what is left."""
        self.drop()
        shutil.rmtree(self._root, ignore_errors=True)

    def _write(self, day: date) -> None:
        if self._waiting[day]:
            # Popped, so that the rows as they came are gone once they are together: they need not be in memory beside the sorted ones.
            rows = ordered(pa.concat_tables(self._waiting.pop(day)), self._order)
            self._bytes[day] = 0
            self._runs[day].append(_Run(self._file(day), [rows], self._keys))
        if len(self._runs[day]) >= MOST_RUNS:
            merged = _Run(self._file(day), _merged(self._runs[day], self._keys, self._order), self._keys)
            for run in self._runs[day]:
                run.remove()
            self._runs[day] = [merged]

    def _file(self, day: date) -> Path:
        self._written += 1
        return self._root / f"{day}-{self._written}.arrow"

    def _forget(self, day: date) -> None:
        for run in self._runs.pop(day, []):
            run.remove()
        self._waiting.pop(day, None)
        self._bytes.pop(day, None)


class _Run:
    """Sorted rows in a file, and the keys that its batches start with."""

    def __init__(self, path: Path, tables: Iterable[pa.Table], keys: Sequence[str]) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        starts: list[pa.Table] = []
        with ExitStack() as open_file:
            file: Any = None
            for rows in tables:
                # Slow disks gain from compression; lz4 costs next to nothing.
                file = file or open_file.enter_context(pa.ipc.new_file(path, rows.schema, options=_COMPRESSED))
                size = max(1, min(len(rows), BATCH_BYTES * len(rows) // max(1, rows.nbytes)))
                file.write_table(rows, max_chunksize=size)
                starts.append(rows.select(list(keys)).take(pa.array(range(0, len(rows), size), pa.int64())))
        self.starts: pa.Table = pa.concat_tables(starts)

    def read(self) -> Iterator[pa.RecordBatch]:
        # Not mapped into memory: mapped pages would count as the process's own.
        with pa.OSFile(str(self.path)) as source, pa.ipc.open_file(source) as file:
            for number in range(file.num_record_batches):
                yield file.get_batch(number)

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)


class _Head:
    """The part of a run that was read and not given back."""

    def __init__(self, run: _Run) -> None:
        self._batches = run.read()
        self._held: pa.RecordBatch | None = next(self._batches, None)

    def before(self, keys: Sequence[str], splitter: dict[str, Any] | None) -> Iterator[pa.RecordBatch]:
        """Its rows before the key, all that are left where there is none."""
        while self._held is not None:
            rows = len(self._held) if splitter is None else count_before(self._held, keys, splitter)
            if rows:
                yield self._held.slice(0, rows)
            if rows < len(self._held):
                self._held = self._held.slice(rows)
                return
            self._held = next(self._batches, None)


def _merged(runs: Sequence[_Run], keys: Sequence[str], order: Sequence[str]) -> Iterator[pa.Table]:
    """The runs' rows in ``order``, which starts with ``keys``; rows of one key are never in two of the tables."""
    starts = ordered(pa.concat_tables([run.starts for run in runs]), keys)
    places = pa.array(range(RANGE_BATCHES, len(starts), RANGE_BATCHES), pa.int64())
    splitters: list[dict[str, Any] | None] = [*starts.take(places).to_pylist(), None]
    heads = [_Head(run) for run in runs]
    for splitter in splitters:
        if (rows := _together(heads, keys, splitter)) is not None:
            yield ordered(rows, order)


def _together(heads: Sequence[_Head], keys: Sequence[str], splitter: dict[str, Any] | None) -> pa.Table | None:
    """The rows of all heads before the key, unsorted."""
    pieces = [piece for head in heads for piece in head.before(keys, splitter)]
    return pa.Table.from_batches(pieces).combine_chunks() if pieces else None
