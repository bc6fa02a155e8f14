"""Who a visit, a device and a person are is worked out for those alone whom a night reaches; the others stay as they were."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dependencies import Watch
from recorded_builds import Start
from small_rows import DAYS, EMAILS, Row
from small_shop import Shop, event

PEOPLE = {
    "int_identity_recognitions-0-changes.int_identity_components",
    "int_identity_recognitions-1-changes.int_identity_sightings",
    "int_identity_recognitions-2-changes.int_identity_overrides",
    "int_identity_devices-0-changes.int_identity_recognitions",
    "int_identity_devices-1-changes.int_identity_overrides",
    "int_identity_devices-2-changes.int_identity_components",
    "int_identity_sessions-0-changes.int_identity_sightings",
    "int_identity_sessions-1-changes.int_identity_recognitions",
    "int_identity_sessions-2-changes.int_identity_devices",
    "int_session_customers-0-changes.int_identity_sessions",
    "int_session_customers-1-changes.int_customers",
}
"""What the nights of ``people_change`` need."""


def till(user: str, hour: int, email: str | None = None, day: int = 1) -> Row:
    """Somebody joins the loyalty programme at the till: it names a user id and maybe an address, and no device."""
    held = {"event_id": f"{user}-{hour}", "event_date": DAYS[day], "occurred_at": datetime(2026, 1, 5 + day, hour, tzinfo=UTC)}
    return {**held, "event_type": "loyalty_join", "user_id": user, "email_sha256": email, "channel": "store", "consent_state": "granted"}


def profile(user: str, **fields: Any) -> Row:
    return {"id": "p1", "external_id": user, "email_sha256": EMAILS[0], "created": "2026-01-05T00:00:00+00:00", **fields}


def login(device: str, hour: int, user: str, day: int = 1) -> Row:
    return event(device, hour, "login", day, user_id=user)


def customer(shop: Shop, device: str) -> str:
    """Whom the last visit of a device belongs to."""
    query = f"select max_by(customer_id, started_at) from intermediate.int_session_customers where user_pseudo_id = '{device}'"
    return str(shop.one(query)[0])


def evidence(shop: Shop, device: str) -> set[str]:
    query = f"select evidence from intermediate.int_identity_sessions where user_pseudo_id = '{device}'"
    return {kind for (kind,) in shop.warehouse.rows(query)}


def people_change(shop: Shop) -> None:
    """Eight devices and people have one change each, which nothing else tells of."""
    people = [
        login("d1", 9, "u1"),
        login("d2", 9, "u2"),
        login("d3", 9, "u3"),
        login("d8", 9, "u8"),
        login("d6", 9, "u6"),
        login("d6", 12, "u7"),
    ]
    tills = [till("u5", 9), till("u6", 10, EMAILS[0])]
    shop.night(
        ("ga4", "events", "1", 1, [*people, event("d4", 9, day=1), event("d5", 9, day=1), event("d7", 9, day=1)]),
        ("first_party", "events", "store", 1, tills),
    )
    shop.decide("link,device:d5,user_id:u5")
    assert (evidence(shop, "d5"), evidence(shop, "d6")) == ({"override"}, {"identified_in_session"})
    named = {device: customer(shop, device) for device in ("d1", "d2", "d5", "d7", "d8")}

    known = [till("u2", 15, EMAILS[1]), till("u5", 15, EMAILS[2]), till("u7", 15, EMAILS[3])]
    shop.night(
        ("ga4", "events", "1", 2, [login("d10", 9, "u1", day=2), event("d7", 9, day=2)]),
        ("ga4", "events", "2", 0, [login("d9", 9, "u8", day=0)]),
        ("first_party", "events", "store", 1, [*tills, *known]),
    )
    assert customer(shop, "d10") == named["d1"], "who is known already logs in on another device"
    assert customer(shop, "d8") == customer(shop, "d9") != named["d8"], "a late event tells of an earlier login, on another device"
    assert {device: customer(shop, device) for device in ("d2", "d5", "d7")} == {device: named[device] for device in ("d2", "d5", "d7")}

    shop.decide("link,device:d5,user_id:u5", "unlink,device:d3,user_id:u3", "block,device:d4,")
    assert (evidence(shop, "d3"), evidence(shop, "d4")) == ({"anonymous_device"}, {"counter_nobody"})


def test_people_change(tmp_path: Path, shop_start: Start) -> None:
    watch = Watch(PEOPLE)
    shop = Shop(tmp_path, shop_start, watch)
    people_change(shop)
    assert watch.needed() == PEOPLE
    assert shop.unlike_once() == {}


def test_a_decision_that_is_taken_back(tmp_path: Path, shop_start: Start) -> None:
    """Lines of the override file come, move up and go; what they said of a device goes with them."""
    shop = Shop(tmp_path, shop_start)
    shop.night(("ga4", "events", "1", 1, [login("d1", 9, "u1"), login("d2", 9, "u2"), event("d3", 9, day=1), event("d4", 9, day=1)]))
    before = {device: evidence(shop, device) for device in ("d1", "d2", "d3", "d4")}
    lines = ["block,device:d4,", "unlink,device:d1,user_id:u1", "link,device:d3,user_id:u1", "link,device:d3,user_id:u2"]
    shop.decide(*lines)
    assert [evidence(shop, device) for device in before] == [
        {"anonymous_device"},
        {"identified_on_device"},
        {"override"},
        {"counter_nobody"},
    ]
    assert customer(shop, "d3") == customer(shop, "d2"), "the latest line counts"
    assert shop.unlike_once() == {}

    shop.decide(*lines[1:3])
    assert customer(shop, "d3") != customer(shop, "d2")
    assert shop.unlike_once() == {}

    shop.decide()
    assert {device: evidence(shop, device) for device in before} == before
    assert shop.unlike_once() == {}


def test_a_device_is_shared_then_a_counter_then_its_owners_again(tmp_path: Path, shop_start: Start) -> None:
    """With two people allowed a device. What its visits are depends on all who were told on it, in other nights as well."""
    shop, day = Shop(tmp_path, shop_start), ("ga4", "events", "1", 1)
    shop.night(("ga4", "events", "2", 0, [login("d1", 9, "u1", day=0), event("d1", 12, day=0)]))
    owner = customer(shop, "d1")
    for others, found in [
        (["u2"], {"identified_in_session", "shared_device_last_person"}),
        (["u2", "u3"], {"identified_in_session", "counter_nobody"}),
        ([], {"identified_on_device"}),
    ]:
        shop.night((*day, [login("d1", 9 + number, user) for number, user in enumerate(others)]))
        assert evidence(shop, "d1") == found
        assert shop.unlike_once() == {}
    assert customer(shop, "d1") == owner


def test_a_person_parts_when_a_profile_is_corrected(tmp_path: Path, shop_start: Start) -> None:
    """The profile tied u1 to an address, then the shop says that it is u2's: visits of both are other people's now."""
    shop = Shop(tmp_path, shop_start)
    address = event("d3", 9, "login", 1, email=EMAILS[0])
    shop.night(
        ("ga4", "events", "1", 1, [login("d1", 9, "u1"), login("d2", 9, "u2"), address]),
        ("klaviyo", "profiles", "k", 1, [profile("u1")]),
    )
    assert customer(shop, "d3") == customer(shop, "d1") != customer(shop, "d2")
    assert shop.unlike_once() == {}

    shop.night(("klaviyo", "profiles", "k", 2, [profile("u2")]))
    assert customer(shop, "d3") == customer(shop, "d2") != customer(shop, "d1")
    assert shop.unlike_once() == {}
