"""``journey explain`` over rows written by hand: which of several landed rows is named, and what is said of sources and channels."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from dbt_warehouse import Rows, Warehouse, land_rows
from explain_walks import ids, landed
from recorded_builds import Start
from small_rows import DAYS, Row
from small_shop import event

from extractors.landing import Landing
from journey import served
from journey.explain.evidence import Evidence, open_evidence
from journey.explain.find import Asked, explain
from journey.settings import Places

AD = "1234567890"
CREATED = "2026-01-01T00:00:00+00:00"
ARRIVALS = {
    "bare": "?fbclid=f1",
    "social": f"?fbclid=f2&utm_source=facebook&utm_medium=social&ad_id={AD}",
    "shopped": "?gclid=g1&utm_source=parceiro&utm_medium=referral",
    "unnamed": f"?fbclid=f5&utm_source=verao&utm_medium=paid&ad_id={AD}",
    "medium": "?gclid=g2&utm_medium=cpc",
    "paid": "?gclid=g3&utm_source=google&utm_medium=CPC",
    "typed": "",
}


def visit(day: int, actions: int) -> Row:
    """A Matomo visit that begins before midnight: its first page, and an order on the next day."""
    start = 1767657000  # 2026-01-05 23:50 UTC
    page = {"type": "action", "timestamp": start, "url": "https://outlet.example/", "subtitle": None}
    order = {"type": "ecommerceOrder", "timestamp": start + 1200, "url": "https://outlet.example/", "orderId": "M1", "revenue": Decimal(7)}
    done = [page, order][:actions]
    fields = {"idSite": 7, "idVisit": 1, "visitorId": "v1", "siteCurrency": "BRL", "referrerType": "direct"}
    return {**fields, "firstActionTimestamp": start, "lastActionTimestamp": done[-1]["timestamp"], "actionDetails": done}


def alike(number: int) -> list[Row]:
    """Two events of one device at one instant without a bundle: nothing in their keys tells one from the other."""
    rows = [event(f"twin{number}", 15, "view_item") for _ in range(2)]
    for turn, row in enumerate(rows):
        row["event_params"][1]["value"]["int_value"] = 100 * number + turn
    return rows


@pytest.fixture(scope="module")
def odd(own_start: Start, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evidence]:
    places = Places(tmp_path_factory.mktemp("odd"))
    landing = Landing(places.landing)
    site = [event(name, 10, query=query) for name, query in ARRIVALS.items()]
    later = [event("clicked", 11, query="?gclid=g4"), event("clicked", 11, query="?utm_source=klaviyo&utm_medium=email")]
    later[1]["event_timestamp"] += 60_000_000
    site += later + [row for number in range(1, 7) for row in alike(number)]
    login = event("ana", 12, "login", user_id="u1", email="a" * 64)
    login["event_timestamp"] += 60_000_000
    visits = [Rows("matomo", "visits", "7", DAYS[day], [visit(day, day + 1)]) for day in (0, 1)]
    profiles = [
        Rows("klaviyo", "profiles", "k", DAYS[day], [{"id": "p1", "email_sha256": mail * 64, "external_id": user, "created": CREATED}])
        for day, mail, user in ((0, "b", "u7"), (2, "c", "u8"))
    ]
    land_rows(landing, [Rows("ga4", "events", "1", DAYS[0], [*site, event("ana", 12), login]), *visits, *profiles], load="one")
    warehouse: Warehouse = own_start.whole(places.build.parent, landing)
    warehouse.path.rename(places.build)
    served.write(places.build, places.warehouse, before=places.warehouse)
    with open_evidence(places) as opened:
        yield opened


def arrival(odd: Evidence, device: str) -> dict[str, Any]:
    """The walk of a device's arrival: where it came from, and the rule of its channel."""
    query = f"select touchpoint_id from marts.fct_customer_journey where session_id like '1.{device}.%' and touchpoint_number = 1"
    told = explain(odd, Asked(ids(odd, query)[0], "touchpoint"))
    assert told.adds_up, told.checks
    return {**told.figure, **told.rows("traffic_source")[0], **told.rows("channel_rule")[0]}


def test_rows_of_one_key_are_each_found(odd: Evidence) -> None:
    """They are numbered by their place in the landed file, as the models number them."""
    touches = odd.rows(
        "select touchpoint_id, session_id, source_record_id from marts.fct_customer_journey "
        "where session_id like '1.twin%' and touchpoint_type = 'product_view' order by session_id"
    )
    assert len(touches) == 12
    for touch in touches:
        (step,) = explain(odd, Asked(touch["touchpoint_id"])).rows("landed")
        assert step["values"]["event_params"]["ga_session_id"] == int(touch["session_id"].rpartition(".")[2])


def test_a_visit_over_midnight_is_the_row_that_has_all_of_it(odd: Evidence) -> None:
    for asked in (Asked("purchase:M1"), Asked("matomo.7.1", "touchpoint")):
        told = explain(odd, asked)
        assert told.adds_up, told.checks
        (step,) = told.rows("landed")
        assert step["file"] == f"matomo/visits/account=7/dt={DAYS[1]}/part-0.parquet"
        assert [action["orderId"] for action in landed(odd, step)["actionDetails"]] == [None, "M1"]


def test_where_a_visit_came_from_is_what_named_its_source(odd: Evidence) -> None:
    bare = arrival(odd, "bare")
    assert (bare["source"], bare["medium"], bare["channel"]) == ("facebook", "social", "Organic Social")
    assert bare["came_from"] == "the fbclid in the address, which every link out of Facebook has"
    assert arrival(odd, "typed")["came_from"] == "no tag, click id or foreign referrer: direct"
    paid = arrival(odd, "paid")
    assert paid["came_from"] == "tags (url): source 'google', medium 'CPC'"
    medium = arrival(odd, "medium")
    assert (medium["source"], medium["medium"]) == ("google", "cpc")
    assert medium["came_from"] == "tags (url): medium 'cpc'; source: the gclid in the address"


def test_tags_that_came_after_a_click_are_not_said_to_name_the_source(odd: Evidence) -> None:
    clicked = arrival(odd, "clicked")
    assert (clicked["source"], clicked["medium"], clicked["channel"]) == ("google", "cpc", "Paid Search")
    assert clicked["came_from"] == "the gclid in the address"


@pytest.mark.parametrize(
    ("device", "channel", "click"),
    [("social", "Paid Social", "fbclid"), ("shopped", "Paid Search", "gclid"), ("unnamed", "Paid Social", "fbclid")],
)
def test_where_the_click_decides_the_rule_says_so(odd: Evidence, device: str, channel: str, click: str) -> None:
    """Rule 5 asks for a paid medium, which two of these do not have, and for a source that somebody knows."""
    told = arrival(odd, device)
    assert told["channel"] == channel
    assert told["rule"] == f"An ad's click is never organic: its tags name no kind of paid channel, so the {click} decides"
    assert told["decided_by"] == "macro visit_channel"


def test_where_tags_decide_the_rule_is_theirs(odd: Evidence) -> None:
    assert arrival(odd, "paid")["rule"].startswith("Rule 4 of docs/channels.md: Source is a search engine and medium is paid")


def test_a_record_that_is_no_touch_but_evidence_leads_to_its_customer(odd: Evidence) -> None:
    merge = odd.rows("select distinct source_record_id, customer_id from audit.identity_merges where source_record_id like '%/login/%'")
    told = explain(odd, Asked(merge[0]["source_record_id"]))
    assert (told.kind, told.id) == ("customer", merge[0]["customer_id"])
    assert "The record is no touch; it is evidence of who this customer is." in told.notes


def test_a_link_of_a_profile_is_shown_by_the_version_that_has_it(odd: Evidence) -> None:
    """The profile has another address and another user id since: the former address is in its former version only."""
    told = explain(odd, Asked("b" * 64))
    assert told.adds_up, told.checks
    steps = told.rows("landed_evidence")
    assert len(steps) == len(told.rows("merges")) == 4
    for merge, step in zip(told.rows("merges"), steps, strict=True):
        assert merge["right_identifier"] in (step["values"]["email_sha256"], step["values"]["external_id"])
    assert {(merge["decision"], merge["right_identifier"][:2]) for merge in told.rows("merges")} == {
        ("united", "bb"),
        ("united", "cc"),
        ("united", "u8"),
        ("parted", "u7"),
    }
