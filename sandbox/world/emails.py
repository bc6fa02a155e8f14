"""The brand's emails: what is sent, and how its reader (or the reader's machines) reacts.

Flows and the weekly newsletter go through Klaviyo, the loyalty club's magazine through Mailchimp. Metric and property names
are Klaviyo's: https://developers.klaviyo.com/en/reference/get_events
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta

from sandbox.world import brand

RECEIVED, OPENED, CLICKED = "Received Email", "Opened Email", "Clicked Email"
BOUNCED, UNSUBSCRIBED, SPAM = "Bounced Email", "Unsubscribed", "Marked Email as Spam"
NEWSLETTER_HOUR = 10
MAGAZINE_HOUR, MAGAZINE_EVERY, MAGAZINE_FIRST = 11, 14, 3
KLAVIYO, MAILCHIMP = "klaviyo", "mailchimp"


@dataclass(frozen=True)
class Message:
    """One email as designed. ``flow_id`` for an automatic one, ``campaign_id`` for one sent to a list. ``medium`` is its utm_medium,
    ``provider`` the platform that sends it and its utm_source."""

    message_id: str
    name: str
    subject: str
    landing: str
    utm_campaign: str
    medium: str = "email"
    flow_id: str | None = None
    campaign_id: str | None = None
    provider: str = KLAVIYO


WELCOME = Message("MsgWlc", "Boas-vindas com cupom", "Seu cupom de 10% chegou", brand.HOME, "boas_vindas", flow_id="FlwWlc")
THANKS = Message("MsgThx", "Obrigado pela compra", "Obrigado pelo seu pedido", brand.LOYALTY, "pos_compra", flow_id="FlwThx")
FLOWS = ((WELCOME, "Fluxo de boas-vindas", "Added to List"), (THANKS, "Fluxo pós-compra", "Metric"))


@dataclass(frozen=True)
class EmailEvent:
    """One thing that happened to one email. ``at`` is µs on a whole second; ``is_machine``: no human did it."""

    number: str
    person_number: str
    metric: str
    at: int
    message: Message
    url: str | None = None
    is_machine: bool = False

    @property
    def second(self) -> int:
        return self.at // 1_000_000


def newsletter(start: date, week: int) -> Message:
    """The newsletter of one week (0 is sent on the world's day 1). Every fourth is tagged with a hand-written medium."""
    day = start + timedelta(days=1 + 7 * week)
    product = brand.PRODUCTS[week % len(brand.PRODUCTS)]
    return Message(
        message_id=f"MsgN{week:03d}",
        name=f"Newsletter {day:%Y-%m-%d}",
        subject=f"Novidades do Cerrado: {product.name}",
        landing=product.page,
        utm_campaign=f"newsletter_{day:%Y%m%d}",
        medium="e-mail" if week % 4 == 3 else "email",
        campaign_id=f"CmpN{week:03d}",
    )


def newsletter_day(week: int) -> int:
    """The world's day on which the week's newsletter leaves."""
    return 1 + 7 * week


def magazine(start: date, issue: int) -> Message:
    """One issue of the club's magazine; Mailchimp knows it by its campaign id, ten hexadecimal digits."""
    day = start + timedelta(days=magazine_day(issue))
    product = brand.PRODUCTS[(5 + issue) % len(brand.PRODUCTS)]
    campaign_id = hashlib.sha256(f"magazine/{issue}".encode()).hexdigest()[:10]
    return Message(
        message_id=campaign_id,
        name=f"Revista do Clube {day:%Y-%m-%d}",
        subject=f"Clube Cerrado: {product.name} e outras histórias",
        landing=product.page,
        utm_campaign=f"revista_{day:%Y%m%d}",
        campaign_id=campaign_id,
        provider=MAILCHIMP,
    )


def magazine_day(issue: int) -> int:
    """The world's day on which the issue leaves, at 11:00 sharp for everybody."""
    return MAGAZINE_FIRST + MAGAZINE_EVERY * issue


def link(message: Message) -> str:
    """The address behind the message's button, with its UTM tags."""
    return f"{message.landing}?utm_source={message.provider}&utm_medium={message.medium}&utm_campaign={message.utm_campaign}"
