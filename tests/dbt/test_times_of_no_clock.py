"""Times far from any clock (the year 1, 9999 or 294247, infinity, words), from every source that tells times, in one build."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from dbt_warehouse import Rows, Warehouse, land_rows
from recorded_builds import Start
from small_rows import DAYS, Row
from small_shop import event

from expectations.landing.matomo import LAST_SECOND
from extractors.landing import Landing

YEARS = ("0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00", "294247-01-10T04:00:54+00:00")
TEXTS = (*YEARS, "infinity", "-infinity", "nan", "-5", "soon")
"""Of a profile, a campaign or a message: platforms write these as texts, and land as they are."""
STARTED = 1_767_700_800
"""Noon of the second day, in seconds."""
SECONDS = (1, 253_402_300_799, LAST_SECOND)


def visit(number: int, first: int, *orders: int) -> Row:
    """A visit that ends at noon, with an order at each of some times; all are of one transaction."""
    shared = {"type": "ecommerceOrder", "url": "https://outlet.example/", "orderId": f"o{number}", "revenue": 7}
    actions = [{**shared, "timestamp": moment} for moment in orders]
    place = {"idSite": 7, "idVisit": number, "visitorId": f"{number:016x}", "siteCurrency": "BRL", "referrerType": "direct"}
    return {**place, "firstActionTimestamp": first, "lastActionTimestamp": STARTED, "actionDetails": actions}


def odd_texts(**fields: Any) -> list[Row]:
    """A row for each text: ``{}`` in a field's value is the row's number, ``time`` its text."""
    made = []
    for number, text in enumerate(TEXTS):
        told = {name: value.format(number) if isinstance(value, str) and value != "time" else value for name, value in fields.items()}
        made.append({name: text if value == "time" else value for name, value in told.items()})
    return made


@pytest.fixture(scope="module")
def warehouse(own_start: Start, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    home: Path = tmp_path_factory.mktemp("times")
    landing = Landing(home / "landing")
    people = [event(f"d{number}", 10, user_id=f"u{number}") for number in range(len(TEXTS))]
    campaigns = odd_texts(campaign_name="n{}", campaign_start_date_time="time", campaign_end_date_time="time")
    google = [{**held, "campaign_id": number, "campaign_status": "ENABLED"} for number, held in enumerate(campaigns)]
    zone = {"customer_id": 10, "customer_currency_code": "USD", "customer_time_zone": "America/Sao_Paulo"}
    members = [
        {"list_id": "l1", "email_sha256": f"{number:064x}", "status": "subscribed", "timestamp_opt": moment}
        for number, moment in enumerate((datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)))
    ]
    visits = [visit(10 + number, seconds) for number, seconds in enumerate(SECONDS)]
    visits += [visit(20, STARTED, *SECONDS, STARTED)]
    landed = [
        ("ga4", "events", "1", people),
        ("klaviyo", "profiles", "k1", odd_texts(id="p{}", external_id="u{}", created="time")),
        ("klaviyo", "campaign_messages", "k1", odd_texts(id="m{}", campaign_id="c{}", send_time="time")),
        ("facebook_ads", "campaigns", "20", odd_texts(id="{}", account_id="20", name="n{}", start_time="time", stop_time="time")),
        ("google_ads", "campaign", "10", google),
        ("google_ads", "customer", "10", [zone]),
        ("mailchimp", "members", "m1", members),
    ]
    partitions = [Rows(source, stream, account, DAYS[0], rows) for source, stream, account, rows in landed]
    land_rows(landing, [*partitions, Rows("matomo", "visits", "7", DAYS[1], visits)], load="one")
    return own_start.whole(home / "warehouse", landing)


def test_the_calendar_has_the_days_of_the_data(warehouse: Warehouse) -> None:
    """One action in the year 294235 made a hundred million days of it, one in 1970 twenty thousand."""
    assert warehouse.rows("select min(date), max(date), count(*) from marts.dim_dates") == [(DAYS[0], DAYS[1], 2)]


def test_visits_and_orders_of_an_impossible_clock_are_set_aside_and_counted(warehouse: Warehouse) -> None:
    aside = "select reason, count(*) from audit.set_aside_events group by all order by all"
    assert warehouse.rows(aside) == [("impossible_clock", 2 + len(SECONDS)), ("over_long", 1)]
    assert warehouse.rows("select records from audit.bad_input where kind = 'impossible_clock'") == [(5,)]
    sold = "select transaction_id, converted_date, net_value from marts.fct_conversions"
    assert warehouse.rows(sold) == [("o20", date(2026, 1, 6), 7)], "the order of a clock that can be is the sale"
    assert warehouse.rows("select count(*) from marts.fct_customer_journey where session_id like 'matomo.%'") == [(2,)]


def test_everybody_and_every_campaign_is_there(warehouse: Warehouse) -> None:
    assert warehouse.rows("select count(distinct customer_id) from marts.dim_identities where identifier_type = 'user_id'") == [
        (len(TEXTS),)
    ]
    campaigns = "select platform, count(*) from marts.dim_campaigns group by all order by all"
    assert warehouse.rows(campaigns) == [("facebook_ads", len(TEXTS)), ("google_ads", len(TEXTS))]
    last = "select started_at, ended_at from marts.dim_campaigns where platform = 'google_ads' and campaign_id = '2'"
    assert warehouse.rows(last) == [(None, None)], "its moment in UTC is beyond the last"
