"""The warehouse build: models in a candidate file, its audit, and the publication of the served file."""

from __future__ import annotations

import gc
import logging
import os
import shutil
import stat
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import orjson

from extractors.landing import Landing
from extractors.unforeseen import without_values
from journey import changes, copied_lines, dbt_masked, identity_overrides, ingest, seed_rules, served
from journey.build_alone import KEPT, BuildFailed, alone, check_memory_limit, plainly, remove
from journey.duck import is_readable, is_whole, memory_limit, writing
from journey.prepare import changed_settings, fingerprint, in_place, is_built_with, keep_settings, prepare, remember, spoiled
from journey.settings import ROOT, Places, SettingsError, model_settings

log = logging.getLogger("journey")

DAMAGED = ("Corrupt database", "checksum", "not a valid DuckDB", "Could not read enough bytes", "invalidated")
"""What DuckDB says of a file that is not as it was written."""


def check_landing(places: Places) -> None:
    """BuildFailed when the newest load of any source did not come whole."""
    with plainly("Not built", places):
        rows = ingest.unresolved(Landing(places.landing))
    if rows:
        shown = "\n".join(f"- {ingest.told(row)}" for row in rows[:10])
        raise BuildFailed(
            f"Not built: {len(rows)} partitions of the newest loads are failed or quarantined.\n{shown}\n"
            "Kept: the served warehouse as it was. To do: mend the cause and run those days again."
        )


def transform(places: Places, settings: Mapping[str, Any], *, full: bool = False) -> int:
    """Run the models into the candidate file; returns the number of changed partitions (0: nothing to do, or nothing landed).

    Where the builder's file turns out to be damaged, everything is built from the landing zone.
    """
    with alone(places), plainly("Not built", places, places.candidate):
        try:
            return _transform(places, settings, full=full)
        except (duckdb.Error, BuildFailed) as error:
            if files := spoiled(places.candidate):
                shown = "\n".join(f"- {places.landing / file}" for file in files[:10])
                raise BuildFailed(
                    f"Not built: {len(files)} landed files were cut off or spoiled after they had landed.\n{shown}\n{KEPT} "
                    "To do: run their days again, which replaces them."
                ) from None
            if full or not places.build.exists() or not (isinstance(error, duckdb.Error) or any(word in str(error) for word in DAMAGED)):
                raise
            log.warning("%s cannot be built on (%s); everything is built from the landing zone", places.build, error)
            return _transform(places, settings, full=True)


def _transform(places: Places, settings: Mapping[str, Any], *, full: bool) -> int:
    if not in_place(Landing(places.landing)):
        log.info("nothing has landed yet, so there is nothing to build")
        return 0
    try:
        check_memory_limit()
        seed_rules.check()
        overrides = identity_overrides.file(settings, places.home)
    except SettingsError as error:
        raise BuildFailed(f"Not built: {error}. {KEPT}") from None
    for sentence in (*seed_rules.warnings(settings), *changed_settings(places.build, model_settings(settings))):
        log.warning(sentence)
    mark = places.build.with_suffix(".fingerprint")
    wanted = fingerprint(model_settings(settings))
    full = full or not places.build.exists() or not mark.exists() or mark.read_text() != wanted
    places.candidate.parent.mkdir(parents=True, exist_ok=True)
    for stale in (".fingerprint", ".audited"):
        places.candidate.with_suffix(stale).unlink(missing_ok=True)
    remove(places.candidate)
    if not full:
        shutil.copyfile(places.build, places.candidate)
        if not is_built_with(places.candidate, wanted):
            log.warning("%s is not the file that the last build left; everything is built from the landing zone", places.build)
            remove(places.candidate)
            full = True
    try:
        changed = prepare(places.candidate, Landing(places.landing), full=full, overrides=overrides)
    except identity_overrides.UnreadableOverrides as error:
        raise BuildFailed(f"Not built: {error} {KEPT}") from None
    if not changed and not full and is_whole(places.warehouse) and served.is_of(places.build, places.warehouse):
        log.info("nothing changed since the last build")
        remove(places.candidate)
        return 0
    try:
        run_dbt(places, settings, full=full)
    except BuildFailed:
        with suppress(duckdb.Error):
            refuse_overrides(places, overrides)  # by their lines: dbt's own test of them says how many only
        raise
    refuse_overrides(places, overrides)
    keep_settings(places.candidate, model_settings(settings), built_with=wanted)
    places.candidate.with_suffix(".fingerprint").write_text(wanted)
    return max(len(changed), 1)


def refuse_overrides(places: Places, overrides: Path) -> None:
    """BuildFailed names each line of the override file that the candidate could not carry out."""
    if refused := identity_overrides.refused(places.candidate):
        shown = "\n".join(f"- {overrides}, {line}" for line in refused[:10])
        raise BuildFailed(f"Not built: {len(refused)} identity overrides cannot be carried out.\n{shown}\n{KEPT}") from None


def run_dbt(places: Places, settings: Mapping[str, Any], *, full: bool) -> None:
    """``dbt build`` in this process, on the candidate file; BuildFailed names the models and tests that failed."""
    os.environ["JOURNEY_BUILD_DB"] = str(places.candidate)
    project = str(ROOT / "dbt_project")
    arguments = ["build", "--project-dir", project, "--profiles-dir", project, "--vars", orjson.dumps(model_settings(settings)).decode()]
    arguments += ["--exclude-resource-type", "unit_test", "--quiet"]
    with seldom_collecting():
        outcome = dbt_masked.invoke([*arguments, "--full-refresh"] if full else arguments, places.home / "dbt_target")
    _close_dbt()
    if outcome.success:
        return
    if outcome.exception is not None:
        raise BuildFailed(f"Not built: dbt stopped: {without_values(str(outcome.exception))}. {KEPT}")
    failed = [result for result in outcome.result.results if result.status in {"error", "fail"}]
    shown = "\n".join(f"- {result.node.name}: {without_values(str(result.message))}" for result in failed[:10])
    raise BuildFailed(
        f"Not built: {len(failed)} models or tests failed.\n{shown}\n{KEPT} "
        f"To do: see {places.home / 'dbt_target' / 'logs'}; mend the model or the data and run again."
    )


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """For dbt, which holds a million objects: looking through them for garbage as often as usual is a tenth of a small build."""
    usual = gc.get_threshold()
    gc.set_threshold(50_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _close_dbt() -> None:
    """dbt keeps its DuckDB connection for the life of the process; the audit opens the same file read-only."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()


def audit(places: Places, *, build_id: str, validated_at: datetime, fewer_rows: bool = False) -> int:
    """Run the marts suite over the candidate; returns the number of checks. BuildFailed names the critical ones that failed.

    A table that shrank is only a warning where settings or seeds were changed, or a person says that ``fewer_rows`` are meant.
    """
    from expectations import marts

    with alone(places), plainly("Not published", places):
        _needed(places, ".fingerprint")
        try:
            check_memory_limit()
        except SettingsError as error:
            raise BuildFailed(f"Not published: {error}. {KEPT}") from None
        results = marts.validate(
            places.candidate,
            build_id=build_id,
            # A served file that somebody has open to write in, or that is damaged, holds nothing up: the builder's has the same rows.
            # What cannot be read at all has none to be compared with; the new file replaces it.
            served=next((file for file in (places.warehouse, places.build) if is_readable(file)), None),
            validated_at=validated_at,
            shrinking_allowed=fewer_rows or _chosen_anew(places),
            landing_root=places.landing,
            memory_limit=memory_limit(),
        )
        if not marts.critical_failures(results):
            places.candidate.with_suffix(".audited").write_text(build_id)
    failures = marts.critical_failures(results)
    if failures:
        shown = "\n".join(f"- {result.expectation}: {result.message}" for result in failures[:10])
        raise BuildFailed(
            f"Not published: {len(failures)} critical checks of the warehouse failed.\n{shown}\nKept: the served warehouse as it was; "
            f"the refused one is {places.candidate}. To do: mend the cause and build again."
        )
    return len(results)


def _needed(places: Places, mark: str) -> None:
    """BuildFailed where the candidate is not, or no longer, what the step before left: another build began, or has published it."""
    if not places.candidate.exists() or not places.candidate.with_suffix(mark).exists():
        raise BuildFailed(
            f"Not published: the candidate {places.candidate} is not what this build left; another one began meanwhile, or it is published "
            f"already. {KEPT} To do: start a build; it does what is left to do."
        )


def _chosen_anew(places: Places) -> bool:
    """Whether settings or seeds have changed since the build that is served: with fewer models or conversions there are fewer rows."""
    marks = [file.with_suffix(".fingerprint") for file in (places.build, places.candidate)]
    if not all(mark.exists() for mark in marks):
        return False
    before, now = (mark.read_text().split()[-1:] for mark in marks)
    return before != now


def publish(places: Places) -> None:
    """Write marts and audit into a new served file and put it in the old one's place in one step.

    Readers that have the old file open keep reading it; a new connection gets the new one. All that writes comes before the renames.
    A kill between these leaves a builder's file without its fingerprint, or the one from before: the next build begins from that.
    """
    aside = places.warehouse.with_suffix(".publishing")
    with alone(places), plainly("Not published", places, aside):
        _needed(places, ".audited")
        with writing(places.candidate) as warehouse:
            _refresh_validation_results(warehouse, Landing(places.landing))
        remember(places.candidate)
        places.warehouse.parent.mkdir(parents=True, exist_ok=True)
        remove(aside)
        written = Counter(served.write(places.candidate, aside, before=places.warehouse).values())
        log.info("the served file: %s", ", ".join(f"{what} written of {tables} tables" for what, tables in sorted(written.items())))
        changes.keep(places, aside)
        _same_readers(places.warehouse, aside)
        _take_place(aside, places.warehouse)
        places.build.with_suffix(".fingerprint").unlink(missing_ok=True)
        _take_place(places.candidate, places.build)
        os.replace(places.candidate.with_suffix(".fingerprint"), places.build.with_suffix(".fingerprint"))
        places.candidate.with_suffix(".audited").unlink()


def _take_place(file: Path, of: Path) -> None:
    """Without the log of who wrote in the file from before and was killed, or has it open still: DuckDB would take it for this file's, and
    put its rows in, or open nothing."""
    log_of_writer = of.with_name(f"{of.name}.wal")
    log_of_writer.unlink(missing_ok=True)
    os.replace(file, of)
    log_of_writer.unlink(missing_ok=True)


def _same_readers(before: Path, after: Path) -> None:
    """Who may read the served file may read the one that takes its place: its mode stays, and its group where we may give it away."""
    if not before.exists():
        return
    held = before.stat()
    with suppress(PermissionError):
        os.chown(after, -1, held.st_gid)
    after.chmod(stat.S_IMODE(held.st_mode))


def note(places: Places, status: str, message: str) -> None:
    """Keep how the newest build ended (``published``, ``unchanged`` or ``failed``) for ``journey status``."""
    file = places.build.with_name("last_build.json")
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_suffix(".writing")
    aside.write_bytes(orjson.dumps({"status": status, "message": message, "at": datetime.now(UTC).isoformat()}))
    os.replace(aside, file)


def last_build(places: Places) -> dict[str, str] | None:
    """What ``note`` kept; None where nothing was ever built, or the note is damaged."""
    try:
        return dict(orjson.loads(places.build.with_name("last_build.json").read_bytes()))
    except (FileNotFoundError, orjson.JSONDecodeError):
        return None


def _refresh_validation_results(warehouse: duckdb.DuckDBPyConnection, landing: Landing) -> None:
    """The build's own audit ran after the models: bring its results into ``audit.validation_results``."""
    copied_lines.validation_results(warehouse, landing.root)
    warehouse.execute(
        "insert into audit.validation_results "
        "select load_id, source, stream, account, dt, suite, expectation, severity, success, observed, unexpected_count, message, "
        "validated_at::timestamp from landing.validation_results "
        "where source = 'warehouse' and load_id not in (select load_id from audit.validation_results)"
    )
