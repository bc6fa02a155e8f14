"""What a model has to hold at once follows from what it is about, not from the length of the history.

Each model's own statement runs over made rows within a memory limit and with no disk to go to.
"""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest
from recorded_builds import Start

LIMIT = "140MB"
"""The model takes less than 80 MB; with the touches of everybody it did not find its place in 200."""
TOUCHES = """
    select
        md5(range::varchar) as touchpoint_id, md5((range // 10)::varchar) as customer_id, 1 as journey_number,
        case range % 10 when 0 then 'email_click' when 1 then 'product_view' when 2 then 'ad_click' else 'site_visit' end
            as touchpoint_type,
        case when range % 10 > 0 then md5((range // 2)::varchar) end as session_id,
        case range % 4 when 0 then 1 when 1 then 2 else 3 end as origin_number,
        range % 10 = 0 as is_machine, range % 10 + 1 as customer_touch_number,
        timestamp '2026-01-01' + to_seconds(range) as occurred_at
    from range(1500000)
"""
"""Ten touches each of 150,000 people, eight of which may earn credit. DuckDB expects more visits that an email opened than touches."""
ORIGINS = """
    select * from (values (1, 'email', 'Direct'), (2, 'cpc', 'Direct'), (3, '(none)', 'Direct')) as told (origin_number, medium, channel)
"""
SESSION_ADS = """
    select distinct session_id, 'Paid Search' as channel from intermediate.int_touchpoints where touchpoint_type = 'ad_click'
"""
"""A visit in five, nearly all of people who never bought."""
CONVERSIONS = """
    select
        touchpoint_id as conversion_id, customer_id, journey_number, customer_touch_number, occurred_at as converted_at,
        10::decimal(18, 6) as net_value
    from intermediate.int_touchpoints where customer_touch_number = 10 and occurred_at < timestamp '2026-01-01' + to_seconds(10000)
"""
"""A thousand of them bought."""


def statement(start: Start, model: str) -> str:
    """What a full build runs to make the model."""
    made = re.compile(rf'create\s+table\s+\S+"{model}"')
    (found,) = [step[0] for kind, step in start.builds.whole.steps if kind == "sql" and made.search(step[0])]
    return str(found)


@pytest.fixture
def warehouse(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(tmp_path / "build.duckdb"), config={"memory_limit": LIMIT, "temp_directory": "", "threads": 2})
    connection.execute("create schema intermediate")
    return connection


def test_the_touches_of_people_who_never_bought_are_not_held(warehouse: duckdb.DuckDBPyConnection, shop_start: Start) -> None:
    warehouse.execute(f"create table intermediate.int_touchpoints as {TOUCHES}")
    warehouse.execute(f"create table intermediate.int_touch_origins as {ORIGINS}")
    warehouse.execute(f"create table intermediate.int_conversions as {CONVERSIONS}")
    warehouse.execute(f"create table intermediate.int_session_ads as {SESSION_ADS}")
    warehouse.execute(statement(shop_start, "int_eligible_touches"))
    found = warehouse.execute(
        "select count(*), count(distinct conversion_id), sum(touch_position), count(*) filter (where channel = 'Paid Search') "
        "from intermediate.int_eligible_touches"
    ).fetchone()
    assert found == (8_000, 1_000, 36_000, 2_000)
