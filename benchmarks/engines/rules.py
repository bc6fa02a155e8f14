"""What every engine knows of the rules, as data: docs/model.md and docs/channels.md, as far as the event sets go."""

from __future__ import annotations

MINUTE = 60_000_000
DAY = 86_400_000_000
"""Microseconds, as all times here."""

PAUSE = 30 * MINUTE
WINDOW = 90 * DAY
HALF_LIFE_DAYS = 7
ENDS, MIDDLE = 0.4, 0.2
MOST_EVENTS = 500
PROPERTY = "123456"

ORDER = ["ts", "bundle", "page", "ordering", "batch", "name"]
"""Columns that put the events of a device in order."""

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
CHANNELS = {
    "cpc": "Paid Search", "organic": "Organic Search", "paid_social": "Paid Social", "email": "Email", "referral": "Referral",
    "video": "Organic Video", "affiliate": "Affiliates", "(none)": "Direct",
}  # fmt: skip
"""By medium; any other is Unassigned."""
OF_GOOGLE_CLICKS = "Paid Search"
"""A Google click has the channel of its campaign's kind, whatever the visit's tags say; all campaigns of the sets are Search."""

OWN_HOST = "loja.example.com.br"
SITES = {"www.google.com": "google", "www.youtube.com": "youtube"}
KINDS = {"google": "organic", "youtube": "video"}
"""The medium of a visit that a site sent; any other site is a referral."""
