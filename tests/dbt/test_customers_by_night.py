"""A person's name is worked out for those alone whom a night reaches: by their identifiers, their devices, and who else was there."""

from __future__ import annotations

from pathlib import Path

from dependencies import Watch
from recorded_builds import Start
from small_rows import Row
from small_shop import Shop, event

NAMES = {
    "int_customers-0-changes.int_identity_recognitions",
    "int_customers-1-changes.int_identity_devices",
    "int_customers-2-changes.int_identity_components",
    "int_customers-3-changes.int_identity_recognitions",
}
"""What the nights of ``names_change`` need."""
USERS = ["u1", "u2", "u3", "u4", "u5"]


def login(device: str, hour: int, user: str, day: int = 1) -> Row:
    return event(device, hour, "login", day, user_id=user)


def names(shop: Shop) -> dict[str, str]:
    """The customer of each user."""
    query = (
        "select identifier, customer_id from intermediate.int_identity_components "
        "inner join intermediate.int_customers using (component_id) where identifier_type = 'user_id'"
    )
    return dict(shop.warehouse.rows(query))


def names_change(shop: Shop) -> None:
    """Profiles are made at midnight, by the visits of that moment: their devices give the names, until a night takes them away."""
    profiles = [{"id": f"p{user}", "external_id": user, "created": "2026-01-06T00:00:00+00:00"} for user in USERS]
    visits = [login("d2", 9, "u1"), login("d3", 0, "u2"), login("d3", 9, "u3"), login("d4", 0, "u4")]
    shop.night(("klaviyo", "profiles", "k", 1, profiles), ("ga4", "events", "1", 1, [*visits, login("d1", 0, "u1")]))
    first = names(shop)
    assert len(set(first.values())) == len(USERS), "also who has a profile and was never seen is somebody"

    shop.night(("ga4", "events", "1", 1, [*visits, login("d1", 0, "u6")]))
    second = names(shop)
    assert {user for user in USERS if first[user] != second[user]} == {"u1"}, "the visit was somebody else's"

    shop.night(("ga4", "events", "2", 0, [login("d3", 23, "u3", day=0)]))
    third = names(shop)
    assert {user for user in USERS if second[user] != third[user]} == {"u2", "u3"}, "another of the device's people was there before"

    shop.decide("block,device:d4,")
    assert {user for user in USERS if third[user] != names(shop)[user]} == {"u4"}


def test_names_change(tmp_path: Path, shop_start: Start) -> None:
    watch = Watch(NAMES)
    shop = Shop(tmp_path, shop_start, watch)
    names_change(shop)
    assert watch.needed() == NAMES
    assert shop.unlike_once() == {}
