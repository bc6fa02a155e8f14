"""Two loads of one source read the same days side by side, and the source corrects a figure in between: what was asked for later stands."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from test_run_again import DAYS, NIGHT, Shop, Site, event, site, write

from extractors.stream import Days
from journey import ingest

__all__ = ["site"]
HEAD = "event_id,occurred_at,event_type,value,currency,transaction_id\n"


class Till(Shop):
    """One sale a day."""

    def costs(self, value: int) -> None:
        for day in DAYS:
            (self.files / f"{day}.csv").write_text(f"{HEAD}{day},{day}T12:00:00Z,purchase,{value}.00,BRL,T{day}\n")

    def read(self, name: str, days: Days, *, nightly: bool = False) -> str:
        load = ingest.load_id(self.source, name)
        ingest.extract(self.source, self.connection, days, self.places, load=load, loaded_at=datetime.now(UTC), nightly=nightly)
        return load

    def lands(self, load: str) -> dict[str, int]:
        ingest.validate(self.source, self.places, load=load)
        return dict(ingest.land(self.places, load=load))

    def sales(self) -> list[tuple[str, int, int]]:
        """Day, sales and their value, as a build finds them in place."""
        with duckdb.connect() as session:
            files = f"{self.landing.root}/first_party/events/*/*/*.parquet"
            return session.execute(f"select dt::varchar, count(*), sum(value)::int from '{files}' group by all order by 1").fetchall()


@pytest.fixture
def till(tmp_path: Path) -> Till:
    return Till(tmp_path)


def test_what_was_read_before_a_correction_does_not_replace_what_was_read_after_it(till: Till) -> None:
    till.costs(100)
    backfill = till.read("backfill__all", DAYS)
    till.costs(150)
    night = till.read("scheduled__10", Days(DAYS.last, DAYS.last), nightly=True)
    assert till.lands(night) == {"landed": 14}, "a week of events and of lines set aside"
    assert till.built(till.places.build) == [(7, 7)]
    assert till.lands(backfill) == {"landed": 6, "unchanged": 14}
    expected = [(day.isoformat(), 1, 100 if day < date(2026, 1, 4) else 150) for day in DAYS]
    assert till.sales() == expected
    rows = {row.dt: row for row in till.landing.load(backfill) if row.stream == "events"}
    assert {row.message for day, row in rows.items() if day >= "2026-01-04"} == {
        f"Not put in place: load {night} asked for it later, and what that one read stays."
    }
    for key, row in till.landing.newest({"landed", "unchanged"}, "first_party").items():
        assert till.landing.hash_in_place(row) == row.content_hash, key
    # A third one that was asked later than both replaces all of it.
    assert till.lands(till.read("manual__third", DAYS)) == {"landed": 3, "unchanged": 17}
    assert till.sales() == [(day.isoformat(), 1, 150) for day in DAYS]


def test_what_was_asked_for_later_replaces_what_landed_first(till: Till) -> None:
    till.costs(100)
    backfill = till.read("backfill__all", DAYS)
    till.costs(150)
    night = till.read("scheduled__10", Days(DAYS.last, DAYS.last), nightly=True)
    assert till.lands(backfill) == {"landed": 20}
    assert till.lands(night) == {"landed": 7, "unchanged": 7}
    assert till.sales() == [(day.isoformat(), 1, 100 if day < date(2026, 1, 4) else 150) for day in DAYS]


def test_a_load_that_waited_for_days_does_not_bring_old_figures_back(till: Till) -> None:
    """Its run was stopped between reading and landing, and its tasks after the first are cleared once other loads have come."""
    till.costs(100)
    stopped = till.read("scheduled__10", DAYS)
    till.costs(150)
    till.lands(till.read("scheduled__11", DAYS))
    assert till.lands(stopped) == {"unchanged": 20}
    assert till.sales() == [(day.isoformat(), 1, 150) for day in DAYS]


def test_a_refused_day_is_told_also_where_a_load_that_asked_earlier_lands_later(till: Till) -> None:
    day, sales = Days(DAYS.first, DAYS.first), HEAD + "".join(f"{n},2026-01-01T12:00:00Z,purchase,{{0}},BRL,T{n}\n" for n in range(30))

    def read(name: str, value: str) -> str:
        (till.files / "2026-01-01.csv").write_text(sales.replace("{0}", value))
        return till.read(name, day)

    def told() -> list[tuple[str, str]]:
        return [(row.stream, row.load_id) for row in ingest.not_made_good(till.landing)]

    till.lands(read("manual__0", "100.00"))
    earlier, later = read("manual__1", "101.00"), read("manual__2", "1.00")
    with pytest.raises(ingest.LoadFailed, match="money"):
        till.lands(later)
    assert till.lands(earlier) == {"landed": 1, "unchanged": 1}
    assert (ingest.unresolved(till.landing), told()) == ([], [("events", later)])
    till.lands(read("manual__3", "102.00"))
    assert told() == []


def test_a_cut_off_file_is_replaced_also_by_what_was_asked_for_earlier(till: Till) -> None:
    till.costs(100)
    earlier = till.read("manual__1", DAYS)
    till.lands(till.read("manual__2", DAYS))
    broken = next(till.landing.root.glob("first_party/events/*/dt=2026-01-05/*.parquet"))
    broken.write_bytes(broken.read_bytes()[:-20])
    assert till.lands(earlier) == {"landed": 1, "unchanged": 19}
    assert till.sales() == [(day.isoformat(), 1, 100) for day in DAYS]


def test_a_table_that_had_not_changed_when_asked_does_not_hide_the_change_that_another_load_brought(site: Site) -> None:
    late = {"_from": "2026-01-11T08:30:00Z"}
    write(site.files.parents[1], "events_20260103", [event(number, "20260103", **(late if number > 9 else {})) for number in range(25)])
    day = Days(date(2026, 1, 3), date(2026, 1, 3))
    assert site.load("manual__1", day, NIGHT) == {"landed": 1}
    load = ingest.load_id("ga4", "manual__2")
    ingest.extract("ga4", site.connection, day, site.places, load=load, loaded_at=NIGHT + timedelta(hours=1), nightly=False)
    site.clock.moment = NIGHT + timedelta(hours=2)
    assert site.load("manual__3", day, NIGHT + timedelta(hours=2)) == {"landed": 1}
    ingest.validate("ga4", site.places, load=load)
    assert dict(ingest.land(site.places, load=load, loaded_at=NIGHT + timedelta(hours=3))) == {"unchanged": 1}
    assert site.held() == {"2026-01-03": 25}
    assert site.built(site.places.build) == [(1, 25)]
    assert site.load("manual__4", day, NIGHT + timedelta(hours=4)) == {"unchanged": 1}
    (row,) = site.landing.load("ga4-manual__4")
    assert row.message == "Not read: nothing has changed since load ga4-manual__2."
