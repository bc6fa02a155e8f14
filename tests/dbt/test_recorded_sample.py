"""Real GA4 export rows, recorded elsewhere, through the models: sessions and devices as counted independently.

Only one source has landed here, so this is also a warehouse with GA4 and nothing else.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from dbt_warehouse import Warehouse, land_folder
from recorded_builds import Start

from extractors.landing import Landing
from extractors.stream import Days

SAMPLE = Path(__file__).resolve().parents[2].parent / "shared" / "real" / "ga4_sample"
DIRECT = ("(direct)", "(none)")
pytestmark = pytest.mark.skipif(not SAMPLE.is_dir(), reason="the recorded sample is not beside the repository (../shared/real/ga4_sample)")


@pytest.fixture(scope="module")
def recorded(own_start: Start, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    home = tmp_path_factory.mktemp("sample")
    dataset = home / "rows" / "ga4" / "sample-project" / "analytics_123456"
    dataset.mkdir(parents=True)
    (dataset / "events.ndjson").symlink_to(SAMPLE / "events.ndjson")
    landing = Landing(home / "landing")
    land_folder(home / "rows", landing, Days(date(2020, 11, 1), date(2021, 1, 31)), sources=("ga4",))
    return own_start.whole(home / "warehouse", landing)


def test_no_real_row_is_set_aside_or_lost(recorded: Warehouse) -> None:
    counted = json.loads((SAMPLE / "expected_counts.json").read_text())
    assert dict(recorded.rows("select event_name, count(*) from staging.stg_ga4__events group by all")) == counted["events"]
    assert recorded.rows("select * from audit.set_aside_events") == []
    assert recorded.rows("select * from audit.unconsented_events") == []


def test_sessions_devices_and_mapped_events_are_as_counted(recorded: Warehouse) -> None:
    counted = json.loads((SAMPLE / "expected_counts.json").read_text())
    kinds = dict(recorded.rows("select touchpoint_type, count(*) from marts.fct_customer_journey group by all"))
    assert kinds.pop("site_visit") + kinds.pop("ad_click", 0) == counted["sessions"]
    assert kinds == {"product_view": counted["events"]["view_item"], "add_to_cart": counted["events"]["add_to_cart"]}
    assert recorded.rows("select count(*), count(*) filter (where is_identified) from marts.dim_customers") == [(counted["users"], 0)]
    assert recorded.rows("select count(*), count(distinct customer_id) from marts.dim_identities") == [(counted["users"], counted["users"])]
    assert recorded.rows("select count(*) from marts.fct_conversions") == [(0,)]


def test_each_sessions_channel_is_that_of_its_first_tagged_event(recorded: Warehouse) -> None:
    """The rows themselves, read once more: GA4's own source and medium, or else the shop's own pages as referrers."""
    first: dict[tuple[str, int], tuple[str, str]] = {}
    rows = [json.loads(line) for line in (SAMPLE / "events.ndjson").read_text().splitlines()]
    for row in sorted(rows, key=lambda row: int(row["event_timestamp"])):
        told = {each["key"]: each["value"] or {} for each in row["event_params"]}
        source, medium = (told.get(name, {}).get("string_value") for name in ("source", "medium"))
        session = (row["user_pseudo_id"], told["ga_session_id"]["int_value"])
        if first.get(session, DIRECT) == DIRECT:
            first[session] = (source.lower(), medium.lower()) if source else DIRECT
    found = recorded.rows("select source, medium, count(*) from intermediate.int_sessions group by all")
    assert Counter(first.values()) == {(source, medium): count for source, medium, count in found}
    assert dict(recorded.rows("select channel, count(*) from intermediate.int_sessions group by all")) == {
        "Direct": 114,
        "Organic Search": 38,
        "Paid Search": 3,
        "Referral": 39,
        "Unassigned": 12,
    }
