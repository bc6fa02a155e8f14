"""Which events count, and in which visit: clocks, deliveries, sales told again, bots; by docs/model.md alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from datetime import timedelta
from typing import Any

from independent_events import UNKNOWN, Event, local
from independent_settings import chosen


def keep_first(events: Iterable[Event], key: Callable[[Event], Hashable | None], order: Callable[[Event], Any]) -> None:
    """Of events that are the same by a key the first stays; the others are duplicates."""
    seen: set[Hashable] = set()
    for event in sorted((event for event in events if event.reason is None), key=order):
        name = key(event)
        if name is not None and name in seen:
            event.reason = "duplicate"
        elif name is not None:
            seen.add(name)


def by_time(event: Event) -> Any:
    return event.at, event.record_id


def delivery(event: Event) -> Hashable:
    """What two deliveries of one event of GA4 have in common."""
    row, bundled = event.row, (event.row["event_bundle_sequence_id"], event.row["batch_event_index"])
    told = repr(row["event_params"]) if None in bundled else ""
    return (event.account, event.at, event.name, event.device, event.session, bundled, told)


def sale_key(event: Event) -> Hashable | None:
    return event.transaction if event.is_sale else None


def refund_key(event: Event) -> Hashable | None:
    told = None if event.amount == UNKNOWN else event.amount
    return (event.transaction, told, event.at) if event.type == "refund" and event.transaction else None


def set_aside_ga4(events: list[Event], clock_lag: int) -> None:
    for event in events:
        if not -timedelta(clock_lag) <= local(event.at) - event.day <= timedelta(1):
            event.reason = "impossible_clock"
    keep_first(events, delivery, lambda event: (event.day, event.record_id))
    keep_first(events, sale_key, by_time)
    keep_first(events, refund_key, by_time)


def set_aside_sessions(sessions: dict[Hashable, list[Event]], most_events: int, most_days: int) -> None:
    for events in sessions.values():
        if sum(event.name != "visit" or event.source != "matomo" for event in events) > most_events:
            reason = "bot"
        elif events[-1].at - events[0].at > timedelta(most_days):
            reason = "over_long"
        else:
            continue
        for event in events:
            event.reason = event.reason or reason


def ga4_sessions(events: list[Event], opaque: Callable[[str], Any]) -> dict[Hashable, list[Event]]:
    """Session id -> its events in order, of those that count and may be tied to a device."""
    sessions: dict[Hashable, list[Event]] = defaultdict(list)
    devices: dict[Hashable, list[Event]] = defaultdict(list)
    for event in events:
        if event.reason is None and event.is_told:
            devices[event.account, event.device].append(event)
    for (account, device), seen in devices.items():
        before: Event | None = None
        running = ""
        for event in sorted(seen, key=lambda event: (event.at, event.order, opaque(event.record_id))):
            if event.session is not None:
                name = event.session
            elif before is not None and event.at - before.at <= chosen().pause:
                name = running
            else:
                name = f"pause{int(event.at.timestamp() * 1_000_000)}"
            before, running = event, name
            sessions[f"{account}.{device}.{name}"].append(event)
    return sessions
