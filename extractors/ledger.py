"""Reading the ledger, one file a load. A year of nights is half a million rows a source, so what can be told from part of
them, or without making an object of each, is.

All rows of a load have its time (``Landing.commit`` gives it to them), so files are put in order by their first row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from extractors.partition import Partition, record, records

Key = tuple[str, str, str, str]
"""Source, stream, account and day of a partition."""


def ordered(files: Iterable[Path]) -> list[Path]:
    """The loads' files, oldest first."""
    found = []
    for file in files:
        with file.open("rb") as lines:
            first = lines.readline()
        row = record(file, first)
        found.append((row.get("loaded_at", ""), row["load_id"], file))
    return [file for *_, file in sorted(found)]


def newest_rows(files: Iterable[Path], statuses: Collection[str], *, but_not: str | None = None) -> dict[Key, Partition]:
    """The newest row of each partition that has one of the statuses, those of the newest try of the load ``but_not`` left out."""
    found: dict[Key, Partition] = {}
    for file in reversed(ordered(file for file in files if file.stem != but_not)):
        for row in records(file):
            key = (row["source"], row["stream"], row["account"], row["dt"])
            if key not in found and row["status"] in statuses:
                found[key] = Partition(**row)
    return found


@dataclass(frozen=True)
class Reached:
    """How far a stream of an account has come: the newest day that has landed, and the newest that was asked for, pending ones included."""

    landed: date | None
    asked: date


def reached(rows: Mapping[Key, Partition]) -> dict[tuple[str, str], Reached]:
    """(stream, account) -> how far it has come, from the newest row of each partition."""
    landed: dict[tuple[str, str], date] = {}
    asked: dict[tuple[str, str], date] = {}
    for (_, stream, account, dt), row in rows.items():
        day, key = date.fromisoformat(dt), (stream, account)
        asked[key] = max(asked.get(key, day), day)
        if row.status != "pending":
            landed[key] = max(landed.get(key, day), day)
    return {key: Reached(landed.get(key), day) for key, day in asked.items()}


def refused_days(files: Iterable[Path], accounts: Collection[str]) -> dict[str, date]:
    """Account -> the first day of the loads in which it was refused, as far back as none of it landed.

    Read from the newest load backwards, mostly no further than that one: loads that say nothing of an account are passed over.
    """
    found: dict[str, date] = {}
    asked = set(accounts)
    for file in reversed(ordered(files)):
        if not asked:
            break
        landed = set()
        for row in records(file):
            name = row["account"]
            if name in asked and row["status"] == "refused":
                day = date.fromisoformat(row["dt"])
                found[name] = min(found.get(name, day), day)
            elif row["status"] in ("landed", "unchanged"):
                landed.add(name)
        asked -= landed
    return found
