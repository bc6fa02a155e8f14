"""The summary for a person: tables on the terminal."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from extractors.registry import CONNECTIONS
from journey import changes as compared


def console() -> Console:
    """Standard output; in a log file, where there is no terminal to ask, wide enough for the tables. What stands in brackets is text: a
    folder, an account or a campaign may be called so."""
    wide = Console(markup=False, emoji=False)
    return wide if wide.is_terminal else Console(width=160, markup=False, emoji=False)


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
    for source, why in skipped(data).items():
        console.print(Text(f"{source}: {why}", "yellow"), soft_wrap=True)
    for one in data["skipped_accounts"]:
        console.print(Text(f"{one['source']}: account {one['account']} is skipped: {one['reason']}", "yellow"), soft_wrap=True)
    for one in data["behind"]:
        late = f"{one['source']}: nothing newer than {one['newest_day']} has landed, {one['days']} days less than of other sources"
        console.print(Text(f"{late}: see that it has a Connection (`journey doctor`) and that its DAG runs", "yellow"), soft_wrap=True)
    for sentence in data["waiting"]:
        console.print(Text(sentence, "yellow"), soft_wrap=True)
    held = data["not_made_good"]
    for sentence in held[:10]:
        console.print(Text(f"Not brought whole since: {sentence}", "yellow"), soft_wrap=True)
    if len(held) > 10:
        console.print(Text(f"and {len(held) - 10} more partitions (`journey status --json` has all).", "yellow"))
    for one in data["versions"]:
        console.print(Text(one["message"], "red" if one["severity"] == "error" else "yellow"), soft_wrap=True)
    figures = data["warehouse"]
    if figures is None:
        console.print("Nothing is published yet.", style="yellow")
    else:
        people, journeys = figures["customers"][0], figures["journeys"][0]
        who = (f"\n{people['customers']:,}", "bold"), f" customers ({people['identified']:,} identified), "
        what = (f"{journeys['journeys']:,}", "bold"), " journeys, ", (f"{journeys['touchpoints']:,}", "bold"), " touchpoints"
        console.print(Text.assemble(*who, *what))
        _rows(console, "Conversions", figures["conversions"])
        _rows(console, "Revenue by model: the same total, credited differently", figures["credit"])
        _rows(console, "Spend in account currency: billed = allocated to touchpoints + residual", figures["spend"])
        _rows(console, "Checks", figures["checks"])
        for one in figures["warnings"][:10]:
            more = f" ({one['failed'] - 1} more of {one['expectation']})" if one["failed"] > 1 else ""
            console.print(Text(f"Warning, {one['source']} {one['stream']}: {one['message']}{more}", "yellow"), soft_wrap=True)
        if len(figures["warnings"]) > 10:
            console.print(Text(f"and {len(figures['warnings']) - 10} more warnings (`journey status --json` has all).", "yellow"))
    # As text, not as markup: a message names its place in brackets. Unfolded, so that it can be searched for and copied.
    for line in troubles(data):
        console.print(Text(line, "red"), soft_wrap=True)
    console.print()
    for name, place in data["places"].items():
        console.print(f"{name.replace('_', ' '):>13}  {place}", highlight=False, soft_wrap=True)


def changes(console: Console, data: dict[str, Any]) -> None:
    """What the run changed in what is served: each figure before and after."""
    if data["changes"] is None:
        if (data["last_build"] or {}).get("status") == "unchanged" and not data["exit_code"]:
            console.print("What changed: nothing; what was read is what had landed before.", soft_wrap=True)
        return
    if not data["changes"]["figures"]:
        console.print("What changed: none of the figures that are compared (docs/runbook.md).", soft_wrap=True)
        return
    rows: list[list[Any]] = []
    for figure in data["changes"]["figures"]:
        for row in figure["largest"]:
            of = " ".join(str(part) for part in row["of"].values() if part is not None)
            rows.append([figure["figure"], of, compared.shown(row["before"]), compared.shown(row["after"]), compared.change(row)])
        if left := figure["differences"] - len(figure["largest"]):
            rows.append([figure["figure"], f"and {left:,} more", "", "", ""])
    _table(
        console, "What changed in what is served", ["figure", "of", "before", "after", "change"], rows, right={"before", "after", "change"}
    )


def took(console: Console, data: dict[str, Any]) -> None:
    """Where the time of a run went, and how much memory its largest process had."""
    tasks = data["seconds_by_task"]
    parts = {**tasks, "Airflow and the rest": max(0.0, data["seconds"] - sum(tasks.values()))}
    shown = {
        "took": f"{data['seconds']:.0f} s ({', '.join(f'{name} {seconds:.0f}' for name, seconds in parts.items() if seconds >= 0.5)})",
        "used": f"{data['cpu_seconds']:.0f} s of CPU; the largest process had {data['peak_memory_mb']:,} MB",
        "Airflow's log": data["log"],
    }
    for name, text in shown.items():
        console.print(f"{name:>13}  {text}", highlight=False, soft_wrap=True)


def skipped(data: dict[str, Any]) -> dict[str, str]:
    """Source -> why nothing came of it."""
    found = dict.fromkeys(data["skipped_sources"], "nothing landed yet (no Connection, or never run)")
    for source in data.get("without_connection", ()):
        found[source] = f"skipped, there is no Connection {CONNECTIONS[source]} (docs/connections.md shows how to write it)"
    return found


def troubles(data: dict[str, Any]) -> list[str]:
    """What stands against a publication, and the accounts that what is published lacks: one message each."""
    built = data["last_build"]
    lines = [
        *data["unresolved"],
        *data["refused_accounts"],
        *data["unbuilt"],
        *([built["message"]] if built and built["status"] == "failed" else []),
    ]
    lines += [why for why in data.get("why", ()) if not any(why in line for line in lines)]
    if data.get("exit_code") and not lines:
        asked, missing = data.get("sources", ()), data.get("without_connection", ())
        if asked and set(asked) <= set(missing):
            return [
                "Nothing was read and nothing built: no source that was asked for has a Connection. Kept: everything as it was. "
                f"To do: write {' or '.join(CONNECTIONS[source] for source in asked)} as docs/connections.md shows, "
                "or see the pipeline work on a simulated world with `make run`."
            ]
        if unknown := data.get("without_account"):
            return list(unknown.values())
        red = ", ".join(data.get("red", ())) or "The run"
        lines.append(f"{red} failed without saying why. Kept: everything as it was. To do: read the end of {data['log']}.")
    return lines


def _rows(console: Console, title: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        _table(console, title, list(rows[0]), [list(row.values()) for row in rows])


def _table(console: Console, title: str, names: list[str], rows: list[list[Any]], *, right: Collection[str] = ()) -> None:
    table = Table(title=title, title_justify="left", title_style="bold")
    for position, name in enumerate(names):
        numeric = names[position] in right or any(isinstance(row[position], (int, float, Decimal)) for row in rows)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    console.print(table)


def _cell(value: Any) -> str:
    if isinstance(value, (Decimal, float)):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else ("" if value is None else str(value))
