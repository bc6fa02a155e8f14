"""When the vendors stop serving the versions that the sources are pinned to.

Each source names its version and the version's last day in its own module (``Source.api``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from extractors.stream import Source

AHEAD = timedelta(days=60)
"""Long enough to move a source to the next version between two releases of ours."""


class Severity(StrEnum):
    WARNING = "warning"
    """The version is still served; a load goes on."""
    ERROR = "error"
    """The version's last day has passed; a load stops before it asks anything."""


@dataclass(frozen=True)
class Notice:
    """``what`` happened or will, and what to do about it (``action``); sentences."""

    severity: Severity
    what: str
    action: str


def warnings(source: Source, today: date) -> list[Notice]:
    """A warning from 60 days before the version's last day, an error after it; empty where no day is known."""
    api = source.api
    if api.sunset is None or today < api.sunset - AHEAD:
        return []
    where = f" ({api.announced})" if api.announced else ""
    action = f"Upgrade the source {source.name} to a newer version than {api.version}: its client library, its Source.api and its streams."
    if today > api.sunset:
        return [Notice(Severity.ERROR, f"Version {api.version} of {source.name} has not been served since {api.sunset}{where}.", action)]
    left = (api.sunset - today).days
    return [
        Notice(Severity.WARNING, f"Version {api.version} of {source.name} is served until {api.sunset}, {left} days more{where}.", action)
    ]
