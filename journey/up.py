"""``make up``: Airflow's UI and scheduler with the DAGs, until Ctrl-C. SQLite and LocalExecutor, on loopback."""

from __future__ import annotations

import argparse
import errno
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from urllib.parse import urlsplit

from journey import airflow_home
from journey.processes import Stopped, child, end_on_signals
from journey.settings import Places, load, not_read, plain_errors

COMPONENTS = ("api-server", "scheduler", "dag-processor")
WAITS_FOR_THE_API = 120.0
"""Seconds; a machine that needs longer starts the rest all the same."""


def main(argv: Sequence[str] | None = None) -> int:
    """Start the components and wait; any that ends ends all."""
    parser = argparse.ArgumentParser(prog="python -m journey.up", description=__doc__)
    parser.add_argument("port", nargs="?", type=int, default=8080, help="port of the UI, 8080")
    parser.add_argument("--port", dest="named", type=int, help="the same")
    asked = parser.parse_args(argv)
    port = str(asked.named or asked.port)
    for sentence in not_read():
        print(sentence, file=sys.stderr)
    with plain_errors():
        load()  # a setting that cannot be used would be a DAG that cannot be read
        return serve(Places.from_environment(), port)


def serve(places: Places, port: str) -> int:
    """Exit code 0 after Ctrl-C, 1 where a component ended by itself or could not have started."""
    environ = airflow_home.environment(places.airflow) | {"JOURNEY_HOME": str(places.home)}
    environ.setdefault("AIRFLOW__API__PORT", port)
    environ.setdefault("AIRFLOW__API__HOST", "127.0.0.1")
    environ.setdefault("AIRFLOW__API__WORKERS", "1")
    environ.setdefault("AIRFLOW__CORE__EXECUTION_API_SERVER_URL", f"http://127.0.0.1:{environ['AIRFLOW__API__PORT']}/execution/")
    host, taken = environ["AIRFLOW__API__HOST"], environ["AIRFLOW__API__PORT"]
    if is_taken(host, int(taken)):
        print(
            f"Port {taken} of {host} is taken by another program, or by another `make up`. Kept: everything; nothing was started. "
            "To do: end that one, or take another port: `.venv/bin/python -m journey.up 8081`.",
            file=sys.stderr,
        )
        return 1
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
            if component == "api-server":
                wait_until_it_listens(processes[0], environ)
        print(f"Airflow on http://127.0.0.1:{environ['AIRFLOW__API__PORT']} (logs in {logs}); Ctrl-C ends it.", flush=True)
        print("DAGs that are new here are paused until they are unpaused, in the UI or by `journey airflow dags unpause`.", flush=True)
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


def is_taken(host: str, port: int) -> bool:
    """Whether somebody listens there already, whom tasks would take for the API server."""
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        return error.errno == errno.EADDRINUSE
    return False


def wait_until_it_listens(api: subprocess.Popen[bytes], environ: Mapping[str, str]) -> None:
    """A task that is started before then fails within seconds, without a word in its log; after a restart some are due at once."""
    asked = urlsplit(environ["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"])
    place = (asked.hostname or "127.0.0.1", asked.port or (443 if asked.scheme == "https" else 80))
    deadline = time.monotonic() + WAITS_FOR_THE_API
    while api.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(place, timeout=1).close()
            return
        except OSError:
            time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main())
