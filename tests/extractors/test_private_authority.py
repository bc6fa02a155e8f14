"""Every source over HTTP behind a certificate that only ``extra.ca_file`` vouches for: whole loads through TLS, and clear refusals."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import certifi
import pytest
from fault_worlds import WORLDS, Served, serve
from relay import Relay, both_ways

from extractors.errors import ConfigurationError
from sandbox.emulators.google_ads.certificate import make

SOURCES = tuple(source for source in WORLDS if source != "google_ads")
"""Google Ads speaks gRPC; its emulator has a private authority in every test."""


class Front(Relay):
    """TLS on a loopback port, and what comes through handed on to a plain server."""

    def __init__(self, folder: Path, address: str, name: str = "front") -> None:
        key, certificate = make(name)
        self.ca_file, both = folder / "authority.pem", folder / "both.pem"
        self.ca_file.write_bytes(certificate)
        both.write_bytes(key + certificate)
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(both)
        super().__init__(address)
        self.url = f"https://127.0.0.1:{self.port}{urlsplit(address).path}"

    def handle(self, plain: socket.socket) -> None:
        with self._context.wrap_socket(plain, server_side=True) as asker, socket.create_connection(self.there) as server:
            both_ways(asker, server)


@pytest.fixture(params=SOURCES)
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    held = serve(request.param, tmp_path / "served")
    yield held
    held.emulator.stop()


def test_a_whole_load_and_only_with_the_right_authority(served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the machine's own bundle is set, which requests prefers to a session's."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certifi.where())
    extra = {"storage_endpoint": None} if served.source == "ga4" else {}
    front = Front(tmp_path, served.emulator.connection["extra"]["endpoint"])
    stranger = tmp_path / "stranger.pem"
    stranger.write_bytes(make("stranger")[1])
    try:
        outcome = served.load(tmp_path / "trusted", endpoint=front.url, ca_file=str(front.ca_file), **extra)
        assert (outcome.report.errors, outcome.rows()) == ([], dict(WORLDS[served.source].rows))
        assert outcome.placed == served.whole
        for ca_file in (None, str(stranger)):
            refused = served.load(tmp_path / f"refused-{ca_file is None}", endpoint=front.url, ca_file=ca_file, **extra)
            (error,) = refused.report.errors
            assert isinstance(error, ConfigurationError)
            assert f"extra.ca_file of {'the Airflow Connection ' * (served.source == 'ga4')}{served.source}_default" in error.action
            assert (refused.placed, refused.naps) == ({}, []), "asked once"
    finally:
        front.stop()


@pytest.mark.parametrize("content", ["no certificate", None], ids=["rubbish", "no file"])
def test_a_file_that_holds_no_certificate_is_named(served: Served, content: str | None, tmp_path: Path) -> None:
    file = tmp_path / "authority.pem"
    if content:
        file.write_text(content)
    (error,) = served.load(tmp_path / "load", ca_file=str(file)).report.errors
    assert isinstance(error, ConfigurationError)
    assert f"Connection {served.source}_default: field extra.ca_file names a file that is not there or holds no certificate" in error.what
    assert str(file) not in str(error)


def test_google_s_token_endpoint_may_have_it_too(tmp_path: Path) -> None:
    held = serve("google_ads", tmp_path / "served")
    told = held.emulator.connection["extra"]
    front = Front(tmp_path, told["token_uri"])
    both = tmp_path / "both-authorities.pem"
    both.write_bytes(Path(told["ca_file"]).read_bytes() + front.ca_file.read_bytes())
    try:
        outcome = held.load(tmp_path / "trusted", token_uri=front.url, ca_file=str(both))
        assert (outcome.report.errors, outcome.rows()) == ([], dict(WORLDS["google_ads"].rows))
        (error,) = held.load(tmp_path / "refused", token_uri=front.url).report.errors
        assert "extra.ca_file" in error.action
    finally:
        front.stop()
        held.emulator.stop()
