"""A small recorded Klaviyo account, written where a test wants it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ACCOUNT = "TeSt01"
OPENED, CLICKED = "MTRopn", "MTRclk"


def event(identifier: str, when: str, *, metric: str | None = OPENED, properties: Any = None, **bounds: str) -> dict[str, Any]:
    return {
        "type": "event",
        "id": identifier,
        "attributes": {"timestamp": 1767225600, "datetime": when, "uuid": f"u-{identifier}", "event_properties": properties or {}},
        "relationships": {
            "metric": {"data": {"type": "metric", "id": metric} if metric else None},
            "profile": {"data": {"type": "profile", "id": "P0001"}},
        },
        **bounds,
    }


def write(root: Path, *, events: list[dict[str, Any]], campaigns: int = 3, **files: list[dict[str, Any]]) -> Path:
    """``root`` with one account. Rows given by file name replace the default ones."""
    rows: dict[str, list[dict[str, Any]]] = {
        "account": [
            {
                "type": "account",
                "id": ACCOUNT,
                "attributes": {
                    "contact_information": {"organization_name": "Loja Teste", "default_sender_email": "ola@loja.example"},
                    "timezone": "America/Sao_Paulo",
                    "preferred_currency": "BRL",
                },
            }
        ],
        "metrics": [_metric(OPENED, "Opened Email", "Klaviyo"), _metric(CLICKED, "Clicked Email", "API")],
        "profiles": [_profile(number) for number in range(250)],
        "campaigns": [_campaign(number) for number in range(campaigns)],
        "campaign_messages": [_message(number, part) for number in range(campaigns) for part in range(number)],
        "flows": [_flow(number) for number in range(70)],
        "events": events,
        **files,
    }
    folder = root / "klaviyo" / ACCOUNT
    folder.mkdir(parents=True)
    for name, content in rows.items():
        (folder / f"{name}.ndjson").write_text("".join(json.dumps(row) + "\n" for row in content), encoding="utf-8")
    return root


def _metric(identifier: str, name: str, integration: str) -> dict[str, Any]:
    attributes = {"name": name, "created": "2025-01-01T00:00:00+00:00", "updated": "2025-01-02T00:00:00+00:00"}
    return {"type": "metric", "id": identifier, "attributes": {**attributes, "integration": {"name": integration}}}


def _profile(number: int) -> dict[str, Any]:
    return {
        "type": "profile",
        "id": f"P{number:04d}",
        "attributes": {
            "email": f" Pessoa{number}@Loja.example ",
            "phone_number": f"+55119{number:08d}",
            "external_id": f"user-{number}",
            "first_name": "Joaquina",
            "last_name": "Sobrenome",
            "location": {"address1": "Rua das Flores 1"},
            "created": "2025-06-01T00:00:00+00:00",
            "updated": f"2025-06-01T00:{number // 60:02d}:{number % 60:02d}+00:00",
        },
    }


def _campaign(number: int) -> dict[str, Any]:
    definition = {"name": f"Campanha {number}", "builder": "wizard", "archived": number == 0, "description": "fale com ola@loja.example"}
    dates = {"created_at": "2025-12-01T00:00:00+00:00", "updated_at": "2025-12-02T00:00:00+00:00"}
    return {"type": "campaign", "id": f"C{number}", "attributes": {**dates, "definition": definition}}


def _message(number: int, part: int) -> dict[str, Any]:
    definition = {"name": f"Mensagem {part}", "status": "sent", "send_options": {"send_time": "2026-01-02T12:00:00+00:00"}}
    dates = {"created": "2025-12-01T00:00:00+00:00", "updated": "2025-12-02T00:00:00+00:00"}
    return {
        "type": "campaign-message",
        "id": f"C{number}M{part}",
        "attributes": {**dates, "definition": definition},
        "relationships": {"campaign": {"data": {"type": "campaign", "id": f"C{number}"}}},
    }


def _flow(number: int) -> dict[str, Any]:
    dates = {"created": "2025-01-01T00:00:00+00:00", "updated": "2025-01-01T00:00:00+00:00"}
    attributes = {"name": f"Fluxo {number}", "status": "live", "archived": False, "trigger_type": "Metric", **dates}
    return {"type": "flow", "id": f"F{number:03d}", "attributes": attributes}
