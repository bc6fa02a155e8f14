"""Credits of Markov and Shapley move everywhere in place; rows of them come and go only where a night has a reason."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from dependencies import Watch
from recorded_builds import Start
from small_rows import DAYS, EMAILS, Row, klaviyo_metrics
from small_shop import Shop, event
from test_one_change_reaches_others import ANY

CREDITS = {
    "fct_attribution-1-changes.int_eligible_touches",
    "fct_attribution-2-changes.fct_customer_journey",
    "fct_attribution-3-changes.int_attribution_weights_held",
}
"""What the nights of ``credits_move`` need."""
CLICKED = datetime(2026, 1, 6, 9, tzinfo=UTC)
REFERRAL = "?utm_source=parceiro&utm_medium=referral"


def click(event_properties: str) -> Row:
    return {"id": "k1", "metric_id": "m3", "profile_id": "p1", "datetime": CLICKED, "event_properties": event_properties}


def credited(shop: Shop, kind: str, model: str) -> set[str]:
    """Channels with credit of a kind of conversion."""
    query = f"select channel from marts.fct_attribution where conversion_id like '{kind}:%' and model = '{model}'"
    return {channel for (channel,) in shop.warehouse.rows(query)}


def credits_move(shop: Shop) -> None:
    """A lead's visit by referral is worth nothing until somebody who came like that has bought; a click turns out to be a machine's."""
    buyer = [event("d1", 8, day=1), event("d1", 10, "login", 1, email=EMAILS[0]), event("d1", 12, "purchase", 1, sale="T1", amount=10.0)]
    lead = [event("d2", 8, day=1), event("d2", 10, "generate_lead", 1, REFERRAL)]
    profile = {"id": "p1", "email_sha256": EMAILS[0], "created": "2026-01-05T00:00:00+00:00"}
    shop.night(
        ("ga4", "events", "1", 1, [*buyer, *lead]),
        ("klaviyo", "metrics", "k", 0, klaviyo_metrics(ANY, DAYS[0])),
        ("klaviyo", "profiles", "k", 1, [profile]),
        ("klaviyo", "events", "k", 1, [click("{}")]),
    )
    assert credited(shop, "purchase", "markov") == {"Direct", "Email"}
    assert credited(shop, "lead", "markov") == credited(shop, "lead", "shapley") == {"Direct"}

    shop.night(("klaviyo", "events", "k", 1, [click('{"Bot Click": true}')]))
    assert credited(shop, "purchase", "markov") == {"Direct"}

    shop.night(("ga4", "events", "1", 2, [event("d3", 9, "purchase", 2, REFERRAL, sale="T2", amount=10.0)]))
    assert credited(shop, "lead", "markov") == credited(shop, "lead", "shapley") == {"Direct", "Referral"}

    shop.night(("ga4", "events", "1", 2, [event("d3", 9, "purchase", 2, f"{REFERRAL}&utm_id=77", sale="T2", amount=10.0)]))
    campaigns = "select distinct campaign_id from marts.fct_attribution where conversion_id = 'purchase:T2'"
    assert shop.one(campaigns) == ("77",), "the same channel, another campaign"


def test_credits_move(tmp_path: Path, shop_start: Start) -> None:
    watch = Watch()
    shop = Shop(tmp_path, shop_start, watch)
    credits_move(shop)
    assert watch.needed() >= CREDITS
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
