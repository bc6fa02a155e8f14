"""A parsed query checked against the catalog and the reporting rules, ready to run on one customer.

Rules: https://developers.google.com/google-ads/api/docs/query/structure (joins),
https://developers.google.com/google-ads/api/docs/reporting/segmentation (segments),
https://developers.google.com/google-ads/api/fields/v26/click_view (one day, 90 days back).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sandbox.emulators.google_ads.catalog import DATE_SEGMENTS, Catalog, Field
from sandbox.emulators.google_ads.conditions import Test, compile_condition, during
from sandbox.emulators.google_ads.gaql import Query
from sandbox.emulators.google_ads.refusals import Refusal, query_error
from sandbox.emulators.google_ads.resources import RESOURCES

SEGMENTS = (*DATE_SEGMENTS, "segments.day_of_week", "segments.device", "segments.ad_network_type")
"""What the recorded facts can be broken down by."""


@dataclass(frozen=True)
class Plan:
    """What to compute for one customer. ``tests`` pair a field with its condition."""

    query: Query
    selected: tuple[Field, ...]
    ordered: tuple[tuple[Field, bool], ...]
    tests: tuple[tuple[Field, Test], ...]
    days: tuple[str, str] | None
    """First and last day of segments.date, where both are bound."""
    omit_resource_names: bool

    @property
    def resource(self) -> str:
        return self.query.resource

    @property
    def segments(self) -> tuple[Field, ...]:
        return tuple(field for field in self.selected if field.group == "segments")

    @property
    def metrics(self) -> tuple[Field, ...]:
        """Metrics of any clause, without repetition."""
        named = [*self.selected, *(field for field, _ in self.ordered), *(field for field, _ in self.tests)]
        return tuple(dict.fromkeys(field for field in named if field.group == "metrics"))


def make(query: Query, catalog: Catalog, *, manager: bool, today: date, oldest_click_day: date) -> Plan:
    """The plan, or the Refusal that Google Ads would give."""
    if query.resource not in RESOURCES:
        known = catalog.resource(query.resource)
        why = "is not served by this emulator" if known else "is no resource"
        raise query_error("BAD_RESOURCE_TYPE_IN_FROM_CLAUSE", f"'{query.resource}' {why}; it serves {', '.join(RESOURCES)}.")
    selected = tuple(dict.fromkeys(catalog.field(name) for name in query.fields))
    ordered = tuple((catalog.field(name), descending) for name, descending in query.orderings)
    filtered = tuple((condition, catalog.field(condition.field)) for condition in query.conditions)
    tests = tuple((field, compile_condition(condition, field, today)) for condition, field in filtered)
    for field in selected:
        _selectable(field, query.resource, "SELECT")
    for field in (*(one for _, one in filtered), *(one for one, _ in ordered)):
        _selectable(field, query.resource, "WHERE")
    days = _days(query, filtered_fields=dict.fromkeys(field.name for _, field in filtered), today=today, catalog=catalog)
    _segment_rules(selected, tuple(field for _, field in filtered) + tuple(field for field, _ in ordered), days, query.resource)
    if query.resource == "click_view":
        _click_view(days, oldest_click_day)
    parameters = dict(query.parameters)
    for name in parameters:
        if name not in ("include_drafts", "omit_unselected_resource_names"):
            raise query_error("BAD_PARAMETER_NAME", f"'{name}' is no parameter.")
    plan = Plan(query, selected, ordered, tests, days, parameters.get("omit_unselected_resource_names", "").lower() == "true")
    if manager and plan.metrics:
        raise query_error("REQUESTED_METRICS_FOR_MANAGER", "Metrics cannot be requested for a manager account.")
    return plan


def has_metric(resource: str, leaf: str) -> bool:
    """Whether the metric may be asked of the resource: of one with figures any, of click_view only its clicks."""
    return RESOURCES[resource].figures is not None and (resource != "click_view" or leaf == "clicks")


def _selectable(field: Field, resource: str, clause: str) -> None:
    where = "SELECT_CLAUSE" if clause == "SELECT" else "WHERE_CLAUSE"
    if field.group == "metrics":
        if not has_metric(resource, field.leaf):
            raise query_error("PROHIBITED_METRIC_IN_SELECT_OR_WHERE_CLAUSE", f"'{field.name}' cannot be had from '{resource}' here.")
    elif field.group == "segments":
        if RESOURCES[resource].figures is None or field.name not in SEGMENTS:
            raise query_error("PROHIBITED_SEGMENT_IN_SELECT_OR_WHERE_CLAUSE", f"'{field.name}' cannot be had from '{resource}' here.")
    elif field.group not in RESOURCES[resource].joins:
        raise query_error(f"PROHIBITED_RESOURCE_TYPE_IN_{where}", f"'{field.group}' cannot be joined to '{resource}'.")


def _days(query: Query, *, filtered_fields: dict[str, None], today: date, catalog: Catalog) -> tuple[str, str] | None:
    """Both bounds of segments.date, or None."""
    low: list[str] = []
    high: list[str] = []
    for condition in query.conditions:
        if condition.field != "segments.date" or condition.operator.startswith("IS"):
            continue
        if condition.operator == "DURING":
            first, last = during(str(condition.values[0]), catalog.field("segments.date"), today)
        else:
            iso = sorted(date.fromisoformat(str(value)).isoformat() for value in condition.values)
            first, last = iso[0], iso[-1]
        if condition.operator in ("=", "IN", "BETWEEN", "DURING", ">", ">="):
            low.append(first)
        if condition.operator in ("=", "IN", "BETWEEN", "DURING", "<", "<="):
            high.append(last)
    return (max(low), min(high)) if low and high else None


def _segment_rules(selected: tuple[Field, ...], others: tuple[Field, ...], days: tuple[str, str] | None, resource: str) -> None:
    names = {field.name for field in selected}
    for field in others:
        if field.group == "segments" and field.name not in DATE_SEGMENTS and field.name not in names:
            raise query_error("EXPECTED_REFERENCED_FIELD_IN_SELECT_CLAUSE", f"'{field.name}' must be in the SELECT clause too.")
    dated = [name for name in DATE_SEGMENTS if name in names]
    filtered = any(field.name in DATE_SEGMENTS[1:] for field in others)
    if dated and days is None and not filtered and resource != "click_view":
        raise query_error("EXPECTED_FILTERS_ON_DATE_RANGE", f"'{dated[0]}' needs both bounds of a date range in the WHERE clause.")


def _click_view(days: tuple[str, str] | None, oldest: date) -> None:
    if days is None or days[0] != days[1]:
        raise Refusal("click_view_error", "EXPECTED_FILTER_ON_A_SINGLE_DAY", "click_view must be filtered on a single day.")
    if days[0] < oldest.isoformat():
        raise Refusal("click_view_error", "DATE_TOO_OLD", "click_view goes back no more than 90 days.")
