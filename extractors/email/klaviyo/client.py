"""The official client, led around its defects: bare cursors, raw answers, one level of retries, a timeout on every call."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import urllib3
from klaviyo_api import KlaviyoAPI
from openapi_client.exceptions import ApiException
from openapi_client.rest import RESTClientObject

from extractors.collector import collector_held
from extractors.connections import Connection
from extractors.deadlines import bound_pools
from extractors.email.klaviyo import answers, faults
from extractors.email.klaviyo.answers import Parse, Parsed
from extractors.errors import PayloadError
from extractors.proxies import proxy_for
from extractors.retrying import Action, Failure, Retries, for_load
from extractors.stream import Account
from extractors.trust import authority, context

log = logging.getLogger("extractors")

REVISION = "2026-10-15"
TIMEOUT = (5.0, 14.0)
"""Seconds to connect, and seconds without a byte."""
Row = dict[str, Any]
_CURSOR = re.compile(r"[?&]page(?:\[|%5B)cursor(?:\]|%5D)=([^&#]+)", re.IGNORECASE)


@dataclass
class Client:
    """The client of one private key, which is one account."""

    api: Any
    retries: Retries = field(default_factory=Retries)
    _account: list[Row] | None = None

    def document(
        self, operation: Callable[..., Any], *, handles: Collection[Action] = (), parse: Parse | None = None, **question: Any
    ) -> Row:
        """The JSON:API document that one operation answers, after retries. What is in ``handles`` comes as Failure."""

        def attempt() -> Row:
            try:
                answer = operation(**question, _request_timeout=TIMEOUT)
            except (urllib3.exceptions.HTTPError, ApiException, OSError) as failure:
                kind = _kind(failure)
                silent = Failure(faults.UNTRUSTED) if kind == "SSLError" else Failure(faults.UNREACHABLE, kind)
            else:
                try:
                    with collector_held():
                        return answers.read(answer.status, answer.headers, answer.data, parse)
                except (urllib3.exceptions.HTTPError, OSError) as failure:
                    silent = Failure(faults.BROKEN_OFF, _kind(failure))
            raise silent

        return self.retries.call(attempt, handles=handles)

    def pages(self, operation: Callable[..., Any], *, handles: Collection[Action] = (), **question: Any) -> Iterator[list[Row]]:
        """The rows of each page, first to last. A refused page size is given up for the server's own."""
        for rows in self.parsed(operation, None, handles=handles, **question):
            assert not isinstance(rows, Parsed)
            yield rows

    def parsed(
        self, operation: Callable[..., Any], parse: Parse | None, *, handles: Collection[Action] = (), **question: Any
    ) -> Iterator[list[Row] | Parsed]:
        """The same, each page as ``parse`` makes it where it can."""
        cursors: set[str] = set()
        while True:
            shrinks = {Action.SHRINK} if "page_size" in question else set()
            try:
                document = self.document(operation, handles={*handles, *shrinks}, parse=parse, **question)
            except Failure as failure:
                if failure.action not in shrinks:
                    raise
                log.info("klaviyo: a page of %s rows is refused; the server's own size is taken", question.pop("page_size"))
                continue
            rows = document["data"]
            if not isinstance(rows, Parsed) and not (isinstance(rows, list) and all(isinstance(row, dict) for row in rows)):
                raise PayloadError("The field data is not a list of objects.", action=faults.COMPARE)
            yield rows
            cursor = next_cursor(document)
            if cursor is None:
                return
            if cursor in cursors:
                raise Failure(faults.ENDLESS).error()
            cursors.add(cursor)
            question["page_cursor"] = cursor

    def account_rows(self) -> list[Row]:
        """The account of the key. Asked once: the endpoint allows one call a second."""
        if self._account is None:
            fields = ["contact_information.organization_name", "timezone", "preferred_currency"]
            pages = self.pages(self.api.Accounts.get_accounts_without_preload_content, fields_account=fields)
            self._account = [row for page in pages for row in page]
        return self._account


def next_cursor(document: Row) -> str | None:
    """The bare cursor of ``links.next``, None on the last page.

    The client takes the whole link for a cursor (http) or leaves an equals sign before it (https).
    """
    links = document.get("links")
    link = links.get("next") if isinstance(links, dict) else None
    if not link:
        return None
    found = _CURSOR.search(str(link))
    if found is None:
        raise PayloadError("The link to the next page has no page[cursor].", action=faults.COMPARE)
    return unquote(found[1])


def connect(connection: Connection) -> Client:
    """A client for the Connection's private key; ConfigurationError names a bad field. No call is made."""
    name = "extra.api_key" if not connection.password and connection.extra.get("api_key") else "password"
    key = connection.require(name).strip()
    if not key.isascii() or not key.isprintable() or " " in key:
        raise connection.wrong(name, "is not a private API key (it holds a blank or a character that no key has)")
    endpoint = (connection.endpoint or "").rstrip("/")
    if endpoint and urlsplit(endpoint).scheme not in ("http", "https"):
        raise connection.wrong("extra.endpoint", "must start with http:// or https://")
    api = KlaviyoAPI(key, max_retries=1, test_host=endpoint)
    api.api_client.default_headers["revision"] = REVISION
    api.configuration.retries = urllib3.Retry(0, redirect=2, respect_retry_after_header=False)
    if through := proxy_for(api.configuration.host):
        api.configuration.proxy, api.configuration.proxy_headers = through
    api.api_client.rest_client = RESTClientObject(api.configuration)
    bound_pools(api.api_client.rest_client.pool_manager, trust=context(authority(connection)))
    return Client(api, for_load(connection))


def accounts(client: Client) -> list[Account]:
    """The one account of the key."""
    found = []
    for row in client.account_rows():
        identifier, attributes = row.get("id"), row.get("attributes") or {}
        if not isinstance(identifier, str) or not identifier:
            raise PayloadError("The answer of /api/accounts lacks the field id.", action=faults.COMPARE)
        organization = (attributes.get("contact_information") or {}).get("organization_name") or ""
        found.append(
            Account(identifier, name=organization, currency=attributes.get("preferred_currency"), time_zone=attributes.get("timezone"))
        )
    return found


def close(client: Client) -> None:
    client.api.api_client.rest_client.pool_manager.clear()


def _kind(failure: Exception) -> str:
    """The name of what went wrong below HTTP; its text would hold the address."""
    reason = getattr(failure, "reason", None)
    return type(reason if isinstance(reason, Exception) else failure).__name__
