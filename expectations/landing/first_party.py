"""First-party files (docs/connections.md). Types of events are an open set; what consent says is ours, and closed.

Files may come a few days late. A line that was mended leaves rejected_lines, so a day there may well become empty.
"""

from __future__ import annotations

from expectations.landing.declare import CURRENCY, SHA256, Extras

EVENT_TYPES = (
    *("loyalty_join", "support", "chat", "purchase", "refund"),
    *("consent_granted", "consent_denied", "lead_capture"),
)

EXTRAS: dict[str, Extras] = {
    "events": Extras(
        not_negative=("value",),
        forms={"currency": CURRENCY, "email_sha256": SHA256},
        closed_sets={"consent_state": ("granted", "denied", "unknown")},
        open_sets={"event_type": EVENT_TYPES},
        money="value",
        fresh_within_days=3,
    ),
    "rejected_lines": Extras(positive=("line",), quiet_days=True, may_empty=True, fresh_within_days=30),
}
