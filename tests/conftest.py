"""The order of a run: files that take minutes first, so that its workers end together."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

HERE = Path(__file__).parent
LONGEST = (
    "e2e/test_bad_nights.py",
    "e2e/test_default_world.py",
    "e2e/test_a_year.py",
    "dbt/test_incremental.py",
    "e2e/test_refused_account.py",
    "dbt/test_any_sequence.py",
    "extractors/test_conformance.py",
    "extractors/test_faults.py",
)
"""The others follow as they are collected; what they share has been made by then. (xdist would begin with the files of most tests:
``--no-loadscope-reorder``.)"""

# A test session holds a million objects of vendors' clients, dbt and Airflow: looking through them for garbage as often as usual is a
# tenth of its time.
gc.set_threshold(20_000, 20, 20)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {HERE / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))
