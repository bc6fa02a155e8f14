"""Matomo's visits night by night: each night changes one thing, and only the visits that it reaches are worked out again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from dependencies import Watch
from recorded_builds import Start
from small_rows import Row
from small_shop import Shop, event

MATOMO = {
    "int_matomo_visits-0-landing.changed_partitions",
    "int_matomo_events-0-changes.int_matomo_visits__affected",
    "int_matomo_events-1-changes.int_ga4_events",
    "int_sessions-1-changes.int_matomo_events",
    "int_site_sales-1-changes.int_matomo_events",
    "int_identity_sightings-1-changes.int_matomo_events",
}
"""Dependencies that these nights need (``dependencies.py``)."""

OWN = "https://blog.example.com/p"


def page(minute: int, url: str | None = OWN) -> Row:
    return {"type": "action", "timestamp": minute, "url": url}


def order(minute: int, sale: str, amount: int) -> Row:
    return {"type": "ecommerceOrder", "timestamp": minute, "url": OWN, "orderId": sale, "revenue": Decimal(amount)}


def visit(number: int, begins: str, *actions: Row, **fields: str) -> Row:
    """A visit that begins at a moment of UTC (``05 23:50``); actions are so many minutes later."""
    start = datetime.strptime(f"2026-01-{begins}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    at = [int((start + timedelta(minutes=action["timestamp"])).timestamp()) for action in actions]
    held = {"idSite": 1, "idVisit": number, "visitorId": f"m{number}", "siteCurrency": "BRL", "referrerType": "direct", **fields}
    bounds = {"firstActionTimestamp": int(start.timestamp()), "lastActionTimestamp": max(at)}
    return {**held, **bounds, "actionDetails": [{**action, "timestamp": moment} for action, moment in zip(actions, at, strict=True)]}


def site(address: str) -> list[Row]:
    return [{"idsite": 1, "name": "Blog", "main_url": address, "currency": "BRL", "timezone": "UTC"}]


def sales(shop: Shop) -> dict[str, tuple[str | None, int]]:
    """Who sold, by the visit's number or GA4's session, and for how much."""
    query = "select conversion_id, session_id, conversion_value from marts.fct_customer_journey where conversion_id is not null"
    return {name: (session, int(value)) for name, session, value in shop.warehouse.rows(query)}


def steps(shop: Shop, number: int) -> list[tuple[str, str]]:
    """The touches of a visit with its source."""
    where = f"where session_id = 'matomo.1.{number}' order by touchpoint_number"
    return shop.warehouse.rows(f"select touchpoint_type, source from marts.fct_customer_journey {where}")


def seen(shop: Shop) -> tuple[str]:
    """The user that was seen in visits."""
    return shop.one("select string_agg(user_id) from intermediate.int_identity_sightings where user_id is not null")


def matomo_changes(shop: Shop) -> None:
    """Nights of a shop that Matomo watches, each with what it has to lead to."""
    late = visit(1, "05 23:50", page(0), page(5), userId="u1")
    bought = visit(2, "05 09:00", page(0), order(5, "M1", 20))
    lost = visit(4, "05 11:00", page(0, None), referrerType="website", referrerUrl="https://www.blog.example.com/")
    quiet = [lost, *(visit(number, "05 12:00", page(0)) for number in range(10, 30))]
    elsewhere = {"purchase:M5": ("matomo.2.2", 10)}
    shop.night(
        ("matomo", "sites", "1", 0, site("https://blog.example.com")),
        ("matomo", "visits", "1", 0, [late, bought, *quiet]),
        ("matomo", "visits", "1", 2, [visit(3, "07 10:00", page(0), order(5, "M1", 30), order(6, "M5", 10))]),
        ("matomo", "visits", "2", 0, [visit(2, "05 09:30", page(0), order(2, "M5", 10))]),
    )
    assert sales(shop) == {"purchase:M1": ("matomo.1.2", 20), **elsewhere}, "the earliest report of an order is the sale"
    assert (steps(shop, 1), steps(shop, 4)) == ([("site_visit", "(direct)")], [("site_visit", "(direct)")]), "its own site sent it"

    gone_on = visit(1, "05 23:50", page(0), page(5), order(20, "M2", 40), userId="u2")
    shop.night(("matomo", "visits", "1", 1, [gone_on]))
    assert sales(shop)["purchase:M2"] == ("matomo.1.1", 40), "a visit that goes on after midnight lies in two days and is one"
    assert steps(shop, 1) == [("site_visit", "(direct)"), ("purchase", "(direct)")]
    assert seen(shop) == ("u2",)
    assert (shop.touched("int_matomo_visits"), shop.touched("int_matomo_events")) == (2, 7), "other visits of the day before are left"
    assert (shop.touched("int_sessions"), shop.touched("int_site_sales"), shop.touched("int_identity_sightings")) == (2, 1, 2)

    shop.night(("matomo", "visits", "1", 1, [visit(5, "06 09:00", page(0))]))
    assert "purchase:M2" not in sales(shop)
    assert steps(shop, 1) == [("site_visit", "(direct)")], "the day that is read again no longer has it: what the day before says is left"
    assert seen(shop) == ("u1",)

    shop.night(("matomo", "visits", "1", 0, [late, *quiet]))
    assert sales(shop) == {"purchase:M1": ("matomo.1.3", 30), **elsewhere}, "another day's report is the sale now, the other order is not"

    shop.night(("ga4", "events", "1", 0, [event("d1", 13, "purchase", sale="M1", amount=50.0)]))
    assert sales(shop) == {"purchase:M1": ("1.d1.13", 50), **elsewhere}, "GA4 watches the same shop"
    assert shop.touched("int_matomo_events") == 2

    shop.night(("ga4", "events", "1", 0, [event("d1", 13)]))
    assert sales(shop) == {"purchase:M1": ("matomo.1.3", 30), **elsewhere}

    shop.night(("matomo", "visits", "1", 2, [visit(3, "07 10:00", page(0), order(5, "M1", 35), order(6, "M5", 10))]))
    assert sales(shop) == {"purchase:M1": ("matomo.1.3", 35), **elsewhere}, "an action is another, the visit is the same"
    assert (shop.touched("int_matomo_visits"), shop.touched("int_matomo_events"), shop.touched("int_sessions")) == (0, 2, 0)

    shop.night(("matomo", "visits", "1", 0, [late, bought, *quiet]))
    assert sales(shop) == {"purchase:M1": ("matomo.1.2", 20), **elsewhere}, "an earlier report comes late"
    assert shop.one("select count(*) from audit.set_aside_events") == (2,), "so both orders of visit 3 are told twice"

    shop.night(("matomo", "visits", "1", 0, [late, *quiet]))
    many = visit(3, "07 10:00", order(5, "M1", 35), *(page(minute) for minute in range(6)))
    shop.night(("matomo", "visits", "1", 2, [many]))
    assert (sales(shop), steps(shop, 3)) == (elsewhere, []), "more than six actions are nobody's"

    shop.night(("matomo", "sites", "1", 1, site("https://shop.example.org")))
    assert steps(shop, 4) == [("site_visit", "blog.example.com")], "its site is another now, so what sent it is not its own"
    assert steps(shop, 1) == [("site_visit", "(direct)")]


def test_matomo_by_night(tmp_path: Path, shop_start: Start) -> None:
    watch = Watch(MATOMO)
    shop = Shop(tmp_path, shop_start, watch)
    matomo_changes(shop)
    assert watch.needed() == MATOMO
    assert shop.unlike_once() == {}
