"""What a perfect pipeline would find in the first-party files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sandbox.world.ledger import Ledger
from sandbox.world.period import local_date
from sandbox.world.shop import CHANNELS, MEDIUMS, ShopEvent


def touchpoint(event: ShopEvent) -> dict[str, Any]:
    """The columns of a touchpoint that its event tells."""
    return {
        "device": event.session.device.pseudo_id if event.session else None,
        "channel": CHANNELS[event.channel],
        "platform": "first_party",
        "source_system": "first_party",
        "source": event.channel,
        "medium": MEDIUMS[event.channel],
        "transaction_id": event.transaction_id,
    }


def sales(ledger: Ledger, owners: Mapping[str, str]) -> Iterator[tuple[int, str, int, str | None]]:
    """(instant, transaction, cents, owner or None) of each sale; ``owners`` by event id."""
    for event in _seen(ledger):
        if event.kind == "purchase" and event.transaction_id:
            yield event.at, event.transaction_id, event.cents or 0, owners.get(event.event_id)


def refunds(ledger: Ledger) -> Counter[str]:
    """Transaction -> cents paid back."""
    back: Counter[str] = Counter()
    for event in _seen(ledger):
        if event.kind == "refund" and event.transaction_id:
            back[event.transaction_id] += event.cents or 0
    return back


def duplicates(ledger: Ledger) -> Counter[tuple[str, date]]:
    """(reason, day) -> sales that the site has reported already."""
    end = ledger.period.site_end
    return Counter(("duplicate", local_date(event.at)) for event in ledger.shop if event.is_again and event.at < end)


def unknown(ledger: Ledger) -> Iterator[tuple[date, str, int | None]]:
    """(day, channel, cents of a sale) of each event that may not or cannot be tied to anybody."""
    for event in _seen(ledger):
        if not event.is_known:
            yield local_date(event.at), CHANNELS[event.channel], event.cents if event.kind == "purchase" else None


def _seen(ledger: Ledger) -> Iterator[ShopEvent]:
    return (event for event in ledger.shop if event.at < ledger.period.site_end and not event.is_again)
