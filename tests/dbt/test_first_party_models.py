"""First-party events through the models on a landing zone written by hand: one person over site and till, one browser, nobody."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from dbt_warehouse import Rows, Warehouse, land_rows
from recorded_builds import Start
from small_shop import event

from extractors.landing import Landing

DAY = date(2026, 1, 5)
ANA, BIA = "aa" * 32, "bb" * 32


def visit(second: int, name: str, device: str, *, sale: str | None = None, **more: Any) -> dict[str, Any]:
    """A GA4 event of the device's only session, ``second`` seconds after 12:00 UTC; a sale or refund is of 100 BRL."""
    at = datetime(2026, 1, 5, 12, second // 60, second % 60, tzinfo=UTC)
    parameters = [
        ("ga_session_id", {"int_value": 1}),
        ("page_location", {"string_value": "https://loja.example/"}),
        ("currency", {"string_value": "BRL"}),
    ]
    money = {"transaction_id": sale, "purchase_revenue" if name == "purchase" else "refund_value": 100.0} if sale else None
    return {
        "event_date": "20260105",
        "event_timestamp": int(at.timestamp() * 1_000_000),
        "event_name": name,
        "user_pseudo_id": device,
        "event_params": [{"key": key, "value": value} for key, value in parameters],
        "ecommerce": money,
        "table_kind": "daily",
        **more,
    }


def abroad(hour: int, name: str, **money: Any) -> dict[str, Any]:
    """A sale or refund of W2 by somebody without consent."""
    return event("browser-3", hour, name, sale="W2", privacy_info={"analytics_storage": "No"}, **money)


def told(event_id: str, kind: str, hour: int, **more: Any) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "event_date": DAY,
        "occurred_at": datetime(2026, 1, 5, hour, tzinfo=UTC),
        "event_type": kind,
        "channel": "Till",
        **more,
    }


EVENTS = [
    told("card", "loyalty_join", 13, email_sha256=ANA, user_id="ana"),
    told("sale", "purchase", 14, email_sha256=ANA, transaction_id="T1", value=Decimal(80), currency="BRL", consent_state="granted"),
    told("back", "refund", 15, transaction_id="T1", value=Decimal(30), currency="BRL"),
    told("pick-up", "purchase", 16, email_sha256=BIA, transaction_id="W1", value=Decimal(100), currency="BRL"),
    told("web-back", "refund", 17, email_sha256=ANA, transaction_id="W1", value=Decimal(15), currency="BRL"),
    told("talk", "chat", 18, device_id="browser-2", channel="messenger"),
    told("no", "consent_denied", 19, email_sha256=ANA, channel="phone"),
    # Sold on the site in dollars, and once more in a file that says reais; 30 dollars paid back, which both tell.
    told("copy", "purchase", 21, transaction_id="W2", value=Decimal(500), currency="BRL"),
    told("copy-back", "refund", 22, transaction_id="W2", value=Decimal(30), currency="USD"),
    # A denial beside what the consent was before; it must not tie the address to ana.
    told("no-more", "consent_denied", 23, email_sha256=BIA, user_id="ana", channel="phone", consent_state="granted"),
    told("quiet", "purchase", 20, email_sha256=BIA, transaction_id="T2", value=Decimal(40), consent_state="denied"),
]


@pytest.fixture(scope="module")
def warehouse(own_start: Start, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    home: Path = tmp_path_factory.mktemp("first_party")
    landing = Landing(home / "landing")
    site = [
        visit(0, "page_view", "browser-1", user_id="ana"),
        visit(60, "purchase", "browser-1", sale="W1", user_id="ana"),
        visit(0, "page_view", "browser-2"),
        abroad(10, "purchase", amount=100.0, currency="USD"),
        abroad(11, "refund", back=30.0, currency=None),
    ]
    rejected = [{"file_date": DAY, "file": "2026-01-05.csv", "line": 7, "reason": "event_id is missing"}]
    land_rows(
        landing,
        [
            Rows("ga4", "events", "1", DAY, site),
            Rows("first_party", "events", "loja", DAY, EVENTS),
            Rows("first_party", "rejected_lines", "loja", DAY, rejected),
        ],
        load="one",
    )
    return own_start.whole(home / "warehouse", landing)


def test_one_person_over_site_and_till_and_one_browser(warehouse: Warehouse) -> None:
    found = warehouse.rows(
        "select customer_id, touchpoint_type, channel, source, medium, platform, journey_number, source_system"
        " from marts.fct_customer_journey order by occurred_at, touchpoint_type desc"
    )
    people = dict(warehouse.rows("select identifier, customer_id from marts.dim_identities"))
    ana, browser = people["ana"], people["browser-2"]
    assert people[ANA] == people["browser-1"] == ana != browser
    assert BIA not in people, "set aside or without consent, an address is nobody's"
    web = ("Direct", "(direct)", "(none)", "web")
    till = ("Offline", "till", "offline", "first_party")
    assert [(row[0], row[1], row[2:6], row[6], row[7]) for row in found if row[1] != "site_visit"] == [
        (ana, "purchase", web, 1, "ga4"),
        (ana, "loyalty_join", till, 2, "first_party"),
        (ana, "purchase", till, 2, "first_party"),
        (ana, "refund", till, 3, "first_party"),
        (browser, "chat", ("Organic Social", "messenger", "social", "first_party"), 1, "first_party"),
    ]
    assert sorted(row[0] for row in found if row[1] == "site_visit") == sorted([ana, browser])
    (evidence,) = warehouse.rows(f"select evidence from marts.dim_identities where identifier = '{ANA}'")
    assert evidence == ("first_party_event",)


def test_sales_are_whole_net_and_each_told_once(warehouse: Warehouse) -> None:
    found = warehouse.rows(
        "select conversion_id, customer_id is null, gross_value, refunded_value, is_new_customer"
        " from marts.fct_conversions where conversion_type = 'purchase' order by 1"
    )
    assert found == [
        ("purchase:T1", False, Decimal(80), Decimal(30), False),
        ("purchase:T2", True, Decimal(40), Decimal(0), None),
        ("purchase:W1", False, Decimal(100), Decimal(15), True),
        ("purchase:W2", True, None, None, None),  # no rates have landed
    ]
    counts = dict(warehouse.rows("select conversion_type, count(*) from marts.fct_conversions group by 1"))
    assert counts == {"loyalty": 1, "purchase": 4}


def test_what_is_no_touch_is_counted(warehouse: Warehouse) -> None:
    assert warehouse.rows("select source_record_id, reason from audit.set_aside_events order by 1") == [
        (f"first_party/loja/events/2026-01-05/{name}", "duplicate") for name in ("copy", "copy-back", "pick-up")
    ]
    # The refund that names nobody, both denials, and the sale that denies.
    assert warehouse.rows("select date, channel, event_count, purchases, revenue from audit.unconsented_events order by channel") == [
        (DAY, "Direct", 2, 1, Decimal(0)),
        (DAY, "Offline", 4, 1, Decimal(40)),
    ]
    assert warehouse.rows("select account_id, file_name, line_number, reason from audit.rejected_lines") == [
        ("loja", "2026-01-05.csv", 7, "event_id is missing")
    ]
