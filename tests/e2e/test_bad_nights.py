"""Bad input and bad luck: every source, every way to fail; each ends red, says one thing, and leaves everything as it was."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from ended import Ended
from journeys import Home
from leaks import addresses, found_in
from nights import NIGHTS

Nights = Callable[[str], dict[str, Ended]]

FEW = {"unreachable": ("google_ads", "klaviyo"), "throttled for ever": ("facebook_ads",)}
"""Of the nights that are a run for each source: what is run by default. The others are ``slow``."""
CASES = [
    pytest.param(
        (night, source),
        id=f"{night.replace(' ', '-')}-{source}",
        marks=() if source in FEW.get(night, held.said) else pytest.mark.slow,
    )
    for night, held in NIGHTS.items()
    for source in held.said
]
EVERY = pytest.mark.parametrize("case", CASES)


def _between(first: str, last: str, log: str) -> timedelta:
    """The time from one line of Airflow's log to another. (A task's duration is that of its machine's queue as well.)"""
    when = [datetime.fromisoformat(re.findall(rf"^(\S+)Z .*{line}", log, re.MULTILINE)[0]) for line in (first, last)]
    return when[1] - when[0]


@EVERY
def test_it_ends_red_and_leaves_everything_as_it_was(case: tuple[str, str], nights: Nights) -> None:
    night, source = case
    ended = nights(night)[source]
    assert ended.told.code == 1, ended.told.text
    assert ended.told.states()[f"ingest_{source}.extract"] == "failed", ended.told.text
    assert ended.told.states()[f"ingest_{source}.land"] == "not run"
    assert "build_customer_journey" not in ended.told.states()
    assert ended.landed_after == ended.landed_before
    assert len(ended.landed_before) > 100
    assert ended.served_after == ended.served_before is not None
    for left in ended.home.places.landing.joinpath("_staged").glob("*"):
        # A load that may come whole when it is tried again goes on from what it had finished.
        assert night == "throttled for ever"
        assert left.name.startswith(f"{source}-")
        assert left.joinpath("progress.jsonl").exists()
    if night == "unreachable":
        assert _between("Task started", "end task task_id=extract", ended.log) < timedelta(minutes=1)


@EVERY
def test_it_says_one_thing_that_names_the_place_and_what_to_do(case: tuple[str, str], nights: Nights) -> None:
    night, source = case
    said, ended = NIGHTS[night].said[source], nights(night)[source]
    (message,) = ended.messages(source)
    assert message.startswith(f"failed: {said.error}: "), message
    for part in (*said.names, "] Kept: ", " To do: "):
        assert part in message, (part, message)
    # One day of those asked for, or all of them; exchange rates are read from a week before.
    day = r"2026-01-(0\d|10)|(2026-01-01|2025-12-25)\.\.2026-01-10"
    assert re.search(rf"\[source {source}, stream [^ ,]+, account [^ ,]+, day ({day})\]", message), message
    assert len(message) < 700, message


@EVERY
def test_status_and_the_task_say_the_same(case: tuple[str, str], nights: Nights) -> None:
    night, source = case
    ended = nights(night)[source]
    (message,) = ended.messages(source)
    assert ended.status_code == 1
    assert message in ended.unresolved
    assert any(
        line.split(": ", 1)[1] == message.removeprefix("failed: ")
        for line in ended.log.splitlines()
        if line.startswith(("airflow.sdk.exceptions.AirflowFailException: ", "journey.ingest.LoadFailed: "))
    ), message


@pytest.fixture(scope="module")
def persons(world: Path) -> frozenset[bytes]:
    return addresses(world)


@EVERY
def test_it_writes_no_credential_and_no_address(case: tuple[str, str], nights: Nights, base: Home, persons: frozenset[bytes]) -> None:
    """Least of all when things go wrong. (What a run of several sources left is searched once, what was there before in test_secrets.)"""
    night, source = case
    ended = nights(night)
    held = ended[source]
    assert len(held.secrets) >= 6
    if source == next(name for name, other in ended.items() if other.home == held.home):
        assert found_in(held.home.path, held.secrets, persons, but=base.path) == []
    assert not [secret for secret in held.secrets if secret in held.told.text]
