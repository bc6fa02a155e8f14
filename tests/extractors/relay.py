"""A port on this machine whose bytes go on to another place: what a TLS front and a proxy have in common."""

from __future__ import annotations

import contextlib
import socket
import threading
from urllib.parse import urlsplit


class Relay:
    """Listens until ``stop``; each connection is ``handle``'s, on a thread of its own. ``there`` is the place behind."""

    def __init__(self, place: str) -> None:
        behind = urlsplit(place)
        self.there = (behind.hostname, behind.port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def handle(self, asker: socket.socket) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self._handle, args=(self._listening.accept()[0],), daemon=True).start()

    def _handle(self, asker: socket.socket) -> None:
        with contextlib.suppress(OSError):
            self.handle(asker)


def both_ways(asker: socket.socket, server: socket.socket) -> None:
    """Until both sides have ended."""
    back = threading.Thread(target=_copy, args=(server, asker), daemon=True)
    back.start()
    _copy(asker, server)
    back.join()


def _copy(of: socket.socket, to: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while part := of.recv(65536):
            to.sendall(part)
    with contextlib.suppress(OSError):
        to.shutdown(socket.SHUT_WR)
