"""What an id is, and the walk for it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date

from journey.explain import conversion, customer, day, spend, touchpoint
from journey.explain.evidence import NO_BUILDER, NO_LANDING, Evidence
from journey.explain.findings import Explanation, NotExplained

KINDS = ("customer", "touchpoint", "conversion", "ad", "day")
WHERE = {
    "touchpoint": f"select 1 from marts.fct_customer_journey where {touchpoint.NAMED} limit 1",
    "conversion": "select 1 from marts.fct_conversions where conversion_id = $1 or transaction_id = $1 limit 1",
    "customer": "select 1 from marts.dim_identities where customer_id = $1 or identifier = $1 limit 1",
    "ad": "select 1 from marts.fct_ad_performance_daily where ad_id = $1 limit 1",
}


@dataclass(frozen=True)
class Asked:
    """What a person asks: an id, maybe its kind, and for ads and days where and when."""

    id: str
    kind: str | None = None
    day: date | None = None
    platform: str | None = None
    account: str | None = None
    touches: int = 200


def explain(evidence: Evidence, asked: Asked) -> Explanation:
    """Walk the figure that the id names; NotExplained says what the id could be, or that it is unknown."""
    named = _hashed(asked.id)
    kind = asked.kind or kind_of(evidence, named)
    if kind == "touchpoint":
        told = touchpoint.explain(evidence, named)
    elif kind == "conversion":
        told = conversion.explain(evidence, named)
    elif kind == "customer":
        told = customer.explain(evidence, named, most=asked.touches)
    elif kind == "ad":
        told = spend.explain_ad(evidence, named, day=asked.day, platform=asked.platform, account=asked.account)
    else:
        told = _of_day(evidence, named, asked)
    if named != asked.id:
        told.note("The address was looked up by its SHA-256; addresses are neither kept nor shown.")
    if not evidence.has_landing:
        told.note(NO_LANDING.format(path=evidence.landing))
    elif not evidence.has_builder:
        told.note(NO_BUILDER.format(path=evidence.builder))
    return told


def kind_of(evidence: Evidence, named: str) -> str:
    """What an id is; NotExplained where it is nothing, or several things."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", named):
        return "day"
    found = [kind for kind, query in WHERE.items() if evidence.row(query, [named])]
    if not found and evidence.row(customer.EVIDENCE, [named]):
        return "customer"
    if not found:
        aside = evidence.row("select reason from audit.set_aside_events where source_record_id = $1", [named])
        if aside:
            raise NotExplained(f"{named} landed and is set aside as {aside['reason']}: it counts for nothing (docs/bad_input.md).")
        journey = evidence.row("select customer_id, journey_number from marts.fct_customer_journey where journey_id = $1 limit 1", [named])
        if journey:
            whose = journey["customer_id"]
            raise NotExplained(f"{named} is journey {journey['journey_number']} of a customer: journey explain customer {whose}.")
        campaign = evidence.row("select platform, account_id, campaign_name from marts.dim_campaigns where campaign_id = $1", [named])
        if campaign:
            of, account = campaign["platform"], campaign["account_id"]
            raise NotExplained(
                f"{named} is the campaign {campaign['campaign_name']} of {of} account {account}. A bill is walked by ad and by day: "
                f"journey explain AD, or journey explain day DAY --platform {of} --account {account}."
            )
        raise NotExplained(
            f"{named} is nothing that is served: no touchpoint or landed record, no conversion or transaction, no customer or "
            "identifier, no ad. Ids stand in marts.fct_customer_journey, fct_conversions, dim_customers, dim_identities and dim_ads; "
            "a day is written 2026-01-31."
        )
    if len(found) > 1:
        ways = ", ".join(f"journey explain {kind} {named}" for kind in found)
        raise NotExplained(f"{named} is the id of {len(found)} things; say which: {ways}.")
    return found[0]


def _of_day(evidence: Evidence, named: str, asked: Asked) -> Explanation:
    try:
        on = date.fromisoformat(named)
    except ValueError:
        raise NotExplained(f"{named} is no day; write it as 2026-01-31.") from None
    if asked.platform is None and asked.account is None:
        return day.explain(evidence, on)
    accounts = evidence.rows(
        "select distinct platform, account_id from marts.fct_spend_reconciliation where date = $1 and ($2 is null or platform = $2) "
        "and ($3 is null or account_id = $3) order by all",
        [on, asked.platform, asked.account],
    )
    if len(accounts) != 1:
        known = ", ".join(f"{row['platform']} {row['account_id']}" for row in accounts) or "none"
        raise NotExplained(f"That names no single account with a bill on {on} ({known}); give --platform and --account.")
    return spend.explain_account(evidence, on, accounts[0]["platform"], accounts[0]["account_id"])


def _hashed(named: str) -> str:
    """An address as its SHA-256, as identities bear it; anything else as it is."""
    return (
        hashlib.sha256(named.strip().lower().encode()).hexdigest() if re.fullmatch(r"[^@\s/]+@[^@\s/]+\.[^@\s/]+", named.strip()) else named
    )
