"""Any sequence of nights equals one full build, row for row: random nights over a very small shop.

``JOURNEY_SEQUENCES`` says how many sequences (default 4) and ``JOURNEY_FIRST_SEED`` where they begin; a failing one is
repeated by its seed, which stands in the test's name. dbt's own statements are recorded once and run on each file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from dbt_warehouse import differences, land_rows
from recorded_builds import COMPARED, VARIABLES, Start
from small_nights import Place, Zone

from extractors.landing import Landing

SEQUENCES = int(os.environ.get("JOURNEY_SEQUENCES", "4"))
FIRST_SEED = int(os.environ.get("JOURNEY_FIRST_SEED", "1"))


def withdraw(landing: Landing, place: Place) -> None:
    """Take one partition out of its place."""
    source, stream, account, day = place
    (landing.root / source / stream / f"account={account}" / f"dt={day}" / "part-0.parquet").unlink()


def nights(zone: Zone, landing: Landing, overrides: Path, *, full_zone: bool) -> Iterator[int]:
    """Land one night after the other; yields before each build. Every other sequence starts from a full landing zone."""
    rng = zone.rng
    counts = [0 if full_zone else 60, *(rng.choice([1, 1, 2, 3, 20]) for _ in range(rng.randrange(1, 4)))]
    for number, most in enumerate(counts):
        if not number or rng.random() < 0.85:
            land_rows(landing, zone.night(most) if most else zone.first_night(), load=f"night-{number}", second=number)
            if number and zone.held and rng.random() < 0.3:
                withdraw(landing, zone.withdraw())
        if rng.random() < 0.35:
            overrides.write_text(zone.decide())
        yield number


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + SEQUENCES))
def test_any_sequence_of_nights_equals_one_full_build(shop_start: Start, tmp_path: Path, seed: int) -> None:
    landing, overrides = Landing(tmp_path / "landing"), tmp_path / "identity_overrides.csv"
    nightly, once = shop_start.copy(tmp_path / "nightly"), shop_start.copy(tmp_path / "once", built=False)
    for _ in nights(Zone(Random(seed)), landing, overrides, full_zone=bool(seed % 2)):
        shop_start.builds.build(nightly, landing, full=False, overrides=overrides)
    shop_start.builds.build(once, landing, full=True, overrides=overrides)
    assert differences(nightly, once, schemas=COMPARED) == {}


def test_recorded_builds_are_dbts_own(shop_start: Start, tmp_path: Path) -> None:
    """The same nights built by dbt and by its recorded statements give the same rows, the changes noted on the way included."""
    landing, overrides = Landing(tmp_path / "landing"), tmp_path / "identity_overrides.csv"
    ours, dbts = shop_start.copy(tmp_path / "ours"), shop_start.copy(tmp_path / "dbts")
    for _ in nights(Zone(Random(5)), landing, overrides, full_zone=True):
        shop_start.builds.build(ours, landing, full=False, overrides=overrides)
        dbts.build(landing, full=False, variables=VARIABLES, overrides=overrides)
        assert differences(ours, dbts, schemas=("staging", "changes", *COMPARED)) == {}
    whole = shop_start.copy(tmp_path / "whole", built=False)
    shop_start.builds.build(whole, landing, full=True, overrides=overrides)
    dbts.build(landing, full=True, variables=VARIABLES, overrides=overrides)
    assert differences(whole, dbts, schemas=("staging", *COMPARED)) == {}
    assert len(ours.rows("select 1 from marts.fct_customer_journey")) > 20
