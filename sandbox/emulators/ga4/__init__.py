"""BigQuery with a GA4 export in it: the REST API and the Storage Read API over a folder of rows.

``serve(folder, clock=…, faults=…)`` serves ``<folder>/ga4/<project>/analytics_<property>/`` (docs/sandbox.md) to the
official clients. A bearer token is optional; ``POST /token`` hands out one for a service account.

Faults (source ``ga4``; ``account`` is the property id). Operations: ``datasets.list``, ``datasets.get``, ``tables.list``,
``tables.get``, ``tabledata.list``, ``jobs.insert``, ``jobs.get``, ``jobs.query``, ``jobs.getQueryResults``, ``token``,
``storage.CreateReadSession``, ``storage.ReadRows``.

| kind | what happens |
|---|---|
| rate_limit_exceeded | 403 rateLimitExceeded, which clients retry; gRPC RESOURCE_EXHAUSTED |
| backend_error | 503 backendError, which clients retry; gRPC INTERNAL |
| quota_exceeded | 403 quotaExceeded, which clients do not retry; gRPC RESOURCE_EXHAUSTED |
| not_found | 404 notFound; gRPC NOT_FOUND |
| unauthenticated | 401 authError; gRPC UNAUTHENTICATED |
| permission_denied | 403 accessDenied; gRPC PERMISSION_DENIED |
| storage_unavailable | only the Storage Read API: UNAVAILABLE |
| stream_trickle | only ReadRows: one row a message, each after ``options.seconds`` (0.1) |
| stream_broken | only ReadRows: after ``options.batches`` messages (1) the stream ends with ``options.code`` (UNAVAILABLE) |
| missing_field | the column ``options.field`` (event_name) is not in the table |
| invalid, conflict | 400 invalid, 409 duplicate |
| truncated_body | half of the promised body, then the end |
| repeated_token | a page of rows, datasets or tables leads back to the first |
| empty_token | the last page of rows, datasets or tables has an empty token instead of none |
| connection_reset | the connection is reset before an answer; gRPC UNAVAILABLE |
| hang | no answer until the server stops, or for ``options.seconds`` |
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sandbox.emulators.faults import FaultPlan
from sandbox.emulators.ga4.errors import KINDS, Faults
from sandbox.emulators.ga4.jobs import Jobs
from sandbox.emulators.ga4.query import Queries
from sandbox.emulators.ga4.rest import Rest
from sandbox.emulators.ga4.storage import StorageServer
from sandbox.emulators.ga4.tables import Tables
from sandbox.emulators.http import HttpServer
from sandbox.emulators.recorded import Clock


class Ga4Server:
    """A running emulator. ``connection`` is an Airflow Connection in its JSON form, for ``connection_id``."""

    connection_id = "ga4_default"

    def __init__(self, folder: Path, clock: Clock, faults: FaultPlan, port: int) -> None:
        self._faults = Faults(faults)
        tables = Tables(folder, clock)
        queries = Queries(tables)
        rest = Rest(tables, queries, self._faults)
        self._http = HttpServer(rest.app(Jobs(rest, queries, clock).routes()), port)
        self._storage = StorageServer(tables, queries, self._faults, clock)
        self.endpoint = self._http.url
        self.storage_endpoint = self._storage.address
        projects = tables.projects()
        self.project = projects[0] if projects else "sandbox"
        extra = {"project": self.project, "endpoint": self.endpoint, "storage_endpoint": self.storage_endpoint}
        self.connection: dict[str, Any] = {"conn_type": "google_cloud_platform", "extra": extra}

    def stop(self) -> None:
        self._faults.stop()
        self._storage.stop()
        self._http.stop()


def serve(folder: Path, *, clock: Clock, faults: FaultPlan, port: int = 0) -> Ga4Server:
    """Serve the folder until ``stop``; ``port`` is the REST port (0: a free one). ValueError for an unknown fault kind."""
    return Ga4Server(Path(folder), clock, faults, port)


__all__ = ["KINDS", "Ga4Server", "serve"]
