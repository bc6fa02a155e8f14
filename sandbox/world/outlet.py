"""The brand's outlet, a second site of its own, which Matomo watches: strangers, and some of the shop's customers who log in there.

Each day has a stream of its own and so has each visit, and who may come is decided by what was known before the day, so
a longer world begins like a shorter one. Times are whole seconds, as Matomo's are.
"""

from __future__ import annotations

import hashlib
from random import Random

from sandbox.world import brand
from sandbox.world.agenda import APART, time_of_day
from sandbox.world.brand import Product
from sandbox.world.channels import Visit
from sandbox.world.known import Known
from sandbox.world.ledger import Ledger
from sandbox.world.people import Device, Person, draw_device
from sandbox.world.period import DAY, HOUR, SECOND, midnight
from sandbox.world.randomness import pick, poisson, stream
from sandbox.world.sessions import Order, Session, SiteEvent

VISITS_A_DAY = 12.0
SYSTEM = "matomo"
FIRST_VISIT = 40_001
_PLANS = (("look", 60.0), ("cart", 12.0), ("buy", 9.0), ("lead", 11.0), ("contact", 4.0), ("chat", 4.0))


def simulate(ledger: Ledger) -> None:
    """Let everybody visit until a day past the horizon."""
    devices: dict[str, Device] = {}
    found: list[Session] = []
    accounts = Known(ledger.people)
    for day in range(ledger.period.days + 1):
        start = midnight(ledger.period.start) + day * DAY
        known = accounts.before(start)
        count = poisson(stream(ledger.seed, "outlet", day), VISITS_A_DAY * ledger.scale)
        arrivals = []
        for index in range(count):
            rng = stream(ledger.seed, "outlet", day, index)
            at = time_of_day(rng, start) // SECOND * SECOND
            arrivals.append((max(at, start + 3 * HOUR) if day == 0 else at, index, rng))
        for at, index, rng in sorted(arrivals, key=lambda arrival: arrival[:2]):
            if known and rng.random() < 0.35:
                person = rng.choice(known)
                device = devices.setdefault(person.number, _device(rng, f"outlet/{person.number}", at))
                _visit(found, rng, person if rng.random() < 0.7 else None, device, at, f"{day:03d}{index:03d}")
                continue
            device = _device(rng, f"outlet/{ledger.seed}/{day}/{index}", at)
            while at < midnight(ledger.period.end) + DAY:
                _visit(found, rng, None, device, at, f"{day:03d}{index:03d}{device.sessions}")
                if rng.random() > 0.25:
                    break
                at = time_of_day(rng, midnight(ledger.period.start) + (day + 1 + int(rng.random() * 9)) * DAY) // SECOND * SECOND
                at = max(at, device.busy_until + HOUR)
    ledger.outlet.extend(sorted(found, key=lambda session: (session.start, session.key)))
    for place, session in enumerate(ledger.outlet):
        session.visit_id = FIRST_VISIT + place


def _device(rng: Random, name: str, at: int) -> Device:
    """A browser with a visitor id of Matomo's kind, 16 hexadecimal digits, under the name that the pipeline gives it."""
    device = draw_device(rng, at)
    device.sends_session_id = True
    device.pseudo_id = f"{SYSTEM}/{brand.MATOMO_SITE}/{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    return device


def _came(rng: Random) -> Visit:
    """Where the visit comes from. Tags as the visitor's link has them; Matomo takes them out of the address."""
    landing = pick(rng, ((f"{brand.OUTLET}/", 5.0), (page_of(rng.choice(brand.PRODUCTS)), 3.0), (f"{brand.OUTLET}/ofertas", 2.0)))
    kind = pick(rng, (("direct", 38.0), ("search", 30.0), ("social", 12.0), ("website", 9.0), ("campaign", 11.0)))
    if kind == "search":
        source, referrer = pick(rng, ((("google", "https://www.google.com/"), 8.0), (("bing", "https://www.bing.com/"), 1.0)))
        return Visit("Organic Search", source, "organic", landing, referrer=referrer)
    if kind == "social":
        return Visit("Organic Social", "instagram", "social", landing, referrer="https://l.instagram.com/")
    if kind == "website":
        return Visit("Referral", "revistacerrado.example", "referral", landing, referrer="https://revistacerrado.example/indicacoes")
    if kind == "campaign":
        tags = "utm_source=newsletter&utm_medium=email&utm_campaign=outlet-da-semana"
        return Visit("Email", "newsletter", "email", f"{brand.OUTLET}/ofertas", query=tags)
    return Visit("Direct", "(direct)", "(none)", landing)


def page_of(product: Product) -> str:
    return f"{brand.OUTLET}/p/{product.slug}"


def _visit(found: list[Session], rng: Random, person: Person | None, device: Device, at: int, number: str) -> None:
    """One visit, unless the browser is still at another."""
    if at < device.busy_until + APART:
        return
    device.sessions += 1
    came = _came(rng)
    session = Session(person, device, came, at, device.sessions, source_system=SYSTEM)
    user_id = person.user_id if person else None
    events = session.events

    def emit(name: str, page: str, pause: tuple[int, int] | None = (8, 160), **fields: object) -> None:
        after = 0 if pause is None else pause[0] + int(rng.random() * (pause[1] - pause[0]))
        last = events[-1].at if events else at - after * SECOND
        before = events[-1].page if events else came.referrer
        event = SiteEvent(name, last + after * SECOND, page, before, 0, len(events) + 1, user_id=user_id)
        for field, value in fields.items():
            setattr(event, field, value)
        events.append(event)

    landing = next((product for product in brand.PRODUCTS if page_of(product) == came.landing), None)
    emit("view_item" if landing else "page_view", came.landing, product=landing)
    plan = pick(rng, _PLANS)
    while rng.random() < (0.72 if plan in ("cart", "buy") else 0.5):
        product = rng.choice(brand.PRODUCTS)
        emit("view_item", page_of(product), product=product)
    product = events[-1].product or rng.choice(brand.PRODUCTS)
    order = Order(f"FO{number}", ((product, 1 + int(rng.random() * 2)),), 1490 if rng.random() < 0.5 else 0)
    match plan:
        case "cart":
            emit("page_view", f"{brand.OUTLET}/sacola")
            emit("add_to_cart", f"{brand.OUTLET}/sacola", None, order=None, product=product)
        case "buy":
            emit("page_view", f"{brand.OUTLET}/sacola")
            emit("page_view", f"{brand.OUTLET}/obrigado")
            emit("purchase", f"{brand.OUTLET}/obrigado", None, order=order)
        case "lead":
            emit("generate_lead", events[-1].page, (5, 60))
        case "contact":
            emit("page_view", f"{brand.OUTLET}/contato")
            emit("support_request", f"{brand.OUTLET}/contato", (20, 90))
        case "chat":
            emit("chat_started", events[-1].page, (5, 60))
    if rng.random() < 0.3:
        emit("page_view", f"{brand.OUTLET}/frete-e-prazos")
    device.busy_until = session.end
    if device.first_touch is None:
        device.first_touch = at
    found.append(session)


def visitor_id(session: Session) -> str:
    return str(session.device.pseudo_id).rsplit("/", 1)[1]
