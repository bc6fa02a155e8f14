"""From an exception of the client to the row of ``faults`` that it means.

The client hands failures over in two ways: as GoogleAdsException, and for gRPC INTERNAL and RESOURCE_EXHAUSTED as google.api_core
errors, whose GoogleAdsFailure is still in the trailing metadata.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

from extractors import errors, retrying
from extractors.google_ads.faults import ANSWERED, look_up

# https://www.rfc-editor.org/rfc/rfc6749#section-5.2 and Google's own: none of them gets better by asking again.
_REFUSED_GRANTS = ("invalid_grant", "invalid_client", "unauthorized_client", "deleted_client", "access_denied", "invalid_scope")


class Failure(retrying.Failure):
    """A failed call by its key. ``received`` is whether rows had come before it; they are worth nothing.

    The platform's own message is left out: it may quote the query or ids.
    """

    def __init__(self, key: str, *, request_id: str | None = None, retry_delay: float | None = None, received: bool = False) -> None:
        super().__init__(look_up(key), f"{key}, request id {request_id}" if request_id else key, wait=retry_delay or None)
        self.key, self.received = key, received

    @property
    def pauses(self) -> retrying.Pauses:
        return ANSWERED if self.received and self.fault.error is errors.Unreachable else self.fault.pauses

    @property
    def kind(self) -> type[errors.ExtractionError]:
        return errors.PartialAnswer if self.received and self.fault.error is errors.Unreachable else self.fault.error


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
    return Failure(f"grpc.{code}", request_id=request_id, retry_delay=_told_delay(metadata), received=received)


def _told_delay(metadata: dict[str, Any]) -> float | None:
    """Seconds of a ``google.rpc.RetryInfo`` in the status, which gRPC services have beside or without errors of their own.

    https://google.aip.dev/193 (details of a status), https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto
    """
    info = error_details_pb2.RetryInfo()
    try:
        details = status_pb2.Status.FromString(metadata.get("grpc-status-details-bin", b"")).details
        if not any(detail.Unpack(info) for detail in details):
            return None
    except DecodeError:
        return None
    delay: float = info.retry_delay.ToNanoseconds() / 1e9
    return delay


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
