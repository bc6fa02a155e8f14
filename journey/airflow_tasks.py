"""What the tasks do: take what Airflow knows (connection, run, interval) and call the plain steps."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from typing import Any

from airflow.sdk import Connection as AirflowConnection
from airflow.sdk.exceptions import AirflowFailException, AirflowNotFoundException, AirflowSkipException

from extractors.connections import Connection
from extractors.errors import ConfigurationError, ExtractionError
from extractors.stream import Days
from extractors.unforeseen import unwritten, way_of, without_values
from journey import asked, build, ingest, progress
from journey.airflow_dags import LOAD, days_of, run_type
from journey.airflow_home import FIRST_TASK, NAME_OF_LOAD
from journey.build_alone import KEPT, BuildFailed
from journey.settings import Places, SettingsError
from journey.settings import load as load_settings

log = logging.getLogger("journey")

NO_LOAD = ""
"""Stands for the load of a source that is skipped."""


def connection(conn_id: str) -> Connection | None:
    """The Airflow Connection as the extractors know it; None where there is none."""
    try:
        held = AirflowConnection.get(conn_id)
    except AirflowNotFoundException as error:
        # Airflow passes over a variable that it cannot parse, and then finds nothing: the source would be skipped, and the night green.
        if not os.environ.get(f"AIRFLOW_CONN_{conn_id.upper()}"):
            return None
        unread: Exception = error
    except Exception as error:  # noqa: BLE001  # whatever a secrets backend raises, the message must not quote it
        unread = error
    else:
        return _as_ours(conn_id, held)
    # Airflow's own message may quote the text it could not parse, which holds the secret.
    raise ConfigurationError(
        f"Connection {conn_id} cannot be read ({type(unread).__name__}).", action=f"Write {conn_id} as docs/connections.md shows."
    )


def _as_ours(conn_id: str, held: Any) -> Connection:
    try:
        extra = json.loads(held.extra) if held.extra else {}
    except ValueError:
        extra = None
    if not isinstance(extra, dict):
        raise ConfigurationError(
            f"Connection {conn_id}: field extra is not a JSON object.",
            action=f"Correct extra of {conn_id} (docs/connections.md has an example).",
        )
    return Connection(conn_id=conn_id, host=held.host, login=held.login, password=held.password, extra=extra)


def extract(source: str, conn_id: str, context: dict[str, Any]) -> str:
    """Read the run's days aside; skips where the source has no Connection. Returns the load's id."""
    first, last, nightly = days_of(context)
    _refuse_what_makes_no_sense(source, first, last, context)
    days, places = Days(first, last), Places.from_environment()
    load = ingest.load_id(source, os.environ.get(NAME_OF_LOAD) or context["run_id"])
    # Told before anything is done: what comes after a skipped task asks for it too.
    context["ti"].xcom_push(key=LOAD, value=load)
    try:
        held = connection(conn_id)
        if held is None:
            context["ti"].xcom_push(key=LOAD, value=NO_LOAD)
            raise AirflowSkipException(f"{source} is skipped: there is no Connection {conn_id}.")
        rows = ingest.extract(
            source,
            held,
            days,
            places,
            load=load,
            loaded_at=datetime.now(UTC),
            nightly=nightly,
            windows=load_settings()["restatement_windows"],
            streams=context["params"].get("streams") or (),
            accounts=context["params"].get("accounts") or (),
        )
    except ExtractionError as error:
        ingest.record_failure(places, error.located(source=source), days, load=load, loaded_at=datetime.now(UTC))
        raise AirflowFailException(str(error)) from None
    except ingest.UnknownAccounts as error:
        if "JOURNEY_PROGRESS_FD" in os.environ:  # `journey run --account` asks all its sources for the accounts of some
            progress.tell(dag=f"ingest_{source}", task=FIRST_TASK, state="said", seconds=0.0, message=str(error))
            context["ti"].xcom_push(key=LOAD, value=NO_LOAD)
            raise AirflowSkipException(str(error)) from None
        raise AirflowFailException(str(error)) from None
    except ingest.LoadFailed as error:
        if error.retryable:
            raise
        raise AirflowFailException(str(error)) from None
    except AirflowSkipException:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told without what it says
        if what := unwritten(error):
            refused = _by_the_disk(what, source, places, day=ingest.range_text(days))
            with suppress(OSError):  # what keeps the load from being written may keep the ledger from it too
                ingest.record_failure(places, refused, days, load=load, loaded_at=datetime.now(UTC))
            raise ingest.LoadFailed(str(refused), retryable=True) from None
        # Its own text may quote a credential or a row: what is told, and Airflow's log too, get its kind and its way only.
        what = f"An error that is not foreseen ({type(error).__name__})."
        unexpected = ExtractionError(what, action="Read the end of the task's log, and report it.").located(source=source)
        ingest.record_failure(places, unexpected, days, load=load, loaded_at=datetime.now(UTC))
        log.error("%s: %s", source, way_of(error))
        failed = RuntimeError(str(unexpected))
    else:
        log.info("%s: %s rows read for %s to %s", source, rows, first, last)
        return load
    raise failed  # here, where what it stands for does not hang on


def _by_the_disk(what: str, source: str, places: Places, *, day: str | None = None, kept: str | None = None) -> ExtractionError:
    """What is told of a step of a load that could not read or write a file."""
    error = ExtractionError(
        f"{what}.",
        action=f"See that there is room below {places.home} and that it may be read and written, and clear the task.",
        source=source,
        day=day,
        kept=kept,
    )
    _say_at_once(f"ingest_{source}", str(error))
    return error


def _say_at_once(name: str, message: str) -> None:
    """Why a task fails, to a person who waits for it: what it would be written into may be out of reach."""
    if "JOURNEY_PROGRESS_FD" in os.environ:
        progress.tell(dag=name, task=None, state="why", seconds=0.0, message=message)


@contextmanager
def _naming_the_disk(source: str, places: Places) -> Iterator[None]:
    """For the steps that a second try finishes: nothing of the load is noted as failed."""
    try:
        yield
    except OSError as error:
        if (what := unwritten(error)) is None:
            raise
        kept = "Every partition in place, whole, as it was or as it is to be; what was read waits for the next try."
        raise ingest.LoadFailed(str(_by_the_disk(what, source, places, kept=kept)), retryable=True) from None


def _refuse_what_makes_no_sense(source: str, first: date, last: date, context: dict[str, Any]) -> None:
    """Red at once and without a trace in the ledger: a slip of a person's is no load that a build waits for."""
    params = context["params"]
    by_hand = (params.get("from") or params.get("to")) and "JOURNEY_PROGRESS_FD" not in os.environ  # `journey run` has told its person
    wrong = asked.wrong(source, first, last, params, context["dag_run"].conf or {}, today=datetime.now(UTC).date() if by_hand else None)
    if wrong:
        raise AirflowFailException(
            f"Nothing was read: {wrong}. Kept: everything as it was. To do: trigger the DAG again with other parameters."
        )


def validate(source: str, load: str) -> str:
    """Mark the partitions that their checks refuse; they are moved away, and the run made red, when the load lands."""
    places = Places.from_environment()
    try:
        with _naming_the_disk(source, places):
            refused = ingest.validate(source, places, load=load)
    except ingest.LoadFailed as error:
        if error.retryable:
            raise
        raise AirflowFailException(str(error)) from None
    log.info("%s: %s partitions refused", source, refused)
    return load


def land(load: str) -> None:
    """Put the load in place; without a load (the source was skipped) there is nothing to do."""
    if load == NO_LOAD:
        return
    places = Places.from_environment()
    try:
        with _naming_the_disk((load or "").partition("-")[0], places):
            log.info("%s", dict(ingest.land(places, load=load, loaded_at=datetime.now(UTC))))
    except ingest.LoadFailed as error:
        if error.retryable:
            raise
        raise AirflowFailException(str(error)) from None


def check_accounts(load: str) -> None:
    """Red where an account that belongs to the figures was refused; the others have landed, and their build does not wait for this."""
    if load == NO_LOAD:
        return
    try:
        ingest.check_accounts(Places.from_environment(), load=load)
    except ingest.LoadFailed as error:
        raise AirflowFailException(str(error)) from None


def only_outside_the_schedule(context: dict[str, Any]) -> None:
    """Skip in a scheduled run, whose build waits for all sources of the night."""
    if run_type(context["dag_run"]) == "scheduled":
        raise AirflowSkipException("the nightly build starts when every source has landed")


def transform(full: bool) -> bool:
    """Build the candidate; returns whether there is anything new to publish."""
    places = Places.from_environment()
    with _noting_failure(places):
        build.check_landing(places)
        changed = build.transform(places, load_settings(), full=full)
    if not changed:
        build.note(places, "unchanged", "Nothing had changed since the last build, or nothing has landed yet.")
    return changed > 0


def audit(changed: bool, context: dict[str, Any]) -> bool:
    """Check the candidate; a critical failure ends the run before anything is published."""
    places = Places.from_environment()
    if changed:
        with _noting_failure(places):
            build.audit(
                places,
                build_id=ingest.load_id("build", context["run_id"]),
                validated_at=datetime.now(UTC),
                fewer_rows=bool(context["params"]["fewer_rows"]),
            )
    return changed


def publish(changed: bool) -> None:
    """Put the candidate in the served file's place."""
    places = Places.from_environment()
    if changed:
        with _noting_failure(places):
            build.publish(places)
        build.note(places, "published", "")


@contextmanager
def _noting_failure(places: Places) -> Iterator[None]:
    try:
        yield
    except (BuildFailed, SettingsError) as error:
        told = str(error) if isinstance(error, BuildFailed) else f"Not built: {error}. {KEPT}"
        try:
            build.note(places, "failed", told)
        except OSError:  # what failed the build, a full disk, may fail the note too, and must be told all the same
            _say_at_once("build_customer_journey", told)
        raise AirflowFailException(told) from None
    except Exception as error:
        with suppress(OSError):
            build.note(places, "failed", f"{type(error).__name__}: {without_values(str(error))}")
        raise


def report() -> None:
    """Write the journey map and the Data Docs from what is served."""
    from journey.report import write

    places = Places.from_environment()
    if not places.warehouse.exists():
        raise AirflowSkipException("nothing is published yet, so there is nothing to report")
    try:
        write(places)
    except OSError as error:
        if (what := unwritten(error)) is None:
            raise
        told = (
            f"The reports could not be written: {what}. Kept: the warehouse, which is published. To do: see that there is room below "
            f"{places.home}, and clear the task; `journey map` writes the map alone."
        )
        _say_at_once("build_customer_journey", told)
        raise RuntimeError(told) from None
