"""Asking Google Ads: one query, one slice of days, chunk by chunk, asked again from its first row where it breaks off."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, TypeVar

import grpc
import pyarrow as pa
from google.ads.googleads.client import GoogleAdsClient
from google.ads.googleads.errors import GoogleAdsException
from google.api_core.exceptions import GoogleAPICallError

from extractors.connections import Connection
from extractors.errors import ExtractionError
from extractors.google_ads import channel as channels
from extractors.google_ads import credentials
from extractors.google_ads.columns import Query
from extractors.google_ads.decode import Decoder
from extractors.google_ads.failures import Failure, understand
from extractors.google_ads.faults import ANSWERED
from extractors.google_logs import guard
from extractors.retrying import SILENT, Action, Retries, for_load
from extractors.stream import Days, Pending, Restart
from extractors.trust import authority

VERSION = "v26"
"""Pinned: the version is in the RPC path and in the key of the error metadata. Served until November 2027."""
_ENDPOINT = "googleads.googleapis.com:443"
DIVISIBLE = frozenset({Action.SPLIT, Action.PENDING})
FAILURES = (GoogleAdsException, GoogleAPICallError, grpc.RpcError)
"""What the client raises."""
T = TypeVar("T")


@dataclass(frozen=True)
class Patience:
    """Deadlines in seconds: of one query, and of a call that answers at once."""

    timeout_seconds: float = 600
    silent_seconds: float = 25
    deadlines: int = 3
    """Deadlines in a row after which halving the range is no longer believed in."""


@dataclass
class GoogleAds:
    """The client that ``extract`` is given. ``logins``: account -> login customer id where the Connection names none."""

    ads: Any
    customers: Any
    fields: Any
    connection: Connection
    channel: grpc.Channel
    credentials: Any
    login_customer_id: str | None
    patience: Patience = field(default_factory=Patience)
    retries: Retries = field(default_factory=Retries)
    logins: dict[str, str] = field(default_factory=dict)
    windows: dict[str, int] = field(default_factory=dict)
    """Account -> days that a night reads again, once it was asked for."""
    _decoders: dict[Query, Decoder] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _locks: dict[str, threading.Lock] = field(default_factory=dict)

    def alone(self, account: str) -> threading.Lock:
        """A lock for what is asked once for an account, however many of its streams are read side by side."""
        with self._lock:
            return self._locks.setdefault(account, threading.Lock())

    def accessible(self) -> list[str]:
        """Ids of the customers that the user is a direct user of."""
        answer = self._insist(lambda: self.customers.list_accessible_customers(timeout=self.patience.silent_seconds, retry=None))
        return [name.partition("/")[2] for name in answer.resource_names]

    def describe(self, names: Sequence[str]) -> dict[str, Any]:
        """What the API's catalogue says of resources and fields (``GoogleAdsField``), by name; unknown names are left out."""
        listed = ", ".join(f"'{name}'" for name in names)
        query = f"SELECT name, category, data_type, selectable, is_repeated, attribute_resources, metrics WHERE name IN ({listed})"
        timeout = self.patience.silent_seconds
        found = self._insist(lambda: list(self.fields.search_google_ads_fields(query=query, timeout=timeout, retry=None)))
        return {field.name: field for field in found}

    def ask(self, query: Query, customer: str) -> pa.Table:
        """All rows of a query that is small: an account's own settings."""
        chunks: list[pa.RecordBatch] = []
        for item in self.chunks(query, customer):
            if isinstance(item, Restart):
                chunks.clear()
            else:
                chunks.append(item)
        return pa.Table.from_batches(chunks, query.schema)

    def chunks(self, query: Query, customer: str, days: Days | None = None) -> Iterator[pa.RecordBatch | Restart]:
        """The rows as they come, and Restart before they come again because an attempt broke off.

        Raises an ExtractionError, or a Failure instead where ``days`` are given and fewer of them might be had.
        """
        received = False
        for attempt in self.retries.attempts(DIVISIBLE if days is not None else ()):
            with attempt:
                if received:
                    yield Restart(days)
                    received = False
                for chunk in self._attempt(query, customer, days):
                    received = True
                    yield chunk

    def _attempt(self, query: Query, customer: str, days: Days | None) -> Iterator[pa.RecordBatch]:
        """One call to its end. Raises Failure."""
        decoder = self._decoder(query)
        login = self.logins.get(customer)
        metadata = (("login-customer-id", login),) if login and not self.login_customer_id else ()
        received = False
        try:
            for chunk in self.ads.search_stream(
                customer_id=customer, query=query.text(days), timeout=self.patience.timeout_seconds, retry=None, metadata=metadata
            ):
                rows = decoder.batch(chunk)
                received = True
                yield rows
        except FAILURES as error:
            failure = understand(error, VERSION, received=received)
        else:
            return
        raise failure

    def over(self, query: Query, customer: str, days: Days) -> Iterator[pa.RecordBatch | Pending | Restart]:
        """The range in as few queries as the platform lets it be had: whole, else in halves down to single days."""
        waiting, deadlines = [days], 0
        while waiting:
            part = waiting.pop()
            try:
                yield from self.chunks(query, customer, part)
                deadlines = 0
            except Failure as failure:
                late = failure.key in ("grpc.DEADLINE_EXCEEDED", "internal_error.DEADLINE_EXCEEDED")
                deadlines += late
                if failure.received:
                    yield Restart(part)
                if len(part) > 1 and deadlines < self.patience.deadlines:
                    middle = part.first + timedelta(days=len(part) // 2 - 1)
                    waiting += [Days(middle + timedelta(days=1), part.last), Days(part.first, middle)]
                elif failure.action is Action.PENDING:
                    yield Pending(part.first, f"Google Ads no longer has this day ({failure.key}); what landed before stays.")
                else:
                    raise failure.error() from None

    def _decoder(self, query: Query) -> Decoder:
        with self._lock:
            if query not in self._decoders:
                self._decoders[query] = Decoder(query, VERSION)
            return self._decoders[query]

    def _insist(self, once: Callable[[], T]) -> T:
        """The answer of a call that answers at once, or an error of our tree."""

        def attempt() -> T:
            try:
                return once()
            except FAILURES as error:
                failure = understand(error, VERSION, received=False)
            raise failure

        return self.retries.call(attempt)


def connect(connection: Connection, patience: Patience | None = None) -> GoogleAds:
    """The client; checks the Connection's fields, gets a token, and opens the TLS connection."""
    patience = patience or Patience(timeout_seconds=_number(connection, "timeout_seconds", Patience.timeout_seconds))
    first = _number(connection, "retry_seconds", SILENT.first)
    retries = for_load(connection, overrides={held: replace(held, first=first) for held in (ANSWERED, SILENT)})
    guard()
    login = _login(connection)
    made = credentials.make(connection)
    request = credentials.transport(connection)
    client = GoogleAdsClient(
        credentials=made,
        developer_token=connection.extra.get("developer_token"),
        endpoint=_endpoint(connection),
        login_customer_id=login,
        version=VERSION,
        use_proto_plus=False,
    )
    ca_file = authority(connection)
    channel = channels.open_channel(client, request, ca_file.read_bytes() if ca_file else None)
    ads, customers, fields = channels.services(client, channel)
    opened = GoogleAds(ads, customers, fields, connection, channel, made, login, patience, retries)
    try:
        opened._insist(lambda: credentials.refresh(made, request))
        _ready(channel, patience)
    except ExtractionError:
        channel.close()
        raise
    return opened


def _ready(channel: grpc.Channel, patience: Patience) -> None:
    # Waiting for the connection here bounds what a silent endpoint can cost; a call would wait for its whole deadline.
    try:
        grpc.channel_ready_future(channel).result(timeout=patience.silent_seconds / 2)
    except grpc.FutureTimeoutError:
        silent = Failure("grpc.UNAVAILABLE").error()
    else:
        return
    raise silent


def _number(connection: Connection, name: str, default: float) -> float:
    value = connection.extra.get(name)
    try:
        number = default if value is None else float(value)
    except (TypeError, ValueError):
        number = -1
    if number < 0:
        raise connection.wrong(f"extra.{name}", "must be a number of seconds")
    return number


def _endpoint(connection: Connection) -> str:
    """``host:port``. TLS either way, so https:// before it says nothing new."""
    address = (connection.endpoint or _ENDPOINT).strip().removeprefix("https://").rstrip("/")
    if not re.fullmatch(r"(\[[^\]/\s]+\]|[^:/\s]+)(:\d+)?", address):
        raise connection.wrong("extra.endpoint", "must be the host:port of a gRPC server over TLS, such as localhost:8443")
    return address


def _login(connection: Connection) -> str | None:
    value = str(connection.extra.get("login_customer_id") or "").replace("-", "")
    if value and not re.fullmatch(r"\d+", value):
        raise connection.wrong("extra.login_customer_id", "must be the digits of a customer id")
    return value or None


def close(client: GoogleAds) -> None:
    client.channel.close()
