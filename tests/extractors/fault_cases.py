"""How each row of each source's table of errors is brought about, as data.

``times`` is how often the fault strikes in the run that must come whole (0: there is no such run); ``ever`` is how the run ends in which
it strikes for ever: ``red`` (the row's error), ``whole``, or ``none`` where there is no such run. ``rows`` of a table without a case
fail the test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from extractors import errors
from extractors.retrying import Action, Fault

DEAD = "127.0.0.1:9"
"""Nobody listens on the discard port."""


@dataclass(frozen=True)
class Case:
    kind: str = ""
    operation: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    after: int = 0
    times: int | None = None
    ever: str = ""
    error: type[errors.ExtractionError] | None = None
    """Where it is another than the row's."""
    elsewhere: str = ""
    """``module::test`` that brings the row about, where that takes more than a fault of the plan."""

    def strikes(self, row: Fault) -> int:
        """Hits in the run that must come whole."""
        if self.times is not None:
            return self.times
        return 2 if self.kind and row.action in (Action.RETRY, Action.WAIT) and row.pauses.calls > 2 else 0

    def end(self, row: Fault) -> str:
        """How it ends where the fault stays."""
        if self.ever:
            return self.ever
        return "whole" if row.action in (Action.SHRINK, Action.SPLIT, Action.WITHOUT, Action.PENDING) else "red"


def _graph(code: int, subcode: int | None = None, message: str = "", operation: str = "report_create", **more: Any) -> Case:
    return Case("error", operation, {"code": code, "subcode": subcode, "message": message or "An error occurred", **more})


def _status(code: str, details: str = "") -> Case:
    return Case("status", "SearchStream campaign", {"code": code, "details": details})


def _refusal(family: str, name: str, operation: str = "SearchStream campaign", **more: Any) -> Case:
    return Case("refusal", operation, {"family": family, "name": name}, **more)


def _told(message: str) -> Case:
    return Case("error_in_200", "Live", {"message": message})


CASES: dict[str, dict[str, list[Case]]] = {
    "klaviyo": {
        "unreachable": [Case("connection_reset", "events", after=1), Case(extra={"endpoint": f"http://{DEAD}"})],
        "untrusted": [Case(extra={"endpoint": "https"})],
        "server_error": [Case("http_500", "events", after=1), Case("http_502_html", "flows"), Case("http_500", "accounts")],
        "gate": [Case("answer", "events", {"status": 403, "html": True})],
        "throttled": [Case("http_429", "events", {"seconds": 7}, after=2)],
        "broken_off": [Case("truncated_body", "events", after=1), Case("invalid_json", "profiles", after=2)],
        "no_json": [Case("answer", "metrics", {"status": 200, "html": True})],
        "endless_pages": [Case("repeated_cursor", "events")],
        "page_size": [Case("page_size_limit", "events", {"max": 100})],
        "gone": [
            Case("answer", "campaign_messages", {"status": 404}, ever="red"),
            Case(elsewhere="test_klaviyo_failures::test_a_campaign_that_is_deleted_meanwhile_is_passed_over"),
        ],
        "bad_key": [Case("unauthorized", "events"), Case(extra={"password": "pk_wrong"})],
        "scope": [Case("forbidden_scope", "profiles")],
        "retired": [Case("revision_retired", "accounts")],
        "refused": [Case("answer", "events", {"status": 400})],
    },
    "mailchimp": {
        "unreachable": [Case("connection_reset", "email_activity", after=1), Case(extra={"endpoint": f"http://{DEAD}"})],
        "untrusted": [Case(extra={"endpoint": "https"})],
        "server_error": [Case("http_500", "members"), Case("http_502_html", "sent_to", after=1)],
        "throttled": [Case("http_429", "email_activity"), Case("throttle_403", "members", after=1), Case("throttle_403", "root")],
        "broken_off": [Case("truncated_body", "members"), Case("invalid_json", "campaigns")],
        "no_object": [Case("json_list", "members")],
        "short_listing": [Case("lost_row", "members", after=1, times=2)],
        "gone": [
            Case("problem", "sent_to", {"status": 404, "title": "Resource Not Found"}, ever="red"),
            Case(elsewhere="test_mailchimp_failures::test_a_campaign_that_is_deleted_meanwhile_is_passed_over"),
        ],
        "bad_key": [Case("unauthorized", "members"), Case(extra={"password": "wrong-us6"})],
        "disabled": [Case("problem", "members", {"status": 403, "title": "User Disabled"})],
        "role": [Case("forbidden", "sent_to")],
        "no_address": [Case(extra={"endpoint": "http://:0"})],
        "refused": [Case("problem", "campaigns", {"status": 400, "title": "Invalid Resource"})],
    },
    "matomo": {
        "unreachable": [Case("connection_reset", "Live"), Case(extra={"endpoint": f"http://{DEAD}"})],
        "untrusted": [Case(extra={"endpoint": "https"})],
        "server_error": [Case("http_500", "VisitsSummary"), Case("http_502_html", "Live")],
        "throttled": [Case("http_429", "Live", {"seconds": 3})],
        "broken_off": [Case("truncated_body", "Live")],
        "no_json": [Case("html_page", "SitesManager")],
        "error_in_200": [Case("error_in_200", "Live"), Case("error_in_200", "VisitsSummary")],
        "took_too_long": [
            Case("query_time_exceeded", "Live", {"above": 20}),
            Case("query_time_exceeded", "Live", ever="red"),
        ],
        "bad_token": [Case("unauthorized", "Live"), Case(extra={"password": "0" * 32})],
        "no_view": [Case("no_view_access", "Live")],
        "no_log": [Case("visits_log_disabled", "Live")],
        "no_site": [_told("An unexpected website was found in the request: website id was set to '3'.")],
        "no_method": [
            _told("The method 'getLastVisitsDetails' does not exist or is not available in the module '\\Piwik\\Plugins\\Live'.")
        ],
        "moved": [Case("moved", "Live")],
        "not_matomo": [Case(extra={"endpoint": "elsewhere"})],
        "refused": [Case("error", "Live", {"status": 400, "message": "Segment 'x' is not a supported segment."})],
        "fewer_visits": [Case("shifted_page", "Live", extra={"page_visits": 10}, times=1)],
        "purged_log": [Case("log_purged", "Live", times=1)],
    },
    "first_party": {
        "unreachable": [
            Case(elsewhere="test_first_party_lines::test_a_storage_that_does_not_answer_is_unreachable_and_its_key_is_in_no_message")
        ],
        "no_folder": [Case(elsewhere="test_first_party_lines::test_a_wrong_connection_names_its_field")],
        "refused": [Case(elsewhere="test_first_party_faults::test_a_folder_that_may_not_be_read_leaves_the_others_alone")],
        "folder_name": [Case(elsewhere="test_first_party_lines::test_a_folder_of_a_strange_name_is_refused")],
        "address_in_name": [Case(elsewhere="test_first_party::test_no_address_reaches_the_landing_zone")],
        "other_format": [Case(elsewhere="test_first_party_lines::test_a_file_that_is_none_fails_the_account")],
        "bad_file": [Case(elsewhere="test_first_party_lines::test_a_file_that_is_none_fails_the_account")],
        "gone": [Case(elsewhere="test_first_party_files::test_what_stands_where_a_file_should_is_named")],
        "broken_off": [Case(elsewhere="test_first_party_lines::test_a_gzip_file_that_breaks_off_is_partial")],
        "too_many_rejected": [Case(elsewhere="test_first_party_lines::test_how_many_lines_may_be_rejected")],
        "rejected_line": [Case(elsewhere="test_first_party_lines::test_one_wrong_csv_line_is_rejected_and_the_others_land")],
        "no_file": [Case(elsewhere="test_first_party::test_a_day_without_a_file_is_pending_and_an_empty_or_done_one_is_empty")],
    },
    "exchange_rates": {
        "unreachable": [Case("connection_reset"), Case(extra={"endpoint": f"http://{DEAD}"})],
        "untrusted": [Case(extra={"endpoint": "https"})],
        "server_error": [Case("http_500")],
        "throttled": [Case("http_429")],
        "broken_off": [Case("truncated_body")],
        "refused": [Case("forbidden")],
        "no_file": [Case("not_found")],
        "other_file": [Case(kind) for kind in ("html_page", "bad_zip", "other_member", "malformed_number")],
        "not_yet": [Case()],
    },
    "ga4": {
        "unreachable": [Case("connection_reset", "tables.get"), Case(extra={"endpoint": f"http://{DEAD}", "storage_endpoint": DEAD})],
        "backend": [Case("backend_error", "tables.get"), Case("backend_error", "tabledata.list", extra={"storage_endpoint": None})],
        "rate_limit": [Case("rate_limit_exceeded", "tables.get"), Case("rate_limit_exceeded", "storage.ReadRows")],
        "quota": [Case("quota_exceeded", "tables.get")],
        "credential": [Case("unauthenticated", "tables.get"), Case("unauthenticated", "storage.CreateReadSession")],
        "permission": [Case("permission_denied", "tables.get")],
        "not_found": [Case("not_found", "datasets.list"), Case("not_found", "storage.CreateReadSession")],
        "no_table": [Case()],
        "bad_request": [Case("invalid", "tables.get")],
        "untrusted": [Case(extra={"endpoint": "https"})],
        "broken_off": [Case("truncated_body", "tabledata.list", extra={"storage_endpoint": None})],
        "storage_away": [Case("storage_unavailable", "storage.CreateReadSession", ever="whole")],
        "storage_refused": [Case("permission_denied", "storage.CreateReadSession")],
        "stream_broken": [
            Case("stream_broken", options={"batches": 0, "code": code}) for code in ("UNAVAILABLE", "INTERNAL", "ABORTED", "UNKNOWN")
        ],
        "data_loss": [Case("stream_broken", options={"code": "DATA_LOSS"})],
        "fewer_rows": [Case(elsewhere="test_ga4_failures::test_fewer_rows_than_the_table_has_is_a_partial_answer")],
        "replaced": [Case(elsewhere="test_ga4_failures::test_a_table_replaced_between_pages_is_a_partial_answer")],
        "endless_pages": [Case("repeated_token", "tabledata.list", extra={"storage_endpoint": None})],
        "unknown": [Case("conflict", "tables.get")],
    },
    "facebook_ads": {
        "token": [Case("token_expired", "report_page"), Case(extra={"password": "EAAwrong", "app_secret": None})],
        "path": [Case("error", "list_ads", {"code": 2500, "message": "Unknown path components: /ads"})],
        "proof": [Case(extra={"app_secret": "not the secret"})],
        "disabled": [Case("account_disabled", "list_campaigns")],
        "permission": [Case("permission_denied", "report_create", {"code": code}) for code in (200, 10)],
        "not_there": [_graph(100, 33, operation="list_ads")],
        "too_old": [_graph(3018)],
        "version": [_graph(2635)],
        "too_heavy": [_graph(2, 1504041), _graph(2, 1504042)],
        "too_much": [
            Case("too_much_data", "report_create", {"max_rows": 12}),
            Case("too_much_data", "report_create", {"max_rows": 0}, ever="red"),
            Case("error", "report_create", {"code": 100, "subcode": 1504018}, times=1, ever="red"),
        ],
        "too_slow": [Case("error", "report_create", {"code": 2, "subcode": 1504038}, times=1, ever="red")],
        "too_big": [Case("reduce_data", "report_page", {"max_limit": 50}), Case("reduce_data", "list_accounts", ever="red")],
        "throttled": [Case("throttled", "report_create", {"code": code, "minutes": 7}) for code in (80000, 17, 613, 4)],
        "moment": [Case("error_in_200", "report_page"), _graph(-2, 2490547), _graph(960, operation="list_ads")],
        "moment_by_subcode": [_graph(99999, 99)],
        "moment_by_flag": [_graph(99999, transient=True)],
        "refused": [Case("deleted_status_refused", "list_ads"), Case("error", "list_accounts", {"code": 100}, ever="red")],
        "unknown": [_graph(99999)],
        "garbled": [Case("html_502", "report_status"), Case("empty_200", "list_campaigns"), Case("html_502", "list_accounts")],
        "no_edge": [Case("html_502", "list_ads", {"status": 404, "reason": "Not Found"})],
        "unreachable": [Case("connection_reset", "report_page"), Case(extra={"endpoint": f"http://{DEAD}"})],
        "untrusted": [Case(extra={"endpoint": "https"})],
        "broken_run": [
            *(Case(kind, times=2) for kind in ("job_failed", "job_skipped")),
            # Each stands still for ten minutes: the budget of the load ends it.
            Case("job_stuck", times=2, error=errors.BudgetSpent),
        ],
        "no_reason": [Case("job_failed", ever="red")],
        "late_run": [Case("job_stuck", extra={"report_deadline_seconds": 120})],
        "endless_pages": [Case("repeated_cursor", "report_page"), Case("repeated_cursor", "list_campaigns")],
        "row_twice": [Case("row_twice", "report_page")],
    },
    "google_ads": {
        "grpc.UNAVAILABLE": [
            Case("unavailable", "SearchStream ad_group_ad"),
            Case("stream_broken", "SearchStream campaign", {"rows": 17}, error=errors.PartialAnswer),
            Case(elsewhere="test_google_ads::test_unreachable_endpoints_are_unreachable"),
        ],
        "grpc.DEADLINE_EXCEEDED": [
            Case("deadline", "SearchStream ad_group_ad", {"min_days": 5}, extra={"timeout_seconds": 0.5}),
            Case("deadline", "SearchStream ad_group_ad", extra={"timeout_seconds": 0.3}, ever="red"),
        ],
        **{f"grpc.{code}": [_status(code)] for code in ("INTERNAL", "UNKNOWN", "ABORTED", "CANCELLED", "RESOURCE_EXHAUSTED")},
        **{f"grpc.{code}": [_status(code)] for code in ("UNAUTHENTICATED", "PERMISSION_DENIED", "UNIMPLEMENTED")},
        "client.MESSAGE_TOO_LARGE": [
            Case("too_large", "SearchStream ad_group_ad", {"min_days": 3}),
            Case("too_large", "SearchStream video", ever="red"),
        ],
        "client.INVALID_GRANT": [Case("token_invalid_grant", "token"), Case(extra={"refresh_token": "wrong-secret"})],
        "client.TOKEN_ENDPOINT": [Case(extra={"token_uri": f"http://{DEAD}/token"})],
        "internal_error.DEADLINE_EXCEEDED": [
            _refusal("internal_error", "DEADLINE_EXCEEDED", "SearchStream keyword_view", times=1, ever="red")
        ],
        "internal_error.*": [Case("internal_transient", "SearchStream campaign")],
        "quota_error.RESOURCE_EXHAUSTED": [Case("resource_exhausted_quota", "SearchStream campaign")],
        "quota_error.RESOURCE_TEMPORARILY_EXHAUSTED": [Case("resource_exhausted_temporarily", "SearchStream campaign", {"retry_delay": 7})],
        **{
            f"quota_error.EXCESSIVE_{term}_TERM_QUERY_RESOURCE_CONSUMPTION": [
                Case("resource_exhausted_query", "SearchStream campaign", {"term": term, "min_days": 3}),
                Case("resource_exhausted_query", "SearchStream video", {"term": term}, ever="red"),
            ]
            for term in ("SHORT", "LONG")
        },
        "quota_error.*": [_refusal("quota_error", "ACCESS_PROHIBITED")],
        "request_error.EXPIRED_PAGE_TOKEN": [Case("expired_page_token", "SearchStream")],
        "request_error.INVALID_PAGE_TOKEN": [Case("invalid_page_token", "SearchStream")],
        "request_error.UNSUPPORTED_VERSION": [_refusal("request_error", "UNSUPPORTED_VERSION")],
        "request_error.*": [_refusal("request_error", "RESOURCE_NAME_MALFORMED")],
        "query_error.*": [_refusal("query_error", "UNRECOGNIZED_FIELD")],
        "click_view_error.DATE_TOO_OLD": [_refusal("click_view_error", "DATE_TOO_OLD", "SearchStream click_view", ever="pending")],
        "date_range_error.REQUESTED_DATE_GRANULARITY_NOT_SUPPORTED": [
            _refusal("date_range_error", "REQUESTED_DATE_GRANULARITY_NOT_SUPPORTED", "SearchStream keyword_view", ever="pending")
        ],
        "authentication_error.*": [Case("authentication_expired", "SearchStream campaign")],
        "authorization_error.CUSTOMER_NOT_ENABLED": [Case("customer_not_enabled", "SearchStream campaign")],
        "authorization_error.ACTION_NOT_PERMITTED_FOR_SUSPENDED_ACCOUNT": [
            _refusal("authorization_error", "ACTION_NOT_PERMITTED_FOR_SUSPENDED_ACCOUNT")
        ],
        "authorization_error.CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION": [
            _refusal("authorization_error", "CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION")
        ],
        "authorization_error.DEVELOPER_TOKEN_NOT_APPROVED": [_refusal("authorization_error", "DEVELOPER_TOKEN_NOT_APPROVED")],
        "authorization_error.METRIC_ACCESS_DENIED": [_refusal("authorization_error", "METRIC_ACCESS_DENIED", "SearchStream keyword_view")],
        "authorization_error.*": [Case("permission_denied", "SearchStream campaign")],
        "header_error.*": [_refusal("header_error", "INVALID_LOGIN_CUSTOMER_ID")],
        "*": [_refusal("mutate_error", "RESOURCE_NOT_FOUND")],
    },
}
