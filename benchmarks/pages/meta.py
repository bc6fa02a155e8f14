"""A row of Meta's ad insights."""

from __future__ import annotations

from typing import Any

ACCOUNT = "1000000001"
_KINDS = ("link_click", "landing_page_view", "offsite_conversion.fb_pixel_purchase", "omni_purchase", "video_view")


def insight(number: int) -> dict[str, Any]:
    """An ad's figures of a day on one platform, with the actions and windows that a shop has."""
    return {
        "date_start": "2026-01-05",
        "date_stop": "2026-01-05",
        "account_id": ACCOUNT,
        "account_currency": "BRL",
        "campaign_id": f"1202{number % 40:011}",
        "campaign_name": f"Coleção de verão {number % 40}",
        "adset_id": f"1203{number % 200:011}",
        "adset_name": f"Mulheres 25-44 {number % 200}",
        "ad_id": f"1204{number:011}",
        "ad_name": f"Vestido {number}",
        "publisher_platform": ("facebook", "instagram", "messenger")[number % 3],
        "impressions": str(1000 + number % 1000),
        "clicks": str(number % 60),
        "inline_link_clicks": str(number % 50),
        "outbound_clicks": [{"action_type": "outbound_click", "value": str(number % 40)}],
        "spend": f"{number % 1000 * 0.37:.2f}",
        "attribution_setting": "7d_click_1d_view",
        "actions": [
            {"action_type": kind, "value": str(number % 7 + at), "7d_click": str(number % 7), "1d_view": "1"}
            for at, kind in enumerate(_KINDS)
        ],
        "action_values": [
            {"action_type": "omni_purchase", "value": f"{number % 1000 * 1.9:.2f}", "7d_click": f"{number % 1000 * 1.9:.2f}"}
        ],
    }
