"""An account that may not be read: named, left out as a whole, and the others go on; red in the end where its figures are missed.

Every platform with several accounts, through its official client, in three loads: whole, refused, whole again.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import facebook_ads_folder
import ga4_folder
import google_ads_folder
import matomo_folder
import pytest

from extractors.__main__ import main
from extractors.connections import Connection, from_json
from extractors.landing import Landing
from extractors.stream import Days
from journey import ingest, summary
from journey.settings import Places
from sandbox.emulators import facebook_ads, ga4, google_ads, matomo
from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.emulators.recorded import Clock

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


def _ga4(root: Path) -> Path:
    for account in (ga4_folder.PROPERTY, "4712"):
        ga4_folder.write(root, "events_20260105", [ga4_folder.event(n) for n in range(20)], account=account)
    return root


def _meta(root: Path) -> Path:
    folder = facebook_ads_folder.write_folder(root)
    file = folder / "facebook_ads" / "act_202" / "account.ndjson"
    file.write_text(json.dumps({**json.loads(file.read_text()), "account_status": 1}) + "\n")
    return folder


@dataclass(frozen=True)
class Platform:
    """Two accounts of which one is refused, and the rows of the other in a whole load."""

    serve: Callable[..., Any]
    write: Callable[[Path], Path]
    day: date
    other: str
    refused: str
    kind: str
    operation: str
    says: str
    options: Mapping[str, Any]
    streams: tuple[str, ...] = ()


PLATFORMS = {
    "google_ads": Platform(
        google_ads.serve, google_ads_folder.build, google_ads_folder.DAYS[-1], google_ads_folder.CLIENT, google_ads_folder.OTHER,
        "refusal", "SearchStream campaign", "METRIC_ACCESS_DENIED", {"family": "authorization_error", "name": "METRIC_ACCESS_DENIED"},
        ("customer", "campaign_performance", "account_performance"),
    ),
    "facebook_ads": Platform(
        facebook_ads.serve, _meta, facebook_ads_folder.LAST, "101", "202", "permission_denied", "report_create", "code 200", {"code": 200},
        ("accounts", "account_insights"),
    ),
    "ga4": Platform(
        ga4.serve, _ga4, date(2026, 1, 5), ga4_folder.PROPERTY, "4712", "permission_denied", "tables.get", "accessDenied", {},
    ),
    "matomo": Platform(
        matomo.serve, lambda root: matomo_folder.write(root, matomo_folder.minutes(9)), date(2026, 1, 1), matomo_folder.SITE,
        matomo_folder.OTHER, "no_view_access", "Live", "may not view this site", {},
    ),
}  # fmt: skip


@dataclass
class Shop:
    """One platform and a landing zone that it loads into."""

    source: str
    platform: Platform
    server: Any
    plan: FaultPlan
    places: Places

    @property
    def landing(self) -> Landing:
        return Landing(self.places.landing)

    def connection(self, **extra: Any) -> Connection:
        told = self.server.connection
        quick = {"retry_seconds": 0.01} if self.source == "google_ads" else {}
        return from_json(f"{self.source}_default", json.dumps({**told, "extra": {**told["extra"], **quick, **extra}}))

    def load(
        self,
        name: str,
        *,
        day: date | None = None,
        nightly: bool = False,
        accounts: tuple[str, ...] = (),
        streams: tuple[str, ...] = (),
        in_connection: tuple[str, ...] = (),
        **extra: Any,
    ) -> None:
        """Extract, validate, land: what the tasks do before ``check_accounts``."""
        days = Days(day or self.platform.day, day or self.platform.day)
        extra |= {"accounts": list(in_connection)} if in_connection else {}
        at = NOW + timedelta(hours=len(self.landing.history(self.source)))
        ingest.extract(
            self.source,
            self.connection(**extra),
            days,
            self.places,
            load=name,
            loaded_at=at,
            nightly=nightly,
            accounts=accounts,
            streams=streams or self.platform.streams,
        )
        assert ingest.validate(self.source, self.places, load=name) == 0
        ingest.land(self.places, load=name, loaded_at=at)

    def refuse(self) -> Fault:
        held = self.platform
        return self.plan.add(Fault(self.source, held.kind, held.operation, held.refused, times=None, options=dict(held.options)))

    def of_the_refused(self, load: str) -> list[tuple[str, str]]:
        """(stream, status) of its ledger rows in a load."""
        return [(row.stream, row.status) for row in self.landing.load(load) if row.account == self.platform.refused]

    def landed(self, load: str, account: str) -> int:
        return sum(row.status in ("landed", "unchanged") for row in self.landing.load(load) if row.account == account)

    def files(self) -> dict[str, bytes]:
        """What is in place of the refused account."""
        found = self.places.landing.glob(f"{self.source}/*/account={self.platform.refused}/*/part-0.parquet")
        return {str(path): path.read_bytes() for path in found}


@pytest.fixture(params=PLATFORMS)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    platform = PLATFORMS[request.param]
    plan = FaultPlan()
    server = platform.serve(platform.write(tmp_path / "rows"), clock=Clock(NOW), faults=plan)
    yield Shop(request.param, platform, server, plan, Places(tmp_path / "home"))
    server.stop()


def test_one_that_was_never_read_is_a_warning(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    shop.refuse()
    shop.load("first")
    assert shop.of_the_refused("first") == [("*", "skipped")]
    assert shop.landed("first", shop.platform.other) > 0
    ingest.check_accounts(shop.places, load="first")
    (told,) = [row for row in summary.skipped_accounts(summary.ledger(shop.places)) if row["account"] == shop.platform.refused]
    for words in (shop.platform.says, "the other accounts of this load go on", f"account {shop.platform.refused}", "extra.accounts"):
        assert words in told["reason"]
        assert any(words in line.message for line in caplog.records if line.levelname == "WARNING")
    assert shop.files() == {}


def test_one_that_landed_before_keeps_its_days_and_the_run_ends_red(shop: Shop) -> None:
    shop.load("first")
    ingest.check_accounts(shop.places, load="first")
    before = shop.files()
    assert len(before) == shop.landed("first", shop.platform.refused) > 0
    shop.refuse()
    shop.load("second")
    assert shop.of_the_refused("second") == [("*", "refused")]
    assert shop.landed("second", shop.platform.other) == shop.landed("first", shop.platform.other)
    assert shop.files() == before
    assert ingest.unresolved(shop.landing) == [], "the build does not wait"
    with pytest.raises(ingest.LoadFailed) as red:
        ingest.check_accounts(shop.places, load="second")
    (told,) = ingest.refused_accounts(shop.landing)
    assert str(told.message) in str(red.value)
    for words in (shop.platform.says, f"account {shop.platform.refused}", "What had landed of this account stays", "To do: "):
        assert words in str(told.message)
    shop.plan.clear()
    shop.load("third")
    assert ingest.refused_accounts(shop.landing) == []
    assert shop.landed("third", shop.platform.refused) == shop.landed("first", shop.platform.refused)


def test_one_that_is_named_is_red_and_the_others_go_on_all_the_same(shop: Shop) -> None:
    shop.refuse()
    both = (shop.platform.other, shop.platform.refused)
    shop.load("call", accounts=both)
    shop.load("connection", in_connection=both)
    for load in ("call", "connection"):
        assert shop.of_the_refused(load) == [("*", "refused")]
        assert shop.landed(load, shop.platform.other) > 0
        with pytest.raises(ingest.LoadFailed, match=shop.platform.refused):
            ingest.check_accounts(shop.places, load=load)
    shop.load("others", in_connection=(shop.platform.other,))
    assert shop.of_the_refused("others") == []
    ingest.check_accounts(shop.places, load="others")


def test_one_that_is_unknown_and_only_named_in_the_call_is_a_slip_that_leaves_nothing(shop: Shop) -> None:
    shop.load("first")
    before = shop.landing.history()
    with pytest.raises(ingest.UnknownAccounts, match=r"Account 99 is asked for.*Ask for accounts that it sees \(") as told:
        shop.load("second", accounts=("99",))
    assert shop.platform.other in str(told.value)
    assert shop.landing.history() == before
    assert not (shop.landing.staged / "second").exists()
    with pytest.raises(ingest.LoadFailed, match=r"ConfigurationError: .*extra\.accounts"):
        shop.load("third", in_connection=("99",))
    assert [row.account for row in ingest.unresolved(shop.landing)] == ["*"], "what the Connection names is meant"


def test_where_every_account_is_refused_the_load_fails_as_a_whole(shop: Shop) -> None:
    shop.load("first")
    before = shop.files()
    shop.refuse()
    with pytest.raises(ingest.LoadFailed) as red:
        shop.load("second", accounts=(shop.platform.refused,))
    assert shop.platform.says in str(red.value)
    assert not red.value.retryable
    assert {row.status for row in shop.landing.load("second")} == {"failed"}
    assert shop.files() == before


@pytest.mark.parametrize("shop", ["facebook_ads"], indirect=True)
def test_one_that_the_credential_no_longer_sees_is_refused_until_the_others_are_named(shop: Shop, tmp_path: Path) -> None:
    """As Meta does it: an account whose access is taken away is no longer listed."""
    shop.load("first")
    before = shop.files()
    shop.server.stop()
    shutil.rmtree(tmp_path / "rows" / "facebook_ads" / "act_202")
    shop.server = facebook_ads.serve(tmp_path / "rows", clock=Clock(NOW), faults=shop.plan)
    shop.load("second")
    assert (shop.of_the_refused("second"), shop.landed("second", "101")) == ([("*", "refused")], shop.landed("first", "101"))
    (told,) = ingest.refused_accounts(shop.landing)
    assert "Account 202 landed before, but the credential of facebook_ads_default no longer sees it." in str(told.message)
    assert shop.files() == before
    shop.load("third", in_connection=("101",))
    assert ingest.refused_accounts(shop.landing) == []


@pytest.mark.parametrize("shop", ["ga4"], indirect=True)
def test_a_property_whose_dataset_may_not_be_looked_up_does_not_hold_the_other_up(shop: Shop) -> None:
    shop.plan.add(Fault("ga4", "permission_denied", account="4712", times=None))
    shop.load("first", datasets=["analytics_4711", "analytics_4712"])
    assert (shop.of_the_refused("first"), shop.landed("first", "4711")) == ([("*", "refused")], 1)
    shop.plan.clear()
    shop.load("second", datasets=["analytics_4712"])
    shop.load("third", datasets=["analytics_4711"])
    assert shop.of_the_refused("third") == [], "a property that the Connection does not name is not missed"


@pytest.mark.parametrize("shop", ["google_ads"], indirect=True)
def test_the_night_that_may_read_it_again_reads_what_the_refused_nights_would_have_read(shop: Shop) -> None:
    first = google_ads_folder.FIRST
    clicks = ("customer", "click_view")
    shop.load("landed", day=first, streams=clicks)
    shop.plan.add(Fault("google_ads", "permission_denied", "SearchStream click_view", shop.platform.refused, times=None))
    for back in (1, 2, 3):
        shop.load(f"refused-{back}", day=first + timedelta(days=back), nightly=True, streams=clicks)
        assert shop.of_the_refused(f"refused-{back}") == [("*", "refused")]
    shop.plan.clear()
    shop.load("again", day=first + timedelta(days=4), nightly=True, streams=clicks)
    days = {
        account: sorted(row.dt for row in shop.landing.load("again") if (row.stream, row.account) == ("click_view", account))
        for account in (shop.platform.other, shop.platform.refused)
    }
    # Three days are a night's window of click_view: the other account's is this night's, the refused one's reaches back to theirs.
    assert days[shop.platform.other] == [(first + timedelta(days=n)).isoformat() for n in (2, 3, 4)]
    assert days[shop.platform.refused] == [(first + timedelta(days=n)).isoformat() for n in range(-1, 5)]
    shop.load("next", day=first + timedelta(days=5), nightly=True, streams=clicks)
    read = [row.dt for row in shop.landing.load("next") if (row.stream, row.account) == ("click_view", shop.platform.refused)]
    assert sorted(read) == [(first + timedelta(days=n)).isoformat() for n in (3, 4, 5)]


@pytest.mark.parametrize("shop", ["matomo"], indirect=True)
def test_the_extractor_alone_lands_the_others_and_says_which_is_refused(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_MATOMO_DEFAULT", json.dumps(shop.server.connection))
    day = shop.platform.day.isoformat()
    command = ["matomo", "--from", day, "--to", day, "--landing", str(shop.places.landing)]
    assert main(command) == 0
    shop.refuse()
    capsys.readouterr()
    assert main(command) == 1
    said = capsys.readouterr()
    assert "matomo *: 1 partitions refused, 0 rows" in said.out
    assert f"account {shop.platform.refused}" in said.err
