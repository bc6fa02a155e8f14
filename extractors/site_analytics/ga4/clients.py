"""From the Connection ``ga4_default`` to the official clients (docs/connections.md lists the fields)."""

from __future__ import annotations

import json
import logging
import re
import threading
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import requests
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.auth.transport.grpc import AuthMetadataPlugin
from google.auth.transport.requests import AuthorizedSession
from google.cloud import bigquery
from google.cloud.bigquery_storage_v1.services.big_query_read import BigQueryReadClient
from google.cloud.bigquery_storage_v1.services.big_query_read.transports import BigQueryReadGrpcTransport
from google.oauth2 import service_account

from extractors import deadlines
from extractors.connections import Connection
from extractors.deadlines import bound
from extractors.errors import ConfigurationError, PermissionDenied
from extractors.google_logs import guard
from extractors.google_tokens import TokenRequest
from extractors.proxies import grpc_options
from extractors.retrying import Retries, for_load
from extractors.site_analytics.ga4.failures import CALL_SECONDS, TOKEN_SECONDS, ask, listed
from extractors.stream import Account
from extractors.trust import authority, context

log = logging.getLogger("extractors.ga4")
_SCOPES = ("https://www.googleapis.com/auth/bigquery",)
_DATASET = re.compile(r"analytics_(\d+)")
_STORAGE_HOST = "bigquerystorage.googleapis.com:443"


@dataclass
class Client:
    """Both clients of one Connection. ``storage`` is None where rows are read over REST only."""

    connection: Connection
    project: str
    rest: bigquery.Client
    storage: BigQueryReadClient | None
    channel: grpc.Channel | None = None
    skips_unchanged: bool = True
    retries: Retries = field(default_factory=Retries)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def without_storage(self, why: str) -> None:
        """Read over REST from here on; said once."""
        with self.lock:
            if self.storage is not None:
                log.warning("ga4: the BigQuery Storage Read API is not available (%s): reading over REST, which is slower", why)
            self.storage = None


def connect(connection: Connection) -> Client:
    """The clients, without a call to anybody; ConfigurationError names the field that is missing or wrong."""
    guard()
    endpoint = connection.endpoint
    credentials, own_project = _credentials(connection)
    project = str(connection.extra.get("project") or own_project or "") or connection.require("extra.project")
    if endpoint is not None and not re.fullmatch(r"https?://[^/\s]+/?", endpoint):
        raise connection.wrong("extra.endpoint", "must be http://host:port or https://host:port")
    ca_file = authority(connection)
    trust = context(ca_file)
    tokens = bound(requests.Session(), deadlines.TOKEN_SECONDS, trust)
    session = AuthorizedSession(credentials, auth_request=TokenRequest(tokens))
    bound(session, trust=trust)
    options = ClientOptions(api_endpoint=endpoint.rstrip("/")) if endpoint else None
    rest = bigquery.Client(project=project, credentials=credentials, client_options=options, _http=session)
    channel = _channel(connection, credentials, ca_file)
    storage = BigQueryReadClient(transport=BigQueryReadGrpcTransport(channel=channel)) if channel is not None else None
    skips_unchanged = _flag(connection, "skip_unchanged", default=True)
    return Client(connection, project, rest, storage, channel, skips_unchanged=skips_unchanged, retries=for_load(connection))


def close(client: Client) -> None:
    client.rest.close()
    if client.channel is not None:
        client.channel.close()


def accounts(client: Client) -> list[Account]:
    """The properties whose exports the Connection names, or else all datasets ``analytics_<digits>`` of the project."""
    named = _named(client.connection)
    if named is None:

        def names() -> list[str]:
            found = listed(client.rest.list_datasets(client.project, page_size=1000, retry=None, timeout=CALL_SECONDS))
            return sorted(dataset.dataset_id for dataset in found if _DATASET.fullmatch(dataset.dataset_id))

        found = ask(client.retries, names, "listing the datasets of the project")
        if not found:
            raise client.connection.wrong("extra.project", "names a project that has no dataset analytics_<property id>")
        return [Account(id=name.removeprefix("analytics_"), name=name) for name in found]
    key, datasets = named
    return [_looked_up(client, name, key) for name in datasets]


def _looked_up(client: Client, dataset: str, key: str) -> Account:
    """A property that the Connection names. One that is refused is read all the same: its stream then says so, and the others go on."""
    look = partial(client.rest.get_dataset, f"{client.project}.{dataset}", retry=None, timeout=CALL_SECONDS)
    note = ""
    try:
        ask(client.retries, look, f"looking up the dataset {dataset}", field=key)
    except PermissionDenied:
        note = "not to be looked up by this credential"
    return Account(id=dataset.removeprefix("analytics_"), name=dataset, note=note)


def named(connection: Connection) -> frozenset[str] | None:
    """The properties that the Connection names, by their datasets or in ``extra.accounts``."""
    found = _named(connection)
    return None if found is None else frozenset(name.removeprefix("analytics_") for name in found[1])


def _named(connection: Connection) -> tuple[str, list[str]] | None:
    for key in ("dataset", "datasets"):
        value = connection.extra.get(key)
        if value:
            names = [value] if isinstance(value, str) else list(value)
            if not all(isinstance(name, str) and _DATASET.fullmatch(name) for name in names):
                raise connection.wrong(f"extra.{key}", "must be analytics_<property id>, digits only")
            return f"extra.{key}", sorted(names)
    if connection.accounts is None:
        return None
    if not all(name.isdigit() for name in connection.accounts):
        raise connection.wrong("extra.accounts", "must be a list of GA4 property ids, digits only")
    return "extra.accounts", sorted(f"analytics_{name}" for name in connection.accounts)


def _credentials(connection: Connection) -> tuple[Any, str | None]:
    key: Any = connection.extra.get("keyfile_dict")
    name = "extra.keyfile_dict"
    if not key and connection.extra.get("keyfile_path"):
        name = "extra.keyfile_path"
        try:
            key = Path(str(connection.extra["keyfile_path"])).read_text()
        except OSError:
            raise connection.wrong(name, "names a file that cannot be read") from None
    if not key:
        if connection.endpoint is None:
            raise connection.wrong("extra.keyfile_dict", "is missing: give a service account key, or extra.keyfile_path")
        return AnonymousCredentials(), None
    try:
        info = json.loads(key) if isinstance(key, str) else dict(key)
        if connection.extra.get("token_uri"):
            info["token_uri"] = str(connection.extra["token_uri"])
        return service_account.Credentials.from_service_account_info(info, scopes=_SCOPES), info.get("project_id")
    except (ValueError, TypeError, AttributeError, KeyError):
        raise _bad_key(connection, name) from None


def _bad_key(connection: Connection, name: str) -> ConfigurationError:
    return connection.wrong(name, "is not the JSON key of a service account (type, client_email, private_key, token_uri)")


def _flag(connection: Connection, name: str, *, default: bool) -> bool:
    value = connection.extra.get(name, default)
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise connection.wrong(f"extra.{name}", "must be true or false")
    return value


def _channel(connection: Connection, credentials: Any, ca_file: Path | None) -> grpc.Channel | None:
    """To the Storage Read API: plaintext beside an ``http://`` endpoint, else TLS; none where only REST is redirected."""
    address = connection.extra.get("storage_endpoint")
    if not address and connection.endpoint:
        return None
    place = str(address or _STORAGE_HOST)
    limits = [("grpc.max_receive_message_length", -1), ("grpc.keepalive_time_ms", 30_000), *grpc_options(place)]
    if connection.endpoint and connection.endpoint.startswith("http://"):
        return grpc.insecure_channel(place, options=limits)
    tls = grpc.ssl_channel_credentials(ca_file.read_bytes() if ca_file else None)
    if not isinstance(credentials, AnonymousCredentials):
        request = partial(TokenRequest(bound(requests.Session(), deadlines.TOKEN_SECONDS, context(ca_file))), timeout=TOKEN_SECONDS)
        tls = grpc.composite_channel_credentials(tls, grpc.metadata_call_credentials(AuthMetadataPlugin(credentials, request)))
    return grpc.secure_channel(place, tls, options=limits)


__all__ = ["Client", "accounts", "close", "connect", "named"]
