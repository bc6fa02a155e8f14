"""``make up``: Airflow's UI and scheduler with the DAGs, until Ctrl-C. SQLite and LocalExecutor, on loopback."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack

from journey import airflow_home
from journey.processes import Stopped, child, end_on_signals
from journey.settings import Places, SettingsError, load, unknown_variables

COMPONENTS = ("api-server", "scheduler", "dag-processor")


def main(argv: Sequence[str] | None = None) -> int:
    """Start the components and wait; any that ends ends all. ``--port`` changes the UI's port (8080)."""
    port = (list(argv if argv is not None else sys.argv[1:]) or ["8080"])[-1]
    for sentence in unknown_variables():
        print(sentence, file=sys.stderr)
    try:
        load()  # a setting that cannot be used would be a DAG that cannot be read
        places = Places.from_environment()
    except SettingsError as wrong:
        print(wrong, file=sys.stderr)
        return 2
    environ = airflow_home.environment(places.airflow) | {"JOURNEY_HOME": str(places.home)}
    environ.setdefault("AIRFLOW__API__PORT", port)
    environ.setdefault("AIRFLOW__API__HOST", "127.0.0.1")
    environ.setdefault("AIRFLOW__API__WORKERS", "1")
    environ.setdefault("AIRFLOW__CORE__EXECUTION_API_SERVER_URL", f"http://127.0.0.1:{environ['AIRFLOW__API__PORT']}/execution/")
    end_on_signals()
    airflow_home.migrate(environ)
    logs = places.airflow / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with ExitStack() as running:
        processes = []
        for component in COMPONENTS:
            sink = running.enter_context((logs / f"{component}.log").open("ab"))
            # Each in a group of its own: the scheduler and the API server have children, which must not outlive them.
            command = [sys.executable, "-m", "airflow", component]
            processes.append(running.enter_context(child(command, env=environ, output=sink, errors=sink, group=True)))
        print(f"Airflow on http://127.0.0.1:{environ['AIRFLOW__API__PORT']} (logs in {logs}); Ctrl-C ends it.", flush=True)
        try:
            while all(process.poll() is None for process in processes):
                time.sleep(1)
        except Stopped as stopped:
            if stopped.name == "SIGINT":
                return 0
            raise
        finally:
            for process in processes:
                process.terminate()
        print(f"A component ended by itself; see {logs}.", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
