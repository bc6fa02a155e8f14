"""Validate a built warehouse before it is published: ask every audit, have Great Expectations judge the counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb

from expectations.engine import Check, judge
from expectations.marts import aggregates, attribution, journeys, landed, spend, volume
from expectations.marts.audit import Audit
from expectations.results import CRITICAL, WAREHOUSE, Result, write_results

REFUSED = (
    "Kept: the file that is published stays. To do: build again in full; if it fails again, the audit of that name in "
    "expectations/marts says which rows to look at."
)
PREPARED = {**journeys.PREPARED, **attribution.PREPARED}
TOLD = "This alone does not stop the build from being published."


@dataclass(frozen=True)
class _Answer:
    """What an audit found: ``count`` violations and their summary. ``broken`` says why it could not be asked."""

    audit: Audit
    count: int
    observed: str
    broken: str | None = None


def validate(
    warehouse: Path,
    *,
    build_id: str,
    served: Path | None,
    validated_at: datetime,
    shrinking_allowed: bool = False,
    landing_root: Path | None = None,
    memory_limit: str | None = None,
) -> list[Result]:
    """Audit the built file, opened read-only, and compare it with the ``served`` one where there is one.

    One result an audit; a missing table is one critical result. ``validated_at`` is also what "the future" is
    measured by. ``shrinking_allowed`` is for a build that may hold fewer rows: an erasure, a shorter range, other settings.
    With a ``landing_root`` the results are kept in ``_validation/warehouse/<build_id>.jsonl``. ``memory_limit`` is what DuckDB may
    take (``1350MB``; none: its own, most of the machine's); the rest goes to disk beside the built file.
    """
    results = _audited(warehouse, build_id, served, validated_at, shrinking_allowed, memory_limit)
    if landing_root is not None:
        write_results(landing_root, WAREHOUSE, build_id, results)
    return results


def _audited(
    warehouse: Path, build_id: str, served: Path | None, validated_at: datetime, shrinking_allowed: bool, memory_limit: str | None
) -> list[Result]:

    def result(suite: str, table: str, name: str, severity: str, observed: str, count: int, message: str | None) -> Result:
        return Result(
            load_id=build_id,
            source=WAREHOUSE,
            stream=table,
            account=None,
            dt=None,
            suite=f"marts.{suite}",
            expectation=name,
            severity=severity,
            success=message is None,
            observed=observed,
            unexpected_count=count,
            message=message and f"{message} {REFUSED if severity == CRITICAL else TOLD}",
            validated_at=validated_at,
        )

    suites = {"journeys": journeys.AUDITS, "attribution": attribution.AUDITS, "spend": spend.AUDITS, "aggregates": aggregates.AUDITS}
    suites["landed"] = landed.AUDITS
    if served is not None and served.exists():
        suites["volume"] = volume.audits(shrinking_allowed=shrinking_allowed)
    try:
        connection = _open(warehouse, served if "volume" in suites else None, validated_at, memory_limit)
    except (duckdb.IOException, duckdb.ConnectionException) as error:
        reason = f"The built or the served file cannot be opened read-only ({type(error).__name__})."
        return [result("tables", warehouse.name, "warehouse_readable", CRITICAL, "not opened", 1, reason)]
    with connection:
        tables = _tables(connection)
        needed = dict.fromkeys(
            name for audits in suites.values() for audit in audits for name in audit.needs if not name.startswith("served_now.")
        )
        results = [
            result(
                "tables",
                name.rpartition(".")[2],
                "table_exists",
                CRITICAL,
                "there" if name in tables else "missing",
                int(name not in tables),
                None if name in tables else f"The table {name} is missing from the build.",
            )
            for name in needed
        ]
        unprepared = _prepare(connection, tables)
        for suite, audits in suites.items():
            answers = [_ask(connection, audit, unprepared) for audit in audits if tables.issuperset(audit.needs)]
            for answer, held in zip(answers, _judged(f"marts.{suite}", answers), strict=True):
                severity = CRITICAL if answer.broken else answer.audit.severity
                found = f"{_sentence(answer.audit.says)}: {answer.observed}."
                if severity == CRITICAL and answer.audit.where_meant:
                    found += f" {answer.audit.where_meant}"
                message = None if held else answer.broken or found
                results.append(result(suite, answer.audit.table, answer.audit.name, severity, answer.observed, answer.count, message))
    return results


def _open(warehouse: Path, served: Path | None, validated_at: datetime, memory_limit: str | None) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(warehouse), read_only=True)
    try:
        if memory_limit:
            connection.execute("set memory_limit = '" + memory_limit.replace("'", "''") + "'")
        if served is not None:
            connection.execute("attach '" + str(served).replace("'", "''") + "' as served_now (read_only)")
        connection.execute(f"set variable validated_at_us = {int(validated_at.timestamp()) * 1_000_000 + validated_at.microsecond}")
    except duckdb.Error:
        connection.close()
        raise
    return connection


def _tables(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """``schema.table`` of the build, ``served_now.schema.table`` of the published file."""
    rows = connection.execute(
        "select if(table_catalog = 'served_now', 'served_now.', '') || table_schema || '.' || table_name from information_schema.tables"
    ).fetchall()
    return {row[0] for row in rows}


def _prepare(connection: duckdb.DuckDBPyConnection, tables: set[str]) -> dict[str, str]:
    """Make what several audits ask about, beside the build; returns why, of each that could not be made."""
    unprepared = {}
    for name, (needed, query) in PREPARED.items():
        if needed in tables:
            try:
                connection.execute(f"create temp table {name} as {query}")
            except duckdb.Error as error:
                unprepared[name] = _reason(error)
    return unprepared


def _ask(connection: duckdb.DuckDBPyConnection, audit: Audit, unprepared: Mapping[str, str]) -> _Answer:
    for name, why in unprepared.items():
        if name in audit.violations:
            return _broken(audit, why)
    try:
        found = connection.execute(f"select count(*), {audit.observed} from ({audit.violations}) as violation").fetchone()
    except duckdb.Error as error:
        return _broken(audit, _reason(error))
    assert found is not None
    return _Answer(audit, found[0], str(found[1]) if found[0] else "no violations")


def _reason(error: duckdb.Error) -> str:
    """What may be told of it: these two kinds tell names of tables and columns; other errors may quote a value."""
    if isinstance(error, duckdb.BinderException | duckdb.CatalogException):
        return str(error).strip().splitlines()[0]
    return type(error).__name__


def _broken(audit: Audit, why: str) -> _Answer:
    return _Answer(audit, 1, "not evaluated", f"The audit {audit.name} could not be asked of the build ({why}).")


def _judged(suite: str, answers: Sequence[_Answer]) -> list[bool]:
    """Great Expectations' verdict on the number of violations of each audit: one frame, one column an audit."""
    import pandas as pd

    if not answers:
        return []
    frame = pd.DataFrame({answer.audit.name: [answer.count] for answer in answers})
    between = Check("ExpectColumnValuesToBeBetween", CRITICAL, "", {"min_value": 0, "max_value": 0})
    checks = [
        replace(between, severity=answer.audit.severity, arguments={**between.arguments, "column": answer.audit.name}) for answer in answers
    ]
    return [outcome.success for outcome in judge(suite, frame, checks).outcomes]


def _sentence(says: str) -> str:
    return says[0].upper() + says[1:]
