"""Calls of the reporting API: POST only, the token in the body only, one level of retries, a deadline on every call."""

from __future__ import annotations

import re
import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests

from extractors import deadlines
from extractors.collector import collector_held
from extractors.connections import Connection
from extractors.deadlines import bound
from extractors.errors import PayloadError
from extractors.retrying import Action, Failure, Retries, for_load
from extractors.site_analytics.matomo import answers, faults
from extractors.site_analytics.matomo.answers import Parse
from extractors.site_analytics.matomo.known import is_news
from extractors.site_analytics.matomo.schema import VISITS
from extractors.site_analytics.matomo.shapes import Shape
from extractors.stream import Account
from extractors.trust import authority, context

CONNECT_SECONDS = 5.0
READ_SECONDS = 60.0
PAGE_VISITS = 500
Row = dict[str, Any]


@dataclass(repr=False)
class Client:
    """One Matomo and one token. ``page_visits`` shrinks, for good, when the installation finds a page too long."""

    address: str
    token: str
    session: requests.Session
    read_seconds: float = READ_SECONDS
    page_visits: int = PAGE_VISITS
    retries: Retries = field(default_factory=Retries)
    shape: Shape = field(default_factory=lambda: Shape(VISITS, partial(is_news, "visits")))
    lock: threading.Lock = field(default_factory=threading.Lock)
    _sites: list[Row] | None = None

    def call(self, method: str, *, handles: Collection[Action] = (), parse: Parse | None = None, **parameters: object) -> Any:
        """What a method answers, after retries. What is in ``handles`` comes as Failure; ``parse``: see ``answers.read``."""
        form = {"module": "API", "format": "json", "method": method, "token_auth": self.token}
        form |= {name: str(value) for name, value in parameters.items()}
        timeout = (CONNECT_SECONDS, self.read_seconds)

        def attempt() -> Any:
            try:
                # No redirects: a POST that is sent elsewhere becomes a GET, or takes the token to another host.
                answer = self.session.post(self.address, data=form, timeout=timeout, allow_redirects=False)
            except requests.exceptions.SSLError:
                failed = Failure(faults.UNTRUSTED)
            except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError) as error:
                failed = Failure(faults.BROKEN_OFF, type(error).__name__)
            except requests.exceptions.RequestException as error:
                failed = Failure(faults.UNREACHABLE, type(error).__name__)
            else:
                with collector_held():
                    return answers.read(answer.status_code, answer.headers, answer.content, parse)
            raise failed

        return self.retries.call(attempt, handles=handles)

    def sites(self) -> list[Row]:
        """The sites that the token may view. Asked once."""
        if self._sites is None:
            found = self.call("SitesManager.getSitesWithAtLeastViewAccess")
            if not isinstance(found, list) or not all(isinstance(row, dict) and row.get("idsite") for row in found):
                raise PayloadError("The list of sites lacks the field idsite.", action=faults.COMPARE)
            self._sites = found
        return self._sites


def connect(connection: Connection) -> Client:
    """A client for the Connection; ConfigurationError names a bad field. No call is made."""
    name = "extra.token_auth" if not connection.password and connection.extra.get("token_auth") else "password"
    token = connection.require(name).strip()
    if not token.isascii() or not token.isprintable() or " " in token:
        raise connection.wrong(name, "is not a token (it holds a blank or a character that no token has)")
    address = connection.require("extra.endpoint").strip()
    if not re.fullmatch(r"https?://[^/\s?#]+(/[^\s?#]*)?", address):
        raise connection.wrong("extra.endpoint", "must be the address of Matomo, such as https://analytics.example/")
    address = address.removesuffix("index.php").rstrip("/") + "/index.php"
    session = requests.Session()
    # A session is used by several threads, which is safe as long as no answer changes it.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers["Accept"] = "application/json"
    read_seconds = _number(connection, "timeout_seconds", READ_SECONDS)
    return Client(
        address,
        token,
        bound(session, max(deadlines.TOTAL_SECONDS, 2 * read_seconds), context(authority(connection))),
        read_seconds=read_seconds,
        page_visits=int(_number(connection, "page_visits", PAGE_VISITS)),
        retries=for_load(connection),
    )


def accounts(client: Client) -> list[Account]:
    """The sites that the token may view, by number."""
    found = [
        Account(str(row["idsite"]), name=str(row.get("name") or ""), currency=row.get("currency"), time_zone=row.get("timezone"))
        for row in client.sites()
    ]
    return sorted(found, key=lambda account: (len(account.id), account.id))


def close(client: Client) -> None:
    client.session.close()


def _number(connection: Connection, name: str, default: float) -> float:
    value = connection.extra.get(name, default)
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise connection.wrong(f"extra.{name}", "must be a number") from None
    if not 1 <= number <= 100_000:
        raise connection.wrong(f"extra.{name}", "must be at least 1")
    return number
