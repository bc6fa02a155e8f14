"""A DAG run that ends red is told by ``journey.alerts``."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from extractors.errors import ExtractionError
from extractors.landing import Landing
from journey import alerts
from journey.airflow_home import NAME_OF_LOAD
from journey.settings import Places

MOST_LETTERS = 1800
"""Of an error's own sentences; the tightest of the services takes messages of 2,000 letters."""
UNTOLD = (
    "Neither ledger nor build says why: a task was killed, for want of memory for example, or ended by hand, or the disk is full. Kept: "
    "every partition in place and the served warehouse. To do: look at the log of the red task, and clear it."
)

log = logging.getLogger("journey")


def tell_red_run(context: Mapping[str, Any]) -> None:
    """``on_failure_callback`` of the DAGs. Of ``journey run`` its person is told on the terminal.

    Of the DAG and not of its tasks: a task that is killed, for want of memory for example, calls nobody.
    """
    from journey.airflow_tasks import connection

    if "JOURNEY_PROGRESS_FD" in os.environ:
        return
    try:
        held = connection(alerts.CONNECTION)
        if held is not None:
            started = getattr(context.get("dag_run"), "start_date", None)
            alerts.send(held, message(context["dag"].dag_id, context["run_id"], Places.from_environment(), started))
            log.info("%s was told that this run is red.", alerts.CONNECTION)
    except ExtractionError as error:
        log.warning("Nobody was told that this run is red: %s", error)
    except Exception as error:  # noqa: BLE001 - a text that nobody foresaw may hold the address
        log.warning("Nobody was told that this run is red (%s).", type(error).__name__)


def message(dag_id: str, run_id: str, places: Places, started: datetime | None = None) -> str:
    """Which run is red, what the ledger or the build's note says of it (what was kept, what to do), and where its tasks' logs are."""
    from airflow.sdk.configuration import conf

    said = "\n".join(_sentences(dag_id, run_id, places, started)) or UNTOLD
    said = said if len(said) <= MOST_LETTERS else f"{said[:MOST_LETTERS]}…"
    address = str(conf.get("api", "base_url", fallback="http://localhost:8080")).rstrip("/")
    return f"{dag_id} is red, run {run_id}.\n{said}\nLogs: {address}/dags/{dag_id}/runs/{quote(run_id)}"


def _sentences(dag_id: str, run_id: str, places: Places, started: datetime | None) -> list[str]:
    from journey import build, ingest

    source = dag_id.removeprefix("ingest_")
    if source != dag_id:
        rows = Landing(places.landing).load(ingest.load_id(source, os.environ.get(NAME_OF_LOAD) or run_id))
        return [ingest.told(row) for row in rows if row.status in ("failed", "quarantined", "refused")]
    note = build.last_build(places) or {"status": "none"}
    # A build that was killed has left none: the note may be an earlier build's.
    own = note["status"] == "failed" and (started is None or datetime.fromisoformat(note["at"]) >= started)
    return [note["message"]] if own else []
