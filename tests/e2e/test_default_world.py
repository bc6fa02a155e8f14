"""``make run``'s own job over its own 90 days, held against the simulated truth and against the contract."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from contract import MARTS, MONEY, OTHER_TABLES

from journey.attribution import MODELS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """JOURNEY_HOME of a run of the default world."""
    folder = tmp_path_factory.mktemp("default-world")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW_CONN_", "JOURNEY_"))}
    command = [sys.executable, "-m", "journey.demo"]
    outcome = subprocess.run(command, env=environ | {"JOURNEY_HOME": str(folder)}, capture_output=True, text=True, check=False, cwd=ROOT)
    assert outcome.returncode == 0, outcome.stdout[-4000:] + outcome.stderr[-4000:]
    return folder


@pytest.fixture(scope="module")
def served(home: Path) -> duckdb.DuckDBPyConnection:
    """The served file, opened as any reader would, with the truth beside it."""
    connection = duckdb.connect(str(home / "warehouse" / "customer_journey.duckdb"), read_only=True)
    (world,) = (home / "sandbox").glob("world-*")
    for file in sorted((world / "truth").glob("*.parquet")):
        connection.execute(f"create temp view truth_{file.stem} as select * from read_parquet('{file}')")
    return connection


def rows(served: duckdb.DuckDBPyConnection, query: str) -> list[tuple[object, ...]]:
    return served.execute(query).fetchall()


def test_no_process_needs_two_gigabytes(home: Path) -> None:
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 < 2 * 10**9


def test_every_mart_has_exactly_the_columns_of_the_contract(served: duckdb.DuckDBPyConnection) -> None:
    for table, columns in MARTS.items():
        found = rows(served, f"select column_name, column_type from (describe marts.{table})")
        assert [name for name, _ in found] == columns.split(), table
        assert {kind for name, kind in found if name in MONEY} <= {"DECIMAL(18,6)"}, table
        assert {kind for name, kind in found if str(name).endswith("_at")} <= {"TIMESTAMP"}, table
    tables = set(rows(served, "select schema_name, table_name from duckdb_tables() where schema_name in ('marts', 'audit')"))
    assert tables >= OTHER_TABLES


def test_every_table_says_its_grain(served: duckdb.DuckDBPyConnection) -> None:
    comments = rows(served, "select table_name, comment from duckdb_tables() where schema_name in ('marts', 'audit') order by all")
    assert [name for name, comment in comments if "One row per" not in str(comment)] == []


def test_the_sample_queries_of_the_readme_answer(served: duckdb.DuckDBPyConnection) -> None:
    queries = re.findall(r"```sql\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)
    assert len(queries) >= 3
    for query in queries:
        assert len(rows(served, query)) > 1, query


def test_touchpoints_equal_the_truth_by_type_and_day(served: duckdb.DuckDBPyConnection) -> None:
    different = rows(
        served,
        """
        with ours as (select touchpoint_type, occurred_date as day, count(*) as number from marts.fct_customer_journey group by all),
        truth as (select touchpoint_type, day::date as day, count(*) as number from truth_touchpoints group by all)
        select touchpoint_type, day, ours.number, truth.number from ours full join truth using (touchpoint_type, day)
        where ours.number is distinct from truth.number
        """,
    )
    assert different == []
    assert rows(served, "select count(*) > 40000 from marts.fct_customer_journey") == [(True,)]


def test_arrivals_equal_the_truth_by_channel(served: duckdb.DuckDBPyConnection) -> None:
    arrival = "touchpoint_type in ('ad_click', 'site_visit')"
    query = f"select channel, count(*) from {{}} where {arrival} group by channel order by channel"
    assert rows(served, query.format("marts.fct_customer_journey")) == rows(served, query.format("truth_touchpoints"))


def test_conversions_and_revenue_equal_the_truth_to_the_cent(served: duckdb.DuckDBPyConnection) -> None:
    figures = "conversion_type, count(*), sum(gross_value), sum(refunded_value), sum(net_value), count(person)"
    ours = rows(served, f"select {figures.replace('person', 'customer_id')} from marts.fct_conversions group by 1 order by 1")
    truth = rows(served, f"select {figures.replace('person', 'person_id')} from truth_conversions group by 1 order by 1")
    assert ours == truth
    by_transaction = "select transaction_id, gross_value, net_value from {} where conversion_type = 'purchase' order by all"
    assert rows(served, by_transaction.format("marts.fct_conversions")) == rows(served, by_transaction.format("truth_conversions"))


def test_spend_equals_the_accounts_totals_to_the_micro(served: duckdb.DuckDBPyConnection) -> None:
    truth = rows(
        served, "select platform, account_id, date::date, sum(spend) from truth_ad_spend group by all having sum(spend) <> 0 order by all"
    )
    performance = "select platform, account_id, date, sum(account_spend) from marts.fct_ad_performance_daily group by all"
    assert rows(served, f"{performance} having sum(account_spend) <> 0 order by all") == truth
    billed = "select platform, account_id, date, account_amount from marts.fct_spend_reconciliation where grain = 'account'"
    assert rows(served, f"{billed} and component = 'billed' and account_amount <> 0 order by all") == truth
    unequal = rows(
        served,
        """
        with sums as (
            select grain, platform, account_id, date,
                sum(account_amount) filter (where component = 'billed') as billed_account_amount,
                sum(account_amount) filter (where component <> 'billed') as other_account_amounts,
                sum(amount) filter (where component = 'billed') as billed_amount,
                sum(amount) filter (where component <> 'billed') as other_amounts
            from marts.fct_spend_reconciliation group by all
        )
        from sums
        where billed_account_amount is distinct from other_account_amounts or billed_amount is distinct from other_amounts
        """,
    )
    assert unequal == []
    assert rows(served, "select distinct grain from marts.fct_spend_reconciliation order by 1") == [
        ("account",), ("ad",), ("ad_group",), ("campaign",),
    ]  # fmt: skip


def test_cost_on_touchpoints_is_what_was_allocated(served: duckdb.DuckDBPyConnection) -> None:
    allocated = "select sum(amount) from marts.fct_spend_reconciliation where grain = 'account' and component = 'allocated'"
    assert rows(served, "select sum(cost) from marts.fct_customer_journey") == rows(served, allocated)


def test_credit_is_whole_and_revenue_is_the_same_in_every_model(served: duckdb.DuckDBPyConnection) -> None:
    assert rows(served, "select conversion_id, model from marts.fct_attribution group by all having sum(credit) <> 1") == []
    revenue = rows(served, "select sum(net_value) from marts.fct_conversions")
    by_model = rows(served, "select model, sum(attributed_revenue) from marts.fct_attribution group by model")
    assert {total for _, total in by_model} == {revenue[0][0]}
    assert {model for model, _ in by_model} == set(MODELS)


def test_people_are_who_they_are(served: duckdb.DuckDBPyConnection) -> None:
    """Pairwise precision and recall over identifiers; devices that several people use are excepted, and counted.

    An address that went from one person to another counts for each, in their turn.
    """
    served.execute(
        """
        create or replace temp table pairs as
        with ours as (
            select *, row_number() over (partition by identifier_type, identifier order by valid_from, valid_to) as turn
            from marts.dim_identities
        ),
        held as (
            select truth.person_id, ours.customer_id, truth.identifier_type || ':' || truth.identifier || ':' || turn as identifier
            from truth_identifiers as truth
            inner join ours using (identifier_type, identifier, turn)
            where not truth.is_shared_device
        )
        select one.person_id = other.person_id as is_same_person, one.customer_id = other.customer_id as is_same_customer
        from held as one inner join held as other on one.identifier < other.identifier
            and (one.person_id = other.person_id or one.customer_id = other.customer_id)
        """
    )
    both, ours, truth = rows(
        served,
        "select count(*) filter (where is_same_person and is_same_customer), count(*) filter (where is_same_customer), "
        "count(*) filter (where is_same_person) from pairs",
    )[0]
    assert isinstance(both, int) and isinstance(ours, int) and isinstance(truth, int)  # noqa: PT018
    assert truth > 2000
    assert both / ours >= 0.999
    assert both / truth >= 0.98
    missing = rows(served, "select count(*) from truth_identifiers anti join marts.dim_identities using (identifier_type, identifier)")
    assert missing == [(0,)]
    assert rows(served, "select count(distinct identifier) > 0 from truth_identifiers where is_shared_device") == [(True,)]
    assert rows(served, "select count(*) from truth_identifiers where turn > 1") == [(20,)]


STORY = [
    ("ad_click", "awareness", "Paid Social", 1),
    ("site_visit", "consideration", "Organic Search", 1),
    ("product_view", "consideration", "Organic Search", 1),
    ("chat", "consideration", "Organic Search", 1),
    ("lead_capture", "consideration", "Organic Search", 1),
    ("email_delivered", "consideration", "Email", 1),
    ("email_open", "consideration", "Email", 1),
    ("email_delivered", "consideration", "Email", 1),
    ("email_open", "consideration", "Email", 1),
    ("email_click", "consideration", "Email", 1),
    ("site_visit", "decision", "Organic Video", 1),
    ("product_view", "consideration", "Organic Video", 1),
    ("checkout", "decision", "Organic Video", 1),
    ("purchase", "decision", "Organic Video", 1),
    ("email_delivered", "post_purchase", "Email", 2),
    ("email_open", "post_purchase", "Email", 2),
    ("site_visit", "post_purchase", "Direct", 2),
    ("loyalty_join", "post_purchase", "Direct", 2),
    ("site_visit", "post_purchase", "Direct", 2),
    ("product_view", "post_purchase", "Direct", 2),
    ("checkout", "post_purchase", "Direct", 2),
    ("purchase", "post_purchase", "Direct", 2),
    ("site_visit", "post_purchase", "Direct", 3),
    ("support", "post_purchase", "Direct", 3),
]
"""Type, stage, channel and journey of each row: two journeys that end with a purchase, and the open one after them."""


def test_the_seed_story_row_by_row(served: duckdb.DuckDBPyConnection) -> None:
    mine = (
        "customer_id in (select customer_id from marts.dim_identities inner join truth_identifiers using (identifier_type, identifier) "
        "inner join truth_people using (person_id) where is_story)"
    )
    found = rows(
        served,
        f"select touchpoint_type, journey_stage, channel, journey_number from marts.fct_customer_journey where {mine} "
        "order by journey_number, touchpoint_number",
    )
    assert found == STORY
    first = rows(
        served, f"select platform, source, cost > 0, cost_basis from marts.fct_customer_journey where {mine} order by occurred_at limit 1"
    )
    assert first == [("facebook_ads", "instagram", True, "ad_day")]
    identities = rows(
        served,
        f"select identifier_type, count(*), count(distinct customer_id) from marts.dim_identities "
        f"where {mine} and identifier_type in ('device', 'email_sha256', 'user_id') group by 1 order by 1",
    )
    assert identities == [("device", 2, 1), ("email_sha256", 1, 1), ("user_id", 1, 1)]
    purchases = rows(
        served,
        f"select is_new_customer, net_value, sum(credit) from marts.fct_conversions inner join marts.fct_attribution using (conversion_id) "
        f"where fct_conversions.{mine} and conversion_type = 'purchase' and model = 'linear' group by all order by is_new_customer desc",
    )
    assert [(new, credit) for new, _, credit in purchases] == [(True, 1), (False, 1)]


def test_the_journey_map_needs_nothing_from_outside(home: Path) -> None:
    page = (home / "reports" / "journey_map.html").read_text()
    body = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert re.findall(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=", page) == []
    for heading in ("From stage to stage", "How far customers come", "Spend and revenue by channel", "One customer", "Quality of the data"):
        assert heading in body
    assert "loyalty_join" in body
    docs = (home / "reports" / "data_docs" / "index.html").read_text()
    assert re.findall(r"(?:src|href)=['\"]https?://", docs) == []
