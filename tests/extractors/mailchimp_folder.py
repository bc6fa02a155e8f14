"""A small recorded Mailchimp account, written where a test wants it.

List L1 has 1,205 contacts, L2 has two of them again and one of its own. Campaign `c1` went to all of L1 on 2026-01-02,
`c2` to three on the last second of 2026-01-03, `old` on 2025-12-01 and `older` on 2025-10-01; `draft` went to nobody.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

ACCOUNT = "8d3a3db4d97663a9074efcc16"
MEMBERS = 1205
SENT = {
    "older": "2025-10-01T12:00:00+00:00",
    "old": "2025-12-01T12:00:00+00:00",
    "c1": "2026-01-02T10:00:00+00:00",
    "c2": "2026-01-03T23:59:59+00:00",
}


def address(number: int) -> str:
    return f"Pessoa{number}@Loja.example"


def sha(number: int) -> str:
    return hashlib.sha256(address(number).lower().encode()).hexdigest()


def _contact(number: int) -> dict[str, Any]:
    return {"email_id": hashlib.md5(address(number).lower().encode()).hexdigest(), "email_address": address(number)}


def acts(campaign: str, number: int, *items: tuple[str, str]) -> dict[str, Any]:
    """A row of email activity; items are (action, timestamp)."""
    activity: list[dict[str, Any]] = []
    for action, when in items:
        item = {"action": action, "timestamp": when, "ip": "203.0.113.7"}
        if action == "click":
            item["url"] = f"https://www.loja.example/?e={address(number)}&utm_source=mailchimp"
        if action == "bounce":
            item["type"] = "hard"
        activity.append(item)
    return {"campaign_id": campaign, "list_id": "L1", "list_is_active": True, **_contact(number), "activity": activity}


def left(campaign: str, number: int, when: str) -> dict[str, Any]:
    return {"campaign_id": campaign, "list_id": "L1", **_contact(number), "timestamp": when, "reason": "None given"}


def complained(campaign: str, number: int, when: str) -> dict[str, Any]:
    return {"id": 40 + number, "campaign_id": campaign, "list_id": "L1", **_contact(number), "date": when}


ACTIVITY = [
    acts("c1", 0, ("open", "2026-01-02T10:05:00+00:00"), ("open", "2026-01-02T10:05:00+00:00"), ("click", "2026-01-02T10:05:20+00:00")),
    acts("c1", 1, ("open", "2026-01-02T23:59:59+00:00"), ("open", "2026-01-03T00:00:00+00:00")),
    acts("c1", 2, ("bounce", "2026-01-02T10:00:09+00:00")),
    *(acts("c1", number) for number in range(3, MEMBERS)),
    acts("c2", 5, ("open", "2026-01-03T20:59:59-03:00")),
    acts("old", 6, ("click", "2026-01-02T08:00:00+00:00"), ("open", "2025-12-01T12:30:00+00:00")),
    acts("older", 7, ("open", "2026-01-02T09:00:00+00:00")),
]
LEFT = [left("c1", 8, "2026-01-03T11:00:00+00:00"), *(left("old", number, "2025-12-02T11:00:00+00:00") for number in range(20, 45))]
COMPLAINED = [complained("c1", number, "2026-01-02T15:00:00+00:00") for number in range(9, 21)]


def write(root: Path, **files: list[dict[str, Any]]) -> Path:
    """``root`` with one account. Rows given by file name replace the default ones."""
    rows: dict[str, list[dict[str, Any]]] = {
        "account": [
            {
                "account_id": ACCOUNT,
                "account_name": "Loja Teste",
                "email": "dona@loja.example",
                "first_name": "Joaquina",
                "account_timezone": "America/Sao_Paulo",
                "total_subscribers": MEMBERS,
            }
        ],
        "lists": [{"id": name, "name": name, "date_created": "2025-01-01T00:00:00+00:00"} for name in ("L1", "L2")],
        "members": [*(_member("L1", number) for number in range(MEMBERS)), *(_member("L2", number) for number in (0, 1, 5000))],
        "campaigns": [*(_campaign(name, when, "sent") for name, when in SENT.items()), _campaign("draft", "", "save")],
        "sent_to": [
            *(_sent("c1", number, "hard" if number == 2 else "sent") for number in range(MEMBERS)),
            *(_sent("c2", number, "sent") for number in (4, 5, 6)),
            _sent("old", 6, "sent"),
            _sent("older", 7, "sent"),
        ],
        "email_activity": ACTIVITY,
        "unsubscribed": LEFT,
        "abuse_reports": COMPLAINED,
        **files,
    }
    folder = root / "mailchimp" / ACCOUNT
    folder.mkdir(parents=True)
    for name, content in rows.items():
        (folder / f"{name}.ndjson").write_text("".join(json.dumps(row) + "\n" for row in content), encoding="utf-8")
    return root


def _member(list_id: str, number: int) -> dict[str, Any]:
    contact = _contact(number)
    return {
        "id": contact["email_id"],
        "list_id": list_id,
        "email_address": contact["email_address"],
        "contact_id": f"contact{number}",
        "unique_email_id": f"u{number}",
        "full_name": "Joaquina Sobrenome",
        "status": "subscribed" if number % 10 else "unsubscribed",
        "merge_fields": {
            "FNAME": "Joaquina",
            "USERID": f" cliente-{number}" if number % 2 else address(number),
            "ADDRESS": {"addr1": "Rua 1"},
        },
        "ip_opt": "203.0.113.9",
        "timestamp_signup": "",
        "timestamp_opt": "2025-11-01T09:00:00+00:00",
        "last_changed": f"2025-12-01T00:00:{number % 60:02d}+00:00",
    }


def _campaign(name: str, when: str, status: str) -> dict[str, Any]:
    return {
        "id": name,
        "web_id": 100,
        "type": "regular",
        "create_time": "2025-09-01T00:00:00+00:00",
        "status": status,
        "emails_sent": 3,
        "send_time": when,
        "recipients": {"list_id": "L1", "list_name": "Clube", "segment_text": ""},
        "settings": {
            "subject_line": "Novidades para voce@loja.example",
            "title": f"Revista {name}",
            "from_name": "Loja",
            "reply_to": "a@b.example",
        },
        **({"report_summary": {"opens": 4, "clicks": 1}} if when else {}),
    }


def _sent(campaign: str, number: int, status: str) -> dict[str, Any]:
    merge = {"FNAME": "Joaquina"}
    contact = _contact(number)
    return {
        **contact,
        "merge_fields": merge,
        "vip": False,
        "status": status,
        "open_count": 0,
        "last_open": "",
        "absplit_group": "",
        "campaign_id": campaign,
        "list_id": "L1",
    }
