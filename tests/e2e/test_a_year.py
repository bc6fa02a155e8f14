"""Six Google accounts below two managers, three Meta accounts, two GA4 properties, both email providers: nothing is lost.

A month by default, of a small shop; the year itself is slow: ``pytest -m "slow or not slow" tests/e2e/test_a_year.py``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from year_of_loads import CLOSED, GOOGLE, META, START, UNASKED, Year, live

from extractors.google_ads import SOURCE as GOOGLE_ADS
from extractors.landing import Landing, Partition
from extractors.runner import Report, run
from extractors.stream import Days
from sandbox.world.brand import ATELIER_PROPERTY, GA4_PROPERTY, GOOGLE_MANAGER, GOOGLE_REFUSED, GOOGLE_SUB_MANAGER

pytestmark = pytest.mark.timeout(1500)  # loads and one build of everything: minutes where the machine is busy
WORLDS = {
    "a month": {"days": 30, "closes_on": 22, "scale": 0.25, "again": 8},
    "a year": {"days": 365, "closes_on": 183, "scale": 0.3, "again": 91},
}
WINDOWS = {GOOGLE[0]: 31, GOOGLE[1]: 61, GOOGLE[2]: 91, GOOGLE[3]: 30, GOOGLE[4]: 31, GOOGLE[5]: 61}
"""Days that a night reads again: the longest look-back of the account's own actions, or its manager's, and the day itself; 30 at least."""


@pytest.fixture(scope="module", params=["a month", pytest.param("a year", marks=[pytest.mark.slow, pytest.mark.timeout(3600)])])
def year(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Year:
    return live(tmp_path_factory.mktemp("year"), **WORLDS[request.param])


@pytest.fixture(scope="module")
def served(year: Year) -> Iterator[duckdb.DuckDBPyConnection]:
    with year.warehouse() as connection:
        yield connection


def rows(served: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return served.execute(query).fetchall()


BY_DAY = "group by all having sum({0}) <> 0 order by all"
TRUTH = "select platform, account_id, date::date, sum(spend) from truth_ad_spend where {} " + BY_DAY.format("spend")
COMPONENT = (
    "select platform, account_id, date, sum(account_amount) from marts.fct_spend_reconciliation where grain = '{}' and component = '{}' "
    + BY_DAY.format("account_amount")
)


def test_spend_by_account_and_day_is_the_accounts_total_to_the_micro(served: duckdb.DuckDBPyConnection, year: Year) -> None:
    truth = rows(served, TRUTH.format("true"))
    assert {account for _, account, _, _ in truth} == {*GOOGLE, *META}
    performance = "select platform, account_id, date, sum(account_spend) from marts.fct_ad_performance_daily "
    assert rows(served, performance + BY_DAY.format("account_spend")) == truth
    for grain in ("account", "campaign", "ad_group", "ad"):
        assert rows(served, COMPONENT.format(grain, "billed")) == truth, grain
    assert len(truth) > 0.7 * 9 * year.days - (year.days - year.closes_on + 7)


def test_every_grains_components_add_up_in_both_currencies(served: duckdb.DuckDBPyConnection, year: Year) -> None:
    sums = rows(
        served,
        """
        select grain, count(*), count(distinct (platform, account_id, date)),
            sum(account_amount) filter (where component = 'billed'), sum(account_amount) filter (where component <> 'billed'),
            sum(amount) filter (where component = 'billed'), sum(amount) filter (where component <> 'billed')
        from marts.fct_spend_reconciliation group by grain order by grain
        """,
    )
    assert [grain for grain, *_ in sums] == ["account", "ad", "ad_group", "campaign"]
    assert all(billed == others and converted == parts for _, _, _, billed, others, converted, parts in sums)
    unequal = """
        select grain, platform, account_id, date from marts.fct_spend_reconciliation group by all
        having sum(case component when 'billed' then -account_amount else account_amount end) <> 0
            or sum(case component when 'billed' then -amount else amount end) <> 0 or count_if(amount is null) > 0
    """
    assert rows(served, unequal) == []


def test_performance_max_is_a_line_of_its_own(served: duckdb.DuckDBPyConnection) -> None:
    truth = rows(served, TRUTH.format("platform = 'google_ads' and ad_id is null"))
    assert {account for _, account, _, _ in truth} == set(GOOGLE)
    for grain in ("ad", "ad_group"):
        assert rows(served, COMPONENT.format(grain, "no_ad_rows")) == truth
    by_campaign = "group by all having sum({}) <> 0 order by all"
    told = "select account_id, campaign_id, date::date, sum(spend) from truth_ad_spend where platform = 'google_ads' and ad_id is null "
    ours = (
        "select account_id, campaign_id, date, sum(account_spend) from marts.fct_ad_performance_daily "
        "where platform = 'google_ads' and ad_id is null "
    )
    assert rows(served, ours + by_campaign.format("account_spend")) == rows(served, told + by_campaign.format("spend"))
    kinds = "select distinct campaign_type from marts.fct_ad_performance_daily join marts.dim_campaigns using (platform, campaign_id) "
    assert rows(served, kinds + "where platform = 'google_ads' and ad_id is null") == [("performance_max",)]


def test_deleted_ads_are_lines_of_their_own(served: duckdb.DuckDBPyConnection, year: Year) -> None:
    """Where the platform tells of them, each is an ad with its spend; where it does not, their sum is the account's remainder."""
    deleted = "platform = 'facebook_ads' and is_deleted_ad"
    unlisted = rows(served, TRUTH.format(f"{deleted} and account_id = '{UNASKED}'"))
    assert rows(served, COMPONENT.format("ad", "deleted_or_unlisted_ads")) == unlisted
    assert rows(served, COMPONENT.format("account", "deleted_or_unlisted_ads")) == unlisted
    assert len(unlisted) >= 10
    by_ad = "select account_id, ad_id, date::date, sum(spend) from truth_ad_spend where {} " + BY_DAY.format("spend")
    ours = (
        "select performance.account_id, performance.ad_id, date, sum(account_spend) from marts.fct_ad_performance_daily as performance "
        "inner join marts.dim_ads as ads using (platform, account_id, ad_id) where platform = '{}' and {} " + BY_DAY.format("account_spend")
    )
    listed = rows(served, by_ad.format(f"{deleted} and account_id <> '{UNASKED}'"))
    assert rows(served, ours.format("facebook_ads", "ads.effective_status = 'deleted'")) == listed
    assert {account for account, *_ in listed} == set(META[: 2 if year.days > 45 else 1])
    removed = rows(served, by_ad.format(f"platform = 'google_ads' and is_deleted_ad and account_id <> '{CLOSED}'"))
    assert rows(served, ours.format("google_ads", f"ads.status = 'removed' and account_id <> '{CLOSED}'")) == removed
    assert len(removed) > 5


def test_conversions_and_revenue_are_the_truths_over_both_shops(served: duckdb.DuckDBPyConnection) -> None:
    figures = "conversion_type, count(*), sum(gross_value), sum(refunded_value), sum(net_value)"
    ours, truth = (
        rows(served, f"select {figures} from {table} group by 1 order by 1") for table in ("marts.fct_conversions", "truth_conversions")
    )
    assert ours == truth
    sales = "select transaction_id, gross_value, net_value from {} where conversion_type = 'purchase' order by all"
    assert rows(served, sales.format("marts.fct_conversions")) == rows(served, sales.format("truth_conversions"))
    assert rows(served, "select count_if(transaction_id like 'FA%') > 0 from marts.fct_conversions") == [(True,)]


def _clicks_are_told(day: date, year: Year) -> bool:
    """Google tells a click for 90 days; two days less, since accounts lie in other zones and the loads came after midnight."""
    reach = timedelta(days=88)
    return year.closing - reach <= day < year.closing or day >= year.last - reach


def test_touchpoints_equal_the_truth_by_type_channel_and_source(served: duckdb.DuckDBPyConnection, year: Year) -> None:
    by_type = "select touchpoint_type, source_system, count(*) from {} group by all order by all"
    truth = rows(served, by_type.format("truth_touchpoints"))
    assert rows(served, by_type.format("marts.fct_customer_journey")) == truth
    assert {system for _, system, _ in truth} == {"ga4", "klaviyo", "mailchimp", "matomo", "first_party"}
    landed = f"read_parquet('{year.places.landing}/google_ads/click_view/*/*/*.parquet')"
    told = f"(select click_view_gclid from {landed} where click_view_gclid is not null)"
    untold = f"platform = 'google_ads' and click_id is not null and click_id not in {told}"
    clicked = f"select min(day)::date from truth_touchpoints where {untold} group by click_id"  # an address with one may come again later
    days = [day for (day,) in rows(served, clicked)]
    assert [day for day in days if _clicks_are_told(day, year)] == []
    assert bool(days) == (year.days > 180)
    # What was older at its load has no campaign for us: the channel of any Google click.
    channels = f"select case when {untold} then 'Paid Search' else channel end as channel, touchpoint_type from truth_touchpoints"
    arrivals = "select channel, count(*) from {} where touchpoint_type in ('ad_click', 'site_visit') group by channel order by channel"
    assert rows(served, arrivals.format("marts.fct_customer_journey")) == rows(served, arrivals.format(f"({channels})"))
    properties = rows(served, "select distinct split_part(session_id, '.', 1) from marts.fct_customer_journey where source_system = 'ga4'")
    assert {name for (name,) in properties} == {GA4_PROPERTY, ATELIER_PROPERTY}


def test_accounts_that_are_passed_over_are_recorded_and_refused_ones_named(year: Year, served: duckdb.DuckDBPyConnection) -> None:
    manager = "a manager account, which has no ads of its own"
    passed = rows(
        served, "select load_id, account_id, stream, message from audit.load_ledger where status in ('skipped', 'failed') order by 1, 2"
    )
    refused = [row for row in passed if row[1] == GOOGLE_REFUSED]
    assert [(load, stream) for load, _, stream, _ in refused] == [("google_ads-first", "*"), ("google_ads-second", "*")]
    for *_, message in refused:
        assert "USER_PERMISSION_DENIED" in message
        assert f"Refused: {', '.join(stream.name for stream in GOOGLE_ADS.streams)}." in message
    assert {(load, account, message) for load, account, _, message in passed if account != GOOGLE_REFUSED} == {
        ("google_ads-first", GOOGLE_SUB_MANAGER, manager),
        ("google_ads-first", GOOGLE_MANAGER, manager),
        ("google_ads-second", GOOGLE_SUB_MANAGER, manager),
        ("google_ads-second", GOOGLE_MANAGER, manager),
        ("google_ads-second", CLOSED, "not enabled (status CANCELED)"),
    }


def test_an_account_that_closed_keeps_its_days(year: Year, served: duckdb.DuckDBPyConnection) -> None:
    days = rows(
        served,
        "select count(distinct partition_date), min(partition_date), max(partition_date) from audit.load_ledger "
        f"where account_id = '{CLOSED}' and stream = 'account_performance' and status = 'landed'",
    )
    assert days == [(year.closes_on, START, year.closing - timedelta(days=1))]
    landing = Landing(year.places.landing)
    files = sorted((landing.root / "google_ads" / "account_performance" / f"account={CLOSED}").glob("dt=*/part-0.parquet"))
    assert len(files) == year.closes_on


def night(year: Year, landing: Landing, moment: datetime, accounts: list[str], *streams: str) -> Report:
    day = moment.date() - timedelta(days=1)
    with year.served(moment) as connections:
        report = run(
            GOOGLE_ADS, connections["google_ads"], Days(day, day), landing,
            load_id=f"night-{day}", loaded_at=moment, streams=streams, accounts=accounts, nightly=True,
        )  # fmt: skip
    assert report.errors == []
    landing.commit(report.load_id, report.partitions, landing.root / "quarantine", loaded_at=moment)
    return report


def by_account(report: Report, stream: str) -> dict[str, list[Partition]]:
    found: dict[str, list[Partition]] = defaultdict(list)
    for part in report.partitions:
        if part.stream == stream:
            found[part.account].append(part)
    return found


def test_nights_follow_each_accounts_windows_and_keep_the_clicks_for_good(year: Year, tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    report = night(year, landing, datetime.combine(year.closing, time(3), UTC), GOOGLE, "account_performance", "click_view")
    totals, clicks = by_account(report, "account_performance"), by_account(report, "click_view")
    assert {name: len(parts) for name, parts in totals.items()} == WINDOWS
    assert {name: len(parts) for name, parts in clicks.items()} == dict.fromkeys(GOOGLE, 90)
    kept = {part.path: part.rows for parts in clicks.values() for part in parts}
    assert sum(kept.values()) > 20
    # Months later three days of clicks are asked for; the old ones are there as they were, also of the account that closed.
    later = datetime.combine(year.last + timedelta(days=120), time(12), UTC)
    remaining = [name for name in GOOGLE if name != CLOSED]
    report = night(year, landing, later, remaining, "account_performance", "click_view")
    three = [(later.date() - timedelta(days=back)).isoformat() for back in (3, 2, 1)]
    asked = {name: sorted(part.dt for part in parts) for name, parts in by_account(report, "click_view").items()}
    assert asked == dict.fromkeys(remaining, three)
    totals = by_account(report, "account_performance")
    assert {name: len(parts) for name, parts in totals.items()} == {name: WINDOWS[name] for name in remaining}
    assert {path: pq.read_metadata(landing.root / path).num_rows for path in kept} == kept
