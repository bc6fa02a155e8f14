"""From an HTTP answer to the JSON of a method, or to the row of ``faults`` that it means.

Matomo writes ``{"result": "error", "message": …}``, most often with status 200, with 401 where the token is refused and 400 for a
request it does not understand. Messages are told apart by their words and never repeated: they may quote SQL or rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from extractors.errors import PayloadError
from extractors.json_text import loads
from extractors.retrying import Failure, Fault, retry_after
from extractors.site_analytics.matomo import faults

COMPARE = faults.COMPARE
Parse = Callable[[bytes], Any]
_NO_ACCESS = re.compile(r"access for the website|'(view|write|admin)' access|can't access this resource|superuser", re.I)
_NO_TOKEN = re.compile(r"unable to authenticate|token_auth|must be logged in|invalid or expired|session has expired", re.I)
_TOO_LONG = re.compile(r"took too long|max(imum)?.{0,3}execution.{0,3}time|execution time (was )?exceeded", re.I)
_NO_LOG = re.compile(
    r"visit(or|s)?.{0,2}log.{0,40}(disabled|deactivated|not enabled)|(disabled|deactivated).{0,40}visit(or|s)?.{0,2}log", re.I
)
_NO_METHOD = re.compile(r"does not exist or is not available|plugin .{0,40}(not (activated|enabled)|deactivated)|no such module", re.I)
_NO_SITE = re.compile(r"website id = \d+ (was|could) not|unexpected website|idsite.{0,20}(invalid|not found)", re.I)


_WORDS: tuple[tuple[re.Pattern[str], Fault], ...] = (
    (_TOO_LONG, faults.TOO_LONG),
    (_NO_ACCESS, faults.NO_VIEW),
    (_NO_TOKEN, faults.BAD_TOKEN),
)
_MORE_WORDS: tuple[tuple[re.Pattern[str], Fault], ...] = (
    (_NO_LOG, faults.NO_LOG),
    (_NO_METHOD, faults.NO_METHOD),
    (_NO_SITE, faults.NO_SITE),
)
_STATUSES: dict[int, Fault] = {
    401: faults.BAD_TOKEN,
    403: faults.NOT_MATOMO,
    404: faults.NOT_MATOMO,
    408: faults.SERVER_ERROR,
    429: faults.THROTTLE,
}


def read(status: int, headers: Mapping[str, str], body: bytes, parse: Parse | None = None) -> Any:
    """The JSON of a 200 that is no error; Failure for any other answer. ``parse`` may know a faster way; else it gives None."""
    if parse is not None and status == 200 and (found := parse(body)) is not None:
        return found
    document = _json(body)
    message = str(document.get("message") or "") if isinstance(document, dict) and document.get("result") == "error" else None
    if message is None and status == 200 and document is not None:
        return document
    fault = _bare(status, body) if message is None else _told(status, message)
    raise Failure(fault, f"status {status}", wait=retry_after(headers) if status == 429 else None)


def listed(found: Any) -> list[dict[str, Any]]:
    """The rows of a list of visits; PayloadError for anything else.

    PHP writes an array as an object where its keys are not 0, 1, 2 and so on (https://www.php.net/manual/en/function.json-encode.php).
    """
    if isinstance(found, dict) and all(key.isdigit() for key in found):
        found = list(found.values())
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise PayloadError("The visits are not a list of objects.", action=COMPARE)
    return found


def _told(status: int, message: str) -> Fault:
    """What Matomo's own message means."""
    for words, fault in (*_WORDS, *(() if status == 401 else _MORE_WORDS)):
        if words.search(message):
            return fault
    if status == 401:
        return faults.BAD_TOKEN
    if status >= 500 or status in (408, 429):
        return _bare(status, b"")
    return faults.ERROR_IN_200 if status == 200 else faults.REFUSED


def _bare(status: int, body: bytes) -> Fault:
    """What a status without Matomo's own message means."""
    if 300 <= status < 400:
        return faults.MOVED
    if status >= 500:
        return faults.SERVER_ERROR
    if status in _STATUSES:
        return _STATUSES[status]
    return faults.BROKEN_OFF if body.lstrip()[:1] in (b"{", b"[") else faults.NO_JSON


def _json(body: bytes) -> Any:
    try:
        return loads(body)
    except orjson.JSONDecodeError:
        return None
