"""Run a source over a range: every stream of every account into the staged area, errors named and kept.

One stream of one account either comes whole or not at all; the others go on, unless they would meet the same (a refused
credential, a used-up quota, a silent endpoint; a disabled account). An account that may not be read is left out as a whole while
others may be (``extractors.refusals``). The caller decides what becomes of the staged partitions (``Landing.commit``), raises
``Report.errors`` at the end, and tells of ``Report.refused`` once the others are through.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from extractors import calendar
from extractors.connections import Connection
from extractors.crew import Crew
from extractors.errors import AccountDisabled, ConfigurationError, ExtractionError, PermissionDenied
from extractors.landing import Landing
from extractors.partition import Partition
from extractors.progress import Progress
from extractors.pulling import HOPELESS, Load, Pull
from extractors.refusals import ALL_STREAMS, aside, choose
from extractors.stream import Account, Days, Source, Stream

log = logging.getLogger("extractors")


class _Stopped(Exception):
    """The load goes no further; its error is in the report."""


@dataclass
class Report:
    """What one load read. ``errors`` is empty for a load that came whole, but for accounts that it was ``refused``. ``slip``: nothing was
    to be read, as the call named accounts that are not to be had."""

    load_id: str
    partitions: list[Partition] = field(default_factory=list)
    errors: list[ExtractionError] = field(default_factory=list)
    refused: list[ExtractionError] = field(default_factory=list)
    slip: bool = False


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
    windows: Mapping[str, int] = {},
    today: date | None = None,
    reread: bool = False,
) -> Report:
    """Stage ``days`` of the source. ``nightly`` reads each stream's restatement window before ``days.last`` too, or, in days, the one
    that ``windows`` has for it.

    ``today`` is the day by which the API's version is judged (``extractors.calendar``); by default the day of ``loaded_at``.
    ``reread`` reads days again whose version says that nothing has changed (``Stream.version``).
    A load of the same id that was killed or failed goes on with what it had not finished (``extractors.progress``).
    """
    report = Report(load_id)
    wanted = [source.stream(name).name for name in streams or [stream.name for stream in source.streams]]
    client: Any = None
    try:
        _check_version(source, today or loaded_at.date())
        client = source.connect(connection)
        offered = {stream.name: stream for stream in (source.streams_for(client) if source.streams_for else source.streams)}
        landed = landing.accounts(source.name)
        chosen, missed = choose(source, source.accounts(client), connection, accounts, landed)
        report.slip = chosen.slip
        leave_out = _LeavingOut(report, source, days, loaded_at, missed)
        for account in chosen.closed:
            leave_out.closed(account)
        if chosen.missing and not chosen.read:
            report.errors += [error.located(source=source.name, account=name) for name, error in chosen.missing.items()]
            raise _Stopped
        for name, error in chosen.missing.items():
            leave_out.refused(name, {ALL_STREAMS: error})
        load = Load(
            source,
            client,
            landing,
            load_id,
            loaded_at,
            days,
            Progress(landing, load_id),
            nightly=nightly,
            windows=windows,
            reread=reread,
            at_once=_at_once(source, connection),
            missed=landing.refused_since(source.name, landed) if nightly else {},
            reached=landing.reached(source.name) if nightly else {},
        )
        pulled = _pulled(load, chosen.read, [offered[name] for name in wanted])
        refusals = {account.id: _refusals(pulls) for account, pulls in pulled}
        some_may_be_read = len(refusals) == len(chosen.read) and not all(refusals.values())
        for account, pulls in pulled:
            if refusals[account.id] and some_may_be_read:
                leave_out.refused(account.id, refusals[account.id])
                continue
            for pull in pulls:
                report.partitions.extend(pull.rows())
                if pull.error is not None:
                    report.errors.append(pull.error)
                    if isinstance(pull.error, HOPELESS):
                        raise _Stopped
            _reconcile(load, account, report)
    except _Stopped:
        log.error("%s: the rest of this load is not asked for", source.name)
    except ExtractionError as error:
        report.errors.append(error.located(source=source.name))
    finally:
        if client is not None:
            source.close(client)
        # What the rows took goes back to the system: what comes next in this process (a check, another load) needs it elsewhere.
        pa.default_memory_pool().release_unused()
    landing.write_manifest(load_id, report.partitions)
    if not report.errors:
        Progress(landing, load_id).end()
    return report


def _check_version(source: Source, today: date) -> None:
    for notice in calendar.warnings(source, today):
        if notice.severity is calendar.Severity.ERROR:
            raise ConfigurationError(notice.what, action=notice.action)
        log.warning("%s %s", notice.what, notice.action)


def _at_once(source: Source, connection: Connection) -> int:
    """How many questions may be under way: the source's own number, or ``extra.at_once``."""
    value = connection.extra.get("at_once", source.pace.at_once)
    try:
        number = int(str(value))
    except ValueError:
        number = 0
    if not 1 <= number <= 32:
        raise connection.wrong("extra.at_once", "must be a whole number from 1 to 32")
    return number


def _pulled(load: Load, accounts: Sequence[Account], streams: Sequence[Stream]) -> list[tuple[Account, list[Pull]]]:
    """Every stream of every account, read side by side, in the order in which one after the other would have read them.

    Where a pull meets what the later ones would meet too, those are left out, even where they were quicker: what a load reports
    depends on what the platform answers, not on the machine.
    """
    crew = Crew(load.at_once)
    pulls: list[Pull] = []

    def add(number: int, account: Account, stream: Stream) -> None:
        pull = Pull(load, account, stream, lambda: crew.broken or _cut(pulls, number))
        pulls.append(pull)

        def begin() -> None:
            for at, read in enumerate(pull.begin()):
                crew.add((number, at), read)

        crew.add((number, -1), begin)

    for account in accounts:
        for stream in streams:
            add(len(pulls), account, stream)
    crew.run()
    kept = [pull for number, pull in enumerate(pulls) if not _cut(pulls, number)]
    return [(account, own) for account in accounts if (own := [pull for pull in kept if pull.account is account])]


def _cut(pulls: Sequence[Pull], number: int) -> bool:
    """Whether an earlier pull has met what this one would meet."""
    account = pulls[number].account
    for earlier in pulls[:number]:
        error = earlier.error
        if isinstance(error, HOPELESS) or (isinstance(error, AccountDisabled) and earlier.account is account):
            return True
    return False


def _refusals(pulls: Sequence[Pull]) -> dict[str, ExtractionError]:
    """Stream -> the refusal that it met; none where the account met something else besides, which is for the whole load to tell."""
    met = {pull.stream.name: pull.error for pull in pulls if pull.error is not None}
    return met if all(isinstance(error, PermissionDenied) for error in met.values()) else {}


def _reconcile(load: Load, account: Account, report: Report) -> None:
    """Compare the account's staged partitions with the platform's own totals; what nothing explains fails its day."""
    source = load.source
    if source.reconcile is None:
        return
    own = [row for row in report.partitions if row.account == account.id]

    def read(row: Partition, columns: list[str] | None = None) -> Any:
        return pq.read_table(load.landing.staged_file(row), columns=columns, partitioning=None)

    try:
        totals = source.reconcile(load.client, account, own, read)
    except ExtractionError as error:
        days = load.days.first if len(load.days) == 1 else f"{load.days.first}..{load.days.last}"
        report.errors.append(error.located(source=source.name, stream=ALL_STREAMS, account=account.id, day=days))
        log.error("%s", error)
        return
    for total in totals:
        total.keep()
        if total.failure:
            wrong = total.error()
            log.error("%s", wrong)
            report.errors.append(wrong)
            total.partition.status, total.partition.message = "failed", str(wrong)


@dataclass
class _LeavingOut:
    """What a load says of the accounts that it goes on without: the log, and one ledger row each."""

    report: Report
    source: Source
    days: Days
    loaded_at: datetime
    missed: frozenset[str]

    def closed(self, account: Account) -> None:
        """The platform lists it as closed, or it is a manager: nothing is lost."""
        reason = account.note or "not enabled"
        log.warning("%s: account %s is skipped: %s", self.source.name, account.id, reason)
        self._row(account.id, self.days.last, "skipped", reason)

    def refused(self, account: str, errors: Mapping[str, ExtractionError]) -> None:
        """It may not be read: red in the end where its figures are missed, else a warning."""
        missed = account in self.missed
        error = aside(self.source, account, errors, self.days, missed=missed)
        if missed:
            self.report.refused.append(error)
        log.log(logging.ERROR if missed else logging.WARNING, "%s", error)
        self._row(account, self.days.first, "refused" if missed else "skipped", str(error))

    def _row(self, account: str, day: date, status: str, message: str) -> None:
        row = Partition(
            load_id=self.report.load_id,
            source=self.source.name,
            stream=ALL_STREAMS,
            account=account,
            dt=day.isoformat(),
            kind="",
            status=status,
            message=message,
            loaded_at=self.loaded_at.isoformat(),
        )
        self.report.partitions.append(row)
