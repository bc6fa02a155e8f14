"""Where a visit comes from: what the visitor did (the truth) and what the site can see of it (URL and referrer).

Channel names are GA4's default channel groups (https://support.google.com/analytics/answer/9756891).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from urllib.parse import parse_qsl

from sandbox.world import brand
from sandbox.world.accounts import DEFAULT, Accounts
from sandbox.world.campaigns import GoogleAd, MetaAd, google_ads, meta_ads
from sandbox.world.randomness import pick, token

_URLSAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
Ad = GoogleAd | MetaAd


@dataclass(frozen=True)
class Visit:
    """One arrival. ``query`` is the landing URL's query string; source and medium are the visitor's real ones, not the tags."""

    channel: str
    source: str
    medium: str
    landing: str
    query: str = ""
    referrer: str | None = None
    ad: Ad | None = None
    click_id: str | None = None
    is_billed: bool = True
    is_repeat: bool = False

    @property
    def platform(self) -> str:
        return self.ad.platform if self.ad else "web"

    @property
    def campaign_id(self) -> str | None:
        if isinstance(self.ad, GoogleAd):
            return self.ad.campaign.campaign_id
        return self.ad.campaign_id if self.ad else None

    @property
    def ad_group_id(self) -> str | None:
        if isinstance(self.ad, MetaAd):
            return self.ad.adset_id if self.ad.names_ad else None
        return self.ad.ad_group_id if self.ad else None

    @property
    def ad_id(self) -> str | None:
        if isinstance(self.ad, MetaAd) and not self.ad.names_ad:
            return None
        return self.ad.ad_id if self.ad else None

    @property
    def tags(self) -> dict[str, str]:
        """The query string's parameters."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def url(self) -> str:
        return f"{self.landing}?{self.query}" if self.query else self.landing


def page(rng: Random) -> str:
    """A page to land on without an ad."""
    return pick(rng, ((brand.HOME, 5.0), (rng.choice(brand.CATEGORIES), 2.0), (rng.choice(brand.PRODUCTS).page, 3.0), (brand.BLOG, 0.7)))


def direct(landing: str = brand.HOME) -> Visit:
    return Visit("Direct", "(direct)", "(none)", landing)


def organic_search(rng: Random) -> Visit:
    source, referrer = pick(
        rng,
        (
            (("google", "https://www.google.com/"), 8.0),
            (("bing", "https://www.bing.com/"), 1.0),
            (("duckduckgo", "https://duckduckgo.com/"), 0.6),
        ),
    )
    return Visit("Organic Search", source, "organic", page(rng), referrer=referrer)


def organic_social(rng: Random) -> Visit:
    """A link in a post: the network adds a bare fbclid, which is no sign of an ad."""
    source, referrer = pick(
        rng,
        (
            (("instagram", "https://l.instagram.com/"), 4.0),
            (("facebook", "https://m.facebook.com/"), 2.0),
            (("facebook", "https://l.facebook.com/"), 1.0),
        ),
    )
    return Visit("Organic Social", source, "social", page(rng), query=f"fbclid={_fbclid(rng)}", referrer=referrer)


def organic_video(landing: str) -> Visit:
    return Visit("Organic Video", "youtube", "video", landing, referrer="https://www.youtube.com/")


def referral(rng: Random) -> Visit:
    host = rng.choice(("www.belezanatural.example", "revistacerrado.example", "guiadepresentes.example"))
    return Visit("Referral", host, "referral", page(rng), referrer=f"https://{host}/indicacoes")


def email(landing: str, campaign: str, medium: str, content: str | None = None, source: str = "klaviyo") -> Visit:
    query = f"utm_source={source}&utm_medium={medium}&utm_campaign={campaign}" + (f"&utm_content={content}" if content else "")
    return Visit("Email", source, "email", landing, query=query)


def google(rng: Random, day: int, accounts: Accounts = DEFAULT) -> Visit:
    """A tap on a Google ad that runs on the world's ``day``: auto-tagged, and tagged by hand where the campaign has a suffix.
    One in fifty is never billed."""
    chosen = pick(rng, [(each, each.weight) for each in google_ads(accounts) if each.runs(day)])
    gclid = new_gclid(rng)
    query = f"gclid={gclid}"
    if chosen.campaign.suffix:
        query = f"{chosen.campaign.suffix}&{query}"
    referrer = "https://www.google.com/" if chosen.channel != "Display" else None
    return Visit(
        chosen.channel,
        "google",
        "cpc",
        chosen.landing,
        query=query,
        referrer=referrer,
        ad=chosen,
        click_id=gclid,
        is_billed=rng.random() > 0.02,
    )


def meta(rng: Random, day: int, accounts: Accounts = DEFAULT, *, ad: MetaAd | None = None, keep_click_id: bool = False) -> Visit:
    """A tap on a Meta ad that still runs on the world's ``day``. Where the tags name the ad, one in ten arrives without its fbclid."""
    chosen = ad or pick(rng, [(each, each.weight) for each in meta_ads(accounts) if each.runs(day)])
    fbclid = _fbclid(rng)
    keeps = rng.random() > 0.1 or not chosen.names_ad or keep_click_id
    return Visit(
        "Paid Social",
        chosen.placement,
        "paid_social",
        chosen.landing,
        query=f"{chosen.tags}&fbclid={fbclid}" if keeps else chosen.tags,
        referrer=f"https://l.{chosen.placement}.com/" if rng.random() < 0.8 else None,
        ad=chosen,
        click_id=fbclid if keeps else None,
    )


def new_gclid(rng: Random) -> str:
    """A Google click id in looks; case matters."""
    return f"Cj0KCQiA{token(rng, 44, _URLSAFE)}EALw_wcB"


def _fbclid(rng: Random) -> str:
    return f"IwZXh0bgNhZW0{token(rng, 40, _URLSAFE)}"


def first_visit(rng: Random, day: int, accounts: Accounts = DEFAULT) -> Visit:
    """How a stranger finds the brand."""
    kind = pick(
        rng, (("google", 22.0), ("meta", 22.0), ("search", 24.0), ("social", 8.0), ("video", 3.0), ("referral", 5.0), ("direct", 16.0))
    )
    return _visit(rng, day, kind, accounts)


def next_visit(rng: Random, day: int, accounts: Accounts = DEFAULT) -> Visit:
    """How somebody comes back."""
    kind = pick(
        rng, (("direct", 38.0), ("search", 26.0), ("google", 12.0), ("meta", 12.0), ("social", 5.0), ("video", 3.0), ("referral", 4.0))
    )
    return _visit(rng, day, kind, accounts)


def _visit(rng: Random, day: int, kind: str, accounts: Accounts) -> Visit:
    if kind == "google":
        return google(rng, day, accounts)
    if kind == "meta":
        return meta(rng, day, accounts)
    if kind == "search":
        return organic_search(rng)
    if kind == "social":
        return organic_social(rng)
    if kind == "video":
        return organic_video(page(rng))
    return referral(rng) if kind == "referral" else direct(page(rng))


def bookmark(visit: Visit) -> Visit:
    """The same landing URL, click id and all, opened again from a bookmark on a later day."""
    return replace(visit, referrer=None, is_repeat=True)
