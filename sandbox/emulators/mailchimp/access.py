"""Who asks, and how many at once: checked before any row is read.

A key goes as the password of HTTP Basic, with any user name, or as a Bearer token; an account may have 10 connections
at a time (https://mailchimp.com/developer/marketing/docs/fundamentals/).
"""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from starlette.requests import Request

from sandbox.emulators.mailchimp.problems import Problem, forbidden, internal, key_invalid, key_missing, too_many

MOST_AT_ONCE = 10
REFUSALS = frozenset({"http_429", "http_500", "unauthorized", "forbidden"})


def account_of(request: Request, keys: Mapping[str, str]) -> str:
    """The account whose key the request carries; Problem 401 otherwise."""
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            secret = base64.b64decode(credential, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            raise key_invalid() from None
    elif scheme.lower() in ("bearer", "oauth", "apikey"):
        secret = credential.strip()
    else:
        raise key_missing()
    if not secret:
        raise key_missing()
    account = keys.get(secret)
    if account is None:
        raise key_invalid()
    return account


class Connections:
    """Counts the calls that are being answered, for each account."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    @contextmanager
    def one_more(self, account: str) -> Iterator[None]:
        """Holds a connection; Problem 429 for the eleventh."""
        if self._open[account] >= MOST_AT_ONCE:
            raise too_many()
        self._open[account] += 1
        try:
            yield
        finally:
            self._open[account] -= 1


def refusal(kind: str) -> Problem | None:
    """The problem of a fault that is a plain refusal, None for the other kinds."""
    match kind:
        case "http_429":
            return too_many()
        case "http_500":
            return internal()
        case "unauthorized":
            return key_invalid()
        case "forbidden":
            return forbidden()
    return None
