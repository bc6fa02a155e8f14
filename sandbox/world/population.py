"""Who comes: strangers, prospects, buyers, households on one device, subscribers from before, and what is not a person.

Each day has its own arrivals from the stream (seed, "day", day), each arrival its own from (seed, "visitor", day, index).
"""

from __future__ import annotations

from random import Random

from sandbox.world import brand, channels
from sandbox.world.agenda import time_of_day
from sandbox.world.ledger import Ledger
from sandbox.world.life import Life
from sandbox.world.people import Device, Person, draw_device, draw_person
from sandbox.world.period import DAY, HOUR, MICRO, MINUTE, SECOND, midnight
from sandbox.world.randomness import pick, poisson, stream
from sandbox.world.sessions import Order, Session, Step, play

VISITORS_A_DAY = 88.0
SUBSCRIBERS_FROM_BEFORE = 110
CLUB_MEMBERS_FROM_BEFORE = 240
_KINDS = (("stranger", 75.0), ("prospect", 8.0), ("buyer", 10.0), ("household", 0.6), ("denied", 5.9), ("broken_clock", 0.5))


def simulate(ledger: Ledger) -> None:
    """Let everybody live until a day past the horizon (accounts west of the site close their last day later)."""
    until = ledger.period.site_end + DAY
    bot(ledger, 0, 900)
    for index in range(round(SUBSCRIBERS_FROM_BEFORE * ledger.scale)):
        subscriber(ledger, index, until)
    for index in range(round(CLUB_MEMBERS_FROM_BEFORE * ledger.scale)):
        club_member(ledger, index, until)
    for day in range(ledger.period.days + 1):
        rng = stream(ledger.seed, "day", day)
        weekend = 0.85 if (ledger.period.start.toordinal() + day) % 7 in (6, 0) else 1.06
        for index in range(poisson(rng, VISITORS_A_DAY * weekend * ledger.scale)):
            arrival(ledger, day, index, until)
        for index in range(poisson(rng, 0.12 * ledger.scale)):
            bot(ledger, day, index)


def arrival(ledger: Ledger, day: int, index: int, until: int) -> None:
    rng = stream(ledger.seed, "visitor", day, index)
    number = f"{day:03d}{index:05d}"
    at = time_of_day(rng, midnight(ledger.period.start) + day * DAY)
    if day == 0:
        # Nobody comes before the first day has begun in New York, too: an ad click of the day before would have no cost.
        at = max(at, midnight(ledger.period.start) + 3 * HOUR + at % HOUR)
    kind = pick(rng, _KINDS)
    if kind == "denied":
        denied(ledger, rng, number, at, until)
    elif kind == "broken_clock":
        broken_clock(ledger, rng, at)
    else:
        life = Life(ledger, rng, number)
        {"stranger": stranger, "prospect": prospect, "buyer": buyer, "household": household}[kind](life, at)
        life.run(until)


def _person(life: Life, number: str, at: int, second_device: float) -> Person:
    person = draw_person(life.rng, number)
    person.devices.append(draw_device(life.rng, at))
    if life.rng.random() < second_device:
        person.devices.append(draw_device(life.rng, at + 1000 * MICRO))
    life.ledger.people.append(person)
    return person


def stranger(life: Life, at: int) -> None:
    """Comes once or a few times and says no name."""
    person = _person(life, life.number, at, 0.05)
    rng = life.rng
    while True:
        life.plan(at, life.visit, person, rng.choice(person.devices), pick(rng, (("bounce", 4.0), ("browse", 5.0), ("cart", 1.0))))
        if rng.random() < 0.62:
            return
        at = life.later(at, rng.expovariate(1 / 5.0))


def prospect(life: Life, at: int) -> None:
    """Leaves an address for the coupon at the first or second visit; may come back."""
    person = _person(life, life.number, at, 0.3)
    rng = life.rng
    if rng.random() < 0.45:
        life.plan(at, life.visit, person, person.devices[0], pick(rng, (("bounce", 3.0), ("browse", 5.0))))
        at = life.later(at, rng.expovariate(1 / 6.0))
    life.plan(at, life.visit, person, person.devices[0], "lead")
    while rng.random() < 0.35:
        at = life.later(at, rng.expovariate(1 / 9.0))
        life.plan(at, life.visit, person, rng.choice(person.devices), pick(rng, (("browse", 6.0), ("cart", 2.0), ("buy", 1.0))))


def buyer(life: Life, at: int) -> None:
    """Looks around, often leaves an address, and buys; what follows is planned by the purchase."""
    person = _person(life, life.number, at, 0.5)
    rng = life.rng
    while rng.random() < 0.62:
        life.plan(at, life.visit, person, person.devices[0], pick(rng, (("bounce", 2.0), ("browse", 5.0), ("cart", 2.0), ("lead", 2.0))))
        at = life.later(at, rng.expovariate(1 / 5.0))
    life.plan(at, life.visit, person, rng.choice(person.devices), "buy")
    while rng.random() < 0.3:
        at = life.later(at, rng.expovariate(1 / 12.0))
        life.plan(at, life.visit, person, rng.choice(person.devices), pick(rng, (("browse", 6.0), ("cart", 1.0))))


def household(life: Life, at: int) -> None:
    """Two people on one tablet, each logging in when it is their turn; one has a phone besides."""
    rng = life.rng
    shared = draw_device(rng, at)
    shared.is_shared = True
    couple = [draw_person(rng, f"{life.number}{letter}") for letter in ("1", "2")]
    couple[0].devices = [shared]
    couple[1].devices = [shared, draw_device(rng, at + 1000 * MICRO)]
    life.ledger.people.extend(couple)
    for turn in range(3 + int(rng.random() * 4)):
        person = couple[turn % 2] if turn < 2 else rng.choice(couple)
        life.plan(at, life.visit, person, shared, pick(rng, (("browse", 4.0), ("cart", 2.0), ("buy", 4.0))))
        at = life.later(at, rng.expovariate(1 / 4.0))


def subscriber(ledger: Ledger, index: int, until: int) -> None:
    """Somebody on the newsletter list since before the world's first day, who never visits the site."""
    rng = stream(ledger.seed, "subscriber", index)
    life = Life(ledger, rng, f"S{index:05d}")
    person = draw_person(rng, life.number)
    ledger.people.append(person)
    start = midnight(ledger.period.start)
    life.remember(start - int((5 + 300 * rng.random()) * DAY), person, subscribe=True)
    life.run(until)


def club_member(ledger: Ledger, index: int, until: int) -> None:
    """Somebody with an account who joined the loyalty club before the world's first day; only the magazine brings them back."""
    rng = stream(ledger.seed, "club_member", index)
    life = Life(ledger, rng, f"M{index:05d}")
    person = draw_person(rng, life.number)
    joined = midnight(ledger.period.start) - int((5 + 500 * rng.random()) * DAY) // SECOND * SECOND
    person.has_account, person.account_at = True, joined - DAY
    person.devices.append(draw_device(rng, midnight(ledger.period.start)))
    ledger.people.append(person)
    life.join_club(joined, person)
    life.run(until)


def denied(ledger: Ledger, rng: Random, number: str, at: int, until: int) -> None:
    """A visit without consent: no device id, no session id. Untagged arrivals stay on the page they landed on, because
    without storage nothing but the landing's own referrer could say where they came from."""
    device = draw_device(rng, at, consented=False)
    visit = channels.first_visit(rng, ledger.period.day_number(at), ledger.accounts)
    follows = visit.ad is not None or visit.channel == "Direct"
    steps: list[Step] = [("scroll",)]
    order: Order | None = None
    if follows and rng.random() < 0.35:
        product = rng.choice(brand.PRODUCTS)
        order = Order(f"FC{number}00", ((product, 1),), 1990)
        steps += [("view", product), ("cart",), ("checkout",), ("buy", order)]
    # Some are logged in all the same: an account is no consent, and nobody may be tied together by it.
    account = draw_person(rng, number) if rng.random() < 0.2 else None
    session = Session(account, device, visit, at, 1, kind="denied")
    ledger.sessions.append(play(rng, session, steps, remembered=account is not None))
    if order and rng.random() < 0.1:
        back = at + int((3 + 6 * rng.random()) * DAY) + 40 * MINUTE
        if back < until:
            later = Session(None, device, channels.direct(brand.ACCOUNT), back, 2, kind="denied")
            ledger.sessions.append(play(rng, later, [("refund", order, order.cents)]))


def broken_clock(ledger: Ledger, rng: Random, at: int) -> None:
    """A visit from a device whose clock is weeks off; the export files it under the day on which it arrived."""
    device = draw_device(rng, at)
    weeks = rng.choice((-60, -30, -21, -9, 6, 20, 35))
    visit = channels.organic_search(rng) if rng.random() < 0.6 else channels.direct()
    session = Session(None, device, visit, at, 1, kind="broken_clock", clock_skew=weeks * DAY + int(rng.random() * 9) * HOUR)
    device.sessions, device.first_touch = 1, at + session.clock_skew
    ledger.sessions.append(play(rng, session, [("view", rng.choice(brand.PRODUCTS))]))


def bot(ledger: Ledger, day: int, index: int) -> None:
    """A scraper: a page a second, 600 to 900 times, in the middle of the day so that no midnight cuts it."""
    rng = stream(ledger.seed, "bot", day, index)
    at = midnight(ledger.period.start) + day * DAY + int((6 + 12 * rng.random()) * HOUR) + 123
    device: Device = draw_device(rng, at)
    device.sessions, device.first_touch = 1, at
    session = Session(None, device, channels.direct(), at, 1, kind="bot")
    play(rng, session, [], engaged=False)
    template = session.events[-1]
    for count in range(600 + int(rng.random() * 300)):
        page = rng.choice(brand.PRODUCTS).page
        step = type(template)("page_view", at + (count + 1) * MICRO, page, None, template.bundle + count + 1, 1)
        session.events.append(step)
    ledger.sessions.append(session)
