"""What a check found, and the files in which it stays found.

<landing>/_validation/<source>/<load_id>.jsonl        a load
<landing>/_validation/warehouse/<build_id>.jsonl      a build of the warehouse
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import orjson

from extractors.partition import records

CRITICAL = "critical"
WARNING = "warning"
WAREHOUSE = "warehouse"


@dataclass(frozen=True)
class Result:
    """One expectation of one load. Grain: where it held, one row a stream (``account`` and ``dt`` are None);
    where it failed, one row for each partition in which it did.

    For a build ``load_id`` is the build's id, ``source`` is ``warehouse`` and ``stream`` the table. ``observed``
    holds counts, shares, field names and days, never a value out of a row.
    """

    load_id: str
    source: str
    stream: str
    account: str | None
    dt: str | None
    suite: str
    expectation: str
    severity: str
    success: bool
    observed: str
    unexpected_count: int
    message: str | None
    validated_at: datetime


def critical_failures(results: Iterable[Result]) -> list[Result]:
    """The results that stop a partition from being put in place, or a warehouse from being published."""
    return [result for result in results if not result.success and result.severity == CRITICAL]


def results_file(landing_root: Path, source: str, load_id: str) -> Path:
    return landing_root / "_validation" / source / f"{load_id}.jsonl"


def write_results(landing_root: Path, source: str, load_id: str, results: Iterable[Result]) -> Path:
    """Write the results of one load, whole or not at all. Validating again replaces the file."""
    path = results_file(landing_root, source, load_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".writing")
    aside.write_bytes(b"".join(orjson.dumps(asdict(result)) + b"\n" for result in results))
    os.replace(aside, path)
    return path


def read_results(path: Path) -> list[Result]:
    """The results of one file, in the order in which they were written."""
    return [Result(**{**row, "validated_at": datetime.fromisoformat(row["validated_at"])}) for row in records(path, Result)]
