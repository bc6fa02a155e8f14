"""Attributes of an entity and of the entities above it, as far as a query names them."""

from __future__ import annotations

from typing import Any

from sandbox.emulators.google_ads.plan import Plan
from sandbox.emulators.google_ads.store import Customer, Key
from sandbox.emulators.recorded import Row

Values = dict[str, Any]
"""Field name -> value in JSON form, for every field that the query names."""
_LEVELS = ("campaign", "ad_group", "ad_group_ad")


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
        self._entities = [customer.entities(resource) for resource in _LEVELS]

    def __call__(self, key: Key, own: Row | None = None) -> Values:
        rows: Row = {"customer": self._customer.customer, **(own or {})}
        for depth, resource in enumerate(_LEVELS, start=1):
            if len(key) >= depth:
                ids: Row = {"ad": {"id": key[2]}} if depth == 3 else {"id": key[depth - 1]}
                rows[resource] = {**ids, **self._entities[depth - 1].get(key[:depth], {}).get(resource, {})}
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


def resource_name(resource: str, customer_id: str, rows: Row) -> str:
    """``customers/1/adGroupAds/2~3`` and so on (the resource name column of each resource's reference page)."""
    own = f"customers/{customer_id}"
    if resource == "campaign":
        return f"{own}/campaigns/{rows['campaign']['id']}"
    if resource == "ad_group":
        return f"{own}/adGroups/{rows['ad_group']['id']}"
    if resource == "ad_group_ad":
        return f"{own}/adGroupAds/{rows['ad_group']['id']}~{rows['ad_group_ad']['ad']['id']}"
    if resource == "customer_client":
        return f"{own}/customerClients/{rows['customer_client']['id']}"
    if resource == "click_view":
        return f"{own}/clickViews/{rows['segments']['date']}~{rows['click_view']['gclid']}"
    return own
