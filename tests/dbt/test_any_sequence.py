"""Any sequence of nights equals one full build, row for row: random nights over a very small shop.

``JOURNEY_SEQUENCES`` says how many sequences (default 4); a failing one is repeated by its seed, which stands in the test's name.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from random import Random

import pytest
from dbt_warehouse import Rows, Warehouse, differences, land_rows
from small_nights import Place, first_night, night

from extractors.landing import Landing

VARIABLES = {"max_events_per_session": 6}
"""Small enough that some sessions are bots'."""
SEQUENCES = int(os.environ.get("JOURNEY_SEQUENCES", "4"))
FIRST_SEED = int(os.environ.get("JOURNEY_FIRST_SEED", "1"))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A warehouse of nothing, whose copies every sequence starts from."""
    folder = tmp_path_factory.mktemp("empty")
    warehouse = Warehouse(folder / "build.duckdb", quick=True)
    warehouse.build(Landing(folder / "landing"), full=True, variables=VARIABLES)
    return warehouse


def withdraw(landing: Landing, place: Place) -> None:
    """Take one partition out of its place."""
    source, stream, account, day = place
    (landing.root / source / stream / f"account={account}" / f"dt={day}" / "part-0.parquet").unlink()


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + SEQUENCES))
def test_any_sequence_of_nights_equals_one_full_build(empty: Warehouse, tmp_path: Path, seed: int) -> None:
    rng = Random(seed)
    landing = Landing(tmp_path / "landing")
    nightly, once = (Warehouse(tmp_path / name / "build.duckdb", quick=True) for name in ("nightly", "once"))
    nightly.path.parent.mkdir()
    shutil.copyfile(empty.path, nightly.path)
    held: dict[Place, Rows] = {}
    # Every other sequence starts from a full landing zone, the others from what one night happens to bring.
    counts = [0 if seed % 2 else 60, *(rng.choice([1, 1, 2, 3, 20]) for _ in range(rng.randrange(2, 5)))]
    for number, most in enumerate(counts):
        land_rows(landing, night(rng, held, most) if most else first_night(rng, held), load=f"night-{number}", second=number)
        if number and held and rng.random() < 0.3:
            place = rng.choice(sorted(held))
            held.pop(place)
            withdraw(landing, place)
        nightly.build(landing, full=False, variables=VARIABLES)
    once.build(landing, full=True, variables=VARIABLES)
    assert differences(nightly, once, schemas=("intermediate", "marts", "audit")) == {}
