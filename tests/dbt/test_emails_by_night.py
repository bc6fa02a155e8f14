"""Emails are worked out for what a night reaches alone: who got them, of which campaign, whether they are touches at all."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dependencies import Watch
from recorded_builds import Start
from small_rows import EMAILS, Row
from small_shop import Shop, event

EMAIL_TOUCHES = {
    "stg_klaviyo__events-0-landing.changed_partitions",
    "stg_mailchimp__activity-0-landing.changed_partitions",
    "int_mailchimp_touches-0-changes.stg_mailchimp__activity",
    "int_mailchimp_touches-1-changes.stg_mailchimp__campaigns",
    "int_email_touches-0-changes.int_identity_components",
    "int_email_touches-1-changes.int_customers",
    "int_email_touches-2-changes.stg_klaviyo__campaign_messages",
    "int_email_touches-3-changes.stg_klaviyo__campaigns",
    "int_email_touches-4-changes.stg_klaviyo__events",
    "int_email_touches-5-changes.int_mailchimp_touches",
    "int_email_touches-6-changes.stg_klaviyo__metrics",
    "int_email_touches-7-changes.stg_klaviyo__flows",
    "int_identity_mailed-0-changes.stg_klaviyo__events",
    "int_identity_mailed-1-changes.stg_mailchimp__activity",
}
"""What the nights of ``emails_change`` need."""


def at(hour: int, day: int = 1) -> datetime:
    return datetime(2026, 1, 5 + day, hour, tzinfo=UTC)


def email(name: str, profile: str, metric: str = "m2", day: int = 1, hour: int = 14, **properties: Any) -> Row:
    told = json.dumps({f"${key}" if key in {"message", "flow"} else key: value for key, value in properties.items()})
    return {"id": name, "metric_id": metric, "profile_id": profile, "datetime": at(hour, day), "event_properties": told}


def profile(name: str, user: str | None, address: str | None = None) -> Row:
    return {"id": name, "external_id": user, "email_sha256": address, "created": "2026-01-06T12:00:00+00:00"}


def metrics(integration: str) -> list[Row]:
    return [
        {"id": "m2", "name": "Opened Email", "integration_name": "Klaviyo"},
        {"id": "m4", "name": "Clicked Email", "integration_name": integration},
    ]


def act(name: str, campaign: str, address: str, day: int = 1, page: str = "a") -> Row:
    held = {"activity_id": name, "campaign_id": campaign, "email_sha256": address, "list_id": "l1", "action": "click"}
    return {**held, "timestamp": at(15, day), "url": f"https://www.example.com/{page}"}


def named(stream: str, day: int, key: str, **names: str) -> tuple[str, str, str, int, list[Row]]:
    source, account, name = ("mailchimp", "mc", "settings_title") if key == "mailchimp" else ("klaviyo", "k", key)
    return (source, stream, account, day, [{"id": one, name: called, "status": "sent"} for one, called in names.items()])


def touches(shop: Shop, column: str) -> dict[str, Any]:
    """A column of each email touch, by the end of its name."""
    query = f"select split_part(source_record_id, '/', -1), {column} from intermediate.int_email_touches order by all"
    return dict(shop.warehouse.rows(query))


def owner(shop: Shop, kind: str, identifier: str) -> str:
    query = f"select customer_id from marts.dim_identities where identifier_type = '{kind}' and identifier = '{identifier}'"
    return str(shop.one(f"{query} and valid_to is null")[0])


def emails_change(shop: Shop) -> None:
    """Nine emails have one change each, which nothing else tells of."""
    logins = [
        event("d1", 9, "login", 1, user_id="u1", email=EMAILS[0]),
        event("d2", 9, "login", 1, user_id="u2", email=EMAILS[1]),
        event("d8", 9, "login", 1, user_id="u8"),
    ]
    emails = [
        email("k1", "p1"),
        email("k2", "p2"),
        email("k3", "p3", message="c1"),
        email("k4", "p3", message="c2"),
        email("k5", "p3"),
        email("k6", "p3", "m4"),
        email("k7", "p3", flow="f1"),
    ]
    acts = [act("a1", "mc1", EMAILS[2]), act("a2", "mc2", EMAILS[2])]
    shop.night(
        ("ga4", "events", "1", 1, logins),
        ("klaviyo", "metrics", "k", 0, metrics("Klaviyo")),
        ("klaviyo", "profiles", "k", 0, [profile("p1", "u1"), profile("p2", "u8"), profile("p3", None)]),
        named("campaign_messages", 0, "campaign_id", c1="kc1", c2="kc2"),
        named("campaigns", 0, "name", kc1="Carnaval", kc2="Inverno", kc3="Natal"),
        named("flows", 0, "name", f1="Carrinho"),
        ("klaviyo", "events", "k", 1, emails),
        named("campaigns", 0, "mailchimp", mc1="Jornal", mc2="Revista"),
        ("mailchimp", "activity", "mc", 1, acts),
    )
    assert list(touches(shop, "platform")) == ["a1", "a2", *(f"k{number}" for number in range(1, 8))]
    before = touches(shop, "customer_id")
    assert before["k1"] == owner(shop, "user_id", "u1")

    shop.night(
        ("ga4", "events", "2", 0, [event("d9", 9, "login", 0, user_id="u8")]),
        ("klaviyo", "metrics", "k", 1, metrics("API")),
        ("klaviyo", "profiles", "k", 2, [profile("p1", "u2"), profile("p2", "u8"), profile("p3", None)]),
        named("campaign_messages", 1, "campaign_id", c1="kc3", c2="kc2"),
        named("campaigns", 1, "name", kc1="Carnaval", kc2="Liquida", kc3="Natal"),
        named("flows", 1, "name", f1="Boas-vindas"),
        ("klaviyo", "events", "k", 1, [*emails[:4], email("k5", "p3", **{"Bot Click": True}), *emails[5:], email("k8", "p4")]),
        named("campaigns", 1, "mailchimp", mc1="Jornal", mc2="Boletim"),
        ("mailchimp", "activity", "mc", 1, [act("a1", "mc1", EMAILS[2], page="b"), *acts[1:], act("a3", "mc1", EMAILS[3])]),
    )
    after = touches(shop, "customer_id")
    assert after["k1"] == owner(shop, "user_id", "u2") != before["k1"], "the profile's user id was corrected"
    assert after["k2"] == owner(shop, "user_id", "u8") != before["k2"], "a late login names the customer otherwise"
    assert {name: after[name] for name in ("k3", "k4", "k5", "k7")} == {name: before[name] for name in ("k3", "k4", "k5", "k7")}
    assert "k6" not in after, "the metric is another integration's"
    names = touches(shop, "campaign_name")
    assert [names[name] for name in ("k3", "k4", "k7", "a1", "a2")] == ["Natal", "Liquida", "Boas-vindas", "Jornal", "Boletim"]
    assert [name for name, is_machine in touches(shop, "is_machine").items() if is_machine] == ["k5"]
    assert touches(shop, "landing_page")["a1"] == "https://www.example.com/b"


def test_emails_change(tmp_path: Path, shop_start: Start) -> None:
    watch = Watch()
    shop = Shop(tmp_path, shop_start, watch)
    emails_change(shop)
    assert watch.needed() >= EMAIL_TOUCHES
    assert shop.unlike_once() == {}

    shop.night(("klaviyo", "events", "k", 2, [email("k9", "p3", day=2)]))
    models = ("stg_klaviyo__events", "int_email_touches", "int_mailchimp_touches", "int_identity_mailed")
    assert [shop.touched(model) for model in models] == [1, 1, 0, 0]


def test_an_event_in_two_partitions_is_the_earliest_that_is_left(tmp_path: Path, shop_start: Start) -> None:
    shop = Shop(tmp_path, shop_start)
    day = ("klaviyo", "events", "k")
    shop.night(
        ("klaviyo", "metrics", "k", 0, metrics("Klaviyo")),
        ("klaviyo", "profiles", "k", 0, [profile("p1", "u1"), profile("p2", "u2")]),
        (*day, 2, [email("k1", "p2", day=2)]),
    )
    assert touches(shop, "occurred_at")["k1"].day == 7
    for first, found in [([email("k1", "p1")], 6), ([email("k1", "p1", "m9")], None), ([], 7)]:
        shop.night((*day, 1, first))
        assert getattr(touches(shop, "occurred_at").get("k1"), "day", None) == found, "one that is no touch hides the later one as well"
        assert shop.unlike_once() == {}
    shop.night((*day, 2, []))
    assert touches(shop, "platform") == {}
    assert shop.unlike_once() == {}


def test_an_address_that_passes_on_and_a_profile_that_is_parted(tmp_path: Path, shop_start: Start) -> None:
    """Mail to an address is whose the address was then; somebody decides that a profile is not of its address."""
    shop = Shop(tmp_path, shop_start)
    held = [event("d1", 9, "login", 0, user_id="u1", email=EMAILS[0]), event("d1", 12, "login", 0, user_id="u1", email=EMAILS[1])]
    shop.night(
        ("ga4", "events", "1", 0, held),
        ("klaviyo", "metrics", "k", 0, metrics("Klaviyo")),
        ("klaviyo", "profiles", "k", 0, [profile("p1", None, EMAILS[1])]),
        ("klaviyo", "events", "k", 1, [email("k1", "p1")]),
        ("mailchimp", "activity", "mc", 0, [act("a1", "mc1", EMAILS[0], 0)]),
        ("mailchimp", "activity", "mc", 3, [act("a2", "mc1", EMAILS[0], 3)]),
    )
    assert len(set(touches(shop, "customer_id").values())) == 1

    shop.night(("ga4", "events", "1", 2, [event("d2", 9, "login", 2, user_id="u2", email=EMAILS[0])]))
    whose = touches(shop, "customer_id")
    assert (whose["a1"], whose["a2"]) == (owner(shop, "user_id", "u1"), owner(shop, "user_id", "u2"))
    assert whose["a1"] != whose["a2"]
    assert shop.unlike_once() == {}

    shop.decide(f"unlink,klaviyo_profile:p1,email_sha256:{EMAILS[1]}")
    assert touches(shop, "customer_id")["k1"] == owner(shop, "klaviyo_profile", "p1") != whose["k1"]
    assert shop.unlike_once() == {}

    shop.decide()
    assert touches(shop, "customer_id") == whose
    assert shop.unlike_once() == {}


def test_names_that_come_later_and_go_again(tmp_path: Path, shop_start: Start) -> None:
    """A campaign, a message or a flow lands after its emails and goes again; a flow's name stands behind the campaign's."""
    shop = Shop(tmp_path, shop_start)
    shop.night(
        ("klaviyo", "metrics", "k", 0, metrics("Klaviyo")),
        ("klaviyo", "profiles", "k", 0, [profile("p1", "u1")]),
        ("klaviyo", "events", "k", 1, [email("k1", "p1", message="c1", flow="f1", **{"Campaign Name": "Written"})]),
        ("mailchimp", "activity", "mc", 1, [act("a1", "mc1", EMAILS[0])]),
    )
    for night, names in [
        ([], {"k1": "Written", "a1": None}),
        ([named("flows", 1, "name", f1="Flow")], {"k1": "Flow", "a1": None}),
        ([named("campaign_messages", 1, "campaign_id", c1="kc1")], {"k1": "Flow", "a1": None}),
        (
            [named("campaigns", 1, "name", kc1="Campaign"), named("campaigns", 1, "mailchimp", mc1="Jornal")],
            {"k1": "Campaign", "a1": "Jornal"},
        ),
        ([named("campaigns", 1, "name"), named("campaigns", 1, "mailchimp")], {"k1": "Flow", "a1": None}),
        ([named("flows", 1, "name")], {"k1": "Written", "a1": None}),
    ]:
        shop.night(*night)
        assert touches(shop, "campaign_name") == names
        assert shop.unlike_once() == {}


def test_whom_emails_went_to_is_known_since_the_first_that_is_left(tmp_path: Path, shop_start: Start) -> None:
    shop = Shop(tmp_path, shop_start)
    day, known = ("klaviyo", "events", "k"), "select valid_from from marts.dim_identities where identifier_type = 'klaviyo_profile'"
    shop.night((*day, 2, [email("k1", "p1", day=2), email("k2", "p1", day=2, hour=16)]))
    for held, found in [
        ([email("k3", "p1")], (6, 14)),
        ([email("k3", "p1", hour=13)], (6, 13)),
        ([email("k3", "p1", hour=15)], (6, 15)),
        ([email("k3", "p2", hour=15)], (7, 14)),
    ]:
        shop.night((*day, 1, held))
        (first,) = shop.one(f"{known} and identifier = 'p1'")
        assert (first.day, first.hour) == found
        assert shop.unlike_once() == {}
    shop.night((*day, 2, [email("k2", "p1", day=2, hour=16)]), ("mailchimp", "activity", "mc", 1, [act("a1", "mc1", EMAILS[0])]))
    assert shop.one(f"{known} and identifier = 'p1'")[0].hour == 16
    assert shop.unlike_once() == {}
    shop.night((*day, 1, []), (*day, 2, []), ("mailchimp", "activity", "mc", 1, []))
    assert shop.one("select count(*) from marts.dim_identities") == (0,)
    assert shop.unlike_once() == {}
