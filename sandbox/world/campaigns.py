"""What the brand advertises: campaigns, ad groups and ads on Google and Meta, made from the tables of ``portfolio``.

The same in every world that holds the same accounts. Ids are arithmetic on readable parts, so that a row in a failing test
can be traced by eye.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from sandbox.world import portfolio
from sandbox.world.accounts import DEFAULT, LAST_DELIVERY, Accounts, GoogleAccount, MetaAccount
from sandbox.world.brand import PRODUCTS
from sandbox.world.portfolio import DISPLAY, PERFORMANCE_MAX, SEARCH, GooglePlan, MetaPlan

GOOGLE_CHANNELS = {SEARCH: "Paid Search", PERFORMANCE_MAX: "Cross-network", DISPLAY: "Display"}


@dataclass(frozen=True)
class GoogleCampaign:
    """``suffix`` is the campaign's final URL suffix: UTM tags beside the auto-tagged gclid.
    ``ends_on``: the first day on which it no longer delivers, paused or its account about to close."""

    account: GoogleAccount
    campaign_id: str
    name: str
    kind: str
    suffix: str
    weight: float
    paused_on: int | None = None
    ends_on: int | None = None


@dataclass(frozen=True)
class GoogleAd:
    """A responsive search or display ad, or (``ad_id`` None) a Performance Max campaign as a whole.
    ``removed_on`` is the world's day on which it is removed."""

    campaign: GoogleCampaign
    ad_group_id: str | None
    ad_group_name: str | None
    ad_id: str | None
    criterion_id: str | None
    keyword: str | None
    match_type: str | None
    landing: str
    weight: float
    removed_on: int | None = None

    platform = "google_ads"

    @property
    def channel(self) -> str:
        return GOOGLE_CHANNELS[self.campaign.kind]

    def runs(self, day: int) -> bool:
        """Whether the ad delivers on the world's day."""
        return all(end is None or day < end for end in (self.campaign.ends_on, self.removed_on))


@dataclass(frozen=True)
class MetaAd:
    """``tags`` is what the creative's url_tags say; ``names_ad`` is false where they hold no ad id.
    ``deleted_on`` and ``archived_on`` are the world's days on which that happens; it delivers on the days before."""

    account: MetaAccount
    campaign_id: str
    campaign_name: str
    adset_id: str
    adset_name: str
    ad_id: str
    name: str
    placement: str
    tags: str
    landing: str
    weight: float
    names_ad: bool = True
    deleted_on: int | None = None
    archived_on: int | None = None

    platform = "facebook_ads"
    channel = "Paid Social"

    def runs(self, day: int) -> bool:
        """Whether the ad delivers on the world's day."""
        return all(end is None or day < end for end in (self.deleted_on, self.archived_on))


@lru_cache(maxsize=8)
def google_campaigns(accounts: Accounts = DEFAULT) -> tuple[tuple[GoogleCampaign, tuple[GoogleAd, ...]], ...]:
    """Every campaign with its ads; a Performance Max campaign has the one that stands for all of it."""
    plans = [*portfolio.GOOGLE, *(portfolio.MORE_GOOGLE if accounts.is_nested else ())]
    held = [plan for plan in plans if plan.account < accounts.google]
    found = []
    for number, plan in enumerate(held, start=1):
        account = accounts.google_accounts[plan.account]
        closing = accounts.closes_on - LAST_DELIVERY if account.closes else None
        ends = min((day for day in (plan.paused_on, closing) if day is not None), default=None)
        campaign = GoogleCampaign(
            account, str(21_000_000_000 + number), plan.name, plan.kind, plan.suffix, plan.weight, plan.paused_on, ends
        )
        found.append((campaign, tuple(_google_ads(number, campaign, plan))))
    return tuple(found)


def _google_ads(number: int, campaign: GoogleCampaign, plan: GooglePlan) -> Iterator[GoogleAd]:
    if plan.kind == PERFORMANCE_MAX:
        yield GoogleAd(campaign, None, None, None, None, None, None, PRODUCTS[number % len(PRODUCTS)].page, plan.weight)
    removed = {(place, version): day for place, version, day in plan.removed}
    for place, (group, keyword, match) in enumerate(plan.groups, start=1):
        for version in (1, 2):
            yield GoogleAd(
                campaign=campaign,
                ad_group_id=str(160_000_000_000 + number * 100 + place),
                ad_group_name=group,
                ad_id=str(700_000_000_000 + number * 1000 + place * 10 + version),
                criterion_id=str(300_000_000 + number * 100 + place) if keyword else None,
                keyword=keyword,
                match_type=match,
                landing=PRODUCTS[(number * 3 + place + version) % len(PRODUCTS)].page,
                weight=plan.weight / len(plan.groups) * (0.65 if version == 1 else 0.35),
                removed_on=removed.get((place, version)),
            )


@lru_cache(maxsize=8)
def google_ads(accounts: Accounts = DEFAULT) -> tuple[GoogleAd, ...]:
    return tuple(ad for _, ads in google_campaigns(accounts) for ad in ads)


@lru_cache(maxsize=8)
def meta_ads(accounts: Accounts = DEFAULT) -> tuple[MetaAd, ...]:
    """Every Meta ad; the first is the one of the seed story."""
    plans = [*portfolio.META, *(portfolio.MORE_META if accounts.meta > DEFAULT.meta else ())]
    found = []
    for number, (account, campaign, adsets) in enumerate((plan for plan in plans if plan[0] < accounts.meta), start=1):
        campaign_id = 120_200_000_000_000_000 + number * 10_000
        for place, (adset, ads) in enumerate(adsets, start=1):
            for version, plan in enumerate(ads, start=1):
                ad_id, name = str(campaign_id + place * 100 + version), f"{adset}_{plan.placement}_{version}"
                found.append(
                    MetaAd(
                        account=accounts.meta_accounts[account],
                        campaign_id=str(campaign_id),
                        campaign_name=campaign,
                        adset_id=str(campaign_id + place * 100),
                        adset_name=adset,
                        ad_id=ad_id,
                        name=name,
                        placement=plan.placement,
                        tags=_tags(plan, campaign, ad_id, name),
                        landing=PRODUCTS[(number * 2 + place + version) % len(PRODUCTS)].page,
                        weight=plan.weight,
                        names_ad=plan.form != "none",
                        deleted_on=plan.deleted_on,
                        archived_on=plan.archived_on,
                    )
                )
    return tuple(found)


def _tags(plan: MetaPlan, campaign: str, ad_id: str, name: str) -> str:
    content = {"content": f"utm_content={ad_id}", "ad_id": f"utm_content={name}&ad_id={ad_id}", "none": f"utm_content={name}"}[plan.form]
    return f"utm_source={plan.source}&utm_medium={plan.medium}&utm_campaign={campaign}&{content}"
