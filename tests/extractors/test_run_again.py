"""A run that has landed and is started again, as where its task ``extract`` is cleared or its DAG run is deleted: it has the same name."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from ga4_folder import event, write

from extractors.connections import Connection, from_json
from extractors.errors import ConfigurationError
from extractors.landing import Landing
from extractors.stream import Days
from journey import ingest, summary
from journey.prepare import in_place, prepare
from journey.settings import Places
from sandbox.emulators.faults import FaultPlan
from sandbox.emulators.ga4 import serve
from sandbox.emulators.recorded import Clock

NIGHT = datetime(2026, 1, 11, 7, tzinfo=UTC)
LOAD = "scheduled__2026-01-11"
DAYS = Days(date(2026, 1, 1), date(2026, 1, 10))


class Shop:
    """A home, and the files of a till: two events a day from 1 to 10 January."""

    source = "first_party"

    def __init__(self, root: Path) -> None:
        self.places = Places(root / "home")
        self.landing = Landing(self.places.landing)
        self.files = root / "files" / "loja"
        self.files.mkdir(parents=True)
        for day in DAYS:
            lines = "".join(f"{day}-{number},{day}T1{number}:00:00Z,support\n" for number in range(2))
            (self.files / f"{day}.csv").write_text("event_id,occurred_at,event_type\n" + lines)

    @property
    def connection(self) -> Connection:
        return Connection("first_party_default", extra={"path": str(self.files.parent)})

    def load(self, name: str, days: Days, at: datetime, *, nightly: bool = False) -> dict[str, int]:
        load = ingest.load_id(self.source, name)
        ingest.extract(self.source, self.connection, days, self.places, load=load, loaded_at=at, nightly=nightly)
        ingest.validate(self.source, self.places, load=load)
        return dict(ingest.land(self.places, load=load, loaded_at=at))

    def held(self) -> dict[str, int]:
        """Day -> rows of the events that a build would read, by the ledger."""
        return {key[3]: row.rows for key, row in in_place(self.landing).items() if key[1] == "events"}

    def built(self, build: Path) -> list[tuple[int, int]]:
        """Days that have changed since the last build, and rows in what it reads of them."""
        build.parent.mkdir(parents=True, exist_ok=True)
        changed = prepare(build, self.landing, full=False)
        with duckdb.connect(build) as warehouse:
            (rows,) = warehouse.execute(f"select count(*) from landing.{self.source}__events").fetchall()
        return [(len([key for key in changed if key[1] == "events"]), rows[0])]


ALL = {day.isoformat(): 2 for day in DAYS}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_a_try_that_fails_takes_nothing_out_of_the_warehouse(shop: Shop) -> None:
    assert shop.load(LOAD, DAYS, NIGHT) == {"landed": 20}
    shutil.move(shop.files.parent, shop.files.parent.with_suffix(".away"))
    with pytest.raises(ingest.LoadFailed):
        shop.load(LOAD, DAYS, NIGHT + timedelta(hours=1))
    assert shop.held() == ALL
    assert [row.status for row in ingest.unresolved(shop.landing)] == ["failed"], "and it is told until a load comes whole"
    # As where the Connection cannot be read, which is said before anything is asked.
    wrong = ConfigurationError("Field path is missing.", action="Write it.", source="first_party")
    ingest.record_failure(shop.places, wrong, DAYS, load=ingest.load_id("first_party", LOAD), loaded_at=NIGHT + timedelta(hours=2))
    assert shop.held() == ALL
    shutil.move(shop.files.parent.with_suffix(".away"), shop.files.parent)
    last = Days(DAYS.last, DAYS.last)
    assert shop.load("manual__other", last, NIGHT + timedelta(hours=3)) == {"unchanged": 2}
    assert (shop.held(), ingest.unresolved(shop.landing)) == (ALL, [])
    assert shop.built(shop.places.build) == [(10, 20)]


def test_a_night_that_caught_up_reads_fewer_days_the_second_time_and_loses_none(shop: Shop) -> None:
    assert shop.load("backfill__2026-01-01", Days(DAYS.first, DAYS.first), NIGHT - timedelta(days=9)) == {"landed": 2}
    night = Days(DAYS.last, DAYS.last)
    assert shop.load(LOAD, night, NIGHT, nightly=True)["landed"] == 18, "nine days that no night had read"
    (shop.files / f"{DAYS.last}.csv").write_text("event_id,occurred_at,event_type\nother,2026-01-10T10:00:00Z,support\n")
    assert shop.load(LOAD, night, NIGHT + timedelta(hours=1), nightly=True) == {"landed": 1, "unchanged": 13}, "a week"
    assert shop.held() == ALL | {"2026-01-10": 1}
    assert shop.built(shop.places.build) == [(10, 19)]
    loads = {row["stream"]: row["newest_load"] for row in summary.landed(summary.ledger(shop.places))}
    assert loads == {"events": {"landed": 1, "unchanged": 6}, "rejected_lines": {"unchanged": 7}}, "of the newest try alone"


def test_a_day_that_comes_without_its_money_is_refused_also_in_the_run_that_landed_it(shop: Shop) -> None:
    """What the run itself has landed is what it is compared with."""
    file = shop.files / f"{DAYS.first}.csv"
    sale = "{0},2026-01-01T10:00:00Z,purchase,{1},BRL,T{0}\n"
    head = "event_id,occurred_at,event_type,value,currency,transaction_id\n"
    file.write_text(head + "".join(sale.format(number, "100.00") for number in range(30)))
    day = Days(DAYS.first, DAYS.first)
    assert shop.load(LOAD, day, NIGHT) == {"landed": 2}
    file.write_text(head + "".join(sale.format(number, "1.00") for number in range(30)))
    with pytest.raises(ingest.LoadFailed, match="money"):
        shop.load(LOAD, day, NIGHT + timedelta(hours=1))
    assert shop.held() == {"2026-01-01": 30}
    with duckdb.connect() as session:
        (value,) = session.execute(f"select sum(value) from '{shop.landing.root}/first_party/events/*/dt=2026-01-01/*.parquet'").fetchall()
    assert value[0] == 3000


class Site(Shop):
    """A GA4 property with a daily table for each of three days."""

    source = "ga4"

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        for day in (2, 3, 4):
            write(root, f"events_2026010{day}", [event(number, f"2026010{day}") for number in range(10)])
        self.clock = Clock(NIGHT)
        self.server = serve(root, clock=self.clock, faults=FaultPlan())

    @property
    def connection(self) -> Connection:
        return from_json("ga4_default", json.dumps(self.server.connection))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.server.stop()


def test_tables_that_have_not_changed_since_the_first_try_stay_in_the_warehouse(site: Site) -> None:
    days, build = Days(date(2026, 1, 2), date(2026, 1, 4)), site.places.build
    assert site.load(LOAD, days, NIGHT) == {"landed": 3}
    assert site.built(build) == [(3, 30)]
    for hours in (1, 2, 3):
        assert site.load(LOAD, days, NIGHT + timedelta(hours=hours)) == {"unchanged": 3}
        assert site.held() == {"2026-01-02": 10, "2026-01-03": 10, "2026-01-04": 10}
    assert site.built(build) == [(3, 30)]
    assert len(site.landing.history()) == 12, "the ledger tells of each try"


def test_days_that_an_earlier_version_called_unchanged_and_nothing_else_come_back(site: Site) -> None:
    """It kept the ledger of the newest try alone."""
    days = Days(date(2026, 1, 2), date(2026, 1, 4))
    site.load(LOAD, days, NIGHT)
    site.load(LOAD, days, NIGHT + timedelta(hours=1))
    for earlier in site.landing.ledger.glob("ga4/*~*.jsonl"):
        earlier.unlink()
    assert [row.status for row in site.landing.history()] == ["unchanged"] * 3
    assert site.built(site.places.build) == [(3, 30)]
