"""What ``journey doctor`` asks of a Google Ads account.

Without auto-tagging no click carries a gclid, so no ad touch can be tied to its click, keyword and cost
(https://support.google.com/google-ads/answer/3095550).
"""

from __future__ import annotations

from datetime import date

from extractors.findings import Finding, Level, asked
from extractors.google_ads.client import GoogleAds
from extractors.google_ads.columns import Query, columns
from extractors.stream import Account

_CUSTOMER = Query("customer", columns("customer.id!:i customer.auto_tagging_enabled:b"))


def examine(client: GoogleAds, account: Account, today: date) -> list[Finding]:
    """Two findings: may the account be read, and does it tag its clicks."""
    return asked("permissions", account.id, lambda: _tagging(client, account))


def _tagging(client: GoogleAds, account: Account) -> list[Finding]:
    tagged = client.ask(_CUSTOMER, account.id).column("customer_auto_tagging_enabled").to_pylist()
    readable = Finding("permissions", Level.OK, "the account may be read", account.id)
    if tagged == [True]:
        return [readable, Finding("auto_tagging", Level.OK, "clicks carry a gclid", account.id)]
    return [
        readable,
        Finding(
            "auto_tagging",
            Level.WARNING,
            "Auto-tagging is off: clicks carry no gclid, so visits cannot be tied to click, keyword and cost.",
            account.id,
            "Turn on auto-tagging in the account's settings.",
        ),
    ]
