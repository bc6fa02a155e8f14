"""What a page's script writes where it has no id (`undefined`), and tags behind a `#`, on a landing zone written by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest
from dbt_warehouse import Rows, Warehouse, land_rows
from recorded_builds import Start
from small_rows import DAYS, Row
from small_shop import event

from extractors.landing import Landing

WORDS = ("undefined", "null", "NaN", "None", "n/a", "(not set)", " ")


def matomo(visit: int, user: str, order: str) -> Row:
    start = 1767700800 + visit
    action = {"type": "ecommerceOrder", "timestamp": start, "url": "https://outlet.example/", "orderId": order, "revenue": Decimal(7)}
    return {
        "idSite": 7,
        "idVisit": visit,
        "visitorId": f"v{visit}",
        "userId": user,
        "firstActionTimestamp": start,
        "lastActionTimestamp": start,
        "siteCurrency": "BRL",
        "referrerType": "direct",
        "actionDetails": [action],
    }


@pytest.fixture(scope="module")
def warehouse(own_start: Start, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    home: Path = tmp_path_factory.mktemp("words")
    landing = Landing(home / "landing")
    site = [event(f"{word}-{number}", 10, "purchase", user_id=word, sale=word, amount=10.0) for word in WORDS for number in range(2)]
    site += [event("ana", 11, "purchase", user_id="Nulla", sale="undefined-1", amount=5.0), event("ana-too", 12, user_id=" Nulla ")]
    site += [
        event("behind", 10, query="#utm_source=google&utm_medium=cpc"),
        event("route", 10, query="#/shoes?utm_source=google&utm_medium=organic"),
        event("place", 10, query="?utm_source=news#utm_source"),
    ]
    # A form's script hashes what stands in the form, also where nothing does, or hands such a hash on as the user id.
    for word in WORDS:
        hashed = sha256(word.strip().lower().encode()).hexdigest()
        site += [event(f"hash of {word}-{number}", 13, "login", email=hashed.upper() if number else hashed) for number in range(2)]
        site += [event(f"name of {word}-{number}", 14, "login", user_id=hashed) for number in range(2)]
    visits = [matomo(1, "undefined", "null"), matomo(2, "undefined", "null")]
    profiles = [{"id": f"p{number}", "external_id": "undefined", "created": "2026-01-05T00:00:00+00:00"} for number in range(2)]
    members = [
        {
            "list_id": "l1",
            "email_sha256": sha256(f"{number}@example.com".encode()).hexdigest(),
            "status": "subscribed",
            "external_id": "None",
            "timestamp_opt": datetime(2026, 1, 5, tzinfo=UTC),
        }
        for number in range(2)
    ]
    landed = [("ga4", "events", "1", site), ("klaviyo", "profiles", "k1", profiles), ("mailchimp", "members", "m1", members)]
    partitions = [Rows(source, stream, account, DAYS[0], rows) for source, stream, account, rows in landed]
    land_rows(landing, [*partitions, Rows("matomo", "visits", "7", DAYS[1], visits)], load="one")
    return own_start.whole(home / "warehouse", landing)


def test_a_word_for_nothing_is_nobody_and_no_transaction(warehouse: Warehouse) -> None:
    """As one user id it made one person of all guests, as one transaction it left one sale of all."""
    sales = warehouse.rows(
        "select count(*), count(distinct customer_id), count(transaction_id), sum(net_value) from marts.fct_conversions "
        "where transaction_id is null or transaction_id <> 'undefined-1'"
    )
    assert sales == [(2 * len(WORDS) + 2, 2 * len(WORDS) + 2, 0, Decimal(20 * len(WORDS) + 14))]
    assert warehouse.rows("select identifier from marts.dim_identities where identifier_type = 'user_id'") == [("Nulla",)]
    assert warehouse.rows("select count(*) from audit.set_aside_events") == [(0,)]


def test_the_hash_of_a_word_for_nothing_is_nobodys_address(warehouse: Warehouse) -> None:
    """As an address it made one customer of all devices on which a form was left empty."""
    devices = "identifier_type = 'device' and (identifier like 'hash of %' or identifier like 'name of %')"
    (found,) = warehouse.rows(f"select count(*), count(distinct customer_id) from marts.dim_identities where {devices}")
    assert found == (4 * len(WORDS), 4 * len(WORDS))


def test_profiles_and_members_without_a_user_id_are_people_of_their_own(warehouse: Warehouse) -> None:
    found = warehouse.rows(
        "select identifier_type, count(*), count(distinct customer_id) from marts.dim_identities "
        "where identifier_type in ('klaviyo_profile', 'email_sha256') group by 1 order by 1"
    )
    assert found == [("email_sha256", 2, 2), ("klaviyo_profile", 2, 2)]


def test_an_id_that_only_looks_like_such_a_word_is_one(warehouse: Warehouse) -> None:
    assert warehouse.rows("select net_value from marts.fct_conversions where transaction_id = 'undefined-1'") == [(Decimal(5),)]
    assert warehouse.rows("select count(distinct customer_id) from marts.dim_identities where identifier in ('ana', 'ana-too')") == [(1,)]


def test_tags_behind_a_hash_are_read_whole(warehouse: Warehouse) -> None:
    found = warehouse.rows(
        "select session_id, touchpoint_type, channel, source, medium, landing_page from marts.fct_customer_journey "
        "where session_id in ('1.behind.10', '1.route.10', '1.place.10') order by 1"
    )
    page = "https://www.example.com/p"
    assert found == [
        ("1.behind.10", "site_visit", "Paid Search", "google", "cpc", page),
        ("1.place.10", "site_visit", "Unassigned", "news", None, page),
        ("1.route.10", "site_visit", "Organic Search", "google", "organic", page),
    ]
