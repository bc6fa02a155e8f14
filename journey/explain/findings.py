"""What a walk gathers: the figure, sections of rows, and checks that hold or do not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Row = dict[str, Any]


class NotExplained(Exception):
    """The id is unknown or means several things; the message says what to do."""


@dataclass
class Section:
    """One step of the walk: a title that states it, and rows of the same columns."""

    name: str
    title: str
    rows: list[Row]


@dataclass
class Check:
    """An equation that the walk worked out again: what was served, and what the rows behind it give."""

    what: str
    served: Any
    found: Any
    holds: bool


@dataclass
class Explanation:
    """A figure with everything behind it. ``kind`` and ``id`` name it; ``figure`` is its row as served."""

    kind: str
    id: str
    figure: Row
    sections: list[Section] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def section(self, name: str, title: str, rows: Iterable[Mapping[str, Any]]) -> list[Row]:
        """Add a step; a step without rows is left out."""
        held = [dict(row) for row in rows]
        if held:
            self.sections.append(Section(name, title, held))
        return held

    def rows(self, name: str) -> list[Row]:
        """The rows of a step by its name, over all sections of that name."""
        return [row for section in self.sections if section.name == name for row in section.rows]

    def check(self, what: str, served: Any, found: Any, *, within: Decimal = Decimal(0)) -> bool:
        """Hold a served figure against what was worked out; numbers may differ by ``within``."""
        both = isinstance(served, Decimal) and isinstance(found, Decimal)
        holds = bool(abs(served - found) <= within if both else served == found)
        self.checks.append(Check(what, served, found, holds))
        return holds

    def note(self, text: str) -> None:
        """Something that the reader should know; each once."""
        if text not in self.notes:
            self.notes.append(text)

    @property
    def adds_up(self) -> bool:
        return all(check.holds for check in self.checks)

    def as_json(self) -> Row:
        """One object; a section's rows stand under its name, and sections of one name are joined."""
        steps: dict[str, list[Row]] = {}
        for section in self.sections:
            steps.setdefault(section.name, []).extend(section.rows)
        return {
            "kind": self.kind,
            "id": self.id,
            "adds_up": self.adds_up,
            "figure": self.figure,
            "steps": steps,
            "checks": [check.__dict__ for check in self.checks],
            "notes": self.notes,
        }
