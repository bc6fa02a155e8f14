"""Matomo. https://developer.matomo.org/api-reference/reporting-api

A visit counts on the day of its last action in the site's time zone; the extractor holds each against its day, for the
rows alone (epoch seconds) do not tell it.
"""

from __future__ import annotations

from expectations.landing.declare import CURRENCY, SHA256, Extras
from expectations.landing.ga4 import LAST_MICROS

LAST_SECOND = LAST_MICROS // 1_000_000
"""The warehouse counts microseconds. Up to here a wrong time is set aside as an impossible clock; beyond, it would stop the build."""
REFERRERS = ("direct", "search", "website", "campaign", "social", "ai-assistant")

EXTRAS: dict[str, Extras] = {
    "sites": Extras(at_least=1, forms={"currency": CURRENCY}),
    "visits": Extras(
        forms={"visitorId": "^[0-9a-f]{16}$", "email_sha256": SHA256, "siteCurrency": CURRENCY},
        from_one_to=dict.fromkeys(("firstActionTimestamp", "lastActionTimestamp", "actionDetails.timestamp"), LAST_SECOND),
        not_negative=("visitDuration", "actions", "goalConversions"),
        open_sets={"referrerType": REFERRERS},
    ),
}
