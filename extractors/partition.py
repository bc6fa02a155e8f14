"""One partition of one load: what the ledger keeps of it, and how ledger rows are written."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from extractors.errors import DamagedRecord

LOAD_COLUMNS = (pa.field("_load_id", pa.string(), nullable=False), pa.field("_loaded_at", pa.timestamp("us", "UTC"), nullable=False))


@dataclass
class Partition:
    """One partition of one load: what the ledger keeps of it. One ledger row per partition of a load.

    ``status``: ``staged`` (read whole, not in place), ``pending`` (the platform has not produced it),
    ``failed`` (not read whole), ``quarantined`` (read whole, refused by its checks), ``landed`` (in place),
    ``unchanged`` (same content as what is in place, which stays), ``skipped`` (stream ``*``: the whole account was
    passed over, ``message`` says why), ``refused`` (stream ``*``: an account that belongs to the figures could not be read, so it
    keeps what had landed while the others go on; ``dt`` is the load's first day, and the run ends red).
    ``read_at``: when the source was asked for it, by which the newer of two loads at the same time is known. Rows of earlier versions
    lack it. ``asked``: of a failed row, the days that its load was asked for (``2026-01-01..2026-01-10``), of which none landed.
    """

    load_id: str
    source: str
    stream: str
    account: str
    dt: str
    kind: str
    status: str
    rows: int = 0
    bytes: int = 0
    content_hash: str | None = None
    control_totals: dict[str, Any] = field(default_factory=dict)
    message: str | None = None
    loaded_at: str = ""
    read_at: str = ""
    asked: str = ""

    @property
    def path(self) -> str:
        """Path of the file below a landing root."""
        return f"{self.source}/{self.stream}/account={self.account}/dt={self.dt}/part-0.parquet"

    def describe(self) -> str:
        return f"source {self.source}, stream {self.stream}, account {self.account}, day {self.dt}"


def write_lines(path: Path, partitions: Iterable[Partition]) -> None:
    """Write ledger rows as JSON lines, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".writing")
    with aside.open("wb") as file:
        file.writelines(orjson.dumps(row) + b"\n" for row in partitions)
        file.flush()
        os.fsync(file.fileno())  # else a power cut may leave the name with nothing in it
    os.replace(aside, path)


def read_lines(path: Path) -> list[Partition]:
    """The ledger rows of a file; DamagedRecord where it is not as it was written."""
    return [Partition(**row) for row in records(path)]


def records(path: Path, of: type = Partition) -> Iterator[dict[str, Any]]:
    """The JSON objects of a file of lines; DamagedRecord names the first line that is none of that dataclass."""
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        yield record(path, line, number, of)


def record(path: Path, line: bytes, number: int = 1, of: type = Partition) -> dict[str, Any]:
    """The JSON object of a line of the file; DamagedRecord where it is none, or of a newer version. A line of an earlier
    version may lack what has a default."""
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise _damaged(path, number) from None
    needed, known = _names(of)
    if not isinstance(row, dict) or not needed <= row.keys():
        raise _damaged(path, number)
    if newer := sorted(row.keys() - known):
        raise DamagedRecord(
            f"{path}, line {number}, has a field {newer[0]}, which this version does not know: a newer version wrote it.",
            action="Go on with that version. Delete nothing: what it landed is in place by this file.",
            source=path.parent.name,
        )
    return row


@cache
def _names(of: type) -> tuple[frozenset[str], frozenset[str]]:
    """Of the fields of a dataclass those without a default, and all."""
    held = fields(of)
    needed = (field.name for field in held if field.default is MISSING and field.default_factory is MISSING)
    return frozenset(needed), frozenset(field.name for field in held)


def _damaged(path: Path, line: int) -> DamagedRecord:
    return DamagedRecord(
        f"{path}, line {line}, is not as it was written: it was cut off or changed by hand.",
        action="Bring the file back from a backup, or delete it and run the days of that load again.",
        source=path.parent.name,
    )
