"""Page tokens of Search: 10,000 rows a page, good for two hours and for the query they were given out for.

https://developers.google.com/google-ads/api/docs/reporting/paging
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

from sandbox.emulators.google_ads.joins import Values
from sandbox.emulators.google_ads.refusals import request_error

PAGE_ROWS = 10_000
_LIFETIME_SECONDS = 7_200
_KEPT = 32


@dataclass(frozen=True)
class Page:
    rows: list[Values]
    """All rows of the query, not only the page's."""
    offset: int
    call: tuple[str, str]
    issued: float


class Pages:
    """Results that wait for their next page; the oldest are dropped."""

    def __init__(self) -> None:
        self._pages: OrderedDict[str, Page] = OrderedDict()
        self._lock = threading.Lock()

    def give(self, rows: list[Values], offset: int, call: tuple[str, str]) -> str:
        """Token for the rows from ``offset`` on; ``call`` is (customer id, query)."""
        token = secrets.token_urlsafe(24)
        with self._lock:
            self._pages[token] = Page(rows, offset, call, time.monotonic())
            while len(self._pages) > _KEPT:
                self._pages.popitem(last=False)
        return token

    def find(self, token: str, call: tuple[str, str]) -> Page:
        """The page of a token; INVALID_PAGE_TOKEN or EXPIRED_PAGE_TOKEN."""
        page = self._pages.get(token)
        if page is None or page.call != call:
            raise request_error("INVALID_PAGE_TOKEN", "The page token is not valid.")
        if time.monotonic() - page.issued > _LIFETIME_SECONDS:
            raise request_error("EXPIRED_PAGE_TOKEN", "The page token has expired.")
        return page
