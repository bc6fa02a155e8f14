"""Facts of each staged partition beside what is in place and what landed lately: volume, freshness, money.

The rule for a day that had rows and now has none: it is critical when the day held at least FEW_ROWS rows or any
money, because platforms restate figures but do not take back a day of them; a few rows without money may well
be restated to none (clicks taken back as invalid, a test row deleted), so that is a warning. A snapshot
is compared with the newest snapshot in place, whatever its day.

A partition that comes with less than half of the rows in place (of ENOUGH_ROWS at least), or of the money in place, has shrunk: platforms
restate a day up or by some percent, and what takes most of it away is a lost page, a lost permission or a filter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from expectations.landing.breakdown import lost
from expectations.landing.declare import Extras
from expectations.landing.reading import Staged
from extractors.landing import Landing, Partition
from extractors.stream import Kind

FEW_ROWS = 5
ENOUGH_ROWS = 20
SHRUNK_BELOW = 0.5
"""Below this median a stream is too small for a share to say anything."""
ENOUGH_DAYS = 3
NEAR_DAYS = 28
"""Recent days are at most this far from the partition's own day."""
IN_PLACE = frozenset({"landed", "unchanged"})

Key = tuple[str, str]


def new_fields(one: Staged) -> tuple[str, ...]:
    """Fields that are in the file or came in the platform's answer and are not documented."""
    told = str(one.partition.control_totals.get("new_fields") or "")
    return (*one.new, *(name for name in told.split(", ") if name))


class History:
    """What the ledger says of the partitions that landed before: the newest landed row of each."""

    def __init__(self, recent: Iterable[Partition]) -> None:
        self._days: dict[Key, dict[str, Partition]] = defaultdict(dict)
        for row in sorted(recent, key=lambda row: (row.loaded_at, row.load_id)):
            if row.status in IN_PLACE:
                self._days[(row.stream, row.account)][row.dt] = row

    def row(self, partition: Partition) -> Partition | None:
        return self._days[(partition.stream, partition.account)].get(partition.dt)

    def days(self, stream: str, account: str) -> Mapping[str, Partition]:
        return self._days[(stream, account)]

    def usual_rows(self, partition: Partition) -> float | None:
        """Median rows of the partition's landed neighbours with any rows; None where too little is known."""
        own = date.fromisoformat(partition.dt)
        near = [
            row.rows
            for dt, row in self.days(partition.stream, partition.account).items()
            if row.rows and 0 < abs((date.fromisoformat(dt) - own).days) <= NEAR_DAYS
        ]
        usual = median(near) if len(near) >= ENOUGH_DAYS else 0
        return usual if usual >= ENOUGH_ROWS else None


def partition_facts(
    staged: Sequence[Staged], extras: Extras, landing: Landing, history: History, load: Sequence[Partition]
) -> list[dict[str, Any]]:
    """One row a partition: the columns that ``partition_checks`` reads; None where a check does not apply."""
    totals = {(row.stream, row.account, row.dt): row.control_totals for row in load}
    stale = _days_stale(staged, extras, history, load)
    facts = []
    for one in staged:
        partition = one.partition
        emptied = one.readable and not one.file_rows and not extras.may_empty
        before = _rows_before(landing, partition) if emptied else 0
        compared = one.readable and one.file_rows and not extras.may_empty
        weighs = before >= FEW_ROWS or _had_money(history.row(partition), extras)
        usual = history.usual_rows(partition) if one.readable else None
        quiet = extras.quiet_days and not one.file_rows
        split = lost(one, extras, landing, history.days(partition.stream, partition.account))
        facts.append(
            {
                "unreadable": int(not one.readable),
                "missing_fields": len(one.missing),
                "flipped_fields": len(one.flipped),
                "new_fields": len(new_fields(one)),
                "rows": one.file_rows if one.readable else partition.rows,
                "rows_read": partition.rows,
                "emptied": before if weighs else 0,
                "emptied_few": 0 if weighs else before,
                "shrunk": _shrunk(landing, one) if compared else 0,
                "shrunk_money": _shrunk_money(partition, history.row(partition), extras) if compared else 0,
                "share_of_recent": one.file_rows / usual if usual and not quiet else None,
                "days_stale": stale.get((partition.account, partition.dt)),
                "over_account_total": _over_total(partition, extras, totals),
                "lost_breakdown": split.values if split.certain else 0,
                "one_breakdown": 0 if split.certain else split.values,
            }
        )
    return facts


def _rows_before(landing: Landing, partition: Partition) -> int:
    path = landing.file(partition)
    if partition.kind == Kind.SNAPSHOT:
        path = max(path.parent.parent.glob(f"dt=*/{path.name}"), default=path, key=lambda found: found.parent.name)
    return _rows_of(path)


def _shrunk(landing: Landing, one: Staged) -> int:
    """Rows in place where less than half of them came, else 0."""
    rows = _rows_before(landing, one.partition)
    return rows if rows >= ENOUGH_ROWS and one.file_rows < SHRUNK_BELOW * rows else 0


def _shrunk_money(partition: Partition, before: Partition | None, extras: Extras) -> float:
    """Share of the money in place that did not come, where that is more than half of it, else 0."""
    if extras.money is None or before is None:
        return 0.0
    now, then = (float(held.control_totals.get(extras.money, 0)) for held in (partition, before))
    return 1 - now / then if 0 <= now < SHRUNK_BELOW * then else 0.0


def _rows_of(path: Path) -> int:
    try:
        return int(pq.read_metadata(path).num_rows)
    except (OSError, pa.ArrowException):
        return 0


def _had_money(before: Partition | None, extras: Extras) -> bool:
    return before is not None and extras.money is not None and Decimal(str(before.control_totals.get(extras.money, 0))) > 0


def _over_total(partition: Partition, extras: Extras, totals: Mapping[tuple[str, str, str], Mapping[str, Any]]) -> float | None:
    if extras.money is None or extras.part_of is None:
        return None
    whole = totals.get((extras.part_of, partition.account, partition.dt), {})
    if extras.money not in partition.control_totals or extras.money not in whole:
        return None
    return float(Decimal(str(partition.control_totals[extras.money])) - Decimal(str(whole[extras.money])))


def _days_stale(staged: Sequence[Staged], extras: Extras, history: History, load: Sequence[Partition]) -> dict[Key, int]:
    """(account, its newest staged day) -> days between the newest day asked for and the newest day there is.

    The load's own newest day is the clock, so a backfill of an old range is not stale, and no wall clock is read.
    """
    if not staged or staged[0].partition.kind == Kind.SNAPSHOT:
        return {}
    stream = staged[0].partition.stream
    asked = max(row.dt for row in load if row.stream == stream)
    found = {}
    for account in {one.partition.account for one in staged}:
        own = [one for one in staged if one.partition.account == account]
        before = history.days(stream, account).values()
        days = [one.partition.dt for one in own if one.file_rows or not extras.quiet_days]
        days += [row.dt for row in before if row.rows or not extras.quiet_days]
        newest = max(days, default=min(one.partition.dt for one in own))
        found[(account, max(one.partition.dt for one in own))] = (date.fromisoformat(asked) - date.fromisoformat(newest)).days
    return found
