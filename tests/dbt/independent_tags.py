"""What audit.utm_match_audit says of the tags that visits came with, worked out a second time by docs/model.md alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from independent_channels import repaired, seed, tag_places
from independent_costs import GOOGLE, META, Ads
from independent_events import Event
from independent_facts import Facts, Touch

Tags = tuple[str | None, str | None, str | None, str | None]
"""Source, medium, campaign and its id as they were typed."""
PLATFORMS = {
    **dict.fromkeys(("google", "youtube"), GOOGLE),
    **dict.fromkeys(("facebook", "instagram", "messenger", "audience_network"), META),
}


def typed(events: Iterable[Event]) -> Tags | None:
    """The tags of a visit's first event that has any; none where none has."""
    for event in events:
        if event.source == "matomo":
            row = event.row
            if row["referrerType"] != "campaign":
                return None
            return row["campaignSource"], row["campaignMedium"], row["campaignName"] or row["referrerName"], row["campaignId"]
        for place in tag_places(event):
            if place:
                source, medium, campaign, number = (place.get(name) for name in ("source", "medium", "campaign", "id"))
                return source, medium, campaign, number
    return None


def audited(facts: Facts, ads: Ads, arrivals: dict[str, Touch]) -> dict[Tags, tuple[Any, ...]]:
    """Tags -> visits, those of them whose campaign is known, the campaign that the tags name and by what, whether a tag is an alias."""
    visits: Counter[Tags] = Counter()
    known: dict[Tags, int] = defaultdict(int)
    for session, events in [*facts.sessions.items(), *facts.visits.items()]:
        counted = [event for event in events if event.reason is None and event.is_told]
        if counted and (tags := typed(counted)):
            visits[tags] += 1
            arrival = arrivals.get(str(session))
            known[tags] += arrival is not None and arrival.campaign_id is not None
    return {tags: (count, known[tags], *_matched(ads, tags), _is_alias(tags)) for tags, count in visits.items()}


def _matched(ads: Ads, tags: Tags) -> tuple[str | None, str | None, str | None]:
    source, _, campaign, number = tags
    whose = PLATFORMS.get(repaired("source", source) or "")
    for said in filter(None, ((text or "").strip().lower() for text in (number, campaign))):
        asked = [platform for platform in (GOOGLE, META) if whose in (None, platform)]
        fits = [(platform, found) for platform in asked if (found := ads.campaign_named(platform, said))]
        if fits:
            return (*fits[0], _rule(ads, fits[0], said, number)) if len(fits) == 1 else (None, None, None)
    return None, None, None


def _rule(ads: Ads, found: tuple[str, str], said: str, number: str | None) -> str:
    name = (ads.campaigns[found]["name"] or "").strip().lower()
    return "campaign_id" if said in (found[1], (number or "").strip().lower()) else "campaign_name" if said == name else "url_tags"


def _is_alias(tags: Tags) -> bool:
    return any(map_of_aliases(field).get((told or "").strip().lower()) for field, told in zip(("source", "medium"), tags, strict=False))


def map_of_aliases(field: str) -> dict[str, str]:
    return {row["alias"]: row["canonical"] for row in seed("utm_aliases") if row["field"] == field}
