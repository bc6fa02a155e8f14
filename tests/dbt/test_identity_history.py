"""Who is who, night by night: names that stay, addresses that change hands, crowds, corrections and what people decide."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from recorded_builds import Start
from small_rows import EMAILS, Row
from small_shop import Shop, event

from journey.identity_overrides import refused

A, B, C, _ = EMAILS


def login(device: str, hour: int, user: str | None = None, email: str | None = None, day: int = 0, **fields: Any) -> Row:
    return event(device, hour, "login", day, user_id=user, **({"email": email} if email else {}), **fields)


def customers(shop: Shop, *identifiers: str) -> list[str]:
    """The customer of each identifier, the newest holder's."""
    query = "select identifier, customer_id from marts.dim_identities where valid_to is null"
    held = dict(shop.warehouse.rows(query))
    return [held[name] for name in identifiers]


def merges(shop: Shop, *columns: str) -> list[tuple[Any, ...]]:
    return shop.warehouse.rows(f"select {', '.join(columns)} from audit.identity_merges order by all")


def utc(day: int, hour: int = 0, *, month: int = 1) -> datetime:
    """A moment as the marts write it: UTC without a zone."""
    return datetime(2026, month, day, hour, tzinfo=UTC).replace(tzinfo=None)


def called(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def test_a_customer_keeps_its_name_as_it_grows(tmp_path: Path, shop_start: Start) -> None:
    shop = Shop(tmp_path, shop_start)
    shop.night(("ga4", "events", "1", 1, [event("d1", 9, day=1), event("d2", 9, day=1)]))
    name, other = customers(shop, "d1", "d2")
    assert (name, other) == (called("device:d1"), called("device:d2"))

    shop.night(("ga4", "events", "1", 2, [login("d1", 9, "u1", day=2)]))
    assert customers(shop, "d1", "u1") == [name, name], "an anonymous visitor who logs in stays the same customer"

    shop.night(("ga4", "events", "1", 0, [event("d2", 8)]), ("ga4", "events", "2", 3, [login("d2", 9, "u1", A, day=3)]))
    assert customers(shop, "d1", "d2", "u1", A) == [name] * 4, "a second device and an address join, though the device is older"
    assert shop.unlike_once() == {}

    shop.night(("ga4", "events", "2", 3, [event("d2", 9, day=3)]))
    assert customers(shop, "d1", "d2") == [name, other], "the login was withdrawn: each is again who it was"
    assert shop.unlike_once() == {}


def test_a_changed_address_splits_nobody_and_a_passed_one_fuses_nobody(tmp_path: Path, shop_start: Start) -> None:
    shop = Shop(tmp_path, shop_start)
    shop.night(
        ("ga4", "events", "1", 0, [login("d1", 9, "u1", A)]),
        ("ga4", "events", "1", 1, [login("d1", 9, "u1", B, day=1)]),
    )
    assert len(set(customers(shop, "u1", A, B, "d1"))) == 1, "one person with two addresses"

    shop.night(("ga4", "events", "1", 2, [login("d2", 9, "u2", A, day=2), event("d1", 10, day=2)]))
    first, second = customers(shop, "u1", "u2")
    assert first != second
    periods = shop.warehouse.rows(f"select customer_id, valid_from, valid_to from marts.dim_identities where identifier = '{A}' order by 2")
    moved = utc(7, 9)
    assert periods == [(first, utc(5, 9), moved), (second, moved, None)]
    assert ("parted", "passed_on", moved) in merges(shop, "decision", "evidence", "parted_at")
    assert shop.unlike_once() == {}


def test_what_too_many_use_unites_nobody(tmp_path: Path, shop_start: Start) -> None:
    """With two allowed: the shop's own address with two people is a person's, with three it is nobody's own."""
    shop = Shop(tmp_path, shop_start)
    shop.night(("ga4", "events", "1", 0, [login("d1", 9, "u1", A), login("d2", 9, "u2", A)]))
    assert len(set(customers(shop, "u1", "u2", A))) == 1

    shop.night(("ga4", "events", "2", 0, [login("d3", 9, "u3", A), login("d4", 9, None, A)]))
    assert len(set(customers(shop, "u1", "u2", "u3", A, "d4"))) == 5, "the address is a customer of its own, and names no device"

    def kept() -> list[tuple[Any, ...]]:
        return [row for row in merges(shop, "decision", "evidence", "left_identifier") if row[0] == "kept_apart"]

    three = [("kept_apart", "too_many_identifiers", user) for user in ("u1", "u2", "u3")]
    assert kept() == three

    shop.decide(f"link,user_id:u1,email_sha256:{A}")
    assert kept() == three, "a link that is written down as well is still one"

    counter = [login("till", hour, f"u{hour}", day=1) for hour in (1, 2, 3)]
    shop.night(("ga4", "events", "1", 1, [*counter, event("till", 9, day=1)]))
    nobody = shop.one("select customer_id from intermediate.int_session_customers where evidence = 'counter_nobody'")
    assert nobody == (called("counter:till"),), "a visit on a counter that tells nobody is nobody's"
    assert shop.unlike_once() == {}


def test_what_is_on_too_many_devices_is_nobodys_own(tmp_path: Path, shop_start: Start) -> None:
    """With four allowed: a user id on four devices is a person; on five it is what the site calls its guests."""
    shop = Shop(tmp_path, shop_start)
    devices = [f"d{number}" for number in range(1, 6)]
    guests = [login(device, 9, "guest") for device in devices]
    shop.night(("ga4", "events", "1", 0, guests[:4]))
    assert len(set(customers(shop, "guest", *devices[:4]))) == 1

    shop.night(("ga4", "events", "2", 0, guests[4:]))
    assert len(set(customers(shop, "guest", *devices))) == 6, "each device is again who it was"
    assert shop.one("select evidence from marts.dim_identities where identifier = 'guest'") == ("too_many_identifiers",)
    assert shop.unlike_once() == {}

    shop.night(("ga4", "events", "1", 1, [login("d1", 9, "guest", A, day=1), login("d9", 9, None, A, day=1)]))
    assert len(set(customers(shop, A, "d1", "d9"))) == 1, "the address tells who it is where the user id tells nothing"
    assert len(set(customers(shop, "d1", *devices[1:]))) == 5
    assert shop.unlike_once() == {}

    shop.night(("ga4", "events", "2", 0, []))
    assert len(set(customers(shop, "guest", *devices[1:4]))) == 1, "one was withdrawn"
    assert shop.unlike_once() == {}


def test_a_corrected_profile_parts_and_says_when(tmp_path: Path, shop_start: Start) -> None:
    shop = Shop(tmp_path, shop_start)

    def profile(email: str, user: str) -> list[Row]:
        return [{"id": "p1", "email_sha256": email, "external_id": user, "created": "2026-01-01T00:00:00+00:00"}]

    shop.night(("klaviyo", "profiles", "k", 0, profile(A, "u1")), ("ga4", "events", "1", 0, [login("d1", 9, "u1"), login("d2", 9, "u2")]))
    assert len(set(customers(shop, "p1", A, "u1"))) == 1
    shop.night(("klaviyo", "profiles", "k", 2, profile(B, "u2")))
    assert len(set(customers(shop, "p1", A, B, "u2"))) == 1, "it keeps its former address"
    assert len(set(customers(shop, "u1", "u2"))) == 2, "and has another user id"
    parted = [row for row in merges(shop, "decision", "evidence", "right_identifier", "parted_at") if row[0] == "parted"]
    assert parted == [("parted", "corrected", "u1", utc(7))]
    assert shop.unlike_once() == {}


def test_what_people_decide_is_done_written_down_and_undone(tmp_path: Path, shop_start: Start) -> None:
    shop = Shop(tmp_path, shop_start)
    shop.night(("ga4", "events", "1", 0, [login("d1", 9, "u1", A), login("d2", 9, "u2", B), event("d3", 9), login("d4", 9, "u1")]))
    before = customers(shop, "u1", A, "u2", B, "d1", "d2", "d3", "d4")
    assert len(set(before)) == 3

    shop.decide(
        f"unlink,user_id:u1,email_sha256:{A}",
        f"link,user_id:u1,email_sha256:{B}",
        "link,device:d3,user_id:u2",
        "unlink,device:d4,user_id:u1",
    )
    u1, a, u2, b, d3, d4 = customers(shop, "u1", A, "u2", B, "d3", "d4")
    assert u1 == u2 == b == d3
    assert len({u1, a, d4}) == 3
    decided = merges(shop, "decision", "evidence", "left_identifier", "override_line", "parted_at")
    at = utc(1, month=2)
    assert ("parted", "override_unlink", "u1", 2, at) in decided
    assert ("parted", "override_unlink", "d4", 5, at) in decided
    assert ("united", "override", "d3", 4, None) in decided
    assert shop.one("select count(*) from audit.identity_merges where evidence = 'override'") == (2,)
    assert shop.one("select count(*), min(status) from audit.identity_overrides") == (4, "applied")
    assert shop.unlike_once() == {}

    shop.decide("block,user_id:u1,")
    assert len(set(customers(shop, "u1", A, "d4"))) == 3
    assert shop.unlike_once() == {}

    shop.decide()
    assert customers(shop, "u1", A, "u2", B, "d1", "d2", "d3", "d4") == before, "every decision can be taken back"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("block,user_id:nobody,", "line 2 (block): an identifier of this line is nowhere in what has landed"),
        ("unlink,user_id:u1,klaviyo_profile:p1", "line 2 (unlink): the two are one person through other links too"),
    ],
)
def test_a_line_that_cannot_be_carried_out_is_told(tmp_path: Path, shop_start: Start, line: str, told: str) -> None:
    shop = Shop(tmp_path, shop_start)
    profile = {"id": "p1", "email_sha256": A, "external_id": "u1", "created": "2026-01-01T00:00:00+00:00"}
    shop.night(("klaviyo", "profiles", "k", 0, [profile]), ("ga4", "events", "1", 0, [login("d1", 9, "u1", A)]))
    shop.decide(line)
    (text,) = refused(shop.warehouse.path)
    assert text.startswith(told)


def test_without_consent_nobody_is_known(tmp_path: Path, shop_start: Start) -> None:
    shop = Shop(tmp_path, shop_start)
    denied = {"privacy_info": {"analytics_storage": "No"}}
    shop.night(("ga4", "events", "1", 0, [login("d1", 9, "u1", A, **denied), login(None, 9, "u1", A), event("d2", 9)]))  # type: ignore[arg-type]
    assert [row[0] for row in shop.warehouse.rows("select identifier from marts.dim_identities")] == ["d2"]
    assert shop.one("select sum(event_count) from audit.unconsented_events") == (2,)


def test_who_is_given_a_device_by_hand_makes_no_counter_of_it(tmp_path: Path, shop_start: Start) -> None:
    """With two people allowed, who both were recognised there."""
    shop = Shop(tmp_path, shop_start)
    logins = [login("d1", 9, "u1"), login("d1", 10, "u2"), event("d1", 12), login("d2", 9, "u3")]
    shop.night(("ga4", "events", "1", 0, logins))
    shop.decide("link,device:d1,user_id:u3")
    assert refused(shop.warehouse.path) == []
    query = "select evidence from intermediate.int_session_customers where user_pseudo_id = 'd1' order by started_at desc limit 1"
    assert shop.one(query) == ("shared_device_override",)
    assert shop.unlike_once() == {}


def test_an_address_in_a_later_version_of_a_profile_renames_nobody(tmp_path: Path, shop_start: Start) -> None:
    shop = Shop(tmp_path, shop_start)

    def profile(email: str) -> list[Row]:
        return [{"id": "p1", "email_sha256": email, "external_id": None, "created": "2026-01-01T00:00:00+00:00"}]

    shop.night(("klaviyo", "profiles", "k", 0, profile(C)))
    (name,) = customers(shop, "p1")
    shop.night(("klaviyo", "profiles", "k", 2, profile(A)))
    assert customers(shop, "p1", C, A) == [name] * 3
    assert shop.unlike_once() == {}


def test_a_user_id_that_is_the_hash_of_an_address_is_one_person_with_it(tmp_path: Path, shop_start: Start) -> None:
    """Alone in an event it counts as an address; beside another address, and in the other sources, as a user id."""
    hashed = "ab" * 32
    shop = Shop(tmp_path, shop_start)
    shop.night(("ga4", "events", "1", 0, [login("d1", 9, hashed), login("d1", 10, hashed, B), login("d2", 9, hashed)]))
    assert len(set(customers(shop, hashed, B, "d1", "d2"))) == 1
    tied = "select event_name from intermediate.int_site_events inner join audit.identity_merges using (source_record_id)"
    assert shop.warehouse.rows(f"{tied} where evidence = 'user_id_is_address'") == [("login",)]

    profile = {"id": "p1", "email_sha256": B, "external_id": hashed, "created": "2026-01-01T00:00:00+00:00"}
    shop.night(("ga4", "events", "1", 0, [login("d1", 9, hashed)]), ("klaviyo", "profiles", "k", 0, [profile]))
    assert len(set(customers(shop, hashed, B, "d1", "p1"))) == 1

    assert shop.unlike_once() == {}


def test_an_address_of_two_accounts_that_one_of_them_changes_splits_nobody(tmp_path: Path, shop_start: Start) -> None:
    shop = Shop(tmp_path, shop_start)
    shop.night(("ga4", "events", "1", 0, [login("d1", 5, "u1", A), login("d2", 6, "u2", A), login("d1", 7, "u1", B)]))
    assert len(set(customers(shop, "u1", "u2", A, B, "d1", "d2"))) == 1
    assert shop.unlike_once() == {}

    logins = [login("d3", 4, "u3", B), login("d1", 5, "u1", A), login("d2", 6, "u2", A), login("d1", 7, "u1", B)]
    shop.night(("ga4", "events", "1", 0, logins))
    assert len(set(customers(shop, "u1", "u3", B, "d3"))) == 1, "B was somebody's before"
    assert customers(shop, "u2") == customers(shop, A) != customers(shop, "u1")
    assert shop.unlike_once() == {}
