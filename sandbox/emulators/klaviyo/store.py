"""One account's rows, sorted once for each moment of the clock, and keyset pages over them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from sandbox.emulators.klaviyo.endpoints import COLLECTIONS, Collection, Field, Row
from sandbox.emulators.klaviyo.filters import Condition
from sandbox.emulators.recorded import Clock, read

Key = tuple[Any, str]
FILES = {name: f"{'account' if name == 'accounts' else name}.ndjson" for name in COLLECTIONS}
BEFORE_ALL = -(1 << 62)


class Index:
    """Rows in the order of one field, ties by id; ``keys`` runs parallel to ``rows``."""

    def __init__(self, rows: Iterable[Row], field: Field | None) -> None:
        nothing: Any = "" if field is None or field.kind == "text" else BEFORE_ALL
        pairs = [((nothing if field is None or (value := field.value(row)) is None else value, row["id"]), row) for row in rows]
        pairs.sort(key=lambda pair: pair[0])
        self.keys: list[Key] = [key for key, _ in pairs]
        self.rows: list[Row] = [row for _, row in pairs]

    def bounds(self, conditions: Iterable[Condition]) -> tuple[int, int]:
        """Positions between which rows may fulfil the range conditions on the index's own field."""
        low, high = 0, len(self.keys)
        for condition in conditions:
            value = condition.value
            match condition.operator:
                case "greater-than":
                    low = max(low, bisect_right(self.keys, value, key=lambda key: key[0]))
                case "greater-or-equal":
                    low = max(low, bisect_left(self.keys, value, key=lambda key: key[0]))
                case "less-than":
                    high = min(high, bisect_left(self.keys, value, key=lambda key: key[0]))
                case "less-or-equal":
                    high = min(high, bisect_right(self.keys, value, key=lambda key: key[0]))
        return low, max(low, high)


class Account:
    """The rows of one ``klaviyo/<account_id>`` folder."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.id = folder.name
        self._clock = clock
        self._recorded: dict[str, list[Row]] = {name: list(read(folder / file)) for name, file in FILES.items()}
        self._moment: datetime | None = None
        self._visible: dict[str, list[Row]] = {}
        self._by_id: dict[str, dict[str, Row]] = {}
        self._indexes: dict[tuple[str, str], Index] = {}

    def rows(self, name: str) -> list[Row]:
        """The rows of a collection that are visible now."""
        self._look()
        if name not in self._visible:
            self._visible[name] = [row for row in self._recorded[name] if self._clock.shows(row)]
        return self._visible[name]

    def index(self, collection: Collection, sort: str) -> Index:
        self._look()
        at = (collection.name, sort)
        if at not in self._indexes:
            self._indexes[at] = Index(self.rows(collection.name), collection.sorts.get(sort))
        return self._indexes[at]

    def find(self, name: str, identifier: str) -> Row | None:
        """The visible row with that id, None where there is none."""
        self._look()
        if name not in self._by_id:
            self._by_id[name] = {row["id"]: row for row in self.rows(name)}
        return self._by_id[name].get(identifier)

    def _look(self) -> None:
        if self._moment != self._clock.moment:
            self._moment = self._clock.moment
            self._visible.clear()
            self._by_id.clear()
            self._indexes.clear()


def page(
    index: Index, conditions: list[Condition], sort: str, descending: bool, after: tuple[str, Key] | None, size: int
) -> tuple[list[Row], Key | None, Key | None]:
    """Rows of one page in reading order, and the keys that the previous and the next page start from.

    ``after`` is (``next`` or ``prev``, key): the page behind, or before, the row with that key.
    """
    low, high = index.bounds(condition for condition in conditions if condition.name == sort)
    tests = [condition.test() for condition in conditions]
    backwards = after is not None and after[0] == "prev"
    # Reading upwards means ascending keys; a page before a row is read the other way round, then turned.
    upwards = descending == backwards
    if after is not None:
        if upwards:
            low = max(low, bisect_right(index.keys, after[1]))
        else:
            high = min(high, bisect_left(index.keys, after[1]))
    found: list[int] = []
    for position in range(low, high) if upwards else range(high - 1, low - 1, -1):
        if all(test(index.rows[position]) for test in tests):
            found.append(position)
            if len(found) > size:
                break
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    before = index.keys[found[0]] if found and (more if backwards else after is not None) else None
    behind = index.keys[found[-1]] if found and (backwards or more) else None
    return [index.rows[position] for position in found], before, behind
