"""Credits of Markov and Shapley move everywhere in place; rows of them come and go only where a night has a reason."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from dependencies import Watch
from recorded_builds import Start
from small_rows import DAYS, EMAILS, Row, klaviyo_metrics
from small_shop import Shop, event, till
from test_one_change_reaches_others import ANY

CREDITS = {
    "fct_attribution-1-changes.int_eligible_touches",
    "fct_attribution-2-changes.fct_customer_journey",
    "fct_attribution-3-changes.int_attribution_weights_held",
}
"""What the nights of ``credits_move`` need."""
CLICKED = datetime(2026, 1, 6, 9, tzinfo=UTC)
REFERRAL = "?utm_source=parceiro&utm_medium=referral"


def clicks(event_properties: str) -> list[Row]:
    """A click of each of two people in an email."""
    common = {"metric_id": "m3", "datetime": CLICKED, "event_properties": event_properties}
    return [{"id": f"k{number}", "profile_id": f"p{number}", **common} for number in (1, 2)]


def credited(shop: Shop, conversion: str, model: str) -> set[str | None]:
    """Channels with credit of a conversion, or of those of a kind."""
    query = f"select channel from marts.fct_attribution where conversion_id like '{conversion}%' and model = '{model}'"
    return {channel for (channel,) in shop.warehouse.rows(query)}


def credits_move(shop: Shop) -> None:
    """A lead's visit by referral is worth nothing until somebody who came like that has bought; clicks turn out to be a machine's.

    One of these was all that led somebody to the till.
    """
    buyer = [event("d1", 8, day=1), event("d1", 10, "login", 1, email=EMAILS[0]), event("d1", 12, "purchase", 1, sale="T1", amount=10.0)]
    lead = [event("d2", 8, day=1), event("d2", 10, "generate_lead", 1, REFERRAL)]
    profiles = [{"id": f"p{1 + at}", "email_sha256": EMAILS[at], "created": "2026-01-05T00:00:00+00:00"} for at in (0, 1)]
    sold = till("e1", "purchase", 15, user_id=None, email_sha256=EMAILS[1], value=Decimal(30), transaction_id="F1")
    shop.night(
        ("ga4", "events", "1", 1, [*buyer, *lead]),
        ("klaviyo", "metrics", "k", 0, klaviyo_metrics(ANY, DAYS[0])),
        ("klaviyo", "profiles", "k", 1, profiles),
        ("klaviyo", "events", "k", 1, clicks("{}")),
        ("first_party", "events", "store", 1, [sold]),
    )
    assert (credited(shop, "purchase:T1", "markov"), credited(shop, "purchase:F1", "markov")) == ({"Direct", "Email"}, {"Email"})
    assert credited(shop, "lead", "markov") == credited(shop, "lead", "shapley") == {"Direct"}

    shop.night(("klaviyo", "events", "k", 1, clicks('{"Bot Click": true}')))
    assert (credited(shop, "purchase:T1", "markov"), credited(shop, "purchase:F1", "markov")) == ({"Direct"}, {None})

    shop.night(("ga4", "events", "1", 2, [event("d3", 9, "purchase", 2, REFERRAL, sale="T2", amount=10.0)]))
    assert credited(shop, "lead", "markov") == credited(shop, "lead", "shapley") == {"Direct", "Referral"}

    shop.night(("ga4", "events", "1", 2, [event("d3", 9, "purchase", 2, f"{REFERRAL}&utm_id=77", sale="T2", amount=10.0)]))
    campaigns = "select distinct campaign_id from marts.fct_attribution where conversion_id = 'purchase:T2'"
    assert shop.one(campaigns) == ("77",), "the same channel, another campaign"


def test_credits_move(tmp_path: Path, shop_start: Start) -> None:
    watch = Watch(CREDITS)
    shop = Shop(tmp_path, shop_start, watch)
    credits_move(shop)
    assert watch.needed() == CREDITS
    assert shop.unlike_once() == {}


def test_credits_move_where_no_row_comes_or_goes(tmp_path: Path, shop_start: Start) -> None:
    """The buyer of two channels is affected by nothing but the weights, which another buyer moves."""
    shop, credit = (
        Shop(tmp_path, shop_start),
        "select credit, attributed_revenue from marts.fct_attribution where model = 'markov' and channel = 'Referral'",
    )
    buyer = [event("d1", 8, day=1), event("d1", 10, "purchase", 1, REFERRAL, sale="T1", amount=10.0)]
    shop.night(("ga4", "events", "1", 1, [*buyer, event("d2", 8, day=1)]))
    before = shop.one(credit)
    shop.night(("ga4", "events", "1", 2, [event("d3", 9, "purchase", 2, sale="T2", amount=10.0)]))
    after = shop.one(credit)
    assert after[0] < before[0], "a visit by hand is worth more now"
    assert after[1] < before[1]
    assert shop.touched("fct_attribution") == 8, "rows of the new buyer only"
    assert shop.unlike_once() == {}
