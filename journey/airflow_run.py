"""Run the real DAGs once over a range, in this process: ``python -m journey.airflow_run REQUEST``.

REQUEST is JSON: ``{"first", "last", "sources", "accounts", "build", "full"}``. Progress goes to the file descriptor in
``JOURNEY_PROGRESS_FD`` as JSON lines ``{"dag", "task", "state", "seconds"}``; Airflow's own log to standard output.
Exit code 1 when a run is red. A build is not started after a red load.
"""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from journey.settings import ROOT


def main() -> int:
    request: dict[str, Any] = json.loads(sys.argv[1])
    sys.path.insert(0, str(ROOT / "dags"))
    from journey.airflow_plugin import create_pools

    create_pools()
    red = 0
    days = {"from": request["first"], "to": request["last"]}
    for source in request["sources"]:
        red += _run(f"ingest_{source}", days | {"accounts": request["accounts"]}, request["last"])
    if request["build"] and not red:
        red += _run("build_customer_journey", {"full": request["full"]}, None)
    return 1 if red else 0


def _run(name: str, conf: dict[str, Any], day: str | None) -> bool:
    dag = getattr(import_module(name), name)
    started = time.monotonic()
    _tell(dag=name, task=None, state="running", seconds=0.0)
    logical_date = datetime.fromisoformat(day).replace(tzinfo=UTC) if day else None
    run = dag.test(logical_date=logical_date, run_conf=conf)
    for instance in sorted(run.get_task_instances(), key=lambda held: held.start_date or datetime.max.replace(tzinfo=UTC)):
        _tell(dag=name, task=instance.task_id, state=str(instance.state), seconds=round(instance.duration or 0.0, 2))
    _tell(dag=name, task=None, state=str(run.state), seconds=round(time.monotonic() - started, 2))
    return str(run.state) != "success"


def _tell(**line: Any) -> None:
    descriptor = os.environ.get("JOURNEY_PROGRESS_FD")
    text = json.dumps(line) + "\n"
    if descriptor:
        os.write(int(descriptor), text.encode())
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    sys.exit(main())
