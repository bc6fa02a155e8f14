"""One account's rows by collection and parent, indexed once for each moment of the clock."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from sandbox.emulators.recorded import Clock, read, visible

Row = dict[str, Any]
_BLANK_OFFSET = re.compile(r"(?<=:\d\d) (?=\d\d:?\d\d$)")
PARENTS = {
    "account": None,
    "lists": None,
    "campaigns": None,
    "members": "list_id",
    "sent_to": "campaign_id",
    "email_activity": "campaign_id",
    "unsubscribed": "campaign_id",
    "abuse_reports": "campaign_id",
}
"""Collection (and file) -> the field that names the list or campaign a row belongs to."""


@lru_cache(maxsize=65536)
def instant(text: str) -> datetime:
    """ISO 8601 as UTC; a time without an offset is UTC. ValueError if it is no time."""
    # A plus sign that nobody encoded arrives as a blank.
    moment = datetime.fromisoformat(_BLANK_OFFSET.sub("+", text.strip()))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


class Account:
    """The rows of one ``mailchimp/<account_id>`` folder, in the order of the files."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.id = folder.name
        self._clock = clock
        self._recorded = {name: list(read(folder / f"{name}.ndjson")) for name in PARENTS}
        self._moment: datetime | None = None
        self._indexed: dict[str, dict[Any, list[Row]]] = {}

    def rows(self, name: str, parent: str | None = None) -> list[Row]:
        """The rows of a collection that are visible now; of one list or campaign where it has parents."""
        if self._moment != self._clock.moment:
            self._moment = self._clock.moment
            self._indexed.clear()
        if name not in self._indexed:
            found: dict[Any, list[Row]] = defaultdict(list)
            field = PARENTS[name]
            for row in visible(self._recorded[name], self._clock):
                found[row.get(field) if field else None].append(self._so_far(row) if name == "email_activity" else row)
            self._indexed[name] = found
        return self._indexed[name].get(parent, [])

    def find(self, name: str, identifier: str) -> Row | None:
        """The visible list or campaign with that id."""
        return next((row for row in self.rows(name) if row["id"] == identifier), None)

    def _so_far(self, row: Row) -> Row:
        """What the recipient has done until the clock's moment."""
        moment = self._clock.moment
        if moment is None:
            return row
        return {**row, "activity": [item for item in row["activity"] if instant(item["timestamp"]) <= moment]}
