"""Who has an account in the shop by a day, without going through everybody each day."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from sandbox.world.people import Person


class Known:
    """People with an account (not the story's), asked for day by day in order of time."""

    def __init__(self, people: Sequence[Person]) -> None:
        waiting = [person for person in people if person.account_at is not None and not person.is_story]
        self._waiting = sorted(waiting, key=lambda person: (person.account_at or 0, person.number), reverse=True)
        self._numbers: list[str] = []
        self._people: list[Person] = []

    def before(self, at: int) -> Sequence[Person]:
        """Those whose account is older than ``at``, by number. ``at`` may not go back."""
        while self._waiting and (self._waiting[-1].account_at or 0) < at:
            person = self._waiting.pop()
            place = bisect_left(self._numbers, person.number)
            self._numbers.insert(place, person.number)
            self._people.insert(place, person)
        return self._people
