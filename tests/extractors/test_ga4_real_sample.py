"""Real export rows, recorded elsewhere, through both ways of the GA4 source: every count as counted independently."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from test_ga4 import load

from sandbox.emulators.faults import FaultPlan
from sandbox.emulators.ga4 import Ga4Server, serve
from sandbox.emulators.recorded import Clock

SAMPLE = Path(__file__).resolve().parents[2].parent / "shared" / "real" / "ga4_sample"
pytestmark = pytest.mark.skipif(not SAMPLE.is_dir(), reason="the recorded sample is not beside the repository (../shared/real/ga4_sample)")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Ga4Server]:
    dataset = tmp_path / "ga4" / "merchandise" / "analytics_1"
    dataset.mkdir(parents=True)
    (dataset / "events.ndjson").symlink_to(SAMPLE / "events.ndjson")
    running = serve(tmp_path, clock=Clock(), faults=FaultPlan())
    yield running
    running.stop()


def test_every_row_comes_through_both_ways(tmp_path: Path, server: Ga4Server) -> None:
    counted = json.loads((SAMPLE / "expected_counts.json").read_text())
    hashes = []
    for rest in (False, True):
        report, tables = load(server, tmp_path / str(rest), date(2020, 11, 1), date(2021, 1, 31), rest=rest)
        assert report.errors == []
        assert len(tables) == counted["days"] == 92
        rows = pa.concat_tables(tables).to_pylist()
        assert len(rows) == counted["rows"]
        assert len({row["user_pseudo_id"] for row in rows}) == counted["users"]
        assert Counter(row["event_name"] for row in rows) == counted["events"]
        sessions = {
            (row["user_pseudo_id"], param["value"]["int_value"])
            for row in rows
            for param in row["event_params"]
            if param["key"] == "ga_session_id"
        }
        assert len(sessions) == counted["sessions"]
        assert sum(row["ecommerce"] is None for row in rows) == counted["events_with_ecommerce_string_null"]
        empty = [param for row in rows for param in row["event_params"] if param["value"] is None]
        assert len(empty) == counted["params_with_null_value"]
        assert {row["stream_id"] for row in rows} == {"2100450278"}
        hashes.append([(partition.dt, partition.content_hash) for partition in report.partitions])
    assert hashes[0] == hashes[1]


def test_values_arrive_as_they_were_recorded(tmp_path: Path, server: Ga4Server) -> None:
    _, tables = load(server, tmp_path / "landing", date(2020, 11, 1), date(2021, 1, 31))
    landed = pa.concat_tables(tables).to_pylist()
    with (SAMPLE / "events.ndjson").open() as lines:
        recorded = [json.loads(line) for line in lines]

    def known(row: dict[str, object]) -> str:
        params = [
            (param["key"], {name: value for name, value in (param["value"] or {}).items() if value is not None})
            for param in row["event_params"]  # type: ignore[attr-defined]
        ]
        kept = (
            "event_date",
            "event_timestamp",
            "event_name",
            "user_pseudo_id",
            "event_bundle_sequence_id",
            "platform",
            "geo",
            "traffic_source",
        )
        return json.dumps([params, len(row["items"]), *[row[name] for name in kept]], sort_keys=True)  # type: ignore[arg-type]

    assert Counter(map(known, landed)) == Counter(map(known, recorded))
