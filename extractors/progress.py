"""What a load has finished so far, so that a killed one reads only the rest.

    <landing>/_staged/<load_id>/progress.jsonl     one ledger row a line, appended as each stream of each account is whole

A load that was killed or failed goes on from here when it is started again under the same load id (an Airflow task that is
retried keeps its run, and with it the id). A load that came to its end starts anew: the file is gone. What other loads have landed
since is read again too: a task that is cleared days later must not put older figures in the place of newer ones.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from pathlib import Path

import orjson
import pyarrow as pa

from extractors.landing import Landing, Partition, file_hash
from extractors.ledger import Key
from extractors.stream import Days

Pair = tuple[str, str]


class Progress:
    """The finished (stream, account) pairs of one load."""

    def __init__(self, landing: Landing, load_id: str) -> None:
        self._landing = landing
        self._file: Path = landing.progress_file(load_id)
        self._found: dict[Pair, list[Partition]] = defaultdict(list)
        written = self._file.read_bytes() if self._file.exists() else b""
        self._torn = bool(written) and not written.endswith(b"\n")
        for line in written.splitlines():
            try:
                row = Partition(**orjson.loads(line))
            except (orjson.JSONDecodeError, TypeError):
                continue  # the kill came while this line was written: its pair lacks a day and is read again
            self._found[(row.stream, row.account)].append(row)

    def finished(self, stream: str, account: str, asked: Days) -> list[Partition] | None:
        """The pair's partitions where every day that is asked for was read and every file is as it was written; else None."""
        rows = {row.dt: row for row in self._found.get((stream, account), ())}
        if set(rows) != {day.isoformat() for day in asked} or any(map(self._overtaken, rows.values())):
            return None
        return list(rows.values()) if all(row.status in {"pending", "unchanged"} or self._whole(row) for row in rows.values()) else None

    @cached_property
    def _landed(self) -> dict[Key, Partition]:
        """What has landed of the sources that had finished something, asked for once it is needed."""
        sources = {row.source for rows in self._found.values() for row in rows}
        return {key: row for source in sources for key, row in self._landing.newest({"landed", "unchanged"}, source).items()}

    def _overtaken(self, row: Partition) -> bool:
        """Whether the day has landed after this load had begun to read it."""
        landed = self._landed.get((row.source, row.stream, row.account, row.dt))
        return landed is not None and datetime.fromisoformat(landed.loaded_at) > datetime.fromisoformat(row.loaded_at)

    def _whole(self, row: Partition) -> bool:
        try:
            return row.status == "staged" and file_hash(self._landing.staged_file(row)) == row.content_hash
        except (OSError, pa.ArrowException):
            return False

    def add(self, rows: Iterable[Partition]) -> None:
        """One pair is whole; its files are in the staged area already."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("ab") as lines:
            lines.write((b"\n" if self._torn else b"") + b"".join(orjson.dumps(row) + b"\n" for row in rows))
        self._torn = False

    def end(self) -> None:
        """The load came whole: started again it begins anew."""
        self._file.unlink(missing_ok=True)
