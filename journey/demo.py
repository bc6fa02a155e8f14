"""``make run``: simulate the world, serve it on loopback, run the DAGs over its days, show what came out.

The pipeline sees only Connections; that they lead to loopback is all it has of the sandbox.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from extractors.registry import MODULES
from journey.processes import child, end_on_signals, wait
from journey.settings import Places, plain_errors


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m journey.demo", description=__doc__)
    parser.add_argument("--from", dest="first", type=date.fromisoformat, default=date(2026, 1, 1))
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--source", nargs="+", default=[], choices=tuple(MODULES), help="only these sources get a Connection")
    arguments = parser.parse_args(argv)
    end_on_signals()
    with plain_errors():
        places = Places.from_environment()
        (places.home / "sandbox").mkdir(parents=True, exist_ok=True)
        return simulate_and_run(places, arguments)


def simulate_and_run(places: Places, arguments: argparse.Namespace) -> int:
    """Exit code of ``journey run`` over the world, which is made first where it is not there yet."""
    world = places.home / "sandbox" / f"world-{arguments.seed}-{arguments.first}-{arguments.days}-{arguments.scale:g}"
    started = time.monotonic()
    if not (world / "truth").exists():
        simulate(world, arguments)
    print(f"{time.monotonic() - started:6.1f} s  simulated world in {world}", flush=True)
    last = arguments.first + timedelta(days=arguments.days - 1)
    with served(world, arguments.source) as connections:
        environ = dict(os.environ) | {f"AIRFLOW_CONN_{name.upper()}": json.dumps(held) for name, held in connections.items()}
        environ.setdefault("JOURNEY_MAP_IDENTIFIER", story(world))
        print(f"{time.monotonic() - started:6.1f} s  serving {', '.join(sorted(connections))} on loopback", flush=True)
        command = [sys.executable, "-m", "journey.cli", "run", "--from", arguments.first.isoformat(), "--to", last.isoformat()]
        with child(command, env=environ) as process:
            return wait(process)


def story(world: Path) -> str:
    """User id of the scripted customer, whose path the journey map draws."""
    from journey.duck import connect, quoted

    truth = quoted(world / "truth")
    query = (
        f"select identifier from read_parquet('{truth}/identifiers.parquet') "
        f"inner join read_parquet('{truth}/people.parquet') using (person_id) where is_story and identifier_type = 'user_id'"
    )
    with connect() as session:
        row = session.execute(query).fetchone()
    return str(row[0]) if row else ""


def simulate(world: Path, arguments: argparse.Namespace) -> None:
    """Write the world aside and put it in place whole."""
    aside = world.with_name(f"{world.name}.writing")
    command = [sys.executable, "-m", "sandbox", "world", "--out", str(aside), "--seed", str(arguments.seed)]
    command += ["--from", arguments.first.isoformat(), "--days", str(arguments.days), "--scale", str(arguments.scale)]
    if code := subprocess.run(command, check=False).returncode:
        sys.exit(code)  # it has said why
    os.replace(aside, world)


@contextmanager
def served(world: Path, sources: Sequence[str] = ()) -> Iterator[dict[str, dict[str, object]]]:
    """Serve a world from a process of its own; gives the Connections that reach it."""
    file = world.parent / f"connections-{os.getpid()}.json"
    file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "sandbox", "serve", "--world", str(world), "--connections", str(file)]
    for source in sources:
        command += ["--source", source]
    try:
        with child(command, output=subprocess.DEVNULL) as server:
            deadline = time.monotonic() + 60
            while not file.exists():
                if server.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("the sandbox did not start; try `python -m sandbox serve` to see why")
                time.sleep(0.05)
            yield json.loads(file.read_text())
    finally:
        file.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
