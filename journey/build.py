"""The warehouse build: models in a candidate file, its audit, and the publication of the served file."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import orjson

from extractors.landing import Landing
from journey import identity_overrides, ingest, seed_rules
from journey.duck import connect
from journey.prepare import fingerprint, in_place, keep_settings, prepare, remember
from journey.settings import ROOT, Places, SettingsError, model_settings

log = logging.getLogger("journey")

SERVED_SCHEMAS = ("marts", "audit")
STORAGE_VERSION = "v1.2.0"
"""The served file is written so that DuckDB clients from 1.2 on can read it; many BI drivers are still 1.x."""


class BuildFailed(Exception):
    """Nothing was published; the served file is the one from before."""


def check_landing(places: Places) -> None:
    """BuildFailed when the newest load of any source did not come whole."""
    rows = ingest.unresolved(Landing(places.landing))
    if rows:
        shown = "\n".join(f"- {ingest.told(row)}" for row in rows[:10])
        raise BuildFailed(
            f"Not built: {len(rows)} partitions of the newest loads are failed or quarantined.\n{shown}\n"
            "Kept: the served warehouse as it was. To do: mend the cause and run those days again."
        )


def transform(places: Places, settings: Mapping[str, Any], *, full: bool = False) -> int:
    """Run the models into the candidate file; returns the number of changed partitions (0: nothing to do, or nothing landed)."""
    if not in_place(Landing(places.landing)):
        log.info("nothing has landed yet, so there is nothing to build")
        return 0
    try:
        seed_rules.check()
        overrides = identity_overrides.file(settings, places.home)
    except SettingsError as error:
        raise BuildFailed(f"Not built: {error}. Kept: the served warehouse as it was.") from None
    for sentence in seed_rules.warnings(settings):
        log.warning(sentence)
    mark = places.build.with_suffix(".fingerprint")
    wanted = fingerprint(model_settings(settings))
    full = full or not places.build.exists() or not mark.exists() or mark.read_text() != wanted
    places.candidate.parent.mkdir(parents=True, exist_ok=True)
    places.candidate.unlink(missing_ok=True)
    places.candidate.with_suffix(".duckdb.wal").unlink(missing_ok=True)
    if not full:
        shutil.copyfile(places.build, places.candidate)
    try:
        changed = prepare(places.candidate, Landing(places.landing), full=full, overrides=overrides)
    except identity_overrides.UnreadableOverrides as error:
        raise BuildFailed(f"Not built: {error} Kept: the served warehouse as it was.") from None
    if not changed and not full and places.warehouse.exists():
        log.info("nothing changed since the last build")
        return 0
    run_dbt(places, settings, full=full)
    keep_settings(places.candidate, model_settings(settings))
    refused = identity_overrides.refused(places.candidate)
    if refused:
        shown = "\n".join(f"- {overrides}, {line}" for line in refused[:10])
        raise BuildFailed(
            f"Not built: {len(refused)} identity overrides cannot be carried out.\n{shown}\nKept: the served warehouse as it was."
        )
    places.candidate.with_suffix(".fingerprint").write_text(wanted)
    return max(len(changed), 1)


def run_dbt(places: Places, settings: Mapping[str, Any], *, full: bool) -> None:
    """``dbt build`` in this process, on the candidate file; BuildFailed names the models and tests that failed."""
    os.environ["JOURNEY_BUILD_DB"] = str(places.candidate)
    os.environ["DBT_TARGET_PATH"] = str(places.home / "dbt_target")
    os.environ["DBT_LOG_PATH"] = str(places.home / "dbt_target" / "logs")
    os.environ.setdefault("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    from dbt.cli.main import dbtRunner

    project = str(ROOT / "dbt_project")
    arguments = ["build", "--project-dir", project, "--profiles-dir", project, "--vars", orjson.dumps(model_settings(settings)).decode()]
    arguments += ["--exclude-resource-type", "unit_test", "--quiet"]
    outcome = dbtRunner().invoke([*arguments, "--full-refresh"] if full else arguments)
    _close_dbt()
    if outcome.success:
        return
    if outcome.exception is not None:
        raise BuildFailed(f"Not built: dbt stopped: {outcome.exception}. Kept: the served warehouse as it was.")
    failed = [result for result in outcome.result.results if result.status in {"error", "fail"}]
    shown = "\n".join(f"- {result.node.name}: {result.message}" for result in failed[:10])
    raise BuildFailed(
        f"Not built: {len(failed)} models or tests failed.\n{shown}\nKept: the served warehouse as it was. "
        f"To do: see {places.home / 'dbt_target' / 'logs'}; mend the model or the data and run again."
    )


def _close_dbt() -> None:
    """dbt keeps its DuckDB connection for the life of the process; the audit opens the same file read-only."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()


def audit(places: Places, *, build_id: str, validated_at: datetime) -> int:
    """Run the marts suite over the candidate; returns the number of checks. BuildFailed names the critical ones that failed.

    A table that shrank is only a warning where settings or seeds were changed.
    """
    from expectations import marts

    served = places.warehouse if places.warehouse.exists() else None
    results = marts.validate(
        places.candidate,
        build_id=build_id,
        served=served,
        validated_at=validated_at,
        shrinking_allowed=_chosen_anew(places),
        landing_root=places.landing,
    )
    failures = marts.critical_failures(results)
    if failures:
        shown = "\n".join(f"- {result.expectation}: {result.message}" for result in failures[:10])
        raise BuildFailed(
            f"Not published: {len(failures)} critical checks of the warehouse failed.\n{shown}\nKept: the served warehouse as it was; "
            f"the refused one is {places.candidate}. To do: mend the cause and build again."
        )
    return len(results)


def _chosen_anew(places: Places) -> bool:
    """Whether settings or seeds have changed since the build that is served: with fewer models or conversions there are fewer rows."""
    marks = [file.with_suffix(".fingerprint") for file in (places.build, places.candidate)]
    if not all(mark.exists() for mark in marks):
        return False
    before, now = (mark.read_text().split()[-1:] for mark in marks)
    return before != now


def publish(places: Places) -> None:
    """Write marts and audit into a new served file and put it in the old one's place in one step.

    Readers that have the old file open keep reading it; a new connection gets the new one.
    """
    with connect(places.candidate) as warehouse:
        _refresh_validation_results(warehouse, Landing(places.landing))
    places.warehouse.parent.mkdir(parents=True, exist_ok=True)
    aside = places.warehouse.with_suffix(".publishing")
    aside.unlink(missing_ok=True)
    _export(places.candidate, aside)
    os.replace(aside, places.warehouse)
    remember(places.candidate)
    os.replace(places.candidate, places.build)
    os.replace(places.candidate.with_suffix(".fingerprint"), places.build.with_suffix(".fingerprint"))


def note(places: Places, status: str, message: str) -> None:
    """Keep how the newest build ended (``published``, ``unchanged`` or ``failed``) for ``journey status``."""
    file = places.build.with_name("last_build.json")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(orjson.dumps({"status": status, "message": message, "at": datetime.now(UTC).isoformat()}))


def last_build(places: Places) -> dict[str, str] | None:
    """What ``note`` kept; None where nothing was ever built."""
    file = places.build.with_name("last_build.json")
    return dict(orjson.loads(file.read_bytes())) if file.exists() else None


def _refresh_validation_results(warehouse: duckdb.DuckDBPyConnection, landing: Landing) -> None:
    """The build's own audit ran after the models: bring its results into ``audit.validation_results``."""
    from journey.prepare import validation_results

    validation_results(warehouse, landing)
    warehouse.execute(
        "insert into audit.validation_results "
        "select load_id, source, stream, account, dt, suite, expectation, severity, success, observed, unexpected_count, message, "
        "validated_at::timestamp from landing.validation_results "
        "where source = 'warehouse' and load_id not in (select load_id from audit.validation_results)"
    )


def _export(candidate: Path, target: Path) -> None:
    with connect() as session:
        session.execute(f"attach '{candidate}' as built (read_only)")
        session.execute(f"attach '{target}' as served (storage_version '{STORAGE_VERSION}')")
        session.execute("use served")
        tables = session.execute(
            "select schema_name, table_name, sql, comment from duckdb_tables() "
            "where database_name = 'built' and schema_name in (?, ?) order by all",
            list(SERVED_SCHEMAS),
        ).fetchall()
        for schema in SERVED_SCHEMAS:
            session.execute(f"create schema if not exists served.{schema}")
        for schema, table, statement, comment in tables:
            session.execute(statement)
            session.execute(f"insert into served.{schema}.{table} select * from built.{schema}.{table}")
            if comment:
                session.execute(f"comment on table served.{schema}.{table} is '{_quoted(comment)}'")
        columns = session.execute(
            "select schema_name, table_name, column_name, comment from duckdb_columns() "
            "where database_name = 'built' and schema_name in (?, ?) and comment is not null",
            list(SERVED_SCHEMAS),
        ).fetchall()
        for schema, table, column, comment in columns:
            session.execute(f"comment on column served.{schema}.{table}.{column} is '{_quoted(comment)}'")


def _quoted(text: str) -> str:
    return text.replace("'", "''")
