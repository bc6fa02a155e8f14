"""One visitor's visits: what each is for, and what follows from it."""

from __future__ import annotations

from sandbox.world import brand, channels, emails
from sandbox.world.agenda import APART
from sandbox.world.channels import Visit
from sandbox.world.inbox import Inbox
from sandbox.world.people import Device, Person
from sandbox.world.period import HOUR, MINUTE
from sandbox.world.sessions import Order, Session, Step


class Life(Inbox):
    """What one visitor (or one household) does on the site."""

    def visit(self, at: int, person: Person, device: Device, purpose: str, came: Visit | None = None) -> None:
        """A planned visit; one that finds the device in use comes later."""
        if at < device.busy_until + APART:
            self.plan(device.busy_until + APART + int(self.rng.random() * HOUR), self.visit, person, device, purpose, came)
            return
        came = came or self._arrival(device, at)
        steps: list[Step] = []
        if device.is_shared and device.last_identified is not person:
            steps.append(self._identify(person))
        remembered = person.has_account and not steps and device.last_identified is person and self.rng.random() < 0.35
        steps += getattr(self, f"plan_{purpose}")(person, device, bool(steps) or remembered)
        self._follow(self.enter(at, person, device, came, steps, remembered=remembered, engaged=purpose != "bounce"))

    def _follow(self, session: Session | None) -> None:
        """What the brand learns from the visit, and what comes of it."""
        if session is None or session.person is None:
            return
        person, rng = session.person, self.rng
        for event in session.events:
            if event.user_id and person.account_at is None:
                person.account_at = event.at
            is_sale = event.name == "purchase" and not event.is_again
            if event.name == "generate_lead" and person.profile_at is None:
                self.plan(event.at + int((12 + 8 * rng.random()) * HOUR), self.receive, person, emails.WELCOME)
            if event.name in ("generate_lead", "sign_up") or (is_sale and event.email_sha256):
                self.remember(event.at, person, subscribe=rng.random() < (0.85 if event.name == "generate_lead" else 0.5))
            if event.name == "loyalty_join":
                self.join_club(event.at, person)
            if is_sale and event.order:
                self._after_purchase(session.end, person, session.device, event.order)

    def _arrival(self, device: Device, at: int) -> Visit:
        if device.bookmarked is not None and self.rng.random() < 0.5:
            return device.bookmarked
        arrive = channels.next_visit if device.sessions else channels.first_visit
        came = arrive(self.rng, self.day(at), self.ledger.accounts)
        if came.platform == "google_ads" and self.rng.random() < 0.06:
            device.bookmarked = channels.bookmark(came)
        return came

    def _identify(self, person: Person) -> Step:
        if person.has_account:
            return ("login", self.rng.random() < 0.5)
        person.has_account = True
        return ("sign_up",)

    def _browse(self, mean: float) -> list[Step]:
        steps: list[Step] = []
        while self.rng.random() < mean / (1 + mean):
            steps.append(
                ("view", self.rng.choice(brand.PRODUCTS)) if self.rng.random() < 0.7 else ("page", self.rng.choice(brand.CATEGORIES))
            )
            if self.rng.random() < 0.4:
                steps.append(("scroll",))
        return steps

    # What a visit is for: each returns its steps

    def plan_bounce(self, person: Person, device: Device, known: bool) -> list[Step]:
        return []

    def plan_browse(self, person: Person, device: Device, known: bool) -> list[Step]:
        steps = self._browse(1.4)
        if person.has_account and not known and self.rng.random() < (0.3 if device.last_identified else 0.75):
            steps.append(self._identify(person))
        return [*steps, ("chat",)] if self.rng.random() < 0.04 else steps

    def plan_lead(self, person: Person, device: Device, known: bool) -> list[Step]:
        return [*self._browse(1.0), *([("chat",)] if self.rng.random() < 0.15 else []), ("lead",)]

    def plan_cart(self, person: Person, device: Device, known: bool) -> list[Step]:
        steps: list[Step] = [*self._browse(0.6), ("view", self.rng.choice(brand.PRODUCTS)), ("cart",)]
        return [*steps, ("checkout",)] if self.rng.random() < 0.35 else steps

    def plan_buy(self, person: Person, device: Device, known: bool) -> list[Step]:
        steps: list[Step] = [*self._browse(0.5), ("view", self.rng.choice(brand.PRODUCTS)), ("cart",)]
        hash_in = ""
        if not known:
            if person.has_account or self.rng.random() < 0.45:
                steps.append(self._identify(person))
            else:
                hash_in = "event_params" if self.rng.random() < 0.65 else "user_properties"
        order = self.order(person)
        steps += [("checkout",), ("buy", order, hash_in)]
        return [*steps, ("again", order)] if self.rng.random() < 0.05 else steps

    def plan_loyalty(self, person: Person, device: Device, known: bool) -> list[Step]:
        return [*([] if known else [self._identify(person)]), ("loyalty",)]

    def plan_support(self, person: Person, device: Device, known: bool) -> list[Step]:
        steps: list[Step] = [("chat",)] if self.rng.random() < 0.4 else []
        return [*steps, ("support",)]

    def reload(self, at: int, person: Person, device: Device, order: Order) -> None:
        """The thank-you page is still open in a tab; the browser restores it in a new visit and reports the sale again."""
        if device.is_shared:
            return
        self.enter(at, person, device, channels.direct(), [("again", order)], engaged=False)

    def give_back(self, at: int, person: Person, device: Device, order: Order, cents: int) -> None:
        """A refund, asked for and granted on the site; half of the people log in for it."""
        if at < device.busy_until + APART:
            self.plan(device.busy_until + APART + MINUTE, self.give_back, person, device, order, cents)
            return
        needs = device.is_shared and device.last_identified is not person
        steps = [self._identify(person)] if needs or (person.has_account and self.rng.random() < 0.5) else []
        self._follow(self.enter(at, person, device, channels.direct(brand.ACCOUNT), [*steps, ("refund", order, cents)]))

    def order(self, person: Person) -> Order:
        person.orders += 1
        chosen = self.rng.sample(brand.PRODUCTS, 1 + int(self.rng.random() * 2.4))
        lines = tuple((product, 1 + int(self.rng.random() * 1.5)) for product in chosen)
        return Order(f"FC{person.number}{person.orders:02d}", lines, 0 if self.rng.random() < 0.5 else 1990)

    def _after_purchase(self, at: int, person: Person, device: Device, order: Order) -> None:
        rng = self.rng
        self.plan(at + int((5 + 50 * rng.random()) * MINUTE), self.receive, person, emails.THANKS)
        if rng.random() < 0.03:
            self.plan(at + 2 * HOUR + int(rng.random() * 20 * HOUR) + 7, self.reload, person, device, order)
        if rng.random() < 0.08:
            cents = order.cents if rng.random() < 0.5 else order.lines[0][0].cents // 2
            self.plan(self.later(at, 2 + 9 * rng.random()), self.give_back, person, device, order, cents)
        if person.orders == 1 and rng.random() < 0.3:
            self.plan(self.later(at, 1 + 4 * rng.random()), self.visit, person, device, "loyalty", channels.direct(brand.ACCOUNT))
        if rng.random() < 0.12:
            self.plan(self.later(at, 1 + 8 * rng.random()), self.visit, person, device, "support")
        if len(person.devices) > 1 and rng.random() < 0.5:
            # After a purchase the other device is used as well, to look up the order.
            other = person.devices[1] if device is person.devices[0] else person.devices[0]
            self.plan(self.later(at, 1 + 6 * rng.random()), self.visit, person, other, "browse", channels.direct(brand.ACCOUNT))
        if rng.random() < 0.4:
            again = self.later(at, 10 + 30 * rng.random())
            self.plan(again, self.visit, person, rng.choice(person.devices), "buy" if rng.random() < 0.7 else "browse")
