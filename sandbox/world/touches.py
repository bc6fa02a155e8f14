"""The touchpoints that a perfect pipeline would find, with journey and stage by the rules of docs/model.md."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sandbox.world import emails
from sandbox.world.identity import Identities
from sandbox.world.ledger import Ledger
from sandbox.world.sessions import Session, SiteEvent
from sandbox.world.shop import TOUCHES, ShopEvent

TYPES = {
    "view_item": "product_view",
    "chat_started": "chat",
    "generate_lead": "lead_capture",
    "add_to_cart": "add_to_cart",
    "begin_checkout": "checkout",
    "purchase": "purchase",
    "refund": "refund",
    "loyalty_join": "loyalty_join",
    "support_request": "support",
}
EMAIL_TYPES = {emails.RECEIVED: "email_delivered", emails.OPENED: "email_open", emails.CLICKED: "email_click"}
DECISION = {"add_to_cart", "checkout", "purchase"}
AFTERWARDS = {"refund", "loyalty_join", "support"}


@dataclass
class Touch:
    """One touchpoint; ``rank`` orders touches of the same instant (an arrival before the event it coincides with)."""

    person_id: str
    at: int
    rank: int
    kind: str
    session: Session | None = None
    event: SiteEvent | None = None
    mail: emails.EmailEvent | None = None
    shop: ShopEvent | None = None
    journey: int = 0
    stage: str = ""
    decides: bool = False


def touches(ledger: Ledger, identities: Identities) -> list[Touch]:
    """All touches before the horizon, ordered by person and time."""
    found: dict[str, list[Touch]] = defaultdict(list)
    end = ledger.period.site_end
    for session in [*ledger.sessions, *ledger.outlet]:
        owner = identities.owner.get(session.key)
        if session.kind != "person" or owner is None:
            continue
        seen = [event for event in session.events if event.at < end]
        mapped = [event for event in seen if event.name in TYPES and not event.is_again]
        decides = any(TYPES[event.name] in DECISION for event in mapped)
        kind = "ad_click" if session.visit.ad else "site_visit"
        found[owner].append(Touch(owner, session.start, 0, kind, session, decides=decides))
        found[owner] += [Touch(owner, event.at, event.bundle + event.index, TYPES[event.name], session, event) for event in mapped]
    names = {person.number: person.person_id for person in ledger.people}
    emails_end = ledger.period.email_end
    for mail in ledger.emails:
        if mail.metric in EMAIL_TYPES and mail.at < emails_end:
            owner = names[mail.person_number]
            found[owner].append(Touch(owner, mail.at, 1, EMAIL_TYPES[mail.metric], mail=mail))
    for happened in ledger.shop:
        if happened.at < end and happened.is_known and not happened.is_again and happened.kind in TOUCHES:
            owner = happened.person.person_id if happened.person else identities.owner[happened.session.key] if happened.session else ""
            found[owner].append(Touch(owner, happened.at, 1, happened.kind, shop=happened))
    ordered = []
    for _, path in sorted(found.items()):
        path.sort(key=lambda touch: (touch.at, touch.rank))
        _walk(path)
        ordered += path
    return ordered


def _walk(path: list[Touch]) -> None:
    """Number the journeys and name the stages of one person's touches."""
    journey, bought = 1, False
    for place, touch in enumerate(path):
        touch.journey = journey
        if bought or touch.kind in AFTERWARDS:
            touch.stage = "post_purchase"
        elif touch.kind in DECISION:
            touch.stage = "decision"
        elif place == 0:
            touch.stage = "awareness"
        elif touch.decides:
            touch.stage = "decision"
        else:
            touch.stage = "consideration"
        if touch.kind == "purchase":
            journey, bought = journey + 1, True
