"""The token, the app secret and the proof stay out of every text: errors, their causes, logs and landed files."""

from __future__ import annotations

import logging
import pickle
import socket
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from facebook_ads_folder import write_folder
from facebook_ads_load import fault, load

from extractors.facebook_ads.secrets import redact
from sandbox.emulators.facebook_ads import FacebookAdsServer, serve
from sandbox.emulators.faults import FaultPlan
from sandbox.emulators.recorded import Clock


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FacebookAdsServer]:
    server = serve(write_folder(tmp_path_factory.mktemp("meta")), clock=Clock(), faults=FaultPlan())
    yield server
    server.stop()


@pytest.fixture
def server(shared: FacebookAdsServer) -> Iterator[FacebookAdsServer]:
    yield shared
    shared.faults.clear()


def secrets(server: FacebookAdsServer) -> list[str]:
    found = [server.credentials.token, server.credentials.app_secret, server.credentials.proof]
    return [text for text in found if text]


@pytest.mark.parametrize(
    "kind",
    ["token_expired", "permission_denied", "html_502", "empty_200", "error_in_200", "throttled", "repeated_cursor", "missing_field"],
)
def test_no_secret_in_errors_or_logs(server: FacebookAdsServer, tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str) -> None:
    caplog.set_level(logging.DEBUG)
    # Another source's client may have quietened the HTTP library in this process.
    caplog.set_level(logging.DEBUG, logger="urllib3")
    caplog.set_level(logging.DEBUG, logger="urllib3.connectionpool")
    server.faults.add(fault(kind, "report_page", times=None))
    report, landing = load(server, tmp_path, "account_insights", "ads", accounts=["101"])
    assert len(report.errors) == 1
    error = report.errors[0]
    texts = "".join(traceback.format_exception(error)) + repr(error) + caplog.text + str(pickle.loads(pickle.dumps(error)))
    cause: BaseException | None = error
    while cause is not None:
        texts += f"{cause!r}{vars(cause)}"
        cause = cause.__cause__ or cause.__context__
    assert "access_token=(secret)" in texts, "the HTTP library logged its URLs, or the test says nothing"
    assert [secret for secret in secrets(server) if secret in texts] == []
    held = {path.name: path for path in landing.root.rglob("*") if path.is_file()}
    assert "load.jsonl" in held, "the manifest is written for a failed load too"
    files = [path.read_bytes() for path in landing.root.rglob("*") if path.is_file()]
    assert not any(secret.encode() in content for secret in secrets(server) for content in files)


def test_no_secret_where_the_network_fails(server: FacebookAdsServer, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    # Another source's client may have quietened the HTTP library in this process.
    caplog.set_level(logging.DEBUG, logger="urllib3")
    caplog.set_level(logging.DEBUG, logger="urllib3.connectionpool")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    report, _ = load(server, tmp_path, "accounts", endpoint=f"http://127.0.0.1:{port}")
    error = report.errors[0]
    texts = "".join(traceback.format_exception(error)) + caplog.text
    assert error.__cause__ is None
    assert error.__context__ is None
    assert [secret for secret in secrets(server) if secret in texts] == []


def test_messages_of_the_platform_are_cleaned() -> None:
    text = "Malformed access token EAAxyz for maria@loja.example at https://graph/?access_token=EAAother&limit=1"
    cleaned = redact(text, ("EAAxyz",))
    assert cleaned == "Malformed access token (secret) for (email removed) at https://graph/?access_token=(secret)&limit=1"
    assert len(redact("x" * 1000)) == 300
