"""The folder of rows behind the emulator: read once a customer, looked at through the clock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from sandbox.emulators.google_ads.resources import RESOURCES, key_of
from sandbox.emulators.recorded import Clock, Row, read, visible

T = TypeVar("T")
Key = tuple[Any, ...]


class Fact(NamedTuple):
    """One base fact. ``key``: ids of the entities it belongs to, as far as there are any; ``own`` the row of a click view."""

    key: tuple[str, ...]
    segments: dict[str, Any]
    metrics: dict[str, float]
    own: Row


class Customer:
    """What one customer holds at the clock's moment; parsed files and the last moment's rows stay in memory."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.id = folder.name
        self._folder = folder
        self._clock = clock
        self._files: dict[str, list[Row]] = {}
        self._views: dict[str, tuple[datetime | None, Any]] = {}
        self._lock = threading.RLock()

    def _view(self, name: str, make: Callable[[list[Row]], T], file: str | None = None) -> T:
        """What ``make`` makes of the file's visible rows (``file`` is ``name`` unless told), kept while the clock stands still."""
        file = file or name
        with self._lock:
            moment, view = self._views.get(name, (None, None))
            if name not in self._views or moment != self._clock.moment:
                if file not in self._files:
                    self._files[file] = list(read(self._folder / f"{file}.ndjson"))
                moment, view = self._clock.moment, make(visible(self._files[file], self._clock))
                self._views[name] = (moment, view)
            return view  # type: ignore[no-any-return]

    @property
    def customer(self) -> Row:
        """The ``customer`` object, ``{"id": …}`` at least."""
        rows = self._view("customer", lambda rows: rows)
        return {"id": self.id, **(rows[-1].get("customer", {}) if rows else {})}

    @property
    def clients(self) -> list[Row]:
        """The ``customer_client`` objects, itself at level 0 first."""
        rows = [row["customer_client"] for row in self._view("customer_client", lambda rows: rows)]
        if any(str(row["id"]) == self.id for row in rows):
            return rows
        own = self.customer
        names = ("id", "manager", "status", "currency_code", "time_zone", "descriptive_name")
        return [{**{name: own[name] for name in names if name in own}, "level": 0, "hidden": False}, *rows]

    @property
    def is_manager(self) -> bool:
        return bool(self.customer.get("manager"))

    @property
    def status(self) -> str:
        return str(self.customer.get("status", "ENABLED"))

    def entities(self, resource: str) -> dict[Key, Row]:
        """Rows of a resource by key; of a file that has figures too, the newest row of each key."""
        served = RESOURCES[resource]
        return self._view(resource, lambda rows: {key_of(row, served.levels): row for row in rows}, served.entities)

    def facts(self, resource: str) -> list[Fact]:
        """Base facts of the figures file of a resource, visible now; none where it has no such file."""
        file = RESOURCES[resource].figures
        if file is None:
            return []
        # Facts are kept as deep as they go; a resource above sums them.
        levels = max((one.levels for one in RESOURCES.values() if one.figures == file), key=len)
        return self._view(f"{file} facts", lambda rows: [_fact(row, levels) for row in rows if "segments" in row], file)

    def today(self) -> date:
        """The clock's day in the customer's time zone, which all of Google's date ranges follow."""
        return self._clock.now().astimezone(ZoneInfo(self.customer.get("time_zone") or "UTC")).date()

    def oldest_click_day(self) -> date:
        """The first day click_view still answers for: 90 days back."""
        return self.today() - timedelta(days=90)


def _fact(row: Row, levels: tuple[str, ...]) -> Fact:
    metrics = {name: _number(value) for name, value in row.get("metrics", {}).items()}
    return Fact(key_of(row, levels), row.get("segments", {}), metrics, row)


def _number(value: Any) -> float:
    # JSON of a proto writes int64 as a string.
    if isinstance(value, str):
        return float(value) if "." in value or "e" in value else int(value)
    return value  # type: ignore[no-any-return]


class Store:
    """All customers of a folder ``<folder>/google_ads``, and who may see whom."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder / "google_ads"
        self._clock = clock

    @cached_property
    def customers(self) -> dict[str, Customer]:
        return {path.name: Customer(path, self._clock) for path in sorted(self._folder.glob("*")) if path.is_dir()}

    def accessible(self) -> list[str]:
        """Customers the user is a direct user of: those that are nobody's client."""
        below = {str(client["id"]) for one in self.customers.values() for client in one.clients if str(client["id"]) != one.id}
        return [name for name in self.customers if name not in below]

    def sees(self, login: str, customer: str) -> bool:
        """Whether a user of ``login`` may read ``customer``: itself, or a client at any level."""
        manager = self.customers.get(login)
        return manager is not None and (login == customer or any(str(client["id"]) == customer for client in manager.clients))

    def status(self, customer: str) -> str:
        """Status of a customer that has a folder or is listed as a client."""
        if customer in self.customers:
            return self.customers[customer].status
        for one in self.customers.values():
            for client in one.clients:
                if str(client["id"]) == customer:
                    return str(client.get("status", "UNKNOWN"))
        return "UNKNOWN"
