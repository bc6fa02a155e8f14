"""Calls of the official clients: each with a deadline and no retries of its own, its exceptions looked up in ``faults``.

The vendor's text is never repeated: it may quote addresses and rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any, TypeVar

import requests
from google.api_core import exceptions as google
from google.auth import exceptions as auth

from extractors.retrying import Action, Failure, Fault, Retries
from extractors.site_analytics.ga4 import faults

CALL_SECONDS = 10.0
"""Deadline of one metadata call."""
PAGE_SECONDS = 30.0
"""Deadline of one page of rows, and of a stream that brings no row."""
TOKEN_SECONDS = 10.0
"""Deadline of one answer of the token endpoint."""
Answer = TypeVar("Answer")
FAILURES = (google.GoogleAPIError, auth.GoogleAuthError, requests.exceptions.RequestException, ConnectionError, ValueError)
"""What the clients raise."""
_NO_ANSWER = (requests.exceptions.ConnectionError, requests.exceptions.Timeout, ConnectionError, TimeoutError, auth.TransportError)
_BACKEND = ("backendError", "internalError", "badGateway")


def ask(
    retries: Retries,
    question: Callable[[], Answer],
    what: str,
    *,
    field: str = "extra.project",
    not_found: Fault = faults.NOT_FOUND,
    handles: Collection[Action] = (),
) -> Answer:
    """The answer, after retries. ``what`` says what was being done, ``field`` which field of the Connection a 404 is about."""

    def attempt() -> Answer:
        try:
            return question()
        except FAILURES as error:
            failure = understand(error, what, field, not_found)
        raise failure

    return retries.call(attempt, handles=handles)


def listed(found: Any) -> list[Any]:
    """All items of one of the client's iterators, which by itself would follow an empty or a repeated page token for ever."""
    items, tokens = [], set[str]()
    for page in found.pages:
        items += page
        token = found.next_page_token
        if not token:
            break
        if token in tokens:
            raise Failure(faults.ENDLESS, "listing")
        tokens.add(token)
    return items


def understand(error: Exception, what: str, field: str = "extra.project", not_found: Fault = faults.NOT_FOUND) -> Failure:
    """The row that an exception of the clients means."""
    why = reason(error)
    fault = _fault(error, why, not_found)
    told = [f"field {field} of ga4_default"] if fault in (faults.NOT_FOUND, faults.BAD_REQUEST) else []
    return Failure(fault, ", ".join([*told, why or type(error).__name__, f"while {what}"]))


def _fault(error: Exception, why: str, not_found: Fault) -> Fault:
    if why == "quotaExceeded":
        return faults.QUOTA
    if isinstance(error, google.TooManyRequests) or why == "rateLimitExceeded":
        return faults.RATE
    if isinstance(error, auth.GoogleAuthError) and not isinstance(error, auth.TransportError):
        return faults.BACKEND if error.retryable else faults.CREDENTIAL
    if isinstance(error, requests.exceptions.SSLError):
        return faults.UNTRUSTED
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return faults.BROKEN_OFF
    if isinstance(error, _NO_ANSWER) or (isinstance(error, google.GatewayTimeout) and not why):
        return faults.UNREACHABLE
    if why in _BACKEND or isinstance(error, google.ServerError):
        return faults.BACKEND
    kinds = {
        google.Unauthorized: faults.CREDENTIAL,
        google.Forbidden: faults.PERMISSION,
        google.NotFound: not_found,
        google.BadRequest: faults.BAD_REQUEST,
    }
    return next((fault for kind, fault in kinds.items() if isinstance(error, kind)), faults.UNKNOWN)


def reason(error: BaseException) -> str:
    """BigQuery's reason code, which is one word, or ""."""
    details = getattr(error, "errors", None) or [{}]
    first = details[0]
    told = first.get("reason", "") if isinstance(first, dict) else ""
    return told if isinstance(told, str) and re.fullmatch(r"[A-Za-z_]{1,64}", told) else ""
