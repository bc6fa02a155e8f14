"""What each failure of a Google Ads call leads to.

Sources: https://developers.google.com/google-ads/api/docs/best-practices/error-types and .../quotas. A row's name is ``<family>.<NAME>``
of the ErrorCode, ``grpc.<CODE>`` where no GoogleAdsFailure came, ``client.<…>`` for what happened on our side; ``<family>.*`` is any
other name of the family. What is asked again starts over from the first row of its days.
"""

from __future__ import annotations

from extractors import errors
from extractors.retrying import ONCE, SILENT, THROTTLED, Action, Fault, Pauses

ANSWERED = Pauses(calls=6, first=0.5, longest=8, within=3600)
"""The server is there, so the time that the answer took before it broke off does not count against it."""

_AGAIN = "Run the range again."
_LOGIN = "Renew the refresh token or the key in the Connection google_ads_default."
_ACCESS = "Give the user access to the account, and check extra.login_customer_id."
_REENABLE = "Re-enable the account on the platform, or take it out of extra.accounts."
_PROJECT = "Check the access level of the Cloud project that the OAuth client belongs to."
_QUERY = "Compare the stream's columns with the API's release notes."
_ENDPOINT = "Check extra.endpoint and extra.ca_file, then run the range again."
_QUOTA = "Run the range again when the quota is renewed (midnight Pacific time), or ask for fewer days."
_VERSION = "Check that extra.endpoint serves this version of the Google Ads API."
_RETRY, _WAIT, _SPLIT, _STOP, _PENDING = Action.RETRY, Action.WAIT, Action.SPLIT, Action.STOP, Action.PENDING
_SKIP = Action.SKIP_ACCOUNT
_E = errors


def _row(name: str, told: str, action: Action, error: type[errors.ExtractionError], do: str, pauses: Pauses = ONCE) -> Fault:
    silent = error is errors.Unreachable
    meaning = "No answer from Google Ads or its token endpoint" if silent else "Google Ads refused or broke off the call"
    return Fault(name, told, action, error, meaning, do, pauses)


FAULTS: tuple[Fault, ...] = (
    _row("grpc.UNAVAILABLE", "nobody there, or a stream broken in the middle", _RETRY, _E.Unreachable, _ENDPOINT, SILENT),
    _row("grpc.DEADLINE_EXCEEDED", "no answer in time", _SPLIT, _E.Unreachable, "Raise extra.timeout_seconds, or ask for fewer days."),
    _row("grpc.INTERNAL", "without a reason", _RETRY, _E.PartialAnswer, _AGAIN, ANSWERED),
    _row("grpc.UNKNOWN", "without a reason", _RETRY, _E.PartialAnswer, _AGAIN, ANSWERED),
    _row("grpc.ABORTED", "without a reason", _RETRY, _E.PartialAnswer, _AGAIN, ANSWERED),
    _row("grpc.CANCELLED", "without a reason", _RETRY, _E.PartialAnswer, _AGAIN, ANSWERED),
    _row("grpc.RESOURCE_EXHAUSTED", "without a reason; RetryInfo may name the pause", _WAIT, _E.RateLimited, _QUOTA, THROTTLED),
    _row("grpc.UNAUTHENTICATED", "without a reason", _STOP, _E.AuthenticationError, _LOGIN),
    _row("grpc.PERMISSION_DENIED", "without a reason", _SKIP, _E.PermissionDenied, _ACCESS),
    _row("grpc.UNIMPLEMENTED", "another server than Google Ads", _STOP, _E.ConfigurationError, _VERSION),
    _row(
        "client.MESSAGE_TOO_LARGE",
        "RESOURCE_EXHAUSTED, larger than max: the client refuses a chunk",
        _SPLIT,
        _E.PartialAnswer,
        "Ask for fewer days; a chunk of one day passes 64 MiB.",
    ),
    _row(
        "client.INVALID_GRANT",
        "UNAVAILABLE, metadata from plugin failed, invalid_grant and its like",
        _STOP,
        _E.AuthenticationError,
        _LOGIN,
    ),
    _row(
        "client.TOKEN_ENDPOINT",
        "UNAVAILABLE, metadata from plugin failed, for any other reason",
        _RETRY,
        _E.Unreachable,
        "Check extra.token_uri and extra.ca_file, then run the range again.",
        SILENT,
    ),
    _row("internal_error.DEADLINE_EXCEEDED", "the query took too long", _SPLIT, _E.Unreachable, _AGAIN),
    _row("internal_error.*", "TRANSIENT_ERROR and others", _RETRY, _E.Unreachable, _AGAIN, ANSWERED),
    _row("quota_error.RESOURCE_EXHAUSTED", "the operations of the day are used up", _STOP, _E.RateLimited, _QUOTA),
    _row(
        "quota_error.RESOURCE_TEMPORARILY_EXHAUSTED",
        "too many at once; retry_delay names the pause",
        _WAIT,
        _E.RateLimited,
        "Run the range again later.",
        THROTTLED,
    ),
    _row(
        "quota_error.EXCESSIVE_SHORT_TERM_QUERY_RESOURCE_CONSUMPTION",
        "this query alone is too heavy",
        _SPLIT,
        _E.RateLimited,
        _QUOTA,
    ),
    _row(
        "quota_error.EXCESSIVE_LONG_TERM_QUERY_RESOURCE_CONSUMPTION",
        "this query alone is too heavy",
        _SPLIT,
        _E.RateLimited,
        _QUOTA,
    ),
    _row("quota_error.*", "another limit", _STOP, _E.RateLimited, _QUOTA),
    _row("request_error.EXPIRED_PAGE_TOKEN", "the pages took longer than two hours", _RETRY, _E.PartialAnswer, _AGAIN, ANSWERED),
    _row("request_error.INVALID_PAGE_TOKEN", "the same, as it is sometimes told", _RETRY, _E.PartialAnswer, _AGAIN, ANSWERED),
    _row(
        "request_error.UNSUPPORTED_VERSION",
        "the API's version is no longer served",
        _STOP,
        _E.ConfigurationError,
        "Move the extractor to a version of the API that is served.",
    ),
    _row("request_error.*", "a question of another form", _STOP, _E.PayloadError, _QUERY),
    _row("query_error.*", "a query that is refused", _STOP, _E.PayloadError, _QUERY),
    _row("click_view_error.DATE_TOO_OLD", "clicks beyond 90 days", _PENDING, _E.PayloadError, "Nothing: click_view goes back 90 days."),
    _row(
        "date_range_error.REQUESTED_DATE_GRANULARITY_NOT_SUPPORTED",
        "days beyond 37 months",
        _PENDING,
        _E.PayloadError,
        "Nothing: days go back 37 months.",
    ),
    _row("authentication_error.*", "a token that is expired or revoked", _STOP, _E.AuthenticationError, _LOGIN),
    _row("authorization_error.CUSTOMER_NOT_ENABLED", "the account is closed", _SKIP, _E.AccountDisabled, _REENABLE),
    _row(
        "authorization_error.ACTION_NOT_PERMITTED_FOR_SUSPENDED_ACCOUNT",
        "the account is suspended",
        _SKIP,
        _E.AccountDisabled,
        _REENABLE,
    ),
    _row("authorization_error.CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION", "access level", _STOP, _E.PermissionDenied, _PROJECT),
    _row("authorization_error.DEVELOPER_TOKEN_NOT_APPROVED", "access level, until v24", _STOP, _E.PermissionDenied, _PROJECT),
    _row("authorization_error.METRIC_ACCESS_DENIED", "the account may be seen, its metrics not", _SKIP, _E.PermissionDenied, _ACCESS),
    _row("authorization_error.*", "USER_PERMISSION_DENIED and others", _SKIP, _E.PermissionDenied, _ACCESS),
    _row("header_error.*", "login-customer-id", _STOP, _E.ConfigurationError, "Correct extra.login_customer_id of google_ads_default."),
    _row("*", "any other error", _STOP, _E.PayloadError, "Look the error up in the API's reference; run the range again."),
)
_BY_NAME = {row.name: row for row in FAULTS}


def look_up(key: str) -> Fault:
    """The row of ``<family>.<NAME>``: its own, its family's, or the last one."""
    return _BY_NAME.get(key) or _BY_NAME.get(f"{key.partition('.')[0]}.*") or _BY_NAME["*"]
