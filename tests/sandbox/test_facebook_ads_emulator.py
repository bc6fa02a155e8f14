"""The Graph emulator, met by the official client over a real socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from facebook_ads_rows import INSIGHTS, MARCH, STATUSES, api_of, insight, write, write_account
from facebook_business.adobjects.ad import Ad
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.adreportrun import AdReportRun
from facebook_business.adobjects.campaign import Campaign
from facebook_business.adobjects.user import User
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookBadObjectError, FacebookRequestError

from sandbox.emulators.facebook_ads import FacebookAdsServer, serve
from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.emulators.recorded import Clock


def spends(rows: Any) -> Decimal:
    return sum((Decimal(row["spend"]) for row in rows), Decimal())


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FacebookAdsServer]:
    server = serve(write_account(tmp_path_factory.mktemp("graph")), clock=Clock(), faults=FaultPlan())
    yield server
    server.stop()


@pytest.fixture
def server(shared: FacebookAdsServer) -> Iterator[FacebookAdsServer]:
    yield shared
    shared.faults.clear()


@pytest.fixture
def account(server: FacebookAdsServer) -> AdAccount:
    return AdAccount("act_7", api=api_of(server))


def test_the_user_sees_the_accounts(server: FacebookAdsServer) -> None:
    cursor = User("me", api=api_of(server)).get_ad_accounts(fields=["currency", "account_status"])
    assert [(a["id"], a["currency"], a["account_status"]) for a in cursor] == [("act_7", "EUR", 2)]
    assert cursor.total() == 1
    assert AdAccount("act_7", api=api_of(server)).api_get(fields=["timezone_name"])["timezone_name"] == "Europe/Lisbon"


def test_edges_hide_what_is_deleted_or_archived_unless_asked(account: AdAccount) -> None:
    assert [ad["id"] for ad in account.get_ads()] == ["31"]
    assert {ad["id"] for ad in account.get_ads(params={"effective_status": ["DELETED", "ARCHIVED"]})} == {"32", "33"}
    only = {"filtering": [{"field": "ad.effective_status", "operator": "IN", "value": ["DELETED"]}]}
    assert [ad["id"] for ad in account.get_ads(params=only)] == ["33"]
    assert [c["id"] for c in account.get_campaigns()] == ["11"]
    assert [ad["id"] for ad in Campaign("11", api=account.get_api()).get_ads(params={"effective_status": list(STATUSES.values())})] == list(
        STATUSES
    )


def test_fields_are_selected_also_inside_the_creative(account: AdAccount) -> None:
    ads = list(account.get_ads(fields=["name", "creative{id,url_tags}", "campaign{name}"]))
    assert [ad.export_all_data() for ad in ads] == [
        {"id": "31", "creative": {"id": "431", "url_tags": "a=b"}, "campaign": {"id": "11", "name": "c11"}}
    ]
    assert account.get_ads()[0].export_all_data() == {"id": "31"}
    with pytest.raises(FacebookRequestError) as caught:
        account.get_ads(fields=["nonsense"])
    assert (caught.value.api_error_code(), caught.value.http_status()) == (100, 400)
    assert [c["url_tags"] for c in account.get_ad_creatives(fields=["url_tags"])] == ["a=b"] * 3


def test_levels_and_breakdowns_sum_the_same_rows(account: AdAccount) -> None:
    def ask(**params: Any) -> list[Any]:
        return list(account.get_insights(fields=["spend", "impressions", "ad_id"], params={"time_range": MARCH, **params}))

    whole = spends(INSIGHTS)
    kept = spends(row for row in INSIGHTS if row["ad_id"] != "33")
    assert [(row["spend"], row["impressions"], row["date_start"], row["date_stop"]) for row in ask()] == [
        (str(whole), "60", "2026-03-01", "2026-03-31")
    ]
    assert [(row["date_start"], row["spend"]) for row in ask(time_increment=1)] == [
        ("2026-03-01", "3.30"),
        ("2026-03-02", "12.06"),
        ("2026-03-03", "16.00"),
    ]
    assert spends(ask(level="campaign")) == whole
    assert [row["spend"] for row in ask(level="campaign")] == ["7.35", "24.01"]
    ads = ask(level="ad", time_increment=1, breakdowns=["publisher_platform"], limit=2)
    assert (len(ads), spends(ads)) == (4, kept), "level=ad leaves the deleted ad out, the archived one not"
    deleted = [{"field": "ad.effective_status", "operator": "IN", "value": ["DELETED"]}]
    assert spends(ask(level="ad", filtering=deleted)) == whole - kept == Decimal("24.01")
    assert {row["publisher_platform"] for row in ask(breakdowns=["publisher_platform"])} == {"facebook", "instagram", "messenger"}
    assert spends(Ad("33", api=account.get_api()).get_insights(fields=["spend"], params={"time_range": MARCH})) == Decimal("24.01")
    by_two = ask(time_increment=2)
    assert [(row["date_start"], row["date_stop"], row["spend"]) for row in by_two] == [
        ("2026-03-01", "2026-03-02", "15.36"),
        ("2026-03-03", "2026-03-04", "16.00"),
    ]


def test_actions_come_by_window_and_not_when_zero(account: AdAccount) -> None:
    fields = ["actions", "inline_link_clicks", "attribution_setting", "cpc", "ad_id"]
    params = {"time_range": MARCH, "level": "ad", "action_attribution_windows": ["7d_click", "1d_view", "28d_view"]}
    rows = {row["ad_id"]: row.export_all_data() for row in account.get_insights(fields=fields, params=params)}
    assert rows["31"]["actions"] == [{"action_type": "purchase", "value": "3", "7d_click": "2", "1d_view": "1"}]
    assert rows["31"]["inline_link_clicks"] == "1"
    assert rows["31"]["cpc"] == "1.116667"
    assert {"actions", "inline_link_clicks", "attribution_setting"}.isdisjoint(rows["32"])
    plain = account.get_insights(fields=["actions"], params={"time_range": MARCH, "level": "ad"})
    assert plain[0]["actions"] == [{"action_type": "purchase", "value": "3"}]


def test_a_report_run_goes_through_its_states(account: AdAccount) -> None:
    run = account.get_insights_async(
        fields=["spend", "ad_id"], params={"time_range": MARCH, "level": "ad", "time_increment": 1, "limit": 1}
    )
    assert isinstance(run, AdReportRun)
    with pytest.raises(FacebookRequestError) as caught:
        run.get_result()
    assert (caught.value.api_error_code(), caught.value.api_error_subcode()) == (2601, 1815107)
    states = [(look["async_status"], look["async_percent_completion"]) for look in (run.api_get() for _ in range(4))]
    assert states == [("Job Started", 0), ("Job Running", 100), ("Job Completed", 100), ("Job Completed", 100)]
    rows = list(run.get_result(params={"limit": 2}))
    assert [(row["ad_id"], row["spend"]) for row in rows] == [("31", "3.30"), ("31", "0.05"), ("32", "4.00")]


@pytest.mark.parametrize(
    ("fields", "params"),
    [
        (["spent"], {}),
        (["spend"], {"breakdowns": ["age"]}),
        (["spend"], {"level": "adgroup"}),
        (["spend"], {"action_attribution_windows": ["90d_click"]}),
        (["spend"], {"filtering": [{"field": "ad.mood", "operator": "IN", "value": []}]}),
        (["spend"], {"filtering": [{"field": "spend", "operator": "LIKE", "value": 1}]}),
        (["spend"], {"time_increment": 0}),
        (["spend"], {"time_range": {"since": "2026-03-31", "until": "2026-03-01"}}),
    ],
)
def test_what_graph_does_not_take_is_code_100(account: AdAccount, fields: list[str], params: dict[str, Any]) -> None:
    for ask in (account.get_insights, account.get_insights_async):
        with pytest.raises(FacebookRequestError) as caught:
            ask(fields=fields, params={"time_range": MARCH, **params})
        assert caught.value.api_error_code() == 100


def test_credentials_are_checked(server: FacebookAdsServer) -> None:
    def code(api: FacebookAdsApi) -> int:
        with pytest.raises(FacebookRequestError) as caught:
            User("me", api=api).get_ad_accounts()
        assert caught.value.body()["error"]["fbtrace_id"]
        return int(caught.value.api_error_code())

    assert code(api_of(server, token="another")) == 190
    assert code(api_of(server, secret="another")) == 100
    assert requests.get(f"{server.url}/v26.0/me", timeout=5).json()["error"]["code"] == 104
    assert requests.get(f"{server.url}/v19.0/me", timeout=5).json()["error"]["code"] == 2635
    bearer = {"Authorization": f"Bearer {server.credentials.token}"}
    assert requests.get(f"{server.url}/v26.0/act_8/", headers=bearer, timeout=5).json()["error"]["error_subcode"] == 33


def test_paging_names_the_next_page_whole(server: FacebookAdsServer) -> None:
    params = {"access_token": server.credentials.token, "fields": "spend", "level": "ad", "time_range": json.dumps(MARCH), "limit": 1}
    url, pages = f"{server.url}/v26.0/act_7/insights", []
    while url:
        body = requests.get(url, params=params, timeout=5).json()
        pages.append(body["data"])
        assert set(body["paging"]["cursors"]) == {"before", "after"}
        url, params = body["paging"].get("next"), {}
    assert [len(page) for page in pages] == [1, 1]


def test_the_clock_decides_what_is_seen(tmp_path: Path) -> None:
    early = insight("31", 1, "facebook", "1.00") | {"_until": "2026-03-05T00:00:00Z"}
    restated = insight("31", 1, "facebook", "1.50") | {"_from": "2026-03-05T00:00:00Z"}
    write(tmp_path / "act_7" / "insights.ndjson", [early, restated])
    alive = {"id": "31", "effective_status": "ACTIVE", "_until": "2026-03-06T00:00:00Z"}
    write(tmp_path / "act_7" / "ads.ndjson", [alive])
    clock = Clock(datetime(2026, 3, 4, tzinfo=UTC))
    server = serve(tmp_path, clock=clock, faults=FaultPlan())
    try:
        account = AdAccount("act_7", api=api_of(server))

        def seen() -> list[str]:
            return [row["spend"] for row in account.get_insights(fields=["spend"], params={"time_range": MARCH, "level": "ad"})]

        assert seen() == ["1.00"]
        clock.moment = datetime(2026, 3, 5, 12, tzinfo=UTC)
        assert seen() == ["1.50"]
        clock.moment = datetime(2026, 3, 7, tzinfo=UTC)
        assert (seen(), list(account.get_ads())) == ([], []), "an ad that is no longer there is a deleted one"
    finally:
        server.stop()


def test_throttling_is_told_in_the_usage_header(server: FacebookAdsServer, account: AdAccount) -> None:
    server.faults.add(Fault("facebook_ads", "throttled", "list_ads", options={"minutes": 9}))
    with pytest.raises(FacebookRequestError) as caught:
        account.get_ads()
    assert caught.value.api_error_code() == 80000
    headers = {name.lower(): value for name, value in caught.value.http_headers().items()}
    assert "retry-after" not in headers
    usage = json.loads(headers["x-business-use-case-usage"])["7"][0]
    assert (usage["estimated_time_to_regain_access"], usage["call_count"], usage["type"]) == (9, 100, "ads_management")
    assert len(list(account.get_ads())) == 1


@pytest.mark.parametrize(
    ("kind", "options", "code"),
    [
        ("token_expired", {}, 190),
        ("permission_denied", {"code": 10}, 10),
        ("account_disabled", {}, 200),
        ("error_in_200", {}, 2),
        ("reduce_data", {}, 1),
    ],
)
def test_faults_that_are_errors(server: FacebookAdsServer, account: AdAccount, kind: str, options: dict[str, Any], code: int) -> None:
    server.faults.add(Fault("facebook_ads", kind, "list_campaigns", account="7", options=options))
    with pytest.raises(FacebookRequestError) as caught:
        account.get_campaigns()
    assert caught.value.api_error_code() == code


@pytest.mark.parametrize("kind", ["html_502", "empty_200"])
def test_faults_that_are_no_graph_answers(server: FacebookAdsServer, account: AdAccount, kind: str) -> None:
    """The client does not look at the HTTP status; it stumbles over the body."""
    server.faults.add(Fault("facebook_ads", kind))
    with pytest.raises(FacebookBadObjectError):
        account.get_insights(fields=["spend"])
    url = f"{server.url}/v26.0/me?access_token={server.credentials.token}"
    server.faults.add(Fault("facebook_ads", kind))
    answer = requests.get(url, timeout=5)
    assert (answer.status_code, answer.text[:6]) == ((502, "<html>") if kind == "html_502" else (200, ""))
    assert requests.get(url, timeout=5).json()["id"]


def test_report_faults(server: FacebookAdsServer, account: AdAccount) -> None:
    def ended(kind: str, **options: Any) -> dict[str, Any]:
        server.faults.clear()
        server.faults.add(Fault("facebook_ads", kind, options=options))
        run = account.get_insights_async(fields=["spend"], params={"time_range": MARCH})
        looks = [dict(run.api_get()) for _ in range(5)]
        return looks[-1]

    failed = ended("job_failed")
    assert (failed["async_status"], failed["error_code"], failed["error_subcode"]) == ("Job Failed", -2, 2490547)
    assert ended("job_skipped")["async_status"] == "Job Skipped"
    assert ended("job_stuck")["async_status"] == "Job Running"
    too_much = ended("too_much_data", max_days=30)
    assert (too_much["async_status"], too_much["error_code"], too_much["error_subcode"]) == ("Job Failed", 100, 1487534)
    assert ended("too_much_data", max_days=31)["async_status"] == "Job Completed"


def test_an_unknown_fault_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="sunshine"):
        serve(tmp_path, clock=Clock(), faults=FaultPlan([Fault("facebook_ads", "sunshine")]))
