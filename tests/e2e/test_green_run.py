"""Runs in which nothing is wrong: all sources, the same again, each source alone, none at all."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from journeys import SOURCES, Connections, Home, Told
from marts import declared, fingerprints, in_the_contract

from extractors.landing import Landing
from extractors.registry import CONNECTIONS, MODULES
from journey.duck import connect
from journey.settings import load, model_settings


def test_a_run_over_all_sources_is_green_and_published(base_run: tuple[Home, Told]) -> None:
    home, told = base_run
    assert told.code == 0, told.text
    states = told.states()
    for source in MODULES:
        assert states[f"ingest_{source}.extract"] == ("done" if source in SOURCES else "skipped"), told.text
        assert states[f"ingest_{source}"] == "done"
    assert [states[f"build_customer_journey.{task}"] for task in ("transform", "audit", "publish", "report")] == ["done"] * 4
    assert home.served() is not None
    assert home.status()[0] == 0
    (where,) = re.findall(r"^ +took  \d+ s \((.*)\)$", told.text, re.MULTILINE)
    assert {"extract", "validate", "transform"} <= set(re.findall(r"[a-z]+", where))
    (memory,) = re.findall(r"largest process had ([\d,]+) MB$", told.text, re.MULTILINE)
    assert 100 < int(memory.replace(",", "")) < 2_000
    for name in ("journey_map.html", "data_docs/index.html"):
        assert (home.places.reports / name).stat().st_size > 1000
    with connect(home.places.build, read_only=True) as built:
        kept = {name for (name,) in built.execute("select name from landing.settings").fetchall()}
    assert kept == set(model_settings(load({})))


def test_the_same_run_again_changes_nothing(base: Home, connections: Connections, tmp_path: Path) -> None:
    home = base.copy(tmp_path / "home")
    landed, marts = home.landed(), fingerprints(home.places.warehouse)
    loads = {row.load_id for row in Landing(home.places.landing).history()}
    told = home.run(connections)
    assert told.code == 0, told.text
    again = [row for row in Landing(home.places.landing).history() if row.load_id not in loads]
    assert {row.source for row in again} == set(SOURCES)
    assert len(again) > 100
    odd = {(row.source, row.stream, row.status) for row in again if row.status not in ("unchanged", "pending", "skipped")}
    assert odd == set()
    assert home.landed() == landed
    assert fingerprints(home.places.warehouse) == marts
    assert len(marts) > 15


@pytest.fixture(scope="module")
def alone(
    request: pytest.FixtureRequest, base: Home, connections: Connections, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], tuple[Home, Told]]]:
    """Each chosen source as the only one that has a Connection, two side by side."""

    def run(source: str) -> tuple[Home, Told]:
        home = Home(tmp_path_factory.mktemp(source) / "home")
        # What dbt has parsed is a cache; with it a build takes half the time.
        shutil.copytree(base.path / "dbt_target", home.path / "dbt_target")
        return home, home.run({f"{source}_default": connections[f"{source}_default"]})

    chosen = [item.callspec.params["source"] for item in request.session.items if item.name.startswith("test_one_source_alone")]
    with ThreadPoolExecutor(2) as pool:
        running = {source: pool.submit(run, source) for source in chosen}
        yield lambda source: running[source].result()


REDUCED = ("google_ads", "ga4")


@pytest.mark.parametrize("source", [name if name in REDUCED else pytest.param(name, marks=pytest.mark.slow) for name in SOURCES])
def test_one_source_alone_gives_a_warehouse(alone: Callable[[str], tuple[Home, Told]], source: str) -> None:
    home, told = alone(source)
    assert told.code == 0, told.text
    for other in MODULES:
        assert told.states()[f"ingest_{other}.extract"] == ("done" if other == source else "skipped")
        said = f"{other}: skipped, there is no Connection {CONNECTIONS[other]}" in told.text
        assert said == (other != source), told.text
    found = {name.removeprefix("marts.") for name in fingerprints(home.places.warehouse) if name.startswith("marts.")}
    assert found == declared() >= in_the_contract()
    assert home.status()[0] == 0


@pytest.mark.parametrize("asked", [SOURCES, ("klaviyo",)], ids=["all", "one"])
def test_without_any_connection_nothing_is_built_and_that_is_said(tmp_path: Path, asked: tuple[str, ...]) -> None:
    home = Home(tmp_path / "home")
    told = home.run({}, sources=asked)
    assert told.code == 1
    assert "build_customer_journey" not in told.states()
    line = next(line for line in told.text.splitlines() if line.startswith("Nothing was read and nothing built: "))
    assert "no source that was asked for has a Connection" in line
    assert "Kept: " in line
    assert "To do: write " in line
    for source in asked if asked != SOURCES else MODULES:
        assert CONNECTIONS[source] in line
    assert home.served() is None
    assert home.status()[0] == 0
