"""The tables of people (who they are, how they came to be one, what they did and are worth) follow those alone whom a night reaches."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from dependencies import Watch
from recorded_builds import Start
from small_rows import DAYS, EMAILS, Row
from small_shop import Shop, event

TABLES_OF_PEOPLE = {
    "int_customer_segments-0-changes.dim_identities",
    "int_customer_segments-2-changes.int_conversions",
    "int_customer_segments-3-changes.int_data_end",
    "dim_customers-0-changes.dim_identities",
    "dim_customers-1-changes.int_customer_touches",
    "dim_customers-2-changes.int_conversions",
    "dim_customers-3-changes.int_customer_segments",
    "dim_identities-0-changes.int_identity_components",
    "dim_identities-1-changes.int_customers",
    "dim_identities-2-changes.int_session_customers",
    "identity_merges-0-changes.int_identity_recognitions",
    "identity_merges-1-changes.int_identity_devices",
    "identity_merges-2-changes.int_identity_overrides",
    "identity_merges-3-changes.int_customers",
    "identity_merges-4-changes.int_customers",
}
"""What the nights of ``tables_of_people_change`` need."""
OF_D9 = "from audit.identity_merges where left_identifier = 'd9'"


def login(device: str, hour: int, user: str, day: int = 1) -> Row:
    return event(device, hour, "login", day, user_id=user)


def till(name: str, hour: int, user: str, email: str | None = None) -> Row:
    """At the till somebody asks for help: it names who, is no sale and no lead."""
    held = {"event_id": name, "event_date": DAYS[1], "occurred_at": datetime(2026, 1, 6, hour, tzinfo=UTC), "event_type": "support"}
    return {**held, "user_id": user, "email_sha256": email, "channel": "store", "consent_state": "granted"}


def profile(user: str, email: str | None = None) -> Row:
    return {"id": f"p{user}", "external_id": user, "email_sha256": email, "created": "2026-01-06T10:00:00+00:00"}


def called(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def of_user(shop: Shop, user: str, columns: str) -> tuple[object, ...]:
    """What is said of the customer whose account it is."""
    query = f"select customer_id from marts.dim_identities where identifier_type = 'user_id' and identifier = '{user}'"
    return shop.one(f"select {columns} from marts.dim_customers where customer_id in ({query})")


def merges(shop: Shop, device: str) -> set[tuple[str, ...]]:
    query = f"select decision, evidence from audit.identity_merges where left_identifier_type = 'device' and left_identifier = '{device}'"
    return set(shop.warehouse.rows(query))


def tables_of_people_change(shop: Shop) -> None:
    """Each person has one change, which nothing else tells of."""
    visits = [login("d2", 0, "u2"), login("d2b", 12, "u2"), login("d3", 9, "u3"), login("d5", 9, "u5")]
    tills = [till("e4", 9, "u4"), till("e6", 9, "u6"), till("e7", 9, "u7"), till("e8", 9, "u8", EMAILS[1])]
    shop.night(
        ("ga4", "events", "1", 0, [event("d1", 9, "purchase", user_id="u1", sale="T1", amount=10.0)]),
        ("ga4", "events", "1", 1, visits),
        ("first_party", "events", "store", 1, tills),
        ("klaviyo", "profiles", "k", 1, [profile("u7")]),
    )
    assert of_user(shop, "u1", "recency_days, net_revenue") == (1, Decimal(10))
    lines = ["link,device:d5,user_id:u6", "link,device:d9,user_id:u4", "unlink,device:d3,user_id:u3"]
    shop.decide(*lines)
    assert merges(shop, "d5") == {("kept_apart", "shared_device")}
    (given,) = shop.one(f"select customer_id {OF_D9}")

    shop.decide(*lines, on="2026-02-03")
    days = "select distinct cast(parted_at as date) from audit.identity_merges where decision = 'parted'"
    assert shop.one(days) == (date(2026, 2, 3),), "the same decision, made on another day"

    shop.decide(*lines, "link,user_id:u5,user_id:u6", on="2026-02-03")
    assert merges(shop, "d5") == {("united", "identified_on_device")}, "whose it was said to be is who was seen there"

    shop.night(("ga4", "events", "2", 1, [login("d4", 8, "u4"), login("d2b", 11, "u2")]))
    assert shop.one(f"select customer_id {OF_D9}") != (given,), "an earlier visit, elsewhere, is what its owner is called by"
    seen = "select merged_at from audit.identity_merges where left_identifier = 'd2b'"
    assert shop.one(seen) == (datetime(2026, 1, 6, 11),), "the same person was there an hour before"  # noqa: DTZ001

    shop.decide(*lines, "link,user_id:u5,user_id:u6", "block,device:d2,", on="2026-02-03")
    assert shop.one(f"{seen} and customer_id = '{called('user_id:u2')}'"), "what it was called by counts no more"

    before = of_user(shop, "u8", "email_count, lifecycle_stage")
    shop.night(("klaviyo", "profiles", "k", 1, [profile("u7", EMAILS[0]), profile("u8", EMAILS[2])]))
    assert of_user(shop, "u7", "lifecycle_stage") == ("lead",)
    assert (before, of_user(shop, "u8", "email_count, lifecycle_stage")) == ((1, "lead"), (2, "lead"))

    shop.night(("ga4", "events", "2", 2, [event("d8", 9, "login", 2, user_id="u8", email=EMAILS[1])]))
    assert of_user(shop, "u1", "recency_days, net_revenue") == (2, Decimal(10)), "somebody else came a day later"
    assert shop.one(f"select evidence from marts.dim_identities where identifier = '{EMAILS[1]}'") == ("site_event",)

    dearer = event("d1", 9, "purchase", user_id="u1", sale="T1", amount=14.0)
    back = event("d8", 10, "refund", 2, sale="T1", back=4.0)
    shop.night(("ga4", "events", "1", 0, [dearer]), ("ga4", "events", "1", 2, [back]))
    assert of_user(shop, "u1", "gross_revenue, refunded_revenue, monetary") == (Decimal(14), Decimal(4), Decimal(10))

    back = event("d8", 10, "refund", 2, sale="T1", back=5.0)
    shop.night(("ga4", "events", "1", 2, [back, event("d8", 11, day=2)]))
    assert of_user(shop, "u1", "gross_revenue, refunded_revenue, monetary") == (Decimal(14), Decimal(5), Decimal(9))


def test_tables_of_people_change(tmp_path: Path, shop_start: Start) -> None:
    watch = Watch(TABLES_OF_PEOPLE)
    shop = Shop(tmp_path, shop_start, watch)
    tables_of_people_change(shop)
    assert watch.needed() == TABLES_OF_PEOPLE
    assert shop.unlike_once() == {}
