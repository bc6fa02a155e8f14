"""The aggregates computed a second time, row by row in Python, from the fact tables alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

from independent_settings import chosen

TOUCH = (
    "touchpoint_id, customer_id, journey_id, journey_number, touchpoint_number, occurred_at, occurred_date, journey_stage, "
    "touchpoint_type, channel, medium, is_machine, conversion_value, cost"
)
NEWEST = "select max(partition_date) from audit.load_ledger where kind = 'daily' and status = 'landed' and row_count > 0"


@dataclass(frozen=True)
class Touch:
    """One row of fct_customer_journey, the columns of ``TOUCH``."""

    touchpoint_id: str
    customer_id: str
    journey_id: str
    journey_number: int
    touchpoint_number: int
    occurred_at: datetime
    occurred_date: date
    journey_stage: str
    touchpoint_type: str
    channel: str
    medium: str | None
    is_machine: bool
    conversion_value: Decimal | None
    cost: Decimal | None

    @property
    def is_closing(self) -> bool:
        return self.touchpoint_type == chosen().closing_conversion


def journeys(rows: Iterable[Sequence[Any]]) -> list[list[Touch]]:
    """The touches of each journey, in order."""
    found: dict[str, list[Touch]] = defaultdict(list)
    for row in rows:
        touch = Touch(*row)
        found[touch.journey_id].append(touch)
    return [sorted(touches, key=lambda touch: touch.touchpoint_number) for touches in found.values()]


def eligibility(all_journeys: list[list[Touch]]) -> Callable[[Touch], bool]:
    """Whether a touch may earn credit: an arrival or a human email click, the two of one email counting once."""
    clicks: dict[str, list[datetime]] = defaultdict(list)
    for touch in (touch for journey in all_journeys for touch in journey):
        if touch.touchpoint_type == "email_click" and not touch.is_machine:
            clicks[touch.customer_id].append(touch.occurred_at)

    def is_eligible(touch: Touch) -> bool:
        if touch.touchpoint_type == "email_click":
            return not touch.is_machine
        if touch.touchpoint_type not in {"ad_click", "site_visit"}:
            return False
        opened = any(timedelta(0) <= touch.occurred_at - click <= chosen().pause for click in clicks[touch.customer_id])
        return not (touch.medium == "email" and opened)

    return is_eligible


def paths(all_journeys: list[list[Touch]]) -> dict[str, tuple[int, int, int, Decimal, Decimal]]:
    """Path -> (length, journeys, converting ones, net revenue, cost)."""
    is_eligible = eligibility(all_journeys)
    found: dict[str, tuple[int, int, int, Decimal, Decimal]] = {}
    for journey in all_journeys:
        earliest = journey[-1].occurred_at - chosen().window
        channels = [touch.channel for touch in journey if is_eligible(touch) and touch.occurred_at >= earliest]
        path = " > ".join(channels) or "(no touch)"
        _, count, converting, revenue, cost = found.get(path, (0, 0, 0, Decimal(0), Decimal(0)))
        revenue += sum((touch.conversion_value or Decimal(0) for touch in journey if touch.is_closing), Decimal(0))
        cost += sum((touch.cost or Decimal(0) for touch in journey), Decimal(0))
        found[path] = (len(channels), count + 1, converting + journey[-1].is_closing, revenue, cost)
    return found


Funnel = dict[tuple[str, str, str, str], tuple[int, int, int, int, int, float | None]]


def funnel(all_journeys: list[list[Touch]], newest: date, dormant_after: int) -> Funnel:
    """(segment, entry channel, stage, last type) -> (entries, continued, conversions, exits, recent exits, median hours)."""
    counts: dict[tuple[str, str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0, 0])
    hours: dict[tuple[str, str, str, str], list[float]] = defaultdict(list)
    for journey in all_journeys:
        done = [touch for touch in journey if not touch.is_machine and touch.touchpoint_type != "email_delivered"] or journey
        end = done[-1]
        for stage in {touch.journey_stage for touch in done}:
            inside = [touch for touch in done if touch.journey_stage == stage]
            key = ("new" if end.journey_number == 1 else "returning", done[0].channel, stage, inside[-1].touchpoint_type)
            counts[key][0] += 1
            if end.journey_stage != stage:
                left = next(touch for touch in done[done.index(inside[0]) :] if touch.journey_stage != stage)
                hours[key].append((left.occurred_at - inside[0].occurred_at).total_seconds() / 3600)
                counts[key][1] += 1
            elif end.is_closing:
                counts[key][2] += 1
            else:
                counts[key][3] += 1
                counts[key][4] += end.occurred_date > newest - timedelta(days=dormant_after)
    return {key: (*held, median(hours[key]) if hours[key] else None) for key, held in counts.items()}  # type: ignore[misc]


def monday(day: date) -> date:
    """First day of the ISO week."""
    return date.fromisocalendar(day.isocalendar().year, day.isocalendar().week, 1)


def earliest_tree(links: Iterable[tuple[Any, str, str]]) -> list[tuple[str, str]]:
    """Kruskal: of links (order, one, other) those that connect what was not connected before."""
    group: dict[str, str] = {}

    def root(node: str) -> str:
        while group.setdefault(node, node) != node:
            node = group[node]
        return node

    kept = []
    for _, one, other in sorted(links):
        if root(one) != root(other):
            group[root(one)] = root(other)
            kept.append((one, other))
    return kept
