"""Calls of the reporting API: POST only, the token in the body only, one level of retries, a deadline on every call."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from extractors.connections import Connection
from extractors.errors import ConfigurationError, PartialAnswer, PayloadError, Unreachable
from extractors.site_analytics.matomo import answers, retries
from extractors.stream import Account

CONNECT_SECONDS = 5.0
READ_SECONDS = 60.0
PAGE_VISITS = 500
Row = dict[str, Any]


@dataclass(repr=False)
class Client:
    """One Matomo and one token. ``page_visits`` shrinks, for good, when the installation finds a page too long.
    ``sleep`` waits between retries."""

    address: str
    token: str
    session: requests.Session
    read_seconds: float = READ_SECONDS
    page_visits: int = PAGE_VISITS
    sleep: Callable[[float], None] = time.sleep
    _sites: list[Row] | None = None

    def call(self, method: str, **parameters: object) -> Any:
        """What a method answers, after retries. answers.TookTooLong passes through."""
        form = {"module": "API", "format": "json", "method": method, "token_auth": self.token}
        form |= {name: str(value) for name, value in parameters.items()}
        timeout = (CONNECT_SECONDS, self.read_seconds)

        def attempt() -> Any:
            try:
                # No redirects: a POST that is sent elsewhere becomes a GET, or takes the token to another host.
                answer = self.session.post(self.address, data=form, timeout=timeout, allow_redirects=False)
            except requests.exceptions.SSLError:
                raise _untrusted() from None
            except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError):
                raise retries.Transient("broken_body", _broken_off()) from None
            except requests.exceptions.RequestException as failure:
                raise retries.Transient("unreachable", _unreachable(failure)) from None
            return answers.read(answer.status_code, answer.headers, answer.content)

        return retries.call(attempt, self.sleep)

    def sites(self) -> list[Row]:
        """The sites that the token may view. Asked once."""
        if self._sites is None:
            try:
                found = self.call("SitesManager.getSitesWithAtLeastViewAccess")
            except answers.TookTooLong:
                raise took_too_long() from None
            if not isinstance(found, list) or not all(isinstance(row, dict) and row.get("idsite") for row in found):
                raise PayloadError("The list of sites lacks the field idsite.", action=answers.COMPARE)
            self._sites = found
        return self._sites


def connect(connection: Connection) -> Client:
    """A client for the Connection; ConfigurationError names a bad field. No call is made."""
    field = "extra.token_auth" if not connection.password and connection.extra.get("token_auth") else "password"
    token = connection.require(field).strip()
    if not token.isascii() or not token.isprintable() or " " in token:
        raise connection.wrong(field, "is not a token (it holds a blank or a character that no token has)")
    address = connection.require("extra.endpoint").strip()
    if not re.fullmatch(r"https?://[^/\s?#]+(/[^\s?#]*)?", address):
        raise connection.wrong("extra.endpoint", "must be the address of Matomo, such as https://analytics.example/")
    address = address.removesuffix("index.php").rstrip("/") + "/index.php"
    session = requests.Session()
    session.trust_env = True
    session.headers["Accept"] = "application/json"
    session.auth = _no_netrc
    if connection.extra.get("ca_file"):
        session.verify = str(connection.extra["ca_file"])
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=0))
    return Client(
        address,
        token,
        session,
        read_seconds=_number(connection, "timeout_seconds", READ_SECONDS),
        page_visits=int(_number(connection, "page_visits", PAGE_VISITS)),
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


def took_too_long() -> PartialAnswer:
    return PartialAnswer(
        "Matomo's database found the question too long, even for a few visits at a time.",
        action="Raise live_query_max_execution_time in Matomo's config.ini.php, or read the days when it is idle.",
    )


def _no_netrc(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Leaves the request alone: without an ``auth`` requests would add credentials of a .netrc file."""
    return request


def _number(connection: Connection, name: str, default: float) -> float:
    value = connection.extra.get(name, default)
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise connection.wrong(f"extra.{name}", "must be a number") from None
    if not 1 <= number <= 100_000:
        raise connection.wrong(f"extra.{name}", "must be at least 1")
    return number


def _untrusted() -> ConfigurationError:
    return ConfigurationError(
        "The certificate of Matomo's address is not trusted.",
        action="Set extra.ca_file of matomo_default to the authority that signed it, or correct extra.endpoint.",
    )


def _broken_off() -> PartialAnswer:
    return PartialAnswer(
        "An answer of Matomo broke off before its end, each time it was asked for.",
        action="Run the range again; if it stays, look for a proxy or PHP's limits (memory_limit, max_execution_time).",
    )


def _unreachable(failure: Exception) -> Unreachable:
    return Unreachable(
        f"Matomo did not answer ({type(failure).__name__}).",
        action="Check the network and extra.endpoint of matomo_default; the days are read again at the next run.",
    )
