"""One build of the journey in a process of its own: ``python -m benchmarks.build_worker LANDING BUILD_FILE [--full] [--whole]``.

``--whole`` builds all models and asks all data tests, as a night does.

Prints one line of JSON: CPU seconds (user and system, all threads) from the first look at the landing zone to the last model, those of
each model, and the process's largest resident memory in bytes. Reading the dbt project, which costs the same for any amount of data,
comes before. dbt runs one model at a time here, so that what a model costs can be told; DuckDB uses its threads.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

from extractors.landing import Landing
from journey.build import seldom_collecting
from journey.prepare import prepare, remember
from journey.settings import ROOT, load, model_settings

JOURNEY = ["+fct_customer_journey", "+fct_attribution"]
"""All that the two facts are made of, and nothing else of the warehouse."""


def main(landing: Path, build: Path, *, full: bool, whole: bool = False) -> None:
    """Build and print; SystemExit 1 with the models and tests that failed."""
    project = str(ROOT / "dbt_project")
    os.environ.update(JOURNEY_BUILD_DB=str(build), DBT_TARGET_PATH=f"{build}.target", DBT_LOG_PATH=f"{build}.target")
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    places = ["--project-dir", project, "--profiles-dir", project, "--vars", json.dumps(model_settings(load())), "--quiet"]
    manifest = dbtRunner().invoke(["parse", *places]).result
    steps: dict[str, float] = {}

    def clock(event: Any) -> None:
        if event.info.name in {"NodeStart", "NodeFinished"}:
            name = event.data.node_info.node_name
            steps[name] = time.process_time() - steps.get(name, 0.0)

    begun = time.process_time()
    prepare(build, Landing(landing), full=full)
    arguments = ["build", *places, "--threads", "1", "--no-write-json", "--log-level-file", "none"]
    arguments += ["--exclude-resource-type", "unit_test", *(["--full-refresh"] if full else [])]
    if not whole:
        arguments += ["--exclude-resource-type", "test"]
        for model in JOURNEY:
            arguments += ["--select", model]
    with seldom_collecting():
        outcome = dbtRunner(manifest=manifest, callbacks=[clock]).invoke(arguments)
    DuckDBConnectionManager.close_all_connections()
    seconds = time.process_time() - begun
    if not outcome.success:
        failed = [
            f"{done.node.name}: {done.message}" for done in getattr(outcome.result, "results", []) if done.status in {"error", "fail"}
        ]
        raise SystemExit("\n".join(failed) or str(outcome.exception))
    remember(build)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "steps": steps, "memory": memory}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), full="--full" in sys.argv, whole="--whole" in sys.argv)
