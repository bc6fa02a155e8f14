"""Keywords and asset groups are the ads' facts seen another way: they add up, at every moment of the clock."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from simulated import ndjson, world

SUMMED = ("impressions", "clicks", "interactions", "cost_micros", "conversions", "conversions_value", "all_conversions")


def totals(rows: list[dict[str, Any]], *ids: str) -> dict[tuple[Any, ...], dict[str, float]]:
    """Sums by account, day, device, network, clock fields and the ids of the entities."""
    found: dict[tuple[Any, ...], dict[str, float]] = defaultdict(lambda: dict.fromkeys(SUMMED, 0.0))
    for row in rows:
        own = (row["_account"], *row["segments"].values(), row.get("_from"), row.get("_until"))
        sums = found[(*own, *(row[entity]["id"] for entity in ids))]
        for name in SUMMED:
            sums[name] = round(sums[name] + float(row["metrics"][name]), 6)
    return dict(found)


@pytest.mark.parametrize(
    ("file", "kind", "ids", "split_over"),
    [("keyword_view", "SEARCH", ("campaign", "ad_group"), 1), ("asset_group_performance", "PERFORMANCE_MAX", ("campaign",), 2)],
)
def test_the_parts_add_up_to_the_facts(file: str, kind: str, ids: tuple[str, ...], split_over: int) -> None:
    facts = [row for row in ndjson(world(), "google_ads/*/performance.ndjson") if row["campaign"].get("advertising_channel_type") == kind]
    parts = ndjson(world(), f"google_ads/*/{file}.ndjson")
    assert len(parts) == len(facts) * split_over > 200
    assert totals(parts, *ids) == totals(facts, *ids)
    assert {row["_account"] for row in parts} == {"7310045521", "7310045522"}


def test_every_part_names_an_entity_that_is_there() -> None:
    groups = {(row["campaign"]["id"], row["asset_group"]["id"]) for row in ndjson(world(), "google_ads/*/asset_group.ndjson")}
    used = {(row["campaign"]["id"], row["asset_group"]["id"]) for row in ndjson(world(), "google_ads/*/asset_group_performance.ndjson")}
    assert (len(groups), used) == (4, groups)
    views = [row["click_view"] for row in ndjson(world(), "google_ads/*/click_view.ndjson")]
    clicked = {view["keyword"].rpartition("/")[2] for view in views if "keyword" in view}
    keywords = ndjson(world(), "google_ads/*/keyword_view.ndjson")
    assert clicked == {f"{row['ad_group']['id']}~{row['ad_group_criterion']['criterion_id']}" for row in keywords}
    actions = [row["conversion_action"] for row in ndjson(world(), "google_ads/*/conversion_action.ndjson")]
    assert len({action["id"] for action in actions}) == 4
    assert len(ndjson(world(), "google_ads/*/video.ndjson")) == 2
