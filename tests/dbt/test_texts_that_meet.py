"""The random rows of the small shop have texts whose plain hashes meet, and a build that counts on plain hashes is found out."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import filter
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest
from contract_keys import broken_laws
from dbt_warehouse import land_rows
from number_laws import meeting_numbers
from recorded_builds import Execute, Start, plainly
from small_nights import Zone
from small_rows import MEETING

from extractors.landing import Landing

MOVED = "'----' || "
TOLD_AS = {"device in a session": "1.{}.2", "sale": "purchase:{}", "email": "klaviyo/k/events/{}"}
"""The longer text that a text is part of."""
STAGED = {
    ("stg_ga4__events", "coalesce("): "numbers of visitors are of several devices",
    ("stg_ga4__events", "user_pseudo_id"): "events have the key of another",
    ("stg_ga4__events", "held"): "parameters of the night's partitions, or numbers of them, are more than the others",
    ("stg_klaviyo__events", "source_record_id"): "numbers of records of stg_klaviyo__events are of several",
}
"""A number of a text, as its model and how the expression of the text begins -> what is found where it meets."""
SESSIONS = {
    ("int_touchpoints", ""): "marts.fct_customer_journey: * values of touchpoint_id are there more than once",
    ("int_eligible_touches", ""): "touches are not counted by conversion and channel",
}
TOUCHES = {
    ("int_ga4_events", "events.user_id"): "sessions are said to be of one person, or of several, and are not",
    ("int_sessions", "landing_page"): "touches are not what their session tells of its arrival",
    ("fct_attribution", ""): "purchase:BR-1991/SP0059 linear: credit *",
}
"""The same where what one does wrong does not hide what another does."""


class Enough(Exception):
    """All that is looked at has been built."""


@pytest.mark.parametrize("kind", MEETING)
def test_plain_hashes_of_the_random_rows_meet(kind: str) -> None:
    texts = [[TOLD_AS.get(kind, "{}").format(text) for text in pair] for pair in MEETING[kind]]
    with duckdb.connect() as connection:
        assert [connection.execute("select hash(?) = hash(?)", pair).fetchall() for pair in texts] == [[(True,)]] * len(texts)


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Landing:
    """A whole landing zone of random rows."""
    zone = Landing(tmp_path_factory.mktemp("meeting") / "landing")
    land_rows(zone, Zone(Random(38)).first_night(), load="night")
    return zone


def altered(numbers: Iterable[tuple[str, str]], until: str = "(nothing)") -> tuple[Execute, set[tuple[str, str]]]:
    """Runs statements with plain hashes for the numbers, up to the first that reads or makes ``until``; and a set of those it altered."""
    done: set[tuple[str, str]] = set()

    def execute(warehouse: duckdb.DuckDBPyConnection, statement: str, *values: Any) -> None:
        if until in statement:
            raise Enough
        for model, text in numbers:
            if f'"{model}' in statement and MOVED + text in statement:
                done.add((model, text))
                statement = statement.replace(MOVED + text, "null || " + text)
        plainly(warehouse, statement, *values)

    return execute, done


def test_plain_hashes_in_staging_are_found_out(shop_start: Start, landing: Landing, tmp_path: Path) -> None:
    """Further models would multiply the events that have one key."""
    warehouse = shop_start.copy(tmp_path / "whole", built=False)
    execute, done = altered(STAGED, until="int_ga4_events")
    with pytest.raises(Enough):
        shop_start.builds.build(warehouse, landing, full=True, execute=execute)
    assert done == STAGED.keys()
    found = meeting_numbers(warehouse, STAGED.values())
    assert [wrong.partition(" ")[2] for wrong in found] == list(STAGED.values())


@pytest.mark.parametrize("numbers", [SESSIONS, TOUCHES], ids=["sessions", "touches"])
def test_a_build_by_plain_hashes_is_found_out(
    shop_start: Start, landing: Landing, tmp_path: Path, numbers: dict[tuple[str, str], str]
) -> None:
    """What the random sequences look for after each night is there as soon as a number is a plain hash, whichever it is."""
    warehouse = shop_start.copy(tmp_path / "whole", built=False)
    execute, done = altered(numbers)
    shop_start.builds.build(warehouse, landing, full=True, execute=execute)
    assert done == numbers.keys()
    found = broken_laws(warehouse) + meeting_numbers(warehouse)
    assert [law for law in numbers.values() if not filter(found, f"*{law}")] == []
