"""Bad input and bad luck: every source, every way to fail; each ends red, says one thing, and leaves everything as it was."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ended import Ended
from nights import CASES, NIGHTS

Nights = Callable[[str], dict[str, Ended]]


EVERY = pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0].replace(' ', '-')}-{case[1]}")


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
    assert not any(ended.home.places.landing.joinpath("_staged").glob("*"))


@EVERY
def test_it_says_one_thing_that_names_the_place_and_what_to_do(case: tuple[str, str], nights: Nights) -> None:
    night, source = case
    said, ended = NIGHTS[night].said[source], nights(night)[source]
    (message,) = ended.messages(source)
    assert message.startswith(f"failed: {said.error}: "), message
    for part in (*said.names, f"[source {source}, stream ", "account ", "day 2026-01-", "] Kept: ", " To do: "):
        assert part in message, (part, message)
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


@pytest.mark.parametrize("case", [case for case in CASES if case[0] == "unreachable"], ids=lambda case: case[1])
def test_an_endpoint_that_nobody_listens_on_is_given_up_within_a_minute(case: tuple[str, str], nights: Nights) -> None:
    night, source = case
    _, seconds = nights(night)[source].told.tasks[f"ingest_{source}.extract"]
    assert seconds < 60
