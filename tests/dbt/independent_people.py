"""Whose each visit, email and line of a file is, worked out a second time by docs/model.md, "Identity", alone.

A person is called by any one thing: only who is the same as whom has a meaning.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from independent_events import Landed, Row
from independent_facts import Facts, Touch
from independent_sightings import NO_ADDRESS, Name, Place, names_of, sightings, strong

Node = tuple[Name, int]
"""An identifier in one of its turns: 0 unless it passed on."""
KINDS = ("user_id", "email_sha256", "klaviyo_profile")
MAILED = {"profile": "klaviyo_profile", "email": "email_sha256"}


@dataclass(frozen=True)
class Decision:
    """A line of the override file, ``given`` where it links a device to its owner."""

    action: str
    one: Name
    other: Name | None = None


@dataclass(frozen=True)
class Limits:
    identifiers: int
    devices: int
    people: int


class Groups:
    """What holds together."""

    def __init__(self) -> None:
        self.parent: dict[Hashable, Hashable] = {}

    def find(self, node: Hashable) -> Hashable:
        while (parent := self.parent.setdefault(node, node)) != node:
            node = parent
        return node

    def unite(self, one: Hashable, other: Hashable) -> None:
        self.parent[self.find(one)] = self.find(other)


class People:
    """``owner`` says whose a touch is."""

    def __init__(self, facts: Facts, limits: Limits, decisions: Iterable[Decision] = ()) -> None:
        self.limits, self.decisions = limits, list(decisions)
        self.seen = sorted(sightings(facts), key=lambda seen: (seen.at, seen.order))
        self.pairs: dict[frozenset[Name], list[datetime]] = defaultdict(list)
        self.known = {("klaviyo_profile", row["profile_id"]) for row in facts.landed.rows("klaviyo", "events") if row["profile_id"]}
        self.known |= {("email_sha256", row["email_sha256"]) for row in facts.landed.rows("mailchimp", "activity")}
        for sighting in self.seen:
            self._stood(sighting.names, sighting.at)
        self._profiles(facts.landed)
        self._members(facts.landed)
        self._addresses_as_user_ids(facts.landed)
        self.hubs = self._crowded()
        self.turns = {name: self._turns_of(name) for name in self.names() if name[0] != "klaviyo_profile" and name not in self.hubs}
        self.groups = Groups()
        self._unite()
        self._recognise()

    def _stood(self, names: tuple[Name, ...], at: datetime) -> None:
        for number, one in enumerate(names):
            for other in names[number + 1 :]:
                self.pairs[frozenset({one, other})].append(at)

    def _profiles(self, landed: Landed) -> None:
        """All addresses of a profile count, a later one since its version; of its user ids that of the newest."""
        versions: dict[Name, list[Row]] = defaultdict(list)
        for row in sorted(landed.rows("klaviyo", "profiles"), key=lambda row: row["day"]):
            versions["klaviyo_profile", row["id"]].append(row)
        for profile, rows in versions.items():
            self.known.add(profile)
            for row in rows:
                at = created(row) if row is rows[0] else max(created(row), start_of(row))
                for address in strong("email_sha256", row["email_sha256"]):
                    self._stood((profile, address), at)
                self.known |= set(strong("user_id", row["external_id"]))
            for user in strong("user_id", rows[-1]["external_id"]):
                self._stood((profile, user), min(created(row) for row in rows))

    def _members(self, landed: Landed) -> None:
        newest: dict[tuple[str, str], Row] = {}
        for row in sorted(landed.rows("mailchimp", "members"), key=lambda row: row["day"]):
            newest[row["list_id"], row["email_sha256"]] = row
        self.members: list[tuple[str, datetime]] = []
        for row in newest.values():
            at = row["timestamp_signup"] or row["timestamp_opt"] or start_of(row)
            self.members.append((row["email_sha256"], at))
            names = (*strong("user_id", row["external_id"]), *strong("email_sha256", row["email_sha256"]))
            self.known |= set(names)
            self._stood(names, at)

    def _addresses_as_user_ids(self, landed: Landed) -> None:
        """A user id that is the SHA-256 of an address is that address, whoever tells of it."""
        users = {text for kind, text in self.names() if kind == "user_id"}
        told = [(text, seen.at) for seen in self.seen for kind, text in seen.names if kind == "email_sha256"]
        for pair, times in self.pairs.items():
            told += [(text, min(times)) for kind, text in pair if kind == "email_sha256" and "klaviyo_profile" in dict(pair)]
        told += [(text, at) for text, at in self.members if text]
        told += [(row["email_sha256"], row["timestamp"]) for row in landed.rows("mailchimp", "activity")]
        for text, at in told:
            if text in users and text not in NO_ADDRESS:
                self._stood((("user_id", text), ("email_sha256", text)), at)

    def _parted_by_hand(self) -> Iterator[frozenset[Name]]:
        """The direct links of two; where a profile ties both, the first one leaves it."""
        for line in self.decisions:
            if line.action == "unlink" and line.other:
                yield frozenset({line.one, line.other})
                for profile in (name for name in self.names() if name[0] == "klaviyo_profile"):
                    if {frozenset({profile, line.one}), frozenset({profile, line.other})} <= self.pairs.keys():
                        yield frozenset({profile, line.one})

    def names(self) -> set[Name]:
        """All identifiers there are, but for devices."""
        return self.known | {name for pair in self.pairs for name in pair} | {name for sighting in self.seen for name in sighting.names}

    def _stood_with(self, name: Name) -> dict[Name, list[datetime]]:
        return {other: times for pair, times in self.pairs.items() if name in pair for other in pair - {name}}

    def _crowded(self) -> set[Name]:
        found = {line.one for line in self.decisions if line.action == "block" and line.one[0] != "device"}
        devices: dict[Name, set[str]] = defaultdict(set)
        for sighting in self.seen:
            for name in sighting.names:
                devices[name] |= {sighting.device} if sighting.device else set()
        for name in self.names():
            kinds = [kind for kind, text in self._stood_with(name) if kind != name[0] and text != name[1]]
            if max(map(kinds.count, KINDS)) > self.limits.identifiers or len(devices[name]) > self.limits.devices:
                found.add(name)
        return found

    def _turns_of(self, name: Name) -> list[tuple[datetime, set[Name]]]:
        """Since when who has it: a new turn begins where those before had come with another one, and it no more with them."""
        other_kind = "user_id" if name[0] == "email_sha256" else "email_sha256"
        holders = {other: times for other, times in self._stood_with(name).items() if other[0] == other_kind and other not in self.hubs}
        turns: list[tuple[datetime, set[Name]]] = []
        for holder in sorted(holders, key=lambda holder: min(holders[holder])):
            begins = min(holders[holder])
            is_new = name[0] == "user_id" and not self._is_somebodys(holder, name, begins)
            if turns and (is_new or not self._moved(name, turns[-1][1], max(max(holders[one]) for one in turns[-1][1]), begins)):
                turns[-1][1].add(holder)
            else:
                turns.append((begins, {holder}))
        return turns

    def _is_somebodys(self, address: Name, user: Name, before: datetime) -> bool:
        """Whether another user id stood with an address before; who comes with a new one has changed it."""
        held = self._stood_with(address).items()
        return any(min(times) < before for other, times in held if other[0] == "user_id" and other != user and other not in self.hubs)

    def _moved(self, name: Name, holders: set[Name], last: datetime, before: datetime) -> bool:
        """Whether one of them came with a new one of its kind after the last time with it, and before somebody else came."""
        return any(
            last < min(times) < before
            for holder in holders
            for other, times in self._stood_with(holder).items()
            if other[0] == name[0] and other != name and other not in self.hubs
        )

    def _unite(self) -> None:
        parted = set(self._parted_by_hand())
        for pair, times in self.pairs.items():
            if pair not in parted and not pair & self.hubs:
                one, other = pair
                self.groups.unite(self.node(one, min(times)), self.node(other, min(times)))
        for line in self.decisions:
            if line.action == "link" and line.other and not {line.one, line.other} & self.hubs:
                self.groups.unite(self.node(line.one), self.node(line.other))

    def node(self, name: Name, at: datetime | None = None) -> Node:
        """An identifier in its turn at a moment, or now."""
        begins = [begin for begin, _ in self.turns.get(name, [])]
        number = len(begins) if at is None else bisect_right(begins, at)
        return name, max(number - 1, 0)

    def _recognise(self) -> None:
        """Who was told in which visit, and what is said of its device; a visit keeps to whose an identifier was when it first named it."""
        deaf = {frozenset({line.one, line.other}) for line in self.decisions if line.action == "unlink"}
        first: dict[Hashable, datetime] = {}
        told: dict[Place, list[tuple[datetime, datetime, Name, Hashable]]] = defaultdict(list)
        devices: dict[str, dict[Place, datetime]] = defaultdict(dict)
        self.people_on: dict[str, set[Hashable]] = defaultdict(set)
        self.named: dict[Place, Hashable] = {}
        for sighting in self.seen:
            place, device = sighting.place, sighting.device
            if device:
                devices[device].setdefault(place, sighting.at)
            names = [name for name in sighting.names if name not in self.hubs]
            if names:
                begun = first.setdefault((place, sighting.names), sighting.at)
                person = self.groups.find(self.node(names[0], begun))
                self.named[place] = person
                if device and frozenset({names[0], ("device", device)}) not in deaf:
                    told[place].append((sighting.at, begun, names[0], person))
                    self.people_on[device].add(person)
        for found in told.values():  # the last one; of those of a moment who was named there later, then by name
            found.sort(key=lambda one: one[2])
            found.sort(key=lambda one: one[:2], reverse=True)
        self.told = {place: found[0][-1] for place, found in told.items()}
        self.visits = {
            device: [(place, self.told.get(place)) for place, _ in sorted(places.items(), key=lambda held: (held[1], held[0][1]))]
            for device, places in devices.items()
        }
        self.linked: dict[str, Hashable] = {}
        for line in self.decisions:
            if line.action == "given" and line.other:
                self.linked[line.one[1]] = self.groups.find(self.node(line.other))
        self.counters = {line.one[1] for line in self.decisions if line.action == "block" and line.one[0] == "device"}
        self.counters |= {device for device, people in self.people_on.items() if len(people) > self.limits.people}

    def _of_device(self, device: str, place: Place) -> Hashable:
        """Whose a visit is that tells nobody: of a shared device that of the last visit before it that does, else of the next."""
        if device in self.counters:
            return ("counter", device)
        if device in self.linked:
            return self.linked[device]
        people = self.people_on[device]
        if len(people) < 2:
            return next(iter(people), ("device", device))
        order = [held for held, _ in self.visits[device]]
        before, after = self.visits[device][: order.index(place)], self.visits[device][order.index(place) :]
        return next(person for _, person in [*reversed(before), *after] if person is not None)

    def owner(self, touch: Touch) -> Hashable:
        if touch.owner[0] in MAILED:
            return self.groups.find(self.node((MAILED[touch.owner[0]], touch.owner[1]), touch.at))
        event = touch.event
        assert event is not None
        told = self.named if event.source == "first_party" else self.told
        if touch.owner in told:
            return told[touch.owner]
        if event.device:
            return self._of_device(event.device, touch.owner)
        return self.groups.find(self.node(names_of(event)[0], touch.at))


def start_of(row: Row) -> datetime:
    return datetime.combine(row["day"], datetime.min.time(), UTC)


def created(row: Row) -> datetime:
    return datetime.fromisoformat(row["created"]) if row["created"] else start_of(row)


def unlike_partitions(ours: dict[Any, Hashable], theirs: dict[Any, Hashable]) -> Iterator[str]:
    """Where two ways to divide the same things differ: a group of one that the other divides, with two things that show it."""
    for who, by, other in (("the documents", ours, theirs), ("the models", theirs, ours)):
        first: dict[Hashable, Any] = {}
        told = set()
        for thing in sorted(by, key=str):
            shown = first.setdefault(by[thing], thing)
            if other[shown] != other[thing] and (other[shown], other[thing]) not in told:
                told.add((other[shown], other[thing]))
                yield f"{shown} and {thing} are one person by {who} alone: {other[shown]}, {other[thing]}"
