"""The two shapes of DAG: one ingestion DAG a source, one build DAG. Files in ``dags/`` only name them.

Light at parse time: vendor clients, dbt and Great Expectations are imported inside the tasks.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from typing import Any

from airflow.sdk import DAG, Asset, AssetAll, AssetAny, Param, dag, task

from extractors.registry import CONNECTIONS, MODULES
from journey.airflow_alerts import tell_red_run
from journey.airflow_plugin import NightlyTimetable
from journey.settings import load as load_settings

LOAD = "load"
"""Key under which ``extract`` tells the others the name of the load."""
DAY = {"type": ["null", "string"], "format": "date"}


def landed(source: str) -> Asset:
    """Updated by every load of the source, also by one that is skipped because the source has no Connection."""
    return Asset(name=f"landed_{source}", uri=f"journey://landing/{source}")


RESTATED = Asset(name="landing_restated", uri="journey://landing/restated")
"""Updated by a load outside the nightly schedule (backfill, by hand): the build does not wait for the other sources."""
PUBLISHED = Asset(name="customer_journey_published", uri="journey://warehouse/customer_journey")


def _defaults() -> dict[str, Any]:
    return {
        "retries": int(os.environ.get("JOURNEY_TASK_RETRIES", "2")),
        "retry_delay": timedelta(minutes=5),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(minutes=30),
    }


def ingestion_dag(source: str, doc: str | None) -> DAG:
    """``ingest_<source>``: extract, validate, land, and red in the end where an account was refused. One run is one load."""

    @dag(
        dag_id=f"ingest_{source}",
        schedule=NightlyTimetable(int(load_settings()["nightly_hour_utc"])),
        start_date=datetime(2020, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=4,
        default_args=_defaults() | {"pool": "extraction"},
        on_failure_callback=tell_red_run,
        params={
            "from": Param(None, **DAY, description="first day; empty: the run's own day"),
            "to": Param(None, **DAY, description="last day, included"),
            "streams": Param([], type="array", description="only these streams"),
            "accounts": Param([], type="array", description="only these accounts"),
        },
        tags=["customer-journey", "ingestion", source],
        doc_md=doc,
    )
    def ingestion() -> None:
        @task
        def extract(**context: Any) -> str:
            from journey import airflow_tasks

            return airflow_tasks.extract(source, CONNECTIONS[source], context)

        @task
        def validate(load: str) -> str:
            from journey import airflow_tasks

            return airflow_tasks.validate(source, load)

        @task(outlets=[landed(source)], trigger_rule="none_failed")
        def land(load: str) -> None:
            from journey import airflow_tasks

            airflow_tasks.land(load)

        @task(outlets=[RESTATED])
        def announce_restatement(**context: Any) -> None:
            from journey import airflow_tasks

            airflow_tasks.only_outside_the_schedule(context)

        @task(trigger_rule="none_failed")
        def check_accounts(load: str) -> None:
            from journey import airflow_tasks

            airflow_tasks.check_accounts(load)

        held = extract()
        in_place = land(held[LOAD])
        validate(held) >> in_place >> announce_restatement() >> check_accounts(held[LOAD])

    return ingestion()


def build_dag(doc: str | None) -> DAG:
    """``build_customer_journey``: transform, audit, publish, report. Runs of several loads coalesce into one build."""

    @dag(
        dag_id="build_customer_journey",
        schedule=AssetAny(AssetAll(*(landed(source) for source in MODULES)), RESTATED),
        start_date=datetime(2020, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=1,
        default_args=_defaults() | {"pool": "warehouse_writer"},
        on_failure_callback=tell_red_run,
        params={
            "full": Param(False, type="boolean", description="rebuild everything from the landing zone"),
            "fewer_rows": Param(
                False, type="boolean", description="publish though tables hold fewer rows: landed days were deleted on purpose"
            ),
        },
        tags=["customer-journey", "warehouse"],
        doc_md=doc,
    )
    def build() -> None:
        @task
        def transform(**context: Any) -> bool:
            from journey import airflow_tasks

            return airflow_tasks.transform(bool(context["params"]["full"]))

        @task
        def audit(changed: bool, **context: Any) -> bool:
            from journey import airflow_tasks

            return airflow_tasks.audit(changed, context)

        @task(outlets=[PUBLISHED])
        def publish(changed: bool) -> None:
            from journey import airflow_tasks

            airflow_tasks.publish(changed)

        @task
        def report() -> None:
            from journey import airflow_tasks

            airflow_tasks.report()

        publish(audit(transform())) >> report()

    return build()


def days_of(context: dict[str, Any]) -> tuple[date, date, bool]:
    """First day, last day and whether it is the nightly run, from the run's parameters and data interval."""
    params, run = context["params"], context["dag_run"]
    first, last = params.get("from"), params.get("to")
    if first or last:
        return date.fromisoformat(first or last), date.fromisoformat(last or first), False
    start = context.get("data_interval_start")
    # A run asked for without a date has no interval: it means the last whole day.
    day = start.date() if start is not None else (run.run_after - timedelta(days=1)).date()
    return day, day, run_type(run) != "backfill"


def run_type(run: Any) -> str:
    """``scheduled``, ``manual`` or ``backfill``, whether Airflow gives an enum or its text."""
    return str(getattr(run.run_type, "value", run.run_type))
