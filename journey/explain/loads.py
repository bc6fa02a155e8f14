"""The load behind a landed file: its ledger row, and what its checks said."""

from __future__ import annotations

from collections.abc import Iterable

from journey.explain.evidence import Evidence
from journey.explain.findings import Explanation, Row
from journey.explain.landed import summary


def add_landed(told: Explanation, evidence: Evidence, title: str, found: Iterable[Row | None], *, name: str = "landed") -> list[Row]:
    """Add landed rows as a step, each with its file, row and load, and afterwards the loads that brought them."""
    rows = [row for row in found if row is not None]
    shown = [{key: row[key] for key in ("file", "row", "load_id")} | {"values": row["values"]} for row in rows]
    return told.section(name, title, shown)


def add_loads(told: Explanation, evidence: Evidence) -> None:
    """Add the load and the validation of every landed file that the walk read."""
    read = {(row["file"], row["load_id"]) for section in told.sections for row in section.rows if row.get("file") and "load_id" in row}
    loads = [load_of(evidence, file, load_id) for file, load_id in sorted(read)]
    told.section("loads", "The loads that brought these rows, and what their checks said", loads)
    for load in loads:
        if load["status"] is None:
            again = f"{load['file']} was landed again by {load['load_id']} after this warehouse was built"
            told.note(f"{again}: the figures are of what was there before.")


def load_of(evidence: Evidence, file: str, load_id: str) -> Row:
    """Ledger and validation of one file: status, rows, checks passed, and the names of those that failed."""
    source, stream, account, day = file.split("/")[:4]
    key = [load_id, source, stream, account.removeprefix("account="), day.removeprefix("dt=")]
    load = "load_id = $1 and source = $2 and stream = $3"
    ledger = (
        evidence.row(
            f"select status, row_count, loaded_at from audit.load_ledger where {load} and account_id = $4 and partition_date = $5::date "
            "order by loaded_at desc limit 1",  # a load that was started again has a row for each try
            key,
        )
        or {}
    )
    # A check that all partitions of a load passed is one row without account and day.
    checks = evidence.rows(
        f"select expectation, severity, bool_and(is_success) as is_success from audit.validation_results where {load} "
        "and coalesce(account_id, $4) = $4 and coalesce(partition_date, $5::date) = $5::date group by all order by all",
        key,
    )
    failed = [f"{check['expectation']} ({check['severity']})" for check in checks if not check["is_success"]]
    return {
        "file": file,
        "load_id": load_id,
        "status": ledger.get("status"),
        "rows": ledger.get("row_count"),
        "loaded_at": ledger.get("loaded_at"),
        "checks": len(checks),
        "passed": len(checks) - len(failed),
        "failed_checks": ", ".join(failed) or None,
    }


__all__ = ["add_landed", "add_loads", "load_of", "summary"]
