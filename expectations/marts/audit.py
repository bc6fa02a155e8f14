"""An audit is one question to the built warehouse: a query that returns the rows (or groups) that break a rule."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Audit:
    """``violations`` is a query with one row for each thing that breaks the rule; none is the healthy answer.

    ``observed`` is an SQL expression that sums the violations up in one text: differences, accounts, days and
    counts, never what stands in a person's row. ``needs`` are the tables it reads, the first being the
    one it is about; where one is missing, that is reported once and the audit is left out.
    """

    name: str
    severity: str
    says: str
    needs: tuple[str, ...]
    violations: str
    observed: str = "count(*) || ' violations'"
    where_meant: str = ""
    """What to do instead where a person has brought about what it finds."""

    @property
    def table(self) -> str:
        return self.needs[0].rpartition(".")[2]


def listed(values: tuple[str, ...]) -> str:
    """An SQL list of texts."""
    return ", ".join("'" + value.replace("'", "''") + "'" for value in values)


def number(column: str) -> str:
    """SQL for a number of a text, another one where the text is: DuckDB's hash twice, the second time moved by four bytes, since what
    differs at the end of one piece of eight bytes can be undone by the next."""
    return f"hash({column}, '----' || {column})"
