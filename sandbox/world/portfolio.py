"""What is advertised in which account, as tables: campaigns, ad groups and keywords on Google, campaigns, ad sets and ads on Meta.

Days are the world's, 0 the first. What belongs to the default accounts stands first and alone decides the default world;
``MORE_…`` comes with further accounts, also to the first two.
"""

from __future__ import annotations

from dataclasses import dataclass

SEARCH, PERFORMANCE_MAX, DISPLAY = "SEARCH", "PERFORMANCE_MAX", "DISPLAY"
Groups = tuple[tuple[str, str | None, str | None], ...]


@dataclass(frozen=True)
class GooglePlan:
    """A campaign. ``groups``: (ad group, keyword, match type), two ads in each. ``paused_on``: the day on which it stops.
    ``removed``: (place of the ad group, version of the ad, day on which it is removed)."""

    account: int
    name: str
    kind: str
    suffix: str
    weight: float
    groups: Groups = ()
    paused_on: int | None = None
    removed: tuple[tuple[int, int, int], ...] = ()


@dataclass(frozen=True)
class MetaPlan:
    """An ad. ``form`` is how its tags name it: ``content``, ``ad_id`` or ``none``. It delivers on the days before
    ``deleted_on`` or ``archived_on``."""

    placement: str
    source: str
    medium: str
    form: str
    weight: float
    deleted_on: int | None = None
    archived_on: int | None = None


MetaCampaign = tuple[int, str, tuple[tuple[str, tuple[MetaPlan, ...]], ...]]
"""(account, campaign, ((ad set, its ads), ...))."""

GOOGLE = (
    GooglePlan(
        0, "Busca | Marca", SEARCH, "", 3.0,
        (("Marca pura", "flor do cerrado", "EXACT"), ("Marca e loja", "flor do cerrado loja", "PHRASE")),
    ),
    GooglePlan(
        0, "Busca | Corpo e banho", SEARCH, "utm_source=google&utm_medium=cpc&utm_campaign=busca_corpo_banho", 4.0,
        (("Óleo corporal", "óleo corporal natural", "PHRASE"), ("Sabonete", "sabonete artesanal", "BROAD")),
    ),
    GooglePlan(
        0, "Busca | Presentes", SEARCH, "utm_source=google&utm_medium=CPC&utm_campaign=busca_presentes", 2.0,
        (("Kit presente", "kit presente cosméticos", "PHRASE"), ("Velas", "vela aromática", "BROAD")),
    ),
    GooglePlan(0, "Performance Max | Loja", PERFORMANCE_MAX, "", 4.0),
    GooglePlan(0, "Display | Remarketing", DISPLAY, "", 0.8, (("Visitantes 30 dias", None, None),)),
    GooglePlan(
        1, "Search | Brazilian cosmetics", SEARCH, "", 2.0,
        (("Brazilian skincare", "brazilian skincare", "PHRASE"), ("Pequi oil", "pequi oil", "EXACT")),
    ),
    GooglePlan(1, "Performance Max | Export", PERFORMANCE_MAX, "", 1.2),
)  # fmt: skip
MORE_GOOGLE = (
    GooglePlan(0, "Busca | Verão", SEARCH, "", 1.0, (("Pós-sol", "hidratante pós-sol", "PHRASE"),), paused_on=18),
    GooglePlan(1, "Search | Candles", SEARCH, "", 0.6, (("Candles", "brazilian candle", "BROAD"),), removed=((1, 2, 14), (1, 1, 160))),
    GooglePlan(
        2, "Pesquisa | Cosmética natural", SEARCH, "", 2.2,
        (("Cosmética natural", "cosmética natural", "PHRASE"), ("Óleo de pequi", "óleo de pequi", "EXACT")), removed=((2, 1, 21),),
    ),
    GooglePlan(2, "Performance Max | Europa", PERFORMANCE_MAX, "", 1.0),
    GooglePlan(
        3, "Search | Natural body care", SEARCH, "utm_source=google&utm_medium=cpc&utm_campaign=natural_body_care", 1.0,
        (("Body care", "natural body care", "PHRASE"), ("Soap", "handmade soap", "BROAD")), removed=((1, 2, 26),),
    ),
    GooglePlan(3, "Performance Max | UK", PERFORMANCE_MAX, "", 0.8, paused_on=33),
    GooglePlan(3, "Performance Max | UK gifts", PERFORMANCE_MAX, "", 0.5),
    GooglePlan(4, "Busca | Norte", SEARCH, "", 1.0, (("Cosméticos Manaus", "cosméticos manaus", "PHRASE"),), removed=((1, 1, 14),)),
    GooglePlan(4, "Performance Max | Norte", PERFORMANCE_MAX, "", 0.9),
    GooglePlan(5, "Búsqueda | Cosmética brasileña", SEARCH, "", 1.0, (("Marca", "cosmética brasileña", "EXACT"),), paused_on=29),
    GooglePlan(5, "Búsqueda | Regalos", SEARCH, "", 0.8, (("Regalos", "regalo artesanal", "PHRASE"),), removed=((1, 1, 200),)),
    GooglePlan(5, "Performance Max | México", PERFORMANCE_MAX, "", 0.9),
)  # fmt: skip

META: tuple[MetaCampaign, ...] = (
    (
        0, "conversao_verao_2026", (
            ("mulheres_25_44", (
                MetaPlan("instagram", "instagram", "paid_social", "content", 4.0),
                MetaPlan("instagram", "instagram", "paid_social", "ad_id", 2.0),
            )),
            ("interesse_cosmeticos", (
                MetaPlan("facebook", "facebook", "paid_social", "content", 3.0),
                MetaPlan("facebook", "facebok", "paid_social", "content", 1.2),
            )),
        ),
    ),
    (
        0, "retargeting_carrinho", (
            ("carrinho_14_dias", (
                MetaPlan("facebook", "facebook", "CPC", "content", 1.5),
                MetaPlan("instagram", "instagram", "paid_social", "content", 1.5, deleted_on=5),
            )),
        ),
    ),
    (
        0, "lancamento_perfume", (
            ("semelhantes_1", (
                MetaPlan("instagram", "instagram", "paid_social", "content", 2.0, deleted_on=20),
                MetaPlan("facebook", "facebook", "paid_social", "none", 1.0),
            )),
        ),
    ),
    (
        1, "brasileiros_em_portugal", (
            ("lisboa_e_porto", (
                MetaPlan("instagram", "instagram", "paid_social", "content", 1.4),
                MetaPlan("facebook", "facebook", "paid_social", "ad_id", 0.8, deleted_on=45),
            )),
            ("presentes", (MetaPlan("instagram", "instagram", "paid-social", "content", 0.8),)),
        ),
    ),
)  # fmt: skip
MORE_META: tuple[MetaCampaign, ...] = (
    (0, "pascoa_2026", (("mulheres_45_60", (MetaPlan("facebook", "facebook", "paid_social", "content", 0.8, archived_on=22),)),)),
    (1, "verao_algarve", (("turistas", (MetaPlan("instagram", "instagram", "paid_social", "content", 0.6, archived_on=28),)),)),
    (
        2, "brazilian_beauty_us", (
            ("skincare_fans", (
                MetaPlan("instagram", "instagram", "paid_social", "content", 1.2),
                MetaPlan("instagram", "instagram", "paid_social", "content", 0.9, deleted_on=13),
                MetaPlan("facebook", "facebook", "paid_social", "content", 0.7, archived_on=24),
            )),
            ("gifts", (
                MetaPlan("facebook", "facebook", "paid_social", "ad_id", 0.8),
                MetaPlan("instagram", "instagram", "paid_social", "content", 0.6, deleted_on=120),
            )),
        ),
    ),
)  # fmt: skip
