"""The fault kinds of the emulator, and what each makes of a call (table in the package's docstring)."""

from __future__ import annotations

import threading
from datetime import date
from typing import NoReturn

import grpc
from google.rpc import error_details_pb2, status_pb2

from sandbox.emulators.faults import Fault
from sandbox.emulators.google_ads import access
from sandbox.emulators.google_ads.plan import Plan
from sandbox.emulators.google_ads.refusals import Refusal, request_error
from sandbox.emulators.google_ads.tokens import FAULT_KINDS

PAGE_KINDS = frozenset({"expired_page_token", "invalid_page_token"})
CALL_KINDS = frozenset(
    {
        "unavailable",
        "internal_transient",
        "deadline",
        "resource_exhausted_quota",
        "resource_exhausted_temporarily",
        "resource_exhausted_query",
        "customer_not_enabled",
        "permission_denied",
        "authentication_expired",
        "stream_broken",
        "missing_field",
        "too_large",
        "refusal",
        "status",
        "trickle",
    }
)
KINDS = CALL_KINDS | PAGE_KINDS | FAULT_KINDS


class Broken(Exception):
    """A gRPC status without a GoogleAdsFailure, as a proxy or a lost connection gives; ``retry_delay`` seconds in a RetryInfo."""

    def __init__(self, code: grpc.StatusCode, details: str, retry_delay: float | None = None) -> None:
        super().__init__(details)
        self.code = code
        self.details = details
        self.retry_delay = retry_delay

    def abort(self, context: grpc.ServicerContext) -> NoReturn:
        """End the call with it."""
        if self.retry_delay is not None:
            info = error_details_pb2.RetryInfo()
            info.retry_delay.FromNanoseconds(round(self.retry_delay * 1e9))
            status = status_pb2.Status(code=self.code.value[0], message=self.details)
            status.details.add().Pack(info)
            context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        context.abort(self.code, self.details)
        raise AssertionError("abort raises")


def applies(fault: Fault, plan: Plan) -> bool:
    """Whether the fault's ``min_days`` lets it strike this query: only longer ranges than that suffer."""
    least = fault.options.get("min_days")
    if least is None:
        return True
    return plan.days is not None and (date.fromisoformat(plan.days[1]) - date.fromisoformat(plan.days[0])).days + 1 > int(least)


def strike(fault: Fault, context: grpc.ServicerContext) -> None:
    """Raise what the fault makes of the call; returns for the kinds that change the rows."""
    kind, options = fault.kind, fault.options
    if kind == "unavailable":
        raise Broken(grpc.StatusCode.UNAVAILABLE, "The service is currently unavailable.")
    if kind == "internal_transient":
        raise Refusal("internal_error", "TRANSIENT_ERROR", "Transient internal error.")
    if kind == "deadline":
        gone = threading.Event()
        context.add_callback(gone.set)
        gone.wait(float(options.get("seconds", 3600)))
        raise Broken(grpc.StatusCode.DEADLINE_EXCEEDED, "Deadline exceeded.")
    if kind == "resource_exhausted_quota":
        raise Refusal("quota_error", "RESOURCE_EXHAUSTED", "Too many requests. Retry tomorrow.")
    if kind == "resource_exhausted_temporarily":
        delay = float(options.get("retry_delay", 5))
        raise Refusal("quota_error", "RESOURCE_TEMPORARILY_EXHAUSTED", f"Too many requests. Retry in {delay:g} seconds.", retry_delay=delay)
    if kind == "resource_exhausted_query":
        name = f"EXCESSIVE_{options.get('term', 'SHORT')}_TERM_QUERY_RESOURCE_CONSUMPTION"
        raise Refusal("quota_error", name, "The query pattern uses too many resources.")
    if kind == "customer_not_enabled":
        raise access.not_enabled()
    if kind == "permission_denied":
        raise Refusal("authorization_error", "USER_PERMISSION_DENIED", "User doesn't have permission to access customer.")
    if kind == "refusal":
        raise Refusal(str(options["family"]), str(options["name"]), "Refused.")
    if kind == "status":
        raise Broken(grpc.StatusCode[str(options["code"])], str(options.get("details", "")), options.get("retry_delay"))
    if kind == "authentication_expired":
        raise Refusal("authentication_error", "OAUTH_TOKEN_EXPIRED", "The OAuth token has expired.")


def page_refusal(kind: str) -> Refusal:
    name = kind.upper()
    return request_error(name, "The page token has expired." if name.startswith("EXPIRED") else "The page token is not valid.")
