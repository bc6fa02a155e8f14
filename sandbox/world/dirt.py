"""What the collection of site events gets wrong, drawn for each visit from a stream of its own.

- late: the tail of a visit reaches its daily table one or two days after the table's date
- twice: an event is delivered again, identical in every column
Broken clocks, bots, denied consent and repeated sales are lived, not added here (population.py, life.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sandbox.world.ledger import Ledger
from sandbox.world.period import DAY, HOUR, iso, local_date, midnight
from sandbox.world.randomness import stream
from sandbox.world.sessions import Session, SiteEvent


@dataclass(frozen=True)
class Hit:
    """One event as the export files it. ``table_date`` is the day of its table, ``at`` what the device's clock said,
    ``visible_from`` when it was first there (None: with the table), ``copies`` how many identical rows there are."""

    session: Session
    event: SiteEvent
    at: int
    table_date: date
    visible_from: str | None = None
    copies: int = 1


def hits(ledger: Ledger) -> Iterator[Hit]:
    """Every site event before the horizon, visit by visit."""
    end = ledger.period.site_end
    for session in ledger.sessions:
        is_plain = session.kind == "person" and not (session.person and session.person.is_story)
        late_from, twice = _plan(ledger.seed, session) if is_plain else (None, None)
        for place, event in enumerate(session.events):
            if event.at >= end:
                break
            table_date = local_date(event.at)
            visible_from = None
            if late_from is not None and place >= late_from[0]:
                visible_from = iso(midnight(table_date) + late_from[1])
            yield Hit(session, event, event.at + session.clock_skew, table_date, visible_from, 2 if place == twice else 1)


def _plan(seed: int, session: Session) -> tuple[tuple[int, int] | None, int | None]:
    """(first late place, delay after the table's midnight) and the place that is delivered twice."""
    rng = stream(seed, "dirt", session.key)
    late = None
    if rng.random() < 0.008:
        late = (int(rng.random() * len(session.events)), (2 + int(rng.random() * 2)) * DAY - int(rng.random() * 8) * HOUR)
    twice = int(rng.random() * len(session.events)) if rng.random() < 0.02 else None
    return late, twice
