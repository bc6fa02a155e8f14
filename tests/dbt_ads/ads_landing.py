"""A landing zone written by hand, and dbt builds of the advertising models on it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pyarrow as pa
import pytest

from extractors import registry
from extractors.landing import Landing, stage
from journey.build import seldom_collecting
from journey.prepare import prepare, remember
from journey.settings import ROOT

Row = dict[str, Any]
NOW = datetime(2026, 1, 20, tzinfo=UTC)
MODELS = ["google_campaign_channels", "int_ad_touches", "path:models/staging/ads", "path:models/intermediate/ads", "path:models/marts/ads"]
CALENDAR = "intermediate.int_fx_rates_daily"
"""Forty years of days in the reporting currency; its other rows are compared by themselves."""
MANIFEST: list[Any] = []
WRITTEN_TOUCHES = """{{ config(
    materialized='incremental',
    incremental_strategy='replace_what_differs',
    unique_key='touchpoint_id',
    meta={'tells': ['touchpoint_id', 'click_id']}
) }}
select * from written.ad_touches
"""
TOUCH_COLUMNS = ("touchpoint_id", "session_id", "occurred_at", "click_id", "click_id_type", "meta_ad_id", "campaign_name")


class AdsLanding:
    """Lands rows stream by stream, as a load would: staged, then committed with a ledger row."""

    def __init__(self, root: Path) -> None:
        self.landing = Landing(root / "landing")
        self.quarantine = root / "quarantine"
        self.loads = 0

    def land(self, source: str, stream: str, account: str, day: str, rows: Iterable[Row]) -> None:
        """One partition of a load of its own; a column that a row leaves out is null, or 0 for a metric."""
        found = registry.load(source).stream(stream)
        columns = {
            field.name: pa.array([_value(row, field) for row in rows], field.type) for rows in [list(rows)] for field in found.schema
        }
        self.loads += 1
        load, table = f"load-{self.loads:03}", pa.table(columns, schema=found.schema)
        held = stage(
            self.landing.staged, found, [table], load_id=load, source=source, account=account, day=date.fromisoformat(day), loaded_at=NOW
        )
        self.landing.commit(load, [held], self.quarantine, loaded_at=NOW.replace(second=self.loads % 60, minute=self.loads // 60))


def _value(row: Row, field: pa.Field) -> Any:
    value = row.get(field.name, 0 if field.name.startswith("metrics_") else None)
    if isinstance(value, str) and pa.types.is_date32(field.type):
        return date.fromisoformat(value)
    if pa.types.is_decimal(field.type) and value is not None:
        return Decimal(str(value))
    return value


class Warehouse:
    """One build file. Touches, which the journey models give, are written into it, and `int_ad_touches` reads them there."""

    def __init__(self, folder: Path, landing: Landing) -> None:
        self.folder, self.landing, self.file = folder, landing, folder / "build.duckdb"

    def build(self, touches: Sequence[Sequence[str | None]], *, full: bool, with_tests: bool = True) -> None:
        """Build the advertising models; AssertionError names what failed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        prepare(self.file, self.landing, full=full)
        self._write(touches)
        failed = _dbt(self.folder, self.file, full=full, with_tests=with_tests)
        assert not failed, "\n".join(failed)
        remember(self.file)

    def _write(self, touches: Sequence[Sequence[str | None]]) -> None:
        with duckdb.connect(str(self.file)) as connection:
            connection.execute("create schema if not exists written")
            connection.execute(
                "create or replace table written.ad_touches (touchpoint_id varchar, session_id varchar, occurred_at timestamp, "
                "click_id varchar, click_id_type varchar, meta_ad_id varchar, campaign_name varchar, campaign_id varchar, platform varchar)"
            )
            connection.executemany(
                f"insert into written.ad_touches ({', '.join(TOUCH_COLUMNS)}) values (?, ?, ?, ?, ?, ?, ?)",
                [[touch[0], *touch] for touch in touches],
            )
            connection.execute(
                "update written.ad_touches set platform = case when click_id_type in ('gclid', 'gbraid', 'wbraid') then 'google_ads' "
                "when click_id_type = 'fbclid' or meta_ad_id is not null then 'facebook_ads' end"  # as a session's
            )

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.file), read_only=True) as connection:
            found: list[tuple[Any, ...]] = connection.execute(query).fetchall()
            return found

    def contents(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every table that the models made, by schema and name, with its rows in order."""
        made = "select schema_name || '.' || table_name from duckdb_tables() where schema_name in ('staging', 'intermediate', 'marts')"
        with duckdb.connect(str(self.file), read_only=True) as connection:
            names = [name for (name,) in connection.execute(made + " order by 1").fetchall()]
            return {name: connection.execute(f"from {name} order by all").fetchall() for name in names if name != CALENDAR}


def _dbt(folder: Path, file: Path, *, full: bool, with_tests: bool) -> list[str]:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    project = folder / "dbt_project"
    shutil.copytree(ROOT / "dbt_project", project, dirs_exist_ok=True)
    (project / "models" / "intermediate" / "int_ad_touches.sql").write_text(WRITTEN_TOUCHES)
    arguments = ["--project-dir", str(project), "--profiles-dir", str(project), "--quiet"]
    arguments += ["--vars", orjson.dumps({"reporting_currency": "BRL"}).decode()]
    chosen = [word for model in MODELS for word in ("--select", model)]
    # The aggregates' sums and the dimensions' keys are of the whole project's marts, most of which are not built here.
    chosen += ["--exclude", "path:tests/aggregates", "--exclude", "path:tests/dimensions"]
    chosen += [] if with_tests else ["--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]
    chosen += ["--full-refresh"] if full else []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JOURNEY_BUILD_DB", str(file))
        patch.setenv("DBT_TARGET_PATH", str(folder / "target"))
        patch.setenv("DBT_LOG_PATH", str(folder / "logs"))
        patch.setenv("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
        if not MANIFEST:  # reading the project takes longer than building it, and it is the same for every build
            MANIFEST.append(dbtRunner().invoke(["parse", *arguments]).result)
        with seldom_collecting():
            outcome = dbtRunner(manifest=MANIFEST[0]).invoke(["build", *arguments, *chosen])
        DuckDBConnectionManager.close_all_connections()  # dbt keeps the file open for the life of the process
    if outcome.exception is not None:
        return [str(outcome.exception)]
    assert len(outcome.result.results) > 30, "the selection found no models"
    return [f"{done.node.name}: {done.status} {done.message}" for done in outcome.result.results if done.status in {"error", "fail"}]
