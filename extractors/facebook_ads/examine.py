"""What ``journey doctor`` asks of a Meta ad account.

A visit is tied to its ad by the ad's id in the address that the ad leads to, which the URL parameters of the ad bring there
as ``{{ad.id}}`` (https://www.facebook.com/business/help/1016122818401732).
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from extractors.facebook_ads.client import Graph, Row
from extractors.facebook_ads.objects import CREATIVE_FIELDS
from extractors.facebook_ads.refusals import refusal_of
from extractors.findings import Finding, Level, asked
from extractors.stream import Account

PAGE, PAGES = 250, 4
"""At most 1,000 active ads are looked at: enough for a share, quick enough for a look."""
AD_ID = "{{ad.id}}"


def examine(graph: Graph, account: Account, today: date) -> list[Finding]:
    """May the ads be read, and how many of the active ones lead to an address without their id."""
    return asked("permissions", account.id, lambda: _tagged(graph, account))


def _tagged(graph: Graph, account: Account) -> list[Finding]:
    ads: list[Row] = []
    fields = f"id,creative{{id,{','.join(CREATIVE_FIELDS)}}}"
    with refusal_of(account):
        for number, page in enumerate(graph.pages(f"act_{account.id}", "ads", limit=PAGE, fields=fields, effective_status=["ACTIVE"])):
            ads += page
            if number + 1 == PAGES:
                break
    found = [Finding("permissions", Level.OK, "ads may be read", account.id)]
    without = sum(not _carries_id(ad) for ad in ads)
    if not ads:
        return [*found, Finding("url_tags", Level.NOTE, "the account has no active ads", account.id)]
    if not without:
        return [*found, Finding("url_tags", Level.OK, f"all {len(ads)} active ads carry their id in the address", account.id)]
    what = f"{without} of {len(ads)} active ads ({without / len(ads):.0%}) carry no ad id in their address: their visits reach no ad."
    action = f"Add utm_content={AD_ID} (or ad_id={AD_ID}) to their URL parameters."
    return [*found, Finding("url_tags", Level.WARNING, what, account.id, action)]


def _carries_id(ad: Row) -> bool:
    creative: Any = ad.get("creative")
    if not isinstance(creative, dict):
        return False
    text = json.dumps({name: creative.get(name) for name in CREATIVE_FIELDS})
    return AD_ID in text or str(ad.get("id")) in text
