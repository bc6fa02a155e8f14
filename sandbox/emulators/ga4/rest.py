"""BigQuery's REST API v2 over the tables: datasets, tables, tabledata, jobs and queries.

https://cloud.google.com/bigquery/docs/reference/rest. Read only. A bearer token is accepted and not looked at.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

import orjson
import pyarrow as pa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.emulators.breakage import Breakable, CutShort, Gone
from sandbox.emulators.ga4.cells import rows_json
from sandbox.emulators.ga4.errors import ApiError, CutOff, Faults, Reset
from sandbox.emulators.ga4.query import Queries
from sandbox.emulators.ga4.schema import rest_schema
from sandbox.emulators.ga4.select import UnknownField, select
from sandbox.emulators.ga4.tables import Shown, Tables

LOCATION = "US"
_PAGE_BYTES = 10 * 1024 * 1024
_PAGE_ROWS = 100_000
_BASE = "/bigquery/v2/projects/{project}"


def json_response(body: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")


class Rest:
    """The handlers, each named after the API's method."""

    def __init__(self, tables: Tables, queries: Queries, faults: Faults) -> None:
        self.tables = tables
        self.queries = queries
        self.faults = faults

    def app(self, extra: list[Route]) -> Any:
        data = "/datasets/{dataset}/tables/{table}"
        routes = [
            Route(f"{_BASE}/datasets", self.datasets_list),
            Route(f"{_BASE}/datasets/{{dataset}}", self.datasets_get),
            Route(f"{_BASE}/datasets/{{dataset}}/tables", self.tables_list),
            Route(f"{_BASE}{data}", self.tables_get),
            Route(f"{_BASE}{data}/data", self.tabledata_list),
            *extra,
        ]
        handlers: dict[Any, Callable[..., Any]] = {ApiError: _refused, Reset: _reset, CutOff: _cut_off, 404: _no_route, 405: _no_route}
        return Breakable(Starlette(routes=routes, exception_handlers=handlers))

    def datasets_list(self, request: Request) -> Response:
        project = request.path_params["project"]
        self.faults.rest("datasets.list", None)
        if project not in self.tables.projects():
            raise ApiError(404, "notFound", f"Not found: Project {project}")
        names, token = _page(self.tables.datasets(project), request, default=50)
        found = [{"kind": "bigquery#dataset", **_dataset(project, name)} for name in names]
        odd = self._odd("nextPageToken", "datasets.list", None)
        return json_response(_tagged({"kind": "bigquery#datasetList", "datasets": found, **odd, **token}))

    def datasets_get(self, request: Request) -> Response:
        project, dataset = request.path_params["project"], request.path_params["dataset"]
        self.faults.rest("datasets.get", _account(dataset))
        self._known(project, dataset)
        return json_response(_tagged({"kind": "bigquery#dataset", **_dataset(project, dataset)}))

    def tables_list(self, request: Request) -> Response:
        project, dataset = request.path_params["project"], request.path_params["dataset"]
        self.faults.rest("tables.list", _account(dataset))
        self._known(project, dataset)
        shown = self.tables.names(project, dataset)
        names, token = _page(shown, request, default=50)
        found = [{"kind": "bigquery#table", **_table(project, dataset, name)} for name in names]
        odd = self._odd("nextPageToken", "tables.list", _account(dataset))
        return json_response(_tagged({"kind": "bigquery#tableList", "tables": found, "totalItems": len(shown), **odd, **token}))

    def tables_get(self, request: Request) -> Response:
        project, dataset, name = (request.path_params[key] for key in ("project", "dataset", "table"))
        shown, table = self._table("tables.get", project, dataset, name)
        return json_response(
            _tagged(
                {
                    "kind": "bigquery#table",
                    **_table(project, dataset, shown),
                    "schema": rest_schema(table.schema),
                    "numRows": str(shown.rows),
                    "numBytes": str(table.nbytes),
                    "numLongTermBytes": "0",
                    "lastModifiedTime": _millis(shown.modified),
                    "location": LOCATION,
                }
            )
        )

    def tabledata_list(self, request: Request) -> Response:
        project, dataset, name = (request.path_params[key] for key in ("project", "dataset", "table"))
        result = self.queries.destination(project, name) if dataset == "_anonymous" else None
        table = self._table("tabledata.list", project, dataset, name)[1] if result is None else result
        return rows_response(table, request, "bigquery#tableDataList", self._odd("pageToken", "tabledata.list", _account(dataset)))

    def _odd(self, name: str, operation: str, account: str | None) -> dict[str, Any]:
        """A token that a last page should not have."""
        kind = self.faults.token(operation, account)
        return {name: _closed(0) if kind == "repeated_token" else ""} if kind else {}

    def _known(self, project: str, dataset: str) -> None:
        if dataset not in self.tables.datasets(project):
            raise ApiError(404, "notFound", f"Not found: Dataset {project}:{dataset}")

    def _table(self, operation: str, project: str, dataset: str, name: str) -> tuple[Shown, pa.Table]:
        self.faults.rest(operation, _account(dataset))
        self._known(project, dataset)
        found = self.tables.get(project, dataset, name)
        if found is None:
            raise ApiError(404, "notFound", f"Not found: Table {project}:{dataset}.{name}")
        return found[0], self.faults.without(operation, _account(dataset), found[1])


def rows_response(table: pa.Table, request: Request, kind: str, more: dict[str, Any] | None = None) -> Response:
    """One page of rows: ``maxResults`` rows at most, and no more than about 10 MB, from ``pageToken`` or ``startIndex``."""
    query = request.query_params
    try:
        table = select(table, query.get("selectedFields", "").split(","))
    except UnknownField as error:
        raise ApiError(400, "invalid", f"Invalid field name: {error.name}. It is not in the table's schema.") from None
    start = _opened(query["pageToken"]) if query.get("pageToken") else _number(query, "startIndex", 0)
    fitting = max(1, _PAGE_BYTES * max(len(table), 1) // (2 * max(table.nbytes, 1)))  # JSON takes about twice Arrow's room
    page = table.slice(start, min(_number(query, "maxResults", _PAGE_ROWS), fitting, _PAGE_ROWS))
    answer: dict[str, Any] = {"kind": kind, "totalRows": str(len(table)), **(more or {})}
    after = start + len(page)
    if after < len(table):
        answer["pageToken"] = _closed(after)
    if len(page):
        int64 = query.get("formatOptions.useInt64Timestamp", "false").lower() == "true"
        answer["rows"] = orjson.Fragment(rows_json(page, int64_timestamps=int64))
    return json_response(_tagged(answer))


def _page(items: list[Any], request: Request, *, default: int) -> tuple[list[Any], dict[str, str]]:
    start = _opened(request.query_params["pageToken"]) if request.query_params.get("pageToken") else 0
    end = start + max(1, min(_number(request.query_params, "maxResults", default), 1000))
    return items[start:end], {"nextPageToken": _closed(end)} if end < len(items) else {}


def _number(query: Any, name: str, default: int) -> int:
    try:
        return max(0, int(query.get(name, default)))
    except ValueError:
        raise ApiError(400, "invalid", f"Invalid value for {name}.") from None


def _closed(position: int) -> str:
    return base64.urlsafe_b64encode(f"at:{position}".encode()).decode()


def _opened(token: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(token).decode().removeprefix("at:"))
    except ValueError:
        raise ApiError(400, "invalid", "Invalid value for pageToken.") from None


def _account(dataset: str) -> str:
    return dataset.removeprefix("analytics_")


def _tagged(body: dict[str, Any]) -> dict[str, Any]:
    plain = orjson.dumps({key: value for key, value in body.items() if key != "rows"})
    return {**body, "etag": base64.b64encode(hashlib.sha256(plain).digest()[:16]).decode()}


def _millis(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))


def _dataset(project: str, dataset: str) -> dict[str, Any]:
    reference = {"datasetId": dataset, "projectId": project}
    return {"id": f"{project}:{dataset}", "datasetReference": reference, "location": LOCATION}


def _table(project: str, dataset: str, shown: Shown) -> dict[str, Any]:
    reference = {"projectId": project, "datasetId": dataset, "tableId": shown.table}
    named = {"id": f"{project}:{dataset}.{shown.table}", "tableReference": reference}
    return {**named, "type": "TABLE", "creationTime": _millis(shown.created)}


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return json_response(error.body(), error.code)


def _no_route(request: Request, error: Exception) -> Response:
    return json_response(ApiError(404, "notFound", "Not found: this emulator serves no such method.").body(), 404)


def _cut_off(request: Request, error: Exception) -> Any:
    return CutShort(b'{"kind": "bigquery#tableDataList", "totalRows": "1000000", "rows": [{"f": [{"v": "1"}]}]}', "application/json")


def _reset(request: Request, error: Exception) -> Any:
    return Gone()
