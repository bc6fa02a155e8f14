"""The outlet's visits against the truth, and their independence of the horizon."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from simulated import final, ndjson, truth, world

SITE = ZoneInfo("America/Sao_Paulo")
GOALS = {"Newsletter": "lead_capture", "Contato": "support"}
CHANNELS = {"direct": "Direct", "search": "Organic Search", "social": "Organic Social", "website": "Referral", "campaign": "Email"}
SHORT, LONG = {"days": 30, "scale": 0.3}, {"days": 90, "scale": 0.3}


def visits(**options: Any) -> list[dict[str, Any]]:
    return ndjson(world(**options), "matomo/*/visits.ndjson")


def touches() -> list[dict[str, Any]]:
    return [row for row in truth(world(), "touchpoints") if row["source_system"] == "matomo"]


def type_of(action: dict[str, Any]) -> str | None:
    if action["type"] == "goal":
        return GOALS[action["goalName"]]
    if "productViewSku" in action:
        return "product_view"
    named = {"ecommerceOrder": "purchase", "ecommerceAbandonedCart": "add_to_cart", "event": "chat"}
    return named.get(action["type"])


def test_every_visit_and_every_mapped_action_is_a_touchpoint_and_no_other() -> None:
    counted: Counter[tuple[str, str, str, int, str]] = Counter()
    for row in final(visits()):
        device, channel = f"matomo/{row['idSite']}/{row['visitorId']}", CHANNELS[row["referrerType"]]
        counted["site_visit", device, row["idVisit"], row["firstActionTimestamp"], channel] += 1
        for action in row["actionDetails"]:
            kind = type_of(action)
            if kind:
                counted[kind, device, row["idVisit"], action["timestamp"], channel] += 1
    told = Counter(
        (row["touchpoint_type"], row["device"], row["session_key"], int(row["occurred_at"].timestamp()), row["channel"])
        for row in touches()
    )
    assert counted == told
    assert {kind for kind, *_ in told} == {"site_visit", "product_view", "purchase", "add_to_cart", "chat", "lead_capture", "support"}
    assert sum(kind == "site_visit" for kind, *_ in told.elements()) == len(final(visits())) > 150


def test_some_visitors_are_customers_of_the_shop_and_most_of_them_say_so() -> None:
    shop = {row["person_id"] for row in truth(world(), "touchpoints") if row["source_system"] == "ga4"}
    shared = {row["person_id"] for row in touches()} & shop
    named = {row["identifier"]: row["person_id"] for row in truth(world(), "identifiers") if row["identifier_type"] == "user_id"}
    logged_in = [row for row in final(visits()) if row["userId"]]
    people = {named[row["userId"]] for row in logged_in}
    assert people & shop == shared  # the others are club members whom only the magazine has reached so far
    assert 10 < len(shared) < len(people) < len({row["person_id"] for row in touches()}) / 2


def test_visits_of_a_day_do_not_depend_on_the_horizon() -> None:
    def before(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        end = int(datetime(2026, 1, 31, tzinfo=SITE).astimezone(UTC).timestamp())
        return [row for row in rows if row["lastActionTimestamp"] < end and "_until" not in row]

    assert before(visits(**SHORT)) == before(visits(**LONG))
    assert len(before(visits(**SHORT))) > 80


def test_a_visit_is_whole_seconds_in_order_and_counts_itself() -> None:
    for row in visits():
        at = [action["timestamp"] for action in row["actionDetails"]]
        assert at == sorted(at)
        assert (row["firstActionTimestamp"], row["lastActionTimestamp"]) == (at[0], at[-1])
        assert int(row["visitDuration"]) == (at[-1] - at[0] + 1 if at[-1] > at[0] else 0)
        assert int(row["actions"]) == sum(action["type"] in ("action", "event") for action in row["actionDetails"])
        assert row["goalConversions"] == sum(action["type"] == "goal" for action in row["actionDetails"])
        assert not any("utm_" in action.get("url", "") for action in row["actionDetails"])
