"""A small Matomo with two sites, written where a test wants it."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Sao_Paulo")
SITE, OTHER = "3", "12"


def at(text: str) -> int:
    """Epoch seconds of a wall-clock time at the site."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp())


def visit(number: int, last: str, *, first: str | None = None, **fields: Any) -> dict[str, Any]:
    """A visit of one page view at its start and an order at its end."""
    start, end = at(first or last), at(last)
    return {
        "idSite": SITE,
        "idVisit": str(number),
        "visitIp": "203.0.113.7",
        "visitorId": f"{number % 7:016x}",
        "userId": None,
        "visitorType": "new",
        "visitCount": "1",
        "visitConverted": "1",
        "siteCurrency": "BRL",
        "firstActionTimestamp": start,
        "lastActionTimestamp": end,
        "serverTimestamp": end,
        "serverDate": last[:10],
        "visitDuration": str(end - start + 1),
        "actions": "1",
        "goalConversions": 0,
        "referrerType": "search",
        "referrerName": "Google",
        "referrerUrl": "https://www.google.com/",
        "deviceType": "Smartphone",
        "latitude": "-15.7",
        "actionDetails": [
            {"type": "action", "url": "https://loja.example/?contato=ana@loja.example", "pageId": "9", "timestamp": start},
            {
                "type": "ecommerceOrder",
                "orderId": f"O{number}",
                "revenue": 10 if number % 2 else 10.5,
                "items": "2",
                "itemDetails": [{"itemSKU": "A", "itemName": "Óleo", "price": "5.25", "quantity": "2"}],
                "timestamp": end,
            },
        ],
        **fields,
    }


def site(number: str, **fields: str) -> dict[str, Any]:
    return {
        "idsite": number,
        "name": f"Loja {number}",
        "main_url": "https://loja.example",
        "timezone": "America/Sao_Paulo",
        "currency": "BRL",
        "ecommerce": "1",
        "type": "website",
        "ts_created": "2025-01-01 00:00:00",
        **fields,
    }


def minutes(count: int, day: str = "2026-01-01") -> list[dict[str, Any]]:
    """``count`` visits of the day, three in each minute: equal times are the rule."""
    return [visit(1000 + n, f"{day} {n // 180:02d}:{n // 3 % 60:02d}:00") for n in range(count)]


def write(root: Path, visits: list[dict[str, Any]], **fields: str) -> Path:
    """``root`` with the site's visits and a second site without any."""
    for number, rows in ((SITE, visits), (OTHER, [])):
        folder = root / "matomo" / number
        folder.mkdir(parents=True)
        (folder / "site.ndjson").write_text(json.dumps(site(number, **fields)) + "\n")
        (folder / "visits.ndjson").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return root
