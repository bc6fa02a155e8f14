"""The official client, led around its defects: bare cursors, raw answers, one level of retries, a timeout on every call."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import urllib3
from klaviyo_api import KlaviyoAPI
from openapi_client.exceptions import ApiException
from openapi_client.rest import RESTClientObject

from extractors.connections import Connection
from extractors.email.klaviyo import answers, retries
from extractors.errors import PartialAnswer, PayloadError, Unreachable
from extractors.stream import Account

REVISION = "2026-10-15"
TIMEOUT = (5.0, 14.0)
"""Seconds to connect, and seconds without a byte."""
Row = dict[str, Any]
_CURSOR = re.compile(r"[?&]page(?:\[|%5B)cursor(?:\]|%5D)=([^&#]+)", re.IGNORECASE)


@dataclass
class Client:
    """The client of one private key, which is one account. ``sleep`` waits between retries."""

    api: Any
    sleep: Callable[[float], None] = time.sleep
    _account: list[Row] | None = None

    def document(self, operation: Callable[..., Any], **question: Any) -> Row:
        """The JSON:API document that one operation answers, after retries."""

        def attempt() -> Row:
            try:
                answer = operation(**question, _request_timeout=TIMEOUT)
            except (urllib3.exceptions.HTTPError, ApiException, OSError) as failure:
                raise retries.Transient("unreachable", _unreachable(failure)) from None
            try:
                body = answer.data
            except (urllib3.exceptions.HTTPError, OSError):
                raise retries.Transient("broken_body", _broken_off()) from None
            return answers.read(answer.status, answer.headers, body)

        return retries.call(attempt, self.sleep)

    def pages(self, operation: Callable[..., Any], **question: Any) -> Iterator[list[Row]]:
        """The rows of each page, first to last. A refused page size is given up for the server's own."""
        cursors: set[str] = set()
        while True:
            try:
                document = self.document(operation, **question)
            except answers.Refused as refusal:
                if "page_size" in question and refusal.about_page_size:
                    del question["page_size"]
                    continue
                raise
            rows = document["data"]
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise PayloadError("The field data is not a list of objects.", action=answers.COMPARE)
            yield rows
            cursor = next_cursor(document)
            if cursor is None:
                return
            if cursor in cursors:
                raise PartialAnswer(
                    "Klaviyo leads from a page back to one that was read before, so the range has no end.",
                    action="Run the range again; if it stays, report it to Klaviyo with the stream and the day.",
                )
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
        raise PayloadError("The link to the next page has no page[cursor].", action=answers.COMPARE)
    return unquote(found[1])


def connect(connection: Connection) -> Client:
    """A client for the Connection's private key; ConfigurationError names a bad field. No call is made."""
    field = "extra.api_key" if not connection.password and connection.extra.get("api_key") else "password"
    key = connection.require(field).strip()
    if not key.isascii() or not key.isprintable() or " " in key:
        raise connection.wrong(field, "is not a private API key (it holds a blank or a character that no key has)")
    endpoint = (connection.endpoint or "").rstrip("/")
    if endpoint and urlsplit(endpoint).scheme not in ("http", "https"):
        raise connection.wrong("extra.endpoint", "must start with http:// or https://")
    api = KlaviyoAPI(key, max_retries=1, test_host=endpoint)
    api.api_client.default_headers["revision"] = REVISION
    api.configuration.retries = urllib3.Retry(0, redirect=2, respect_retry_after_header=False)
    api.api_client.rest_client = RESTClientObject(api.configuration)
    return Client(api)


def accounts(client: Client) -> list[Account]:
    """The one account of the key."""
    found = []
    for row in client.account_rows():
        identifier, attributes = row.get("id"), row.get("attributes") or {}
        if not isinstance(identifier, str) or not identifier:
            raise PayloadError("The answer of /api/accounts lacks the field id.", action=answers.COMPARE)
        organization = (attributes.get("contact_information") or {}).get("organization_name") or ""
        found.append(
            Account(identifier, name=organization, currency=attributes.get("preferred_currency"), time_zone=attributes.get("timezone"))
        )
    return found


def close(client: Client) -> None:
    client.api.api_client.rest_client.pool_manager.clear()


def _unreachable(failure: Exception) -> Unreachable:
    reason = getattr(failure, "reason", None)
    kind = type(reason if isinstance(reason, Exception) else failure).__name__
    return Unreachable(
        f"Klaviyo did not answer ({kind}).",
        action="Check the network and extra.endpoint of klaviyo_default; the days are read again at the next run.",
    )


def _broken_off() -> PartialAnswer:
    return PartialAnswer(
        "An answer of Klaviyo broke off before its end, each time it was asked for.",
        action="Run the range again; if it stays, look for a proxy between here and Klaviyo.",
    )
