"""The official client, led around its defects: its own host, a timeout on every call, retries, pages that are counted."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import compress
from typing import Any, TypeGuard
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
import requests
from mailchimp_marketing import Client as OfficialClient
from mailchimp_marketing.api_client import ApiClientError

from extractors import deadlines
from extractors.aside import Aside
from extractors.collector import collector_held
from extractors.connections import Connection
from extractors.deadlines import bound
from extractors.email.mailchimp import answers, faults, typed
from extractors.email.mailchimp.answers import Row
from extractors.email.mailchimp.columns import values
from extractors.email.mailchimp.faults import NotFound
from extractors.email.mailchimp.typed import Records
from extractors.errors import PayloadError
from extractors.json_text import loads
from extractors.retrying import Failure, Retries, for_load
from extractors.seen import Seen
from extractors.stream import Account
from extractors.trust import authority, context

PAGE = 1000
CONNECT_SECONDS, READ_SECONDS = 5.0, 28.0
ACTIVITY_DAYS = 60
EXTERNAL_ID = "USERID"


@dataclass
class Client:
    """The client of one API key, which is one account. ``activity_days``: how long after its sending a campaign's activity is
    read; ``external_id``: the merge field that holds the brand's own id of a person."""

    api: Any
    activity_days: int = ACTIVITY_DAYS
    external_id: str = EXTERNAL_ID
    retries: Retries = field(default_factory=Retries)

    def document(self, operation: Callable[..., Any], *place: str, **question: Any) -> Row:
        """The JSON object that one operation answers, after retries."""

        def attempt() -> Row:
            try:
                answer = operation(*place, **question)
            except ApiClientError as error:
                refused = answers.refused(error)
            else:
                return answers.document(answer)
            raise refused

        return self.retries.call(attempt)

    def confirm_gone(self, operation: Callable[..., Any], name: str, missing: NotFound) -> None:
        """Return where the list or campaign itself is not there either; else what is missing of it is an error."""
        try:
            self.document(operation, name, fields=["id"])
        except NotFound:
            return
        raise missing

    def whole(self, operation: Callable[..., Any], *place: str, items: str, key: str, **question: Any) -> list[Row]:
        """All rows of a short listing; a row that comes twice counts once, known by its field ``key``.

        Pages are cut by position, so a row that is added or reordered meanwhile can push another out of sight. A listing that is
        shorter than its ``total_items`` is read a second time, then ``Short``.
        """
        return self.retries.call(lambda: [row for page in self._pages(operation, place, items, key, question) for row in page])

    def aside(
        self, convert: Callable[[list[Row]], pa.Table], operation: Callable[..., Any], *place: str, items: str, key: str, **question: Any
    ) -> Aside:
        """The same for a listing of any length: each page converted and put aside until the last has come."""

        def reading() -> Aside:
            found = Aside()
            try:
                for rows in self._pages(operation, place, items, key, question):
                    with collector_held():
                        found.add(convert(rows))
            except BaseException:
                found.close()
                raise
            return found

        return self.retries.call(reading)

    def _pages(
        self, operation: Callable[..., Any], place: tuple[str, ...], items: str, key: str, question: dict[str, Any]
    ) -> Iterator[list[Row]]:
        seen = Seen()
        offset = 0
        while True:
            page = self.document(operation, *place, count=PAGE, offset=offset, **question)
            rows, total = page.get(items), page.get("total_items")
            if not _are_rows(rows) or not isinstance(total, int):
                raise PayloadError(f"The answer lacks the list {items} or its total_items.", action=faults.COMPARE)
            yield _new(rows, seen, items, key)
            offset += len(rows)
            if not rows or offset >= total:
                break
        if len(seen) < total:
            raise Failure(faults.SHORT, f"{items} has {total} rows, {len(seen)} came")


def _are_rows(rows: Any) -> TypeGuard[list[Row]]:
    return isinstance(rows, list) and (isinstance(rows, Records) or all(isinstance(row, dict) for row in rows))


def _new(rows: list[Row], seen: Seen, items: str, key: str) -> list[Row]:
    """The rows whose key has not come before. Of two keys with one hash the second would be missed, and the listing be short."""
    keys = values(rows, key)
    if None in keys:
        raise PayloadError(f"A row of {items} lacks the field {key}.", action=faults.COMPARE)
    if not all(isinstance(held, str | int) for held in keys):
        raise PayloadError(f"The field {key} of {items} is not a text.", action=faults.COMPARE)
    new = seen.add(np.fromiter(map(hash, keys), np.int64, len(keys)))
    return rows if new.all() else type(rows)(compress(rows, new))


def connect(connection: Connection) -> Client:
    """A client for the Connection's API key or access token; ConfigurationError names a bad field. No call is made."""
    token = "" if connection.password else str(connection.extra.get("access_token") or "")
    name = "extra.access_token" if token else "extra.api_key" if not connection.password and connection.extra.get("api_key") else "password"
    secret = connection.require(name).strip()
    if not secret.isascii() or not secret.isprintable() or " " in secret:
        raise connection.wrong(name, "is not an API key (it holds a blank or a character that no key has)")
    api = OfficialClient({"access_token" if token else "api_key": secret, "timeout": (CONNECT_SECONDS, _seconds(connection))})
    api.api_client.request = partial(_request, api.api_client, context(authority(connection)))
    # With a server name the client replaces every "server" in the address, one's own host name included.
    api.api_client.server = ""
    api.api_client.host = _host(connection, name, secret)
    return Client(
        api,
        activity_days=_number(connection, "activity_days", ACTIVITY_DAYS, 0, 3650),
        external_id=str(connection.extra.get("external_id_merge_field") or EXTERNAL_ID).strip(),
        retries=for_load(connection),
    )


def _request(
    api: Any,
    trust: ssl.SSLContext | None,
    method: str,
    url: str,
    query_params: Any = None,
    headers: dict[str, str] | None = None,
    body: Any = None,
) -> requests.Response:
    """What the client's own method does for a question, but for an end to the whole exchange. Nothing is ever written."""
    assert (method, body) == ("GET", None)
    token = {} if api.is_basic_auth else {"Authorization": f"Bearer {api.access_token}"}
    with requests.Session() as session:
        bound(session, max(deadlines.TOTAL_SECONDS, 2 * max(api.timeout)), trust)
        auth = ("user", api.api_key) if api.is_basic_auth else None
        answer = session.get(url, params=query_params, headers={**(headers or {}), **token}, auth=auth, timeout=api.timeout)
    # The client asks the answer for its JSON, and the standard library is slow. Nothing here points back at the answer: it goes at once.
    answer.json = partial(_json, url, answer.content)  # type: ignore[method-assign]
    return answer


def _json(url: str, body: bytes) -> Any:
    with collector_held():
        found = typed.parse(url, body)
        return loads(body) if found is None else found


def _host(connection: Connection, field: str, secret: str) -> str:
    endpoint = (connection.endpoint or "").rstrip("/").removesuffix("/3.0")
    if endpoint:
        if urlsplit(endpoint).scheme not in ("http", "https"):
            raise connection.wrong("extra.endpoint", "must start with http:// or https://")
        return f"{endpoint}/3.0"
    given = connection.extra.get("server_prefix")
    center = str(given).strip() if given else secret.rpartition("-")[2] if "-" in secret else ""
    if not re.fullmatch(r"[a-z]+[0-9]+", center):
        if given or field == "extra.access_token":
            raise connection.wrong("extra.server_prefix", "must name the account's data center, such as us6")
        raise connection.wrong(field, "does not end in the account's data center, such as -us6")
    return f"https://{center}.api.mailchimp.com/3.0"


def _seconds(connection: Connection) -> float:
    return float(_number(connection, "timeout_seconds", int(READ_SECONDS), 1, 600))


def _number(connection: Connection, name: str, default: int, least: int, most: int) -> int:
    value = connection.extra.get(name, default)
    try:
        number = int(str(value))
    except ValueError:
        number = least - 1
    if not least <= number <= most:
        raise connection.wrong(f"extra.{name}", f"must be a whole number from {least} to {most}")
    return number


def accounts(client: Client) -> list[Account]:
    """The one account of the key, from the API root."""
    root = client.document(client.api.root.get_root, fields=["account_id", "account_name", "account_timezone"])
    identifier = root.get("account_id")
    if not isinstance(identifier, str) or not identifier:
        raise PayloadError("The API root lacks the field account_id.", action=faults.COMPARE)
    return [Account(identifier, name=str(root.get("account_name") or ""), time_zone=root.get("account_timezone"))]
