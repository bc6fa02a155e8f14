"""Refusals as Google Ads sends them: a gRPC status with a ``GoogleAdsFailure`` in the trailing metadata.

https://developers.google.com/google-ads/api/docs/best-practices/understand-api-errors
"""

from __future__ import annotations

from typing import Any

import grpc

CODES: dict[str, grpc.StatusCode] = {
    "authentication_error": grpc.StatusCode.UNAUTHENTICATED,
    "authorization_error": grpc.StatusCode.PERMISSION_DENIED,
    "quota_error": grpc.StatusCode.RESOURCE_EXHAUSTED,
    "internal_error": grpc.StatusCode.INTERNAL,
}
"""Family of the error code -> gRPC status; every other family is INVALID_ARGUMENT."""


class Refusal(Exception):
    """One ``GoogleAdsError``: ``family`` is the member of ErrorCode (``query_error``), ``name`` its value.

    ``retry_delay`` (seconds) is sent in ``details.quota_error_details``.
    """

    def __init__(self, family: str, name: str, message: str, *, retry_delay: float | None = None) -> None:
        super().__init__(f"{family}.{name}: {message}")
        self.family = family
        self.name = name
        self.message = message
        self.retry_delay = retry_delay

    @property
    def code(self) -> grpc.StatusCode:
        return CODES.get(self.family, grpc.StatusCode.INVALID_ARGUMENT)

    def failure(self, failure_class: Any, request_id: str) -> bytes:
        """The serialized GoogleAdsFailure of one API version."""
        failure = failure_class()
        failure.request_id = request_id
        error = failure.errors.add()
        member = error.error_code.DESCRIPTOR.fields_by_name[self.family]
        setattr(error.error_code, self.family, member.enum_type.values_by_name[self.name].number)
        error.message = self.message
        if self.retry_delay is not None:
            details = error.details.quota_error_details
            details.rate_scope = 2  # ACCOUNT
            details.retry_delay.FromNanoseconds(round(self.retry_delay * 1e9))
        return bytes(failure.SerializeToString())


def query_error(name: str, message: str) -> Refusal:
    return Refusal("query_error", name, message)


def request_error(name: str, message: str) -> Refusal:
    return Refusal("request_error", name, message)
