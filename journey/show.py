"""The summary for a person: tables on the terminal."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table


def console() -> Console:
    """Standard output; in a log file, where there is no terminal to ask, wide enough for the tables."""
    wide = Console()
    return wide if wide.is_terminal else Console(width=160)


def summary(console: Console, data: dict[str, Any]) -> None:
    """Print what ``journey.summary.collect`` gathered."""
    _table(
        console,
        "Landed",
        ["source", "stream", "partitions", "rows", "first day", "last day", "newest load"],
        [
            [
                row["source"],
                row["stream"],
                row["partitions"],
                row["rows"],
                row["first_day"],
                row["last_day"],
                ", ".join(f"{count} {status}" for status, count in sorted(row["newest_load"].items())),
            ]
            for row in data["landed"]
        ],
    )
    for source in data["skipped_sources"]:
        console.print(f"[yellow]{source}: nothing landed (no Connection, or never run)[/]")
    figures = data["warehouse"]
    if figures is None:
        console.print("[yellow]Nothing is published yet.[/]")
    else:
        people, journeys = figures["customers"][0], figures["journeys"][0]
        console.print(
            f"\n[bold]{people['customers']:,}[/] customers ({people['identified']:,} identified), "
            f"[bold]{journeys['journeys']:,}[/] journeys, [bold]{journeys['touchpoints']:,}[/] touchpoints"
        )
        _rows(console, "Conversions", figures["conversions"])
        _rows(console, "Revenue by model: the same total, credited differently", figures["credit"])
        _rows(console, "Spend in account currency: billed = allocated to touchpoints + residual", figures["spend"])
        _rows(console, "Checks", figures["checks"])
    for line in data["unresolved"]:
        console.print(f"[red]{line}[/]", highlight=False)
    built = data["last_build"]
    if built and built["status"] == "failed":
        console.print(f"[red]{built['message']}[/]", highlight=False)
    console.print()
    for name, place in data["places"].items():
        console.print(f"{name.replace('_', ' '):>12}  {place}", highlight=False, soft_wrap=True)


def _rows(console: Console, title: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        _table(console, title, list(rows[0]), [list(row.values()) for row in rows])


def _table(console: Console, title: str, names: list[str], rows: list[list[Any]]) -> None:
    table = Table(title=title, title_justify="left", title_style="bold")
    for position, name in enumerate(names):
        numeric = any(isinstance(row[position], (int, float, Decimal)) for row in rows)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    console.print(table)


def _cell(value: Any) -> str:
    if isinstance(value, (Decimal, float)):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else ("" if value is None else str(value))
