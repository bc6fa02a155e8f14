"""One small world a session, served on loopback, and one green run over it that the cases start from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from ended import Ended, run_night
from journeys import FIRST, LAST, Connections, Home, Told
from nights import NIGHTS

from sandbox.serving import serve_all
from sandbox.world.build import build
from sandbox.world.period import Period

HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is marked ``slow`` here waits for an expression that names it: ``pytest -m "slow or not slow" tests/e2e``."""
    if "slow" in (config.option.markexpr or ""):
        return
    for item in items:
        if HERE in item.path.parents and item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason='slow; -m "slow or not slow" runs it too'))


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
def base_run(connections: Connections, tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Told]:
    """All sources over all days, published. Nobody writes here: take a copy."""
    home = Home(tmp_path_factory.mktemp("base") / "home")
    return home, home.run(connections)


@pytest.fixture(scope="session")
def base(base_run: tuple[Home, Told]) -> Home:
    home, told = base_run
    assert told.code == 0, told.text
    return home


@pytest.fixture(scope="session")
def nights(
    request: pytest.FixtureRequest, world: Path, base: Home, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], dict[str, Ended]]]:
    """Each night that a chosen test asks for runs once, three side by side: half of their time is waiting."""
    callspecs = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    chosen = dict.fromkeys(params["case"][0] for params in callspecs if "case" in params)
    with ThreadPoolExecutor(3) as pool:
        running = {
            name: pool.submit(run_night, NIGHTS[name], world, base, tmp_path_factory.mktemp("night"))
            for name in sorted(chosen, key=lambda name: not NIGHTS[name].apart)
        }
        yield lambda name: running[name].result()
