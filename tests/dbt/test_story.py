"""The scripted customer, row by row: what a person reading the journey would expect to see."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from dbt_warehouse import Warehouse
from small_world_period import START

# day, journey, touchpoint type, channel, stage
STORY = [
    (0, 1, "ad_click", "Paid Social", "awareness"),
    (7, 1, "site_visit", "Organic Search", "consideration"),
    (7, 1, "product_view", "Organic Search", "consideration"),
    (7, 1, "chat", "Organic Search", "consideration"),
    (7, 1, "lead_capture", "Organic Search", "consideration"),
    (8, 1, "email_delivered", "Email", "consideration"),
    (8, 1, "email_open", "Email", "consideration"),
    (15, 1, "email_delivered", "Email", "consideration"),
    (15, 1, "email_open", "Email", "consideration"),
    (15, 1, "email_click", "Email", "consideration"),
    (15, 1, "site_visit", "Organic Video", "decision"),
    (15, 1, "product_view", "Organic Video", "consideration"),
    (15, 1, "checkout", "Organic Video", "decision"),
    (15, 1, "purchase", "Organic Video", "decision"),
    (15, 2, "email_delivered", "Email", "post_purchase"),
    (15, 2, "email_open", "Email", "post_purchase"),
    (16, 2, "site_visit", "Direct", "post_purchase"),
    (16, 2, "loyalty_join", "Direct", "post_purchase"),
    (30, 2, "site_visit", "Direct", "post_purchase"),
    (30, 2, "product_view", "Direct", "post_purchase"),
    (30, 2, "checkout", "Direct", "post_purchase"),
    (30, 2, "purchase", "Direct", "post_purchase"),
    (32, 3, "site_visit", "Direct", "post_purchase"),
    (32, 3, "support", "Direct", "post_purchase"),
]


@pytest.fixture(scope="module")
def customer(small_world: Path, built: Warehouse) -> str:
    """The one customer that all the story's identifiers belong to."""
    people = {row["person_id"] for row in pq.read_table(small_world / "truth" / "people.parquet").to_pylist() if row["is_story"]}
    identifiers = [row for row in pq.read_table(small_world / "truth" / "identifiers.parquet").to_pylist() if row["person_id"] in people]
    listed = ", ".join(f"'{row['identifier']}'" for row in identifiers)
    found = built.rows(f"select customer_id, count(*) from marts.dim_identities where identifier in ({listed}) group by all")
    ((name, count),) = found
    assert count == len(identifiers) == 4
    return str(name)


def _rows(built: Warehouse, columns: str, customer: str) -> list[tuple[Any, ...]]:
    query = f"select {columns} from marts.fct_customer_journey where customer_id = '{customer}'"
    return built.rows(f"{query} order by journey_number, touchpoint_number")


def test_each_step_is_one_row_in_its_channel_and_stage(built: Warehouse, customer: str) -> None:
    found = _rows(built, "occurred_date, journey_number, touchpoint_type, channel, journey_stage", customer)
    assert found == [(START + timedelta(days=day), *rest) for day, *rest in STORY]


def test_the_first_tap_is_the_ad_with_its_cost(built: Warehouse, customer: str) -> None:
    columns = "platform, source, campaign_name, ad_id is not null, cost > 0, cost_basis, days_to_conversion"
    found = _rows(built, columns, customer)
    assert found[0] == ("facebook_ads", "instagram", "conversao_verao_2026", True, True, "ad_day", 15)
    assert all(row[4] is None for row in found[1:])


def test_conversions_stand_on_their_own_rows(built: Warehouse, customer: str) -> None:
    found = [row for row in _rows(built, "touchpoint_type, conversion_type, conversion_value, days_to_conversion", customer) if row[1]]
    assert [row[:2] for row in found] == [
        ("lead_capture", "lead"),
        ("purchase", "purchase"),
        ("loyalty_join", "loyalty"),
        ("purchase", "purchase"),
    ]
    assert [row[2] for row in found][1::2] == [Decimal("184.3"), Decimal("299")]
    assert [row[3] for row in found] == [8, 0, 14, 0]


def test_the_first_sale_is_shared_by_its_four_arrivals(built: Warehouse, customer: str) -> None:
    found = built.rows(
        "select channel, credit, attributed_revenue from marts.fct_attribution join marts.fct_conversions using (conversion_id)"
        f" where fct_attribution.customer_id = '{customer}' and model = 'linear' and transaction_id is not null and is_new_customer"
    )
    share = Decimal("46.075")
    assert sorted(found) == [(channel, Decimal("0.25"), share) for channel in ("Email", "Organic Search", "Organic Video", "Paid Social")]
