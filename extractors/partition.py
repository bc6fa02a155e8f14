"""One partition of one load: what the ledger keeps of it, and how ledger rows are written."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
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

    @property
    def path(self) -> str:
        """Path of the file below a landing root."""
        return f"{self.source}/{self.stream}/account={self.account}/dt={self.dt}/part-0.parquet"

    def describe(self) -> str:
        return f"source {self.source}, stream {self.stream}, account {self.account}, day {self.dt}"


FIELDS = frozenset(field.name for field in fields(Partition))


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


def records(path: Path, known: frozenset[str] = FIELDS) -> Iterator[dict[str, Any]]:
    """The JSON objects of a file of lines; DamagedRecord names the first line that is none, or has other fields than ``known``."""
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        yield record(path, line, number, known)


def record(path: Path, line: bytes, number: int = 1, known: frozenset[str] = FIELDS) -> dict[str, Any]:
    """The JSON object of a line of the file; DamagedRecord where it is none."""
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise _damaged(path, number) from None
    if not isinstance(row, dict) or row.keys() != known:
        raise _damaged(path, number)
    return row


def _damaged(path: Path, line: int) -> DamagedRecord:
    return DamagedRecord(
        f"{path}, line {line}, is not as it was written: it was cut off or changed by hand.",
        action="Bring the file back from a backup, or delete it and run the days of that load again.",
        source=path.parent.name,
    )
