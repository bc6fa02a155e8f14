"""One small world a session, served on loopback, and one green run over it that the cases start from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ended import Ended, run_night
from journeys import FIRST, LAST, Connections, Home, Told
from leaks import secrets
from nights import NIGHTS
from once import once

from sandbox.serving import serve_all
from sandbox.world.build import build
from sandbox.world.period import Period

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten days, about 80 visitors."""
    days = (LAST - FIRST + timedelta(days=1)).days
    return build(tmp_path_factory.mktemp("world") / "world", seed=7, period=Period(FIRST, days), scale=0.1)


@pytest.fixture(scope="session")
def connections(world: Path) -> Iterator[Connections]:
    """The world without faults, served for the whole session."""
    with serve_all(world) as served:
        yield served


@pytest.fixture(scope="session")
def base_made(connections: Connections, tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Told, frozenset[str]]:
    """All sources over all days, published, and the credentials of it; made once a run. Nobody writes here: take a copy."""

    def run(folder: Path) -> tuple[Home, Told, frozenset[str]]:
        home = Home(folder / "home")
        return home, home.run(connections), secrets(connections)

    return once(tmp_path_factory, "base-run", run)


@pytest.fixture(scope="session")
def base_run(base_made: tuple[Home, Told, frozenset[str]]) -> tuple[Home, Told]:
    return base_made[:2]


@pytest.fixture(scope="session")
def base(base_run: tuple[Home, Told]) -> Home:
    home, told = base_run
    assert told.code == 0, told.text
    return home


@pytest.fixture(scope="session")
def nights(
    request: pytest.FixtureRequest, world: Path, base: Home, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], dict[str, Ended]]]:
    """Each night that a chosen test asks for runs once, with the sources that are asked about, three side by side: half of
    their time is waiting."""
    chosen: dict[str, dict[str, None]] = {}
    own = [item for item in request.session.items if HERE in item.path.parents]
    for name, source in [item.callspec.params["case"] for item in own if "case" in _parameters(item)]:
        chosen.setdefault(name, {})[source] = None
    with ThreadPoolExecutor(3) as pool:
        running = {
            name: pool.submit(run_night, NIGHTS[name], list(chosen[name]), world, base, tmp_path_factory.mktemp("night"))
            for name in sorted(chosen, key=lambda name: not NIGHTS[name].apart)
        }
        yield lambda name: running[name].result()


def _parameters(item: pytest.Item) -> dict[str, Any]:
    return item.callspec.params if hasattr(item, "callspec") else {}
