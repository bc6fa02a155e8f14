"""Running a night, and what it left behind for each source."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from journeys import Home, Told
from leaks import secrets
from nights import Night

from sandbox.emulators.faults import FaultPlan
from sandbox.serving import serve_all


@dataclass(frozen=True)
class Ended:
    """One run of a night: what was said, what was in place before and after, what stays unresolved, Airflow's log."""

    home: Home
    told: Told
    landed_before: dict[str, str]
    landed_after: dict[str, str]
    served_before: str | None
    served_after: str | None
    status_code: int
    unresolved: list[str]
    log: str
    secrets: frozenset[str]
    """The credentials of the run, good and bad."""

    def messages(self, source: str) -> list[str]:
        """The lines of the summary that speak of a failure of the source."""
        return [line for line in self.told.text.splitlines() if speaks_of(line, source)]


def speaks_of(line: str, source: str) -> bool:
    return line.startswith(("failed: ", "quarantined: ")) and f"source {source}, " in line


def run_night(night: Night, chosen: Sequence[str], world: Path, base: Home, folder: Path) -> dict[str, Ended]:
    """Run it with the chosen sources; source -> how it ended. The base stays as it is."""
    recorded = None
    if night.recorded:
        recorded = folder / "recorded"
        night.recorded(world, recorded)
    groups = [(source,) for source in chosen] if night.apart else [tuple(chosen)]
    with serve_all(world, faults=FaultPlan(night.faults()), recorded=recorded) as served:
        connections = night.connections(served)
        hidden = secrets(served) | secrets(connections)

        def one(sources: Sequence[str]) -> dict[str, Ended]:
            home = base.copy(folder / "-".join(sources))
            landed, published = home.landed(), home.served()
            told = home.run(connections, sources=sources)
            code, status = home.status()
            log = home.airflow_log()
            ended = Ended(home, told, landed, home.landed(), published, home.served(), code, status["unresolved"], log, hidden)
            return dict.fromkeys(sources, ended)

        with ThreadPoolExecutor(len(groups)) as pool:
            return {source: ended for found in pool.map(one, groups) for source, ended in found.items()}
