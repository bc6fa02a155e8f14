"""The queue of what will happen to one visitor, in the order in which it happens.

Everything is drawn from the visitor's own stream in chronological order, so a life that is looked at for longer
begins with exactly the same events.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from random import Random
from typing import Any

from sandbox.world.channels import Visit
from sandbox.world.ledger import Ledger
from sandbox.world.people import Device, Person
from sandbox.world.period import DAY, HOUR, MINUTE, SECOND, local_date, midnight
from sandbox.world.randomness import pick
from sandbox.world.sessions import Session, Step, play

APART = 31 * MINUTE
_HOURS = [
    (hour, weight) for hour, weight in enumerate((1.5, 0.6, 0.3, 0.2, 0.2, 0.4, 1, 2, 3, 4, 4, 4.5, 5, 4, 4, 4, 4, 4.5, 5, 6, 7, 7, 5, 3))
]


def time_of_day(rng: Random, midnight_at: int) -> int:
    """An instant of the day, evenings preferred; never on a whole second, so it differs from every email's."""
    hour = pick(rng, _HOURS)
    return midnight_at + hour * HOUR + int(rng.random() * 3600) * SECOND + 1 + int(rng.random() * 999_998)


class Agenda:
    """Planned happenings of one visitor, or of one household around a shared device."""

    def __init__(self, ledger: Ledger, rng: Random, number: str) -> None:
        self.ledger, self.rng, self.number = ledger, rng, number
        self._queue: list[tuple[int, int, Callable[..., None], tuple[Any, ...]]] = []
        self._pushed = 0

    def plan(self, at: int, what: Callable[..., None], *args: Any) -> None:
        self._pushed += 1
        heapq.heappush(self._queue, (at, self._pushed, what, args))

    def run(self, until: int) -> None:
        while self._queue and self._queue[0][0] < until:
            at, _, what, args = heapq.heappop(self._queue)
            what(at, *args)

    def later(self, at: int, days: float) -> int:
        """An instant about ``days`` days after ``at``, at a humane hour, at least 40 minutes away."""
        target = time_of_day(self.rng, midnight(local_date(at + int(days * DAY))))
        return max(target, at + 40 * MINUTE + int(self.rng.random() * HOUR))

    def day(self, at: int) -> int:
        return self.ledger.period.day_number(at)

    def enter(self, at: int, person: Person | None, device: Device, visit: Visit, steps: list[Step], **options: Any) -> Session | None:
        """One visit, or None where the device is (or was, less than 31 minutes ago) in use."""
        if at < device.busy_until + APART:
            return None
        device.sessions += 1
        if device.first_touch is None:
            device.first_touch = at
            device.first_source = (visit.tags.get("utm_campaign", f"({visit.channel.lower()})"), visit.medium, visit.source)
        session = play(self.rng, Session(person, device, visit, at, device.sessions), steps, **options)
        device.busy_until = session.end
        if any(event.user_id or event.email_sha256 for event in session.events):
            device.last_identified = person
        self.ledger.sessions.append(session)
        return session
