"""A brand with many accounts, loaded twice and built once: in mid-world, before one account closes, and after its last day.

The journey's own steps in this process, without Airflow: extract, validate, land for each source, then transform, audit,
publish. The emulators' clock stands at mid-world during the first load, so that the account is still there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import duckdb
import pytest

from extractors.connections import Connection, from_json
from extractors.registry import CONNECTIONS
from extractors.stream import Days
from journey import build, ingest
from journey.settings import Places, load
from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.emulators.recorded import Clock
from sandbox.serving import SOURCES, present, serve_all
from sandbox.world import accounts
from sandbox.world.accounts import Accounts
from sandbox.world.build import build as build_world
from sandbox.world.period import Period

START = date(2026, 1, 1)
GOOGLE = [account.customer_id for account in accounts.GOOGLE_ACCOUNTS]
META = [account.account_id for account in accounts.META_ACCOUNTS]
CLOSED = next(account.customer_id for account in accounts.GOOGLE_ACCOUNTS if account.closes)
UNASKED = META[2]
"""The Meta account whose platform refuses to be asked for deleted ads: their spend is in the account's total only."""


@dataclass(frozen=True)
class Year:
    """A world of ``days`` days, its home, and what was loaded."""

    world: Path
    places: Places
    days: int
    closes_on: int

    @property
    def last(self) -> date:
        return START + timedelta(days=self.days - 1)

    @property
    def closing(self) -> date:
        return START + timedelta(days=self.closes_on)

    @contextmanager
    def served(self, moment: datetime | None) -> Iterator[dict[str, Connection]]:
        """Connections by source to the world at a moment, or as it is after everything."""
        unasked = Fault("facebook_ads", "deleted_status_refused", account=UNASKED, times=None, options={"filtering": True})
        clock = Clock(moment, today=present(self.world))
        with serve_all(self.world, sources=SOURCES, clock=clock, faults=FaultPlan([unasked])) as served:
            yield {source: from_json(CONNECTIONS[source], json.dumps(served[CONNECTIONS[source]])) for source in SOURCES}

    def load(self, name: str, source: str, held: Connection, days: Days) -> None:
        """One load of one source, put in place."""
        load, at = f"{source}-{name}", datetime.combine(days.last + timedelta(days=1), time(12), UTC)
        ingest.extract(source, held, days, self.places, load=load, loaded_at=at, nightly=False)
        assert ingest.validate(source, self.places, load=load) == 0
        ingest.land(self.places, load=load, loaded_at=at)
        ingest.check_accounts(self.places, load=load)

    def load_everything(self, name: str, days: Days, moment: datetime | None) -> None:
        """All sources, each with the accounts that its credential sees: one of Google's may not be read, and holds nobody up."""
        with self.served(moment) as served:
            for source in SOURCES:
                self.load(name, source, served[source], days)

    def build(self) -> None:
        """Models, audit, publication."""
        build.check_landing(self.places)
        assert build.transform(self.places, load({}), full=False) > 0
        assert build.audit(self.places, build_id="build-year", validated_at=datetime(2027, 1, 2, tzinfo=UTC)) > 0
        build.publish(self.places)

    def warehouse(self) -> duckdb.DuckDBPyConnection:
        """The served file with the truth beside it as ``truth_<table>``."""
        connection = duckdb.connect(str(self.places.warehouse), read_only=True)
        for file in sorted((self.world / "truth").glob("*.parquet")):
            connection.execute(f"create temp view truth_{file.stem} as select * from read_parquet('{file}')")
        return connection


def live(folder: Path, *, days: int, closes_on: int, scale: float, again: int) -> Year:
    """Simulate the world, load it in two halves, the second with the last ``again`` days of the first once more, build once."""
    world = build_world(
        folder / "world",
        seed=7,
        period=Period(START, days),
        scale=scale,
        accounts=Accounts(google=6, meta=3, ga4=2, closes_on=closes_on, refused=True),
    )
    year = Year(world, Places(folder / "home"), days, closes_on)
    eve = year.closing - timedelta(days=1)
    year.load_everything("first", Days(START, eve), datetime.combine(year.closing, time(3), UTC))
    # What was landed then and may still move is read again, as nights would.
    year.load_everything("second", Days(year.closing - timedelta(days=again), year.last), None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JOURNEY_HOME", str(year.places.home))
        year.build()
    return year
