"""Small simulated worlds for the tests, each built once, and readers over their files."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from sandbox.world.build import build
from sandbox.world.period import Period

START = date(2026, 1, 1)


@lru_cache(maxsize=1)
def _home() -> Path:
    home = Path(tempfile.mkdtemp(prefix="worlds-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    return home


@lru_cache(maxsize=8)
def world(*, seed: int = 7, days: int = 40, scale: float = 0.5, intraday: bool = False) -> Path:
    """The folder of a world."""
    out = _home() / f"{seed}-{days}-{scale}-{intraday}"
    return build(out, seed=seed, period=Period(START, days), scale=scale, intraday_last_day=intraday)


def truth(folder: Path, table: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(folder / "truth" / f"{table}.parquet").to_pylist()
    return rows


def ga4_files(folder: Path) -> list[Path]:
    return sorted((folder / "ga4").glob("*/*/events_*.parquet"))


@lru_cache(maxsize=8)
def ga4(folder: Path) -> list[dict[str, Any]]:
    """All rows, table by table, with ``params`` ({key: value}) beside the columns."""
    rows: list[dict[str, Any]] = pa.concat_tables([pq.read_table(path) for path in ga4_files(folder)]).to_pylist()
    for row in rows:
        row["params"] = {
            item["key"]: next((value for value in item["value"].values() if value is not None), None) for item in row["event_params"]
        }
    return rows


def ndjson(folder: Path, pattern: str) -> list[dict[str, Any]]:
    """All rows of the files that match, with their folder's name as ``_account``."""
    return [
        {**orjson.loads(line), "_account": path.parent.name}
        for path in sorted(folder.glob(pattern))
        for line in path.read_bytes().splitlines()
    ]


def final(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The last versions: what is visible without a clock."""
    return [row for row in rows if "_until" not in row]
