"""Servers that send callers on to another host, or repeat the call in a refusal: no credential goes there, nor into an error or a log."""

from __future__ import annotations

import json
import threading
import traceback
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from debug_log import everything

from extractors import registry
from extractors.connections import Connection
from extractors.errors import ConfigurationError, ExtractionError
from extractors.google_ads import credentials

KEY = "keyOfThisTest0123456789abcdef"
MAILCHIMP = "0123456789abcdef0123456789abcdef-us6"
SECRETS = (KEY, MAILCHIMP, b64encode(f"user:{MAILCHIMP}".encode()).decode(), "assertion=", "Bearer ey")
Answer = Callable[[str, str, str], tuple[int, dict[str, str], str]]
"""From path, headers and body to status, headers and body."""


@contextmanager
def server(answer: Answer) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            status, headers, body = answer(self.path, str(self.headers), asked)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body.encode()))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    held = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=held.serve_forever, daemon=True).start()
    try:
        yield f"http://localhost:{held.server_port}"
    finally:
        held.shutdown()
        held.server_close()


@contextmanager
def sent_on(status: int) -> Iterator[tuple[str, list[str]]]:
    """A server that sends every call on to another, with its query; and what that one was told."""
    told: list[str] = []

    def note(path: str, headers: str, body: str) -> tuple[int, dict[str, str], str]:
        told.append(f"{path} {headers} {body}")
        return 200, {"Content-Type": "application/json"}, "{}"

    with ExitStack() as running:
        there = running.enter_context(server(note))
        here = running.enter_context(server(lambda path, headers, body: (status, {"Location": there + path}, "")))
        yield here.replace("localhost", "127.0.0.1"), told


@pytest.fixture(scope="module")
def service_account() -> dict[str, str]:
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = made.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
    return {"type": "service_account", "private_key": pem, "client_email": "reader@p.example", "project_id": "p"}


def connections(url: str, key: dict[str, str]) -> dict[str, Connection]:
    held: dict[str, dict[str, Any]] = {
        "klaviyo": {"password": KEY},
        "mailchimp": {"password": MAILCHIMP},
        "matomo": {"password": KEY},
        "facebook_ads": {"password": KEY, "extra": {"app_id": "1", "app_secret": KEY}},
        "ga4": {"extra": {"keyfile_dict": key | {"token_uri": f"{url}/token"}}},
    }
    return {
        name: Connection(f"{name}_default", password=fields.get("password"), extra={**fields.get("extra", {}), "endpoint": url})
        for name, fields in held.items()
    }


def refused(name: str, connection: Connection) -> tuple[ExtractionError, str]:
    """The error of listing the accounts, and all that was said meanwhile."""
    source = registry.load(name)
    client = source.connect(connection)
    client.retries.sleep = lambda seconds: None
    try:
        with everything() as said, pytest.raises(ExtractionError) as caught:
            source.accounts(client)
    finally:
        if source.close:
            source.close(client)
    return caught.value, "\n".join([*said, *traceback.format_exception(caught.value), str(caught.value), repr(caught.value)])


@pytest.mark.parametrize("status", [302, 307, 308])
@pytest.mark.parametrize("name", ["klaviyo", "mailchimp", "matomo", "facebook_ads", "ga4"])
def test_no_credential_follows_an_answer_elsewhere(name: str, status: int, service_account: dict[str, str]) -> None:
    with sent_on(status) as (url, told):
        error, said = refused(name, connections(url, service_account)[name])
    assert [secret for secret in SECRETS for one in told if secret in one] == []
    assert [secret for secret in SECRETS if secret in said] == []
    if name == "facebook_ads":
        assert told == []
        assert isinstance(error, ConfigurationError)
        assert f"HTTP {status}, which leads elsewhere" in str(error)


@pytest.mark.parametrize("status", [302, 307, 308])
def test_a_refresh_token_follows_no_answer_elsewhere(status: int) -> None:
    with sent_on(status) as (url, told):
        extra = {"client_id": "c", "client_secret": KEY, "refresh_token": KEY, "token_uri": f"{url}/token"}
        connection = Connection("google_ads_default", extra=extra)
        with pytest.raises(credentials.Failure) as caught:
            credentials.refresh(credentials.make(connection), credentials.transport(connection))
    assert (caught.value.key, told) == ("client.TOKEN_ENDPOINT", [])


@pytest.mark.parametrize("body", ['"text"', "[1]", "<html>"])
def test_a_token_answer_that_is_no_object_is_an_endpoint_that_does_not_answer(body: str, service_account: dict[str, str]) -> None:
    with server(lambda path, headers, asked: (200, {"Content-Type": "application/json"}, body)) as url:
        connection = Connection(
            "google_ads_default", extra={"client_id": "c", "client_secret": "s", "refresh_token": "r", "token_uri": f"{url}/token"}
        )
        with pytest.raises(credentials.Failure) as caught:
            credentials.refresh(credentials.make(connection), credentials.transport(connection))
        assert caught.value.key == "client.TOKEN_ENDPOINT"
        error, _ = refused("ga4", connections(url, service_account)["ga4"])
    assert "TransportError" in str(error)


def repeating(status: int) -> Answer:
    """Refuses every call, and repeats it wherever an error has room; a token is given."""

    def answer(path: str, headers: str, body: str) -> tuple[int, dict[str, str], str]:
        if path == "/token":
            return 200, {"Content-Type": "application/json"}, json.dumps({"access_token": "Bearer eyOfThisTest", "expires_in": 3600})
        call = f"{path} {headers} {body}"
        key = next((secret for secret in SECRETS if secret in call), "")
        word = f"Refused {key}: {call}"
        error = {"message": word, "code": 190, "type": "OAuthException", "errors": [{"reason": word, "message": word}], "status": word}
        one = {"code": word, "title": word, "detail": word, "source": {"parameter": word}}
        whole = {"error": error, "errors": [one], "title": word, "detail": word, "result": "error", "message": word}
        return status, {"Content-Type": "application/json"}, json.dumps(whole)

    return answer


@pytest.mark.parametrize("status", [400, 401, 403, 429, 500])
@pytest.mark.parametrize("name", ["klaviyo", "mailchimp", "matomo", "facebook_ads", "ga4"])
def test_what_repeats_the_call_is_not_repeated(name: str, status: int, service_account: dict[str, str]) -> None:
    with server(repeating(status)) as url:
        _, said = refused(name, connections(url, service_account)[name])
    assert [secret for secret in SECRETS if secret in said] == []


def test_a_code_and_a_title_are_still_told(service_account: dict[str, str]) -> None:
    told = {"title": "API Key Invalid", "errors": [{"code": "not_authenticated", "source": {"parameter": "page[size]"}}]}
    with server(lambda path, headers, body: (401, {"Content-Type": "application/json"}, json.dumps(told))) as url:
        held = connections(url, service_account)
        assert "(status 401, not_authenticated, parameter page[size])" in str(refused("klaviyo", held["klaviyo"])[0])
        assert "(status 401, API Key Invalid)" in str(refused("mailchimp", held["mailchimp"])[0])
