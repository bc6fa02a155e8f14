"""What each failure of a Google Ads call means for the load: one table, and how an exception is looked up in it.

https://developers.google.com/google-ads/api/docs/best-practices/error-types and .../quotas. The client hands failures over in
two ways: as GoogleAdsException, and for gRPC INTERNAL and RESOURCE_EXHAUSTED as google.api_core errors, whose
GoogleAdsFailure is still in the trailing metadata.
"""

from __future__ import annotations

from enum import StrEnum
from importlib import import_module
from typing import Any, NamedTuple

from extractors import errors


class Action(StrEnum):
    """What to do next. RETRY and WAIT start the slice over from its first row."""

    RETRY = "ask again after a growing pause"
    WAIT = "ask again after the pause the platform names"
    SPLIT = "ask for half of the days at a time"
    PENDING = "record the day as not to be had"
    STOP = "give up"


class Rule(NamedTuple):
    action: Action
    error: type[errors.ExtractionError]
    advice: str


_R, _W, _S, _P, _X = Action.RETRY, Action.WAIT, Action.SPLIT, Action.PENDING, Action.STOP
_AGAIN = "Run the range again."
_LOGIN = "Renew the refresh token or the key in the Connection google_ads_default."
_ACCESS = "Give the user access to the account, and check extra.login_customer_id."
_REENABLE = "Re-enable the account on the platform, or take it out of extra.accounts."
_PROJECT = "Check the access level of the Cloud project that the OAuth client belongs to."
_QUERY = "Compare the stream's columns with the API's release notes."
_ENDPOINT = "Check extra.endpoint and extra.ca_file, then run the range again."
_QUOTA = "Run the range again when the quota is renewed (midnight Pacific time), or ask for fewer days."

RULES: dict[str, Rule] = {
    "grpc.UNAVAILABLE": Rule(_R, errors.Unreachable, _ENDPOINT),
    "grpc.DEADLINE_EXCEEDED": Rule(_S, errors.Unreachable, "Raise extra.timeout_seconds, or ask for fewer days."),
    "grpc.INTERNAL": Rule(_R, errors.PartialAnswer, _AGAIN),
    "grpc.UNKNOWN": Rule(_R, errors.PartialAnswer, _AGAIN),
    "grpc.ABORTED": Rule(_R, errors.PartialAnswer, _AGAIN),
    "grpc.CANCELLED": Rule(_R, errors.PartialAnswer, _AGAIN),
    "grpc.RESOURCE_EXHAUSTED": Rule(_W, errors.RateLimited, _QUOTA),
    "grpc.UNAUTHENTICATED": Rule(_X, errors.AuthenticationError, _LOGIN),
    "grpc.PERMISSION_DENIED": Rule(_X, errors.PermissionDenied, _ACCESS),
    "grpc.UNIMPLEMENTED": Rule(_X, errors.ConfigurationError, "Check that extra.endpoint serves this version of the Google Ads API."),
    "client.MESSAGE_TOO_LARGE": Rule(_S, errors.PartialAnswer, "Ask for fewer days; a chunk of one day passes 64 MiB."),
    "client.INVALID_GRANT": Rule(_X, errors.AuthenticationError, _LOGIN),
    "client.TOKEN_ENDPOINT": Rule(_R, errors.Unreachable, "Check extra.token_uri, then run the range again."),
    "internal_error.DEADLINE_EXCEEDED": Rule(_S, errors.Unreachable, _AGAIN),
    "internal_error.*": Rule(_R, errors.Unreachable, _AGAIN),
    "quota_error.RESOURCE_EXHAUSTED": Rule(_X, errors.RateLimited, _QUOTA),
    "quota_error.RESOURCE_TEMPORARILY_EXHAUSTED": Rule(_W, errors.RateLimited, "Run the range again later."),
    "quota_error.EXCESSIVE_SHORT_TERM_QUERY_RESOURCE_CONSUMPTION": Rule(_S, errors.RateLimited, _QUOTA),
    "quota_error.EXCESSIVE_LONG_TERM_QUERY_RESOURCE_CONSUMPTION": Rule(_S, errors.RateLimited, _QUOTA),
    "quota_error.*": Rule(_X, errors.RateLimited, _QUOTA),
    "request_error.EXPIRED_PAGE_TOKEN": Rule(_R, errors.PartialAnswer, _AGAIN),
    "request_error.INVALID_PAGE_TOKEN": Rule(_R, errors.PartialAnswer, _AGAIN),
    "request_error.UNSUPPORTED_VERSION": Rule(_X, errors.ConfigurationError, "Move the extractor to a version of the API that is served."),
    "request_error.*": Rule(_X, errors.PayloadError, _QUERY),
    "query_error.*": Rule(_X, errors.PayloadError, _QUERY),
    "click_view_error.DATE_TOO_OLD": Rule(_P, errors.PayloadError, "Nothing: click_view goes back 90 days."),
    "date_range_error.REQUESTED_DATE_GRANULARITY_NOT_SUPPORTED": Rule(_P, errors.PayloadError, "Nothing: days go back 37 months."),
    "authentication_error.*": Rule(_X, errors.AuthenticationError, _LOGIN),
    "authorization_error.CUSTOMER_NOT_ENABLED": Rule(_X, errors.AccountDisabled, _REENABLE),
    "authorization_error.ACTION_NOT_PERMITTED_FOR_SUSPENDED_ACCOUNT": Rule(_X, errors.AccountDisabled, _REENABLE),
    "authorization_error.CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION": Rule(_X, errors.PermissionDenied, _PROJECT),
    "authorization_error.DEVELOPER_TOKEN_NOT_APPROVED": Rule(_X, errors.PermissionDenied, _PROJECT),
    "authorization_error.*": Rule(_X, errors.PermissionDenied, _ACCESS),
    "header_error.*": Rule(_X, errors.ConfigurationError, "Correct extra.login_customer_id of google_ads_default."),
    "*": Rule(_X, errors.PayloadError, "Look the error up in the API's reference; run the range again."),
}
"""``<family>.<NAME>`` of the ErrorCode, ``grpc.<CODE>`` where no GoogleAdsFailure came, ``client.<…>`` for what happened on our side."""

# https://www.rfc-editor.org/rfc/rfc6749#section-5.2 and Google's own: none of them gets better by asking again.
_REFUSED_GRANTS = ("invalid_grant", "invalid_client", "unauthorized_client", "deleted_client", "access_denied", "invalid_scope")


class Failure(Exception):
    """A failed call, looked up. ``received`` is whether rows had come before it; they are worth nothing."""

    def __init__(self, key: str, *, request_id: str | None = None, retry_delay: float | None = None, received: bool = False) -> None:
        super().__init__(key)
        self.key = key
        self.rule = RULES.get(key) or RULES.get(f"{key.partition('.')[0]}.*") or RULES["*"]
        self.request_id = request_id
        self.retry_delay = retry_delay
        self.received = received

    def error(self, attempts: int = 1) -> errors.ExtractionError:
        """The error of our own tree, without the platform's message, which may quote the query or ids."""
        kind = errors.PartialAnswer if self.received and self.rule.error is errors.Unreachable else self.rule.error
        times = f" (asked {attempts} times)" if attempts > 1 else ""
        request = f", request id {self.request_id}" if self.request_id else ""
        what = (
            "No answer from Google Ads or its token endpoint" if kind is errors.Unreachable else "Google Ads refused or broke off the call"
        )
        return kind(f"{what}: {self.key}{times}{request}.", action=self.rule.advice)


def refused_grant(text: str) -> bool:
    """Whether the token endpoint's answer says that the credential itself is refused."""
    return any(word in text for word in _REFUSED_GRANTS)


def understand(error: Exception, version: str, *, received: bool) -> Failure:
    """The Failure behind an exception of the client; re-raises what is none of the client's."""
    call: Any = getattr(error, "error", None)
    if call is None:
        causes = getattr(error, "errors", None)
        call = causes[0] if causes else error
    if not hasattr(call, "trailing_metadata"):
        raise error
    metadata: dict[str, Any] = dict(call.trailing_metadata() or ())
    request_id = metadata.get("request-id")
    attached = metadata.get(f"google.ads.googleads.{version}.errors.googleadsfailure-bin")
    if attached:
        return _attached(attached, version, request_id, received)
    code, details = call.code().name, call.details() or ""
    if code == "UNAVAILABLE" and "metadata from plugin failed" in details:
        return Failure("client.INVALID_GRANT" if refused_grant(details) else "client.TOKEN_ENDPOINT", received=received)
    if code == "RESOURCE_EXHAUSTED" and "larger than max" in details:
        return Failure("client.MESSAGE_TOO_LARGE", received=received)
    return Failure(f"grpc.{code}", request_id=request_id, received=received)


def _attached(attached: bytes, version: str, request_id: str | None, received: bool) -> Failure:
    module = import_module(f"google.ads.googleads.{version}.errors.types.errors")
    failure = module.GoogleAdsFailure.pb(module.GoogleAdsFailure.deserialize(attached))
    for one in failure.errors:
        for member, value in one.error_code.ListFields():
            name = member.enum_type.values_by_number[value].name if value in member.enum_type.values_by_number else "UNKNOWN"
            quota = one.details.quota_error_details
            delay = quota.retry_delay.ToNanoseconds() / 1e9 if quota.HasField("retry_delay") else None
            return Failure(f"{member.name}.{name}", request_id=request_id, retry_delay=delay, received=received)
    return Failure("*", request_id=request_id, received=received)
