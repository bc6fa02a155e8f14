"""Daily ad figures: the clicks that reached the site, the billed clicks that never did, and what both cost.

A day's figures depend on (seed, "ads", account, day) and on the visits of that day. Figures that are restated later
have an earlier version; the last version is the truth. Dates are the account's own calendar days.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from random import Random

from sandbox.world.campaigns import GoogleAd, MetaAd, google_ads, meta_ads
from sandbox.world.channels import new_gclid
from sandbox.world.ledger import Ledger
from sandbox.world.period import DAY, HOUR, iso, local_date, midnight
from sandbox.world.randomness import poisson, stream
from sandbox.world.sessions import Session

GOOGLE_DEVICE = {"mobile": "MOBILE", "desktop": "DESKTOP", "tablet": "TABLET"}
REACH = {"MOBILE": 1.0, "DESKTOP": 0.5, "TABLET": 0.12}
NETWORKS = {"SEARCH": ("SEARCH", "SEARCH_PARTNERS"), "PERFORMANCE_MAX": ("MIXED",), "DISPLAY": ("CONTENT",)}


@dataclass(frozen=True)
class Figures:
    """``cost`` is in micros of the account's currency (Google: multiples of 10,000; Meta: cents). ``link_clicks`` are
    those of Meta's clicks that lead off the platform; the others are likes, profile visits and the like."""

    impressions: int
    clicks: int
    cost: int
    conversions: float
    value: float
    link_clicks: int = 0


@dataclass(frozen=True)
class Fact:
    """One ad (or campaign without ads) x day x device x network (Google) or placement (Meta). ``final`` None: restated to nothing.
    ``first`` is the version shown until ``restated_at``."""

    ad: GoogleAd | MetaAd
    day: date
    device: str
    network: str
    final: Figures | None
    first: Figures | None = None
    restated_at: str | None = None


@dataclass(frozen=True)
class Click:
    """One row of click_view: a click of which Google knows the gclid, billed or not."""

    ad: GoogleAd
    gclid: str
    day: date
    device: str
    network: str


@dataclass(frozen=True)
class AdBooks:
    facts: list[Fact]
    clicks: list[Click]


def keep_books(ledger: Ledger) -> AdBooks:
    """All facts and Google clicks of the period's days, account by account."""
    arrived: dict[tuple[str, date], list[Session]] = defaultdict(list)
    for session in ledger.sessions:
        ad = session.visit.ad
        if ad and not session.visit.is_repeat:
            account = ad.campaign.account if isinstance(ad, GoogleAd) else ad.account
            arrived[_ad_key(ad), local_date(session.start, account.zone)].append(session)
    books = AdBooks([], [])
    for number, day in enumerate(ledger.period.dates):
        rng = stream(ledger.seed, "ads", number)
        for google in google_ads(ledger.accounts):
            if google.runs(number) or arrived[_ad_key(google), day]:
                _google_day(rng, books, google, day, arrived[_ad_key(google), day], ledger)
        for meta in meta_ads(ledger.accounts):
            if meta.runs(number) or arrived[_ad_key(meta), day]:
                _meta_day(rng, books, meta, day, arrived[_ad_key(meta), day], ledger.scale)
    return books


def _ad_key(ad: GoogleAd | MetaAd) -> str:
    return f"g{ad.campaign.campaign_id}/{ad.ad_id}" if isinstance(ad, GoogleAd) else f"m{ad.ad_id}"


def _google_day(rng: Random, books: AdBooks, ad: GoogleAd, day: date, sessions: list[Session], ledger: Ledger) -> None:
    account, networks = ad.campaign.account, NETWORKS[ad.campaign.kind]
    for device in ("MOBILE", "DESKTOP", "TABLET"):
        for network in networks:
            here = [s for s in sessions if GOOGLE_DEVICE[s.device.category] == device] if network == networks[0] else []
            reach = ad.weight * ledger.scale * REACH[device] * (1.0 if network == networks[0] else 0.2)
            billed = sum(1 for session in here if session.visit.is_billed)
            lost, invalid = poisson(rng, 0.12 * reach + 0.05 * billed), poisson(rng, 0.03 * reach)
            for session in here:
                books.clicks.append(Click(ad, str(session.visit.click_id), day, device, network))
            for _ in range(lost + invalid):
                books.clicks.append(Click(ad, new_gclid(rng), day, device, network))
            clicks = billed + lost
            impressions = clicks * (4 + int(rng.random() * 9)) + poisson(rng, 9 * reach)
            cost = int(clicks * account.cost_per_click * 100 * (0.7 + 0.6 * rng.random())) * 10_000
            if ad.campaign.kind == "DISPLAY":
                cost = int(impressions * 0.9 + 40 * reach * rng.random()) * 10_000
            figures = _google_conversions(rng, Figures(impressions, clicks, cost, 0.0, 0.0))
            if impressions or cost:
                fact = _versions(rng, Fact(ad, day, device, network, figures), account.zone, bool(here))
                books.facts.append(_booked_late(ledger.seed, ad, fact) if account.books_late else fact)


def _google_conversions(rng: Random, figures: Figures) -> Figures:
    conversions = round(sum(rng.random() < 0.05 for _ in range(figures.clicks)) * (0.5 + 0.5 * rng.random()), 2)
    return replace(figures, conversions=conversions, value=round(conversions * (120 + 180 * rng.random()), 2))


def _meta_day(rng: Random, books: AdBooks, ad: MetaAd, day: date, sessions: list[Session], scale: float) -> None:
    other = "facebook" if ad.placement == "instagram" else "instagram"
    for network, share in ((ad.placement, 1.0), (other, 0.12)):
        here = sessions if network == ad.placement else []
        links = len(here) + poisson(rng, 0.25 * ad.weight * scale * share + 0.1 * len(here))
        clicks = links + poisson(rng, 0.15 * links + 0.05 * ad.weight * scale * share)
        impressions = clicks * (15 + int(rng.random() * 30)) + poisson(rng, 60 * ad.weight * scale * share)
        cents = int(clicks * ad.account.cost_per_click * 100 * (0.7 + 0.6 * rng.random()) + impressions * 0.4)
        bought = sum(rng.random() < 0.06 for _ in range(links))
        figures = Figures(impressions, clicks, cents * 10_000, float(bought), round(bought * (110 + 200 * rng.random()), 2), links)
        if impressions:
            books.facts.append(_versions(rng, Fact(ad, day, "", network, figures), ad.account.zone, bool(here)))


def _versions(rng: Random, fact: Fact, zone: str, reached_site: bool) -> Fact:
    """One figure in six is restated one to three days later; a few that never reached the site vanish altogether."""
    point, later, low, high = rng.random(), 2 + int(rng.random() * 3), 0.8 + 0.18 * rng.random(), rng.random()
    final = fact.final
    if point > 0.17 or final is None:
        return fact
    restated_at = iso(midnight(fact.day, zone) + later * DAY + 4 * HOUR)
    if point < 0.012 and not reached_site:
        return replace(fact, final=None, first=final, restated_at=restated_at)
    drop = 1 if final.clicks and final.link_clicks != final.clicks and high < 0.5 else 0
    bought = float(int(final.conversions / 2)) if isinstance(fact.ad, MetaAd) else round(final.conversions * 0.5, 2)
    cost = int(final.cost * low) // 10_000 * 10_000
    first = replace(final, clicks=final.clicks - drop, cost=cost, conversions=bought, value=round(final.value * 0.5, 2))
    return replace(fact, first=first, restated_at=restated_at) if first != final else fact


def _booked_late(seed: int, ad: GoogleAd, fact: Fact) -> Fact:
    """Some conversions are booked on the click's day only weeks after it, as late as the account's actions look back."""
    final, account = fact.final, ad.campaign.account
    if final is None or fact.first is not None or not final.clicks:
        return fact
    rng = stream(seed, "late", _ad_key(ad), fact.day, fact.device, fact.network)
    if rng.random() > 0.25:
        return fact
    days = 32 + int(rng.random() * (account.lookback - 32))
    booked = replace(final, conversions=1.0, value=round(120 + 180 * rng.random(), 2))
    restated_at = iso(midnight(fact.day, account.zone) + days * DAY + 4 * HOUR)
    return replace(fact, final=booked, first=replace(final, conversions=0.0, value=0.0), restated_at=restated_at)


def versions(fact: Fact) -> Iterator[tuple[Figures, dict[str, str]]]:
    """The fact's versions with their clock fields."""
    if fact.first is not None and fact.restated_at:
        yield fact.first, {"_until": fact.restated_at}
    if fact.final is not None:
        yield fact.final, {"_from": fact.restated_at} if fact.restated_at else {}
