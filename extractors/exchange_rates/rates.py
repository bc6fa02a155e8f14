"""Fetch the history once a run and yield it by day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pyarrow as pa
import requests

from extractors.connections import Connection
from extractors.deadlines import bound
from extractors.exchange_rates import faults
from extractors.exchange_rates.history import History, parse
from extractors.retrying import Failure, Retries, for_load, retry_after
from extractors.stream import Account, Batch, Days, Kind, Pending, Stream
from extractors.trust import authority, context

ENDPOINT = "https://www.ecb.europa.eu"
PATH = "/stats/eurofxref/eurofxref-hist.zip"
TIMEOUT = (5.0, 14.0)
"""Seconds to connect, and seconds without a byte."""
ACCOUNT = Account("ecb", name="European Central Bank", currency="EUR", time_zone="Europe/Berlin")


LEAD_DAYS = 7
"""The rate of a weekend or holiday is the one published before it; the longest closure, around Christmas or Easter, is five days."""
FIRST_RUN_DAYS = 100
"""The first night of the ad platforms reads up to 91 days back, and each of these days needs a rate."""


@dataclass
class Client:
    """Where the file is. It is read once."""

    url: str
    session: requests.Session = field(default_factory=lambda: bound(requests.Session()))
    retries: Retries = field(default_factory=Retries)
    _history: History | None = None

    def history(self) -> History:
        """The whole file, after retries."""
        if self._history is None:
            self._history = parse(self.retries.call(self._download))
        return self._history

    def _download(self) -> bytes:
        try:
            answer = self.session.get(self.url, timeout=TIMEOUT)
        except requests.exceptions.ChunkedEncodingError as error:
            failed = Failure(faults.BROKEN_OFF, type(error).__name__)
        except requests.exceptions.SSLError:
            failed = Failure(faults.UNTRUSTED)
        except requests.exceptions.RequestException as error:
            failed = Failure(faults.UNREACHABLE, type(error).__name__)
        else:
            if answer.status_code == 200:
                return answer.content
            failed = _failure(answer)
        raise failed


def _failure(answer: requests.Response) -> Failure:
    status = answer.status_code
    fault = {401: faults.REFUSED, 403: faults.REFUSED, 429: faults.THROTTLE}.get(
        status, faults.SERVER_ERROR if status >= 500 else faults.NO_FILE
    )
    return Failure(fault, f"status {status}", wait=retry_after(answer.headers) if status == 429 else None)


def connect(connection: Connection) -> Client:
    """A client for the Connection's endpoint, or for the bank's own site; no call is made."""
    endpoint = (connection.endpoint or ENDPOINT).rstrip("/")
    if urlsplit(endpoint).scheme not in ("http", "https"):
        raise connection.wrong("extra.endpoint", "must start with http:// or https://")
    session = bound(requests.Session(), trust=context(authority(connection)))
    return Client(f"{endpoint}{PATH}", session, retries=for_load(connection))


def extract(client: Client, account: Account, days: Days) -> Iterator[Batch | Pending]:
    """One batch a day. A day without a line is a weekend or a holiday up to the newest line, and pending after it."""
    history = client.history()
    for day in days:
        if history.newest is None or day > history.newest:
            yield Pending(day, "not published yet")
            continue
        rates = history.rates(day)
        columns = [[day] * len(rates), [currency for currency, _ in rates], [rate for _, rate in rates]]
        yield Batch(day, pa.table([pa.array(values, column.type) for values, column in zip(columns, SCHEMA, strict=True)], schema=SCHEMA))


SCHEMA = pa.schema(
    [
        pa.field("rate_date", pa.date32(), nullable=False),
        pa.field("currency", pa.string(), nullable=False),
        pa.field("rate", pa.decimal128(18, 6), nullable=False),
    ]
)
STREAM = Stream(
    name="reference_rates",
    kind=Kind.DAILY,
    schema=SCHEMA,
    keys=("rate_date", "currency"),
    extract=extract,
    date_column="rate_date",
    restatement_days=7,
    first_run_days=FIRST_RUN_DAYS,
    lead_days=LEAD_DAYS,
    control_columns=("rate",),
    description="Units of a currency for one euro. One row per currency and publishing day.",
)
