"""The official client's services on a TLS channel of our own making.

``GoogleAdsClient.get_service`` has no way to hand over a certificate authority except an environment variable that gRPC reads
once a process; here the channel is made with ``root_certificates``, which works whatever other channels exist. The client's own
LoggingInterceptor is left out: it logs customer id and message of every failed call.
"""

from __future__ import annotations

import logging
from importlib import import_module
from typing import Any

import google.auth.transport.grpc
import grpc
from google.ads.googleads.client import GoogleAdsClient
from google.ads.googleads.interceptors import ExceptionInterceptor, MetadataInterceptor

from extractors.proxies import grpc_options

# The limits that the official client sets on its own channels.
_OPTIONS: list[tuple[str, Any]] = [
    ("grpc.max_metadata_size", 16 * 1024 * 1024),
    ("grpc.max_receive_message_length", 64 * 1024 * 1024),
    ("SingleThreadedUnaryStream", 1),
]
# gRPC prints the token endpoint's answer with a traceback when a refresh fails; our own error says it without.
logging.getLogger("grpc._plugin_wrapping").setLevel(logging.CRITICAL)


def open_channel(client: GoogleAdsClient, request: Any, ca: bytes | None) -> grpc.Channel:
    """A TLS channel to ``client.endpoint`` that signs each call with the client's credentials."""
    options = [*_OPTIONS, *grpc_options(client.endpoint)]
    ssl = grpc.ssl_channel_credentials(root_certificates=ca)
    channel: grpc.Channel = google.auth.transport.grpc.secure_authorized_channel(
        client.credentials, request, client.endpoint, ssl_credentials=ssl, options=options
    )
    return channel


def services(client: GoogleAdsClient, channel: grpc.Channel) -> tuple[Any, Any, Any]:
    """(GoogleAdsService, CustomerService, GoogleAdsFieldService) of the client's API version.

    SearchStream yields the chunks' bytes, for ``decode``.
    """
    base = f"google.ads.googleads.{client.version}.services"
    ads = import_module(f"{base}.services.google_ads_service")
    customers = import_module(f"{base}.services.customer_service")
    fields = import_module(f"{base}.services.google_ads_field_service")
    types = import_module(f"{base}.types.google_ads_service")
    path = f"/google.ads.googleads.{client.version}.services.GoogleAdsService/SearchStream"

    class BytesTransport(ads.transports.GoogleAdsServiceGrpcTransport):  # type: ignore[misc,name-defined]
        @property
        def search_stream(self) -> Any:
            if "search_stream" not in self._stubs:
                serialize = types.SearchGoogleAdsStreamRequest.serialize
                self._stubs["search_stream"] = self._logged_channel.unary_stream(path, request_serializer=serialize)
            return self._stubs["search_stream"]

    intercepted = grpc.intercept_channel(
        channel,
        MetadataInterceptor(client.developer_token, client.login_customer_id),
        # With proto-plus "on" the interceptor hands answers on as they are.
        ExceptionInterceptor(client.version, use_proto_plus=True),
    )
    return (
        ads.GoogleAdsServiceClient(transport=BytesTransport(channel=intercepted)),
        customers.CustomerServiceClient(transport=customers.transports.CustomerServiceGrpcTransport(channel=intercepted)),
        fields.GoogleAdsFieldServiceClient(transport=fields.transports.GoogleAdsFieldServiceGrpcTransport(channel=intercepted)),
    )
