"""A machine that reaches the world through a proxy: platforms are asked through it, this machine is not, by every client."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fault_worlds import WORLDS, Served, serve
from relay import Relay, both_ways
from test_private_authority import Front

HTTP = tuple(source for source in WORLDS if source != "google_ads")
"""gRPC looks at the machine's proxies itself."""
NAMES = ("http_proxy", "https_proxy", "all_proxy")


def _through(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    for name in NAMES:
        monkeypatch.setenv(name, proxy)
        monkeypatch.setenv(name.upper(), proxy)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


class Proxy(Relay):
    """Opens the way to one place, whatever is asked for, to who knows the word; ``asked`` is what was."""

    def __init__(self, place: str) -> None:
        self.asked: list[str] = []
        super().__init__(place)
        self.url = f"http://shop:secret@127.0.0.1:{self.port}"

    def handle(self, asker: socket.socket) -> None:
        with asker, socket.create_connection(self.there) as server:
            head = b""
            while b"\r\n\r\n" not in head:
                if not (part := asker.recv(65536)):
                    return
                head += part
            if b"Proxy-Authorization: Basic c2hvcDpzZWNyZXQ=\r\n" not in head.replace(b"proxy-authorization", b"Proxy-Authorization"):
                asker.sendall(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n")
                return
            self.asked.append(head.split(b"\r\n")[0].decode())
            if head.startswith(b"CONNECT "):
                asker.sendall(b"HTTP/1.1 200 Here\r\n\r\n")
            else:
                server.sendall(head)  # a server takes a whole address too
            both_ways(asker, server)


@pytest.fixture(scope="module", params=WORLDS)
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    held = serve(request.param, tmp_path_factory.mktemp(request.param))
    yield held
    held.emulator.stop()


def test_this_machine_is_asked_without_the_proxy(served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where no NO_PROXY says so: an endpoint of one's own, and the sandbox, are reached by that."""
    _through(monkeypatch, "http://127.0.0.1:9")
    outcome = served.load(tmp_path)
    assert outcome.report.errors == []
    assert outcome.placed == served.whole


@pytest.mark.parametrize(
    ("served", "tls"), [*((source, False) for source in HTTP), ("klaviyo", True), ("matomo", True)], indirect=["served"], scope="module"
)
def test_a_platform_is_asked_through_the_proxy(served: Served, tls: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``platform.example`` is known to the proxy only, which wants a name and a word."""
    told = served.emulator.connection["extra"]["endpoint"]
    front = Front(tmp_path, told, name="platform.example")
    proxy = Proxy(front.url if tls else told)
    _through(monkeypatch, proxy.url)
    extra = {"storage_endpoint": None} if served.source == "ga4" else {}
    try:
        path = urlsplit(told).path
        if tls:
            outcome = served.load(tmp_path, endpoint=f"https://platform.example{path}", ca_file=str(front.ca_file), **extra)
        else:
            outcome = served.load(tmp_path, endpoint=f"http://platform.example{path}", **extra)
    finally:
        proxy.stop()
        front.stop()
    assert outcome.report.errors == []
    assert outcome.placed == served.whole
    assert {line.split()[0] == "CONNECT" for line in proxy.asked} == {tls}


def test_what_a_netrc_file_has_for_any_host_takes_no_token_s_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "netrc"
    file.write_text("default login anonymous password me@shop.example\n")
    monkeypatch.setenv("NETRC", str(file))
    held = serve("mailchimp", tmp_path / "served")
    try:
        token = held.emulator.connection["password"]
        outcome = held.load(tmp_path / "load", password="", access_token=token, server_prefix="us6")
        assert outcome.report.errors == []
        assert outcome.placed == held.whole
    finally:
        held.emulator.stop()
