"""The accounts of a world are a parameter: two levels of managers, accounts that end, ads that end, a second shop."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest
from simulated import START, final, ndjson, truth

from sandbox.__main__ import main
from sandbox.world.accounts import GOOGLE_ACCOUNTS, LAST_DELIVERY, META_ACCOUNTS, Accounts
from sandbox.world.brand import ATELIER_PROPERTY, GOOGLE_MANAGER, GOOGLE_REFUSED, GOOGLE_SUB_MANAGER
from sandbox.world.build import build
from sandbox.world.campaigns import google_ads, meta_ads
from sandbox.world.period import Period

ALL = Accounts(google=6, meta=3, ga4=2, refused=True)
DAYS = 45


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("accounts") / "world", seed=7, period=Period(START, DAYS), scale=0.3, accounts=ALL)


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("accounts") / "short", seed=7, period=Period(START, 20), scale=0.3, accounts=ALL)


def test_the_command_line_says_which_accounts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["world", "--out", str(tmp_path / "w"), "--days", "2", "--scale", "0.02", "--google-accounts", "3", "--ga4-properties", "2"]
    assert main(arguments) == 0
    told = json.loads((tmp_path / "w" / "world.json").read_text())["accounts"]
    assert told == {"google": 3, "meta": 2, "ga4": 2, "closes_on": 30, "refused": False}
    names = {path.name for path in (tmp_path / "w" / "google_ads").iterdir()}
    assert names == {GOOGLE_MANAGER, GOOGLE_SUB_MANAGER, *(account.customer_id for account in GOOGLE_ACCOUNTS[:3])}
    assert main([*arguments[:-4], "--google-accounts", "7"]) == 2
    assert "google: 1 to 6 accounts" in capsys.readouterr().err


def test_two_managers_list_their_clients_at_both_levels(folder: Path) -> None:
    clients = ndjson(folder, "google_ads/*/customer_client.ndjson")
    listed = {
        (row["_account"], row["customer_client"]["level"], row["customer_client"]["id"], row["customer_client"]["hidden"])
        for row in clients
    }
    top = [(0, GOOGLE_MANAGER), (1, GOOGLE_SUB_MANAGER), (1, GOOGLE_REFUSED)]
    top += [(1 if place < 2 else 2, account.customer_id) for place, account in enumerate(GOOGLE_ACCOUNTS)]
    below = [(0, GOOGLE_SUB_MANAGER), *((1, account.customer_id) for account in GOOGLE_ACCOUNTS[2:])]
    hidden = GOOGLE_ACCOUNTS[3].customer_id
    assert listed == {
        (manager, str(level), client, client == hidden)
        for manager, rows in ((GOOGLE_MANAGER, top), (GOOGLE_SUB_MANAGER, below))
        for level, client in rows
    }
    assert not (folder / "google_ads" / GOOGLE_REFUSED).exists()
    # The fifth is enabled until its thirtieth midnight and canceled from then on, in its own file and in both lists.
    closing = [row for row in clients if row["customer_client"]["id"] == GOOGLE_ACCOUNTS[4].customer_id]
    own = [
        {**row, "customer_client": row["customer"]}
        for row in ndjson(folder, f"google_ads/{GOOGLE_ACCOUNTS[4].customer_id}/customer.ndjson")
    ]
    states = Counter((row["customer_client"]["status"], row.get("_from"), row.get("_until")) for row in [*closing, *own])
    assert states == {("ENABLED", None, "2026-01-31T04:00:00+00:00"): 3, ("CANCELED", "2026-01-31T04:00:00+00:00", None): 3}


def test_every_google_account_costs_at_all_kinds_of_ends(folder: Path) -> None:
    spent: dict[str, Counter[str | None]] = defaultdict(Counter)
    last: dict[tuple[str, str | None], date] = {}
    by_account: dict[str, date] = {}
    for row in truth(folder, "ad_spend"):
        if row["platform"] == "google_ads" and row["spend"]:
            spent[row["account_id"]]["without ads" if row["ad_id"] is None else "ads"] += row["spend"]
            key = (row["campaign_id"], row["ad_id"])
            last[key] = max(last.get(key, START), row["date"])
            by_account[row["account_id"]] = max(by_account.get(row["account_id"], START), row["date"])
    assert {account.customer_id for account in GOOGLE_ACCOUNTS} == set(spent)
    assert all(sums["ads"] > 0 and sums["without ads"] > 0 for sums in spent.values())
    ended = Counter()
    for ad in google_ads(ALL):
        key = (ad.campaign.campaign_id, ad.ad_id)
        for kind, day in (("removed", ad.removed_on), ("paused or closed", ad.campaign.ends_on)):
            if day is not None and day < DAYS and key in last:
                # A click late in the site's evening is tomorrow's in a zone further east.
                assert last[key] <= START + timedelta(days=day), key
                ended[kind] += 1
    assert ended["removed"] >= 4
    assert ended["paused or closed"] >= 5
    assert by_account[GOOGLE_ACCOUNTS[4].customer_id] < START + timedelta(days=ALL.closes_on - LAST_DELIVERY + 1)
    states = {
        row["ad_group_ad"]["ad"]["id"]: row["ad_group_ad"]["status"] for row in final(ndjson(folder, "google_ads/*/ad_group_ad.ndjson"))
    }
    removed = {ad.ad_id for ad in google_ads(ALL) if ad.removed_on is not None and ad.removed_on < DAYS}
    assert {ad for ad, status in states.items() if status == "REMOVED"} == removed
    gone = {row["ad_id"] for row in truth(folder, "ad_spend") if row["platform"] == "google_ads" and row["is_deleted_ad"]}
    assert gone <= removed
    assert len(gone) >= 4


def test_meta_ads_are_deleted_and_archived_in_every_account(folder: Path) -> None:
    states = {row["id"]: row["effective_status"] for row in final(ndjson(folder, "facebook_ads/*/ads.ndjson"))}
    counts = Counter((ad.account.account_id, states[ad.ad_id]) for ad in meta_ads(ALL) if states[ad.ad_id] != "ACTIVE")
    # The second account's ad is deleted on day 45, which is the day after this world's last.
    assert counts == {
        (META_ACCOUNTS[0].account_id, "DELETED"): 2,
        (META_ACCOUNTS[0].account_id, "ARCHIVED"): 1,
        (META_ACCOUNTS[1].account_id, "ARCHIVED"): 1,
        (META_ACCOUNTS[2].account_id, "DELETED"): 1,
        (META_ACCOUNTS[2].account_id, "ARCHIVED"): 1,
    }
    spend = Counter()
    for row in truth(folder, "ad_spend"):
        if row["platform"] == "facebook_ads":
            spend[row["ad_id"]] += row["spend"]
    assert all(spend[ad] > 0 for ad in states)


def test_emulated_totals_are_the_truth_for_every_account_and_day(folder: Path) -> None:
    vendor: Counter[tuple[str, str]] = Counter()
    for row in final(ndjson(folder, "google_ads/*/performance.ndjson")):
        vendor[row["_account"], row["segments"]["date"]] += Decimal(row["metrics"]["cost_micros"]) / 1_000_000
    for row in final(ndjson(folder, "facebook_ads/*/insights.ndjson")):
        vendor[row["account_id"], row["date_start"]] += Decimal(row["spend"])
    told: Counter[tuple[str, str]] = Counter()
    for row in truth(folder, "ad_spend"):
        told[row["account_id"], row["date"].isoformat()] += row["spend"]
    assert {key: total for key, total in vendor.items() if total} == {key: total for key, total in told.items() if total}
    assert len({account for account, _ in vendor}) == 9


def test_late_conversions_are_booked_within_the_accounts_look_back(folder: Path) -> None:
    late = Counter()
    for row in ndjson(folder, "google_ads/*/performance.ndjson"):
        if "_from" not in row:
            continue
        account = next(held for held in GOOGLE_ACCOUNTS if held.customer_id == row["_account"])
        day = datetime.fromisoformat(row["segments"]["date"]).replace(tzinfo=ZoneInfo(account.zone))
        days = (datetime.fromisoformat(row["_from"]) - day).days
        assert days <= account.lookback
        late[row["_account"]] += days > 30
    assert {account.customer_id for account in GOOGLE_ACCOUNTS if account.books_late} == {name for name, count in late.items() if count}


def test_days_do_not_depend_on_the_horizon(folder: Path, short: Path) -> None:
    end = "2026-01-21"
    for pattern, day in (
        ("google_ads/*/performance.ndjson", lambda row: row["segments"]["date"]),
        ("google_ads/*/click_view.ndjson", lambda row: row["segments"]["date"]),
        ("facebook_ads/*/insights.ndjson", lambda row: row["date_start"]),
    ):
        rows = ndjson(short, pattern)
        assert rows == [row for row in ndjson(folder, pattern) if day(row) < end]
        assert len(rows) > 100
    for path in sorted(short.glob(f"ga4/*/analytics_{ATELIER_PROPERTY}/*.parquet")):
        assert pq.read_table(path).equals(pq.read_table(folder / path.relative_to(short))), path.name


def test_the_second_shop_has_a_property_of_its_own(folder: Path) -> None:
    tables = [pq.read_table(path) for path in sorted(folder.glob(f"ga4/*/analytics_{ATELIER_PROPERTY}/*.parquet"))]
    rows = [row for table in tables for row in table.to_pylist()]
    assert len(tables) == DAYS
    assert {row["device"]["web_info"]["hostname"] for row in rows} == {"www.atelieveredas.example"}
    sold = {row["ecommerce"]["transaction_id"] for row in rows if row["event_name"] == "purchase"}
    told = {row["transaction_id"] for row in truth(folder, "conversions") if str(row["transaction_id"]).startswith("FA")}
    assert sold == told
    assert len(sold) > 8
    devices = {row["user_pseudo_id"] for row in rows}
    known = {row["identifier"] for row in truth(folder, "identifiers") if row["identifier_type"] == "device"}
    assert devices <= known
    # Customers of the first shop who log in here are the same people.
    accounts = {row["user_id"] for row in rows if row["user_id"]}
    shops = Counter(row["identifier"] for row in truth(folder, "identifiers") if row["identifier_type"] == "user_id")
    assert accounts <= set(shops)
    assert len(accounts) >= 5
