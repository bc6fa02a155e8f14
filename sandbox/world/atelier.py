"""The brand's second shop, with a domain and a GA4 property of its own: strangers, and some of the first shop's customers who log in.

Its pages are the first shop's under another host. Who may come is decided by what was known before the day, and each day and
visit has a stream of its own, so a longer world begins like a shorter one. There are no ads to it.
"""

from __future__ import annotations

from random import Random

from sandbox.world import brand, channels
from sandbox.world.agenda import APART, time_of_day
from sandbox.world.channels import Visit
from sandbox.world.known import Known
from sandbox.world.ledger import Ledger
from sandbox.world.people import Device, Person, draw_device
from sandbox.world.period import DAY, HOUR, midnight
from sandbox.world.randomness import pick, poisson, stream
from sandbox.world.sessions import ATELIER, Order, Session, Step, play

VISITS_A_DAY = 14.0
_PLANS = (("bounce", 30.0), ("look", 40.0), ("cart", 14.0), ("buy", 14.0), ("support", 2.0))


def simulate(ledger: Ledger) -> None:
    """Let everybody visit until a day past the horizon; nothing happens where the world has one property."""
    if ledger.accounts.ga4 < 2:
        return
    start = midnight(ledger.period.start)
    devices: dict[str, Device] = {}
    found: list[Session] = []
    known = Known(ledger.people)
    for day in range(ledger.period.days + 1):
        begins = start + day * DAY
        people = known.before(begins)
        arrivals = []
        for index in range(poisson(stream(ledger.seed, "atelier", day), VISITS_A_DAY * ledger.scale)):
            rng = stream(ledger.seed, "atelier", day, index)
            at = time_of_day(rng, begins)
            arrivals.append((max(at, begins + 3 * HOUR) if day == 0 else at, index, rng))
        for at, index, rng in sorted(arrivals, key=lambda arrival: arrival[:2]):
            person = rng.choice(people) if people and rng.random() < 0.3 else None
            device = devices.setdefault(person.number, draw_device(rng, at)) if person else draw_device(rng, at)
            session = _visit(rng, person, device, at, f"FA{day:03d}{index:04d}")
            if session:
                found.append(session)
                _bring_back(ledger, found, rng, session)
    ledger.sessions += sorted(found, key=lambda session: (session.start, session.key))


def _came(rng: Random) -> Visit:
    kind = pick(rng, (("direct", 30.0), ("search", 36.0), ("social", 16.0), ("referral", 10.0), ("video", 8.0)))
    if kind == "search":
        return channels.organic_search(rng)
    if kind == "social":
        return channels.organic_social(rng)
    if kind == "referral":
        return channels.referral(rng)
    return channels.organic_video(channels.page(rng)) if kind == "video" else channels.direct(channels.page(rng))


def _visit(rng: Random, person: Person | None, device: Device, at: int, number: str) -> Session | None:
    """One visit, unless the browser is still at another."""
    if at < device.busy_until + APART:
        return None
    plan = pick(rng, _PLANS)
    steps: list[Step] = []
    if person and rng.random() < 0.7:
        steps.append(("login", rng.random() < 0.5))
    while plan != "bounce" and rng.random() < 0.6:
        steps.append(("view", rng.choice(brand.PRODUCTS)))
    if plan in ("cart", "buy"):
        steps += [("view", rng.choice(brand.PRODUCTS)), ("cart",)]
    if plan == "buy":
        lines = tuple((product, 1) for product in rng.sample(brand.PRODUCTS, 1 + int(rng.random() * 2)))
        steps += [("checkout",), ("buy", Order(number, lines, 1490 if rng.random() < 0.5 else 0))]
    if plan == "support":
        steps.append(("support",))
    return _play(rng, person, device, _came(rng), at, steps)


def _play(rng: Random, person: Person | None, device: Device, came: Visit, at: int, steps: list[Step]) -> Session:
    device.sessions += 1
    if device.first_touch is None:
        device.first_touch = at
        device.first_source = (f"({came.channel.lower()})", came.medium, came.source)
    session = play(rng, Session(person, device, came, at, device.sessions, site=ATELIER), steps, engaged=bool(steps))
    for event in session.events:
        event.page = event.page.replace(brand.HOST, ATELIER.host)
        event.referrer = event.referrer.replace(brand.HOST, ATELIER.host) if event.referrer else None
    device.busy_until = session.end
    return session


def _bring_back(ledger: Ledger, found: list[Session], rng: Random, session: Session) -> None:
    """One sale to a stranger in ten is brought back, whole or in part, on the same browser, which is theirs alone."""
    order = next((event.order for event in session.events if event.name == "purchase"), None)
    if order is None or session.person is not None or rng.random() > 0.1:
        return
    at = session.end + int((2 + 9 * rng.random()) * DAY) + HOUR
    cents = order.cents if rng.random() < 0.5 else order.lines[0][0].cents // 2
    if at < ledger.period.site_end + DAY:
        found.append(_play(rng, session.person, session.device, channels.direct(brand.ACCOUNT), at, [("refund", order, cents)]))
