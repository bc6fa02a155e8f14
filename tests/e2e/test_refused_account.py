"""A night in which two platforms refuse one account each: the others go through to the marts, and the night ends red and says whom."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from journeys import Home, Told
from marts import fingerprints
from nights import GOOGLE, GOOGLE_OTHER, META, META_OTHER
from spoilt import restated_rows

from journey.duck import connect
from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.serving import serve_all

SOURCES = ("google_ads", "facebook_ads")
REFUSED = {"google_ads": GOOGLE_OTHER, "facebook_ads": META_OTHER}


def plan() -> FaultPlan:
    """Google tells the account's settings and refuses its metrics; Meta refuses the account altogether."""
    metrics = {"family": "authorization_error", "name": "METRIC_ACCESS_DENIED"}
    return FaultPlan(
        [
            Fault("google_ads", "refusal", "SearchStream campaign", GOOGLE_OTHER, times=None, options=metrics),
            Fault("facebook_ads", "permission_denied", account=META_OTHER, times=None),
        ]
    )


@dataclass(frozen=True)
class Refused:
    """The night and what was found while the platforms still refused."""

    home: Home
    told: Told
    status: tuple[int, dict[str, Any]]
    doctor: Told


@pytest.fixture(scope="module")
def night(world: Path, base: Home, tmp_path_factory: pytest.TempPathFactory) -> Refused:
    folder = tmp_path_factory.mktemp("refused-account")
    home = base.copy(folder / "home")
    restated_rows(world, folder / "restated")
    with serve_all(world, faults=plan(), recorded=folder / "restated") as served:
        told = home.run(served, sources=SOURCES)
        doctor = home.journey("doctor", "--json", "--source", "google_ads", "--source", "facebook_ads", connections=served)
    return Refused(home, told, home.status(), doctor)


def figures(home: Home, query: str) -> list[tuple[Any, ...]]:
    with connect(home.places.warehouse, read_only=True) as served:
        return served.execute(query).fetchall()


BY_ACCOUNT = """
select platform, account_id, sum(impressions)::bigint, sum(account_spend), count(*)
from marts.fct_ad_performance_daily group by all order by all
"""


def test_everything_is_done_but_the_check_of_the_accounts(night: Refused) -> None:
    states = night.told.states()
    for source in SOURCES:
        for task in ("extract", "validate", "land", "announce_restatement"):
            assert states[f"ingest_{source}.{task}"] == "done", night.told.text
        assert states[f"ingest_{source}.check_accounts"] == "failed"
    for task in ("transform", "audit", "publish", "report"):
        assert states[f"build_customer_journey.{task}"] == "done", night.told.text
    assert night.told.code == 1


def test_the_other_accounts_are_in_the_marts_and_the_refused_ones_as_they_were(night: Refused, base: Home) -> None:
    before, after = ({row[:2]: row[2:] for row in figures(home, BY_ACCOUNT)} for home in (base, night.home))
    assert before.keys() == after.keys()
    restated = {("google_ads", GOOGLE), ("facebook_ads", META)}
    for account in before:
        seven = 7 if account in restated else 0
        assert after[account] == (before[account][0] + seven, *before[account][1:]), account
    assert set(zip(SOURCES, REFUSED.values(), strict=True)) <= before.keys() - restated
    files_before, files = base.landed(), night.home.landed()
    assert {
        path for path, digest in files.items() if files_before.get(path) != digest and any(name in path for name in REFUSED.values())
    } == set()
    # What the refused accounts cost, their campaigns and their ads stay in every other table too.
    held_before, held = (fingerprints(home.places.warehouse) for home in (base, night.home))
    for table in ("fct_spend_reconciliation", "dim_campaigns", "dim_ads", "fct_customer_journey", "fct_attribution"):
        assert held[f"marts.{table}"] == held_before[f"marts.{table}"], table


def test_each_is_named_in_ledger_summary_status_log_and_doctor(night: Refused) -> None:
    rows = figures(night.home, "select source, account_id, stream, message from audit.load_ledger where status = 'refused' order by 1 desc")
    assert [row[:3] for row in rows] == [(source, account, "*") for source, account in REFUSED.items()]
    code, status = night.status
    assert (code, status["unresolved"], status["last_build"]["status"]) == (1, [], "published")
    log = night.home.airflow_log()
    for source, account, _, message in rows:
        for words in (
            "PermissionDenied: ",
            f"[source {source}, stream *, account {account}, day 2026-01-01..2026-01-10]",
            "Kept: ",
            "To do: ",
        ):
            assert words in message
        assert f"refused: {message}" in night.told.text.splitlines()
        assert f"refused: {message}" in status["refused_accounts"]
        assert message in log
    found = {
        (one["source"], finding["account"]): finding["level"]
        for one in json.loads(night.doctor.text)["sources"]
        for finding in one["findings"]
        if finding["check"] == "permissions" and finding["level"] != "ok"
    }
    assert found[("facebook_ads", META_OTHER)] == "error"
    assert night.doctor.code == 1


@pytest.mark.slow
def test_access_given_again_makes_the_next_run_green(night: Refused, world: Path, tmp_path: Path) -> None:
    home = night.home.copy(tmp_path / "home")
    restated_rows(world, tmp_path / "restated")
    with serve_all(world, recorded=tmp_path / "restated") as served:
        told = home.run(served, sources=SOURCES)
    assert told.code == 0, told.text
    code, status = home.status()
    assert (code, status["refused_accounts"]) == (0, [])


def test_an_account_that_was_never_read_leaves_the_first_run_green_with_a_warning(world: Path, base: Home, tmp_path: Path) -> None:
    """Beside it a source without a Connection, which is skipped without an error in Airflow's log."""
    home = Home(tmp_path / "home")
    shutil.copytree(base.path / "dbt_target", home.path / "dbt_target")  # what dbt has parsed is a cache
    with serve_all(world, sources=["facebook_ads", "exchange_rates"], faults=plan()) as served:
        told = home.run(served, sources=("facebook_ads", "exchange_rates", "matomo"))
    assert told.code == 0, told.text
    assert told.states()["ingest_facebook_ads.check_accounts"] == "done"
    assert {row[:2] for row in figures(home, BY_ACCOUNT)} == {("facebook_ads", META)}
    (line,) = [
        line for line in told.text.splitlines() if line.startswith(f"facebook_ads: account {META_OTHER} is skipped: PermissionDenied: ")
    ]
    assert "extra.accounts" in line
    assert home.status()[0] == 0
    states = told.states()
    ended = [states[f"ingest_matomo.{task}"] for task in ("extract", "validate", "land", "check_accounts")]
    assert ended == ["skipped", "skipped", "done", "done"]
    assert "XCom not found" not in home.airflow_log()
