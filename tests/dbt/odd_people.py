"""Gives a random shop people: families on one device, changed and inherited addresses, second accounts, guests, shop's own addresses."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from dbt_warehouse import Rows
from small_rows import DAYS, Row
from small_streams import landed

START = datetime.combine(DAYS[0], datetime.min.time(), UTC)
HOURS = 24 * len(DAYS)


def address(name: str) -> str:
    return hashlib.sha256(f"{name}@example.com".encode()).hexdigest()


def whenever(rng: Random) -> datetime:
    return START + timedelta(hours=rng.randrange(HOURS))


@dataclass
class Person:
    """What somebody has, each with the moment since when; of a kind the newest is used, now and then still an older one."""

    number: int
    devices: list[str]
    users: list[tuple[datetime, str]]
    addresses: list[tuple[datetime, str]]

    def one(self, rng: Random, held: list[tuple[datetime, str]], at: datetime) -> str:
        since = [name for begins, name in sorted(held) if begins <= at] or [held[0][1]]
        return since[-1] if rng.random() < 0.95 else rng.choice(since)


@dataclass
class Cast:
    """The people of a shop, in families of two with a device in common."""

    rng: Random
    people: list[Person] = field(default_factory=list)
    handed_over: list[tuple[datetime, str, str | None, str]] = field(default_factory=list)
    """What is told of addresses that change hands: when, on which device, by which user id and address."""

    def __post_init__(self) -> None:
        rng = self.rng
        for number in range(rng.choice([4, 8, 12])):
            devices = [f"own{number}", f"own{number}b", f"family{number // 2}"]
            mail = address(f"a{number}")
            user = mail if rng.random() < 0.2 else f"c{number}"  # a shop may know its people by their addresses
            self.people.append(Person(number, devices, [(START, user)], [(START, mail)]))
        heirs = self.people[1::2]
        for person in self.people:
            if rng.random() < (0.15 if person in heirs else 0.7):
                moved = START + timedelta(hours=rng.randrange(12, HOURS - 24))
                person.addresses.append((moved, address(f"b{person.number}")))
                if rng.random() < 0.8:  # who has it next comes later, or at the same hour, or before it was given up
                    later, heir = moved + timedelta(hours=rng.choice([-12, 0, 1, 6, 12, 24])), rng.choice(heirs)
                    heir.addresses.append((later, person.addresses[0][1]))
                    self._hand_over(person, heir, [name for _, name in person.addresses[:2]], moved, later)
                    if rng.random() < 0.4:  # who in turn moves, before the next one has it
                        last, gone = rng.choice(self.people), later + timedelta(hours=rng.choice([0, 1, 6]))
                        addresses = [person.addresses[0][1], address(f"new{heir.number}")]
                        self._hand_over(heir, last, addresses, gone, gone + timedelta(hours=rng.choice([-1, 1, 6])))
            for letter in "de":
                if rng.random() < 0.7:
                    continue
                person.users.append((whenever(rng), f"{letter}{person.number}"))
                if rng.random() < 0.4:
                    rng.choice(self.people).users.append((whenever(rng), person.users[0][1]))

    def _hand_over(self, giver: Person, heir: Person, addresses: list[str], moved: datetime, later: datetime) -> None:
        """Somebody has an address, then another one; somebody else comes with the first; and the address by itself in between."""
        rng, (old, new) = self.rng, addresses
        before = moved - timedelta(hours=rng.choice([1, 3, 6, 12]))
        told: list[tuple[datetime, Person, str | None, str]] = [(before, giver, giver.users[0][1], old)]
        told += [(moved, giver, giver.users[0][1], new), (later, heir, heir.users[0][1], old)]
        told += [(later + timedelta(hours=rng.choice([-6, -1, 0, 1, 6])), rng.choice([giver, heir]), None, old) for _ in range(3)]
        self.handed_over += [(at, person.devices[0], user, mail) for at, person, user, mail in told if rng.random() < 0.9]

    def names(self, at: datetime) -> tuple[str, str | None, str | None]:
        """A device of somebody's, and what the event names: a user id, an address, both or nothing."""
        rng, person = self.rng, self.rng.choice(self.people)
        own, second, family = person.devices
        device = rng.choices([own, second, family, rng.choice(self.people).devices[0], "counter"], [8, 2, 2, 1, 1])[0]
        has_user, has_mail = rng.choice([(True, True), (True, True), (True, False), (False, True), (False, False), (False, False)])
        user = person.one(rng, person.users, at) if has_user else None
        mail = person.one(rng, person.addresses, at) if has_mail else None
        if rng.random() < 0.04:
            user, mail = rng.choice([("guest", mail), (user, address("shop"))])
        return device, user, mail


def _parameter(key: str, text: str) -> Row:
    return {"key": key, "value": {"string_value": text}}


def ga4(cast: Cast, row: Row) -> Row:
    return told(cast.rng, row, *cast.names(datetime.fromtimestamp(row["event_timestamp"] / 1_000_000, UTC)))


def told(rng: Random, row: Row, device: str, user: str | None, mail: str | None) -> Row:
    kept = [parameter for parameter in row["event_params"] if parameter["key"] != "email_sha256"]
    changed: Row = {"user_pseudo_id": device, "user_id": user, "event_params": kept}
    if mail:
        where = rng.random()
        if where < 0.1:
            changed["user_properties"] = [_parameter("email_sha256", mail)]
        elif where < 0.2 and not user:
            changed["user_id"] = mail
        else:
            changed["event_params"] = [*kept, _parameter(rng.choice(["email_sha256", "sha256_email_address"]), mail)]
    return {**row, **changed}


def once_more(cast: Cast, rows: list[Row]) -> list[Row]:
    """The same events by somebody else, some quarters of an hour apart; and what of the day tells that an address changes hands."""
    apart = [{**row, "event_timestamp": row["event_timestamp"] + 900_000_000 * cast.rng.randrange(-4, 5)} for row in rows]
    found = [ga4(cast, row) for row in apart]
    for at, device, user, mail in cast.handed_over if rows else []:
        if f"{at:%Y%m%d}" == rows[0]["event_date"]:
            login = {"event_name": "login", "event_timestamp": int(at.timestamp() * 1_000_000), "privacy_info": None}
            row = {**cast.rng.choice(rows), **login}
            found.append(told(cast.rng, row, device, user, mail))
    return found


def first_party(cast: Cast, row: Row) -> Row:
    device, user, mail = cast.names(row["occurred_at"])
    return {**row, "device_id": device if cast.rng.random() < 0.4 else None, "user_id": user, "email_sha256": mail}


def matomo(cast: Cast, row: Row) -> Row:
    at = datetime.fromtimestamp(row["firstActionTimestamp"], UTC)
    device, user, mail = cast.names(at)
    return {**row, "visitorId": device, "userId": user, "email_sha256": mail}


def profile(cast: Cast, row: Row) -> Row:
    """A profile is somebody's from its creation on; now and then it was written by hand and has somebody else's user id."""
    rng, person = cast.rng, cast.rng.choice(cast.people)
    at = datetime.fromisoformat(row["created"]) + timedelta(hours=23)
    made = START + timedelta(hours=7 * person.number % HOURS)
    user = person.one(rng, person.users, at) if rng.random() < 0.9 else rng.choice(rng.choice(cast.people).users)[1]
    mail = person.one(rng, person.addresses, at) if rng.random() < 0.8 else None
    held = {"external_id": user if rng.random() < 0.5 else None, "email_sha256": mail}
    return {**row, "id": f"profile{person.number}", "created": made.isoformat(), **held}


def member(cast: Cast, row: Row) -> Row:
    rng, person = cast.rng, cast.rng.choice(cast.people)
    at = row["timestamp_opt"] + timedelta(hours=rng.randrange(24))
    user = person.one(rng, person.users, at) if rng.random() < 0.6 else None
    return {**row, "email_sha256": person.one(rng, person.addresses, at), "external_id": user, "timestamp_opt": at}


def klaviyo(cast: Cast, row: Row) -> Row:
    return {**row, "profile_id": f"profile{cast.rng.choice(cast.people).number}"}


def mailchimp(cast: Cast, row: Row) -> Row:
    person = cast.rng.choice(cast.people)
    return {**row, "email_sha256": person.one(cast.rng, person.addresses, row["timestamp"])}


CHANGES: dict[tuple[str, str], Any] = {
    ("ga4", "events"): ga4,
    ("first_party", "events"): first_party,
    ("matomo", "visits"): matomo,
    ("klaviyo", "profiles"): profile,
    ("klaviyo", "events"): klaviyo,
    ("mailchimp", "members"): member,
    ("mailchimp", "activity"): mailchimp,
}


def peopled(partitions: Iterable[Rows], rng: Random) -> list[Rows]:
    """The same partitions, of whose rows most are what somebody of a cast did."""
    cast, found = Cast(rng), []
    for held in partitions:
        change = CHANGES.get((held.source, held.stream))
        rows = [change(cast, dict(row)) if change and rng.random() < 0.85 else dict(row) for row in held.rows]
        rows += once_more(cast, rows) if held.source == "ga4" else []
        found.append(replace(held, rows=landed(held.source, held.stream, rows)))
    return found


def decisions(partitions: Iterable[Rows], rng: Random) -> list[str]:
    """Up to four lines of an override file, mostly about what stands in rows together."""
    together, names = [], set()
    for held in partitions:
        for row in held.rows:
            told = [name for name in _names(held, row) if name]
            names |= set(told)
            together += [told] if len(told) > 1 else []
    known, lines = sorted(names), []
    for _ in range(rng.randrange(1, 5)):
        one, other = rng.sample(rng.choice(together) if together and rng.random() < 0.6 else known, 2)
        action = rng.choice(["link", "unlink", "unlink", "block"])
        if action == "block" or not one.startswith("device:") or not other.startswith("device:"):
            lines.append(f"{action},{one},{'' if action == 'block' else other}")
    return lines


def _names(held: Rows, row: Any) -> list[str | None]:
    def name(kind: str, text: str | None) -> str | None:
        return f"{kind}:{text}" if text and text.strip() == text and "," not in text else None

    if held.source == "ga4":
        mail = next((told["value"]["string_value"] for told in row["event_params"] if "email" in told["key"]), None)
        return [name("device", row["user_pseudo_id"]), name("user_id", row.get("user_id")), name("email_sha256", mail)]
    if (held.source, held.stream) == ("first_party", "events"):
        return [name("device", row["device_id"]), name("user_id", row["user_id"]), name("email_sha256", row["email_sha256"])]
    if (held.source, held.stream) == ("klaviyo", "profiles"):
        told = name("user_id", row["external_id"]), name("email_sha256", row["email_sha256"])
        return [name("klaviyo_profile", row["id"]), *told]
    return []
