"""Each declared dependency is needed: taken away, a night leaves rows as they were that a full build has otherwise.

A watched night runs as it is and counts what it would have missed. ``-m slow`` takes the dependencies away for real, one a run, and
sees the same nights end in other rows than one full build.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from dependencies import Watch, dependencies, without
from recorded_builds import Start
from small_rows import DAYS, EMAILS, Row, klaviyo_metrics
from small_shop import Shop, event, till
from test_ad_clicks_by_night import AD_CLICKS, ad_clicks_change
from test_credits_by_night import CREDITS, credits_move
from test_customers_by_night import NAMES, names_change
from test_emails_by_night import EMAIL_TOUCHES, emails_change
from test_files_by_night import FILE_EVENTS, files_change
from test_matomo_by_night import MATOMO, matomo_changes
from test_one_change_reaches_others import SEEN_BY_OTHERS, one_change_a_night
from test_people_by_night import PEOPLE, people_change
from test_tables_of_people_by_night import TABLES_OF_PEOPLE, tables_of_people_change

ALONE = {
    "int_ga4_events_set_aside-0-changes.stg_ga4__events",
    "int_ga4_events_set_aside-2-changes.stg_ga4__events",
    "int_touchpoints-1-changes.int_email_touches",
    "int_touchpoints-2-changes.int_first_party_touches",
    "int_touchpoints-4-changes.int_ga4_events",
    "int_touchpoints-5-changes.int_matomo_events",
    "int_conversions-1-changes.int_first_party_events",
    "int_eligible_touches-1-changes.int_touchpoints",
    "fct_attribution-0-changes.fct_conversions",
    "int_journey_paths-0-changes.fct_customer_journey",
    "int_journey_stages-0-changes.fct_customer_journey",
    "int_customer_touches-0-changes.fct_customer_journey",
}
"""What the nights of ``each_for_itself`` need."""

SPARE = {
    "int_ga4_events_set_aside-1-changes.stg_ga4__events": "a changed event tells its transaction, old and new, by itself",
    "int_touchpoints-3-changes.int_sessions": "a session is a function of its events, whose changes are read beside it",
    "int_customer_segments-1-changes.int_customer_touches": "a lead and a joining are conversions too, unless a setting says otherwise",
    "fct_customer_journey-4-changes.int_sessions": "leaves out sessions all of whose touches int_touchpoints tells",
}
"""Declared for safety: what they would find is found by another one as well. Too many affected rows cost time, never exactness."""


def at(hour: int, day: int) -> datetime:
    return datetime(2026, 1, 5 + day, hour, tzinfo=UTC)


def email(name: str, hour: int) -> Row:
    return {"id": name, "metric_id": "m2", "profile_id": "p1", "datetime": at(hour, 1), "event_properties": "{}"}


def matomo(amount: int) -> Row:
    start = int(at(9, 1).timestamp())
    order = {"type": "ecommerceOrder", "timestamp": start, "url": "https://blog.example.com/p", "orderId": "M1", "revenue": Decimal(amount)}
    held = {"idSite": 1, "idVisit": 1, "visitorId": "m1", "firstActionTimestamp": start, "lastActionTimestamp": start + 60}
    return {**held, "siteCurrency": "BRL", "referrerType": "direct", "actionDetails": [order]}


def each_for_itself(shop: Shop) -> None:
    """Nights in which seven customers have one change each, of which one dependency alone tells."""
    profile = {"id": "p1", "email_sha256": EMAILS[0], "created": "2026-01-05T00:00:00+00:00"}
    sold = till("e1", "purchase", 9, value=Decimal(80), transaction_id="F1")
    visits = [
        event("d1", 10, day=1, query="?utm_source=google&utm_medium=organic"),
        event("d1", 12, "purchase", day=1, sale="T1", amount=10.0),
        event("d4", 9, day=1),
        event("d8", 9, day=1),
        event("d7", 15, "purchase", day=1, sale="T3", amount=7.0),
        event("d5", 12, "purchase", day=1, sale="T5", amount=5.0),
        event("d5", 9, day=1),
    ]
    shop.night(
        ("ga4", "events", "1", 1, visits),
        ("ga4", "events", "2", 1, [event("d6", 8, "purchase", day=1, sale="T3", amount=7.0), event("d6", 7, day=1)]),
        ("klaviyo", "metrics", "k", 0, klaviyo_metrics(Random(0), DAYS[0])),
        ("klaviyo", "profiles", "k", 1, [profile]),
        ("klaviyo", "events", "k", 1, [email("k1", 9)]),
        ("matomo", "visits", "1", 1, [matomo(50)]),
        ("first_party", "events", "store", 1, [sold]),
    )
    assert shop.one("select count(*) from audit.set_aside_events") == (1,), "two devices report T3"

    direct = event("d1", 8, day=1)
    shop.night(
        ("ga4", "events", "1", 1, [*visits, direct, event("d4", 9, "view_item", day=1), event("d8", 9, day=1)]),
        ("ga4", "events", "2", 1, [event("d6", 7, day=1)]),
        ("klaviyo", "events", "k", 1, [email("k1", 9), email("k2", 10)]),
        ("matomo", "visits", "1", 1, [matomo(60)]),
        ("first_party", "events", "store", 1, [sold, till("e2", "refund", 11, user_id="u8", value=Decimal(30), transaction_id="F1")]),
    )
    assert shop.one("select count(*) from audit.set_aside_events") == (1,), "T3 is whose second report it was, but d8 came twice"

    tagged = event("d1", 8, day=1, query="?utm_source=klaviyo&utm_medium=email")
    later, earlier = event("d1", 10, day=1), event("d5", 8, day=1)
    shop.night(("ga4", "events", "1", 1, [later, *visits[1:-1], tagged, earlier]))
    last = "select credit > 0 from marts.fct_attribution where model = 'last_non_direct' and channel = 'Email'"
    assert shop.one(last) == (True,), "who was the last that was not direct has changed, though the touches are the same"


STORIES = {
    **dict.fromkeys(SEEN_BY_OTHERS, one_change_a_night),
    **dict.fromkeys(PEOPLE, people_change),
    **dict.fromkeys(AD_CLICKS, ad_clicks_change),
    **dict.fromkeys(NAMES, names_change),
    **dict.fromkeys(CREDITS, credits_move),
    **dict.fromkeys(TABLES_OF_PEOPLE, tables_of_people_change),
    **dict.fromkeys(EMAIL_TOUCHES, emails_change),
    **dict.fromkeys(FILE_EVENTS, files_change),
    **dict.fromkeys(MATOMO, matomo_changes),
    **dict.fromkeys(ALONE, each_for_itself),
}


def test_each_for_itself(tmp_path: Path, shop_start: Start) -> None:
    watch = Watch(ALONE)
    shop = Shop(tmp_path, shop_start, watch)
    each_for_itself(shop)
    assert watch.needed() == ALONE
    assert shop.unlike_once() == {}


def test_every_declared_dependency_is_in_a_story(shop_start: Start) -> None:
    declared = [str(dependency) for dependency in dependencies(shop_start.builds.night)]
    assert sorted(declared) == sorted({*STORIES, *SPARE})


class Noticed(Exception):
    """A night did not end in what one full build gives."""


class HeldEachNight(Shop):
    """A shop that is compared with one full build after each night: later nights mend what an earlier one missed."""

    def night(self, *partitions: tuple[str, str, str, int, list[Row]]) -> None:
        super().night(*partitions)
        if self.unlike_once():
            raise Noticed


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(STORIES))
def test_without_a_dependency_a_night_ends_otherwise(tmp_path: Path, shop_start: Start, name: str) -> None:
    (taken,) = [found for found in dependencies(shop_start.builds.night) if str(found) == name]
    with pytest.raises(Noticed):
        STORIES[name](HeldEachNight(tmp_path, shop_start, without(taken)))
