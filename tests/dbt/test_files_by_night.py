"""First-party events are worked out for what a night reaches alone: what is told twice, of which sale, and whose it is."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from dependencies import Watch
from recorded_builds import Start
from small_rows import DAYS, EMAILS, Row
from small_shop import Placed, Shop, Story, event, till

FILE_EVENTS = {
    "stg_first_party__events-0-landing.changed_partitions",
    "int_first_party_events-0-changes.stg_first_party__events",
    "int_first_party_events-1-changes.stg_first_party__events",
    "int_first_party_events-2-changes.int_site_sales",
    "int_first_party_events-3-changes.stg_first_party__events",
    "int_identity_sightings-2-changes.int_first_party_events",
    "int_first_party_touches-0-changes.int_identity_components",
    "int_first_party_touches-1-changes.int_customers",
    "int_first_party_touches-2-changes.int_session_customers",
    "int_first_party_touches-3-changes.int_first_party_events",
}
"""What the nights of ``files_change`` need."""
FILES = ("first_party", "events", "store")


def sold(name: str, hour: int, sale: str, kind: str = "purchase", day: int = 1, **fields: Any) -> Row:
    moment = datetime(2026, 1, 5 + day, hour, tzinfo=UTC)
    held = {"value": Decimal(30), "transaction_id": sale, "event_date": DAYS[day], "occurred_at": moment}
    return till(name, kind, hour, **{**held, **fields})


def asked(name: str, **who: str) -> Row:
    """Somebody asks for help, and says who it is or on which device."""
    return till(name, "support", 14, **{"user_id": None, **who})


def reasons(shop: Shop) -> dict[str, str]:
    """What is set aside: the end of the event's name with its day, and why."""
    query = (
        "select source_record_id, set_aside_reason from intermediate.int_first_party_events where set_aside_reason is not null order by all"
    )
    return {"/".join(name.split("/")[-2:])[8:]: reason for name, reason in shop.warehouse.rows(query)}


def owners(shop: Shop) -> dict[str, str]:
    """Whose each touch is."""
    query = "select split_part(source_record_id, '/', -1), customer_id from intermediate.int_first_party_touches order by all"
    return dict(shop.warehouse.rows(query))


def owner(shop: Shop, kind: str, identifier: str) -> str:
    query = f"select customer_id from marts.dim_identities where identifier_type = '{kind}' and identifier = '{identifier}'"
    return str(shop.one(query)[0])


def files_change(shop: Shop) -> None:
    """Events have one change each, of which one dependency alone tells."""
    known = [
        event("d5", 9, "login", 1, user_id="u6", email=EMAILS[0]),
        event("d8", 9, "login", 1, user_id="u8", email=EMAILS[1]),
        event("d11", 9, "login", 1, user_id="u7"),
        event("d7", 9, day=1),
    ]
    told = [
        sold("e2", 11, "T1"),
        sold("e3", 10, "T3"),
        sold("e4", 12, "T3"),
        sold("e5", 12, "S1"),
        asked("e7", user_id="u5"),
        asked("e9", email_sha256=EMAILS[1]),
        asked("e10", device_id="d7"),
    ]
    shop.night(
        ("ga4", "events", "1", 1, known),
        (*FILES, 0, [sold("e3", 10, "T2", day=0)]),
        (*FILES, 1, [sold("e1", 9, "T1"), asked("e6", user_id="u4"), *told]),
    )
    assert reasons(shop) == {"06/e2": "duplicate", "06/e3": "duplicate"}
    before = owners(shop)
    assert before["e9"] == owner(shop, "user_id", "u8")

    shop.night(
        ("ga4", "events", "1", 2, [event("d7", 9, "login", 2, user_id="u7"), event("d6", 9, "purchase", 2, sale="S1", amount=9.0)]),
        ("ga4", "events", "2", 0, [event("d9", 9, "login", 0, user_id="u8")]),
        (*FILES, 0, []),
        (
            *FILES,
            1,
            [
                sold("e1", 9, "T9"),
                asked("e6", user_id="u4", channel="telephone"),
                *told,
                asked("e8", user_id="u5", email_sha256=EMAILS[0]),
            ],
        ),
    )
    assert reasons(shop) == {"06/e4": "duplicate", "06/e5": "duplicate"}, (
        "e1 sold something else, e3 is no second delivery, the site sold S1"
    )
    after = owners(shop)
    assert after["e7"] == owner(shop, "user_id", "u6") != before["e7"], "who asked has the address of somebody whom the site knows"
    assert after["e9"] == owner(shop, "user_id", "u8") != before["e9"], "a late login names the customer otherwise"
    assert after["e10"] == owner(shop, "user_id", "u7"), "the device's owner is told later"
    assert after["e6"] == before["e6"]


def test_files_change(tmp_path: Path, shop_start: Start) -> None:
    watch = Watch(FILE_EVENTS)
    shop = Shop(tmp_path, shop_start, watch)
    files_change(shop)
    assert watch.needed() == FILE_EVENTS
    assert shop.unlike_once() == {}

    shop.night((*FILES, 2, [sold("e11", 9, "T4", day=2)]))
    assert [shop.touched(f"int_first_party_{what}") for what in ("events", "touches")] == [1, 1], "a new sale reaches no other"


def site(*names: tuple[str, float | None, float | None], day: int = 2) -> Placed:
    """What the site tells of sale S1: event, amount and what is paid back."""
    told = [event(f"d{hour}", hour, name, day, sale="S1", amount=amount, back=back) for hour, (name, amount, back) in enumerate(names, 9)]
    return ("ga4", "events", "1", day, told)


def test_stories_of_what_files_tell(tmp_path: Path, shop_start: Start) -> None:
    """Each in files of its own, about sales and people of its own."""
    shop = Shop(tmp_path, shop_start)
    shop.side_by_side(
        refunds_that_the_site_tells_and_withdraws(shop),
        an_event_in_two_files(shop, "f", []),
        an_event_in_two_files(shop, "g", [sold("g1", 9, "gT1", day=0, user_id="ug")]),
        an_address_that_was_the_shops_own(shop),
    )


def refunds_that_the_site_tells_and_withdraws(shop: Shop) -> Story:
    """Of equal refunds as many are the site's as it told; one without a currency has that of its sale, whoever tells the sale."""

    def found() -> set[str]:
        return {name for name in reasons(shop) if name[3:] in {"e1", "r1", "r2", "r3"}}

    back = [sold(f"r{number}", 12 + number, "S1", "refund", currency=None) for number in (1, 2)]
    yield [(*FILES, 1, [sold("e1", 9, "S1"), *back])]
    assert found() == set()
    for told, aside in [
        ([("purchase", 30.0, None)], {"06/e1"}),
        ([("purchase", 30.0, None), ("refund", None, 30.0)], {"06/e1", "06/r1"}),
        ([("purchase", 30.0, None), ("refund", None, 30.0), ("refund", None, 30.0)], {"06/e1", "06/r1", "06/r2"}),
        ([("refund", None, 30.0)], {"06/r1"}),
        ([], set()),
    ]:
        yield [site(*told)]
        assert found() == aside
    yield [site(("refund", None, 30.0)), (*FILES, 1, [sold("e1", 9, "S1", currency="USD"), *back])]
    assert found() == set(), "thirty reais are no thirty dollars"
    yield [(*FILES, 2, [sold("r3", 9, "S1", "refund", 2, currency="BRL")]), (*FILES, 1, back[1:])]
    assert found() == {"06/r2"}


def an_event_in_two_files(shop: Shop, of: str, first: list[Row]) -> Story:
    """The earlier file is restated without it, or says another sale; three sales hang together by it."""

    def event_of(number: int, hour: int, sale: str, day: int = 1) -> Row:
        return sold(f"{of}{number}", hour, f"{of}{sale}", day=day, user_id=f"u{of}")

    def found() -> dict[str, str]:
        return {name: reason for name, reason in reasons(shop).items() if name[3] == of}

    files = ("first_party", "events", f"store-{of}")
    earlier = [event_of(1, 9, "T2", 0), event_of(2, 10, "T1", 0)]
    yield [(*files, 0, earlier), (*files, 1, [event_of(1, 9, "T3"), event_of(3, 12, "T3"), event_of(4, 13, "T2")])]
    before = found()
    assert before == {f"06/{of}1": "duplicate", f"06/{of}4": "duplicate"}
    yield [(*files, 0, first)]
    yield [(*files, 0, earlier)]
    assert found() == before


def an_address_that_was_the_shops_own(shop: Shop) -> Story:
    """With two user ids allowed an address: what names only the address is the address's own customer's as long as three have it."""
    files = ("first_party", "events", "desk")
    with_it = [asked(f"a{number}", user_id=f"u{number}", email_sha256=EMAILS[3]) for number in (1, 2, 3)]

    def found() -> dict[str, str]:
        return {name: customer for name, customer in owners(shop).items() if name[0] == "a"}

    yield [(*files, 1, with_it[:2]), (*files, 2, [{**asked("a9", email_sha256=EMAILS[3]), "event_date": DAYS[2]}])]
    person = found()
    assert person["a9"] == person["a1"] == person["a2"]
    for held, is_hub in [(with_it, True), (with_it[:2], False)]:
        yield [(*files, 1, held)]
        assert (found()["a9"] not in {found()["a1"], found()["a2"]}) == is_hub
    assert found() == person
    shop.write_down(f"block,email_sha256:{EMAILS[3]},")
    yield []
    assert found()["a9"] not in {found()["a1"], found()["a2"]}
