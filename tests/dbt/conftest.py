"""A small simulated world, landed through the official clients, and the warehouse built from it. Built once a session."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from dbt_warehouse import Warehouse, land_folder
from recorded_builds import Start, start
from small_world_period import DAY_COUNT, START

from extractors.landing import Landing
from extractors.stream import Days
from journey import build as journey_build
from journey.explain.evidence import Evidence, open_evidence
from journey.settings import Places
from sandbox.world.build import build
from sandbox.world.period import Period


@pytest.fixture(scope="session")
def small_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of rows and truth: 34 days, about 400 devices."""
    return build(tmp_path_factory.mktemp("world") / "world", seed=7, period=Period(START, DAY_COUNT), scale=0.12)


@pytest.fixture(scope="session")
def small_landing(small_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Landing:
    """The world's whole range, landed in one load."""
    landing = Landing(tmp_path_factory.mktemp("landing"))
    land_folder(small_world, landing, Days(START, START + timedelta(days=DAY_COUNT - 1)))
    return landing


@pytest.fixture(scope="session")
def built(small_landing: Landing, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The world's warehouse, built whole, its data tests and unit tests passed."""
    warehouse = Warehouse(tmp_path_factory.mktemp("warehouse") / "build.duckdb")
    warehouse.build(small_landing, full=True, tests=True)
    return warehouse


@pytest.fixture(scope="session")
def home(built: Warehouse, small_landing: Landing, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small world as a JOURNEY_HOME: landing zone, the builder's file, the served one. Nobody writes here: take a copy."""
    places = Places(tmp_path_factory.mktemp("explain"))
    places.build.parent.mkdir(parents=True)
    places.landing.symlink_to(small_landing.root)
    shutil.copyfile(built.path, places.build)
    journey_build._export(built.path, places.warehouse)
    return places.home


@pytest.fixture(scope="session")
def evidence(home: Path) -> Iterator[Evidence]:
    """The three places of ``home``, open to be read."""
    with open_evidence(Places(home)) as opened:
        yield opened


@pytest.fixture(scope="session")
def shop_start(tmp_path_factory: pytest.TempPathFactory) -> Start:
    """An empty warehouse and dbt's recorded builds, for the tests of the very small shop."""
    return start(tmp_path_factory.mktemp("shop_start"))
