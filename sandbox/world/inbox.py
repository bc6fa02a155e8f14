"""Emails to one person, and how the mailbox, its machines and its reader react."""

from __future__ import annotations

from random import Random

from sandbox.world import brand, channels, emails
from sandbox.world.agenda import APART, Agenda
from sandbox.world.channels import Visit
from sandbox.world.ledger import Ledger
from sandbox.world.people import Device, Person
from sandbox.world.period import DAY, HOUR, SECOND, midnight
from sandbox.world.randomness import pick


class Inbox(Agenda):
    """Deliveries, opens and clicks; a click may open a visit, which ``Life`` plays."""

    def __init__(self, ledger: Ledger, rng: Random, number: str) -> None:
        super().__init__(ledger, rng, number)
        self._mails = 0

    def visit(self, at: int, person: Person, device: Device, purpose: str, came: Visit | None = None) -> None:
        """A visit with a purpose; see ``Life``."""
        raise NotImplementedError

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

    def join_club(self, at: int, person: Person) -> None:
        """The loyalty club's list gets the address, and the person the magazine."""
        if person.member_at is None:
            person.member_at, person.is_member = at, True
            self._next_magazine(at, person)

    def _next_magazine(self, at: int, person: Person) -> None:
        first = midnight(self.ledger.period.start) + emails.MAGAZINE_FIRST * DAY + emails.MAGAZINE_HOUR * HOUR
        issue = max(0, (at - first) // (emails.MAGAZINE_EVERY * DAY) + 1)
        self.plan(first + issue * emails.MAGAZINE_EVERY * DAY, self.magazine, person, issue)

    def magazine(self, at: int, person: Person, issue: int) -> None:
        if person.is_member:
            self.receive(at, person, emails.magazine(self.ledger.period.start, issue))
            self._next_magazine(at, person)

    def _leave(self, at: int, person: Person, message: emails.Message, status: str) -> None:
        """No more of what the message belongs to."""
        if message.provider == emails.MAILCHIMP:
            person.is_member, person.member_left = False, (at // SECOND * SECOND, status)
        else:
            person.subscribed = False

    def mail(self, at: int, person: Person, metric: str, message: emails.Message, url: str | None = None, is_machine: bool = False) -> None:
        self._mails += 1
        second = at // SECOND * SECOND
        if message.provider == emails.KLAVIYO and person.profile_at is None:
            person.profile_at = second  # whom Klaviyo mails it knows: somebody who joined the club at the till and buys, say
        self.ledger.emails.append(
            emails.EmailEvent(f"{self.number}-{self._mails}", person.number, metric, second, message, url, is_machine)
        )

    def receive(self, at: int, person: Person, message: emails.Message) -> None:
        """Delivery, and the reactions of mailbox, scanner and reader."""
        rng = self.rng
        if rng.random() < 0.008:
            # Mailchimp's report of recipients has no time but the campaign's; the bounce comes back a little later.
            back = int(3 + 20 * rng.random()) * SECOND if message.provider == emails.MAILCHIMP else 0
            self.mail(at + back, person, emails.BOUNCED, message)
            self._leave(at + back, person, message, "cleaned")
            return
        self.mail(at, person, emails.RECEIVED, message)
        if person.behind_scanner and message.provider == emails.KLAVIYO:
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
        elif point < 0.22 and (person.is_member if message.provider == emails.MAILCHIMP else person.subscribed):
            metric = emails.SPAM if point < 0.202 else emails.UNSUBSCRIBED
            gone = at + int(5 + 60 * self.rng.random()) * SECOND
            self._leave(gone, person, message, "unsubscribed")
            self.plan(gone, self.react, person, metric, message, None, False)

    def click(self, at: int, person: Person, message: emails.Message) -> None:
        """A human click opens the site seconds later, or the brand's video, from which some go on to the site."""
        if not person.devices:
            return
        device = person.devices[0] if self.rng.random() < 0.8 else person.devices[-1]
        after = int((3 + 8 * self.rng.random()) * SECOND) + 11
        came = channels.email(message.landing, message.utm_campaign, message.medium, source=message.provider)
        url = emails.link(message)
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
