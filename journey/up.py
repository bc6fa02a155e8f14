"""``make up``: Airflow's UI and scheduler with the DAGs, until Ctrl-C. SQLite and LocalExecutor, on loopback."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Sequence

from journey import airflow_home
from journey.settings import Places

COMPONENTS = ("api-server", "scheduler", "dag-processor")


def main(argv: Sequence[str] | None = None) -> int:
    """Start the components and wait; any that ends ends all. ``--port`` changes the UI's port (8080)."""
    port = (list(argv if argv is not None else sys.argv[1:]) or ["8080"])[-1]
    places = Places.from_environment()
    environ = airflow_home.environment(places.airflow) | {"JOURNEY_HOME": str(places.home)}
    environ.setdefault("AIRFLOW__API__PORT", port)
    environ.setdefault("AIRFLOW__API__HOST", "127.0.0.1")
    environ.setdefault("AIRFLOW__API__WORKERS", "1")
    environ.setdefault("AIRFLOW__CORE__EXECUTION_API_SERVER_URL", f"http://127.0.0.1:{environ['AIRFLOW__API__PORT']}/execution/")
    airflow_home.migrate(environ)
    logs = places.airflow / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    processes = []
    for component in COMPONENTS:
        with (logs / f"{component}.log").open("ab") as sink:
            processes.append(subprocess.Popen([sys.executable, "-m", "airflow", component], env=environ, stdout=sink, stderr=sink))
    print(f"Airflow on http://127.0.0.1:{environ['AIRFLOW__API__PORT']} (logs in {logs}); Ctrl-C ends it.", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        while all(process.poll() is None for process in processes):
            time.sleep(1)
        print(f"A component ended by itself; see {logs}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()


if __name__ == "__main__":
    sys.exit(main())
