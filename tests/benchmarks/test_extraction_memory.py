"""A load's memory does not grow with its rows, from the platform's answer to the landed file. Compares peaks, not times.

Both days of a comparison are larger than every buffer on the way: the spool's (``extractors.spool``), a piece of a file
(``extractors.content``) and a frame of rows that are judged (``expectations.landing.reading``). So whatever grows from the one to the
other grows with the rows.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import extraction_memory
from expectations.landing.reading import CHUNK_ROWS

FEW = CHUNK_ROWS * 3 // 2
SLACK = 100
"""Megabytes between two days: what the allocators keep differs from run to run. As dictionaries, ``FEW`` rows of Meta's are some 400 MB."""


def assert_no_growth(source: str, rows: tuple[int, int], root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Extraction by itself, which a check of the rows may outdo, and all of the load; both within the limit."""
    monkeypatch.setenv("JOURNEY_BENCH_CACHE", str(root))
    few, many = (_peaks(source, count) for count in rows)
    assert many["extract"] - few["extract"] < SLACK
    assert many["land"] - few["land"] < SLACK
    assert many["land"] < extraction_memory.LIMIT


def _peaks(source: str, rows: int) -> dict[str, float]:
    answer = extraction_memory.load(source, rows)
    assert (answer["rows"], answer["status"], answer["errors"]) == (rows, ["landed"], [])
    peaks: dict[str, float] = answer["peaks"]
    return peaks


def test_a_day_of_more_rows_needs_no_more_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_no_growth("facebook_ads", (FEW, 2 * FEW), tmp_path, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("source", sorted(extraction_memory.FAMILIES))
def test_no_source_needs_more_memory_for_four_times_the_rows(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_no_growth(source, (FEW, 4 * FEW), tmp_path, monkeypatch)
