"""Runs a plan on one customer: joins, sums, filters, orders. Yields values, not messages.

Metrics are summed to what FROM and the selected segments group by
(https://developers.google.com/google-ads/api/docs/reporting/segmentation). Rows with a segment and no metric other than
zero are left out (https://developers.google.com/google-ads/api/docs/reporting/zero-metrics); without a segment every
entity has its row, with zeros.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from sandbox.emulators.google_ads.catalog import Field
from sandbox.emulators.google_ads.joins import Join, Values
from sandbox.emulators.google_ads.plan import Plan
from sandbox.emulators.google_ads.resources import RESOURCES
from sandbox.emulators.google_ads.store import Customer, Fact, Key


def run(plan: Plan, customer: Customer) -> list[Values]:
    """All rows that match, in the order asked for, before LIMIT."""
    join = Join(plan, customer)
    if plan.resource == "customer_client":
        rows: Iterable[Values] = (join((), {"customer_client": client}) for client in customer.clients)
    elif plan.resource == "click_view" or plan.segments or plan.metrics:
        rows = _report(plan, customer, join)
    else:
        rows = (join(key) for key in _keys(plan, customer))
    tests = [(field.name, test) for field, test in plan.tests if field.group != "segments"]
    found = [row for row in rows if all(test(row.get(name)) for name, test in tests)]
    for field, descending in reversed(plan.ordered):
        found.sort(key=lambda row: (row.get(field.name) is not None, _order(row.get(field.name), field)), reverse=descending)
    return found


def _order(value: Any, field: Field) -> Any:
    if field.kind in ("int", "float"):
        return float(value or 0)
    if field.enum is not None:
        return field.enum.get(value, 0)
    return value or ""


def _keys(plan: Plan, customer: Customer) -> list[Key]:
    return [()] if plan.resource == "customer" else list(customer.entities(plan.resource))


def _report(plan: Plan, customer: Customer, join: Join) -> Iterator[Values]:
    clicks = plan.resource == "click_view"
    level = 0 if clicks else len(RESOURCES[plan.resource].levels)
    segments = [field.name.partition(".")[2] for field in plan.segments]
    groups: dict[Key, dict[str, float]] = {}
    samples: dict[Key, Fact] = {}
    names = [field.name for field in plan.segments]
    if not plan.segments and not clicks:
        groups = {(key,): {} for key in _keys(plan, customer)}
    for index, fact in enumerate(_facts(plan, customer)):
        if len(fact.key) < level:
            continue
        entity = fact.key if clicks else fact.key[:level]
        key: Key = (entity, *(_segment(fact.segments, name) for name in segments), *((index,) if clicks else ()))
        sums = groups.get(key)
        if sums is None:
            sums = groups[key] = {}
        if key not in samples:
            samples[key] = fact
        for name, value in ({"clicks": 1} if clicks else fact.metrics).items():
            sums[name] = sums.get(name, 0) + value
    attributes: dict[Key, Values] = {}
    wanted = [field.name for field in plan.selected if field.group == "metrics"] if names else []
    metrics = [(field.name, field.leaf) for field in plan.metrics]
    for key, sums in groups.items():
        values = {name: metric(leaf, sums, recorded=key in samples) for name, leaf in metrics}
        if wanted and not any(values[name] for name in wanted):
            continue
        entity = key[0]
        if clicks:
            joined = join(entity, samples[key].own)
        else:
            joined = attributes[entity] if entity in attributes else attributes.setdefault(entity, join(entity))
        yield {**joined, **dict(zip(names, key[1:], strict=False)), **values}


def _facts(plan: Plan, customer: Customer) -> Iterator[Fact]:
    tests = [(field.name.partition(".")[2], test) for field, test in plan.tests if field.group == "segments"]
    for fact in customer.facts(plan.resource):
        if all(test(_segment(fact.segments, name)) for name, test in tests):
            yield fact


def _segment(segments: dict[str, Any], name: str) -> Any:
    if name in segments or "date" not in segments:
        return segments.get(name)
    day = date.fromisoformat(segments["date"])
    if name == "week":
        return (day - timedelta(days=day.weekday())).isoformat()
    if name == "month":
        return day.replace(day=1).isoformat()
    if name == "quarter":
        return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1).isoformat()
    if name == "year":
        return day.year
    return day.strftime("%A").upper() if name == "day_of_week" else None


_RATIOS: dict[str, tuple[str, str, float]] = {
    "ctr": ("clicks", "impressions", 1),
    "average_cpc": ("cost_micros", "clicks", 1),
    "average_cpm": ("cost_micros", "impressions", 1000),
    "average_cost": ("cost_micros", "interactions", 1),
    "interaction_rate": ("interactions", "impressions", 1),
    "cost_per_conversion": ("cost_micros", "conversions", 1),
    "value_per_conversion": ("conversions_value", "conversions", 1),
}


def metric(name: str, sums: dict[str, float], *, recorded: bool) -> float | None:
    """A sum, or a ratio of two; None (unset) where facts were recorded without that metric."""
    if name in _RATIOS and name not in sums:
        above, below, factor = _RATIOS[name]
        return factor * sums.get(above, 0) / sums[below] if sums.get(below) else 0
    return sums.get(name) if recorded else sums.get(name, 0)
