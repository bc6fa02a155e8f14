"""Start and stop of the emulator: gRPC over TLS on one loopback port, the OAuth token endpoint on another."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc

from sandbox.emulators.faults import FaultPlan
from sandbox.emulators.google_ads import certificate, misbehaviour
from sandbox.emulators.google_ads.service import Service
from sandbox.emulators.google_ads.store import Store
from sandbox.emulators.google_ads.tokens import Tokens
from sandbox.emulators.recorded import Clock


class GoogleAdsEmulator:
    """A running emulator. ``connection`` is the JSON form of an Airflow Connection that reaches it."""

    connection_id = "google_ads_default"

    def __init__(self, folder: Path, clock: Clock, faults: FaultPlan, port: int = 0) -> None:
        faults.check("google_ads", misbehaviour.KINDS)
        self.faults = faults
        self.tokens = Tokens(faults)
        key, self.certificate = certificate.make()
        self._files = tempfile.TemporaryDirectory(prefix="google-ads-emulator-")
        self.ca_file = Path(self._files.name) / "ca.pem"
        self.ca_file.write_bytes(self.certificate)
        self.store = Store(folder, clock)
        options = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1), ("grpc.so_reuseport", 0)]
        self._server = grpc.server(ThreadPoolExecutor(max_workers=16), handlers=[Service(self.store, self.tokens, faults)], options=options)
        bound = self._server.add_secure_port(f"127.0.0.1:{port}", grpc.ssl_server_credentials([(key, self.certificate)]))
        self.address = f"localhost:{bound}"
        self._server.start()

    @property
    def connection(self) -> dict[str, Any]:
        """With a refresh token, as an installed application has."""
        extra = {
            "client_id": self.tokens.client_id,
            "client_secret": self.tokens.client_secret,
            "refresh_token": self.tokens.refresh_token,
            **self._place(),
        }
        return {"conn_type": "google_ads", "extra": extra}

    @property
    def service_account_connection(self) -> dict[str, Any]:
        """With the key of a service account."""
        return {"conn_type": "google_ads", "extra": {"json_key": self.tokens.key_file, **self._place()}}

    def _place(self) -> dict[str, Any]:
        place: dict[str, Any] = {"endpoint": self.address, "token_uri": self.tokens.uri, "ca_file": str(self.ca_file)}
        managers = [name for name in self.store.accessible() if self.store.customers[name].is_manager]
        if managers:
            place["login_customer_id"] = managers[0]
        return place

    def stop(self) -> None:
        self._server.stop(grace=None).wait(5)
        self.tokens.stop()
        self._files.cleanup()


def serve(folder: Path, *, clock: Clock, faults: FaultPlan, port: int = 0) -> GoogleAdsEmulator:
    """Serve ``<folder>/google_ads`` until ``stop()``; ``port`` is the gRPC port, 0 for any free one."""
    return GoogleAdsEmulator(folder, clock, faults, port)
