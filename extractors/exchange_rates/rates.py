"""Fetch the history once a run and yield it by day."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pyarrow as pa
import requests
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, stop_after_delay, wait_exponential

from extractors.connections import Connection
from extractors.errors import PartialAnswer, PermissionDenied, Unreachable
from extractors.exchange_rates.history import History, parse, wrong
from extractors.stream import Account, Batch, Days, Kind, Pending, Stream

ENDPOINT = "https://www.ecb.europa.eu"
PATH = "/stats/eurofxref/eurofxref-hist.zip"
TIMEOUT = (5.0, 14.0)
"""Seconds to connect, and seconds without a byte."""
CALLS, FIRST_WAIT, LONGEST_WAIT, DEADLINE = 6, 0.5, 8.0, 20.0
"""Calls in all, waits (seconds) that double, and the time after which no new call is made: about 30 s at most."""
ACCOUNT = Account("ecb", name="European Central Bank", currency="EUR", time_zone="Europe/Berlin")


class _Transient(Exception):
    def __init__(self, final: Unreachable | PartialAnswer) -> None:
        super().__init__(str(final))
        self.final = final


@dataclass
class Client:
    """Where the file is. It is read once; ``sleep`` waits between retries."""

    url: str
    session: requests.Session = field(default_factory=requests.Session)
    sleep: Callable[[float], None] = time.sleep
    _history: History | None = None

    def history(self) -> History:
        """The whole file; raises Unreachable, PartialAnswer, PermissionDenied or PayloadError."""
        if self._history is None:
            retrying = Retrying(
                retry=retry_if_exception_type(_Transient),
                stop=stop_after_attempt(CALLS) | stop_after_delay(DEADLINE),
                wait=wait_exponential(FIRST_WAIT, max=LONGEST_WAIT),
                sleep=self.sleep,
                retry_error_callback=_give_up,
            )
            self._history = parse(retrying(self._download))
        return self._history

    def _download(self) -> bytes:
        try:
            answer = self.session.get(self.url, timeout=TIMEOUT)
        except requests.exceptions.ChunkedEncodingError:
            raise _Transient(
                PartialAnswer("The file broke off before its end, each time it was asked for.", action="Run the days again later.")
            ) from None
        except requests.exceptions.RequestException as failure:
            raise _Transient(_unreachable(f"did not answer ({type(failure).__name__})")) from None
        if answer.status_code == 429 or answer.status_code >= 500:
            raise _Transient(_unreachable(f"answered {answer.status_code} each time it was asked"))
        if answer.status_code in (401, 403):
            raise PermissionDenied(
                f"The server refused the file (status {answer.status_code}).", action="Check extra.endpoint of exchange_rates_default."
            )
        if answer.status_code != 200:
            raise wrong(f"There is no file at {PATH} (status {answer.status_code}).")
        return answer.content


def connect(connection: Connection) -> Client:
    """A client for the Connection's endpoint, or for the bank's own site; no call is made."""
    endpoint = (connection.endpoint or ENDPOINT).rstrip("/")
    if urlsplit(endpoint).scheme not in ("http", "https"):
        raise connection.wrong("extra.endpoint", "must start with http:// or https://")
    return Client(f"{endpoint}{PATH}")


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


def _unreachable(what: str) -> Unreachable:
    return Unreachable(
        f"The server of the reference rates {what}.",
        action="Check the network and extra.endpoint of exchange_rates_default; the days are read again at the next run.",
    )


def _give_up(state: RetryCallState) -> bytes:
    failure = state.outcome.exception() if state.outcome else None
    assert isinstance(failure, _Transient)
    raise failure.final from None


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
    control_columns=("rate",),
    description="Units of a currency for one euro. One row per currency and publishing day.",
)
