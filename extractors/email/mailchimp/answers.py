"""From what the client gives back, or raises, to a JSON object, or to the error that it means.

Errors are problem documents, ``{type, title, status, detail, instance}``
(https://mailchimp.com/developer/marketing/docs/errors/). The client leaves three traps: a problem document arrives as text
in ``ApiClientError.text``, a network failure as an exception in the same place, and an answer without a (readable) body is
handed back as a Response, whatever its status. Only ``title`` is repeated in messages: ``detail`` may quote an address.
"""

from __future__ import annotations

from typing import Any

import orjson
from mailchimp_marketing.api_client import ApiClientError
from requests import Response, exceptions

from extractors.email.mailchimp.retries import Transient
from extractors.errors import (
    AccountDisabled,
    AuthenticationError,
    ConfigurationError,
    ExtractionError,
    PartialAnswer,
    PayloadError,
    PermissionDenied,
    RateLimited,
    Unreachable,
)
from extractors.pii import scrub_text

Row = dict[str, Any]
COMPARE = "Compare the answer with Mailchimp's Marketing API reference; the days are read again at the next run."
ENDPOINT = "Check the network and extra.endpoint of mailchimp_default; the days are read again at the next run."


class NotFound(PayloadError):
    """404: a list or campaign that is no longer there."""


def document(answer: Any) -> Row:
    """The JSON object of a good answer; Transient for what may pass, an ExtractionError for what will not."""
    if isinstance(answer, dict):
        return answer
    if isinstance(answer, Response):
        if answer.ok:
            raise Transient("broken_body", _broken_off() if answer.content else _no_object())
        raise failed(answer.status_code, None)
    raise _no_object()


def refused(error: ApiClientError) -> Exception:
    """What an ApiClientError means."""
    if error.status_code is None:
        return _network(error.text)
    return failed(error.status_code, _problem(error.text))


def failed(status: int, problem: Row | None) -> Exception:
    """The one table of statuses; ``problem`` is None where the answer had no problem document."""
    title = scrub_text(str((problem or {}).get("title") or "no title"))[:80]
    if status == 429 or (status == 403 and problem is None):
        return Transient("throttled", _throttled(status))
    if status >= 500 or status == 408:
        return Transient("server_error", _server_error(status))
    if status == 401:
        return AuthenticationError(
            f"Mailchimp refused the API key ({title}).",
            action="Create an API key in Mailchimp (Profile, Extras, API keys) and put it in the password of mailchimp_default.",
        )
    if status == 403 and "disabled" in title.lower():
        return AccountDisabled(f"The Mailchimp account or user is disabled ({title}).", action="Re-enable it in Mailchimp.")
    if status == 403:
        return PermissionDenied(
            f"The API key may not read this ({title}).",
            action="Let a user with the role Admin or Manager create the key: Viewers and Authors may not read reports.",
        )
    if status == 404:
        return NotFound(f"What was asked for is not there ({title}).", action=COMPARE)
    return PayloadError(f"Mailchimp refused the question (status {status}, {title}).", action=COMPARE)


def _problem(text: Any) -> Row | None:
    if isinstance(text, dict):
        return text
    try:
        found = orjson.loads(text)
    except (orjson.JSONDecodeError, TypeError):
        return None
    return found if isinstance(found, dict) else None


def _network(failure: Any) -> Exception:
    kind = type(failure).__name__
    if isinstance(failure, (exceptions.ChunkedEncodingError, exceptions.ContentDecodingError)):
        return Transient("broken_body", _broken_off())
    if isinstance(failure, (exceptions.InvalidURL, exceptions.InvalidSchema, exceptions.MissingSchema)):
        return ConfigurationError("Connection mailchimp_default: field extra.endpoint is no address.", action=ENDPOINT)
    if isinstance(failure, exceptions.RequestException):
        return Transient("unreachable", Unreachable(f"Mailchimp did not answer ({kind}).", action=ENDPOINT))
    return PayloadError(f"The client could not ask the question ({kind}).", action=COMPARE)


def _broken_off() -> PartialAnswer:
    return PartialAnswer(
        "An answer of Mailchimp broke off before its end, each time it was asked for.",
        action="Run the range again; if it stays, look for a proxy between here and Mailchimp.",
    )


def _no_object() -> PayloadError:
    return PayloadError("Mailchimp answered something that is not a JSON object.", action="Check extra.endpoint of mailchimp_default.")


def _throttled(status: int) -> ExtractionError:
    return RateLimited(
        f"Mailchimp kept this client off for longer than the run may wait (status {status}).",
        action="See which other integrations use the account's 10 connections, then run the days again.",
    )


def _server_error(status: int) -> Unreachable:
    return Unreachable(
        f"Mailchimp answered {status} each time it was asked.",
        action="See status.mailchimp.com; the days are read again at the next run.",
    )
