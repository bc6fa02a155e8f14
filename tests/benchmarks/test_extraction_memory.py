"""A load's memory does not grow with its rows, from the platform's answer to the landed file. Compares peaks, not times."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import extraction_memory

SLACK = 100
"""Megabytes between a day and one of four times its rows: buffers that the smaller day does not fill, and the allocators' leftovers."""


def peaks(source: str, rows: tuple[int, int], root: Path, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    monkeypatch.setenv("JOURNEY_BENCH_CACHE", str(root))
    found = []
    for count in rows:
        answer = extraction_memory.load(source, count)
        assert (answer["rows"], answer["status"], answer["errors"]) == (count, ["landed"], [])
        found.append(answer["peaks"]["land"])
    return found


def test_a_day_of_more_rows_needs_no_more_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # 45,000 rows of Meta's as dictionaries, which is how they once waited for the last of them, are some 250 MB.
    few, many = peaks("facebook_ads", (15_000, 60_000), tmp_path, monkeypatch)
    assert many - few < SLACK


@pytest.mark.slow
@pytest.mark.parametrize("source", sorted(extraction_memory.FAMILIES))
def test_no_source_needs_more_memory_for_four_times_the_rows(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few, many = peaks(source, (50_000, 200_000), tmp_path, monkeypatch)
    assert many - few < SLACK
    assert many < extraction_memory.LIMIT
