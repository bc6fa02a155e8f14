"""One visitor's life: visits, sign-ups, purchases and emails in the order in which they happen.

Everything is drawn from the visitor's own stream in chronological order, so a life that is looked at for longer
begins with exactly the same events.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from random import Random
from typing import Any

from sandbox.world import brand, channels, emails
from sandbox.world.channels import Visit
from sandbox.world.ledger import Ledger
from sandbox.world.people import Device, Person
from sandbox.world.period import DAY, HOUR, MINUTE, SECOND, local_date, midnight
from sandbox.world.randomness import pick
from sandbox.world.sessions import Order, Session, Step, play

APART = 31 * MINUTE
_HOURS = [
    (hour, weight) for hour, weight in enumerate((1.5, 0.6, 0.3, 0.2, 0.2, 0.4, 1, 2, 3, 4, 4, 4.5, 5, 4, 4, 4, 4, 4.5, 5, 6, 7, 7, 5, 3))
]


def time_of_day(rng: Random, midnight_at: int) -> int:
    """An instant of the day, evenings preferred; never on a whole second, so it differs from every email's."""
    hour = pick(rng, _HOURS)
    return midnight_at + hour * HOUR + int(rng.random() * 3600) * SECOND + 1 + int(rng.random() * 999_998)


class Life:
    """The queue of what will happen to one visitor, or to one household around a shared device."""

    def __init__(self, ledger: Ledger, rng: Random, number: str) -> None:
        self.ledger, self.rng, self.number = ledger, rng, number
        self._queue: list[tuple[int, int, Callable[..., None], tuple[Any, ...]]] = []
        self._pushed = 0
        self._mails = 0

    def plan(self, at: int, what: Callable[..., None], *args: Any) -> None:
        self._pushed += 1
        heapq.heappush(self._queue, (at, self._pushed, what, args))

    def run(self, until: int) -> None:
        while self._queue and self._queue[0][0] < until:
            at, _, what, args = heapq.heappop(self._queue)
            what(at, *args)

    def later(self, at: int, days: float) -> int:
        """An instant about ``days`` days after ``at``, at a humane hour, at least 40 minutes away."""
        target = time_of_day(self.rng, midnight(local_date(at + int(days * DAY))))
        return max(target, at + 40 * MINUTE + int(self.rng.random() * HOUR))

    def day(self, at: int) -> int:
        return self.ledger.period.day_number(at)

    # Visits

    def enter(self, at: int, person: Person | None, device: Device, visit: Visit, steps: list[Step], **options: Any) -> Session | None:
        """One visit, or None where the device is (or was, less than 31 minutes ago) in use."""
        if at < device.busy_until + APART:
            return None
        device.sessions += 1
        if device.first_touch is None:
            device.first_touch = at
            device.first_source = (visit.tags.get("utm_campaign", f"({visit.channel.lower()})"), visit.medium, visit.source)
        session = play(self.rng, Session(person, device, visit, at, device.sessions), steps, **options)
        device.busy_until = session.end
        if any(event.user_id or event.email_sha256 for event in session.events):
            device.last_identified = person
        self.ledger.sessions.append(session)
        return session

    def visit(self, at: int, person: Person, device: Device, purpose: str, came: Visit | None = None) -> None:
        """A planned visit; one that finds the device in use comes later."""
        if at < device.busy_until + APART:
            self.plan(device.busy_until + APART + int(self.rng.random() * HOUR), self.visit, person, device, purpose, came)
            return
        came = came or self._arrival(device, at)
        steps: list[Step] = []
        if device.is_shared and device.last_identified is not person:
            steps.append(self._identify(at, person))
        remembered = person.has_account and not steps and device.last_identified is person and self.rng.random() < 0.35
        steps += getattr(self, f"plan_{purpose}")(at, person, device, bool(steps) or remembered)
        self.enter(at, person, device, came, steps, remembered=remembered, engaged=purpose != "bounce")

    def _arrival(self, device: Device, at: int) -> Visit:
        if device.bookmarked is not None and self.rng.random() < 0.5:
            return device.bookmarked
        came = channels.next_visit(self.rng, self.day(at)) if device.sessions else channels.first_visit(self.rng, self.day(at))
        if came.platform == "google_ads" and self.rng.random() < 0.06:
            device.bookmarked = channels.bookmark(came)
        return came

    def _identify(self, at: int, person: Person) -> Step:
        if person.has_account:
            return ("login", self.rng.random() < 0.5)
        person.has_account, person.account_at = True, at
        self.remember(at, person, subscribe=self.rng.random() < 0.6)
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

    # What a visit is for: each returns its steps and plans what follows from it

    def plan_bounce(self, at: int, person: Person, device: Device, known: bool) -> list[Step]:
        return []

    def plan_browse(self, at: int, person: Person, device: Device, known: bool) -> list[Step]:
        steps = self._browse(1.4)
        if person.has_account and not known and self.rng.random() < 0.3:
            steps.append(self._identify(at, person))
        return [*steps, ("chat",)] if self.rng.random() < 0.04 else steps

    def plan_lead(self, at: int, person: Person, device: Device, known: bool) -> list[Step]:
        first = person.profile_at is None
        steps = [*self._browse(1.0), *([("chat",)] if self.rng.random() < 0.15 else []), ("lead",)]
        self.remember(at, person, subscribe=self.rng.random() < 0.85)
        if first:
            self.plan(at + int((12 + 8 * self.rng.random()) * HOUR), self.receive, person, emails.WELCOME)
        return steps

    def plan_cart(self, at: int, person: Person, device: Device, known: bool) -> list[Step]:
        steps: list[Step] = [*self._browse(0.6), ("view", self.rng.choice(brand.PRODUCTS)), ("cart",)]
        return [*steps, ("checkout",)] if self.rng.random() < 0.35 else steps

    def plan_buy(self, at: int, person: Person, device: Device, known: bool) -> list[Step]:
        steps: list[Step] = [*self._browse(0.5), ("view", self.rng.choice(brand.PRODUCTS)), ("cart",)]
        hash_in = ""
        if not known:
            if person.has_account or self.rng.random() < 0.45:
                steps.append(self._identify(at, person))
            else:
                hash_in = "event_params" if self.rng.random() < 0.65 else "user_properties"
                self.remember(at, person, subscribe=self.rng.random() < 0.4)
        order = self.order(person)
        steps += [("checkout",), ("buy", order, hash_in)]
        if self.rng.random() < 0.05:
            steps.append(("again", order))
        self._after_purchase(at + 20 * MINUTE, person, device, order)
        return steps

    def plan_loyalty(self, at: int, person: Person, device: Device, known: bool) -> list[Step]:
        return [*([] if known else [self._identify(at, person)]), ("loyalty",)]

    def plan_support(self, at: int, person: Person, device: Device, known: bool) -> list[Step]:
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
        steps = [self._identify(at, person)] if needs or (person.has_account and self.rng.random() < 0.5) else []
        self.enter(at, person, device, channels.direct(brand.ACCOUNT), [*steps, ("refund", order, cents)])

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
        if rng.random() < 0.4:
            again = self.later(at, 10 + 30 * rng.random())
            self.plan(again, self.visit, person, rng.choice(person.devices), "buy" if rng.random() < 0.7 else "browse")

    # Emails

    def remember(self, at: int, person: Person, *, subscribe: bool) -> None:
        """The brand learns the address: a Klaviyo profile, and the newsletter if wanted."""
        if person.profile_at is None:
            person.profile_at = at
        if subscribe and not person.subscribed:
            person.subscribed = True
            self._next_newsletter(at + HOUR, person)

    def _next_newsletter(self, at: int, person: Person) -> None:
        start = midnight(self.ledger.period.start) + emails.NEWSLETTER_HOUR * HOUR
        week = max(0, (at - start - DAY) // (7 * DAY) + 1)
        self.plan(start + (1 + 7 * week) * DAY, self.newsletter, person, week)

    def newsletter(self, at: int, person: Person, week: int) -> None:
        if not person.subscribed:
            return
        self.receive(at + int(self.rng.random() * 1200) * SECOND, person, emails.newsletter(self.ledger.period.start, week))
        self._next_newsletter(at + HOUR, person)

    def mail(self, at: int, person: Person, metric: str, message: emails.Message, url: str | None = None, is_machine: bool = False) -> None:
        self._mails += 1
        second = at // SECOND * SECOND
        self.ledger.emails.append(
            emails.EmailEvent(f"{self.number}-{self._mails}", person.number, metric, second, message, url, is_machine)
        )

    def receive(self, at: int, person: Person, message: emails.Message) -> None:
        """Delivery, and the reactions of mailbox, scanner and reader."""
        rng = self.rng
        if rng.random() < 0.008:
            self.mail(at, person, emails.BOUNCED, message)
            person.subscribed = False
            return
        self.mail(at, person, emails.RECEIVED, message)
        if person.behind_scanner:
            self.plan(at + int(2 + 15 * rng.random()) * SECOND, self.react, person, emails.CLICKED, message, emails.link(message), True)
        if person.opens_with_apple and rng.random() < 0.9:
            self.plan(at + int(5 + 900 * rng.random()) * SECOND, self.react, person, emails.OPENED, message, None, True)
        if rng.random() < (0.4 if message.flow_id else 0.24):
            opened = at + int(40 + min(rng.expovariate(1 / 18_000), 300_000)) * SECOND
            self.plan(opened, self.read, person, message)

    def react(self, at: int, person: Person, metric: str, message: emails.Message, url: str | None, is_machine: bool) -> None:
        self.mail(at, person, metric, message, url, is_machine)

    def read(self, at: int, person: Person, message: emails.Message) -> None:
        self.mail(at, person, emails.OPENED, message)
        point = self.rng.random()
        if point < 0.2:
            self.plan(at + int(4 + 80 * self.rng.random()) * SECOND, self.click, person, message)
        elif point < 0.22 and person.subscribed:
            person.subscribed = False
            metric = emails.SPAM if point < 0.202 else emails.UNSUBSCRIBED
            self.plan(at + int(5 + 60 * self.rng.random()) * SECOND, self.react, person, metric, message, None, False)

    def click(self, at: int, person: Person, message: emails.Message) -> None:
        """A human click opens the site seconds later, or the brand's video, from which some go on to the site."""
        if not person.devices:
            return
        device = person.devices[0] if self.rng.random() < 0.8 else person.devices[-1]
        after = int((3 + 8 * self.rng.random()) * SECOND) + 11
        came, url = channels.email(message.landing, message.utm_campaign, message.medium), emails.link(message)
        if message.campaign_id and self.rng.random() < 0.12:
            came, url, after = channels.organic_video(brand.HOME), brand.VIDEO, after + int(600 * self.rng.random()) * SECOND
        if at < device.busy_until + APART:
            return
        self.mail(at, person, emails.CLICKED, message, url)
        buys = person.orders > 0 or message is emails.WELCOME
        purpose = pick(self.rng, (("browse", 6.0), ("cart", 1.5), ("buy", 2.0 if buys else 0.3)))
        self.plan(at + after, self.open_from_email, person, device, purpose, came)

    def open_from_email(self, at: int, person: Person, device: Device, purpose: str, came: Visit) -> None:
        if at >= device.busy_until + APART:
            self.visit(at, person, device, purpose, came)
