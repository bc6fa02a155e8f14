"""Run a source over a range: every stream of every account into the staged area, errors named and kept.

One stream of one account either comes whole or not at all; the others go on, unless they would meet the same (a refused
credential, a used-up quota, a silent endpoint; a disabled account). The caller decides what
becomes of the staged partitions (``Landing.commit``) and raises ``Report.errors`` at the end.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pyarrow.parquet as pq

from extractors import calendar
from extractors.connections import Connection
from extractors.crew import Crew
from extractors.errors import AccountDisabled, ConfigurationError, ExtractionError
from extractors.landing import Landing
from extractors.partition import Partition
from extractors.progress import Progress
from extractors.pulling import HOPELESS, Load, Pull
from extractors.stream import Account, Days, Source, Stream

log = logging.getLogger("extractors")

ALL_STREAMS = "*"
"""Stands for the stream in the ledger row of an account that was passed over."""


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
    wanted = [source.stream(name).name for name in streams or [stream.name for stream in source.streams]]
    client: Any = None
    try:
        _check_version(source, today or loaded_at.date())
        client = source.connect(connection)
        offered = {stream.name: stream for stream in (source.streams_for(client) if source.streams_for else source.streams)}
        chosen, skipped = _chosen_accounts(source, source.accounts(client), connection, accounts)
        for account in skipped:
            log.warning("%s: account %s is skipped: %s", source.name, account.id, account.note or "not enabled")
            report.partitions.append(_skipped(report, source, account, days.last, loaded_at))
        load = Load(
            source,
            client,
            landing,
            load_id,
            loaded_at,
            days,
            Progress(landing, load_id),
            nightly=nightly,
            reread=reread,
            at_once=_at_once(source, connection),
        )
        for account, pulls in _pulled(load, chosen, [offered[name] for name in wanted]):
            for pull in pulls:
                report.partitions.extend(pull.rows())
                if pull.error is not None:
                    report.errors.append(pull.error)
                    if isinstance(pull.error, HOPELESS):
                        raise _Stopped
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


def _reconcile(source: Source, client: Any, account: Account, landing: Landing, report: Report) -> None:
    """Compare the account's staged partitions with the platform's own totals; what nothing explains fails its day."""
    if source.reconcile is None:
        return
    own = [row for row in report.partitions if row.account == account.id]

    def read(row: Partition, columns: list[str] | None = None) -> Any:
        return pq.read_table(landing.staged_file(row), columns=columns, partitioning=None)

    for total in source.reconcile(client, account, own, read):
        total.keep()
        if total.failure:
            error = total.error()
            log.error("%s", error)
            report.errors.append(error)
            total.partition.status, total.partition.message = "failed", str(error)


def _skipped(report: Report, source: Source, account: Account, day: date, loaded_at: datetime) -> Partition:
    """The ledger row of an account that was passed over."""
    return Partition(
        load_id=report.load_id,
        source=source.name,
        stream=ALL_STREAMS,
        account=account.id,
        dt=day.isoformat(),
        kind="",
        status="skipped",
        message=account.note or "not enabled",
        loaded_at=loaded_at.isoformat(),
    )
