"""Report runs: the asynchronous form of insights.

POST gives ``{"report_run_id"}``; the run then goes through its states, one with each look, also through the real
platform's "100 percent, but still running"; its result is fixed at creation and paged by cursors
(https://developers.facebook.com/docs/marketing-api/insights/best-practices/#asynchronous).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

from sandbox.emulators.facebook_ads.errors import GraphError, report_not_ready
from sandbox.emulators.facebook_ads.query import Query
from sandbox.emulators.recorded import Row

STATES = (("Job Not Started", 0), ("Job Started", 0), ("Job Running", 100), ("Job Completed", 100))


@dataclass
class Run:
    """One run. ``end`` is completed, failed, skipped or stuck; ``error`` is what a failed run tells."""

    id: str
    account_id: str
    query: Query
    rows: list[Row]
    started: int
    end: str = "completed"
    error: GraphError | None = None
    looks: int = field(default=0)

    def look(self) -> Row:
        """The node as GET answers it; each look moves the run on."""
        self.looks += 1
        status, percent = STATES[min(self.looks, len(STATES) - 1)]
        if self.end == "stuck":
            status, percent = STATES[min(self.looks, 2)][0], min(10 * (self.looks - 1), 10)
        elif self.end != "completed" and self.looks > 1:
            status, percent = ("Job Failed", 0) if self.end == "failed" else ("Job Skipped", 0)
        node: Row = {
            "id": self.id,
            "account_id": self.account_id,
            "time_ref": self.started,
            "async_status": status,
            "async_percent_completion": percent,
            "date_start": self.query.first.isoformat(),
            "date_stop": self.query.last.isoformat(),
        }
        if status == "Job Completed":
            node["time_completed"] = self.started + self.looks
        if status == "Job Failed" and self.error:
            node |= {"error_code": self.error.code, "error_message": self.error.message}
            node |= {"error_subcode": self.error.subcode} if self.error.subcode is not None else {}
            node |= {"error_user_title": self.error.title, "error_user_msg": self.error.advice} if self.error.title else {}
        return node

    def result(self) -> list[Row]:
        """The rows; GraphError 2601 while the run is not complete."""
        if self.end != "completed" or self.looks < len(STATES) - 1:
            raise report_not_ready()
        return self.rows


class Runs:
    """All runs of one server."""

    def __init__(self) -> None:
        self._runs: dict[str, Run] = {}
        self._ids = count(6_000_000_000_001)

    def start(self, account_id: str, query: Query, rows: list[Row], now: int, *, end: str, error: GraphError | None) -> Run:
        run = Run(str(next(self._ids)), account_id, query, rows, now, end, error)
        self._runs[run.id] = run
        return run

    def find(self, id: str) -> Run | None:
        return self._runs.get(id)
