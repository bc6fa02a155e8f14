"""What ``journey doctor`` asks of a Matomo site: may its visits log be read, is it still filled, does it know campaigns' sources."""

from __future__ import annotations

from datetime import date, timedelta

from extractors.findings import Finding, Level, asked
from extractors.site_analytics.matomo import answers
from extractors.site_analytics.matomo.client import Client
from extractors.stream import Account

BACK = 7
PLUGIN = "campaignSource"


def examine(client: Client, account: Account, today: date) -> list[Finding]:
    """One look at the newest visit of the last seven days."""
    return asked("visits log", account.id, lambda: _newest(client, account, today))


def _newest(client: Client, account: Account, today: date) -> list[Finding]:
    days = f"{today - timedelta(days=BACK)},{today}"
    found = answers.listed(client.call("Live.getLastVisitsDetails", idSite=account.id, period="range", date=days, filter_limit=1))
    told = [Finding("visits log", Level.OK, "the visits log may be read", account.id)]
    if not found:
        action = "Look whether the site's tracking code is still there."
        return [*told, Finding("visits log", Level.WARNING, f"No visit in the last {BACK} days.", account.id, action)]
    if PLUGIN not in found[0]:
        action = "Install the free plugin MarketingCampaignsReporting to know their source and medium."
        told.append(Finding("campaigns", Level.NOTE, "Campaigns have a name only.", account.id, action))
    return told
