"""Where a visit of Matomo's came from, by docs/model.md alone."""

from __future__ import annotations

from collections.abc import Sequence

from independent_channels import CLICKS, Origin, by_referrer, click_of, digits, host, query, repaired, with_click
from independent_events import Event
from independent_settings import chosen

PROVIDERS = {"google": "gclid", "bing": "msclkid", "microsoft": "msclkid", "facebook": "fbclid", "meta": "fbclid"}
MEDIA = {"search": "organic", "social": "social", "website": "referral", "ai-assistant": "ai-assistant"}


def matomo_origin(events: Sequence[Event], site: str | None) -> Origin:
    """Where a visit of Matomo's came from: its campaign, else the click of its first page, else the referrer."""
    row, page = events[0].row, next((event.page for event in events if event.page), None)
    kept = next((name for provider, name in PROVIDERS.items() if provider in (row["adProviderId"] or "")), None)
    clicks = {name: text for name, text in query(page).items() if name in {*CLICKS, "fbclid", "gad_campaignid", *chosen().ad_parameters}}
    if kept and row["adClickId"]:
        clicks.setdefault(kept, row["adClickId"])
    is_campaign = row["referrerType"] == "campaign"
    if row["campaignContent"]:
        clicks.setdefault("utm_content", row["campaignContent"])
    told = {"source": repaired("source", row["campaignSource"]), "medium": repaired("medium", row["campaignMedium"])} if is_campaign else {}
    campaign = row["campaignName"] or row["referrerName"] if is_campaign else None
    held = {**told, "campaign": campaign}
    tagged = {name: tag for name, tag in held.items() if tag}
    number = digits(clicks.get("gad_campaignid")) if not {*CLICKS, "fbclid"} & clicks.keys() else None
    is_googles = tagged.get("source", "google") == "google" and tagged.get("medium") != "email"
    click = Origin("google", "cpc", gad_campaign=number) if number and is_googles else click_of(clicks, tagged)
    referred = by_referrer(row["referrerUrl"], host(page) or site)
    if not click and not referred and not row["referrerUrl"] and (medium := MEDIA.get(row["referrerType"])):
        bare = "facebook" if "fbclid" in clicks else "(direct)"
        referred = (repaired("source", row["referrerName"]) or bare, medium)
    if not click and not referred and "fbclid" in clicks:
        referred = ("facebook", "social")
    nothing = ("(not set)", "(not set)") if is_campaign and not row["referrerUrl"] else ("(direct)", "(none)")
    source, medium = (click.source, click.medium) if click else referred or nothing
    found = Origin(source, told.get("medium") or medium, campaign)
    if told.get("source"):
        found = Origin(told["source"] or "", told.get("medium"), campaign)
    if is_campaign:
        found.campaign_tag_id, found.term = row["campaignId"], row["campaignKeyword"] or row["referrerKeyword"]
    return with_click(found, click)
