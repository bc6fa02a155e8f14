"""What happens during one visit to the site: steps in, events out.

Steps are plain tuples: ``("view", product)``, ``("page", url)``, ``("scroll",)``, ``("chat",)``, ``("lead",)``,
``("cart",)``, ``("checkout",)``, ``("buy", order, hash_in)``, ``("again", event)``, ``("sign_up",)``, ``("login", with_hash)``,
``("loyalty",)``, ``("support",)``, ``("refund", order, cents)``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from sandbox.world import brand
from sandbox.world.brand import Product
from sandbox.world.channels import Visit
from sandbox.world.people import Device, Person
from sandbox.world.period import MICRO

Step = tuple[Any, ...]


@dataclass(frozen=True)
class Order:
    """A sale; ``lines`` are (product, quantity). Amounts in BRL cents; shipping is inside ``cents``."""

    transaction_id: str
    lines: tuple[tuple[Product, int], ...]
    shipping: int

    @property
    def cents(self) -> int:
        return sum(product.cents * quantity for product, quantity in self.lines) + self.shipping


@dataclass
class SiteEvent:
    """One event of a visit. ``bundle`` and ``index`` are its place in what the browser sent together;
    ``is_again`` marks a purchase that the browser reports once more."""

    name: str
    at: int
    page: str
    referrer: str | None
    bundle: int
    index: int
    engaged_msec: int | None = None
    user_id: str | None = None
    email_sha256: str | None = None
    hash_in_user_properties: bool = False
    product: Product | None = None
    order: Order | None = None
    refund_cents: int | None = None
    lands: bool = False
    is_again: bool = False


@dataclass(frozen=True)
class Site:
    """A shop on the web and the GA4 property that watches it."""

    host: str
    ga4_property: str
    ga4_stream: str


SHOP = Site(brand.HOST, brand.GA4_PROPERTY, brand.GA4_STREAM)
ATELIER = Site(brand.ATELIER_HOST, brand.ATELIER_PROPERTY, brand.ATELIER_STREAM)


@dataclass
class Session:
    """One visit: who, on what, when, from where, what happened, where, and which system watched (Matomo gives it a ``visit_id``)."""

    person: Person | None
    device: Device
    visit: Visit
    start: int
    number: int
    kind: str = "person"
    clock_skew: int = 0
    source_system: str = "ga4"
    visit_id: int | None = None
    site: Site = SHOP
    events: list[SiteEvent] = field(default_factory=list)

    @property
    def ga_session_id(self) -> int:
        return (self.start + self.clock_skew) // MICRO

    @property
    def key(self) -> str:
        return f"{self.device.pseudo_id}/{self.start}"

    @property
    def end(self) -> int:
        return self.events[-1].at


class Script:
    """Turns steps into events; pauses stay far below the session timeout of 30 minutes."""

    def __init__(self, rng: Random, session: Session, remembered: bool) -> None:
        self.rng, self.session = rng, session
        self.at, self.page, self.referrer = session.start, session.visit.url, session.visit.referrer
        self.user_id = session.person.user_id if remembered and session.person else None
        self.bundle = (session.start // 1000) % 1_000_000_000
        self.index = 0
        self.product: Product | None = None

    def emit(self, name: str, **fields: Any) -> SiteEvent:
        self.index += 1
        event = SiteEvent(name, self.at, self.page, self.referrer, self.bundle, self.index, user_id=self.user_id, **fields)
        self.session.events.append(event)
        return event

    def wait(self, shortest: float, longest: float) -> None:
        """Time passes; the next events travel in a bundle of their own."""
        self.at += int((shortest + (longest - shortest) * self.rng.random() ** 2) * MICRO)
        self.bundle, self.index = self.bundle + 1, 0

    def go(self, page: str) -> None:
        self.wait(4, 140)
        if self.session.device.pseudo_id is None and self.session.visit.query:
            # Without storage the shop passes the landing's parameters on in its own links (Consent Mode's url_passthrough).
            page = f"{page}{'&' if '?' in page else '?'}{self.session.visit.query}"
        self.page, self.referrer = page, self.page
        self.emit("page_view")

    def land(self) -> None:
        device = self.session.device
        self.emit("session_start", lands=True)
        if device.sessions == 1 and device.pseudo_id:
            self.emit("first_visit", lands=True)
        self.emit("page_view", lands=True)

    def engage(self) -> None:
        self.wait(3, 90)
        self.emit("user_engagement", engaged_msec=int(2000 + self.rng.random() * 60_000))

    def play(self, step: Step) -> None:
        getattr(self, f"do_{step[0]}")(*step[1:])

    def do_page(self, page: str) -> None:
        self.go(page)

    def do_view(self, product: Product, here: bool = False) -> None:
        self.product = product
        if not here:
            self.go(product.page)
        self.wait(0.2, 2)
        self.emit("view_item", product=product)

    def do_scroll(self) -> None:
        self.wait(3, 60)
        self.emit("scroll", engaged_msec=int(1000 + self.rng.random() * 30_000))

    def do_chat(self) -> None:
        self.wait(5, 90)
        self.emit("chat_started", engaged_msec=int(2000 + self.rng.random() * 30_000))

    def do_lead(self) -> None:
        assert self.session.person
        self.wait(15, 240)
        self.emit("popup_shown")
        self.wait(5, 60)
        self.emit("generate_lead", email_sha256=self.session.person.email_sha256)

    def do_cart(self) -> None:
        self.wait(5, 120)
        self.emit("add_to_cart", product=self.product or brand.PRODUCTS[0])

    def do_checkout(self) -> None:
        self.go(brand.CART)
        self.go(brand.CHECKOUT)
        self.wait(0.3, 2)
        self.emit("begin_checkout", product=self.product or brand.PRODUCTS[0])

    def do_buy(self, order: Order, hash_in: str = "") -> None:
        self.wait(30, 140)
        self.go(f"{brand.THANKS}?pedido={order.transaction_id}")
        self.wait(0.2, 1.5)
        person = self.session.person
        shown = person.email_sha256 if person and hash_in else None
        self.emit("purchase", order=order, email_sha256=shown, hash_in_user_properties=hash_in == "user_properties")

    def do_again(self, order: Order) -> None:
        """The thank-you page is loaded once more, and its tag reports the same sale once more."""
        self.go(f"{brand.THANKS}?pedido={order.transaction_id}")
        self.wait(0.2, 1.5)
        self.emit("purchase", order=order, is_again=True)

    def _identify(self, name: str, with_hash: bool) -> None:
        assert self.session.person
        self.go(brand.ACCOUNT)
        self.wait(6, 70)
        self.user_id = self.session.person.user_id
        self.emit(name, email_sha256=self.session.person.email_sha256 if with_hash else None)

    def do_sign_up(self) -> None:
        self._identify("sign_up", with_hash=True)

    def do_login(self, with_hash: bool) -> None:
        self._identify("login", with_hash=with_hash)

    def do_loyalty(self) -> None:
        self.go(brand.LOYALTY)
        self.wait(8, 100)
        self.emit("loyalty_join")

    def do_support(self) -> None:
        self.go(brand.SUPPORT)
        self.wait(10, 120)
        self.emit("support_request")

    def do_refund(self, order: Order, cents: int) -> None:
        self.go(brand.RETURNS)
        self.wait(20, 200)
        self.emit("refund", order=order, refund_cents=cents)


def play(rng: Random, session: Session, steps: list[Step], *, remembered: bool = False, engaged: bool = True) -> Session:
    """Fill the session's events; a landing on a product's page views that product."""
    script = Script(rng, session, remembered)
    script.land()
    landing = next((product for product in brand.PRODUCTS if product.page == session.visit.landing), None)
    if landing and engaged:
        script.do_view(landing, True)
    for step in steps:
        script.play(step)
    if engaged:
        script.engage()
    return session
