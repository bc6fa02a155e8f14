"""An event of Klaviyo's."""

from __future__ import annotations

from datetime import date
from typing import Any

DAY = date(2026, 1, 5)


def event(number: int) -> dict[str, Any]:
    """An event as Klaviyo writes one: an open or a click with the properties that its own metrics have."""
    seconds = number % 86_400
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return {
        "type": "event",
        "id": f"4vRp{(number * 1_000_003) % 10_000_019:07}{number:x}",
        "attributes": {
            "timestamp": 1_767_571_200 + seconds,
            "event_properties": {
                "Campaign Name": f"Promoção de verão {number % 40}",
                "Subject": "Seu cupom chegou, é só usar até domingo",
                "$message": f"01J{number % 40:05}MSG",
                "$flow": None,
                "Email Domain": "mail.example",
                "Recipient Email Address": f"pessoa.{number % 9_000}@mail.example",
                "URL": f"https://loja.example/colecao/{number % 300}?utm_source=klaviyo&utm_campaign=verao-{number % 40}",
                "Apple Privacy Open": number % 3 == 0,
                "Bot Click": False,
                "Client Name": "Apple Mail",
                "Client OS": "iOS",
                "$event_id": f"{number % 9_000}:{1_767_571_200 + seconds}",
                **({"Items": [{"SKU": f"SKU-{number % 77}", "Price": 59.9, "Quantity": 1}]} if number % 6 == 5 else {}),
            },
            "datetime": f"{DAY} {clock}+00:00",
            "uuid": f"{number:08x}-0000-11f0-8001-{number:012x}",
        },
        "relationships": {
            "metric": {"data": {"type": "metric", "id": f"Met{number % 6}"}},
            "profile": {"data": {"type": "profile", "id": f"01PROFILE{number % 9_000:09}"}},
            "attributions": {"data": []},
        },
        "links": {"self": f"https://a.klaviyo.com/api/events/{number}/"},
    }
