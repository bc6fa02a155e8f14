"""Attributes of an entity and of the entities above it, as far as a query names them."""

from __future__ import annotations

from typing import Any

from sandbox.emulators.google_ads.plan import Plan
from sandbox.emulators.google_ads.resources import HOMES, RESOURCES, identified, resource_name
from sandbox.emulators.google_ads.store import Customer, Key
from sandbox.emulators.recorded import Row

Values = dict[str, Any]
"""Field name -> value in JSON form, for every field that the query names."""


class Join:
    """``join(key)``: the attributes for one entity; ``own`` holds a row that is no entity (a click, a client)."""

    def __init__(self, plan: Plan, customer: Customer) -> None:
        self._customer = customer
        fields = [*plan.selected, *(field for field, _ in plan.ordered), *(field for field, _ in plan.tests)]
        paths = {field.name: field.name.split(".") for field in fields if field.group not in ("metrics", "segments")}
        self._paths = list(paths.items())
        # The resource name comes unasked, of the resource in FROM and of every resource a field is selected of.
        named = {plan.resource, *(field.group for field in plan.selected)} - {"metrics", "segments"}
        self._named = [] if plan.omit_resource_names else sorted(named)
        self._ad_named = bool(self._named) and any(field.name.startswith("ad_group_ad.ad.") for field in plan.selected)
        self._levels = RESOURCES[plan.resource].levels
        self._entities = [customer.entities(HOMES[level]) for level in self._levels]
        self._resource = plan.resource

    def __call__(self, key: Key, own: Row | None = None) -> Values:
        rows: Row = {"customer": self._customer.customer, **(own or {})}
        for depth, entity in enumerate(self._levels, start=1):
            if len(key) >= depth:
                held = self._entities[depth - 1].get(key[:depth], {}).get(entity, {})
                rows[entity] = {**identified(entity, key[depth - 1]), **held}
        if len(key) == len(self._levels):
            rows.setdefault(self._resource, {})
        values: Values = {}
        for name, path in self._paths:
            value: Any = rows
            for part in path:
                value = value.get(part) if isinstance(value, dict) else None
            values[name] = value
        for resource in self._named:
            if resource in rows:
                values[f"{resource}.resource_name"] = resource_name(resource, self._customer.id, rows)
        if self._ad_named:
            values["ad_group_ad.ad.resource_name"] = f"customers/{self._customer.id}/ads/{key[2]}"
        return values
