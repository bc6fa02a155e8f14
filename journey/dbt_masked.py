"""dbt in this process, its log and results without the values that DuckDB quotes in its errors."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from extractors.unforeseen import without_values

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult

LARGEST = 10 * 1024 * 1024
"""Bytes of ``dbt.log``, as dbt's own has by default; five earlier ones are kept."""


def invoke(arguments: Sequence[str], target: Path) -> dbtRunnerResult:
    """Run dbt with its artifacts in ``target`` and its log in ``target/logs/dbt.log``; nothing on the standard output.

    dbt's own log, its ``run_results.json`` and its words on the terminal would have DuckDB's messages as they are, and these quote
    what could not be cast or was there twice: a name, an address.
    """
    os.environ.update(DBT_TARGET_PATH=str(target), DBT_LOG_PATH=str(target / "logs"))
    os.environ.setdefault("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    from dbt.cli.main import dbtRunner

    (target / "logs").mkdir(parents=True, exist_ok=True)
    written = RotatingFileHandler(target / "logs" / "dbt.log", maxBytes=LARGEST, backupCount=5, encoding="utf-8", delay=True)

    def write(event: Any) -> None:
        written.emit(logging.makeLogRecord({"msg": _line(event.info)}))

    try:
        outcome = dbtRunner(callbacks=[write]).invoke([*arguments, "--log-level", "none", "--log-level-file", "none"])
    finally:
        written.close()
    _mask(target / "run_results.json")
    return outcome


def _line(info: Any) -> str:
    """A line of the log, as dbt's own has it. A query is the model's text, and quotes nothing that is in the data."""
    told = info.msg if info.name == "SQLQuery" else without_values(info.msg)
    return f"{info.ts.ToJsonString()} [{info.level:5}] [{info.thread}]: {told}"


def _mask(results: Path) -> None:
    """What failed, without values. Where nothing did the file stays as dbt wrote it."""
    if not results.exists():
        return
    held = orjson.loads(results.read_bytes())
    failed = [result for result in held["results"] if result["status"] in {"error", "fail", "warn"} and result["message"]]
    for result in failed:
        result["message"] = without_values(result["message"])
    if failed:
        results.write_bytes(orjson.dumps(held))
