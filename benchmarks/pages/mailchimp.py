"""Rows of Mailchimp's reports on one campaign, with the fields that an extraction asks for."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

CAMPAIGN, LIST = "c0ffee1234", "a1b2c3d4e5"
SENT_AT = datetime(2026, 1, 5, 1, tzinfo=UTC)


def contact(number: int) -> dict[str, Any]:
    """Who a contact is in every report."""
    address = f"Pessoa.{number}@Mail.example"
    return {"email_id": hashlib.md5(address.lower().encode()).hexdigest(), "email_address": address}


def recipient(number: int) -> dict[str, Any]:
    """A row of ``sent_to``."""
    return {**contact(number), "status": "sent", "absplit_group": "", "list_id": LIST}


def activity(number: int) -> dict[str, Any]:
    """A row of ``emails``: an open, and of every fourth contact a click."""
    opened, clicked = (f"2026-01-05T{2 + number // 3600 % 20:02}:{number // 60 % 60:02}:{second:02}+00:00" for second in (number % 50, 55))
    acts = [{"action": "open", "timestamp": opened, "ip": "203.0.113.7"}]
    if number % 4 == 0:
        url = f"https://loja.example/colecao/{number % 300}?utm_source=mailchimp&utm_campaign=verao"
        acts.append({"action": "click", "timestamp": clicked, "url": url, "ip": "203.0.113.7"})
    return {**contact(number), "activity": acts}


def unsubscribed(number: int) -> dict[str, Any]:
    """A row of ``unsubscribes``."""
    return {**contact(number), "timestamp": "2026-01-05T23:59:59+00:00"}


def contacts(rows: int) -> tuple[int, int]:
    """How many contacts tell so many acts, each sent and opened and one in four clicked, and how many unsubscriptions make up the rest."""
    told = rows * 4 // 9
    return told, rows - 2 * told - (told + 3) // 4
