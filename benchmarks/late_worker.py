"""The sandbox's emulators, each some milliseconds away: serves a small world until its input ends; prints the connections.

Distance is made at the level of the socket, so the official clients meet it with HTTP and gRPC alike: what a client sends arrives
``seconds`` later, in order, however much of it is under way. Arguments: the world's folder, seconds, sources.
"""

from __future__ import annotations

import json
import queue
import re
import socket
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from sandbox import serving
from sandbox.world.accounts import Accounts


def main(folder: str, seconds: float, sources: list[str]) -> None:
    """Serve until the input ends."""
    from datetime import date

    from sandbox.world.build import build
    from sandbox.world.period import Period

    home = Path(folder)
    if not (home / "world.json").exists():
        build(home, seed=7, period=Period(date(2026, 1, 1), 7), scale=0.05, intraday_last_day=False, accounts=Accounts(google=3, meta=2))
    with serving.serve_all(home, sources=sources) as found:
        print(json.dumps({name: away(connection, seconds) for name, connection in found.items()}), flush=True)
        sys.stdin.read()


def away(connection: dict[str, Any], seconds: float) -> dict[str, Any]:
    """The Connection with its endpoints behind a distance."""
    extra = dict(connection["extra"])
    for name in ("endpoint", "storage_endpoint"):
        if name in extra:
            port = int(re.findall(r":(\d+)", extra[name])[-1])
            extra[name] = extra[name].replace(f":{port}", f":{distance(port, seconds)}")
    return {**connection, "extra": extra}


def distance(port: int, seconds: float) -> int:
    """A port that leads to the other one, with what is sent there coming late."""
    listening = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            near, _ = listening.accept()
            far = socket.create_connection(("127.0.0.1", port))
            for one in (near, far):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for source, target, late in ((near, far, seconds), (far, near, 0.0)):
                threading.Thread(target=_carry, args=(source, target, late), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return int(listening.getsockname()[1])


def _carry(source: socket.socket, target: socket.socket, late: float) -> None:
    under_way: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()

    def deliver() -> None:
        with suppress(OSError):
            while True:
                due, data = under_way.get()
                time.sleep(max(0.0, due - time.monotonic()))
                if not data:
                    target.shutdown(socket.SHUT_WR)
                    return
                target.sendall(data)

    threading.Thread(target=deliver, daemon=True).start()
    data = b"-"
    while data:
        try:
            data = source.recv(65536)
        except OSError:
            data = b""
        under_way.put((time.monotonic() + late, data))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), sys.argv[3:])
