"""Break an HTTP exchange below the level of HTTP, as proxies and networks do.

``Breakable`` wraps an ASGI application and keeps the server's own ``send`` in the scope, so that a
handler can cut the connection through the transport under it (uvicorn keeps it on the request cycle).
"""

from __future__ import annotations

import socket
import struct
from typing import Any

Scope = dict[str, Any]


class Breakable:
    """ASGI wrapper: paths without a trailing slash, and ``scope["connection"]`` for ``reset`` and ``cut_short``."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        path = scope.get("path", "/")
        trimmed = {**scope, "path": path.rstrip("/") or "/", "connection": send}
        await self._app(trimmed, receive, send)


class Gone:
    """An answer that is never sent: the connection is reset instead (RST, not an orderly close)."""

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        transport = _transport(scope)
        raw = transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()


class CutShort:
    """An answer that promises its whole length, sends the first half and hangs up."""

    def __init__(self, body: bytes, content_type: str) -> None:
        self._body = body
        self._content_type = content_type

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        headers = [(b"content-type", self._content_type.encode()), (b"content-length", str(len(self._body)).encode())]
        connection = scope["connection"]
        await connection({"type": "http.response.start", "status": 200, "headers": headers})
        await connection({"type": "http.response.body", "body": self._body[: len(self._body) // 2], "more_body": True})
        _transport(scope).close()


def _transport(scope: Scope) -> Any:
    return scope["connection"].__self__.transport
