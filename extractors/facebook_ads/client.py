"""Calls through the official client: each with a timeout, retries by the error table, and cursor paging that notices holes.

The client ignores the HTTP status, has no retries, stops at an empty page although there is a next one, and follows a
repeated cursor for ever; all of that is looked after here. Pages are read through ``FacebookAdsApi.call`` and left as plain
dictionaries, because the client's objects check the type of every value of every row.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pyarrow as pa
import requests
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookError, FacebookRequestError

from extractors.collector import collector_held
from extractors.connections import Connection
from extractors.errors import PayloadError
from extractors.facebook_ads import faults
from extractors.facebook_ads.connection import NotOffered, Patience, account_id, build_api, patience_of
from extractors.facebook_ads.secrets import guard_http_logs, redact
from extractors.facebook_ads.throttling import named_wait
from extractors.json_text import loads
from extractors.retrying import Action, Failure, Retries, for_load

log = logging.getLogger("extractors.facebook_ads")

Row = dict[str, Any]
Reader = Callable[[str], Any]
PAGING = ("after", "offset", "since", "until", "__paging_token")
"""Parameters of a link to the next page that say where it begins."""
ATTEMPTS, EMPTY_PAGES = 6, 50
"""Readings of an empty page whose cursor repeats, and empty pages in a row, that are believed in."""


@dataclass(frozen=True, repr=False)
class Graph:
    """One credential's view of the Graph."""

    api: FacebookAdsApi
    patience: Patience
    wanted: frozenset[str] = frozenset()
    secrets: tuple[str, ...] = ()
    retries: Retries = field(default_factory=Retries)

    def call(self, method: str, node: str, edge: str = "", *, handles: Collection[Action] = (), read: Reader = loads, **params: Any) -> Row:
        """The body of one answer. Failures whose action is in ``handles`` come as they are, all others as ExtractionError."""
        return self.retries.call(lambda: self._once(method, (node, edge), params, read), handles=handles)

    def pages(
        self, node: str, edge: str, *, limit: int, handles: Collection[Action] = (), read: Reader = loads, **params: Any
    ) -> Iterator[Any]:
        """The rows of an edge, page by page to the end, as ``read`` makes them; PartialAnswer where the cursors lead nowhere."""
        after, seen, empty = dict[str, str](), set[str](), 0
        while True:
            try:
                body = self.call("GET", node, edge, limit=limit, handles={Action.SHRINK, *handles}, read=read, **params | after)
            except Failure as failure:
                if failure.action is Action.SHRINK and limit > 1:
                    limit //= 2
                    log.info("facebook_ads: %s/%s: the page is too big; asking for %s rows", node, edge, limit)
                    continue
                if failure.action in handles:
                    raise
                caught = failure
            else:
                rows = body.get("data")
                if not isinstance(rows, pa.Array) and not (isinstance(rows, list) and all(isinstance(row, dict) for row in rows)):
                    raise PayloadError(f"The page of {node}/{edge} has no list of rows.", action=faults.COMPARE)
                yield rows
                after = _next_page(body, f"{node}/{edge}")
                if not after:
                    return
                cursor = repr(after)
                empty = 0 if len(rows) else empty + 1
                # A cursor that repeats after rows would bring them again for ever; after an empty page it is asked again a few times.
                if (cursor in seen and (len(rows) or empty > ATTEMPTS)) or empty > EMPTY_PAGES:
                    raise Failure(faults.ENDLESS, f"{node}/{edge}: a cursor repeats").error()
                seen.add(cursor)
                continue
            raise caught.error()

    def _once(self, method: str, path: tuple[str, str], params: Mapping[str, Any], read: Reader) -> Row:
        try:
            response = self.api.call(method, path, params=dict(params))
            with collector_held():
                status, body = response.status(), read(response.body())
        except FacebookRequestError as error:
            failure = self._failure(error)
        except NotOffered as page:
            failure = Failure(faults.NO_EDGE, str(page))
        except requests.exceptions.SSLError:
            failure = Failure(faults.UNTRUSTED, "TLS")
        except requests.exceptions.RequestException as error:
            failure = Failure(faults.SILENCE, type(error).__name__)
        except (FacebookError, TypeError, ValueError, AttributeError, KeyError):
            # The client stumbles over bodies that are not JSON objects.
            failure = Failure(faults.GARBLED, "not JSON")
        else:
            if status < 400 and isinstance(body, dict):
                return body
            failure = Failure(faults.classify(None, None, "", False, status), f"HTTP {status}")
        # Raised here and not in the handlers: what was caught holds the URL, and with it the token.
        raise failure

    def _failure(self, error: FacebookRequestError) -> Failure:
        code, subcode, status = error.api_error_code(), error.api_error_subcode(), error.http_status()
        message = str(error.api_error_message() or "")
        fault = faults.classify(code, subcode, message, bool(error.api_transient_error()), status)
        detail = f"code {code}/{subcode}: {redact(message, self.secrets)}" if code is not None else f"HTTP {status}"
        return Failure(fault, detail, wait=named_wait(error.http_headers()) or None)


def _next_page(body: Row, where: str) -> dict[str, str]:
    """What asks for the next page: its cursor, or what the link has instead where an edge counts or goes by time; empty on the last.

    https://developers.facebook.com/docs/graph-api/results: cursors may be left out, and ``next`` alone says that there is more.
    """
    paging = body.get("paging")
    if not isinstance(paging, dict) or not paging.get("next"):
        return {}
    cursors = paging.get("cursors")
    if after := cursors.get("after") if isinstance(cursors, dict) else None:
        return {"after": str(after)}
    told = dict(parse_qsl(urlsplit(str(paging["next"])).query))
    found = {name: told[name] for name in PAGING if name in told}
    if not found:
        raise Failure(faults.ENDLESS, f"{where}: a next page without a cursor").error()
    return found


def connect(connection: Connection) -> Graph:
    """The client for a Connection; nothing is asked yet. ConfigurationError names a bad field."""
    guard_http_logs()
    api = build_api(connection)
    session = api._session
    hidden = (session.access_token, getattr(session, "appsecret_proof", None), session.app_secret)
    wanted = frozenset(account_id(name) for name in connection.accounts or ())
    patience = patience_of(connection)
    bound = {faults.QUOTA: replace(faults.QUOTA, within=patience.quota, named=patience.quota)}
    return Graph(api, patience, wanted, tuple(str(text) for text in hidden if text), for_load(connection, overrides=bound))


def close(graph: Graph) -> None:
    """Give the sockets back."""
    graph.api._session.requests.close()
