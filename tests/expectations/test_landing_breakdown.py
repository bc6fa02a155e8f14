"""A breakdown that was told and no longer is: Meta's publisher_platform."""

from __future__ import annotations

from datetime import date, timedelta

import pyarrow as pa
import pytest
from staged_partitions import DAY, LOADED_AT, failed, healthy, judged, of, put

from extractors.landing import Landing, Partition

NAME = "expect_column_values_to_be_between({})"


def insights(landing: Landing, platforms: list[str], day: date, load_id: str) -> Partition:
    stream = of("facebook_ads", "ad_insights")
    table = healthy("facebook_ads", stream, len(platforms), day)
    at = table.schema.get_field_index("publisher_platform")
    table = table.set_column(at, table.schema.field(at), pa.array(platforms, pa.string()))
    return put(landing, "facebook_ads", stream, "11", day, table, load_id=load_id)


def in_place(landing: Landing, platforms: list[str], day: date) -> list[Partition]:
    partitions = [insights(landing, platforms, day, "load-0")]
    return landing.commit("load-0", partitions, landing.root.parent / "quarantine", loaded_at=LOADED_AT - timedelta(days=1))


@pytest.mark.parametrize(
    ("back", "before", "now", "found"),
    [
        (1, ["facebook", "instagram", "messenger"], ["unknown", "unknown"], ("lost_breakdown", "critical")),
        (0, ["facebook", "instagram", "messenger"], ["unknown", "unknown"], ("lost_breakdown", "critical")),
        (0, ["facebook", "instagram"], ["facebook", "facebook"], ("lost_breakdown", "critical")),
        (1, ["facebook", "instagram"], ["facebook", "facebook"], ("one_breakdown", "warning")),
        (1, ["facebook", "instagram"], ["facebook", "threads"], None),
        (1, ["facebook", "facebook"], ["unknown", "unknown"], None),
        (1, ["facebook", "instagram"], [], None),
        (8, ["facebook", "instagram"], ["unknown", "unknown"], None),
    ],
)
def test_a_lost_breakdown(landing: Landing, back: int, before: list[str], now: list[str], found: tuple[str, str] | None) -> None:
    recent = in_place(landing, before, DAY - timedelta(days=back))
    partitions = [insights(landing, now, DAY, "load-1")]
    results = judged(landing, partitions, recent)
    if found is None:
        assert not [one for one in failed(results) if "breakdown" in one[0]]
        assert partitions[0].status == "staged"
        return
    assert failed(results) == {(NAME.format(found[0]), found[1], "11", "2026-02-10", 1)}
    assert {r.observed for r in results if not r.success} == {f"{len(set(before))} values in place"}
    assert partitions[0].status == ("quarantined" if found[1] == "critical" else "staged")
