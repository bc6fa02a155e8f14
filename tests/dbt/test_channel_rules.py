"""GA4's default channel groups: every row of Google's table (support.google.com/analytics/answer/9756891) by examples, and laws."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from dbt_warehouse import PROJECT
from hypothesis import given, settings
from hypothesis import strategies as st
from macro_sql import macros

from journey.explain.rules import AD_MEDIUMS, CLICK_CHANNELS

CHANNELS = {row["channel"]: row for row in csv.DictReader((PROJECT / "seeds" / "channels.csv").open())}
PAID = {name for name, row in CHANNELS.items() if row["is_paid"] == "true"}

# Source, medium, campaign -> channel; the source's kind is what seed site_categories says of it.
EXAMPLES: dict[str, list[tuple[str | None, str | None, str | None]]] = {
    "Direct": [
        ("(direct)", "(none)", None),
        ("(direct)", "(not set)", None),
        (None, "(none)", None),
        # A tag without a medium: GA4 calls what is missing `(not set)`.
        ("(direct)", None, None),
        ("(direct)", "", "summer"),
    ],
    "Cross-network": [
        ("google", "cpc", "x cross-network"),
        ("google", "organic", "cross-network"),
        ("anything", "email", "a-cross-network-b"),
        ("amazon", "cpc", "cross-network shop"),
    ],
    "Paid Shopping": [
        ("amazon", "ppc", None),
        ("ebay.de", "cpc", "sale"),
        ("google", "cpc", "shopping_br"),
        ("google", "cpc", "br shop"),
        ("newsletter", "paid_email", "shop the look"),
        ("shopping.google.com", "retargeting", None),
    ],
    "Paid Search": [
        ("google", "cpc", None),
        ("bing.com", "ppc", None),
        ("google", "cpm", None),
        ("duckduckgo", "paidsearch", None),
        ("yahoo", "retargeting", None),
        ("google.com.br", "cpa", "workshop"),
        ("google", "cpc", "bookshop"),
    ],
    "Paid Social": [
        ("facebook", "cpm", None),
        ("m.facebook.com", "paid_social", None),
        ("instagram", "paid-social", None),
        ("t.co", "cpc", None),
        ("linkedin.com", "retargeting", None),
    ],
    "Paid Video": [("youtube", "paid", None), ("youtube.com", "cpv", None), ("vimeo", "paid_video", None)],
    "Display": [
        (source, medium, None) for source in ("anything", "google") for medium in ("display", "banner", "expandable", "interstitial")
    ]
    + [("anything", "cpm", None)],
    "Paid Other": [
        ("anything", "cpv", None),
        ("partner", "ppc", None),
        ("news.example", "paid", None),
        ("klaviyo", "paid_email", None),
        ("anything", "retargeting", None),
        ("anything", "xcpx", None),
        (None, "cpc", None),
    ],
    "AI Assistant": [
        ("chatgpt.com", "ai-assistant", None),
        ("anything", "ai-assistant", "(ai-assistant)"),
        ("chatgpt.com", "referral", None),
        ("chatgpt.com", None, None),
        ("chatgpt.com", "(none)", None),
        ("gemini.google.com", "referral", None),
        ("claude.ai", "referral", None),
    ],
    "Organic Shopping": [
        ("alibaba", None, None),
        ("amazon.com.br", "referral", None),
        ("anything", "flyer", "shopping"),
        ("anything", "email", "shop"),
        ("anything", "organic", "my shop window"),
    ],
    "Organic Social": [
        ("t.co", "referral", None),
        ("l.facebook.com", None, None),
        *[("anything", medium, None) for medium in ("social", "social-network", "social-media", "sm", "social network", "social media")],
        ("instagram", "email", None),
    ],
    "Organic Video": [("youtube.com", "referral", None), ("anything", "video", None), ("anything", "my-videos", None)],
    "Organic Search": [
        ("google", "organic", None),
        ("anything", "organic", None),
        ("bing", "referral", None),
        ("google", None, "brand"),
        ("ecosia.org", "(not set)", None),
    ],
    "Referral": [
        *[(source, "referral", None) for source in ("blog.example", "mail.google.com")],
        *[("anything", medium, None) for medium in ("app", "link")],
    ],
    "Email": [
        *[(source, "anything", None) for source in ("email", "e-mail", "e_mail", "e mail")],
        *[("anything", medium, None) for medium in ("email", "e-mail", "e_mail", "e mail")],
        ("klaviyo", "email", "bookshop news"),
    ],
    "Affiliates": [("partner", "affiliate", None)],
    "Audio": [("podcast", "audio", None)],
    "SMS": [("sms", None, None), ("anything", "sms", None), ("sms", "flyer", None)],
    "Mobile Push Notifications": [
        ("anything", "push", None),
        ("app", "web push", None),
        ("anything", "webpush", None),
        ("anything", "mobile", None),
        ("anything", "mobile-app", None),
        ("anything", "app notification", None),
        ("firebase", "anything", None),
    ],
    "Unassigned": [
        ("newsletter", "flyer", None),
        ("anything", None, None),
        ("(direct)", "flyer", None),
        ("direct", "(none)", None),
        ("anything", "affiliates", None),
        ("anything", "audios", None),
        ("anything", "emails", None),
        ("anything", "pushed", None),
        ("anything", "repaid", None),
        ("anything", "pp", None),
        ("anything", "retargetings", None),
        ("anything", "socials", None),
        ("anything", "referrals", None),
        ("anything", "organics", None),
        ("anything", "displays", None),
        ("anything", "flyer", "workshop"),
        ("newsletters", "smss", None),
    ],
}


@pytest.fixture(scope="module")
def rules() -> Iterator[duckdb.DuckDBPyConnection]:
    """``channel(source, medium, campaign)`` and ``visit(…)`` in DuckDB, made of the project's own macros and seed."""
    held = macros("engine/values.sql", "channel_group.sql")
    with duckdb.connect() as connection:
        sites = str(PROJECT / "seeds" / "site_categories.csv")
        connection.execute(f"create table sites as from read_csv('{sites}', header = true)")
        by_name = held["site_name"]("source")
        category = (
            f"coalesce((select site_category from sites where site = source), (select site_category from sites where site = {by_name}))"
        )
        connection.execute(f"create macro kind(source) as {category}")
        connection.execute(f"create macro is_paid(medium) as {held['is_paid_medium']('medium')}")
        plain = held["channel_group"]("source", "coalesce(medium, '')", "lower(coalesce(campaign, ''))", "kind_of")
        connection.execute(f"create macro channel(source, medium, campaign, kind_of) as {plain}")
        clicked = held["visit_channel"]("source", "coalesce(medium, '')", "lower(coalesce(campaign, ''))", "kind_of", "click")
        connection.execute(f"create macro visit(source, medium, campaign, kind_of, click) as {clicked}")
        yield connection


def channel(rules: duckdb.DuckDBPyConnection, *told: str | None) -> Any:
    query = "select channel($1::varchar, $2::varchar, $3::varchar, kind($1::varchar))"
    return rules.execute(query, list(told)).fetchall()[0][0]


@pytest.mark.parametrize(("expected", "told"), [(name, told) for name, examples in EXAMPLES.items() for told in examples])
def test_googles_table_by_examples(rules: duckdb.DuckDBPyConnection, expected: str, told: tuple[str | None, ...]) -> None:
    assert channel(rules, *told) == expected


# From every corner of Google's list of source categories: short links, forums, portals, countries, hosts of one kind on a domain of
# another. Hosts of Google, Yahoo and portals that are in no list are of no kind, though their names are search engines'.
SITES = {
    "search": "cnn firmy.cz go.mail.ru search.smt.docomo.ne.jp br.search.yahoo.com news.google.com cn.bing.com mail.yandex.ru",
    "social": "bit.ly goo.gl tinyurl.com is.gd 43things 51.com 5ch.net buzzfeed care.com crunchyroll.com fc2 gutefrage.net google+ "
    "hubpages.com line meneame.net m.kin.naver.com chiebukuro.yahoo.co.jp messages.google.com rtl.de trustpilot vg.no weebly.com social",
    "shopping": "s3.amazonaws.com aax.amazon-adsystem.com uk.shopping.net m.shopping.naver.com shopping.google.com wish.com",
    "video": "viadeo.journaldunet.com music.youtube.com d.tube ted.com",
    "other": "mail.google.com docs.google.com ads.google.com mail.yahoo.com finance.yahoo.com g1.globo.com uol.com.br",
}


@pytest.mark.parametrize(("kind", "site"), [(kind, site) for kind, sites in SITES.items() for site in sites.split()])
def test_sites_are_of_the_kind_that_google_lists(rules: duckdb.DuckDBPyConnection, kind: str, site: str) -> None:
    assert rules.execute("select kind($1)", [site]).fetchall() == [(kind,)]


def test_every_channel_of_the_seed_has_examples() -> None:
    assert set(EXAMPLES) == set(CHANNELS) - {"Offline"}
    orders = [int(row["channel_order"]) for row in CHANNELS.values()]
    assert orders == list(range(1, len(CHANNELS) + 1))


def test_the_document_is_the_seed_in_googles_order() -> None:
    text = (PROJECT.parent / "docs" / "channels.md").read_text()
    rows = [line for line in text.splitlines() if line.startswith("| ") and line[2:].split(" |")[0].isdigit()]
    assert rows == [f"| {row['channel_order']} | {name} | {row['description']} | {row['rule']} |" for name, row in CHANNELS.items()]


TEXT = st.one_of(
    st.none(),
    st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12).map(str.lower),
    st.sampled_from(["google", "facebook", "amazon", "youtube", "chatgpt.com", "(direct)", "email", "sms", "organic", "referral", "shop"]),
)
PAID_MEDIUM = st.one_of(
    st.sampled_from(["cpc", "ppc", "cpm", "cpv", "retargeting", "paid", "paid_social", "paid-search", "display-cpc"]),
    st.text("abcdefg-_ ", max_size=6).map(lambda end: f"paid{end}"),
    st.tuples(st.text("abx-", max_size=4), st.text("abx-", max_size=4)).map(lambda ends: f"{ends[0]}cp{ends[1]}"),
)
KIND = st.sampled_from([None, "search", "social", "video", "shopping", "ai_assistant"])
CLICK = st.sampled_from(["gclid", "gbraid", "wbraid", "dclid", "msclkid", "ttclid", "fbclid", "ad_id"])


@settings(max_examples=400, deadline=None)
@given(source=TEXT, medium=PAID_MEDIUM, campaign=TEXT, kind=KIND)
def test_a_paid_medium_is_never_organic(
    rules: duckdb.DuckDBPyConnection, source: str | None, medium: str, campaign: str | None, kind: str | None
) -> None:
    found = rules.execute("select channel($1, $2, $3, $4)", [source, medium, campaign, kind]).fetchall()[0][0]
    assert found in PAID


@settings(max_examples=400, deadline=None)
@given(source=TEXT, medium=TEXT, campaign=TEXT, kind=KIND, click=CLICK)
def test_an_ads_click_is_never_organic(
    rules: duckdb.DuckDBPyConnection, source: str | None, medium: str | None, campaign: str | None, kind: str | None, click: str
) -> None:
    """Whatever the tags say. Tags that name a channel of their own (an email, an affiliate) keep it; what is left is paid."""
    by_tags = rules.execute("select channel($1, $2, $3, $4)", [source, medium, campaign, kind]).fetchall()[0][0]
    found = rules.execute("select visit($1, $2, $3, $4, $5)", [source, medium, campaign, kind, click]).fetchall()[0][0]
    assert found in PAID | {"Email", "Affiliates", "Audio", "SMS", "Mobile Push Notifications"}
    assert found == by_tags or found in PAID


@settings(max_examples=400, deadline=None)
@given(source=TEXT, medium=st.one_of(TEXT, PAID_MEDIUM), campaign=TEXT, kind=KIND)
def test_every_visit_has_one_channel_of_the_seed(
    rules: duckdb.DuckDBPyConnection, source: str | None, medium: str | None, campaign: str | None, kind: str | None
) -> None:
    query = "select channel($1, $2, $3, $4), visit($1, $2, $3, $4, null)"
    by_tags, of_visit = rules.execute(query, [source, medium, campaign, kind]).fetchall()[0]
    assert by_tags in CHANNELS
    assert of_visit == by_tags, "without a click the tags decide"


@settings(max_examples=100, deadline=None)
@given(source=TEXT, medium=st.one_of(TEXT.filter(lambda text: text is not None), PAID_MEDIUM), campaign=TEXT, kind=KIND)
def test_explain_knows_the_mediums_by_which_tags_name_an_ad(
    rules: duckdb.DuckDBPyConnection, source: str | None, medium: str, campaign: str | None, kind: str | None
) -> None:
    """``journey explain`` says that the click decided where no such medium did: its expression has to be that of the macros."""
    by_tags, is_paid = rules.execute("select channel($1, $2, $3, $4), is_paid($2)", [source, medium, campaign, kind]).fetchall()[0]
    assert bool(AD_MEDIUMS.fullmatch(medium)) == (is_paid or medium in {"display", "banner", "expandable", "interstitial"})
    assert AD_MEDIUMS.fullmatch(medium) or by_tags not in CLICK_CHANNELS
