"""People who change their address, and families in which an address goes from one to the other.

They come without ads and get no email, and everything about them is drawn from streams of their own, so nobody else's day or cost
is another one because of them. What a pipeline has to find out: who changes the address stays the same person, also on a
device that has only seen the new one; whoever takes over an address that somebody has given up is somebody else.
"""

from __future__ import annotations

from random import Random

from sandbox.world import channels
from sandbox.world.ledger import Ledger
from sandbox.world.life import Life
from sandbox.world.people import Device, Person, draw_device, draw_person
from sandbox.world.period import DAY, midnight
from sandbox.world.randomness import stream
from sandbox.world.sessions import Step

MOVERS = 30.0
FAMILIES = 20.0


def simulate(ledger: Ledger) -> None:
    """Let them live until a day past the horizon; their first month holds all that matters, however long the world is."""
    until = ledger.period.site_end + DAY
    for index in range(round(MOVERS * ledger.scale)):
        mover(ledger, index, until)
    for index in range(round(FAMILIES * ledger.scale)):
        family(ledger, index, until)


class Moves(Life):
    """Visits that are told in advance, one after the other on a device, so none of them finds it in use."""

    def call(self, at: int, person: Person, device: Device, *steps: Step) -> None:
        came = channels.organic_search(self.rng) if self.rng.random() < 0.5 else channels.direct()
        self.enter(at, person, device, came, list(steps))

    def move(self, at: int, person: Person, email: str) -> None:
        """From now on the person gives this address."""
        person.email = email

    def buy(self, at: int, person: Person, device: Device, *steps: Step) -> None:
        self.call(at, person, device, *steps, ("cart",), ("checkout",), ("buy", self.order(person)))


def mover(ledger: Ledger, index: int, until: int) -> None:
    """Has an account, takes another address, and leaves only the new one on a second device."""
    rng = stream(ledger.seed, "mover", index)
    life = Moves(ledger, rng, f"V{index:05d}")
    at = _start(ledger, rng)
    person = _member(life, life.number, at)
    phone, laptop = person.devices[0], draw_device(rng, at + DAY)
    person.devices.append(laptop)
    life.plan(at, life.call, person, phone, ("sign_up",))
    at = life.later(at, 1 + 4 * rng.random())
    life.plan(at, life.buy, person, phone)
    at = life.later(at, 1 + 4 * rng.random())
    life.plan(at, life.move, person, f"nova.{person.email}")
    life.plan(at, life.call, person, phone, ("login", True))
    at = life.later(at, 1 + 4 * rng.random())
    life.plan(at, life.call, person, laptop, ("lead",))
    at = life.later(at, 1 + 4 * rng.random())
    life.plan(at, life.buy, person, rng.choice(person.devices))
    life.run(until)


def family(ledger: Ledger, index: int, until: int) -> None:
    """One signs up with the family's address and later takes an own one; then the other signs up with the family's, each on a phone."""
    rng = stream(ledger.seed, "family", index)
    life = Moves(ledger, rng, f"F{index:05d}")
    at = _start(ledger, rng)
    first, second = (_member(life, f"{life.number}{letter}", at) for letter in ("1", "2"))
    shared = first.email
    life.plan(at, life.call, first, first.devices[0], ("sign_up",))
    at = life.later(at, 1 + 4 * rng.random())
    life.plan(at, life.move, first, f"propria.{shared}")
    life.plan(at, life.call, first, first.devices[0], ("login", True))
    at = life.later(at, 1 + 4 * rng.random())
    life.plan(at, life.move, second, shared)
    life.plan(at, life.call, second, second.devices[0], ("sign_up",))
    at = life.later(at, 1 + 4 * rng.random())
    for person in (first, second):
        life.plan(at, life.buy, person, person.devices[0], ("login", False))
        at = life.later(at, 0.5)
    life.run(until)


def _start(ledger: Ledger, rng: Random) -> int:
    return midnight(ledger.period.start) + int((1 + 7 * rng.random()) * DAY)


def _member(life: Life, number: str, at: int) -> Person:
    """Somebody with one device, whose account the first visit opens."""
    person = draw_person(life.rng, number)
    person.has_account = True
    person.devices.append(draw_device(life.rng, at))
    life.ledger.people.append(person)
    return person
