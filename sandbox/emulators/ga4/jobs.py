"""The query part of the REST API: jobs.insert, jobs.get, jobs.query, jobs.getQueryResults; and a token endpoint.

https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs. Every job is a query and is DONE when it is answered.
"""

from __future__ import annotations

from typing import Any

import orjson
from anyio.from_thread import run as await_
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.emulators.ga4.errors import ApiError
from sandbox.emulators.ga4.query import Queries, Result, parameters_of
from sandbox.emulators.ga4.rest import LOCATION, Rest, json_response, rows_response
from sandbox.emulators.ga4.schema import rest_schema
from sandbox.emulators.recorded import Clock


class Jobs:
    """The handlers of the query part."""

    def __init__(self, rest: Rest, queries: Queries, clock: Clock) -> None:
        self._rest = rest
        self._queries = queries
        self._clock = clock

    def routes(self) -> list[Route]:
        base = "/bigquery/v2/projects/{project}"
        return [
            Route(f"{base}/jobs", self.insert, methods=["POST"]),
            Route(f"{base}/jobs/{{job}}", self.get),
            Route(f"{base}/queries", self.query, methods=["POST"]),
            Route(f"{base}/queries/{{job}}", self.get_query_results),
            Route("/token", self.token, methods=["POST"]),
        ]

    def insert(self, request: Request) -> Response:
        self._rest.faults.rest("jobs.insert", None)
        body = _body(request)
        query = body.get("configuration", {}).get("query")
        if query is None:
            raise ApiError(400, "invalid", "Only query jobs are served.")
        result = self._run(request, query, body.get("jobReference", {}).get("jobId"))
        return json_response(self._job(result, dry_run=bool(body["configuration"].get("dryRun"))))

    def get(self, request: Request) -> Response:
        self._rest.faults.rest("jobs.get", None)
        return json_response(self._job(self._queries.result(request.path_params["project"], request.path_params["job"])))

    def query(self, request: Request) -> Response:
        self._rest.faults.rest("jobs.query", None)
        body = _body(request)
        result = self._run(request, body, None)
        options = body.get("formatOptions") or {}
        asked = {"maxResults": body.get("maxResults"), "formatOptions.useInt64Timestamp": str(options.get("useInt64Timestamp", False))}
        return self._page(result, _Asked({key: str(value) for key, value in asked.items() if value is not None}), "bigquery#queryResponse")

    def get_query_results(self, request: Request) -> Response:
        self._rest.faults.rest("jobs.getQueryResults", None)
        result = self._queries.result(request.path_params["project"], request.path_params["job"])
        return self._page(result, request, "bigquery#getQueryResultsResponse")

    def token(self, request: Request) -> Response:
        """OAuth tokens for service accounts; any signed assertion will do (https://datatracker.ietf.org/doc/html/rfc7523)."""
        self._rest.faults.rest("token", None)
        if b"assertion=" not in await_(request.body):
            return json_response({"error": "invalid_grant", "error_description": "The assertion is missing."}, 400)
        return json_response({"access_token": "sandbox-token", "expires_in": 3599, "token_type": "Bearer"})

    def _run(self, request: Request, query: dict[str, Any], job_id: str | None) -> Result:
        if query.get("useLegacySql") is True:
            raise ApiError(400, "invalid", "Legacy SQL is not served.")
        return self._queries.run(
            request.path_params["project"],
            query.get("query", ""),
            dataset=(query.get("defaultDataset") or {}).get("datasetId"),
            parameters=parameters_of(query),
            job_id=job_id,
        )

    def _page(self, result: Result, request: Any, kind: str) -> Response:
        more = {
            "jobComplete": True,
            "jobReference": _reference(result),
            "schema": rest_schema(result.table.schema),
            "totalBytesProcessed": str(result.scanned),
            "cacheHit": False,
        }
        return rows_response(result.table, request, kind, more)

    def _job(self, result: Result, *, dry_run: bool = False) -> dict[str, Any]:
        moment = str(int(self._clock.now().timestamp() * 1000))
        statistics: dict[str, Any] = {"creationTime": moment, "startTime": moment, "totalBytesProcessed": str(result.scanned)}
        query = {"totalBytesProcessed": str(result.scanned), "cacheHit": False, "statementType": "SELECT"}
        return {
            "kind": "bigquery#job",
            "id": f"{result.project}:{LOCATION}.{result.job_id}",
            "jobReference": _reference(result),
            "configuration": {
                "jobType": "QUERY",
                "dryRun": dry_run,
                "query": {"query": result.sql, "destinationTable": result.destination, "useLegacySql": False},
            },
            "status": {"state": "DONE"},
            "statistics": {**statistics, "endTime": moment, "query": {**query, "schema": rest_schema(result.table.schema)}},
        }


class _Asked:
    """Paging options that came in a body instead of the address."""

    def __init__(self, query_params: dict[str, str]) -> None:
        self.query_params = query_params


def _reference(result: Result) -> dict[str, str]:
    return {"projectId": result.project, "jobId": result.job_id, "location": LOCATION}


def _body(request: Request) -> dict[str, Any]:
    try:
        body = orjson.loads(await_(request.body))
    except orjson.JSONDecodeError:
        raise ApiError(400, "parseError", "The body is not JSON.") from None
    if not isinstance(body, dict):
        raise ApiError(400, "parseError", "The body is not a JSON object.")
    return body
