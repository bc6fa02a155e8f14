"""What Meta does wrong, and what becomes of it: nothing is lost silently, nothing waits for ever."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from facebook_ads_folder import DAYS, FIRST, LAST, PLATFORMS, spend, write_folder
from facebook_ads_load import Watch, fault, load, totals

from extractors.errors import (
    AccountDisabled,
    AuthenticationError,
    ConfigurationError,
    ExtractionError,
    PartialAnswer,
    PermissionDenied,
    RateLimited,
    Unreachable,
)
from extractors.facebook_ads.faults import classify
from extractors.retrying import Action
from sandbox.emulators.facebook_ads import Credentials, FacebookAdsServer, serve
from sandbox.emulators.faults import FaultPlan
from sandbox.emulators.recorded import Clock

WHOLE = {"101": (DAYS, 4 * DAYS * len(PLATFORMS), spend("101"))}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("meta"))


@pytest.fixture(scope="module")
def shared(folder: Path) -> Iterator[FacebookAdsServer]:
    server = serve(folder, clock=Clock(), faults=FaultPlan())
    yield server
    server.stop()


@pytest.fixture
def server(shared: FacebookAdsServer) -> Iterator[FacebookAdsServer]:
    yield shared
    shared.faults.clear()


def test_a_page_that_is_too_big_is_asked_for_in_smaller_ones(server: FacebookAdsServer, tmp_path: Path) -> None:
    hit = server.faults.add(fault("reduce_data", "report_page", times=None, max_limit=50))
    report, _ = load(server, tmp_path, "ad_insights", accounts=["101"])
    assert (report.errors, totals(report, "ad_insights")) == ([], WHOLE)
    # 1000, 500, 250, 125 and 62 rows are too many, in both reports; then 90 rows are three pages of 31, and 60 rows are two.
    assert hit.seen == 2 * 5 + 3 + 2


@pytest.mark.parametrize("code", [80000, 17, 613, 4])
def test_throttling_waits_what_the_header_names(server: FacebookAdsServer, tmp_path: Path, code: int) -> None:
    server.faults.add(fault("throttled", "report_create", code=code, minutes=7))
    watch = Watch()
    report, _ = load(server, tmp_path, "ad_insights", watch=watch, accounts=["101"])
    assert (report.errors, totals(report, "ad_insights")) == ([], WHOLE)
    assert watch.naps.count(420.0) == 1


def test_throttling_without_a_named_wait_backs_off(server: FacebookAdsServer, tmp_path: Path) -> None:
    server.faults.add(fault("throttled", "list_accounts", times=3, minutes=0))
    watch = Watch()
    report, _ = load(server, tmp_path, "accounts", watch=watch)
    assert report.errors == []
    assert watch.naps == [2.0, 4.0, 8.0]


@pytest.mark.parametrize("minutes", [0, 7, 300])
def test_throttling_is_not_waited_out_for_ever(server: FacebookAdsServer, tmp_path: Path, minutes: int) -> None:
    server.faults.add(fault("throttled", "report_create", times=None, minutes=minutes))
    watch = Watch()
    report, _ = load(server, tmp_path, "ad_insights", watch=watch, accounts=["101"])
    assert [type(error) for error in report.errors] == [RateLimited]
    assert watch.now <= 3600
    assert (watch.now == 0) == (minutes == 300), "a wait beyond the bound is not begun"


@pytest.mark.parametrize(
    "options", [{}, {"max_days": 1}, {"max_rows": 30}, {"smallest": "campaign"}, {"smallest": "ad"}, {"max_rows": 3}, {"max_rows": 12}]
)
def test_too_much_data_is_split_until_it_fits(server: FacebookAdsServer, tmp_path: Path, options: dict[str, object]) -> None:
    hit = server.faults.add(fault("too_much_data", "report_create", times=None, **options))
    report, _ = load(server, tmp_path, "ad_insights", accounts=["101"])
    assert (report.errors, totals(report, "ad_insights")) == ([], WHOLE)
    assert hit.hits > 2


def test_what_cannot_be_split_further_is_partial(server: FacebookAdsServer, tmp_path: Path) -> None:
    server.faults.add(fault("too_much_data", "report_create", times=None, max_rows=0))
    report, _ = load(server, tmp_path, "ad_insights", "account_insights", accounts=["101"])
    assert [type(error) for error in report.errors] == [PartialAnswer, PartialAnswer]
    assert str(report.errors[0].day) == f"{FIRST}..{FIRST}"
    assert totals(report, "ad_insights") == {}


@pytest.mark.parametrize("kind", ["job_failed", "job_skipped", "job_stuck"])
def test_a_run_that_breaks_is_asked_for_again(server: FacebookAdsServer, tmp_path: Path, kind: str) -> None:
    hit = server.faults.add(fault(kind, times=2))
    report, _ = load(server, tmp_path, "ad_insights", accounts=["101"])
    assert (report.errors, totals(report, "ad_insights")) == ([], WHOLE)
    assert hit.hits == 2


def test_a_run_that_stands_still_meets_its_deadline(server: FacebookAdsServer, tmp_path: Path) -> None:
    server.faults.add(fault("job_stuck", times=None))
    watch = Watch()
    report, _ = load(server, tmp_path, "ad_insights", watch=watch, accounts=["101"], report_deadline_seconds=120)
    assert [type(error) for error in report.errors] == [PartialAnswer]
    assert "120 s" in str(report.errors[0])
    assert str(report.errors[0].day) == f"{FIRST}..{LAST}"
    assert 120 <= watch.now < 180


@pytest.mark.parametrize("operation", ["report_page", "list_ads"])
def test_an_empty_page_in_between_is_read_past(server: FacebookAdsServer, tmp_path: Path, operation: str) -> None:
    hit = server.faults.add(fault("empty_page_with_next", operation, times=3))
    report, _ = load(server, tmp_path, "ad_insights", "ads", accounts=["101"])
    assert (report.errors, totals(report, "ad_insights"), totals(report, "ads")["101"][1]) == ([], WHOLE, 4)
    assert hit.hits == 3


def test_a_page_that_comes_twice_counts_once(server: FacebookAdsServer, tmp_path: Path) -> None:
    server.faults.add(fault("repeated_cursor", "report_page", times=1))
    report, _ = load(server, tmp_path, "ad_insights", accounts=["101"])
    assert (report.errors, totals(report, "ad_insights")) == ([], WHOLE)


@pytest.mark.parametrize(
    ("kind", "options", "expected"),
    [
        ("token_expired", {}, AuthenticationError),
        ("permission_denied", {"code": 200}, PermissionDenied),
        ("permission_denied", {"code": 10}, PermissionDenied),
        ("account_disabled", {}, AccountDisabled),
    ],
)
def test_refusals_stop_at_once(
    server: FacebookAdsServer, tmp_path: Path, kind: str, options: dict[str, object], expected: type[ExtractionError]
) -> None:
    hit = server.faults.add(fault(kind, "report_create", account="101", times=None, **options))
    watch = Watch()
    report, _ = load(server, tmp_path, "account_insights", watch=watch)
    assert hit.hits == 1
    if expected is AuthenticationError:
        assert [(type(error), error.account) for error in report.errors] == [(expected, "101")]
        assert totals(report, "account_insights") == {}
        return
    assert (report.errors, list(totals(report, "account_insights"))) == ([], ["202"]), "the other account goes on"
    (told,) = [row for row in report.partitions if row.account == "101"]
    assert (told.stream, told.status) == ("*", "skipped")
    assert str(told.message).startswith(f"{expected.__name__}: ")


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("error", {"code": 100, "subcode": 33, "message": "Unsupported post request."}),
        ("error", {"code": 2500, "message": "Unknown path components: /insights"}),
        ("html_502", {"status": 404, "reason": "Not Found"}),
        ("html_502", {"status": 405, "reason": "Method Not Allowed"}),
        ("html_502", {"status": 501, "reason": "Not Implemented"}),
    ],
)
def test_figures_are_asked_for_at_once_where_no_report_run_is_to_be_had(
    server: FacebookAdsServer, tmp_path: Path, kind: str, options: dict[str, object]
) -> None:
    server.faults.add(fault(kind, "report_create", times=None, **options))
    too_much = server.faults.add(fault("too_much_data", "insights", times=None, max_days=3))
    watch = Watch()
    report, _ = load(server, tmp_path, "ad_insights", watch=watch, accounts=["101"])
    assert (report.errors, totals(report, "ad_insights"), watch.naps) == ([], WHOLE, [])
    assert too_much.hits, "what is too much is split as in a run"


def test_named_accounts_need_no_list_of_all(server: FacebookAdsServer, tmp_path: Path) -> None:
    server.faults.add(fault("permission_denied", "list_accounts", times=None))
    report, _ = load(server, tmp_path, "ad_insights", accounts=["101"])
    assert (report.errors, totals(report, "ad_insights")) == ([], WHOLE)


def test_a_next_page_that_counts_rows_is_followed(server: FacebookAdsServer, tmp_path: Path) -> None:
    server.faults.add(fault("reduce_data", "report_page", times=None, max_limit=50))
    server.faults.add(fault("offset_paging", "report_page", times=None))
    report, _ = load(server, tmp_path, "ad_insights", accounts=["101"])
    assert (report.errors, totals(report, "ad_insights")) == ([], WHOLE)


def test_a_refused_account_that_is_listed_as_disabled_is_called_so(server: FacebookAdsServer, tmp_path: Path) -> None:
    server.faults.add(fault("permission_denied", account="202", times=None))
    report, _ = load(server, tmp_path, "ads")
    (told,) = [row for row in report.partitions if row.account == "202"]
    assert str(told.message).startswith("AccountDisabled: ")
    assert "The account is disabled." in str(told.message)


def test_a_wrong_token_or_secret_is_an_authentication_error(server: FacebookAdsServer, folder: Path, tmp_path: Path) -> None:
    report, _ = load(server, tmp_path, "accounts", app_secret="not the secret")
    assert [type(error) for error in report.errors] == [AuthenticationError]
    assert "app_secret" in report.errors[0].action
    other = serve(folder, clock=Clock(), faults=FaultPlan(), credentials=Credentials("another", "1", "s", require_proof=True))
    try:
        report, _ = load(other, tmp_path, "accounts")
        assert report.errors == [], "the proof goes with every call"
        report, _ = load(other, tmp_path, "accounts", app_secret=None)
        assert [type(error) for error in report.errors] == [AuthenticationError]
    finally:
        other.stop()


def test_an_unreachable_endpoint_is_given_up_in_half_a_minute(server: FacebookAdsServer, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    watch = Watch()
    report, _ = load(server, tmp_path, watch=watch, endpoint=f"http://127.0.0.1:{port}")
    assert [type(error) for error in report.errors] == [Unreachable]
    assert 10 < watch.now <= 25


def test_an_endpoint_that_never_answers_is_given_up(server: FacebookAdsServer, tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        report, _ = load(server, tmp_path, endpoint=address, timeout_seconds=0.05)
    assert [type(error) for error in report.errors] == [Unreachable]
    assert "ReadTimeout" in str(report.errors[0])


@pytest.mark.parametrize(
    ("field", "extra"),
    [
        ("extra.endpoint", {"endpoint": "127.0.0.1:80"}),
        ("extra.ca_file", {"ca_file": "/nowhere.pem"}),
        ("extra.timeout_seconds", {"timeout_seconds": "soon"}),
        ("extra.accounts", {"accounts": 5}),
    ],
)
def test_a_wrong_field_is_named(server: FacebookAdsServer, tmp_path: Path, field: str, extra: dict[str, object]) -> None:
    report, _ = load(server, tmp_path, "accounts", **extra)
    assert [type(error) for error in report.errors] == [ConfigurationError]
    assert field in str(report.errors[0])


def test_the_table_decides() -> None:
    expected = {
        (190, 463): Action.STOP,
        (100, 33): Action.SKIP_ACCOUNT,
        (100, 1487534): Action.SPLIT,
        (100, 1504018): Action.SPLIT,
        (2, 1504038): Action.SPLIT,
        (2, 1504043): Action.RETRY,
        (2, 1504041): Action.STOP,
        (17, 2446079): Action.WAIT,
        (613, 1487742): Action.WAIT,
        (80004, None): Action.WAIT,
        (-2, 2490547): Action.RETRY,
        (2601, 1815107): Action.RETRY,
        (960, None): Action.RETRY,
        (294, None): Action.SKIP_ACCOUNT,
        (3018, None): Action.STOP,
        (100, None): Action.WITHOUT,
    }
    assert {key: classify(key[0], key[1], "", False, 400).action for key in expected} == expected
    assert classify(99999, None, "", True, 400).action is Action.RETRY
    assert classify(99999, None, "", False, 400).error.__name__ == "PayloadError"
    assert classify(None, None, "", False, 502).action is Action.RETRY
