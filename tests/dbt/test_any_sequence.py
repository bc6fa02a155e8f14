"""Any sequence of nights equals one full build, row for row: random nights over a very small shop.

``JOURNEY_SEQUENCES`` says how many sequences (default 4, of which the third and fourth are ``slow``) and ``JOURNEY_FIRST_SEED`` where
their seeds begin, so that runs may cover other sequences and two processes may share many: seeds 1001 to 1100 in one, 1101 to 1200 in
the other. A failing sequence is repeated by its seed, which stands in the test's name. ``JOURNEY_SEQUENCES_LOG`` names a file that gets
a line as soon as a sequence has ended.
dbt's own statements are recorded once and run on each file.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from contract_keys import KEYS, broken_laws
from dbt_warehouse import Warehouse, differences, land_rows
from number_laws import meeting_numbers
from recorded_builds import COMPARED, VARIABLES, Start
from small_nights import Place, Zone

from extractors.landing import Landing
from journey.served import Written, write

SEQUENCES = int(os.environ.get("JOURNEY_SEQUENCES", "4"))
FIRST_SEED = int(os.environ.get("JOURNEY_FIRST_SEED", "1"))
ALWAYS = SEQUENCES if "JOURNEY_SEQUENCES" in os.environ else 2
"""One that begins with a full landing zone, one that begins with some of it; the others are slow."""
SEEDS = [pytest.param(FIRST_SEED + number, marks=() if number < ALWAYS else pytest.mark.slow) for number in range(SEQUENCES)]
LOG = os.environ.get("JOURNEY_SEQUENCES_LOG")


def withdraw(landing: Landing, places: list[Place]) -> None:
    """Take partitions out of their places."""
    for source, stream, account, day in places:
        (landing.root / source / stream / f"account={account}" / f"dt={day}" / "part-0.parquet").unlink()


def nights(zone: Zone, landing: Landing, overrides: Path, *, full_zone: bool) -> Iterator[int]:
    """Land one night after the other; yields before each build. Every other sequence starts from a full landing zone."""
    rng = zone.rng
    counts = [0 if full_zone else 60, *(rng.choice([1, 1, 2, 3, 20]) for _ in range(rng.randrange(1, 4)))]
    for number, most in enumerate(counts):
        if not number or rng.random() < 0.85:
            rows = zone.rerun() if number and rng.random() < 0.1 else zone.night(most) if most else zone.first_night()
            land_rows(landing, rows, load=f"night-{number}", second=number)
            if number and zone.held and rng.random() < 0.3:
                withdraw(landing, zone.withdraw())
        if rng.random() < 0.35:
            overrides.write_text(zone.decide())
        yield number


@pytest.fixture
def told(request: pytest.FixtureRequest, seed: int) -> Iterator[list[str]]:
    """What a sequence found wrong, written down as soon as it ends."""
    began, found = time.process_time(), ["did not get to its end"]
    yield found
    if LOG:
        number = seed - FIRST_SEED + 1
        outcome = f"FAILED {'; '.join(found)}" if found else "equal"
        with open(LOG, "a") as log:
            log.write(f"seed {seed} ({number} of {SEQUENCES}, {time.process_time() - began:.0f} CPU s): {outcome}\n")


TOLD = (
    "audit.identity_merges",
    "marts.dim_customers",
    "marts.dim_identities",
    "marts.fct_attribution",
    "marts.fct_conversions",
    "marts.fct_customer_journey",
)
"""The served tables that tell which of their rows changed."""


def publish(built: Warehouse, served: Warehouse) -> list[str]:
    """What is wrong with the served file after the build: it begins as the one before, and gets what differs.

    The first is written anew, and so is one that would begin as a file which is half empty.
    """
    aside = served.path.with_suffix(".aside")
    written = write(built.path, aside, before=served.path)
    aside.replace(served.path)
    wrong = [f"{table}: {rows} rows are not served as they are built" for table, rows in differences(served, built).items()]
    if set(written.values()) != {Written.WHOLE}:
        wrong += [f"{name}: its changes did not tell all" for name in TOLD if written[name] is not Written.CHANGED_ROWS]
    return wrong


@pytest.mark.parametrize("seed", SEEDS)
def test_any_sequence_of_nights_equals_one_full_build(shop_start: Start, tmp_path: Path, seed: int, told: list[str]) -> None:
    """And after each night every key of a mart's contract is unique, credit is 1 for each conversion and model, no number stands for
    two texts, and what is served is what was built."""
    landing, overrides = Landing(tmp_path / "landing"), tmp_path / "identity_overrides.csv"
    nightly, once = shop_start.copy(tmp_path / "nightly"), shop_start.copy(tmp_path / "once", built=False)
    served = Warehouse(tmp_path / "served" / "served.duckdb")
    served.path.parent.mkdir()
    wrong: list[str] = []
    for night in nights(Zone(Random(seed)), landing, overrides, full_zone=bool(seed % 2)):
        shop_start.builds.build(nightly, landing, full=False, overrides=overrides)
        wrong += [f"night {night}: {law}" for law in [*broken_laws(nightly), *meeting_numbers(nightly), *publish(nightly, served)]]
    shop_start.builds.build(once, landing, full=True, overrides=overrides)
    wrong += [f"{table}: {rows} rows differ from one full build" for table, rows in differences(nightly, once, schemas=COMPARED).items()]
    told[:] = wrong
    assert not wrong, "\n".join(wrong)
    shutil.rmtree(tmp_path)  # two hundred sequences would keep ten gigabytes


def test_every_mart_has_a_key_that_the_sequences_check() -> None:
    assert {table for table, keys in KEYS.items() if table.startswith("marts.") and not keys} == set()
    assert sum(table.startswith("marts.") for table in KEYS) == 15


@pytest.mark.parametrize("seed", [3, pytest.param(5, marks=pytest.mark.slow)])
def test_recorded_builds_are_dbts_own(shop_start: Start, tmp_path: Path, seed: int) -> None:
    """The same nights built by dbt and by its recorded statements give the same rows, the changes noted on the way included.

    A first night, and one of up to twenty partitions with one withdrawn and a decision about an identity. Four nights are slow.
    """
    landing, overrides = Landing(tmp_path / "landing"), tmp_path / "identity_overrides.csv"
    ours, dbts = shop_start.copy(tmp_path / "ours"), shop_start.copy(tmp_path / "dbts")
    for _ in nights(Zone(Random(seed)), landing, overrides, full_zone=True):
        shop_start.builds.build(ours, landing, full=False, overrides=overrides)
        dbts.build(landing, full=False, variables=VARIABLES, overrides=overrides)
        assert differences(ours, dbts, schemas=("staging", "changes", *COMPARED)) == {}
    whole = shop_start.copy(tmp_path / "whole", built=False)
    shop_start.builds.build(whole, landing, full=True, overrides=overrides)
    dbts.build(landing, full=True, variables=VARIABLES, overrides=overrides)
    assert differences(whole, dbts, schemas=("staging", *COMPARED)) == {}
    assert len(ours.rows("select 1 from marts.fct_customer_journey")) > 20
