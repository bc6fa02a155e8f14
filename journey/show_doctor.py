"""``journey doctor`` for a person: one table, worst first inside a source."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

COLORS = {"ok": "green", "note": "dim", "warning": "yellow", "error": "red"}
ORDER = ("error", "warning", "note", "ok")


def doctor(console: Console, told: list[dict[str, Any]]) -> None:
    """Accounts, then findings, of the sources that are configured; the others in one line each."""
    accounts = Table(title="Accounts", title_justify="left", title_style="bold")
    for name in ("source", "account", "name", "enabled", "time zone", "currency"):
        accounts.add_column(name, overflow="fold")
    for one in told:
        for account in one["accounts"]:
            # Text, not markup: an account's name may hold brackets.
            cells = [one["source"], account["id"], account["name"], "yes" if account["enabled"] else "no"]
            accounts.add_row(*(Text(str(cell)) for cell in (*cells, account["time_zone"] or "", account["currency"] or "")))
    if accounts.row_count:
        console.print(accounts)
    table = Table(title="Checks", title_justify="left", title_style="bold")
    for name in ("source", "check", "account", "result", "what"):
        table.add_column(name, overflow="fold")
    for one in told:
        if one["configured"]:
            for found in sorted(one["findings"], key=lambda found: ORDER.index(found["level"])):
                what = found["message"] + (f" To do: {found['action']}" if found["action"] else "")
                level = Text(str(found["level"]), COLORS[found["level"]])
                table.add_row(Text(one["source"]), Text(found["check"]), Text(found["account"] or ""), level, Text(what))
    if table.row_count:
        console.print(table)
    for one in told:
        if not one["configured"]:
            for found in one["findings"]:
                what = found["message"] + (f". To do: {found['action']}" if found["action"] else "")
                console.print(Text(f"{one['source']}: {what}", COLORS[found["level"]]), soft_wrap=True)
