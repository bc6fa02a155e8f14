"""Fields that the Connection adds: what lands, what is refused before anything is loaded, and what the later steps make of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import google_ads_folder as world
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from expectations.landing import validate
from extractors.connections import Connection, from_json
from extractors.errors import ConfigurationError, Unreachable
from extractors.google_ads import SOURCE
from extractors.landing import Landing, Partition
from extractors.runner import Report, run
from extractors.stream import Days
from journey.prepare import prepare
from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.emulators.google_ads import GoogleAdsEmulator, serve
from sandbox.emulators.recorded import Clock

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
TWO_DAYS = Days(world.DAYS[0], world.DAYS[1])
FIELDS = {
    "campaign": ["campaign.labels", "campaign.bidding_strategy_type", "campaign.optimization_score", "customer.id", "campaign.name"],
    "ad_performance": ["metrics.ctr", "campaign.name", "metrics.average_cpc"],
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GoogleAdsEmulator]:
    emulator = serve(world.build(tmp_path_factory.mktemp("rows")), clock=Clock(NOW), faults=FaultPlan())
    yield emulator
    emulator.stop()


def load(server: GoogleAdsEmulator, root: Path, fields: Any, *, load_id: str = "load-1", days: Days = TWO_DAYS) -> tuple[Report, Landing]:
    made = from_json("google_ads_default", json.dumps(server.connection))
    extra = {**made.extra, "retry_seconds": 0.01, "accounts": [world.CLIENT], **({} if fields is None else {"fields": fields})}
    landing = Landing(root)
    streams = ("campaign", "ad_performance", "account_performance")
    return run(
        SOURCE, Connection("google_ads_default", extra=extra), days, landing, load_id=load_id, loaded_at=NOW, streams=streams
    ), landing


def staged(report: Report, landing: Landing, stream: str) -> list[tuple[Partition, pa.Table]]:
    found = [part for part in report.partitions if part.stream == stream]
    return [(part, pq.read_table(landing.staged_file(part), partitioning=None)) for part in found]


@pytest.mark.parametrize("form", [FIELDS, json.dumps(FIELDS)])
def test_configured_fields_land_as_nullable_columns_of_their_type(server: GoogleAdsEmulator, tmp_path: Path, form: Any) -> None:
    report, landing = load(server, tmp_path, form)
    assert report.errors == []
    ((_, campaigns),) = staged(report, landing, "campaign")
    added = [field for field in campaigns.schema if field.metadata and field.metadata.get(b"configured") == b"true"]
    assert {field.name: (field.type, field.nullable) for field in added} == {
        "campaign_labels": (pa.list_(pa.string()), True),
        "campaign_bidding_strategy_type": (pa.string(), True),
        "campaign_optimization_score": (pa.float64(), True),
        "customer_id": (pa.int64(), True),
    }
    names = [field.name for field in added]
    assert campaigns.select(names).to_pylist() == [
        dict(zip(names, ([f"customers/{world.CLIENT}/labels/5"], "TARGET_CPA", 0.75, int(world.CLIENT)), strict=True)),
        dict(zip(names, ([], None, None, int(world.CLIENT)), strict=True)),
    ]
    (_, ads), _ = staged(report, landing, "ad_performance")
    rows = ads.filter(pa.compute.equal(ads["ad_group_ad_ad_id"], 31)).to_pylist()
    assert [(row["metrics_ctr"], row["metrics_average_cpc"], row["campaign_name"]) for row in rows] == [(0.2, 750_000, "Busca")] * 2
    (_, account), _ = staged(report, landing, "account_performance")
    assert account.schema.names[:-2] == SOURCE.stream("account_performance").schema.names


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"campaign": ["campaign.label"]}, "campaign.label (stream campaign) is no field"),
        ({"campaign": ["ad_group.name"]}, "ad_group.name cannot be had with the stream campaign"),
        ({"campaign": ["campaign.network_settings"]}, "campaign.network_settings (stream campaign) cannot be selected"),
        ({"campaign": ["metrics.clicks"]}, "metrics.clicks cannot be had with the stream campaign"),
        ({"ad_performance": ["segments.hour"]}, "segments.hour (stream ad_performance) is a segment"),
        ({"campaigns": ["campaign.labels"]}, "there is no stream campaigns"),
        ({"campaign": "campaign.labels"}, "must be an object of lists"),
        ({"campaign": ["campaign.id' OR name != '"]}, "not the name of a field"),
        ("{", "is not JSON"),
    ],
)
def test_a_field_that_cannot_be_had_is_named_before_the_load(server: GoogleAdsEmulator, tmp_path: Path, fields: Any, named: str) -> None:
    report, _ = load(server, tmp_path, fields)
    (error,) = report.errors
    assert isinstance(error, ConfigurationError)
    assert "extra.fields" in str(error)
    assert named in str(error)
    assert report.partitions == []


def test_clicks_have_their_own_metric_only(server: GoogleAdsEmulator, tmp_path: Path) -> None:
    report, _ = load(server, tmp_path, {"click_view": ["metrics.impressions"]})
    assert "metrics.impressions cannot be had with the stream click_view" in str(report.errors[0])


def test_a_catalogue_that_does_not_answer_fails_the_load(server: GoogleAdsEmulator, tmp_path: Path) -> None:
    once = server.faults.add(Fault("google_ads", "unavailable", operation="SearchGoogleAdsFields"))
    report, _ = load(server, tmp_path, FIELDS)
    assert (report.errors, once.hits) == ([], 1)
    ever = server.faults.add(Fault("google_ads", "internal_transient", operation="SearchGoogleAdsFields", times=None))
    report, _ = load(server, tmp_path, FIELDS)
    server.faults.clear()
    assert [type(error) for error in report.errors] == [Unreachable]
    assert (report.partitions, ever.hits) == ([], 6)


def test_configured_fields_are_no_drift_and_reach_the_warehouse_with_the_days_before(server: GoogleAdsEmulator, tmp_path: Path) -> None:
    root = tmp_path / "landing"
    for number, fields in enumerate((None, FIELDS, FIELDS, None), start=1):
        last = world.DAYS[min(number, 3)]
        report, landing = load(server, root, fields, load_id=f"load-{number}", days=Days(world.DAYS[min(number, 3) - 1], last))
        results = validate(landing, report.load_id, report.partitions, recent=[])
        assert [(result.expectation, result.observed) for result in results if not result.success] == []
        done = landing.commit(report.load_id, report.partitions, tmp_path / "quarantine", loaded_at=NOW)
        if number == 3:
            third = {(part.stream, part.dt): part.status for part in done}
    # A third load of 3 March, with the same fields, is the same file; 4 March was new.
    assert third["ad_performance", "2026-03-03"] == "unchanged"
    assert third["ad_performance", "2026-03-04"] == "landed"
    prepare(tmp_path / "build.duckdb", landing, full=True)
    with duckdb.connect(str(tmp_path / "build.duckdb"), read_only=True) as built:
        query = "select dt::varchar, count(*), count(metrics_ctr) from landing.google_ads__ad_performance group by all order by all"
        assert built.execute(query).fetchall() == [("2026-03-01", 4, 0), ("2026-03-02", 4, 4), ("2026-03-03", 4, 0), ("2026-03-04", 4, 0)]
