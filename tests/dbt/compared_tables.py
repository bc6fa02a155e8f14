"""Tables of a warehouse as rows by name, and how two answers differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from dbt_warehouse import Warehouse


def table(warehouse: Warehouse, name: str) -> list[dict[str, Any]]:
    with warehouse.reading() as connection:
        found = connection.execute(f"select * from {name}")
        columns = [column[0] for column in found.description or []]
        return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def unlike(what: str, ours: dict[Any, Any] | Counter[Any], theirs: dict[Any, Any] | Counter[Any]) -> Iterator[str]:
    """Each key whose values differ, or that one side has not."""
    for key in sorted(ours.keys() | theirs.keys(), key=str):
        if ours.get(key) != theirs.get(key):
            yield f"{what} {key}: {ours.get(key)} by the documents, {theirs.get(key)} by the models"
