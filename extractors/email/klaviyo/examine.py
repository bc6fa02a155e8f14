"""What ``journey doctor`` asks of a Klaviyo account: each scope of its key, and the metrics that touchpoints are made of.

Metrics that Klaviyo itself makes exist once the first such event happened (https://developers.klaviyo.com/en/reference/get_metrics).
"""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from extractors.email.klaviyo.client import Client
from extractors.findings import Finding, Level, asked
from extractors.stream import Account

NEEDED = ("Received Email", "Opened Email", "Clicked Email")
"""Without these there are no email touchpoints."""
RARE = ("Bounced Email", "Unsubscribed", "Marked Email as Spam")
"""A small account may not have had one yet."""


def examine(client: Client, account: Account, today: date) -> list[Finding]:
    """One finding for each scope of the key, one for the metrics."""
    api = client.api
    calls: dict[str, tuple[Any, dict[str, Any]]] = {
        "profiles:read": (api.Profiles.get_profiles_without_preload_content, {"page_size": 1, "fields_profile": ["created"]}),
        "events:read": (api.Events.get_events_without_preload_content, {"page_size": 1, "fields_event": ["datetime"]}),
        "campaigns:read": (api.Campaigns.get_campaigns_without_preload_content, {}),
        "flows:read": (api.Flows.get_flows_without_preload_content, {"page_size": 1}),
    }
    found = asked("metrics", account.id, lambda: _metrics(client, account))
    for scope, (operation, question) in calls.items():
        found += asked("permissions", account.id, partial(_probe, client, account, scope, operation, question))
    return found


def _probe(client: Client, account: Account, scope: str, operation: Any, question: dict[str, Any]) -> list[Finding]:
    client.document(operation, **question)
    return [Finding("permissions", Level.OK, f"the key has the scope {scope}", account.id)]


def _metrics(client: Client, account: Account) -> list[Finding]:
    pages = client.pages(client.api.Metrics.get_metrics_without_preload_content)
    names = {(row.get("attributes") or {}).get("name") for page in pages for row in page}
    found = []
    for level, wanted in ((Level.WARNING, NEEDED), (Level.NOTE, RARE)):
        missing = [name for name in wanted if name not in names]
        if missing:
            what = f"The account has no metric {', '.join(missing)}: no such event happened yet, or it has another name."
            action = "Compare the names under Analytics > Metrics in Klaviyo." if level is Level.WARNING else ""
            found.append(Finding("metrics", level, what, account.id, action))
    return found or [Finding("metrics", Level.OK, "all email metrics exist", account.id)]
