"""The GA4 source against an endpoint whose certificate only ``extra.ca_file`` vouches for."""

from __future__ import annotations

import ipaddress
import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import certifi
import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from ga4_folder import PROJECT, PROPERTY, event, write

from extractors.connections import from_json
from extractors.errors import ConfigurationError
from extractors.site_analytics.ga4 import SOURCE
from sandbox.emulators.faults import FaultPlan
from sandbox.emulators.ga4.errors import Faults
from sandbox.emulators.ga4.query import Queries
from sandbox.emulators.ga4.rest import Rest
from sandbox.emulators.ga4.tables import Tables
from sandbox.emulators.recorded import Clock


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1 and its key, as PEM files."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "certificate.pem").write_bytes(signed.public_bytes(pem))
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(secret)
    return folder / "certificate.pem", folder / "key.pem"


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[str]:
    write(tmp_path, "events_20260105", [event(1)])
    certified, key = certificate(tmp_path)
    tables = Tables(tmp_path, Clock())
    app = Rest(tables, Queries(tables), Faults(FaultPlan())).app([])
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        config = uvicorn.Config(app, ssl_certfile=str(certified), ssl_keyfile=str(key), log_level="warning", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


def properties(endpoint: str, **extra: str) -> list[str]:
    client = SOURCE.connect(from_json("ga4_default", json.dumps({"extra": {"project": PROJECT, "endpoint": endpoint, **extra}})))
    try:
        return [account.id for account in SOURCE.accounts(client)]
    finally:
        SOURCE.close(client)


def test_only_the_named_authority_is_trusted(tmp_path: Path, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the machine's own bundle is set, which requests prefers to a session's."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certifi.where())
    assert properties(endpoint, ca_file=str(tmp_path / "certificate.pem")) == [PROPERTY]
    with pytest.raises(ConfigurationError, match=r"extra\.ca_file"):
        properties(endpoint)
    (tmp_path / "rubbish.pem").write_text("no certificate")
    with pytest.raises(ConfigurationError, match=r"field extra\.ca_file"):
        properties(endpoint, ca_file=str(tmp_path / "rubbish.pem"))
