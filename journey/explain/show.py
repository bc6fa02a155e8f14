"""An explanation for a person: the figure, each step as a table, then what agrees."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from journey.explain.findings import Explanation, Row
from journey.explain.landed import summary
from journey.show import console

MOST = 100
"""Rows of a step that are printed; of more, half from its beginning and half from its end."""


def explanation(told: Explanation) -> None:
    """Print it on standard output."""
    out = console()
    out.print(Text(f"{told.kind} {told.id}", "bold"), soft_wrap=True)
    for name, value in told.figure.items():
        if value is not None:
            out.print(Text(f"  {name:<24} {_text(value)}"), soft_wrap=True)
    for section in told.sections:
        _step(out, section.title, section.rows)
    out.print()
    for check in told.checks:
        _check(out, check.what, check.served, check.found, holds=check.holds)
    for note in told.notes:
        out.print(Text(note, "yellow"), soft_wrap=True)


def _step(out: Console, title: str, rows: list[Row]) -> None:
    out.print()
    out.print(Text(title, "bold cyan"), soft_wrap=True)
    columns = [name for name in rows[0] if any(row.get(name) is not None for row in rows) and name != "values"]
    if len(rows) == 1 and len(columns) > 6:
        for name in columns:
            out.print(Text(f"  {name:<24} {_text(rows[0][name])}"), soft_wrap=True)
    else:
        _table(out, columns, rows)
    for row in rows if len(rows) <= MOST else rows[: MOST // 2]:
        if "values" in row:
            out.print(Text(f"  row {row['row']}: {summary(row['values'])}", "dim"), soft_wrap=True)


def _table(out: Console, columns: list[str], rows: list[Row]) -> None:
    """The rows, or the first and the last of many: nobody reads ten thousand, and they would take longer than the whole walk."""
    left_out = max(0, len(rows) - MOST)
    shown = rows if not left_out else [*rows[: MOST // 2], *rows[-MOST // 2 :]]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in columns:
        is_number = all(isinstance(row.get(name), int | float | Decimal | None) for row in rows)
        table.add_column(name, justify="right" if is_number else "left", overflow="fold")
    for number, row in enumerate(shown):
        if left_out and number == MOST // 2:
            table.add_row("...")
        table.add_row(*(Text(_text(row.get(name))) for name in columns))
    out.print(table)
    if left_out:
        out.print(Text(f"{len(rows):,} rows; the {left_out:,} in between (...) are in what --json prints.", "yellow"), soft_wrap=True)


def _check(out: Console, what: str, served: Any, found: Any, *, holds: bool) -> None:
    if holds:
        out.print(Text.assemble(("agrees  ", "green"), f"{what}: {_text(served)}"), soft_wrap=True)
    else:
        out.print(Text.assemble(("DIFFERS ", "bold red"), f"{what}: served {_text(served)}, found {_text(found)}"), soft_wrap=True)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value)
