"""From an HTTP answer to the JSON of a method, or to the error that it means.

Matomo writes ``{"result": "error", "message": …}``, most often with status 200, with 401 where the token is refused and 400 for a
request it does not understand. Messages are told apart by their words and never repeated: they may quote SQL or rows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from extractors.errors import (
    AuthenticationError,
    ConfigurationError,
    ExtractionError,
    PartialAnswer,
    PayloadError,
    PermissionDenied,
    RateLimited,
    Unreachable,
)
from extractors.site_analytics.matomo.retries import Transient

COMPARE = "Compare the answer with Matomo's reporting API reference; the days are read again at the next run."
_NO_ACCESS = re.compile(r"access for the website|'(view|write|admin)' access|can't access this resource|superuser", re.I)
_NO_TOKEN = re.compile(r"unable to authenticate|token_auth|must be logged in|invalid or expired|session has expired", re.I)
_TOO_LONG = re.compile(r"took too long|max(imum)?.{0,3}execution.{0,3}time|execution time (was )?exceeded", re.I)
_NO_LOG = re.compile(
    r"visit(or|s)?.{0,2}log.{0,40}(disabled|deactivated|not enabled)|(disabled|deactivated).{0,40}visit(or|s)?.{0,2}log", re.I
)
_NO_METHOD = re.compile(r"does not exist or is not available|plugin .{0,40}(not (activated|enabled)|deactivated)|no such module", re.I)
_NO_SITE = re.compile(r"website id = \d+ (was|could) not|unexpected website|idsite.{0,20}(invalid|not found)", re.I)


class TookTooLong(Exception):
    """The database query ran into the installation's limit: less at a time may pass."""


def read(status: int, headers: Mapping[str, str], body: bytes) -> Any:
    """The JSON of a 200 that is no error; TookTooLong, Transient for what may pass, an ExtractionError for what will not."""
    document = _json(body)
    message = str(document.get("message") or "") if isinstance(document, dict) and document.get("result") == "error" else None
    if message is not None:
        raise _told(status, message, headers)
    if 300 <= status < 400:
        raise ConfigurationError(
            "Matomo's address leads elsewhere (status 3xx); a token is not sent after it.",
            action="Put the final address, with https where Matomo asks for it, into extra.endpoint of matomo_default.",
        )
    if status == 200 and document is not None:
        return document
    raise _bare(status, headers, body)


def _told(status: int, message: str, headers: Mapping[str, str]) -> Exception:
    """The error that Matomo's own message means."""
    if _TOO_LONG.search(message):
        return TookTooLong()
    if _NO_ACCESS.search(message):
        return PermissionDenied(
            "The token may not view this site.",
            action="Give the token's user at least view access to the site in Matomo, or leave the site out of extra.accounts.",
        )
    if _NO_TOKEN.search(message) or status == 401:
        return _refused_token()
    if _NO_LOG.search(message):
        return PermissionDenied(
            "Matomo's visits log is switched off for this site.",
            action="Switch it on (Administration, or the site's settings), or leave the site out of extra.accounts.",
        )
    if _NO_METHOD.search(message):
        return ConfigurationError(
            "This Matomo does not offer the method that is asked for.",
            action="Activate the plugins Live, VisitsSummary and SitesManager, and check extra.endpoint of matomo_default.",
        )
    if _NO_SITE.search(message):
        return PermissionDenied("Matomo does not know the site, or not for this token.", action="Correct extra.accounts of matomo_default.")
    if status == 429 or status >= 500 or status == 408:
        return _bare(status, headers, b"")
    refused = PayloadError(f"Matomo refused the question (status {status}).", action="See Matomo's log of that hour. " + COMPARE)
    return Transient("error_in_200", refused) if status == 200 else refused


def _bare(status: int, headers: Mapping[str, str], body: bytes) -> Exception:
    """What a status without Matomo's own message means."""
    if status == 429:
        limited = RateLimited(
            "Matomo's host stayed closed to further calls (429) for longer than the run may wait.",
            action="Ask the hoster for its limits, then run the days again.",
        )
        return Transient("throttled", limited, _retry_after(headers))
    if status >= 500 or status == 408:
        down = Unreachable(
            f"Matomo answered {status} each time it was asked.",
            action="See Matomo's own log and its web server's; the days are read again at the next run.",
        )
        return Transient("server_error", down)
    if status == 401:
        return _refused_token()
    if status in (403, 404):
        return ConfigurationError(
            f"The address answers {status}: it is not Matomo's, or a gate stands before it.",
            action="Correct extra.endpoint of matomo_default (the folder of index.php), or let this machine through.",
        )
    broken: ExtractionError = PayloadError(
        "What answers is not Matomo's API (no JSON).", action="Check extra.endpoint of matomo_default: the folder of index.php."
    )
    if body.lstrip()[:1] in (b"{", b"["):
        broken = PartialAnswer(
            "An answer of Matomo breaks off inside its JSON.", action="Nothing: the range is read again at the next run."
        )
    return Transient("broken_body", broken)


def _refused_token() -> AuthenticationError:
    return AuthenticationError(
        "Matomo refused the token.",
        action="Create a token (Administration, Personal, Security) and put it into the password of matomo_default.",
    )


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _retry_after(headers: Mapping[str, str]) -> float | None:
    try:
        return max(0.0, float(headers.get("Retry-After", "")))
    except ValueError:
        return None
