"""Insights from base rows (ad x day x publisher_platform): summed to the level, the days and the breakdown of a question.

All numbers are strings; a metric list is absent when it is zero, and so is ``inline_link_clicks``. ``level=ad`` hides
deleted ads unless a condition on ``ad.effective_status`` is given or the ad itself is the node; higher levels hold their
figures (https://developers.facebook.com/docs/marketing-api/best-practices/manage-your-ad-object-status).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sandbox.emulators.facebook_ads.errors import bad_parameter
from sandbox.emulators.facebook_ads.query import ACTION_LISTS, COUNTS, LEVELS, NAMES, RATES, Query
from sandbox.emulators.facebook_ads.store import Node
from sandbox.emulators.recorded import Row

ALWAYS = ("impressions", "clicks", "spend")


def answer(query: Query, node: Node) -> list[Row]:
    """All rows of the answer, ordered by day, then ids, unless ``sort`` says otherwise."""
    identity = [name for level in LEVELS[: LEVELS.index(query.level) + 1] for name in NAMES[level]]
    keys = [f"{query.level}_id", *query.breakdowns]
    first, last = query.first.isoformat(), query.last.isoformat()
    groups: dict[tuple[str, ...], list[Row]] = {}
    periods: dict[str, tuple[str, str]] = {}
    for row in _base_rows(query, node):
        day = row["date_start"]
        if first <= day <= last:
            if day not in periods:
                periods[day] = _period(query, day)
            groups.setdefault((*periods[day], *(str(row.get(name, "")) for name in keys)), []).append(row)
    rows = []
    for key, members in sorted(groups.items()):
        summed = _summed(members, query)
        summed |= {name: members[-1][name] for name in identity if name in members[-1]}
        if "account_name" in query.fields:
            summed["account_name"] = node.account.row.get("name")
        shown = {name: summed[name] for name in query.fields if summed.get(name) is not None}
        shown |= {name: members[0].get(name, "unknown") for name in query.breakdowns}
        rows.append({**shown, "date_start": key[0], "date_stop": key[1]})
    for wish in reversed(query.sort):
        name, _, direction = wish.rpartition("_")
        rows.sort(key=lambda row, name=name: _sortable(row.get(name)), reverse=direction == "descending")  # type: ignore[misc]
    return rows


def totals(query: Query, node: Node) -> Row:
    """The ``summary`` of an answer: its counts over all rows."""
    rows = [row for row in _base_rows(query, node) if query.first.isoformat() <= row["date_start"] <= query.last.isoformat()]
    summed = _summed(rows, query) if rows else {}
    return {"date_start": query.first.isoformat(), "date_stop": query.last.isoformat()} | {
        name: summed[name] for name in query.fields if name in summed
    }


def _base_rows(query: Query, node: Node) -> Iterable[Row]:
    rows: Iterable[Row] = node.account.insights
    if node.kind != "account":
        rows = [row for row in rows if row.get(f"{node.kind}_id") == node.row["id"]]
    statuses = node.account.statuses
    if query.level == "ad" and node.kind != "ad" and not any(c.field == "ad.effective_status" for c in query.conditions):
        ads = statuses["ad"]
        rows = [row for row in rows if ads.get(row["ad_id"], "ACTIVE") != "DELETED"]
    for condition in query.conditions:
        kind, _, name = condition.field.rpartition(".")
        if name == "effective_status" and kind in statuses:
            rows = [row for row in rows if condition.holds(statuses[kind].get(row[f"{kind}_id"], "ACTIVE"))]
        elif kind in NAMES and name in ("id", "name"):
            rows = [row for row in rows if condition.holds(row.get(f"{kind}_{name}"))]
        elif not kind and name in (*COUNTS, "publisher_platform", "campaign_id", "adset_id", "ad_id"):
            rows = [row for row in rows if condition.holds(row.get(name))]
        else:
            raise bad_parameter(f"Filtering field '{condition.field}' is not supported")
    return rows


def _period(query: Query, day: str) -> tuple[str, str]:
    if query.increment is None:
        return query.first.isoformat(), query.last.isoformat()
    if query.increment == 1:
        return day, day
    passed = (date.fromisoformat(day) - query.first).days
    start = query.first + timedelta(days=passed - passed % query.increment)
    return start.isoformat(), min(start + timedelta(days=query.increment - 1), query.last).isoformat()


def _summed(members: list[Row], query: Query) -> Row:
    summed: dict[str, Any] = {}
    for name in COUNTS:
        total = members[0].get(name) or "0" if len(members) == 1 else _text(sum((Decimal(m.get(name) or 0) for m in members), Decimal()))
        if name in ALWAYS or Decimal(total):
            summed[name] = total
    for name in ACTION_LISTS:
        if name in query.fields or "cost_per_action_type" in query.fields:
            summed[name] = _actions([entry for member in members for entry in member.get(name) or []], query.windows) or None
    settings = {member["attribution_setting"] for member in members if member.get("attribution_setting")}
    if settings:
        summed["attribution_setting"] = settings.pop() if len(settings) == 1 else "mixed"
    return summed | _rates(summed) if any(name in RATES for name in query.fields) else summed


def _actions(entries: list[Row], windows: tuple[str, ...]) -> list[Row]:
    """One entry for each action type with its ``value`` and the asked windows; zero is left out."""
    sums: dict[str, dict[str, Decimal]] = {}
    for entry in entries:
        of_type = sums.setdefault(entry["action_type"], {})
        for name in ("value", *windows):
            if name in entry:
                of_type[name] = of_type.get(name, Decimal()) + Decimal(str(entry[name]))
    listed = []
    for action_type, values in sorted(sums.items()):
        shown = {name: _text(value) for name, value in values.items() if value}
        if shown:
            listed.append({"action_type": action_type, **shown})
    return listed


def _rates(summed: Row) -> Row:
    spend, clicks, impressions = (Decimal(summed[name]) for name in ("spend", "clicks", "impressions"))
    links = Decimal(summed.get("inline_link_clicks", 0))
    parts = {
        "cpc": (spend, clicks),
        "cpm": (1000 * spend, impressions),
        "ctr": (100 * clicks, impressions),
        "inline_link_click_ctr": (100 * links, impressions),
        "cost_per_inline_link_click": (spend, links),
    }
    rates: Row = {name: f"{above / below:.6f}" for name, (above, below) in parts.items() if below}
    costs = [
        {"action_type": entry["action_type"], "value": f"{spend / Decimal(entry['value']):.6f}"}
        for entry in summed.get("actions") or []
        if "value" in entry
    ]
    return rates | ({"cost_per_action_type": costs} if costs else {})


def _text(value: Decimal) -> str:
    return f"{value:f}"


def _sortable(value: Any) -> tuple[int, Decimal, str]:
    try:
        return 1, Decimal(value), ""
    except (ArithmeticError, TypeError, ValueError):
        return 0, Decimal(), str(value or "")
