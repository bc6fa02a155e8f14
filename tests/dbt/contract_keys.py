"""Laws of the served tables that hold after every single build: keys are unique and credit is whole."""

from __future__ import annotations

import duckdb
import yaml
from dbt_warehouse import PROJECT, Warehouse

from journey.attribution import MODELS


def contract_keys() -> dict[str, list[list[str]]]:
    """The keys that the project's contracts give each served table, as ``schema.name`` -> lists of columns."""
    keys: dict[str, list[list[str]]] = {}
    for schema in ("marts", "audit"):
        for file in sorted((PROJECT / "models" / schema).rglob("*.yml")):
            for model in yaml.safe_load(file.read_text()).get("models", []):
                found = [
                    test["unique_together"]["arguments"]["columns"] for test in model.get("data_tests", []) if "unique_together" in test
                ]
                found += [[column["name"]] for column in model["columns"] if "unique" in column.get("data_tests", [])]
                keys[f"{schema}.{model['name']}"] = found
    return keys


KEYS = contract_keys()


def broken_laws(warehouse: Warehouse) -> list[str]:
    """What does not hold in a warehouse, in words; nothing where all is well."""
    with warehouse.reading() as connection:
        repeated = [
            f"{table}: {count} values of {', '.join(columns)} are there more than once"
            for table, keys in KEYS.items()
            for columns in keys
            if (count := _repeated(connection, table, columns))
        ]
        broken = connection.execute(
            "select conversion_id || ' ' || model || ': credit ' || coalesce(sum(credit)::varchar, 'none')"
            " from marts.fct_conversions cross join (select unnest(?) as model)"
            " left join marts.fct_attribution using (conversion_id, model)"
            " group by conversion_id, model having sum(credit) is distinct from 1 order by 1",
            [sorted(MODELS)],
        ).fetchall()
    return repeated + [row[0] for row in broken]


def _repeated(connection: duckdb.DuckDBPyConnection, table: str, columns: list[str]) -> int:
    listed = ", ".join(columns)
    query = f"select count(*) from (select 1 from {table} group by {listed} having count(*) > 1)"
    (count,) = connection.execute(query).fetchall()[0]
    return int(count)
