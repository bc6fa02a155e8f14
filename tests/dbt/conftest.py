"""A small simulated world, landed through the official clients, and the warehouse built from it. Built once a run."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from dbt_warehouse import Warehouse, land_folder
from once import once
from recorded_builds import VARIABLES, Start, start
from small_world_period import DAY_COUNT, START

from extractors.landing import Landing
from extractors.stream import Days
from journey import served
from journey.explain.evidence import Evidence, open_evidence
from journey.prepare import keep_settings
from journey.settings import Places, load, model_settings
from sandbox.world.build import build
from sandbox.world.period import Period


@pytest.fixture(scope="session")
def small_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of rows and truth: 34 days, about 400 devices."""
    period = Period(START, DAY_COUNT)
    return once(tmp_path_factory, "small-world", lambda folder: build(folder / "world", seed=7, period=period, scale=0.12))


@pytest.fixture(scope="session")
def small_landing(small_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Landing:
    """The world's whole range, landed in one load."""

    def land(folder: Path) -> Path:
        land_folder(small_world, Landing(folder), Days(START, START + timedelta(days=DAY_COUNT - 1)))
        return folder

    return Landing(once(tmp_path_factory, "small-landing", land))


@pytest.fixture(scope="session")
def built(small_landing: Landing, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The world's warehouse, built whole by dbt, its data tests and unit tests passed."""

    def whole(folder: Path) -> Warehouse:
        warehouse = Warehouse(folder / "build.duckdb", quick=True)  # as it was parsed for the recorded builds, or will be
        warehouse.build(small_landing, full=True, tests=True)
        return warehouse

    return once(tmp_path_factory, "small-warehouse", whole)


@pytest.fixture(scope="session")
def home(built: Warehouse, small_landing: Landing, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small world as a JOURNEY_HOME: landing zone, the builder's file, the served one. Nobody writes here: take a copy."""
    places = Places(tmp_path_factory.mktemp("explain"))
    places.build.parent.mkdir(parents=True)
    places.landing.symlink_to(small_landing.root)
    shutil.copyfile(built.path, places.build)
    keep_settings(places.build, model_settings(load({})))
    served.write(built.path, places.warehouse, before=places.warehouse)
    return places.home


@pytest.fixture(scope="session")
def evidence(home: Path) -> Iterator[Evidence]:
    """The three places of ``home``, open to be read."""
    with open_evidence(Places(home)) as opened:
        yield opened


@pytest.fixture(scope="session")
def shop_start(tmp_path_factory: pytest.TempPathFactory) -> Start:
    """An empty warehouse and dbt's recorded builds, for the tests of the very small shop."""
    return once(tmp_path_factory, "shop-start", lambda folder: start(folder, VARIABLES))


@pytest.fixture(scope="session")
def own_start(tmp_path_factory: pytest.TempPathFactory) -> Start:
    """The same with the project's own variables."""
    return once(tmp_path_factory, "own-start", lambda folder: start(folder, {}))
