"""Random nights of the very small shop of ``small_rows.py``: what lands, what is replaced, and what people decide about identities.

Most nights change next to nothing: one row less or more, one field of one row, one event carried to another device. That is
where a build that follows changes may overlook one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from random import Random

from dbt_warehouse import Rows
from small_rows import DAYS, DEVICES, EMAILS, PROFILES, USERS, Row
from small_streams import STREAMS, landed

Place = tuple[str, str, str, date]
"""Source, stream, account and day of a partition."""
NAMES = {"id", "event_id", "idVisit", "click_view_gclid", "event_date", "table_kind"}
"""Fields that say which row it is."""


@dataclass
class Zone:
    """What is in the landing zone, and the lines of the override file."""

    rng: Random
    held: dict[Place, Rows] = field(default_factory=dict)
    overrides: list[str] = field(default_factory=list)

    def first_night(self) -> Iterable[Rows]:
        """A whole landing zone, every stream on every day."""
        for key, (rows, _) in STREAMS.items():
            for day in DAYS:
                yield self._hold((*key, day), rows(self.rng, day))

    def night(self, most: int) -> Iterable[Rows]:
        """Some partitions as they land in one night: new, late, changed in one place, in part, or emptied."""
        places = set()
        for _ in range(self.rng.randrange(1, most + 1)):
            key = self.rng.choices(list(STREAMS), [weight for _, weight in STREAMS.values()])[0]
            places.add((*key, self.rng.choice(DAYS)))
        for place in sorted(places):
            yield self._hold(place, self._next(place))

    def rerun(self) -> Iterable[Rows]:
        """A day that is loaded again and has not changed."""
        day = self.rng.choice(DAYS)
        return [held for place, held in sorted(self.held.items()) if place[3] == day]

    def withdraw(self) -> list[Place]:
        """Forget one partition, or all that a source has of a day; the caller takes the files away."""
        first = self.rng.choice(sorted(self.held))
        with_it = [place for place in sorted(self.held) if (place[0], place[3]) == (first[0], first[3])]
        gone = with_it if self.rng.random() < 0.3 else [first]
        for place in gone:
            del self.held[place]
        return gone

    def decide(self) -> str:
        """The text of the override file after somebody has taken a line out or put one in."""
        if self.overrides and self.rng.random() < 0.4:
            self.overrides.pop(self.rng.randrange(len(self.overrides)))
        else:
            self.overrides.append(self._decision())
        header = "action,identifier,other_identifier,decided_by,decided_on,reason"
        return "\n".join([header, *self.overrides]) + "\n"

    def _decision(self) -> str:
        rng = self.rng
        strong = [f"user_id:{rng.choice(USERS)}", f"email_sha256:{rng.choice(EMAILS)}", f"klaviyo_profile:{rng.choice(PROFILES)}"]
        one, two = rng.sample([*strong, f"device:{rng.choice(DEVICES)}"], 2)
        action = rng.choice(["link", "unlink", "block"])
        return f"{action},{one},{'' if action == 'block' else two},ana,2026-01-{rng.randrange(5, 9):02},said so"

    def _hold(self, place: Place, rows: list[Row]) -> Rows:
        self.held[place] = Rows(*place, landed(place[0], place[1], rows))
        return self.held[place]

    def _next(self, place: Place) -> list[Row]:
        rng, day = self.rng, place[3]
        fresh, before = STREAMS[place[:3]][0](rng, day), list(self.held[place].rows) if place in self.held else []
        turn = rng.random()
        if before and turn < 0.25:
            lost = rng.randrange(len(before))
            return before[:lost] + before[lost + 1 :]
        if before and turn < 0.45:
            return before + fresh[:1]
        if before and fresh and turn < 0.7:
            return self._altered(before, fresh[0])
        if turn < 0.82 and place[:2] == ("ga4", "events"):
            return before + self._carried(day)
        return [] if turn > 0.95 else fresh

    def _altered(self, before: list[Row], fresh: Row) -> list[Row]:
        """One field of one row restated."""
        changed = self.rng.randrange(len(before))
        fields = sorted(name for name in fresh if name not in NAMES and before[changed].get(name) != fresh[name])
        if not fields:
            return before
        name = self.rng.choice(fields)
        return [{**row, name: fresh[name]} if number == changed else row for number, row in enumerate(before)]

    def _carried(self, day: date) -> list[Row]:
        """An event of another day's table seen again on another device: the same click, the same sale, the same login."""
        events = [row for place, held in sorted(self.held.items()) if place[:2] == ("ga4", "events") for row in held.rows]
        if not events:
            return []
        fresh = STREAMS["ga4", "events", "1"][0](self.rng, day)
        again = dict(self.rng.choice(events))
        moved = {"event_date": f"{day:%Y%m%d}", "user_pseudo_id": self.rng.choice(DEVICES)}
        return [{**again, **moved, **({"event_timestamp": fresh[0]["event_timestamp"]} if fresh else {})}]
