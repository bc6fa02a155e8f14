"""Google's errors as the extractors' own, without the vendor's text: it may quote addresses and rows.

Reasons: https://cloud.google.com/bigquery/docs/error-messages. ``rateLimitExceeded`` and ``backendError`` pass and are
retried; ``quotaExceeded`` does not pass tonight.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import requests
from google.api_core import exceptions as google
from google.api_core.retry import Retry
from google.auth import exceptions as auth

from extractors import errors

CALL_SECONDS = 10.0
"""Deadline of one metadata call."""
PAGE_SECONDS = 30.0
"""Deadline of one page of rows."""
_CONNECTING_SECONDS = 15.0
_RETRYING_SECONDS = 90.0
_NO_ANSWER = (requests.exceptions.ConnectionError, requests.exceptions.Timeout, ConnectionError, TimeoutError, auth.TransportError)
_PASSING = ("rateLimitExceeded", "backendError", "internalError", "badGateway")
_LIMITS = ("quotaExceeded", "rateLimitExceeded")


def retrying() -> Retry:
    """Retry what passes by itself, for 90 s; an endpoint that does not answer is given up after 15 s."""
    started = time.monotonic()

    def passes(error: BaseException) -> bool:
        if isinstance(error, requests.exceptions.SSLError):
            return False
        if isinstance(error, (*_NO_ANSWER, requests.exceptions.ChunkedEncodingError)):
            return time.monotonic() - started < _CONNECTING_SECONDS
        return reason(error) in _PASSING or (not reason(error) and isinstance(error, (google.ServerError, google.TooManyRequests)))

    return Retry(predicate=passes, initial=0.5, maximum=8.0, multiplier=2.0, timeout=_RETRYING_SECONDS)


@contextmanager
def translated(what: str, *, field: str = "extra.project") -> Iterator[None]:
    """Raise our own errors for the client's. ``what`` says what was being done, ``field`` which field a 404 is about."""
    try:
        yield
    except errors.ExtractionError:
        raise
    except (google.GoogleAPIError, auth.GoogleAuthError, requests.exceptions.RequestException, ConnectionError, ValueError) as error:
        raise _ours(error, what, field) from None


def reason(error: BaseException) -> str:
    """BigQuery's reason code, or ""."""
    details = getattr(error, "errors", None) or [{}]
    first = details[0]
    return str(first.get("reason", "")) if isinstance(first, dict) else ""


def _ours(error: Exception, what: str, field: str) -> errors.ExtractionError:
    if isinstance(error, google.RetryError) and isinstance(error.cause, Exception):
        error = error.cause
    why = reason(error)
    if isinstance(error, google.TooManyRequests) or why in _LIMITS:
        return errors.RateLimited(
            f"BigQuery's quota is used up while {what} ({why or 'resourceExhausted'}).",
            action="Raise the project's BigQuery quota or run later; the range is read again at the next run.",
        )
    refused = isinstance(error, auth.GoogleAuthError) and not isinstance(error, auth.TransportError) and not error.retryable
    if refused or isinstance(error, google.Unauthorized):
        return errors.AuthenticationError(
            f"BigQuery refused the credential while {what}.",
            action="Put a valid service account key into extra.keyfile_dict or extra.keyfile_path of ga4_default.",
        )
    if isinstance(error, google.Forbidden):
        return errors.PermissionDenied(
            f"The credential may not do this: {what} ({why or 'accessDenied'}).",
            action="Give the service account roles/bigquery.dataViewer on the dataset and bigquery.readSessionUser on the project.",
        )
    if isinstance(error, google.NotFound):
        return errors.ConfigurationError(
            f"Connection ga4_default: field {field} names something that BigQuery does not have, found while {what}.",
            action=f"Correct {field} in the Airflow Connection ga4_default (docs/connections.md has an example).",
        )
    if isinstance(error, google.BadRequest):
        return errors.ConfigurationError(
            f"Connection ga4_default: BigQuery does not accept field {field}, found while {what} ({why or 'badRequest'}).",
            action=f"Correct {field} in the Airflow Connection ga4_default (docs/connections.md has an example).",
        )
    if isinstance(error, requests.exceptions.SSLError):
        return errors.ConfigurationError(
            f"The endpoint's certificate is not trusted, found while {what}.",
            action="Set extra.ca_file of the Airflow Connection ga4_default to the authority that signed it, or correct extra.endpoint.",
        )
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return errors.PartialAnswer(f"An answer broke off while {what}.", action="Nothing: the range is read again at the next run.")
    if isinstance(error, (*_NO_ANSWER, google.ServerError, auth.GoogleAuthError)):
        return errors.Unreachable(
            f"BigQuery does not answer while {what} ({type(error).__name__}).",
            action="Check the network and extra.endpoint of ga4_default; the range is read again at the next run.",
        )
    return errors.PayloadError(
        f"An answer is not what BigQuery documents, while {what} ({type(error).__name__}).",
        action="Check that extra.endpoint of ga4_default is a BigQuery REST API.",
    )
