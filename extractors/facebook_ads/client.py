"""Calls through the official client: each with a timeout, retries by the error table, and cursor paging that notices holes.

The client ignores the HTTP status, has no retries, stops at an empty page although there is a next one, and follows a
repeated cursor for ever; all of that is looked after here. Pages are read through ``FacebookAdsApi.call`` and left as plain
dictionaries, because the client's objects check the type of every value of every row.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import requests
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookError, FacebookRequestError
from tenacity import RetryCallState, Retrying, retry_if_exception

from extractors.connections import Connection
from extractors.errors import PartialAnswer, PayloadError
from extractors.facebook_ads import failures
from extractors.facebook_ads.connection import Patience, account_id, build_api, patience_of
from extractors.facebook_ads.failures import Action, GraphFailure
from extractors.facebook_ads.secrets import guard_http_logs, redact
from extractors.facebook_ads.throttling import named_wait

log = logging.getLogger("extractors.facebook_ads")

Row = dict[str, Any]
ATTEMPTS = 6
EMPTY_PAGES = 50


@dataclass(frozen=True, repr=False)
class Graph:
    """One credential's view of the Graph. ``sleep`` and ``monotonic`` are arguments, so that waiting can be tested."""

    api: FacebookAdsApi
    patience: Patience
    wanted: frozenset[str] = frozenset()
    secrets: tuple[str, ...] = ()
    sleep: Callable[[float], None] = field(default=time.sleep)
    monotonic: Callable[[], float] = field(default=time.monotonic)

    def call(self, method: str, node: str, edge: str = "", *, handles: Collection[Action] = (), **params: Any) -> Row:
        """The body of one answer. Failures whose action is in ``handles`` come as GraphFailure, all others as ExtractionError."""
        # What no smaller page can help is one more passing failure.
        again = {Action.RETRY, Action.WAIT, Action.SHRINK} - ({Action.SHRINK} & set(handles))
        retrying = Retrying(
            retry=retry_if_exception(lambda error: isinstance(error, GraphFailure) and error.action in again),
            wait=self._pause,
            stop=self._enough,
            sleep=self.sleep,
            reraise=True,
        )
        try:
            answer: Row = retrying(self._once, method, (node, edge), params)
        except GraphFailure as caught:
            failure = caught
        else:
            return answer
        raise failure if failure.action in handles else failure.error()

    def pages(self, node: str, edge: str, *, limit: int, handles: Collection[Action] = (), **params: Any) -> Iterator[list[Row]]:
        """The rows of an edge, page by page to the end; PartialAnswer where the cursors lead nowhere."""
        after, seen, empty = "", set[str](), 0
        while True:
            asked = params | ({"after": after} if after else {})
            try:
                body = self.call("GET", node, edge, limit=limit, handles={Action.SHRINK, *handles}, **asked)
            except GraphFailure as failure:
                if failure.action is Action.SHRINK and limit > 1:
                    limit //= 2
                    log.info("facebook_ads: %s/%s: the page is too big; asking for %s rows", node, edge, limit)
                    continue
                if failure.action in handles:
                    raise
                caught = failure
            else:
                rows = body.get("data")
                if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                    raise _broken(PayloadError, f"The page of {node}/{edge} has no list of rows.", failures.COMPARE)
                yield rows
                after = _next_cursor(body, f"{node}/{edge}")
                if not after:
                    return
                empty = 0 if rows else empty + 1
                # A cursor that repeats after rows would bring them again for ever; after an empty page it is asked again a few times.
                if (after in seen and (rows or empty > ATTEMPTS)) or empty > EMPTY_PAGES:
                    raise _broken(PartialAnswer, f"The pages of {node}/{edge} do not come to an end: a cursor repeats.", failures.LATER)
                seen.add(after)
                continue
            raise caught.error()

    def _once(self, method: str, path: tuple[str, str], params: Mapping[str, Any]) -> Row:
        try:
            response = self.api.call(method, path, params=dict(params))
            status, body = response.status(), orjson.loads(response.body())
        except FacebookRequestError as error:
            failure = self._failure(error)
        except requests.exceptions.SSLError:
            failure = GraphFailure(failures.UNTRUSTED, "TLS")
        except requests.exceptions.RequestException as error:
            failure = GraphFailure(failures.SILENT, type(error).__name__)
        except (FacebookError, TypeError, ValueError, AttributeError, KeyError):
            # The client stumbles over bodies that are not JSON objects.
            failure = GraphFailure(failures.GARBLED, "not JSON")
        else:
            if status < 400 and isinstance(body, dict):
                return body
            failure = GraphFailure(failures.GARBLED, f"HTTP {status}")
        # Raised here and not in the handlers: what was caught holds the URL, and with it the token.
        raise failure

    def _failure(self, error: FacebookRequestError) -> GraphFailure:
        code, subcode, status = error.api_error_code(), error.api_error_subcode(), error.http_status()
        message = str(error.api_error_message() or "")
        rule = failures.classify(code, subcode, message, bool(error.api_transient_error()), status)
        detail = f"code {code}/{subcode}: {redact(message, self.secrets)}" if code is not None else f"HTTP {status}"
        return GraphFailure(rule, detail, wait=named_wait(error.http_headers()))

    def _pause(self, state: RetryCallState) -> float:
        failure = _failed(state)
        if failure.action is Action.WAIT:
            pause = failure.wait or min(2.0**state.attempt_number, 300.0)
            log.warning("facebook_ads: the quota is used up (%s); waiting %.0f s", failure.detail, pause)
            return pause
        return float(min(0.5 * 2 ** (state.attempt_number - 1), 30.0))

    def _enough(self, state: RetryCallState) -> bool:
        failure = _failed(state)
        waited = max(state.idle_for, state.seconds_since_start or 0.0)
        if failure.action is Action.WAIT:
            return state.idle_for + state.upcoming_sleep > self.patience.quota
        if failure.rule is failures.SILENT:
            return waited + state.upcoming_sleep > self.patience.unreachable
        return state.attempt_number >= ATTEMPTS


def _failed(state: RetryCallState) -> GraphFailure:
    failure = state.outcome.exception() if state.outcome else None
    assert isinstance(failure, GraphFailure)
    return failure


def _next_cursor(body: Row, where: str) -> str:
    paging = body.get("paging")
    if not isinstance(paging, dict) or not paging.get("next"):
        return ""
    cursors = paging.get("cursors")
    after = (cursors.get("after") if isinstance(cursors, dict) else None) or "".join(
        parse_qs(urlsplit(str(paging["next"])).query).get("after", [])
    )
    if not after:
        raise _broken(PartialAnswer, f"A page of {where} names a next one, but no cursor to it.", failures.LATER)
    return str(after)


def _broken(kind: type[PayloadError] | type[PartialAnswer], what: str, action: str) -> PayloadError | PartialAnswer:
    return kind(what, action=action)


def connect(connection: Connection) -> Graph:
    """The client for a Connection; nothing is asked yet. ConfigurationError names a bad field."""
    guard_http_logs()
    api = build_api(connection)
    session = api._session
    hidden = (session.access_token, getattr(session, "appsecret_proof", None), session.app_secret)
    wanted = frozenset(account_id(name) for name in connection.accounts or ())
    return Graph(api, patience_of(connection), wanted, tuple(str(text) for text in hidden if text))


def close(graph: Graph) -> None:
    """Give the sockets back."""
    graph.api._session.requests.close()
