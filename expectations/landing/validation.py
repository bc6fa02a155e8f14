"""Validate one load: every staged partition against its stream's suite, before anything is put in place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from expectations.engine import Check, Judgement, judge
from expectations.landing.facts import History, new_fields, partition_facts
from expectations.landing.reading import Staged, frames, needed_columns, read
from expectations.landing.suites import extras_of, partition_checks, row_checks
from expectations.results import CRITICAL, Result, write_results
from extractors import registry
from extractors.landing import Landing, Partition
from extractors.stream import Stream

KEPT = "Kept: the staged file, in quarantine; the partition that was in place before stays."
ACTION = (
    "To do: compare the platform's own report for that day; if the data is right after all, correct the check in "
    "expectations/landing and load the day again."
)
EMPTIED_ACTION = (
    "To do: look at the day in the platform's own report; if it is the same there, remove the file in place and load the day again."
)


@dataclass
class _Tally:
    """Failures of one check: position of the partition in the load -> rows that did not hold."""

    check: Check
    failed: dict[int, int] = field(default_factory=dict)


def validate(
    landing: Landing,
    load_id: str,
    partitions: Sequence[Partition],
    *,
    recent: Sequence[Partition],
    streams: Mapping[str, Sequence[Stream]] | None = None,
    validated_at: datetime | None = None,
) -> list[Result]:
    """Judge the load's staged partitions and write ``_validation/<source>/<load_id>.jsonl``.

    A partition with a critical failure gets status ``quarantined`` and a message; the others stay ``staged``.
    ``recent`` are ledger rows of the same source (``Landing.history``). ``streams`` (source -> streams) stands in for
    the registry. ``validated_at`` defaults to the load's own time. Validating again gives the same answer.
    """
    own = [row for row in partitions if row.load_id == load_id]
    when = validated_at or max(
        (datetime.fromisoformat(row.loaded_at) for row in own if row.loaded_at), default=datetime.fromtimestamp(0, UTC)
    )
    results: list[Result] = []
    for source in dict.fromkeys(row.source for row in own):
        declared = streams[source] if streams is not None else registry.load(source).streams
        load = [row for row in own if row.source == source]
        history = History(row for row in recent if row.source == source)
        found = []
        for stream in declared:
            waiting = [row for row in load if row.stream == stream.name and _waits(landing, row)]
            if waiting:
                found += _Load(landing, load_id, source, load, history, when).judge(stream, waiting)
        if found:  # a load that is in place already keeps what was found when it was judged
            write_results(landing.root, source, load_id, found)
        results += found
    return results


def _waits(landing: Landing, row: Partition) -> bool:
    """Staged, or quarantined by an earlier try. A staged file that is gone because it was put in place is done."""
    there = landing.staged_file(row).exists()
    if row.status == "staged":
        return there or landing.hash_in_place(row) != row.content_hash
    return row.status == "quarantined" and there


@dataclass(frozen=True)
class _Load:
    landing: Landing
    load_id: str
    source: str
    partitions: Sequence[Partition]
    history: History
    validated_at: datetime

    def judge(self, stream: Stream, waiting: Sequence[Partition]) -> list[Result]:
        import pandas as pd

        extras = extras_of(self.source, stream.name)
        rowwise = row_checks(stream, extras)
        columns = needed_columns(stream, extras, rowwise)
        staged = [read(self.landing.staged_file(row), row, stream, extras, columns) for row in waiting]
        suite = f"landing.{self.source}.{stream.name}"

        facts = partition_facts(staged, extras, self.landing, self.history, self.partitions)
        tallies = [_Tally(check) for check in partition_checks(extras)]
        _count(tallies, judge(suite, pd.DataFrame(facts).astype(float), [tally.check for tally in tallies]), np.arange(1, len(staged) + 1))

        tallies += (row_tallies := [_Tally(check) for check in rowwise])
        number = {id(one): at for at, one in enumerate(staged)}
        for chunk, frame in frames(staged, stream, extras):
            ends = np.cumsum([rows for _, rows in chunk])
            _count(row_tallies, judge(suite, frame, rowwise), ends, [number[id(one)] for one, _ in chunk])
        _settle(staged, facts, tallies)
        return [result for tally in tallies for result in self._results(suite, stream, staged, facts, tally)]

    def _results(
        self, suite: str, stream: Stream, staged: Sequence[Staged], facts: Sequence[Mapping[str, Any]], tally: _Tally
    ) -> list[Result]:
        def result(at: int | None, observed: str, unexpected: int, message: str | None) -> Result:
            partition = None if at is None else staged[at].partition
            return Result(
                load_id=self.load_id,
                source=self.source,
                stream=stream.name,
                account=partition.account if partition else None,
                dt=partition.dt if partition else None,
                suite=suite,
                expectation=tally.check.name,
                severity=tally.check.severity,
                success=at is None,
                observed=observed,
                unexpected_count=unexpected,
                message=message,
                validated_at=self.validated_at,
            )

        if not tally.failed:
            rows = sum(one.file_rows for one in staged)
            return [result(None, f"{rows} rows in {len(staged)} partitions", 0, None)]
        return [
            result(at, (seen := observed(tally.check, staged[at], facts[at], count)), count, f"{_sentence(tally.check)} ({seen}).")
            for at, count in sorted(tally.failed.items())
        ]


def _count(tallies: Sequence[_Tally], judgement: Judgement, ends: npt.NDArray[np.int64], numbers: Sequence[int] | None = None) -> None:
    """Add up, for each check, the failing rows of each partition. ``ends[i]`` is where the rows of ``numbers[i]`` end."""
    if judgement.worst is None:
        return
    for tally, outcome in zip(tallies, judgement.outcomes, strict=True):
        if outcome.success:
            continue
        # Not evaluated means not known to be good: every partition of the frame fails, with no row named.
        counts = np.zeros(len(ends), np.int64)
        if outcome.rows is not None:
            counts = np.bincount(np.searchsorted(ends, outcome.rows, side="right"), minlength=len(ends))
        for at, count in enumerate(counts):
            if count or outcome.rows is None:
                partition = numbers[at] if numbers is not None else at
                tally.failed[partition] = tally.failed.get(partition, 0) + int(count)


def _settle(staged: Sequence[Staged], facts: Sequence[Mapping[str, Any]], tallies: Sequence[_Tally]) -> None:
    """Set status and message of each partition from its critical failures."""
    reasons: dict[int, list[str]] = defaultdict(list)
    emptied = set()
    for tally in tallies:
        for at, count in tally.failed.items():
            if tally.check.severity == CRITICAL:
                reasons[at].append(f"{_sentence(tally.check)} ({observed(tally.check, staged[at], facts[at], count)}).")
                if {"emptied", "shrunk", "shrunk_money", "lost_breakdown"} & set(tally.check.columns):
                    emptied.add(at)
    for at, one in enumerate(staged):
        one.partition.status = "quarantined" if at in reasons else "staged"
        one.partition.message = None
        if at in reasons:
            action = EMPTIED_ACTION if at in emptied else ACTION
            one.partition.message = f"{' '.join(reasons[at])} [{one.partition.describe()}] {KEPT} {action}"


def _sentence(check: Check) -> str:
    return check.says[0].upper() + check.says[1:]


def observed(check: Check, one: Staged, facts: Mapping[str, Any], count: int) -> str:
    """What was seen, in counts, field names and shares; never a value of a row."""
    column = check.columns[0]
    if column in {"missing_fields", "flipped_fields", "new_fields"}:
        return ", ".join({"missing_fields": one.missing, "flipped_fields": one.flipped, "new_fields": new_fields(one)}[column])
    if column == "share_of_recent":
        return f"{one.file_rows} rows, {facts[column]:.0%} of the usual"
    if column == "days_stale":
        return f"{facts[column]} days"
    if column in {"emptied", "emptied_few"}:
        return f"{facts[column]} rows in place"
    if column in {"lost_breakdown", "one_breakdown"}:
        return f"{facts[column]} values in place"
    if column == "over_account_total":
        return f"by {facts[column]:f} in the platform's unit"
    if column == "shrunk":
        return f"{one.file_rows} rows, {facts[column]} in place"
    if column == "shrunk_money":
        return f"{facts[column]:.0%} less than in place"
    if column in {"rows", "unreadable"}:
        return f"{one.file_rows} rows in the file, {one.partition.rows} read"
    return f"{count} of {one.file_rows} rows" if count else "the check could not be evaluated"
