"""Two recorded Klaviyo accounts of equal content, AAAAAA and BBBBBB."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

START = datetime(2026, 1, 1, tzinfo=UTC)
EVENTS = 1000


def rows(name: str, account: str) -> list[dict[str, Any]]:
    """An account with 1000 events (one every five minutes, each fifth a click), 45 profiles, 120 flows, 2 campaigns."""
    when = [START + timedelta(minutes=5 * n) for n in range(EVENTS)]
    dates = {"created": "2025-01-01T00:00:00+00:00", "updated": "2025-01-01T00:00:00+00:00"}
    made = {
        "account": [
            {
                "type": "account",
                "id": account,
                "attributes": {
                    "timezone": "America/Sao_Paulo",
                    "preferred_currency": "BRL",
                    "contact_information": {"organization_name": "Loja"},
                },
            }
        ],
        "metrics": [
            {"type": "metric", "id": m, "attributes": {"name": n, **dates, "integration": {"name": "Klaviyo", "category": "Internal"}}}
            for m, n in (("MO", "Opened Email"), ("MC", "Clicked Email"))
        ],
        "profiles": [
            {
                "type": "profile",
                "id": f"P{n:02d}",
                "attributes": {
                    "email": f"p{n}@loja.example",
                    "first_name": "Ana",
                    **dates,
                    "updated": f"2025-02-{n % 28 + 1:02d}T00:00:00+00:00",
                },
            }
            for n in range(45)
        ],
        "events": [
            {
                "type": "event",
                "id": f"{account}E{n:04d}",
                "attributes": {
                    "timestamp": int(moment.timestamp()),
                    "datetime": moment.isoformat(" "),
                    "uuid": f"u{n}",
                    "event_properties": {"n": n},
                },
                "relationships": {
                    "metric": {"data": {"type": "metric", "id": "MC" if n % 5 == 0 else "MO"}},
                    "profile": {"data": {"type": "profile", "id": f"P{n % 45:02d}"}},
                },
                **({"_from": "2026-02-01T00:00:00+00:00"} if n == EVENTS - 1 else {}),
            }
            for n, moment in enumerate(when)
        ],
        "campaigns": [
            {
                "type": "campaign",
                "id": f"C{n}",
                "attributes": {
                    "created_at": "2025-01-01T00:00:00+00:00",
                    "updated_at": "2025-01-01T00:00:00+00:00",
                    "definition": {"name": f"C {n}"},
                },
            }
            for n in range(2)
        ],
        "campaign_messages": [
            {
                "type": "campaign-message",
                "id": f"C{c}M{n}",
                "attributes": {**dates, "definition": {"name": "m", "status": "sent"}},
                "relationships": {"campaign": {"data": {"type": "campaign", "id": f"C{c}"}}},
            }
            for c in range(2)
            for n in range(c + 1)
        ],
        "flows": [
            {
                "type": "flow",
                "id": f"F{n:03d}",
                "attributes": {"name": f"F {n}", "status": "live", "archived": False, "trigger_type": "Metric", **dates},
            }
            for n in range(120)
        ],
    }
    return made[name]


def write(root: Path) -> None:
    for account in ("AAAAAA", "BBBBBB"):
        folder = root / "klaviyo" / account
        folder.mkdir(parents=True)
        for name in ("account", "metrics", "profiles", "events", "campaigns", "campaign_messages", "flows"):
            (folder / f"{name}.ndjson").write_text("".join(json.dumps(row) + "\n" for row in rows(name, account)))
