"""Start the emulators over a folder of rows, all or some, and hand out their connections."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Protocol

from sandbox.emulators.faults import FaultPlan
from sandbox.emulators.recorded import Clock

SOURCES = ("google_ads", "facebook_ads", "klaviyo", "mailchimp", "ga4", "matomo", "exchange_rates", "first_party")


class Server(Protocol):
    """What an emulator's ``serve`` returns."""

    connection_id: str
    connection: dict[str, Any]

    def stop(self) -> None: ...


def start(source: str, folder: Path, *, clock: Clock, faults: FaultPlan) -> Server:
    """One running emulator over ``folder`` (the folder that holds ``<source>/``)."""
    module = importlib.import_module(f"sandbox.emulators.{source}")
    server: Server = module.serve(folder, clock=clock, faults=faults)
    return server


def present(folder: Path) -> datetime | None:
    """Noon of the day after a simulated world's last one: its platforms' present. None for a folder of recorded rows."""
    described = folder / "world.json"
    if not described.exists():
        return None
    world = json.loads(described.read_text())
    return datetime.combine(date.fromisoformat(world["from"]) + timedelta(days=world["days"]), time(12), UTC)


@contextmanager
def serve_all(
    folder: Path,
    *,
    sources: Iterable[str] = SOURCES,
    clock: Clock | None = None,
    faults: FaultPlan | None = None,
    recorded: Path | None = None,
) -> Iterator[dict[str, dict[str, Any]]]:
    """The emulators of ``sources``, as ``{connection id: connection}``. A source with a folder of its own under ``recorded``
    is served from there, the others from ``folder``. All are stopped on the way out, also when one fails to start."""
    clock = clock or Clock(today=present(folder))
    with ExitStack() as running:
        connections = {}
        for source in sources:
            if source not in SOURCES:
                raise ValueError(f"unknown source {source!r}; one of {', '.join(SOURCES)}")
            home = recorded if recorded and (recorded / source).is_dir() else folder
            server = start(source, home, clock=clock, faults=faults or FaultPlan())
            running.callback(server.stop)
            connections[server.connection_id] = server.connection
        yield connections
