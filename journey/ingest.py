"""One load of one source in three steps, each of which runs alone: extract aside, validate, put in place."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from extractors import registry, runner
from extractors.connections import Connection
from extractors.errors import BudgetSpent, ConfigurationError, ExtractionError, PartialAnswer, RateLimited, Unreachable
from extractors.landing import Landing, Partition
from extractors.stream import Days, Kind, Source
from journey.settings import Places

log = logging.getLogger("journey")

SOURCE_WIDE = "*"
"""Stands for stream and account in the ledger row of a load that failed before it had any."""

RETRYABLE = (Unreachable, RateLimited, PartialAnswer)
"""Trying again by itself may help. After BudgetSpent it must not: a person looks first, and clears the task; what had come whole is
kept for that try too."""

KEPT_FOR_A_RETRY = timedelta(days=7)
"""How long the staged part of a failed load waits for its next try."""


class LoadFailed(Exception):
    """A load that did not come whole; ``retryable`` says whether trying again may help."""

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable


class UnknownAccounts(LoadFailed):
    """Nothing was read or noted: the call names only accounts that the source does not have, and of which nothing ever landed."""


def load_id(source: str, run_id: str) -> str:
    """Name of the load, derived from the run so that a retried task continues the same load."""
    return f"{source}-" + "".join(char if char.isalnum() or char in "-_." else "_" for char in run_id)


def extract(
    source_name: str,
    connection: Connection,
    days: Days,
    places: Places,
    *,
    load: str,
    loaded_at: datetime,
    nightly: bool,
    windows: Mapping[str, int] = {},
    streams: Sequence[str] = (),
    accounts: Sequence[str] = (),
) -> int:
    """Read the source into the staged area; returns the rows read.

    LoadFailed carries every error's own message; nothing of a failed load goes further than the staged
    area, and the ledger says that it failed; not where the call named ``UnknownAccounts`` only. Accounts that were refused while others
    could be read fail nothing here: ``check_accounts`` tells of them once the others have landed.
    """
    landing = Landing(places.landing)
    landing.keep_earlier(load)
    for forgotten in landing.forget_staged(source_name, loaded_at - KEPT_FOR_A_RETRY):
        log.info("%s: what load %s had staged is removed; nobody tried it again", source_name, forgotten)
    try:
        source = registry.load(source_name)
        report = runner.run(
            source,
            connection,
            days,
            landing,
            load_id=load,
            loaded_at=loaded_at,
            streams=streams,
            accounts=accounts,
            nightly=nightly,
            windows=_of_streams(source, windows),
        )
        errors = report.errors
        rows = [row for row in report.partitions if row.status in {"failed", "skipped", "refused"}]
    except ExtractionError as error:
        errors, rows = [error], []
        report = runner.Report(load)
    if not errors:
        return sum(row.rows for row in report.partitions)
    for failure in errors:
        failure.located(source=source_name, day=range_text(days))
    if report.slip:
        landing.commit(load, [], places.quarantine, loaded_at=loaded_at)
        raise UnknownAccounts("\n".join(str(error) for error in errors))
    if not any(row.status == "failed" for row in rows):
        rows += [_failed(load, source_name, days, str(errors[0]), loaded_at)]
    of_days = not streams or any(stream.kind is Kind.DAILY for stream in registry.load(source_name).streams if stream.name in streams)
    for row in rows:
        row.asked = range_text(days) if of_days and row.status == "failed" else ""
    again = all(isinstance(error, RETRYABLE) for error in errors)
    kept = all(isinstance(error, (*RETRYABLE, BudgetSpent)) for error in errors)
    landing.commit(load, rows, places.quarantine, loaded_at=loaded_at, resumable=kept)
    raise LoadFailed("\n".join(str(error) for error in errors), retryable=again)


def _of_streams(source: Source, windows: Mapping[str, int]) -> dict[str, int]:
    """Daily stream -> the days of the setting ``restatement_windows`` for it: of ``source.stream``, else of ``source``."""
    daily = {stream.name for stream in source.streams if stream.kind is Kind.DAILY}
    named = {name.partition(".")[2]: days for name, days in windows.items() if name.startswith(f"{source.name}.")}
    if unknown := sorted(set(named) - daily):
        raise ConfigurationError(
            f"The setting restatement_windows names {source.name}.{unknown[0]}, which is no stream of days.",
            action=f"Name one of {', '.join(sorted(daily))}.",
        )
    of_all = dict.fromkeys(daily, windows[source.name]) if source.name in windows else {}
    return of_all | named


def range_text(days: Days) -> str:
    """``2026-01-01``, or ``2026-01-01..2026-01-10``: as messages name days."""
    return str(days.first) if days.first == days.last else f"{days.first}..{days.last}"


def record_failure(places: Places, error: ExtractionError, days: Days, *, load: str, loaded_at: datetime) -> None:
    """Note in the ledger a load that failed before it could ask anything."""
    row = _failed(load, error.source or SOURCE_WIDE, days, str(error.located(day=range_text(days))), loaded_at)
    landing = Landing(places.landing)
    landing.keep_earlier(load)
    landing.commit(load, [row], places.quarantine, loaded_at=loaded_at)


def _failed(load: str, source: str, days: Days, message: str, loaded_at: datetime) -> Partition:
    return Partition(
        load_id=load,
        source=source,
        stream=SOURCE_WIDE,
        account=SOURCE_WIDE,
        dt=days.last.isoformat(),
        kind="",
        status="failed",
        message=message,
        asked=range_text(days),
        loaded_at=loaded_at.isoformat(),
    )


def validate(source_name: str, places: Places, *, load: str) -> int:
    """Run the landing suites over the staged partitions; returns how many are refused. Their status is kept in the manifest."""
    from expectations import landing as suites

    landing = Landing(places.landing)
    partitions = _staged(landing, load)
    if partitions is None:
        return 0
    recent = landing.newest({"landed", "unchanged"}, source_name, but_not=load)
    suites.validate(landing, load, partitions, recent=list(recent.values()))
    landing.write_manifest(load, partitions)
    return sum(row.status == "quarantined" for row in partitions)


def _staged(landing: Landing, load: str | None) -> list[Partition] | None:
    """What was read and waits; None where it is in place already, all of it. LoadFailed where there is nothing: a task was marked by hand
    that had not done its work, or started again without the one before it."""
    if load and landing.manifest_file(load).exists():
        return landing.read_manifest(load)
    done = landing.load(load) if load else []
    if done and not any(row.status in ("failed", "quarantined") for row in done):
        log.info("load %s is in place already", load)
        return None
    raise LoadFailed(
        f"There is nothing of {f'load {load}' if load else 'this run'} to be checked or put in place: it was not read, or what was read is "
        "gone. Kept: everything as it was. To do: clear the task extract of this run together with those after it; it reads the days again."
    )


def land(places: Places, *, load: str, loaded_at: datetime | None = None) -> Counter[str]:
    """Put the good partitions in place and the refused ones into quarantine; LoadFailed names the refused ones.

    Returns the number of partitions by status.
    """
    landing = Landing(places.landing)
    partitions = _staged(landing, load)
    if partitions is None:
        return Counter(row.status for row in landing.load(load))
    done = landing.commit(load, partitions, places.quarantine, loaded_at=loaded_at or datetime.now(UTC))
    counts = Counter(row.status for row in done)
    refused = [row for row in done if row.status == "quarantined"]
    if refused:
        shown = "\n".join(told(row) for row in refused[:20])
        more = f"\nand {len(refused) - 20} more partitions." if len(refused) > 20 else ""
        raise LoadFailed(
            f"{len(refused)} of {len(done)} partitions were refused by their checks and put into quarantine.\n{shown}{more}\n"
            f"Kept: the partitions that were in place before; {counts['landed']} good partitions of this load were put in place. "
            f"To do: look at {places.quarantine / load} (reasons.json beside each file), "
            "correct the source or the check, and run the days again."
        )
    return counts


def check_accounts(places: Places, *, load: str) -> None:
    """LoadFailed where the load had to go on without an account that belongs to the figures: the others are in place by then."""
    lost = [row for row in Landing(places.landing).load(load) if row.status == "refused"]
    if lost:
        shown = "\n".join(told(row) for row in lost)
        raise LoadFailed(f"{len(lost)} accounts could not be read; the others have landed and are built.\n{shown}")


def refused_accounts(landing: Landing) -> list[Partition]:
    """The accounts that the newest load of each source was refused, and whose figures are missed."""
    sources = sorted(folder.name for folder in landing.ledger.glob("*"))
    return [row for source in sources for row in landing.newest_load(source) if row.status == "refused"]


def told(row: Partition) -> str:
    """A failed or refused partition as a person meets it: its message names the place, what was kept and what to do."""
    return f"{row.status}: {row.message or row.describe()}"


def told_later(row: Partition) -> str:
    """The same once other loads have come: with the name of the load, and of a failed one the days that it was asked for."""
    return f"{told(row)} (load {row.load_id}{f' of {row.asked}' if row.asked else ''})"


def unresolved(landing: Landing) -> list[Partition]:
    """What stands against a publication: failed and refused partitions of the newest load of each source."""
    sources = sorted(folder.name for folder in landing.ledger.glob("*"))
    return [row for source in sources for row in landing.newest_load(source) if row.status in {"failed", "quarantined"}]


def not_made_good(landing: Landing) -> list[Partition]:
    """Partitions that an earlier load failed to read or its checks refused, and that none has brought whole since; by source and day.

    Those of each source's newest load are ``unresolved``. A night asks only for its own days, so it neither makes these good nor
    shows that they are wrong: what is served of such a day is older than what the source said last. Of refused entities any newer
    snapshot makes good. Of a load that failed nothing landed, whatever it failed at: each of the days that it was asked for has to come.
    """
    stands = {(row.load_id, row.loaded_at) for row in unresolved(landing)}
    bad, failed = landing.newest({"quarantined", "failed"}), landing.newest({"failed"}).values()
    in_place = landing.newest({"landed", "unchanged"})
    whole: dict[tuple[str, str, str], str] = {}
    came: dict[tuple[str, str], list[Partition]] = defaultdict(list)
    for row in in_place.values():
        if row.kind == Kind.SNAPSHOT:
            entities = (row.source, row.stream, row.account)
            whole[entities] = max(whole.get(entities, ""), row.loaded_at)
        else:
            came[row.source, row.dt].append(row)

    def has_come(row: Partition, day: str) -> bool:
        return any(
            later.loaded_at > row.loaded_at
            and row.account in (SOURCE_WIDE, later.account)
            and (row.kind != Kind.DAILY or row.stream == later.stream)
            for later in came[row.source, day]
        )

    held = [
        row
        for key, row in bad.items()
        if not row.asked
        and row.stream != SOURCE_WIDE
        and not (key in in_place and _newer(in_place[key], row))
        and row.loaded_at >= whole.get((row.source, row.stream, row.account), "")
    ]
    held += [row for row in failed if row.asked and not all(has_come(row, day) for day in _days(row.asked))]
    return sorted(
        (row for row in held if (row.load_id, row.loaded_at) not in stands), key=lambda row: (row.source, row.dt, row.stream, row.account)
    )


def _newer(held: Partition, row: Partition) -> bool:
    """Whether what is in place came after the row, and was not asked for before it by a load that took longer."""
    return (held.loaded_at, held.load_id) > (row.loaded_at, row.load_id) and not "" < held.read_at < row.read_at


def _days(asked: str) -> list[str]:
    """The days of what ``range_text`` made."""
    first, _, last = asked.partition("..")
    return [day.isoformat() for day in Days(date.fromisoformat(first), date.fromisoformat(last or first))]
