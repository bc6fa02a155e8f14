"""What the brand advertises: accounts, campaigns, ad groups and ads on Google and Meta. The same in every world.

Ids are arithmetic on readable parts, so that a row in a failing test can be traced by eye.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from sandbox.world.brand import PRODUCTS

SEARCH, PERFORMANCE_MAX, DISPLAY = "SEARCH", "PERFORMANCE_MAX", "DISPLAY"
GOOGLE_CHANNELS = {SEARCH: "Paid Search", PERFORMANCE_MAX: "Cross-network", DISPLAY: "Display"}


@dataclass(frozen=True)
class GoogleAccount:
    customer_id: str
    name: str
    currency: str
    zone: str
    cost_per_click: float


@dataclass(frozen=True)
class GoogleCampaign:
    """``suffix`` is the campaign's final URL suffix: UTM tags beside the auto-tagged gclid."""

    account: GoogleAccount
    campaign_id: str
    name: str
    kind: str
    suffix: str
    weight: float


@dataclass(frozen=True)
class GoogleAd:
    """A responsive search or display ad, or (``ad_id`` None) a Performance Max campaign as a whole."""

    campaign: GoogleCampaign
    ad_group_id: str | None
    ad_group_name: str | None
    ad_id: str | None
    criterion_id: str | None
    keyword: str | None
    match_type: str | None
    landing: str
    weight: float

    platform = "google_ads"

    @property
    def channel(self) -> str:
        return GOOGLE_CHANNELS[self.campaign.kind]


@dataclass(frozen=True)
class MetaAccount:
    account_id: str
    name: str
    currency: str
    zone: str
    cost_per_click: float


@dataclass(frozen=True)
class MetaAd:
    """``tags`` is what the creative's url_tags say; ``names_ad`` is false where they hold no ad id.
    ``deleted_on`` is the world's day on which the ad is deleted; it delivers on the days before."""

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

    platform = "facebook_ads"
    channel = "Paid Social"


GOOGLE_ACCOUNTS = (
    GoogleAccount("7310045521", "Flor do Cerrado Brasil", "BRL", "America/Sao_Paulo", 3.4),
    GoogleAccount("7310045522", "Flor do Cerrado Export", "USD", "America/New_York", 0.9),
)
META_ACCOUNTS = (
    MetaAccount("880100000000011", "Flor do Cerrado BR", "BRL", "America/Sao_Paulo", 2.3),
    MetaAccount("880100000000022", "Flor do Cerrado EU", "EUR", "Europe/Lisbon", 0.42),
)

_CAMPAIGNS = (
    # account, name, kind, suffix, weight, (ad group, keyword, match type)...
    (0, "Busca | Marca", SEARCH, "", 3.0, (("Marca pura", "flor do cerrado", "EXACT"), ("Marca e loja", "flor do cerrado loja", "PHRASE"))),
    (
        0,
        "Busca | Corpo e banho",
        SEARCH,
        "utm_source=google&utm_medium=cpc&utm_campaign=busca_corpo_banho",
        4.0,
        (("Óleo corporal", "óleo corporal natural", "PHRASE"), ("Sabonete", "sabonete artesanal", "BROAD")),
    ),
    (
        0,
        "Busca | Presentes",
        SEARCH,
        "utm_source=google&utm_medium=CPC&utm_campaign=busca_presentes",
        2.0,
        (("Kit presente", "kit presente cosméticos", "PHRASE"), ("Velas", "vela aromática", "BROAD")),
    ),
    (0, "Performance Max | Loja", PERFORMANCE_MAX, "", 4.0, ()),
    (0, "Display | Remarketing", DISPLAY, "", 0.8, (("Visitantes 30 dias", None, None),)),
    (
        1,
        "Search | Brazilian cosmetics",
        SEARCH,
        "",
        2.0,
        (("Brazilian skincare", "brazilian skincare", "PHRASE"), ("Pequi oil", "pequi oil", "EXACT")),
    ),
    (1, "Performance Max | Export", PERFORMANCE_MAX, "", 1.2, ()),
)


@lru_cache(maxsize=1)
def google_campaigns() -> tuple[tuple[GoogleCampaign, tuple[GoogleAd, ...]], ...]:
    """Every campaign with its ads; a Performance Max campaign has the one that stands for all of it."""
    found = []
    for number, (account, name, kind, suffix, weight, groups) in enumerate(_CAMPAIGNS, start=1):
        campaign = GoogleCampaign(GOOGLE_ACCOUNTS[account], str(21_000_000_000 + number), name, kind, suffix, weight)
        ads = []
        for place, (group, keyword, match) in enumerate(groups, start=1):
            group_id = 160_000_000_000 + number * 100 + place
            for version in (1, 2):
                ads.append(
                    GoogleAd(
                        campaign=campaign,
                        ad_group_id=str(group_id),
                        ad_group_name=group,
                        ad_id=str(700_000_000_000 + number * 1000 + place * 10 + version),
                        criterion_id=str(300_000_000 + number * 100 + place) if keyword else None,
                        keyword=keyword,
                        match_type=match,
                        landing=PRODUCTS[(number * 3 + place + version) % len(PRODUCTS)].page,
                        weight=weight / len(groups) * (0.65 if version == 1 else 0.35),
                    )
                )
        if kind == PERFORMANCE_MAX:
            ads.append(GoogleAd(campaign, None, None, None, None, None, None, PRODUCTS[number % len(PRODUCTS)].page, weight))
        found.append((campaign, tuple(ads)))
    return tuple(found)


@lru_cache(maxsize=1)
def google_ads() -> tuple[GoogleAd, ...]:
    return tuple(ad for _, ads in google_campaigns() for ad in ads)


_META = (
    # account, campaign, adsets with (placement, medium, source, tag form, weight, deleted on day)
    (
        0,
        "conversao_verao_2026",
        (
            (
                "mulheres_25_44",
                (
                    ("instagram", "instagram", "paid_social", "content", 4.0, None),
                    ("instagram", "instagram", "paid_social", "ad_id", 2.0, None),
                ),
            ),
            (
                "interesse_cosmeticos",
                (
                    ("facebook", "facebook", "paid_social", "content", 3.0, None),
                    ("facebook", "facebok", "paid_social", "content", 1.2, None),
                ),
            ),
        ),
    ),
    (
        0,
        "retargeting_carrinho",
        (
            (
                "carrinho_14_dias",
                (("facebook", "facebook", "CPC", "content", 1.5, None), ("instagram", "instagram", "paid_social", "content", 1.5, 5)),
            ),
        ),
    ),
    (
        0,
        "lancamento_perfume",
        (
            (
                "semelhantes_1",
                (("instagram", "instagram", "paid_social", "content", 2.0, 20), ("facebook", "facebook", "paid_social", "none", 1.0, None)),
            ),
        ),
    ),
    (
        1,
        "brasileiros_em_portugal",
        (
            (
                "lisboa_e_porto",
                (
                    ("instagram", "instagram", "paid_social", "content", 1.4, None),
                    ("facebook", "facebook", "paid_social", "ad_id", 0.8, 45),
                ),
            ),
            ("presentes", (("instagram", "instagram", "paid-social", "content", 0.8, None),)),
        ),
    ),
)


@lru_cache(maxsize=1)
def meta_ads() -> tuple[MetaAd, ...]:
    """Every Meta ad; the first is the one of the seed story."""
    found = []
    for number, (account, campaign, adsets) in enumerate(_META, start=1):
        campaign_id = 120_200_000_000_000_000 + number * 10_000
        for place, (adset, ads) in enumerate(adsets, start=1):
            for version, (placement, source, medium, form, weight, deleted) in enumerate(ads, start=1):
                ad_id = str(campaign_id + place * 100 + version)
                name = f"{adset}_{placement}_{version}"
                content = {
                    "content": f"&utm_content={ad_id}",
                    "ad_id": f"&utm_content={name}&ad_id={ad_id}",
                    "none": f"&utm_content={name}",
                }
                found.append(
                    MetaAd(
                        account=META_ACCOUNTS[account],
                        campaign_id=str(campaign_id),
                        campaign_name=campaign,
                        adset_id=str(campaign_id + place * 100),
                        adset_name=adset,
                        ad_id=ad_id,
                        name=name,
                        placement=placement,
                        tags=f"utm_source={source}&utm_medium={medium}&utm_campaign={campaign}{content[form]}",
                        landing=PRODUCTS[(number * 2 + place + version) % len(PRODUCTS)].page,
                        weight=weight,
                        names_ad=form != "none",
                        deleted_on=deleted,
                    )
                )
    return tuple(found)
