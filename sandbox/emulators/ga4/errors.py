"""BigQuery's errors, and the faults that a plan can ask for.

REST: https://cloud.google.com/bigquery/docs/error-messages. gRPC: the canonical codes of google.rpc.
"""

from __future__ import annotations

import threading

import grpc
import pyarrow as pa

from sandbox.emulators.faults import Fault, FaultPlan

FAULTS = {
    "rate_limit_exceeded": (403, "rateLimitExceeded", "Exceeded rate limits: too many api requests per user per method."),
    "backend_error": (503, "backendError", "Error encountered during execution. Retrying may solve the problem."),
    "quota_exceeded": (403, "quotaExceeded", "Quota exceeded: Your project exceeded quota for extracted bytes."),
    "not_found": (404, "notFound", "Not found: the resource was not found."),
    "unauthenticated": (401, "authError", "Request had invalid authentication credentials."),
    "permission_denied": (403, "accessDenied", "Access Denied: Permission denied."),
    "invalid": (400, "invalid", "The request is invalid."),
    "conflict": (409, "duplicate", "The resource already exists."),
}
"""Fault kind -> HTTP status, reason, message."""

TOKENS = ("repeated_token", "empty_token")
SPECIAL = ("connection_reset", "truncated_body", "hang", "missing_field", *TOKENS)
STORAGE_ONLY = ("storage_unavailable", "stream_broken", "stream_trickle")
KINDS = (*FAULTS, *SPECIAL, *STORAGE_ONLY)

_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
}
CODES = {
    "rate_limit_exceeded": grpc.StatusCode.RESOURCE_EXHAUSTED,
    "backend_error": grpc.StatusCode.INTERNAL,
    "quota_exceeded": grpc.StatusCode.RESOURCE_EXHAUSTED,
    "not_found": grpc.StatusCode.NOT_FOUND,
    "unauthenticated": grpc.StatusCode.UNAUTHENTICATED,
    "permission_denied": grpc.StatusCode.PERMISSION_DENIED,
    "invalid": grpc.StatusCode.INVALID_ARGUMENT,
    "conflict": grpc.StatusCode.ALREADY_EXISTS,
    "storage_unavailable": grpc.StatusCode.UNAVAILABLE,
    "connection_reset": grpc.StatusCode.UNAVAILABLE,
}
"""Fault kind -> code of the Storage Read API."""


class ApiError(Exception):
    """An error answer of the REST API."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message

    def body(self) -> dict[str, object]:
        status = "RESOURCE_EXHAUSTED" if self.reason in ("rateLimitExceeded", "quotaExceeded") else _STATUS.get(self.code, "UNKNOWN")
        detail = {"message": self.message, "domain": "global", "reason": self.reason}
        return {"error": {"code": self.code, "message": self.message, "errors": [detail], "status": status}}


class Reset(Exception):
    """The connection is to be reset in place of an answer."""


class CutOff(Exception):
    """The answer is to break off in its middle."""


class Faults:
    """The fault plan as this emulator applies it; ``stop`` lets hanging calls go."""

    def __init__(self, plan: FaultPlan) -> None:
        plan.check("ga4", KINDS)
        self._plan = plan
        self._stopped = threading.Event()

    def stop(self) -> None:
        self._stopped.set()

    def rest(self, operation: str, account: str | None) -> None:
        """Suffer the fault of a REST call, if there is one: raises ApiError or Reset, or hangs."""
        fault = self._plan.take("ga4", operation, account, (*FAULTS, "connection_reset", "truncated_body", "hang"))
        if fault is None:
            return
        if fault.kind == "connection_reset":
            raise Reset
        if fault.kind == "truncated_body":
            raise CutOff
        if fault.kind == "hang":
            self.hang(fault)
            raise ApiError(503, "backendError", "The service is unavailable.")
        raise ApiError(*FAULTS[fault.kind])

    def storage(self, operation: str, account: str | None) -> Fault | None:
        """The fault of a call to the Storage Read API, if there is one."""
        return self._plan.take(
            "ga4", operation, account, (*CODES, "hang", "stream_broken", "stream_trickle") if "ReadRows" in operation else (*CODES, "hang")
        )

    def without(self, operation: str, account: str | None, table: pa.Table) -> pa.Table:
        """The table less the column that a ``missing_field`` fault names (``options.field``)."""
        fault = self._plan.take("ga4", operation, account, ("missing_field",))
        column = fault.options.get("field", "event_name") if fault else None
        return table.drop_columns([column]) if column in table.column_names else table

    def token(self, operation: str, account: str | None) -> str | None:
        """The kind of fault of a page's token, if there is one."""
        fault = self._plan.take("ga4", operation, account, TOKENS)
        return fault.kind if fault else None

    def hang(self, fault: Fault) -> None:
        """Wait until the server stops, or for ``options.seconds``."""
        self._stopped.wait(fault.options.get("seconds"))
