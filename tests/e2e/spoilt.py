"""Copies of the world's folders with rows in them that no platform should send, or that it has restated."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

Row = dict[str, Any]
DAY, RESTATED = "2026-01-04", "2026-01-06"
"""The day that is spoilt, and a good one beside it that the platform has restated."""
GOOGLE = "google_ads/7310045521/performance.ndjson"
GA4 = "314159265"
META = "facebook_ads/act_880100000000011/insights.ndjson"


def _rows(file: Path) -> list[Row]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def _rewrite(file: Path, change: Callable[[list[Row]], list[Row]]) -> None:
    file.write_text("".join(json.dumps(row) + "\n" for row in change(_rows(file))))


def closed_accounts(world: Path, to: Path) -> None:
    """Google lists a client that is CANCELED; Meta's second account is disabled."""
    for source in ("google_ads", "facebook_ads"):
        shutil.copytree(world / source, to / source)
    client = {"id": "7310045529", "manager": False, "status": "CANCELED", "level": "1", "hidden": False, "descriptive_name": "Fechada"}
    for file in (to / "google_ads").glob("*/customer_client.ndjson"):
        _rewrite(file, lambda rows: [*rows, {"customer_client": client | {"currency_code": "BRL", "time_zone": "America/Sao_Paulo"}}])
    file = to / "facebook_ads" / "act_880100000000022" / "account.ndjson"
    _rewrite(file, lambda rows: [{**row, "account_status": 2} for row in rows])


def restated_rows(world: Path, to: Path) -> None:
    """The ad platforms have restated a day: seven impressions more in one account of each."""
    for source in ("google_ads", "facebook_ads"):
        shutil.copytree(world / source, to / source)
    _rewrite(to / GOOGLE, lambda rows: _seven_more(rows, lambda row: row["segments"]["date"] == RESTATED, "metrics"))
    _rewrite(to / META, lambda rows: _seven_more(rows, lambda row: row["date_start"] == RESTATED))


def bad_rows(world: Path, to: Path) -> None:
    """The restated day, and one day of each source that its checks refuse.

    Google: negative cost in one account, a gclid twice in the other. Meta: negative spend. Klaviyo: an event before 1970.
    GA4: an event of the day before in the table, which has changed since it was first read.
    """
    restated_rows(world, to)
    for source in ("klaviyo", "ga4"):
        shutil.copytree(world / source, to / source)
    _rewrite(to / GOOGLE, _negative_cost)
    _rewrite(to / "google_ads" / "7310045522" / "click_view.ndjson", lambda rows: [*rows, rows[0]])
    _rewrite(to / META, _negative_spend)
    _rewrite(next((to / "klaviyo").glob("*/events.ndjson")), _before_time)
    _changed_table(to, event_date="20260103")


def changed_ga4_table(world: Path, to: Path) -> None:
    """A table of GA4 has changed since it was first read, so that it is read again."""
    shutil.copytree(world / "ga4", to / "ga4")
    _changed_table(to)


def _changed_table(to: Path, **values: str) -> None:
    """Rewrite the day's table with these values in its first row, as of the 9th."""
    (file,) = (to / "ga4").glob(f"*/analytics_{GA4}/events_{DAY.replace('-', '')}.parquet")
    table = pq.read_table(file, partitioning=None)
    for column, value in {**values, "_from": "2026-01-09T00:00:00+00:00"}.items():
        table = _with_first(table, column, value)
    pq.write_table(table, file)


def _with_first(table: pa.Table, column: str, value: str) -> pa.Table:
    """The table with another value in the column's first row."""
    at = table.column_names.index(column)
    values = [value, *table.column(column).to_pylist()[1:]]
    return table.set_column(at, table.schema.field(at), pa.array(values, table.schema.field(at).type))


def _first(rows: list[Row], holds: Callable[[Row], bool]) -> Row:
    """The first row that holds and is shown in the end."""
    return next(row for row in rows if "_until" not in row and holds(row))


def _seven_more(rows: list[Row], holds: Callable[[Row], bool], inside: str = "") -> list[Row]:
    row = _first(rows, holds)
    figures = row[inside] if inside else row
    figures["impressions"] = str(int(figures["impressions"]) + 7)
    return rows


def _negative_cost(rows: list[Row]) -> list[Row]:
    row = _first(rows, lambda row: row["segments"]["date"] == DAY and "ad_group_ad" in row)
    row["metrics"] |= {"impressions": "5", "cost_micros": "-900000000"}
    return rows


def _negative_spend(rows: list[Row]) -> list[Row]:
    _first(rows, lambda row: row["date_start"] == DAY)["spend"] = "-900.00"
    return rows


def _before_time(rows: list[Row]) -> list[Row]:
    rows[0]["attributes"]["timestamp"] = -1
    return rows


def day_of_the_first_click(world: Path) -> str:
    """The day that ``bad_rows`` spoils in Google's second account."""
    return str(_rows(world / "google_ads" / "7310045522" / "click_view.ndjson")[0]["segments"]["date"])


def day_of_the_first_email(world: Path) -> str:
    """The day that ``bad_rows`` spoils in Klaviyo."""
    file = next((world / "klaviyo").glob("*/events.ndjson"))
    return str(_rows(file)[0]["attributes"]["datetime"])[:10]


def restated_cost(world: Path, to: Path, day: date, *, more: int) -> None:
    """Google has restated the day: the ad with the most clicks cost so many units of the account's currency more."""
    shutil.copytree(world / "google_ads", to / "google_ads")

    def restate(rows: list[Row]) -> list[Row]:
        of_the_day = [row for row in rows if row["segments"]["date"] == day.isoformat() and "ad_group_ad" in row and "_until" not in row]
        metrics = max((row["metrics"] for row in of_the_day), key=lambda metrics: int(metrics["clicks"]))
        metrics["cost_micros"] = str(int(metrics["cost_micros"]) + more * 1_000_000)
        return rows

    _rewrite(to / GOOGLE, restate)
