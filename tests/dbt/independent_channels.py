"""Where a visit came from and its channel, by docs/channels.md and docs/model.md alone; only the seeds that a marketer edits are shared."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus, urlsplit

from independent_events import Event
from independent_settings import chosen

SEEDS = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds"
PAID = re.compile(r"(.*cp.*|ppc|retargeting|paid.*)")
SHOP = re.compile(r".*(([^a-df-z]|^)shop|shopping).*")
SECOND_LEVEL = {"com", "co", "net", "org", "gov", "edu", "ac"}
GOOGLE_CLICKS = ("gclid", "gbraid", "wbraid")
CLICKS = {"gclid": "google", "gbraid": "google", "wbraid": "google", "dclid": "doubleclick", "msclkid": "bing", "ttclid": "tiktok"}
CLICK_MEDIA = {"dclid": "cpm", "ttclid": "paid_social"}
META = {"facebook", "instagram", "messenger"}


@cache
def seed(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def map_of(name: str, key: str, value: str) -> dict[str, str]:
    """A seed as a map; an empty value is none."""
    return {row[key]: row[value] for row in seed(name) if row[value]}


def host(address: str | None) -> str | None:
    if not address:
        return None
    return (urlsplit(address).hostname or "").removeprefix("www.") or None


def registered(name: str) -> str:
    """facebook.com of m.facebook.com, google.com.br of www.google.com.br."""
    labels = name.split(".")
    taken = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in SECOND_LEVEL else 2
    return ".".join(labels[-taken:])


def category(source: str | None) -> str | None:
    """Kind of site that a source is: by its host, else by the name under which it is registered."""
    sites = map_of("site_categories", "site", "site_category")
    if not source:
        return None
    name = source.removeprefix("www.")
    return sites.get(name) or sites.get(registered(name).split(".")[0])


def paid(medium: str | None) -> bool:
    return bool(PAID.fullmatch(medium or ""))


def channel_group(source: str, medium: str | None, campaign: str | None) -> str:
    """GA4's default channel group, the first rule that holds."""
    medium, campaign = medium or "", (campaign or "").lower()
    kind, shop = category(source), bool(SHOP.fullmatch(campaign))
    is_paid = paid(medium)
    rules = [
        ("Direct", source == "(direct)" and medium in {"(none)", "(not set)"}),
        ("Cross-network", "cross-network" in campaign),
        ("Paid Shopping", (kind == "shopping" or shop) and is_paid),
        ("Paid Search", kind == "search" and is_paid),
        ("Paid Social", kind == "social" and is_paid),
        ("Paid Video", kind == "video" and is_paid),
        ("Display", medium in {"display", "banner", "expandable", "interstitial", "cpm"}),
        ("Paid Other", is_paid),
        ("AI Assistant", medium == "ai-assistant" or (kind == "ai_assistant" and medium in {"referral", "", "(not set)", "(none)"})),
        ("Organic Shopping", kind == "shopping" or shop),
        (
            "Organic Social",
            kind == "social" or medium in {"social", "social-network", "social-media", "sm", "social network", "social media"},
        ),
        ("Organic Video", kind == "video" or "video" in medium),
        ("Organic Search", kind == "search" or medium == "organic"),
        ("Referral", medium in {"referral", "app", "link"}),
        ("Email", {source, medium} & {"email", "e-mail", "e_mail", "e mail"}),
        ("Affiliates", medium == "affiliate"),
        ("Audio", medium == "audio"),
        ("SMS", "sms" in {source, medium}),
        ("Mobile Push Notifications", medium.endswith("push") or "mobile" in medium or "notification" in medium or source == "firebase"),
    ]
    return next((channel for channel, holds in rules if holds), "Unassigned")


@dataclass
class Origin:
    """What a visit's arrival tells."""

    source: str
    medium: str | None
    campaign: str | None = None
    campaign_tag_id: str | None = None
    term: str | None = None
    click: str | None = None
    click_id: str | None = None
    meta_ad: str | None = None
    gad_campaign: str | None = None
    channel: str = "Unassigned"

    @property
    def is_ad(self) -> bool:
        return bool(self.click or self.meta_ad or self.gad_campaign)

    @property
    def platform(self) -> str:
        if self.click in GOOGLE_CLICKS or self.gad_campaign:
            return "google_ads"
        return "facebook_ads" if self.meta_ad or self.click == "fbclid" else "web"


def query(address: str | None) -> dict[str, str]:
    """Parameters behind `?` or `#`; the first of a name counts."""
    found: dict[str, str] = {}
    for part in re.split(r"[?#&]", address or "")[1:]:
        name, _, value = part.partition("=")
        if value:
            found.setdefault(name.lower(), unquote_plus(value))
    return found


def repaired(field: str, told: Any) -> str | None:
    text = str(told or "").strip().lower()
    aliases = {(row["field"], row["alias"]): row["canonical"] for row in seed("utm_aliases")}
    return aliases.get((field, text), text) or None


FIELDS = ("source", "medium", "campaign", "id", "term", "content")
COLLECTED = {"campaign": "manual_campaign_name", "id": "manual_campaign_id"}


def tag_places(event: Event) -> list[dict[str, str]]:
    """What an event's tags are by each place that may tell them: collected, parameters, address. As they were typed."""
    address, told = query(event.page), event.row.get("told", {})
    collected = event.row.get("collected_traffic_source") or {}
    places = [
        {field: collected.get(COLLECTED.get(field, f"manual_{field}")) for field in FIELDS},
        {field: told.get("campaign_id" if field == "id" else field) for field in FIELDS},
        {field: address.get(f"utm_{field}") for field in FIELDS},
    ]
    return [{field: str(text) for field, text in place.items() if text and text not in {"(direct)", "(none)"}} for place in places]


def tags(event: Event) -> dict[str, str]:
    """Tags of an event, whole from the first place that tells any."""
    found = next((place for place in tag_places(event) if place), {})
    if not found:
        return {}
    held = {field: repaired(field, text) if field in FIELDS[:2] else text for field, text in found.items() if field != "content"}
    return {field: text for field, text in held.items() if text} or {"nothing": "told"}


def digits(text: str | None) -> str | None:
    """A number of five digits or more; a shorter one is no ad's and no campaign's."""
    return text if re.fullmatch(r"\d{5,}", text or "") else None


def names_other_site(told: dict[str, str]) -> bool:
    """Whether tags name a site of the seed that is none of Meta's."""
    source = told.get("source")
    return bool(source) and category(source) is not None and registered(source).split(".")[0] not in META


def address(event: Event) -> dict[str, str]:
    """Parameters of an event's address, with the click ids that the export collected; of content the first number that anything tells."""
    collected = {key: text for key, text in (event.row.get("collected_traffic_source") or {}).items() if text}
    here, told = query(event.page), event.row.get("told", {})
    contents = [collected.get("manual_content"), told.get("content"), here.get("utm_content")]
    numbers = [number for text in contents if (number := digits(text))]
    content = {"utm_content": numbers[0]} if numbers else {}
    return {**here, **content, **{name: collected[name] for name in ("gclid", "dclid") if name in collected}}


def click_of(address: dict[str, str], told: dict[str, str]) -> Origin | None:
    """The ad that an address tells of, if any, with the tags beside it."""
    for name, source in CLICKS.items():
        if name in address:
            gad = digits(address.get("gad_campaignid")) if name in GOOGLE_CLICKS else None
            return Origin(source, CLICK_MEDIA.get(name, "cpc"), click=name, click_id=address[name], gad_campaign=gad)
    medium, campaign = told.get("medium"), told.get("campaign")
    is_paid = (paid(medium) or paid(campaign)) and not names_other_site(told)
    ad = next((number for name in chosen().ad_parameters if (number := digits(address.get(name)))), None)
    if ad and medium != "email" and not names_other_site(told) and ("fbclid" in address or paid(medium) or len(ad) >= 10):
        return Origin(
            "facebook", "paid_social", click="fbclid" if "fbclid" in address else None, click_id=address.get("fbclid"), meta_ad=ad
        )
    if "fbclid" in address and is_paid:
        return Origin("facebook", "paid_social", click="fbclid", click_id=address["fbclid"])
    return None


def is_sign(address: dict[str, str]) -> bool:
    """Whether it has what may be an ad's of Meta's: an fbclid, or a number in the place of one."""
    return "fbclid" in address or any(digits(address.get(name)) for name in chosen().ad_parameters)


def stripped_click(events: Sequence[Event], told: dict[str, str]) -> Origin | None:
    """A click on Google's ad whose click id a browser took out, but for the campaign's number in the landing page's address."""
    here = [address(event) for event in events]
    number = digits(here[0].get("gad_campaignid"))
    others = {*CLICKS, "fbclid"} & {name for told_here in here for name in told_here}
    is_googles = told.get("source", "google") == "google" and told.get("medium") != "email"
    return Origin("google", "cpc", gad_campaign=number) if number and not others and is_googles else None


def by_referrer(address: str | None, own: str | None) -> tuple[str, str] | None:
    name = host(address)
    if name is None or (own and registered(name) == registered(own)):
        return None
    kind = category(name)
    sites = map_of("site_categories", "site", "site_category")
    known = name if name in sites else registered(name).split(".")[0]
    medium = {"search": "organic", "social": "social", "video": "video", "ai_assistant": "ai-assistant"}.get(kind or "", "referral")
    return (known if kind and kind != "ai_assistant" else name, medium)


def ad_channel(origin: Origin) -> str:
    """An ad's click is never organic: where the tags name no kind of paid channel, the click decides."""
    told = channel_group(origin.source, origin.medium, origin.campaign)
    named = {"Cross-network", "Paid Shopping", "Paid Search", "Paid Social", "Paid Video", "Display", "Email", "Affiliates", "Audio", "SMS"}
    if told in named or told == "Mobile Push Notifications":
        return told
    if origin.click == "dclid":
        return "Display"
    if origin.platform == "facebook_ads" or origin.click == "ttclid":
        return "Paid Social"
    return "Paid Shopping" if SHOP.fullmatch((origin.campaign or "").lower()) else "Paid Search"


def origin(events: Sequence[Event]) -> Origin:
    """Where the visit of these events, in their order, came from."""
    first = events[0]
    referred = by_referrer(first.referrer, host(first.page))
    clicks = [number for number, event in enumerate(events) if click_of(address(event), tags(event))]
    tagged = [number for number, event in enumerate(events) if tags(event)]
    # Who lands by an ad came by the ad, whatever tags come later.
    others = any(CLICKS.keys() & address(event).keys() or is_sign(address(event)) for event in events)
    is_stripped = bool(digits(address(first).get("gad_campaignid"))) and not others
    told: dict[str, str] = {}
    if tagged and not (clicks and clicks[0] < tagged[0]) and not (is_stripped and tagged[0]):
        told = tags(events[tagged[0]])
    bare = (number for number, event in enumerate(events) if is_sign(address(event)))
    at = clicks[0] if clicks else next(bare, None)
    # Which ad it was the click's own address says; whether it was one of Meta's, the tags of the visit.
    click = stripped_click(events, told) or (click_of(address(events[at]), told) if at is not None else None)
    fallback = (click.source, click.medium) if click else referred
    if told.get("source"):
        found = Origin(told["source"], told.get("medium"), told.get("campaign"))
    elif fallback:
        found = Origin(fallback[0], told.get("medium") or fallback[1], told.get("campaign"))
    elif at is not None and "fbclid" in address(events[at]):
        found = Origin("facebook", told.get("medium") or "social", told.get("campaign"))
    else:
        found = Origin("(direct)", told.get("medium") or "(none)", told.get("campaign"))
    found.campaign_tag_id, found.term = told.get("id"), told.get("term")
    return with_click(found, click)


def with_click(found: Origin, click: Origin | None) -> Origin:
    """The origin with an ad's click, if there is one, and the channel of both."""
    if click:
        found.click, found.click_id, found.meta_ad, found.gad_campaign = click.click, click.click_id, click.meta_ad, click.gad_campaign
    found.channel = ad_channel(found) if found.is_ad else channel_group(found.source, found.medium, found.campaign)
    return found
