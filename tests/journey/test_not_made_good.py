"""At nine somebody reads days again because a figure is wrong, and nothing can be read; the night after it goes well."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from extractors.connections import Connection, from_json
from extractors.errors import ConfigurationError
from extractors.landing import Landing
from extractors.stream import Days
from journey import build, ingest, summary
from journey.settings import Places
from sandbox.serving import serve_all
from sandbox.world.build import build as build_world
from sandbox.world.period import Period

FIRST = date(2026, 1, 1)
BACKFILL = Days(date(2026, 1, 2), date(2026, 1, 4))
NIGHT = Days(date(2026, 1, 10), date(2026, 1, 10))
MORNING = datetime(2026, 1, 10, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Connection]]:
    world = build_world(tmp_path_factory.mktemp("world") / "world", seed=7, period=Period(FIRST, 10), scale=0.1)
    with serve_all(world, sources=["klaviyo"]) as connections:
        yield {name: from_json(name, json.dumps(held)) for name, held in connections.items()}


def load(places: Places, connection: Connection, name: str, days: Days, at: datetime, *, streams: tuple[str, ...] = ()) -> None:
    loaded = ingest.load_id("klaviyo", name)
    nightly = days == NIGHT
    ingest.extract("klaviyo", connection, days, places, load=loaded, loaded_at=at, nightly=nightly, streams=streams)
    ingest.validate("klaviyo", places, load=loaded)
    ingest.land(places, load=loaded, loaded_at=at)


def told(places: Places) -> list[str]:
    return list(summary.collect(places)["not_made_good"])


def silent(good: Connection) -> Connection:
    """Nobody is at the endpoint; how long a load insists is for other tests."""
    extra = {**good.extra, "endpoint": "http://127.0.0.1:9", "retry_budget_minutes": 0.01}
    return Connection(good.conn_id, good.host, good.login, good.password, extra)


def test_a_backfill_that_brought_nothing_is_told_until_its_days_have_come(served: dict[str, Connection], tmp_path: Path) -> None:
    places, good = Places(tmp_path), served["klaviyo_default"]
    load(places, good, "first", Days(FIRST, date(2026, 1, 9)), MORNING)
    wrong = Connection(good.conn_id, good.host, good.login, "pk_wrong", good.extra)
    with pytest.raises(ingest.LoadFailed):
        load(places, wrong, "backfill", BACKFILL, MORNING + timedelta(hours=1))
    assert (len(ingest.unresolved(Landing(places.landing))), told(places)) == (1, []), "it stands against the build, and is told as that"
    load(places, good, "night", NIGHT, MORNING + timedelta(hours=20))
    build.check_landing(places)
    (sentence,) = told(places)
    assert sentence.startswith("failed: ")
    assert sentence.endswith(" (load klaviyo-backfill of 2026-01-02..2026-01-04)")
    # The two days that a person tries first are not all of it.
    load(places, good, "again", Days(BACKFILL.first, date(2026, 1, 3)), MORNING + timedelta(hours=21))
    assert told(places) == [sentence]
    load(places, good, "last", Days(BACKFILL.last, BACKFILL.last), MORNING + timedelta(hours=22))
    assert told(places) == []


def test_a_silent_endpoint_and_a_connection_that_nothing_could_be_asked_with(served: dict[str, Connection], tmp_path: Path) -> None:
    places, good = Places(tmp_path), served["klaviyo_default"]
    with pytest.raises(ingest.LoadFailed):
        load(places, silent(good), "backfill", BACKFILL, MORNING)
    unset = ConfigurationError("Field password is missing.", action="Write it.", source="klaviyo")
    ingest.record_failure(places, unset, NIGHT, load="klaviyo-night", loaded_at=MORNING + timedelta(hours=1))
    with pytest.raises(ingest.LoadFailed):
        load(places, silent(good), "names", Days(FIRST, FIRST), MORNING + timedelta(hours=2), streams=("flows",))
    load(places, good, "next", NIGHT, MORNING + timedelta(hours=20))
    ends = [sentence.split(" (load ")[1] for sentence in told(places)]
    assert ends == ["klaviyo-backfill of 2026-01-02..2026-01-04)"], "the night's own day has come, and entities of any day"
    load(places, good, "again", BACKFILL, MORNING + timedelta(hours=21))
    assert told(places) == []
