"""What a publication changed: figures of the served file before it, and those that take their place.

Sums by day, account, channel or table, compared as they stand in the two files; nothing of it is needed to publish.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import orjson

from journey.duck import connect, quoted
from journey.settings import Places

log = logging.getLogger("journey")

SHOWN = 10
"""So many differences of a figure are told: those that had a value before, and of these the largest, first."""
IN_LOG = 30
"""So many lines are written into the log of the task that publishes."""


@dataclass(frozen=True)
class Figure:
    """One sum over a table of ``marts`` and what it is taken by: name -> column."""

    name: str
    table: str
    value: str
    by: Mapping[str, str]
    where: str = "true"


_ACCOUNT = {"day": "date", "platform": "platform", "account": "account_id", "currency": "account_currency"}
FIGURES = (
    Figure("billed spend", "fct_spend_reconciliation", "sum(account_amount)", _ACCOUNT, "grain = 'account' and component = 'billed'"),
    Figure(
        "spend on touchpoints", "fct_spend_reconciliation", "sum(account_amount)", _ACCOUNT, "grain = 'account' and component = 'allocated'"
    ),
    Figure("conversions", "fct_conversions", "count(*)", {"day": "converted_date", "type": "conversion_type"}),
    Figure(
        "net revenue", "fct_conversions", "sum(net_value)", {"day": "converted_date", "type": "conversion_type", "currency": "currency"}
    ),
    Figure("touchpoints", "fct_customer_journey", "count(*)", {"day": "occurred_date"}),
    Figure(
        "credited revenue", "fct_attribution", "sum(attributed_revenue)", {"model": "model", "channel": "channel", "currency": "currency"}
    ),
)


def between(before: Path, after: Path) -> list[dict[str, Any]]:
    """The figures that differ between two served files: ``{"figure", "differences", "largest": [{"of", "before", "after"}]}``.

    ``before`` or ``after`` is None where one of the files has no such row; money is text, as everywhere in JSON.
    """
    with connect() as both:
        for file, name in ((before, "before"), (after, "after")):
            both.execute(f"attach '{quoted(file)}' as {name} (read_only)")
        found = [_told(figure.name, *_differences(both, figure)) for figure in FIGURES]
        found.append(_told("rows", *_rows(both)))
    return [figure for figure in found if figure["differences"]]


def _differences(both: duckdb.DuckDBPyConnection, figure: Figure) -> tuple[int, list[tuple[Any, ...]]]:
    keys, columns = ", ".join(figure.by), ", ".join(f"{column} as {key}" for key, column in figure.by.items())
    sums = {
        file: f"select {columns}, {figure.value} as total from {file}.marts.{figure.table} where {figure.where} group by all"
        for file in ("before", "after")
    }
    query = f"""
        with sides as (
            select {keys}, total as was, null as now from ({sums["before"]})
            union all by name select {keys}, null as was, total as now from ({sums["after"]})
        ),
        compared as (select {keys}, max(was) as was, max(now) as now from sides group by all having max(was) is distinct from max(now))
        select count(*) over (), {keys}, was, now from compared
        order by was is null, abs(coalesce(now, 0) - coalesce(was, 0)) desc, {keys} limit {SHOWN}
    """
    rows = both.execute(query).fetchall()
    return (rows[0][0] if rows else 0), [({key: row[1 + at] for at, key in enumerate(figure.by)}, row[-2], row[-1]) for row in rows]


def _rows(both: duckdb.DuckDBPyConnection) -> tuple[int, list[tuple[Any, ...]]]:
    counts: list[dict[str, int]] = []
    for file in ("before", "after"):
        tables = both.execute("select table_name from duckdb_tables() where database_name = ? and schema_name = 'marts'", [file]).fetchall()
        counts.append({name: both.execute(f'select count(*) from {file}.marts."{name}"').fetchall()[0][0] for (name,) in tables})
    was, now = counts
    found = [({"table": name}, was.get(name), now.get(name)) for name in sorted(was.keys() | now.keys()) if was.get(name) != now.get(name)]
    return len(found), found


def _told(name: str, differences: int, largest: Sequence[tuple[Any, ...]]) -> dict[str, Any]:
    shown = [
        {"of": {key: _plain(value) for key, value in of.items()}, "before": _plain(was), "after": _plain(now)} for of, was, now in largest
    ]
    return {
        "figure": name,
        "differences": differences,
        "largest": sorted(shown, key=lambda row: [str(value) for value in row["of"].values()]),
    }


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, int) else str(value)


def keep(places: Places, after: Path) -> None:
    """Note what the file ``after`` changes beside the builder's file, for ``newest``, and tell it in the log.

    Nothing is told of a first publication. A served file that cannot be compared, as one of an earlier version, is said to be that.
    """
    file = places.build.with_name("changes.json")
    file.unlink(missing_ok=True)
    if not places.warehouse.exists():
        return
    try:
        figures = between(places.warehouse, after)
    except duckdb.Error as error:
        log.warning("what this publication changes is not told, as the served file cannot be compared: %s", str(error).split("\n")[0])
        return
    aside = file.with_suffix(".writing")
    aside.write_bytes(orjson.dumps({"at": datetime.now(UTC).isoformat(), "figures": figures}))
    os.replace(aside, file)
    told = lines(figures)
    for line in [
        *told[:IN_LOG],
        *([f"and {len(told) - IN_LOG} more lines; `journey status --json` has them"] if len(told) > IN_LOG else []),
    ]:
        log.info("%s", line)


def newest(places: Places) -> dict[str, Any] | None:
    """What the newest publication changed: ``at`` (when) and ``figures`` as of ``between``; None where that is not known."""
    try:
        return dict(orjson.loads(places.build.with_name("changes.json").read_bytes()))
    except (FileNotFoundError, orjson.JSONDecodeError):
        return None


def lines(figures: Sequence[Mapping[str, Any]]) -> list[str]:
    """One line a difference, for a log; the last of a figure says how many are left out."""
    if not figures:
        return ["no figure changed"]
    found = []
    for figure in figures:
        found += [
            f"{figure['figure']} {' '.join(str(part) for part in row['of'].values())}: {shown(row['before'])} -> {shown(row['after'])}"
            for row in figure["largest"]
        ]
        if left := figure["differences"] - len(figure["largest"]):
            found.append(f"{figure['figure']}: and {left} more")
    return found


def shown(value: Any) -> str:
    """A number for a person; a dash where there is no row."""
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{Decimal(value):,.2f}"


def change(row: Mapping[str, Any]) -> str:
    """The difference with its sign."""
    was, now = (Decimal(row[side] or 0) for side in ("before", "after"))
    whole = all(row[side] is None or isinstance(row[side], int) for side in ("before", "after"))
    return f"{now - was:+,}" if whole else f"{now - was:+,.2f}"
