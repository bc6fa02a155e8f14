"""Asking the Google Ads emulator with the official client, and the recorded folder that the extractor's tests use too."""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.ads.googleads.errors import GoogleAdsException
from google.ads.googleads.interceptors import ExceptionInterceptor, MetadataInterceptor
from google.auth.transport.grpc import secure_authorized_channel
from google.auth.transport.requests import Request
from google.oauth2.credentials import Credentials

from sandbox.emulators.faults import FaultPlan
from sandbox.emulators.google_ads import GoogleAdsEmulator, serve
from sandbox.emulators.recorded import Clock

_spec = importlib.util.spec_from_file_location("google_ads_rows", Path(__file__).parents[1] / "extractors" / "google_ads_folder.py")
assert _spec is not None
assert _spec.loader is not None
world: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(world)

CLIENT, MANAGER = world.CLIENT, world.MANAGER
NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
RANGE = "segments.date BETWEEN '2026-03-01' AND '2026-03-10'"


def running(folder: Path) -> Iterator[GoogleAdsEmulator]:
    """An emulator of the recorded world as it is at ``NOW``, for a fixture to yield from."""
    emulator = serve(world.build(folder), clock=Clock(NOW), faults=FaultPlan())
    yield emulator
    emulator.stop()


def credentials(server: GoogleAdsEmulator, refresh_token: str | None = None) -> Credentials:
    tokens = server.tokens
    return Credentials(
        None,
        refresh_token=refresh_token or tokens.refresh_token,
        client_id=tokens.client_id,
        client_secret=tokens.client_secret,
        token_uri=tokens.uri,
    )


def service(
    server: GoogleAdsEmulator, version: str = "v26", login: str | None = MANAGER, name: str = "GoogleAdsService", signed: Any = None
) -> Any:
    """A service of the official client with its own interceptors, trusting the emulator's certificate."""
    ssl = grpc.ssl_channel_credentials(server.ca_file.read_bytes())
    options = [("grpc.max_receive_message_length", 64 << 20)]
    channel = secure_authorized_channel(signed or credentials(server), Request(), server.address, ssl_credentials=ssl, options=options)
    channel = grpc.intercept_channel(channel, MetadataInterceptor(None, login, None), ExceptionInterceptor(version, use_proto_plus=False))
    snake = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    client_class = getattr(importlib.import_module(f"google.ads.googleads.{version}.services.services.{snake}"), f"{name}Client")
    return client_class(transport=client_class.get_transport_class()(channel=channel))


def ask(server: GoogleAdsEmulator, query: str, customer: str = CLIENT, **options: Any) -> list[Any]:
    stream = service(server, **options).search_stream(customer_id=customer, query=query, timeout=10)
    return [row for chunk in stream for row in chunk.results]


def refusal(call: Any) -> tuple[str, str, grpc.StatusCode]:
    """(family, name, gRPC status) of the GoogleAdsException that the call raises."""
    with pytest.raises(GoogleAdsException) as caught:
        call()
    failure = caught.value.failure
    assert caught.value.request_id
    assert failure.request_id == caught.value.request_id
    code = type(failure).pb(failure).errors[0].error_code
    (member, value), *_ = code.ListFields()
    return member.name, member.enum_type.values_by_number[value].name, caught.value.error.code()
