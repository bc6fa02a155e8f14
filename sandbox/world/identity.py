"""Who is who as far as the world has shown it by the horizon, from the simulator's own memory.

A device belongs to the one person who was identified on it, else to nobody (an anonymous customer of its own). On a shared
device a visit belongs to the person identified in it, else to the last one before, else to the next one after (docs/model.md).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from sandbox.world.ledger import Ledger
from sandbox.world.people import Person
from sandbox.world.sessions import Session


@dataclass
class Identities:
    """``owner`` maps a session's key to a truth person id; ``shown`` holds (person id, type, identifier).

    ``first_named`` says when a visit first told (person id, type, identifier): an address of two persons went from one to the other.
    """

    owner: dict[str, str] = field(default_factory=dict)
    shared: set[str] = field(default_factory=set)
    shown: set[tuple[str, str, str]] = field(default_factory=set)
    first_named: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def turns(self) -> dict[tuple[str, str, str], int]:
        """The how-maniest holder of a named identifier a person is, from 1."""
        holders: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
        for (person_id, *named), at in self.first_named.items():
            holders[named[0], named[1]].append((at, person_id))
        return {(person_id, *named): turn for named, held in holders.items() for turn, (_, person_id) in enumerate(sorted(held), 1)}


def resolve(ledger: Ledger) -> Identities:
    """Owners of every plain session that begins before the horizon."""
    end = ledger.period.site_end
    found = Identities()
    devices: dict[str, list[Session]] = defaultdict(list)
    for session in [*ledger.sessions, *ledger.outlet]:
        if session.kind == "person" and session.start < end and session.device.pseudo_id:
            devices[session.device.pseudo_id].append(session)
    for device, sessions in devices.items():
        sessions.sort(key=lambda session: session.start)
        seen = [_identified(session, end, found) for session in sessions]
        people = {person.person_id for person in seen if person}
        if len(people) > 1:
            found.shared.add(device)
        for place, session in enumerate(sessions):
            person = seen[place] or _nearest(seen, place)
            owner = person.person_id if person else f"D{device}"
            found.owner[session.key] = owner
        for owner in people or {f"D{device}"}:
            found.shown.add((owner, "device", device))
    for event in ledger.shop:
        if event.person and event.is_known and not event.is_again and event.at < end:
            held = {"email": ("email_sha256", event.person.email_sha256), "user_id": ("user_id", event.person.user_id)}
            found.shown.update((event.person.person_id, *held[name]) for name in event.shows)
    for person in ledger.people:
        lists = [at for at in (person.profile_at, person.member_at) if at is not None]
        if lists and min(lists) < end:
            found.shown.add((person.person_id, "email_sha256", person.email_sha256))
            if person.account_at is not None and person.account_at < end:
                found.shown.add((person.person_id, "user_id", person.user_id))
    return found


def _identified(session: Session, end: int, found: Identities) -> Person | None:
    """The person who names themselves in the session before the horizon; notes which identifiers they show."""
    named = [event for event in session.events if event.at < end and (event.user_id or event.email_sha256)]
    if not named or session.person is None:
        return None
    for event in named:
        for kind, identifier in (("user_id", event.user_id), ("email_sha256", event.email_sha256)):
            if identifier:
                held = (session.person.person_id, kind, identifier)
                found.shown.add(held)
                found.first_named[held] = min(event.at, found.first_named.get(held, event.at))
    return session.person


def _nearest(seen: list[Person | None], place: int) -> Person | None:
    before = [person for person in seen[:place] if person]
    after = [person for person in seen[place + 1 :] if person]
    return before[-1] if before else after[0] if after else None
