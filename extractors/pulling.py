"""One stream of one account, pulled: which days, in which slices, what came of it. Whole or not at all.

A pull is cut into slices that may be read side by side (``Stream.by_day``); each slice stages its own days, so slices share nothing
but the client. The pull's result does not depend on which slice ended first: the error of the earliest slice is the pull's error.
"""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from extractors.errors import (
    AuthenticationError,
    BudgetSpent,
    ExtractionError,
    PayloadError,
    PermissionDenied,
    RateLimited,
    Unreachable,
)
from extractors.landing import Landing
from extractors.ledger import Reached
from extractors.partition import Partition
from extractors.progress import Progress
from extractors.spool import BUFFER_BYTES
from extractors.staging import Staging
from extractors.stream import NEW_FIELDS, Account, Batch, Days, Item, Kind, Pending, Restart, Source, Stream
from extractors.unchanged import spans, unchanged

log = logging.getLogger("extractors")

HOPELESS = (AuthenticationError, BudgetSpent, RateLimited, Unreachable)
"""After one of these the next stream would meet the same, each after waiting as long, and the load is not whole anyway."""
LEAST_BUFFER = 4 * 2**20
CATCHES_UP = timedelta(days=31)
"""So far back a night makes good for nights that did not run or failed; what is older is a range for a person to ask for."""


class Cancelled(Exception):
    """An earlier pull of this load met what this one would meet; it is not read further."""


@dataclass(frozen=True)
class Load:
    """What all pulls of one load share. ``client`` is used by ``at_once`` threads."""

    source: Source
    client: Any
    landing: Landing
    load_id: str
    loaded_at: datetime
    days: Days
    progress: Progress
    nightly: bool = False
    windows: Mapping[str, int] = field(default_factory=dict)
    reread: bool = False
    at_once: int = 1
    missed: Mapping[str, date] = field(default_factory=dict)
    """Account -> the first day on which nights were refused it since it last landed."""
    reached: Mapping[tuple[str, str], Reached] = field(default_factory=dict)
    """(stream, account) -> how far the loads before this night have come."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def row(self, stream: str, kind: str, account: Account, day: date, status: str, message: str) -> Partition:
        """A ledger row without a file."""
        return Partition(
            load_id=self.load_id,
            source=self.source.name,
            stream=stream,
            account=account.id,
            dt=day.isoformat(),
            kind=kind,
            status=status,
            message=message,
            loaded_at=self.loaded_at.isoformat(),
        )


@dataclass
class _Slice:
    days: list[date]
    staged: list[Partition] = field(default_factory=list)
    pending: dict[date, str] = field(default_factory=dict)
    new_fields: set[str] = field(default_factory=set)


class Pull:
    """``begin`` gives the slices; when all were ``read``, ``done`` holds the partitions or ``error`` says why there are none."""

    def __init__(self, load: Load, account: Account, stream: Stream, cancelled: Callable[[], bool]) -> None:
        self.load, self.account, self.stream = load, account, stream
        self.asked = load.days
        self.done: list[Partition] = []
        self._cancelled = cancelled
        self._kept: dict[date, Partition] = {}
        self._slices: list[_Slice] = []
        self._errors: dict[int, ExtractionError] = {}
        self._left = 0

    @property
    def error(self) -> ExtractionError | None:
        """What the first slice that failed met."""
        return self._errors[min(self._errors)] if self._errors else None

    def begin(self) -> Sequence[Callable[[], None]]:
        """Work out what to read; one function a slice reads it. None where nothing is to be read."""
        load, stream, account = self.load, self.stream, self.account
        if self._cancelled():
            return ()
        try:
            self.asked = _range(load, account, stream)
            finished = load.progress.finished(stream.name, account.id, self.asked)
            if finished is not None:
                log.info("%s %s account %s: read before by this load, kept", load.source.name, stream.name, account.id)
                self.done = finished
                return ()
            if not load.reread:
                versions = {"load_id": load.load_id, "loaded_at": load.loaded_at}
                self._kept = unchanged(load.source.name, stream, load.client, account, self.asked, load.landing, **versions)  # type: ignore[arg-type]
        except ExtractionError as error:
            self._fail(0, error, self.asked)
            return ()
        wanted = [day for day in self.asked if day not in self._kept]
        self._slices = [_Slice([day]) for day in wanted] if stream.by_day else [_Slice(wanted)]
        self._left = len(self._slices)
        if not self._slices:
            self._end()
        return [lambda number=number: self._read(number) for number in range(len(self._slices))]  # type: ignore[misc]

    def _read(self, number: int) -> None:
        load, one = self.load, self._slices[number]
        staging = Staging(
            load.landing.staged,
            self.stream,
            load_id=load.load_id,
            source=load.source.name,
            account=self.account.id,
            loaded_at=load.loaded_at,
            part=str(number),
            buffer_bytes=max(LEAST_BUFFER, BUFFER_BYTES // load.at_once),
        )
        try:
            self._fill(staging, one, number)
        except Cancelled:
            pass
        except ExtractionError as error:
            self._fail(number, error, Days(one.days[0], one.days[-1]) if self.stream.by_day else self.asked)
        finally:
            staging.close()
        with load.lock:
            self._left -= 1
            last = not self._left
        if last and not self._errors and not self._cancelled():
            self._end()

    def _fill(self, staging: Staging, one: _Slice, number: int) -> None:
        read = _Read(self.stream, staging)
        asked_at: dict[str, str] = {}
        for span in spans(one.days):
            self._go_on(number)
            asked_at |= dict.fromkeys((day.isoformat() for day in span), datetime.now(UTC).isoformat())
            for item in self.stream.extract(self.load.client, self.account, span):
                self._go_on(number)
                read.take(item, self.asked, one.days)
        one.staged = read.finish(one.days)
        for row in one.staged:
            row.read_at = asked_at[row.dt]
        one.pending = read.pending
        one.new_fields = set().union(*read.new_fields.values())

    def _go_on(self, number: int) -> None:
        if self._cancelled() or any(failed < number for failed in tuple(self._errors)):
            raise Cancelled

    def _fail(self, number: int, error: ExtractionError, days: Days) -> None:
        error.located(source=self.load.source.name, stream=self.stream.name, account=self.account.id)
        error.day = error.day or (days.first if len(days) == 1 else f"{days.first}..{days.last}")
        if isinstance(error, PermissionDenied):
            # Whether the load goes on without the account is told once all of it is known (``extractors.runner``).
            log.warning("%s %s account %s is refused: %s", error.source, error.stream, error.account, error.what)
        else:
            log.error("%s", error)
        self._errors[number] = error

    def _end(self) -> None:
        """All slices are whole."""
        load, name, account = self.load, self.stream.name, self.account.id
        came = sorted(set[str]().union(*(one.new_fields for one in self._slices)))
        if came:
            log.warning("%s %s account %s: new fields, which land in _new_fields: %s", load.source.name, name, account, ", ".join(came))
        staged = [row for one in self._slices for row in one.staged]
        pending = sorted((day, reason) for one in self._slices for day, reason in one.pending.items())
        kind = str(self.stream.kind)
        self.done = [*self._kept.values(), *staged] + [
            load.row(name, kind, self.account, day, "pending", reason) for day, reason in pending
        ]
        with load.lock:
            load.progress.add(self.done)
        rows = sum(row.rows for row in staged)
        log.info("%s %s account %s: %s rows in %s days", load.source.name, name, account, rows, len(self.asked) - len(self._kept))

    def rows(self) -> list[Partition]:
        """Its part of the ledger: the partitions, or one row that says why there are none."""
        if self.error is None:
            return self.done
        return [self.load.row(self.stream.name, str(self.stream.kind), self.account, self.asked.last, "failed", str(self.error))]


def _range(load: Load, account: Account, stream: Stream) -> Days:
    """The days that this stream of this account is asked for. Raises what ``Stream.window`` raises."""
    days = load.days
    if stream.kind is Kind.SNAPSHOT:
        return Days(days.last, days.last)
    lead = timedelta(days=stream.lead_days)
    if not load.nightly:
        return Days(days.first - lead, days.last)
    back = load.windows.get(stream.name, stream.restatement_days)
    if stream.window is not None:
        back = max(back, stream.window(load.client, account))
    if stream.first_run_days is not None and not load.landing.holds(load.source.name, stream.name, account.id):
        back = max(back, stream.first_run_days)
    # What the nights that did not come, or were refused the account, would have read is read now.
    missed = min(load.missed.get(account.id, days.last), _first_missed(load, account, stream))
    return Days(min(min(days.first, missed) - lead, min(days.last, missed) - timedelta(days=back - 1)), days.last)


def _first_missed(load: Load, account: Account, stream: Stream) -> date:
    """The first day after the newest that has landed; the night's own last day where none is missed, or too many for a night."""
    last, found = load.days.last, load.reached.get((stream.name, account.id))
    if found is None:
        return last
    oldest, day = last - CATCHES_UP, timedelta(days=1)
    if found.asked + day < oldest:
        log.warning(
            "%s %s account %s: nothing has asked for %s to %s, which is more than a night catches up with; "
            "what had landed stays. To do: run a backfill of these days.",
            *(load.source.name, stream.name, account.id, found.asked + day, last - day),
        )
        return last
    # Days that are pending to the end are asked for again, but not for ever: what lies still for a month is no night that was missed.
    landed = found.landed if found.landed and found.landed + day >= oldest else found.asked
    return min(last, landed + day)


class _Read:
    """What a stream of one account has yielded so far."""

    def __init__(self, stream: Stream, staging: Staging) -> None:
        self.stream, self.staging = stream, staging
        self.control: dict[date, dict[str, str]] = defaultdict(dict)
        self.new_fields: dict[date, set[str]] = defaultdict(set)
        self.pending: dict[date, str] = {}

    def take(self, item: Item, asked: Days, wanted: Collection[date]) -> None:
        """Keep one item. PayloadError for a day that was not asked for."""
        if isinstance(item, Restart):
            self._forget(wanted if item.days is None else item.days)
            return
        if item.day not in wanted:
            raise PayloadError(
                f"Rows dated {item.day} came for a question about {asked.first} to {asked.last}.",
                action="Check the account's time zone and the platform's answer; the range is read again at the next run.",
                day=item.day,
            )
        if isinstance(item, Pending):
            self.pending[item.day] = item.reason
            return
        self._keep(item)

    def _keep(self, batch: Batch) -> None:
        self.staging.add(batch.day, batch.rows, batch.turn)
        self.control[batch.day] |= batch.control
        unknown = set(batch.rows.schema.names) - set(self.stream.schema.names) - {NEW_FIELDS.name}
        self.new_fields[batch.day] |= {*batch.new_fields, *unknown}

    def _forget(self, days: Iterable[date]) -> None:
        void = set(days)
        self.staging.drop(void)
        for held in (self.control, self.new_fields, self.pending):
            for day in void:
                held.pop(day, None)

    def finish(self, wanted: Iterable[date]) -> list[Partition]:
        """One staged partition for each day that is not pending."""
        staged = []
        for day in wanted:
            if day not in self.pending:
                one = self.staging.finish(day)
                one.control_totals |= self.control[day]
                if self.new_fields[day]:
                    one.control_totals["new_fields"] = ", ".join(sorted(self.new_fields[day]))
                staged.append(one)
        return staged
