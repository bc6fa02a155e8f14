"""The tables of a served folder at a moment of the clock.

    <folder>/ga4/<project>/analytics_<property>/events_<YYYYMMDD>.parquet | .ndjson
    <folder>/ga4/<project>/analytics_<property>/events_intraday_<YYYYMMDD>.parquet | .ndjson
    <folder>/ga4/<project>/analytics_<property>/events.ndjson          split by event_date

``_from`` and ``_until`` hide rows by the clock and are never served. A table none of whose rows is visible does
not exist (yet, or any more); a file without rows is an empty table, which exists.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from sandbox.emulators.ga4.files import Bounds, bounds, dates, load
from sandbox.emulators.recorded import Clock

_CACHE_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True)
class File:
    """Where the rows of one table are: a file of its own, or the rows of one ``event_date`` in a shared file."""

    path: Path
    event_date: str | None = None


@dataclass(frozen=True)
class Shown:
    """What is to be seen of one table: row count and the moments of its first and last change."""

    table: str
    rows: int
    created: datetime
    modified: datetime


class Tables:
    """All tables below ``folder``; safe to use from several threads. Arrow tables are cached, newest use last."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._root = folder / "ga4"
        self._clock = clock
        self._lock = threading.RLock()
        self._listed: dict[Path, tuple[tuple[int, int | None], dict[str, File]]] = {}
        self._bounds: dict[File, tuple[int, Bounds]] = {}
        self._cache: OrderedDict[tuple[File, int, datetime | None], pa.Table] = OrderedDict()
        self._cached = 0

    def projects(self) -> list[str]:
        return sorted(path.name for path in self._root.glob("*") if path.is_dir())

    def datasets(self, project: str) -> list[str]:
        """Dataset ids of a project; empty for an unknown one."""
        return sorted(path.name for path in (self._root / project).glob("*") if path.is_dir()) if project in self.projects() else []

    def names(self, project: str, dataset: str) -> list[Shown]:
        """The tables that exist now, by name."""
        files = self._files(project, dataset)
        return [shown for name in sorted(files) if (shown := self._shown(name, files[name])) is not None]

    def get(self, project: str, dataset: str, table: str) -> tuple[Shown, pa.Table] | None:
        """One table with its visible rows, or None where it does not exist now."""
        file = self._files(project, dataset).get(table)
        shown = self._shown(table, file) if file else None
        return (shown, self._rows(file)) if file and shown else None

    def _files(self, project: str, dataset: str) -> dict[str, File]:
        folder = self._root / project / dataset
        if dataset not in self.datasets(project):
            return {}
        shared = folder / "events.ndjson"
        version = folder.stat().st_mtime_ns, shared.stat().st_mtime_ns if shared.exists() else None
        with self._lock:
            # A year of tables takes longer to list than to serve one of them, and every call names one.
            known = self._listed.get(folder)
            if known is None or known[0] != version:
                known = self._listed[folder] = version, self._list(folder)
            return known[1]

    def _list(self, folder: Path) -> dict[str, File]:
        found: dict[str, File] = {}
        for path in sorted(folder.iterdir()):
            if path.name == "events.ndjson":
                named = {f"events_{day}": File(path, day) for day in dates(path)}
            elif path.suffix in (".ndjson", ".parquet") and re.fullmatch(r"\w+", path.stem):
                named = {path.stem: File(path)}
            else:
                continue
            if twice := found.keys() & named.keys():
                raise ValueError(f"{path.parent.name} has the rows of {min(twice)} in two files")
            found |= named
        return found

    def _shown(self, table: str, file: File) -> Shown | None:
        with self._lock:
            version = file.path.stat().st_mtime_ns
            known = self._bounds.get(file)
            if known is None or known[0] != version:
                known = self._bounds[file] = version, bounds(file.path, file.event_date)
        visible = known[1].visible(self._clock.moment)
        rows = sum(visible) if isinstance(visible, list) else visible
        if known[1].rows and not rows:
            return None
        first, last = known[1].changes(self._clock.moment)
        fixed = _day_after(table)
        return Shown(table, rows, first or fixed, last or fixed)

    def _rows(self, file: File) -> pa.Table:
        with self._lock:
            key = file, file.path.stat().st_mtime_ns, self._clock.moment
            if key in self._cache:
                self._cache.move_to_end(key)
                return self._cache[key]
            table = load(file.path, file.event_date)
            visible = self._bounds[file][1].visible(self._clock.moment)
            if isinstance(visible, list) and not all(visible):
                table = table.filter(pa.array(visible, pa.bool_()))
            self._cache[key] = table
            self._cached += table.nbytes
            while self._cached > _CACHE_BYTES and len(self._cache) > 1:
                self._cached -= self._cache.popitem(last=False)[1].nbytes
            return table


def _day_after(table: str) -> datetime:
    """Noon of the day after the table's date: a fixed moment for rows that do not say when they came."""
    digits = re.search(r"(\d{8})$", table)
    try:
        day = datetime.strptime(digits.group(1), "%Y%m%d").replace(tzinfo=UTC) if digits else datetime(2020, 1, 1, tzinfo=UTC)
    except ValueError:
        day = datetime(2020, 1, 1, tzinfo=UTC)
    return day + timedelta(days=1, hours=12)
