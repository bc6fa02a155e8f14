"""From an Airflow Connection to a session of the official client."""

from __future__ import annotations

from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urlsplit

import requests
from facebook_business.api import FacebookAdsApi
from facebook_business.session import FacebookSession

from extractors import deadlines
from extractors.connections import Connection
from extractors.deadlines import bound
from extractors.trust import authority, context

API_VERSION = "v26.0"


NOT_OFFERED = (404, 405, 501)


class NotOffered(requests.exceptions.RequestException):
    """An address that the endpoint does not know: a page in the place of a Graph error."""


def _check_offered(answer: requests.Response, **_: object) -> None:
    # Asked here, because the client stumbles over a page before it tells the status, and follows wherever an answer sends it: the
    # address of each call holds the token, and a server that sends callers on repeats it.
    if answer.is_redirect:
        raise NotOffered(f"HTTP {answer.status_code}, which leads elsewhere")
    if answer.status_code in NOT_OFFERED and not answer.content.lstrip().startswith(b"{"):
        raise NotOffered(f"HTTP {answer.status_code}")


@dataclass(frozen=True)
class Patience:
    """How long to wait for what, in seconds."""

    connect: float = 5.0
    answer: float = 30.0
    quota: float = 3600.0
    """The longest that one call waits for its quota."""
    report: float = 3600.0
    """A report run may take an hour (https://developers.facebook.com/docs/marketing-api/insights/best-practices)."""
    stall: float = 600.0
    """A run that does not move for so long is abandoned and asked for anew."""


def account_id(text: str) -> str:
    """Digits of an ad account id; people and other tools also write ``act_<digits>``."""
    return text.strip().removeprefix("act_")


def token_of(connection: Connection) -> str:
    """``password``, or ``extra.access_token``."""
    return connection.require("extra.access_token" if connection.extra.get("access_token") and not connection.password else "password")


def build_api(connection: Connection) -> FacebookAdsApi:
    """An API object of its own: no global default, no crash reporter; ConfigurationError names a bad field.

    The client has no URL argument, but its session does (``GRAPH``).
    """
    token = token_of(connection)
    secret = connection.extra.get("app_secret")
    patience = patience_of(connection)
    session = FacebookSession(
        app_id=connection.extra.get("app_id"),
        app_secret=str(secret) if secret else None,
        access_token=token,
        timeout=(patience.connect, patience.answer),
    )
    bound(session.requests, max(deadlines.TOTAL_SECONDS, 2 * patience.answer), context(authority(connection)))
    session.requests.hooks["response"].append(_check_offered)
    # The session is used by several threads, which is safe as long as no answer changes it.
    session.requests.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    if connection.endpoint:
        parts = urlsplit(connection.endpoint)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise connection.wrong("extra.endpoint", "must be an address such as https://host:port")
        session.GRAPH = connection.endpoint.rstrip("/")
    return FacebookAdsApi(session, api_version=API_VERSION)


def patience_of(connection: Connection) -> Patience:
    """The defaults, with ``extra.timeout_seconds``, ``extra.max_wait_seconds`` and ``extra.report_deadline_seconds``."""
    given = {"answer": "timeout_seconds", "quota": "max_wait_seconds", "report": "report_deadline_seconds"}
    values: dict[str, float] = {}
    for name, field in given.items():
        if connection.extra.get(field) is not None:
            try:
                values[name] = float(connection.extra[field])
            except (TypeError, ValueError):
                raise connection.wrong(f"extra.{field}", "must be a number of seconds") from None
    return Patience(**values)
