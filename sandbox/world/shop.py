"""What happens away from the site: the shop's till, the service desk, the chat. No platform tells it; the company's own files do.

Each loyalty member, sale and day has a stream of its own, drawn in the order of time, so a longer world begins like a shorter one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from sandbox.world import brand
from sandbox.world.ledger import Ledger
from sandbox.world.people import Person
from sandbox.world.period import DAY, HOUR, MINUTE, SECOND, local_date, midnight
from sandbox.world.randomness import pick, poisson, stream
from sandbox.world.sessions import Session, SiteEvent

CHANNELS = {"till": "Offline", "phone": "Offline", "messenger": "Organic Social", "email": "Email", "chat": "Unassigned"}
MEDIUMS = {"till": "offline", "phone": "phone", "messenger": "social", "email": "email", "chat": "chat"}
TOUCHES = frozenset({"purchase", "refund", "support", "chat"})
SALES_A_DAY = 1.5
"""At the till, by nobody known."""


@dataclass(frozen=True)
class ShopEvent:
    """One event. ``person`` is who it was; ``shows`` are the identifiers that were written down, which may be none.

    ``is_again`` marks a web order that the till reports once more when it is picked up.
    """

    event_id: str
    at: int
    kind: str
    channel: str
    person: Person | None = None
    shows: tuple[str, ...] = ()
    session: Session | None = None
    cents: int | None = None
    transaction_id: str | None = None
    consent: str | None = None
    is_again: bool = False
    properties: dict[str, object] = field(default_factory=dict)

    @property
    def is_known(self) -> bool:
        """Whether the event may be tied to somebody, and can be."""
        return self.consent != "denied" and bool(self.shows)


def simulate(ledger: Ledger) -> None:
    """Let everything happen until a day past the horizon."""
    until = ledger.period.site_end + DAY
    joined: dict[str, tuple[int, Person]] = {}
    for session in ledger.sessions:
        if session.kind != "person" or (session.person and session.person.is_story):
            continue
        for event in session.events:
            if event.name == "loyalty_join" and session.person:
                known = joined.get(session.person.number)
                if known is None or event.at < known[0]:
                    joined[session.person.number] = (event.at, session.person)
            elif event.name == "purchase" and event.order and not event.is_again:
                _after_web_sale(ledger, event)
        _transcript(ledger, session)
    for number in sorted(joined):
        _member(ledger, *joined[number], until)
    for day in range(ledger.period.days + 1):
        _unknown_sales(ledger, day)
    ledger.shop.sort(key=lambda event: (event.at, event.event_id))


def opening(rng: Random, at: int, days: int) -> int:
    """An instant while the shop is open (9 to 20 h), ``days`` days after ``at``; never on a whole second."""
    return midnight(local_date(at + days * DAY)) + 9 * HOUR + int(rng.random() * 39_600) * SECOND + 1 + int(rng.random() * 999_998)


def _member(ledger: Ledger, joined: int, person: Person, until: int) -> None:
    """A loyalty member in the shop: the card names account and address at first, later the address is enough."""
    rng = stream(ledger.seed, "member", person.number)
    number, at = 0, opening(rng, joined, 1 + int(rng.random() * 5))
    shows: tuple[str, ...] = ("email", "user_id")

    def happens(at: int, kind: str, channel: str, shown: tuple[str, ...], **fields: object) -> None:
        event_id = f"{kind[:2]}-{person.number}-{number:02d}{channel[0]}"
        ledger.shop.append(ShopEvent(event_id, at, kind, channel, person, shown, **fields))  # type: ignore[arg-type]

    while at < until and rng.random() < 0.85:
        number += 1
        if number == 1 and rng.random() < 0.5:
            happens(at - 2 * MINUTE, "consent_granted", "till", shows, consent="granted", properties={"formulário": "clube"})
        sale, bought = f"CX{person.number}{number:02d}", [rng.choice(brand.PRODUCTS) for _ in range(1 + int(rng.random() * 3))]
        cents = sum(product.cents for product in bought)
        items = [product.name for product in bought]
        happens(at, "purchase", "till", shows, cents=cents, transaction_id=sale, consent="granted", properties={"itens": items})
        shows = ("email",)
        if rng.random() < 0.35:
            back = cents if rng.random() < 0.5 else bought[0].cents // 2
            receipt_only = rng.random() < 0.3
            when = opening(rng, at, 1 + int(rng.random() * 6))
            happens(when, "refund", "till", () if receipt_only else shows, cents=back, transaction_id=sale)
        if rng.random() < 0.35:
            asked = opening(rng, at, 1 + int(rng.random() * 4)) + 3
            happens(
                asked, "support", pick(rng, (("phone", 3.0), ("messenger", 2.0), ("email", 2.0))), shows, properties={"assunto": "troca"}
            )
            if rng.random() < 0.15:
                happens(asked + 9 * MINUTE, "consent_denied", "phone", shows, consent="denied")
        at = opening(rng, at, 2 + int(rng.expovariate(1 / 12.0)))


def _after_web_sale(ledger: Ledger, event: SiteEvent) -> None:
    """A web order that is picked up in the shop, whose till reports it once more, or of which a part is brought back there."""
    assert event.order
    order, rng = event.order, stream(ledger.seed, "order", event.order.transaction_id)
    chance, at = rng.random(), opening(rng, event.at, 1 + int(rng.random() * 4))
    name = order.transaction_id
    if chance < 0.05:
        again = ShopEvent(f"re-{name}", at, "purchase", "till", cents=order.cents, transaction_id=name, is_again=True)
        ledger.shop.append(again)
    elif chance < 0.1:
        ledger.shop.append(ShopEvent(f"de-{name}", at, "refund", "till", cents=order.lines[0][0].cents // 3, transaction_id=name))


def _transcript(ledger: Ledger, session: Session) -> None:
    """A chat that went on after the visit; its transcript names the browser and nobody."""
    if session.device.is_shared or not session.device.pseudo_id:
        return
    rng = stream(ledger.seed, "chat", session.key)
    if rng.random() < 0.015:
        at = session.end + int((40 + 200 * rng.random()) * MINUTE) + 11
        ledger.shop.append(ShopEvent(f"ch-{session.key}", at, "chat", "chat", None, ("device_id",), session, properties={"mensagens": 7}))


def _unknown_sales(ledger: Ledger, day: int) -> None:
    """Sales to people whom the till does not know, or who say that it may not."""
    rng = stream(ledger.seed, "till", day)
    for index in range(poisson(rng, SALES_A_DAY * ledger.scale)):
        at = opening(rng, midnight(ledger.period.start) + day * DAY, 0)
        sale, cents, denies = f"CX{day:03d}-{index:03d}", rng.choice(brand.PRODUCTS).cents, rng.random() < 0.3
        shows, consent = (("email",), "denied") if denies else ((), None)
        person = Person(f"T{day}-{index}", f"t{day:03d}{index:03d}", "", "", f"cliente.{day}.{index}@correio.example") if denies else None
        ledger.shop.append(ShopEvent(f"cx-{day:03d}-{index:03d}", at, "purchase", "till", person, shows, None, cents, sale, consent))
