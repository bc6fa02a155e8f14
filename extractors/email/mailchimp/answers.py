"""From what the client gives back, or raises, to a JSON object, or to the row of ``faults`` that it means.

Errors are problem documents, ``{type, title, status, detail, instance}``
(https://mailchimp.com/developer/marketing/docs/errors/). The client leaves three traps: a problem document arrives as text
in ``ApiClientError.text``, a network failure as an exception in the same place, and an answer without a (readable) body is
handed back as a Response, whatever its status. Only ``title`` is repeated in messages: ``detail`` may quote an address.
"""

from __future__ import annotations

import re
from typing import Any

import orjson
from mailchimp_marketing.api_client import ApiClientError
from requests import Response, exceptions

from extractors.email.mailchimp import faults
from extractors.errors import PayloadError
from extractors.pii import scrub_text
from extractors.retrying import Failure, Fault

Row = dict[str, Any]
COMPARE = faults.COMPARE
_LONG_WORD = re.compile(r"\S{25,}|\S*[0-9a-f]{8}\S*")
"""Of a title; a key is one."""
_STATUSES = {401: faults.BAD_KEY, 404: faults.GONE, 408: faults.SERVER_ERROR, 429: faults.THROTTLE}


def document(answer: Any) -> Row:
    """The JSON object of a good answer; Failure for any other."""
    if isinstance(answer, dict):
        return answer
    if isinstance(answer, Response):
        if answer.ok:
            raise Failure(faults.BROKEN_OFF if answer.content else faults.NO_OBJECT)
        raise failed(answer.status_code, None)
    raise Failure(faults.NO_OBJECT)


def refused(error: ApiClientError) -> Exception:
    """What an ApiClientError means."""
    if error.status_code is None:
        return _network(error.text)
    return failed(error.status_code, _problem(error.text))


def failed(status: int, problem: Row | None) -> Failure:
    """The row of a status; ``problem`` is None where the answer had no problem document."""
    title = _LONG_WORD.sub("…", scrub_text(str((problem or {}).get("title") or "no title")))[:80]
    return Failure(_fault(status, problem, title), f"status {status}, {title}")


def _fault(status: int, problem: Row | None, title: str) -> Fault:
    if status >= 500:
        return faults.SERVER_ERROR
    if status == 403 and problem is None:
        return faults.THROTTLE
    if status == 403:
        return faults.DISABLED if "disabled" in title.lower() else faults.ROLE
    return _STATUSES.get(status, faults.REFUSED)


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
        return Failure(faults.BROKEN_OFF, kind)
    if isinstance(failure, (exceptions.InvalidURL, exceptions.InvalidSchema, exceptions.MissingSchema)):
        return Failure(faults.NO_ADDRESS, kind)
    if isinstance(failure, exceptions.SSLError):
        return Failure(faults.UNTRUSTED)
    if isinstance(failure, exceptions.RequestException):
        return Failure(faults.UNREACHABLE, kind)
    return PayloadError(f"The client could not ask the question ({kind}).", action=COMPARE)
