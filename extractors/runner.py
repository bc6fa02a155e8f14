"""Run a source over a range: every stream of every account into the staged area, errors named and kept.

One stream of one account either comes whole or not at all; the others go on, unless they would meet the same (a refused
credential, a used-up quota, a silent endpoint; a disabled account). The caller decides what
becomes of the staged partitions (``Landing.commit``) and raises ``Report.errors`` at the end.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow.parquet as pq

from extractors import calendar
from extractors.connections import Connection
from extractors.errors import (
    AccountDisabled,
    AuthenticationError,
    BudgetSpent,
    ConfigurationError,
    ExtractionError,
    PayloadError,
    RateLimited,
    Unreachable,
)
from extractors.landing import Landing
from extractors.partition import Partition
from extractors.progress import Progress
from extractors.staging import Staging
from extractors.stream import Account, Days, Item, Kind, Pending, Restart, Source, Stream
from extractors.unchanged import spans, unchanged

log = logging.getLogger("extractors")

ALL_STREAMS = "*"
"""Stands for the stream in the ledger row of an account that was passed over."""


HOPELESS = (AuthenticationError, BudgetSpent, RateLimited, Unreachable)
"""After one of these the next stream would meet the same, each after waiting as long, and the load is not whole anyway."""


class _Stopped(Exception):
    """The load goes no further; its error is in the report."""


@dataclass
class Report:
    """What one load read. ``errors`` is empty for a whole load."""

    load_id: str
    partitions: list[Partition] = field(default_factory=list)
    errors: list[ExtractionError] = field(default_factory=list)


def run(
    source: Source,
    connection: Connection,
    days: Days,
    landing: Landing,
    *,
    load_id: str,
    loaded_at: datetime,
    streams: Sequence[str] = (),
    accounts: Sequence[str] = (),
    nightly: bool = False,
    today: date | None = None,
    reread: bool = False,
) -> Report:
    """Stage ``days`` of the source. ``nightly`` reads each stream's restatement window before ``days.last`` too.

    ``today`` is the day by which the API's version is judged (``extractors.calendar``); by default the day of ``loaded_at``.
    ``reread`` reads days again whose version says that nothing has changed (``Stream.version``).
    A load of the same id that was killed or failed goes on with what it had not finished (``extractors.progress``).
    """
    report = Report(load_id)
    progress = Progress(landing, load_id)
    wanted = [source.stream(name).name for name in streams or [stream.name for stream in source.streams]]
    client: Any = None
    try:
        _check_version(source, today or loaded_at.date())
        client = source.connect(connection)
        offered = {stream.name: stream for stream in (source.streams_for(client) if source.streams_for else source.streams)}
        chosen, skipped = _chosen_accounts(source, source.accounts(client), connection, accounts)
        for account in skipped:
            log.warning("%s: account %s is skipped: %s", source.name, account.id, account.note or "not enabled")
            report.partitions.append(_row(report, source, None, account, days.last, "skipped", account.note or "not enabled", loaded_at))
        for account in chosen:
            for name in wanted:
                error = _one(source, client, account, offered[name], days, nightly, landing, report, progress, loaded_at, reread)
                if isinstance(error, HOPELESS):
                    raise _Stopped
                if isinstance(error, AccountDisabled):
                    break
            _reconcile(source, client, account, landing, report)
    except _Stopped:
        log.error("%s: the rest of this load is not asked for", source.name)
    except ExtractionError as error:
        report.errors.append(error.located(source=source.name))
    finally:
        if client is not None:
            source.close(client)
    landing.write_manifest(load_id, report.partitions)
    if not report.errors:
        progress.end()
    return report


def _check_version(source: Source, today: date) -> None:
    for notice in calendar.warnings(source, today):
        if notice.severity is calendar.Severity.ERROR:
            raise ConfigurationError(notice.what, action=notice.action)
        log.warning("%s %s", notice.what, notice.action)


def _range(source: Source, client: Any, account: Account, stream: Stream, days: Days, nightly: bool, landing: Landing) -> Days:
    """The days that this stream of this account is asked for. Raises what ``Stream.window`` raises."""
    if stream.kind is Kind.SNAPSHOT:
        return Days(days.last, days.last)
    first = days.first - timedelta(days=stream.lead_days)
    if not nightly:
        return Days(first, days.last)
    back = stream.restatement_days
    if stream.window is not None:
        back = max(back, stream.window(client, account))
    if stream.first_run_days is not None and not landing.holds(source.name, stream.name, account.id):
        back = max(back, stream.first_run_days)
    return Days(min(first, days.last - timedelta(days=back - 1)), days.last)


def _chosen_accounts(
    source: Source, seen: Sequence[Account], connection: Connection, asked: Sequence[str]
) -> tuple[list[Account], list[Account]]:
    """(accounts to read, accounts passed over because of their state). An account that is asked for by name is never passed over."""
    named = frozenset(asked) or connection.accounts
    if named is None:
        return [account for account in seen if account.enabled], [account for account in seen if not account.enabled]
    wanted = {source.account_id(name) for name in named}
    by_id = {account.id: account for account in seen}
    chosen: list[Account] = []
    for name in sorted(wanted):
        if name not in by_id:
            raise ConfigurationError(
                f"Account {name} is asked for, but the credential of {source.connection_id} does not see it.",
                action=f"Correct extra.accounts of {source.connection_id}, or give its user access to the account.",
                source=source.name,
                account=name,
            )
        account = by_id[name]
        if not account.enabled:
            raise AccountDisabled(
                f"Account {name} is asked for, but it is {account.note or 'not enabled'}.",
                action=f"Re-enable the account on the platform, or take it out of extra.accounts of {source.connection_id}.",
                source=source.name,
                account=name,
            )
        chosen.append(account)
    return chosen, []


def _one(
    source: Source,
    client: Any,
    account: Account,
    stream: Stream,
    days: Days,
    nightly: bool,
    landing: Landing,
    report: Report,
    progress: Progress,
    loaded_at: datetime,
    reread: bool,
) -> ExtractionError | None:
    asked = days
    kept: dict[date, Partition] = {}
    staging = Staging(landing.staged, stream, load_id=report.load_id, source=source.name, account=account.id, loaded_at=loaded_at)
    read = _Read(stream, staging)
    staged: list[Partition] = []
    try:
        asked = _range(source, client, account, stream, days, nightly, landing)
        finished = progress.finished(stream.name, account.id, asked)
        if finished is not None:
            log.info("%s %s account %s: read before by this load, kept", source.name, stream.name, account.id)
            report.partitions.extend(finished)
            return None
        if not reread:
            kept = unchanged(source.name, stream, client, account, asked, landing, load_id=report.load_id, loaded_at=loaded_at)
        wanted = [day for day in asked if day not in kept]
        for item in _items(stream, client, account, wanted):
            read.take(item, asked, wanted)
        staged = read.finish(wanted)
    except ExtractionError as error:
        error.located(source=source.name, stream=stream.name, account=account.id)
        error.day = error.day or (asked.first if asked.first == asked.last else f"{asked.first}..{asked.last}")
        log.error("%s", error)
        report.errors.append(error)
        staged = []
        report.partitions.append(_row(report, source, stream, account, asked.last, "failed", str(error), loaded_at))
        return error
    finally:
        read.staging.close()
    came = sorted(set().union(*read.new_fields.values()))
    if came:
        log.warning("%s %s account %s: fields came that do not land: %s", source.name, stream.name, account.id, ", ".join(came))
    done = [*kept.values(), *staged] + [
        _row(report, source, stream, account, day, "pending", reason, loaded_at) for day, reason in sorted(read.pending.items())
    ]
    report.partitions.extend(done)
    progress.add(done)
    log.info(
        "%s %s account %s: %s rows in %s days", source.name, stream.name, account.id, sum(p.rows for p in staged), len(asked) - len(kept)
    )
    return None


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
        self.staging.add(item.day, item.rows)
        self.control[item.day] |= item.control
        self.new_fields[item.day] |= {*item.new_fields, *(set(item.rows.schema.names) - set(self.stream.schema.names))}

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


def _items(stream: Stream, client: Any, account: Account, days: Iterable[date]) -> Iterator[Item]:
    for span in spans(days):
        yield from stream.extract(client, account, span)


def _reconcile(source: Source, client: Any, account: Account, landing: Landing, report: Report) -> None:
    """Compare the account's staged partitions with the platform's own totals; what nothing explains fails its day."""
    if source.reconcile is None:
        return
    own = [row for row in report.partitions if row.account == account.id]
    for total in source.reconcile(client, account, own, lambda row: pq.read_table(landing.staged_file(row), partitioning=None)):
        total.keep()
        if total.failure:
            error = total.error()
            log.error("%s", error)
            report.errors.append(error)
            total.partition.status, total.partition.message = "failed", str(error)


def _row(
    report: Report, source: Source, stream: Stream | None, account: Account, day: date, status: str, message: str, loaded_at: datetime
) -> Partition:
    return Partition(
        load_id=report.load_id,
        source=source.name,
        stream=stream.name if stream else ALL_STREAMS,
        account=account.id,
        dt=day.isoformat(),
        kind=str(stream.kind) if stream else "",
        status=status,
        message=message,
        loaded_at=loaded_at.isoformat(),
    )
