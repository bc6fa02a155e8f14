"""Query jobs: the text is run by DuckDB over the served tables, the result kept as a table of its own.

A result is also readable under the name that the job gives as its destination, by tabledata.list and by the
Storage Read API, as BigQuery's anonymous result tables are.
"""

from __future__ import annotations

import re
import threading
import uuid
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from sandbox.emulators.ga4.errors import ApiError
from sandbox.emulators.ga4.rows import conformed, fitted
from sandbox.emulators.ga4.schema import Field, arrow_type, described, is_list
from sandbox.emulators.ga4.sql import MACROS, translated
from sandbox.emulators.ga4.tables import Tables

_KEPT = 100


@dataclass(frozen=True)
class Result:
    """What a finished query left."""

    project: str
    job_id: str
    sql: str
    table: pa.Table
    scanned: int

    @property
    def destination(self) -> dict[str, str]:
        return {"projectId": self.project, "datasetId": "_anonymous", "tableId": f"anon{self.job_id.replace('-', '_')}"}


class Queries:
    """Runs queries and keeps the last results, by job id and by destination."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._lock = threading.Lock()
        self._results: OrderedDict[str, Result] = OrderedDict()

    def run(self, project: str, sql: str, *, dataset: str | None, parameters: dict[str, Any] | list[Any], job_id: str | None) -> Result:
        """The result of one SELECT; ApiError with BigQuery's reasons for anything else."""
        name = job_id or f"job_{uuid.uuid4().hex}"
        views: dict[str, pa.Table] = {}
        suffixed = bool(re.search(r"\b_TABLE_SUFFIX\b", sql, re.IGNORECASE))

        def view(parts: list[str], quoted: bool) -> str | None:
            full = [*([project, dataset] if dataset else [project])[: 3 - len(parts)], *parts]
            if len(full) != 3 or (not (len(parts) > 1 and quoted) and not self._exists(*full)):
                return None
            label = "/".join(full)
            views[label] = self._source(*full, suffixed=suffixed)
            return label

        text = translated(sql, view)
        if not re.match(r"\s*\(*\s*(SELECT|WITH)\b", text, re.IGNORECASE):
            raise ApiError(400, "invalidQuery", "Only queries are served: the statement must be a SELECT.")
        result = Result(project, name, sql, _executed(text, views, parameters), sum(table.nbytes for table in views.values()))
        with self._lock:
            if name in self._results:
                raise ApiError(409, "duplicate", f"Already Exists: Job {project}:US.{name}")
            self._results[name] = result
            while len(self._results) > _KEPT:
                self._results.popitem(last=False)
        return result

    def result(self, project: str, job_id: str) -> Result:
        with self._lock:
            found = self._results.get(job_id)
        if found is None or found.project != project:
            raise ApiError(404, "notFound", f"Not found: Job {project}:US.{job_id}")
        return found

    def destination(self, project: str, table: str) -> pa.Table | None:
        """The rows of an anonymous result table."""
        with self._lock:
            found = [result for result in self._results.values() if result.destination["tableId"] == table and result.project == project]
        return found[0].table if found else None

    def _exists(self, project: str, dataset: str, table: str) -> bool:
        return dataset in self._tables.datasets(project) and (table.endswith("*") or self._tables.get(project, dataset, table) is not None)

    def _source(self, project: str, dataset: str, table: str, *, suffixed: bool) -> pa.Table:
        if dataset not in self._tables.datasets(project):
            raise ApiError(404, "notFound", f"Not found: Dataset {project}:{dataset} was not found in location US")
        if not table.endswith("*"):
            found = self._tables.get(project, dataset, table)
            if found is None:
                raise ApiError(404, "notFound", f"Not found: Table {project}:{dataset}.{table} was not found in location US")
            return found[1]
        prefix = table[:-1]
        shown = sorted(
            (item for item in self._tables.names(project, dataset) if item.table.startswith(prefix)), key=lambda item: item.created
        )
        parts = [(item.table, found[1]) for item in shown if (found := self._tables.get(project, dataset, item.table))]
        if not parts:
            raise ApiError(404, "notFound", f"{project}:{dataset}.{table} does not match any table.")
        # A wildcard table has the schema of the newest table that matches.
        schema = parts[-1][1].schema
        tables = [_suffixed(_reshaped(part, schema), name[len(prefix) :] if suffixed else None) for name, part in parts]
        return pa.concat_tables(tables)


def _suffixed(table: pa.Table, suffix: str | None) -> pa.Table:
    return table if suffix is None else table.append_column("_TABLE_SUFFIX", pa.repeat(pa.scalar(suffix), len(table)))


def _reshaped(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The table in another table's schema, by name; what it lacks is null."""
    return pa.Table.from_arrays([_like(table, field) for field in schema], schema=schema)


def _like(table: pa.Table, field: pa.Field) -> pa.Array:
    if field.name not in table.column_names:
        return fitted(pa.nulls(len(table), field.type))
    return _shaped(table.column(field.name).combine_chunks(), field.type)


def _shaped(array: pa.Array, kind: pa.DataType) -> pa.Array:
    if array.type.equals(kind):
        return array
    if is_list(kind) and is_list(array.type):
        array = pa.concat_arrays([array])
        return pa.ListArray.from_arrays(array.offsets, _shaped(array.values, kind.value_type), type=kind)
    if pa.types.is_struct(kind) and pa.types.is_struct(array.type):
        at = {field.name: i for i, field in enumerate(array.type)}
        children = [_shaped(array.field(at[f.name]), f.type) if f.name in at else fitted(pa.nulls(len(array), f.type)) for f in kind]
        return pa.StructArray.from_arrays(children, fields=list(kind), mask=array.is_null())
    return array.cast(kind)


def _executed(sql: str, views: dict[str, pa.Table], parameters: dict[str, Any] | list[Any]) -> pa.Table:
    with duckdb.connect(config={"threads": 2}) as database:
        database.execute("SET TimeZone = 'UTC'; SET python_enable_replacements = false")
        for macro in MACROS:
            database.execute(macro)
        for label, table in views.items():
            database.register(label, table)
        database.execute("SET enable_external_access = false")
        try:
            relation = database.sql(sql, params=parameters or None)
            if relation is None:
                raise ApiError(400, "invalidQuery", "The statement is not a query.")
            names, types = relation.columns, [str(kind) for kind in relation.types]
            table = relation.to_arrow_table()
        except duckdb.Error as error:
            raise ApiError(400, "invalidQuery", str(error).split("\n")[0]) from None
    integers = [i for i, kind in enumerate(types) if kind in ("HUGEINT", "UHUGEINT")]
    for i in integers:  # SUM of INT64 is INT64
        table = table.set_column(i, names[i], table.column(i).cast(pa.int64()))
    if "_TABLE_SUFFIX" in table.column_names:  # a pseudo column: not part of *
        table = table.drop_columns(["_TABLE_SUFFIX"])
    return conformed(table)


def parameters_of(resource: dict[str, Any]) -> dict[str, Any] | list[Any]:
    """Scalar query parameters as DuckDB takes them."""
    given = resource.get("queryParameters") or []
    values = [(item.get("name"), _scalar(item)) for item in given]
    return {name: value for name, value in values if name} or [value for _, value in values]


def _scalar(item: dict[str, Any]) -> Any:
    kind, value = item["parameterType"]["type"], item["parameterValue"].get("value")
    if kind == "ARRAY":
        inner = item["parameterType"]["arrayType"]
        return [_scalar({"parameterType": inner, "parameterValue": entry}) for entry in item["parameterValue"].get("arrayValues", [])]
    legacy = {"INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN"}.get(kind, kind)
    if value is None or legacy not in ("INTEGER", "FLOAT", "BOOLEAN", "DATE", "TIMESTAMP", "NUMERIC"):
        return value
    return pa.array([value], pa.string()).cast(arrow_type(Field("", legacy)))[0].as_py()


__all__ = ["Queries", "Result", "described", "parameters_of"]
