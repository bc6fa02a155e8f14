"""Klaviyo. https://developers.klaviyo.com/en/reference/api_overview

Addresses reach the landing zone as hashes only; a value of any other form in those columns stops the partition.
"""

from __future__ import annotations

from expectations.landing.declare import SHA256, Extras, utc_day

FLOW_STATUSES = ("draft", "manual", "live")

EXTRAS: dict[str, Extras] = {
    "accounts": Extras(at_least=1),
    "metrics": Extras(),
    "profiles": Extras(forms={"email_sha256": SHA256, "phone_sha256": SHA256}),
    "events": Extras(day_from="datetime", day_of=utc_day, positive=("timestamp",)),
    "campaigns": Extras(),
    "campaign_messages": Extras(),
    "flows": Extras(open_sets={"status": FLOW_STATUSES}),
}
