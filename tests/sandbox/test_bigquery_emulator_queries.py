"""Queries on the BigQuery emulator, through the official client."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from ga4_rows import DATASET, PROJECT, event, rest, write
from google.api_core import exceptions
from google.cloud import bigquery

from sandbox.emulators.faults import FaultPlan
from sandbox.emulators.ga4 import serve
from sandbox.emulators.recorded import Clock

DAY = f"`{PROJECT}.{DATASET}.events_20260105`"
DAYS = f"`{PROJECT}.{DATASET}.events_*`"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[bigquery.Client]:
    for day in (5, 6, 7):
        rows = [event(n, f"2026010{day}", **({"platform": "WEB"} if day == 7 else {})) for n in range(10)]
        write(tmp_path, f"events_2026010{day}", rows)
    server = serve(tmp_path, clock=Clock(), faults=FaultPlan())
    yield rest(server)
    server.stop()


def rows(client: bigquery.Client, sql: str, **config: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in client.query(sql, bigquery.QueryJobConfig(**config)).result()]


def test_counts_and_sums_come_in_bigquerys_types(client: bigquery.Client) -> None:
    sql = f"""
        SELECT event_name, COUNT(*) AS events, SUM(event_timestamp - 1767614400000000) AS micros, -- a comment with `ticks`
               AVG(ecommerce.purchase_revenue) AS revenue, MIN(PARSE_DATE('%Y%m%d', event_date)) AS day,
               MAX(TIMESTAMP_MICROS(event_timestamp)) AS latest, LOGICAL_OR(is_active_user) AS active
        FROM {DAY} WHERE event_name != "nothing" GROUP BY event_name ORDER BY events DESC"""
    result = client.query(sql).result()
    assert [field.field_type for field in result.schema] == ["STRING", "INTEGER", "INTEGER", "FLOAT", "DATE", "TIMESTAMP", "BOOLEAN"]
    first, second = (dict(row) for row in result)
    assert (first["event_name"], first["events"], first["micros"], first["revenue"]) == ("page_view", 8, 40_000_000, None)
    assert (second["events"], second["micros"], second["revenue"]) == (2, 5_000_000, 10.25)
    assert (first["day"], first["active"]) == (date(2026, 1, 5), True)
    assert first["latest"] == datetime.fromtimestamp(1767614409, tz=UTC)


def test_wildcards_take_the_newest_schema_and_the_suffix_chooses(client: bigquery.Client) -> None:
    sql = f"""
        SELECT _TABLE_SUFFIX AS s, COUNT(*) AS n, COUNT(platform) AS p
        FROM {DAYS} WHERE _TABLE_SUFFIX >= '20260106' GROUP BY s ORDER BY s"""
    assert rows(client, sql) == [{"s": "20260106", "n": 10, "p": 0}, {"s": "20260107", "n": 10, "p": 10}]
    everything = list(client.query_and_wait(f"SELECT * FROM {DAYS} WHERE _TABLE_SUFFIX = '20260105'"))
    assert len(everything) == 10
    assert "_TABLE_SUFFIX" not in dict(everything[0])


def test_unnest_in_from_and_in_a_subquery(client: bigquery.Client) -> None:
    sql = f"""
        SELECT e.event_timestamp, p.value.int_value AS session,
               (SELECT value.string_value FROM UNNEST(event_params) WHERE key = 'page_title') AS title
        FROM {DAY} AS e, UNNEST(e.event_params) AS p
        WHERE p.key IN UNNEST(@keys) ORDER BY session"""
    found = rows(client, sql, query_parameters=[bigquery.ArrayQueryParameter("keys", "STRING", ["ga_session_id"])])
    assert [row["session"] for row in found] == list(range(10))
    assert {row["title"] for row in found} == {event(1)["event_params"][1]["value"]["string_value"]}
    items = rows(client, f"SELECT SUM(i.price) AS price, COUNT(*) AS n FROM {DAY} CROSS JOIN UNNEST(items) AS i")
    assert items == [{"price": 10.5, "n": 4}]


def test_names_that_are_no_tables_stay(client: bigquery.Client) -> None:
    sql = f"""
        WITH days AS (SELECT TIMESTAMP_MICROS(event_timestamp) AS at, event_name FROM {DATASET}.events_20260105)
        SELECT EXTRACT(HOUR FROM days.at) AS hour, "FROM `x.y`" AS text, COUNT(*) AS n FROM days GROUP BY ALL"""
    assert rows(client, sql, default_dataset=f"{PROJECT}.{DATASET}") == [{"hour": 12, "text": "FROM `x.y`", "n": 10}]


def test_parameters_default_dataset_and_paging(client: bigquery.Client) -> None:
    config = {
        "default_dataset": f"{PROJECT}.{DATASET}",
        "query_parameters": [bigquery.ScalarQueryParameter("least", "INT64", 1767614403000000)],
    }
    sql = "SELECT event_timestamp AS t FROM `events_20260106` WHERE event_timestamp >= @least ORDER BY t"
    job = client.query(sql, bigquery.QueryJobConfig(**config))
    result = job.result(page_size=3)
    assert [len(list(page)) for page in result.pages] == [3, 3, 1]
    assert result.total_rows == 7


@pytest.mark.parametrize(
    ("sql", "error", "reason"),
    [
        (f"SELECT 1 FROM {DATASET}.events_20250101", exceptions.BadRequest, "invalidQuery"),
        ("SELEC 1", exceptions.BadRequest, "invalidQuery"),
        (f"SELECT nothing FROM {DAY}", exceptions.BadRequest, "invalidQuery"),
        ("DELETE FROM x WHERE TRUE", exceptions.BadRequest, "invalidQuery"),
        ("SELECT * FROM read_csv('/etc/hostname')", exceptions.BadRequest, "invalidQuery"),
        (f"SELECT 1 FROM `{PROJECT}.{DATASET}.events_20250101`", exceptions.NotFound, "notFound"),
        (f"SELECT 1 FROM `{PROJECT}.nowhere.events_*`", exceptions.NotFound, "notFound"),
    ],
)
def test_a_bad_query_is_refused_with_bigquerys_reason(client: bigquery.Client, sql: str, error: type[Exception], reason: str) -> None:
    with pytest.raises(error) as caught:
        client.query_and_wait(sql, retry=None, job_retry=None)
    assert caught.value.errors[0]["reason"] == reason  # type: ignore[attr-defined]
