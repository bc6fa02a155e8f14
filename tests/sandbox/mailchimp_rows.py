"""Two recorded Mailchimp accounts of equal content: 25 contacts, 12 sent campaigns, one scheduled, reports of the first."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

ACCOUNTS = ("aaa", "bbb")


def contact(number: int) -> dict[str, Any]:
    address = f"p{number}@loja.example"
    return {"email_id": hashlib.md5(address.encode()).hexdigest(), "email_address": address}


def campaign(number: int, status: str, when: str) -> dict[str, Any]:
    recipients = {"list_id": "L1", "list_name": "Clube"}
    return {"id": f"c{number:02d}", "type": "regular", "status": status, "send_time": when, "recipients": recipients}


def rows(account: str) -> dict[str, list[dict[str, Any]]]:
    of = {"campaign_id": "c01", "list_id": "L1", "list_is_active": True}
    return {
        "account": [
            {"account_id": account, "account_name": f"Loja {account}", "total_subscribers": 25, "contact": {"city": "Recife", "zip": "5"}}
        ],
        "lists": [{"id": "L1", "name": "Clube", "date_created": "2025-01-01T00:00:00+00:00", "stats": {"member_count": 25}}],
        "members": [
            {
                "id": contact(n)["email_id"],
                "email_address": contact(n)["email_address"],
                "list_id": "L1",
                "status": "unsubscribed" if n % 5 == 0 else "subscribed",
                "merge_fields": {"FNAME": "Ana", "USERID": f"u{n}"},
                "last_changed": f"2026-01-{n + 1:02d}T00:00:00+00:00",
            }
            for n in range(25)
        ],
        "campaigns": [
            *(campaign(n, "sent", f"2026-01-{n:02d}T12:00:00+00:00") for n in range(1, 13)),
            {**campaign(13, "schedule", "2026-02-01T12:00:00+00:00"), "_until": "2026-02-01T12:00:00+00:00"},
            {**campaign(13, "sent", "2026-02-01T12:00:00+00:00"), "_from": "2026-02-01T12:00:00+00:00"},
            campaign(14, "save", ""),
        ],
        "sent_to": [{**of, **contact(n), "status": "sent", "open_count": 0, "last_open": ""} for n in range(25)],
        "email_activity": [
            {
                **of,
                **contact(n),
                "activity": [
                    {"action": "open", "timestamp": f"2026-01-{day:02d}T10:00:00+00:00", "ip": "203.0.113.1"} for day in range(2, 2 + n % 4)
                ],
            }
            for n in range(25)
        ],
        "unsubscribed": [{**of, **contact(0), "timestamp": "2026-01-03T10:00:00+00:00", "reason": "NONE"}],
        "abuse_reports": [{**of, **contact(1), "id": 42, "date": "2026-01-03T10:00:00+00:00"}],
    }


def write(root: Path) -> None:
    for account in ACCOUNTS:
        folder = root / "mailchimp" / account
        folder.mkdir(parents=True)
        for name, content in rows(account).items():
            (folder / f"{name}.ndjson").write_text("".join(json.dumps(row) + "\n" for row in content))
