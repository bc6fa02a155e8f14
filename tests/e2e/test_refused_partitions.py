"""Rows that no platform should send: the spoilt days go into quarantine, the good ones land, nothing is published."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ended import Ended, run_night
from journeys import Connections, Home
from marts import fingerprints
from nights import GA4, GOOGLE, GOOGLE_OTHER, KLAVIYO, META, Night, Said
from spoilt import DAY, RESTATED, bad_rows, day_of_the_first_click, day_of_the_first_email, restated_rows

from journey.duck import connect
from sandbox.serving import serve_all

Places = dict[str, dict[str, str]]

NIGHT = Night(
    {
        "google_ads": Said(""),
        "facebook_ads": Said(""),
        "klaviyo": Said(""),
        "ga4": Said(""),
    },
    bad_rows,
)


SOURCES = tuple(NIGHT.said)
COST, SPEND = "Metrics_cost_micros is below zero", "Spend is below zero"


@pytest.fixture(scope="module")
def places(world: Path) -> Places:
    """Source -> partition -> the first words of the reason why it is refused."""
    click, email = day_of_the_first_click(world), day_of_the_first_email(world)
    return {
        "google_ads": {
            f"google_ads/ad_performance/account={GOOGLE}/dt={DAY}": COST,
            f"google_ads/campaign_performance/account={GOOGLE}/dt={DAY}": COST,
            f"google_ads/account_performance/account={GOOGLE}/dt={DAY}": COST,
            f"google_ads/click_view/account={GOOGLE_OTHER}/dt={click}": "The key (segments_date, click_view_gclid) is not unique",
        },
        "facebook_ads": {
            f"facebook_ads/ad_insights/account={META}/dt={DAY}": SPEND,
            f"facebook_ads/account_insights/account={META}/dt={DAY}": SPEND,
        },
        "klaviyo": {f"klaviyo/events/account={KLAVIYO}/dt={email}": "Timestamp is not above zero"},
        "ga4": {f"ga4/events/account={GA4}/dt={DAY}": "Event_date lies outside the partition's day"},
    }


RESTATED_PLACES = {
    f"google_ads/{stream}/account={GOOGLE}/dt={RESTATED}/part-0.parquet"
    for stream in ("ad_performance", "campaign_performance", "account_performance")
} | {f"facebook_ads/{stream}/account={META}/dt={RESTATED}/part-0.parquet" for stream in ("ad_insights", "account_insights")}


@pytest.fixture(scope="module")
def refused(world: Path, base: Home, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    return run_night(NIGHT, SOURCES, world, base, tmp_path_factory.mktemp("refused"))["ga4"]


def test_the_spoilt_days_stay_as_they_were_and_the_restated_one_lands(refused: Ended) -> None:
    changed = {path for path, digest in refused.landed_after.items() if refused.landed_before.get(path) != digest}
    assert refused.landed_after.keys() == refused.landed_before.keys()
    assert changed == RESTATED_PLACES


def test_nothing_is_published(refused: Ended) -> None:
    assert refused.told.code == 1
    assert "build_customer_journey" not in refused.told.states()
    assert refused.served_after == refused.served_before is not None


@pytest.mark.parametrize("source", SOURCES)
def test_what_is_refused_is_in_quarantine_with_its_reason(refused: Ended, places: Places, source: str) -> None:
    folder = refused.home.places.quarantine
    found = {}
    for file in folder.glob(f"*/{source}/*/*/*/reasons.json"):
        reason = json.loads(file.read_text())
        assert (file.parent / "part-0.parquet").exists()
        assert reason["status"] == "quarantined"
        found[file.parent.relative_to(folder).as_posix().split("/", 1)[1]] = reason["message"]
    assert found.keys() == places[source].keys()
    for place, reason in places[source].items():
        assert found[place].startswith(reason), found[place]


@pytest.mark.parametrize("source", SOURCES)
def test_the_load_is_red_and_each_partition_is_named_once(refused: Ended, places: Places, source: str) -> None:
    assert refused.told.states()[f"ingest_{source}.extract"] == "done"
    assert refused.told.states()[f"ingest_{source}.land"] == "failed"
    lines = refused.messages(source)
    assert len(lines) == len(places[source]), lines
    for place, reason in places[source].items():
        _, stream, account, day = place.split("/")
        where = f"[source {source}, stream {stream}, account {account.partition('=')[2]}, day {day.partition('=')[2]}]"
        (line,) = [line for line in lines if where in line]
        assert line.startswith(f"quarantined: {reason}"), line
        assert " Kept: " in line
        assert " To do: " in line
        assert line in refused.unresolved
        assert line in refused.log, "the task's exception"
    assert refused.status_code == 1


def test_a_build_by_itself_is_refused_as_long_as_a_load_is_unresolved(
    refused: Ended, places: Places, connections: Connections, tmp_path: Path
) -> None:
    home = refused.home.copy(tmp_path / "home")
    told = home.run(connections, sources=("exchange_rates",))
    assert told.code == 1
    assert told.states()["build_customer_journey.transform"] == "failed"
    number = sum(len(held) for held in places.values())
    assert f"Not built: {number} partitions of the newest loads are failed or quarantined." in told.text
    assert home.served() == refused.served_before
    assert home.status()[1]["last_build"]["status"] == "failed"


def test_the_same_days_again_mend_everything(refused: Ended, base: Home, world: Path, tmp_path: Path) -> None:
    """The platforms have taken the bad rows back; what they restated stays restated."""
    home = refused.home.copy(tmp_path / "home")
    restated_rows(world, tmp_path / "restated")
    with serve_all(world, recorded=tmp_path / "restated") as served:
        told = home.run(served)
    assert told.code == 0, told.text
    code, status = home.status()
    assert (code, status["unresolved"], status["last_build"]["status"]) == (0, [], "published")
    before, after = (fingerprints(place.places.warehouse) for place in (base, home))
    assert impressions(base) == {platform: seen - 7 for platform, seen in impressions(home).items()}
    assert {table for table in before if before[table] != after[table]} >= {"marts.fct_ad_performance_daily"}
    assert {table: held for table, held in before.items() if table in UNTOUCHED} == {
        table: held for table, held in after.items() if table in UNTOUCHED
    }


UNTOUCHED = ("marts.fct_customer_journey", "marts.fct_conversions", "marts.fct_attribution", "marts.fct_spend_reconciliation")


def impressions(home: Home) -> dict[str, int]:
    """Platform -> impressions in the served warehouse."""
    with connect(home.places.warehouse, read_only=True) as served:
        return dict(served.execute("select platform, sum(impressions)::bigint from marts.fct_ad_performance_daily group by all").fetchall())
