"""Meta Ads lands whole: every ad, deleted ones too, and the ads add up to the account."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from facebook_ads_folder import CURRENCY, DAYS, FIRST, PLATFORMS, STATUS, insights, spend, write_folder, write_lines
from facebook_ads_load import connection as load_connection
from facebook_ads_load import fault, load, staged, totals

from extractors.errors import ConfigurationError, PayloadError
from extractors.facebook_ads import SOURCE, connection
from extractors.stream import Days
from sandbox.emulators.facebook_ads import FacebookAdsServer, serve
from sandbox.emulators.faults import FaultPlan
from sandbox.emulators.recorded import Clock


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FacebookAdsServer]:
    server = serve(write_folder(tmp_path_factory.mktemp("meta")), clock=Clock(), faults=FaultPlan())
    yield server
    server.stop()


@pytest.fixture
def server(shared: FacebookAdsServer) -> Iterator[FacebookAdsServer]:
    yield shared
    shared.faults.clear()


def test_every_day_is_one_partition_and_the_ads_add_up_to_the_account(server: FacebookAdsServer, tmp_path: Path) -> None:
    report, _ = load(server, tmp_path, "ad_insights", "account_insights")
    assert report.errors == []
    assert totals(report, "ad_insights") == {
        "101": (DAYS, 4 * DAYS * len(PLATFORMS), spend("101")),
        "202": (DAYS, DAYS * len(PLATFORMS), spend("202")),
    }
    assert totals(report, "account_insights") == {"101": (DAYS, DAYS, spend("101")), "202": (DAYS, DAYS, spend("202"))}
    assert spend("101") > spend("101", without=["904"]) > 0, "the deleted ad cost something, or the test says nothing"


def test_rows_are_the_recorded_ones(server: FacebookAdsServer, tmp_path: Path) -> None:
    report, landing = load(server, tmp_path, "ad_insights")
    rows = staged(report, landing, "ad_insights", "101").to_pylist()
    expected = {(r["date_start"], r["ad_id"], r["publisher_platform"]): r for r in insights("101")}
    assert len(rows) == len(expected)
    for row in rows:
        wanted = expected[(row["date_start"].isoformat(), row["ad_id"], row["publisher_platform"])]
        assert row["spend"] == Decimal(wanted["spend"])
        assert row["impressions"] == int(wanted["impressions"])
        assert row["inline_link_clicks"] == (int(wanted["inline_link_clicks"]) if "inline_link_clicks" in wanted else None)
        assert row["outbound_clicks"] == row["inline_link_clicks"]
        assert [row["campaign_name"], row["adset_name"], row["ad_name"]] == [
            wanted["campaign_name"],
            wanted["adset_name"],
            wanted["ad_name"],
        ]
        assert row["date_stop"] == row["date_start"]


def test_actions_keep_each_window_apart(server: FacebookAdsServer, tmp_path: Path) -> None:
    report, landing = load(server, tmp_path, "ad_insights")
    rows = staged(report, landing, "ad_insights", "101").to_pylist()
    with_actions = [row for row in rows if row["actions"] is not None]
    assert len(with_actions) == sum("actions" in row for row in insights("101")) > 0
    one = with_actions[0]
    purchases = {a["action_window"]: a["value"] for a in one["actions"] if a["action_type"] == "purchase"}
    assert purchases == {"value": 2, "1d_click": 1, "7d_click": 1, "1d_view": 1}
    assert {a["action_window"]: a["value"] for a in one["action_values"]} == {
        "value": Decimal("259.80"),
        "7d_click": Decimal("129.90"),
        "1d_view": Decimal("129.90"),
    }


def test_objects_of_every_status_land(server: FacebookAdsServer, tmp_path: Path) -> None:
    report, landing = load(server, tmp_path, "accounts", "campaigns", "adsets", "ads")
    assert report.errors == []
    ads = staged(report, landing, "ads", "101").to_pylist()
    assert {ad["id"]: ad["effective_status"] for ad in ads} == {id: status for id, status in STATUS.items() if id != "951"}
    assert {ad["creative_id"] for ad in ads} == {"6901", "6902", "6903", "6904"}
    assert {ad["url_tags"] for ad in ads} == {"utm_source=instagram&utm_content={{ad.id}}"}
    assert {json.loads(ad["object_story_spec"])["link_data"]["link"] for ad in ads} == {"https://loja.example/"}
    assert staged(report, landing, "campaigns", "101")["id"].to_pylist() == ["701", "702"]
    assert staged(report, landing, "adsets", "101")["id"].to_pylist() == ["801", "802", "803"]
    accounts = [staged(report, landing, "accounts", id).to_pylist()[0] for id in ("101", "202")]
    assert {row["account_id"]: row["currency"] for row in accounts} == CURRENCY
    assert [row["account_status"] for row in accounts] == [1, 2]


@pytest.mark.parametrize("also_in_filtering", [False, True])
def test_a_refused_deleted_filter_is_gone_round_or_named(
    server: FacebookAdsServer, tmp_path: Path, caplog: pytest.LogCaptureFixture, also_in_filtering: bool
) -> None:
    server.faults.add(fault("deleted_status_refused", times=None, filtering=also_in_filtering))
    report, landing = load(server, tmp_path, "ads", "ad_insights", accounts=["101"])
    assert report.errors == []
    ids = staged(report, landing, "ads", "101")["id"].to_pylist()
    rows, cost = totals(report, "ad_insights")["101"][1:]
    if also_in_filtering:
        assert ids == ["901", "902", "903"]
        assert (rows, cost) == (3 * DAYS * len(PLATFORMS), spend("101", without=["904"]))
        assert "deleted objects are refused and left out" in caplog.text
        assert "figures of deleted and archived ads are refused and left out" in caplog.text
    else:
        assert ids == ["901", "902", "903", "904"]
        assert cost == spend("101")
        assert "left out" not in caplog.text


def test_accounts_may_be_written_with_their_prefix(server: FacebookAdsServer, tmp_path: Path) -> None:
    report, _ = load(server, tmp_path, "accounts", accounts=["act_202"])
    assert (report.errors, [p.account for p in report.partitions]) == ([], ["202"])
    report, _ = load(server, tmp_path, "accounts", accounts="act_101, 202")
    assert [p.account for p in report.partitions] == ["101", "202"]


def test_an_account_that_is_not_seen_is_named(server: FacebookAdsServer, tmp_path: Path) -> None:
    report, _ = load(server, tmp_path, "accounts", accounts=["999"])
    assert [type(error) for error in report.errors] == [ConfigurationError]
    assert report.errors[0].account == "999"


def test_days_without_delivery_are_empty_partitions(server: FacebookAdsServer, tmp_path: Path) -> None:
    quiet = Days(FIRST.replace(month=2), FIRST.replace(month=2, day=3))
    report, _ = load(server, tmp_path, "ad_insights", days=quiet, accounts=["101"])
    assert totals(report, "ad_insights") == {"101": (3, 0, Decimal())}


def test_a_year_of_two_pages_is_read_through(tmp_path: Path) -> None:
    """More rows than a page: 120 ads x 10 days x 3 platforms."""
    base = list(insights("101"))[: DAYS * len(PLATFORMS)]
    rows = [row | {"ad_id": str(5000 + ad), "spend": f"{ad}.01"} for ad in range(120) for row in base]
    write_lines(tmp_path / "act_101" / "insights.ndjson", rows)
    write_lines(tmp_path / "act_101" / "account.ndjson", [{"id": "act_101", "account_id": "101", "account_status": 1}])
    server = serve(tmp_path, clock=Clock(), faults=FaultPlan())
    try:
        report, _ = load(server, tmp_path / "landing", "ad_insights")
    finally:
        server.stop()
    assert report.errors == []
    assert totals(report, "ad_insights") == {"101": (DAYS, 3600, sum(Decimal(row["spend"]) for row in rows))}


@pytest.mark.parametrize(
    ("stream", "operation", "field"),
    [
        ("ad_insights", "report_page", "spend"),
        ("ad_insights", "report_page", "ad_id"),
        ("ad_insights", "report_page", "date_stop"),
        ("account_insights", "report_page", "account_currency"),
        ("accounts", "get_account", "currency"),
        ("campaigns", "list_campaigns", "id"),
        ("ads", "list_ads", "adset_id"),
    ],
)
def test_a_row_without_a_required_field_is_refused(
    server: FacebookAdsServer, tmp_path: Path, stream: str, operation: str, field: str
) -> None:
    server.faults.add(fault("missing_field", operation, field=field))
    report, _ = load(server, tmp_path, stream, accounts=["101"])
    assert [type(error) for error in report.errors] == [PayloadError]
    assert field in str(report.errors[0]) or "does not say where it ends" in str(report.errors[0])
    assert [p.status for p in report.partitions] == ["failed"]


def test_an_account_without_an_id_is_refused(server: FacebookAdsServer, tmp_path: Path) -> None:
    server.faults.add(fault("missing_field", "list_accounts", field="account_id"))
    report, _ = load(server, tmp_path, "accounts")
    assert [type(error) for error in report.errors] == [PayloadError]


def test_the_token_may_stand_in_the_extra(server: FacebookAdsServer, tmp_path: Path) -> None:
    given = load_connection(server, access_token=server.credentials.token)
    api = connection.build_api(replace(given, password=None))
    assert api.call("GET", ("me",)).json()["id"] == "100000000000001"
    with pytest.raises(ConfigurationError, match="password"):
        connection.build_api(replace(load_connection(server), password=None))


def test_numbers_that_are_none_are_refused(tmp_path: Path) -> None:
    rows = list(insights("101"))
    rows[3] |= {"impressions": "many"}
    write_lines(tmp_path / "act_101" / "insights.ndjson", rows)
    write_lines(tmp_path / "act_101" / "account.ndjson", [{"id": "act_101", "account_id": "101", "account_status": 1}])
    server = serve(tmp_path, clock=Clock(), faults=FaultPlan())
    try:
        report, _ = load(server, tmp_path / "landing", "ad_insights")
    finally:
        server.stop()
    assert [type(error) for error in report.errors] == [PayloadError]
    assert "impressions" in str(report.errors[0])
    assert "many" not in str(report.errors[0]), "row content stays out of messages"


def test_the_source_is_what_the_contract_says() -> None:
    assert SOURCE.api_version == "v26.0"
    assert [stream.name for stream in SOURCE.streams] == ["accounts", "campaigns", "adsets", "ads", "ad_insights", "account_insights"]
    for name in ("ad_insights", "account_insights"):
        stream = SOURCE.stream(name)
        assert (stream.restatement_days, stream.control_columns, stream.date_column) == (29, ("spend",), "date_start")
    assert connection.account_id(" act_12 ") == connection.account_id("12") == "12"


def test_amounts_of_any_length_land_to_the_millionth_and_what_is_no_amount_is_unknown(tmp_path: Path) -> None:
    told = {
        "57.1234567": Decimal("57.123457"),
        "33.333333333333336": Decimal("33.333333"),
        "2.5e-7": Decimal("0.000000"),
        "202601051234567": None,
        "1e40": None,
        "NaN": None,
    }
    rows = list(insights("101"))[: len(told)]
    for row, value in zip(rows, told, strict=True):
        row |= {"spend": "1.0000005", "action_values": [{"action_type": "omni_purchase", "value": value, "7d_click": "1.5"}]}
    write_lines(tmp_path / "act_101" / "insights.ndjson", rows)
    write_lines(tmp_path / "act_101" / "account.ndjson", [{"id": "act_101", "account_id": "101", "account_status": 1}])
    server = serve(tmp_path, clock=Clock(), faults=FaultPlan())
    try:
        report, landing = load(server, tmp_path / "landing", "ad_insights")
    finally:
        server.stop()
    assert report.errors == []
    found = {
        (row["date_start"].isoformat(), row["ad_id"], row["publisher_platform"]): row
        for row in staged(report, landing, "ad_insights", "101").to_pylist()
    }
    assert len(found) == len(told)
    for row, value in zip(rows, told, strict=True):
        landed = found[row["date_start"], row["ad_id"], row["publisher_platform"]]
        assert landed["spend"] == Decimal("1.000001")
        assert [act["value"] for act in landed["action_values"]] == [told[value], Decimal("1.5")]
