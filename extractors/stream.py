"""The vocabulary of extraction: Account, Stream, Source. Data, with one function that yields batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

import pyarrow as pa

from extractors.connections import Connection
from extractors.findings import Finding
from extractors.retrying import Fault

CONFIGURED = {b"configured": b"true"}
"""Metadata of a column, in the schema and in the file, that the Connection asked for beside those of docs/landing.md."""

NEW_FIELDS = pa.field("_new_fields", pa.string())
"""A column beyond the schema, in the files of days on which fields came that docs/landing.md does not know: a JSON object of them in each
row, cleaned of personal data (``extractors.pii.compact``). Batches carry it under this name; it has one type whatever came, so files
of before and after stay readable together."""


@dataclass(frozen=True, order=True)
class Days:
    """A closed range of calendar days in the account's own time zone: ``first`` and ``last`` included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"the range ends ({self.last}) before it starts ({self.first})")

    def __iter__(self) -> Iterator[date]:
        day = self.first
        while day <= self.last:
            yield day
            day += timedelta(days=1)

    def __len__(self) -> int:
        return (self.last - self.first).days + 1

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day <= self.last


@dataclass(frozen=True)
class Account:
    """One account, property or list of a platform, as the credential sees it.

    ``enabled`` is False for an account the platform lists as closed; it is skipped and recorded. ``manager``: it only groups
    other accounts, so that it is skipped is no news.
    """

    id: str
    name: str = ""
    currency: str | None = None
    time_zone: str | None = None
    enabled: bool = True
    note: str = ""
    manager: bool = False


@dataclass(frozen=True)
class Batch:
    """Rows of one partition: everything in ``rows`` belongs to ``day``. Several batches may share a day.

    ``control`` goes into the partition's control totals: what the platform says of the day (``landed``, ``platform``,
    ``difference``). ``new_fields`` are the names of fields that came and are not documented here, whose values are in the
    column ``NEW_FIELDS``; columns beyond the schema count by themselves. ``turn`` grows where an answer stands in for what an earlier
    one said of the same keys (``Stream.repeats``).
    """

    day: date
    rows: pa.Table | pa.RecordBatch
    control: Mapping[str, str] = field(default_factory=dict)
    new_fields: tuple[str, ...] = ()
    turn: int = 0


@dataclass(frozen=True)
class Pending:
    """The platform has not produced this day yet. It is recorded as pending, never as an empty day."""

    day: date
    reason: str


@dataclass(frozen=True)
class Restart:
    """An answer broke off and is asked for again: what was yielded for these days so far, for all days by default, is void."""

    days: Days | None = None


class Kind(StrEnum):
    """How a stream's rows fall into partitions."""

    DAILY = "daily"
    """Facts of a day: each day of the range is one partition, replaced whole; no rows is an empty partition."""
    SNAPSHOT = "snapshot"
    """Entities as they are now: one partition, dated the last day of the range."""


Item = Batch | Pending | Restart
Extract = Callable[[Any, Account, Days], Iterator[Item]]


@dataclass(frozen=True)
class Stream:
    """One kind of row of a source.

    ``schema`` has the vendor's names and units; a field with ``nullable=False`` must be there in every
    row. ``keys`` identify a row inside the stream and order the file. ``date_column`` is the date32
    column that must equal the partition's day (None where the rows carry no such date).
    ``restatement_days`` is how many days back a nightly run reads again, its own day included; where the account itself
    says how long its figures move, ``window(client, account)`` gives that number, and a night reads the longer of both. Nights that were
    missed are made good by the next (``extractors.pulling``).
    ``first_run_days``: the first night of an account, of which nothing of this stream has landed yet, reads that many days
    back, because the platform forgets them; nothing deletes what landed. Backfills read the days they are asked for.
    ``lead_days`` is how many days before a range are read with it, in backfills too: a day without rows may hang on them.
    ``extract(client, account, days)`` yields Batch and Pending as they come; when it returns, the range is complete. Before it asks
    again for days of which rows were yielded already, it yields Restart.
    ``repeats``: pages may bring a row twice, so of rows that agree in every key one counts, of the highest ``Batch.turn``. ``twice`` is the
    fault where two of one turn are not the same row (None: pages may catch a row in two states).
    ``by_day``: each day is a question of its own, so that the days of a range may be read side by side (``Pace``).
    ``version(client, account, day)`` is a text that differs whenever the day's rows may (None: unknown, so read it). Batches carry
    it as ``control["version"]``; a day whose version is the one that landed is not read again (``extractors.unchanged``).
    """

    name: str
    kind: Kind
    schema: pa.Schema
    keys: tuple[str, ...]
    extract: Extract
    date_column: str | None = None
    restatement_days: int = 1
    window: Callable[[Any, Account], int] | None = None
    first_run_days: int | None = None
    lead_days: int = 0
    repeats: bool = False
    twice: Fault | None = None
    by_day: bool = False
    version: Callable[[Any, Account, date], str | None] | None = None
    control_columns: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True)
class ApiVersion:
    """The version of a vendor's API that a source is pinned to, and the last day on which the vendor serves it.

    ``sunset`` is None where the vendor has named no day; ``announced`` is the page that says it, or why there is none.
    ``extractors.calendar`` warns ahead of the day.
    """

    version: str
    sunset: date | None = None
    announced: str = ""


@dataclass(frozen=True)
class Pace:
    """How many questions of a load may be under way at once, over all its accounts, streams and days, and what the vendor says of it.

    The Connection's ``extra.at_once`` stands in for it. A client is used by so many threads.
    """

    at_once: int = 1
    reason: str = ""


@dataclass(frozen=True)
class Source:
    """One platform. ``connect`` checks the Connection and returns the client that ``extract`` is given.

    ``account_id`` turns the ways in which people write an account id (``act_1``) into the one that is landed.
    ``named(connection)`` are the accounts that the Connection names, None where it means all that the credential sees.
    ``streams_for(client)`` gives the same streams with the columns that the Connection adds to them.
    ``reach(client)`` asks the platform something where ``accounts`` asks it nothing; for ``journey doctor``.
    ``examine(client, account, today)`` looks, for ``journey doctor``, at what the source needs of an account: quickly, reading only.
    ``reconcile(client, account, partitions, reader)`` compares what was staged with the platform's own totals (``extractors.control``).
    ``pace`` is how much may be asked at once.
    ``api`` names the API's version and its last day; ``api_version`` alone is enough where the vendor names no day.
    ``faults`` is the table of the platform's errors and what each leads to (``extractors.retrying``, docs/faults.md).
    """

    name: str
    connection_id: str
    streams: tuple[Stream, ...]
    connect: Callable[[Connection], Any]
    accounts: Callable[[Any], Sequence[Account]]
    close: Callable[[Any], None] = field(default=lambda client: None)
    account_id: Callable[[str], str] = field(default=str.strip)
    named: Callable[[Connection], frozenset[str] | None] = field(default=lambda connection: connection.accounts)
    streams_for: Callable[[Any], Sequence[Stream]] | None = None
    reach: Callable[[Any], object] | None = None
    examine: Callable[[Any, Account, date], list[Finding]] | None = None
    reconcile: Callable[..., Sequence[Any]] | None = None
    pace: Pace = field(default=Pace())
    api: ApiVersion = field(default=ApiVersion(""))
    api_version: str = ""
    faults: tuple[Fault, ...] = ()

    def __post_init__(self) -> None:
        if not self.api.version:
            object.__setattr__(self, "api", ApiVersion(self.api_version))
        object.__setattr__(self, "api_version", self.api.version)

    def stream(self, name: str) -> Stream:
        """The stream of that name; KeyError lists what there is."""
        for stream in self.streams:
            if stream.name == name:
                return stream
        raise KeyError(f"{self.name} has no stream {name}; it has {', '.join(s.name for s in self.streams)}")
