"""Values into messages: setters compiled once a query, so that a row costs one assignment a field."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sandbox.emulators.google_ads.catalog import Catalog
from sandbox.emulators.google_ads.joins import Values
from sandbox.emulators.google_ads.plan import Plan

_Setter = tuple[str, str, Callable[[Any], Any], bool]


class Writer:
    """Fills ``GoogleAdsRow`` messages of one query; ``missing`` names a field to leave out (a fault)."""

    def __init__(self, plan: Plan, catalog: Catalog, missing: str | None = None) -> None:
        names = [field.name for field in plan.selected if not field.name.endswith("resource_name")]
        resources = {plan.resource, *(field.group for field in plan.selected)} - {"metrics", "segments"}
        names += [f"{resource}.resource_name" for resource in sorted(resources)]
        if any(name.startswith("ad_group_ad.ad.") for name in names):
            names.append("ad_group_ad.ad.resource_name")
        groups: dict[tuple[str, ...], list[_Setter]] = {}
        for name in names:
            if name != missing:
                field = catalog.field(name)
                groups.setdefault(field.parents, []).append((name, field.leaf, field.converter(), field.repeated))
        self._groups = list(groups.items())
        self.paths = [field.name for field in plan.selected]

    def fill(self, results: Any, rows: Iterable[Values]) -> None:
        """Append one message a row to the repeated field ``results``."""
        groups = self._groups
        add = results.add
        for values in rows:
            row = add()
            for parents, setters in groups:
                message = row
                for parent in parents:
                    message = getattr(message, parent)
                for name, leaf, convert, repeated in setters:
                    value = values.get(name)
                    if value is None:
                        continue
                    if repeated:
                        getattr(message, leaf).extend(convert(value))
                    else:
                        setattr(message, leaf, convert(value))
