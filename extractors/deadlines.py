"""A deadline over a whole HTTP exchange: connect, send, headers and body. What the sessions of all sources have in common is here.

The timeouts of requests and urllib3 hold for each wait for the next bytes, so a server that sends a byte now and then is waited for
for ever (https://requests.readthedocs.io/en/latest/user/advanced/#timeouts). Here every read of an answer also ends with the exchange's
own time, as a read timeout, which the clients' tables of errors know as no answer in time. gRPC needs none of this: its deadline is of
the whole call (https://grpc.io/docs/guides/deadlines/).
"""

from __future__ import annotations

import math
import socket
import ssl
import time
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from extractors.proxies import is_loopback

TOTAL_SECONDS = 300.0
"""Of one exchange; a page or file takes seconds, and no platform lets its own answers take so long once they have begun."""
TOKEN_SECONDS = 30.0
"""Of one exchange with a token endpoint."""


class _Socket(socket.socket):
    """A socket whose reads end at ``ends`` (seconds of ``time.monotonic``)."""

    ends = math.inf

    def recv_into(self, *arguments: Any, **options: Any) -> int:
        _hurry(self, self.ends)
        return super().recv_into(*arguments, **options)


class _TlsSocket(ssl.SSLSocket):
    """The same over TLS."""

    ends = math.inf

    def recv_into(self, *arguments: Any, **options: Any) -> int:
        _hurry(self, self.ends)
        return super().recv_into(*arguments, **options)


def _hurry(held: socket.socket, ends: float) -> None:
    left, patience = ends - time.monotonic(), held.gettimeout()
    if left <= 0:
        raise TimeoutError("the answer did not end in time")
    if left < (math.inf if patience is None else patience):
        held.settimeout(left)  # urllib3 sets it anew for each request


def _bounded(held: Any, ends: float) -> Any:
    """The connected socket with an end to its reads."""
    if type(held) is ssl.SSLSocket:
        held.__class__ = _TlsSocket  # made by the context; there is no socket to make it from
    elif type(held) is socket.socket:
        patience = held.gettimeout()
        held = _Socket(held.family, held.type, held.proto, fileno=held.detach())
        held.settimeout(patience)
    held.ends = ends
    return held


class _Bounded:
    """What both connections of urllib3 do more. ``total`` is given by ``_pools``."""

    total = TOTAL_SECONDS
    sock: Any
    _ends = math.inf

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        self.sock = _bounded(self.sock, self._ends)

    def request(self, *arguments: Any, **options: Any) -> None:
        self._ends = time.monotonic() + self.total
        if self.sock is not None:
            self.sock.ends = self._ends
        super().request(*arguments, **options)  # type: ignore[misc]


class _Connection(_Bounded, HTTPConnection):
    pass


class _TlsConnection(_Bounded, HTTPSConnection):
    pass


def bound_pools(manager: PoolManager, seconds: float | None = None, trust: ssl.SSLContext | None = None) -> None:
    """Every exchange through the pools of the manager ends within ``seconds``; ``trust`` says whose certificates are taken."""
    if trust is not None:
        manager.connection_pool_kw["ssl_context"] = trust
    total = {"total": TOTAL_SECONDS if seconds is None else seconds}
    plain = type("_BoundConnection", (_Connection,), total)
    tls = type("_BoundTlsConnection", (_TlsConnection,), total)
    manager.pool_classes_by_scheme = {
        "http": type("_BoundPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("_BoundTlsPool", (HTTPSConnectionPool,), {"ConnectionCls": tls}),
    }


class BoundAdapter(HTTPAdapter):
    """An adapter of requests whose exchanges end within ``seconds``."""

    def __init__(self, seconds: float | None = None, trust: ssl.SSLContext | None = None) -> None:
        self._seconds, self._trust = seconds, trust
        super().__init__(max_retries=0)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        bound_pools(self.poolmanager, self._seconds, self._trust)

    def proxy_manager_for(self, *arguments: Any, **options: Any) -> Any:
        manager = super().proxy_manager_for(*arguments, **options)
        bound_pools(manager, self._seconds, self._trust)
        return manager

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
        if is_loopback(urlsplit(request.url or "").hostname):
            options["proxies"] = {}
        return super().send(request, *arguments, **options)


def bound(session: requests.Session, seconds: float | None = None, trust: ssl.SSLContext | None = None) -> requests.Session:
    """The session, with an end to each of its exchanges, without a proxy to this machine and without what a .netrc file has for a host;
    ``trust``: see ``extractors.trust``."""
    for scheme in ("http://", "https://"):
        session.mount(scheme, BoundAdapter(seconds, trust))
    session.auth = session.auth or _as_it_is
    return session


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    # Without an ``auth`` requests puts the login of a .netrc file, its `default` for any host, in the place of a token.
    return request
