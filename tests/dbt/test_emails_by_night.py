"""Emails are worked out for what a night reaches alone: who got them, of which campaign, whether they are touches at all."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dependencies import Watch
from recorded_builds import Start
from small_rows import EMAILS, Row
from small_shop import Placed, Shop, Story, event

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


def named(stream: str, day: int, key: str, of: str = "k", **names: str) -> Placed:
    source, account, name = ("mailchimp", "mc", "settings_title") if key == "mailchimp" else ("klaviyo", of, key)
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
    watch = Watch(EMAIL_TOUCHES)
    shop = Shop(tmp_path, shop_start, watch)
    emails_change(shop)
    assert watch.needed() == EMAIL_TOUCHES
    assert shop.unlike_once() == {}

    shop.night(("klaviyo", "events", "k", 2, [email("k9", "p3", day=2)]))
    models = ("stg_klaviyo__events", "int_email_touches", "int_mailchimp_touches", "int_identity_mailed")
    assert [shop.touched(model) for model in models] == [1, 1, 0, 0]


def test_stories_of_emails(tmp_path: Path, shop_start: Start) -> None:
    """Each in accounts of its own, of people of its own."""
    shop = Shop(tmp_path, shop_start)
    shop.side_by_side(
        an_event_in_two_partitions_is_the_earliest_that_is_left(shop),
        an_address_that_passes_on_and_a_profile_that_is_parted(shop),
        names_that_come_later_and_go_again(shop),
        whom_emails_went_to_is_known_since_the_first_that_is_left(shop),
    )


def of(story: str, found: dict[str, Any]) -> dict[str, Any]:
    """What is found of the emails of one story."""
    return {name: value for name, value in found.items() if name.startswith(story)}


def an_event_in_two_partitions_is_the_earliest_that_is_left(shop: Shop) -> Story:
    day = ("klaviyo", "events", "k")
    yield [
        ("klaviyo", "metrics", "k", 0, metrics("Klaviyo")),
        ("klaviyo", "profiles", "k", 0, [profile("p1", "u1"), profile("p2", "u2")]),
        (*day, 2, [email("twice", "p2", day=2)]),
    ]
    assert touches(shop, "occurred_at")["twice"].day == 7
    for first, found in [([email("twice", "p1")], 6), ([email("twice", "p1", "m9")], None), ([], 7)]:
        yield [(*day, 1, first)]
        assert getattr(touches(shop, "occurred_at").get("twice"), "day", None) == found, "one that is no touch hides the later one as well"
    yield [(*day, 2, [])]
    assert of("twice", touches(shop, "platform")) == {}


def an_address_that_passes_on_and_a_profile_that_is_parted(shop: Shop) -> Story:
    """Mail to an address is whose the address was then; somebody decides that a profile is not of its address."""
    held = [event("d1", 9, "login", 0, user_id="u3", email=EMAILS[0]), event("d1", 12, "login", 0, user_id="u3", email=EMAILS[1])]
    yield [
        ("ga4", "events", "1", 0, held),
        ("klaviyo", "metrics", "k2", 0, metrics("Klaviyo")),
        ("klaviyo", "profiles", "k2", 0, [profile("p3", None, EMAILS[1])]),
        ("klaviyo", "events", "k2", 1, [email("mail-k1", "p3")]),
        ("mailchimp", "activity", "mc2", 0, [act("mail-a1", "mc2", EMAILS[0], 0)]),
        ("mailchimp", "activity", "mc2", 3, [act("mail-a2", "mc2", EMAILS[0], 3)]),
    ]
    assert len(set(of("mail", touches(shop, "customer_id")).values())) == 1

    yield [("ga4", "events", "1", 2, [event("d2", 9, "login", 2, user_id="u4", email=EMAILS[0])])]
    whose = of("mail", touches(shop, "customer_id"))
    assert (whose["mail-a1"], whose["mail-a2"]) == (owner(shop, "user_id", "u3"), owner(shop, "user_id", "u4"))
    assert whose["mail-a1"] != whose["mail-a2"]

    shop.write_down(f"unlink,klaviyo_profile:p3,email_sha256:{EMAILS[1]}")
    yield []
    assert touches(shop, "customer_id")["mail-k1"] == owner(shop, "klaviyo_profile", "p3") != whose["mail-k1"]

    shop.write_down()
    yield []
    assert of("mail", touches(shop, "customer_id")) == whose


def names_that_come_later_and_go_again(shop: Shop) -> Story:
    """A campaign, a message or a flow lands after its emails and goes again; a flow's name stands behind the campaign's."""
    yield [
        ("klaviyo", "metrics", "k3", 0, metrics("Klaviyo")),
        ("klaviyo", "profiles", "k3", 0, [profile("p4", "u5")]),
        ("klaviyo", "events", "k3", 1, [email("named-k1", "p4", message="c1", flow="f1", **{"Campaign Name": "Written"})]),
        ("mailchimp", "activity", "mc", 1, [act("named-a1", "mc1", EMAILS[2])]),
    ]
    for night, found in [
        ([], ("Written", None)),
        ([named("flows", 1, "name", "k3", f1="Flow")], ("Flow", None)),
        ([named("campaign_messages", 1, "campaign_id", "k3", c1="kc1")], ("Flow", None)),
        (
            [named("campaigns", 1, "name", "k3", kc1="Campaign"), named("campaigns", 1, "mailchimp", mc1="Jornal")],
            ("Campaign", "Jornal"),
        ),
        ([named("campaigns", 1, "name", "k3"), named("campaigns", 1, "mailchimp")], ("Flow", None)),
        ([named("flows", 1, "name", "k3")], ("Written", None)),
    ]:
        yield night
        assert of("named", touches(shop, "campaign_name")) == dict(zip(("named-a1", "named-k1"), reversed(found), strict=True))


def whom_emails_went_to_is_known_since_the_first_that_is_left(shop: Shop) -> Story:
    day = ("klaviyo", "events", "k4")
    known = "select valid_from from marts.dim_identities where identifier_type = 'klaviyo_profile' and identifier = 'p5'"
    yield [(*day, 2, [email("since-1", "p5", day=2), email("since-2", "p5", day=2, hour=16)])]
    for held, found in [
        ([email("since-3", "p5")], (6, 14)),
        ([email("since-3", "p5", hour=13)], (6, 13)),
        ([email("since-3", "p5", hour=15)], (6, 15)),
        ([email("since-3", "p6", hour=15)], (7, 14)),
    ]:
        yield [(*day, 1, held)]
        (first,) = shop.one(known)
        assert (first.day, first.hour) == found
    sent = ("mailchimp", "activity", "mc4", 1)
    yield [(*day, 2, [email("since-2", "p5", day=2, hour=16)]), (*sent, [act("since-a1", "mc4", EMAILS[3])])]
    assert shop.one(known)[0].hour == 16
    gone = f"select count(*) from marts.dim_identities where identifier in ('p5', 'p6', '{EMAILS[3]}')"
    assert shop.one(gone) == (3,)
    yield [(*day, 1, []), (*day, 2, []), (*sent, [])]
    assert shop.one(gone) == (0,)
