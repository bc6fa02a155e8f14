"""What the tests of ``journey explain`` ask beside it: ids out of the served file, and the landed row that a step names."""

from __future__ import annotations

from typing import Any

import pyarrow.parquet as pq

from journey.explain.evidence import Evidence

Row = dict[str, Any]


def ids(evidence: Evidence, query: str) -> list[Any]:
    return [row[0] for row in evidence.connection.execute(query).fetchall()]


def landed(evidence: Evidence, step: Row) -> Row:
    """The row that a step names by file and row number, read by pyarrow."""
    return pq.read_table(evidence.landing / step["file"], partitioning=None).slice(step["row"], 1).to_pylist()[0]
