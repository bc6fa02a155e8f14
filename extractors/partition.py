"""One partition of one load: what the ledger keeps of it, and how ledger rows are written."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

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


def write_lines(path: Path, partitions: Iterable[Partition]) -> None:
    """Write ledger rows as JSON lines, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".writing")
    aside.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in partitions))
    os.replace(aside, path)


def read_lines(path: Path) -> list[Partition]:
    return [Partition(**orjson.loads(line)) for line in path.read_bytes().splitlines()]
