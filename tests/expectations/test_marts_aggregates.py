"""The audits of the aggregates: each figure that stops adding up is told by its audit, and by no other."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_aggregates import replaced
from small_warehouse import build
from test_marts_suite import audited, failed

BROKEN: list[tuple[str, str, str, str]] = [
    ("a stage less", replaced("agg_stage_funnel", "", "journey_stage <> 'decision'"), "funnel_holds_every_journey",
     "exits + conversions off by -1"),
    ("an entry that went nowhere", replaced("agg_stage_funnel", "entries + 1 as entries"), "funnel_holds_every_journey",
     "entries off by 4"),
    ("a path less", replaced("agg_journey_paths", "", "path <> 'Email'"), "paths_hold_every_journey", "journeys off by -1"),
    ("a path's revenue", replaced("agg_journey_paths", "net_revenue / 2 as net_revenue"), "paths_hold_every_journey",
     "net_revenue off by -45.0"),
    ("a path's cost", replaced("agg_journey_paths", "cost + 0.000001 as cost", "true"), "paths_hold_every_journey", "cost off by 0.000003"),
    ("revenue of one model", replaced("agg_channel_performance_daily",
     "attributed_revenue - if(model = 'linear', 1, 0) as attributed_revenue"), "channel_days_add_up_in_each_model",
     "linear attributed_revenue off by -1.000000"),
    ("spend twice", replaced("agg_channel_performance_daily", "billed_spend * 2 as billed_spend"), "channel_days_add_up_in_each_model",
     "first_touch billed_spend off by 10.250001"),
    ("a model less", replaced("agg_channel_performance_daily", "", "model <> 'linear'"), "channel_days_have_every_model", "linear"),
    ("a sale less", replaced("agg_marketing_mix_weekly", "if(conversions > 1, 1, conversions) as conversions"), "mix_adds_up",
     "conversions off by -1"),
    ("a week missing in between", replaced("agg_marketing_mix_weekly", "case when week_start_date = '2026-01-12' then date '2026-01-19' "
     "else week_start_date end as week_start_date"), "mix_without_gaps", "1 channels: Direct on web"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "audit", "observed"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_an_aggregate_that_does_not_add_up_stops_the_publication(tmp_path: Path, change: str, audit: str, observed: str) -> None:
    results = audited(build(tmp_path / "new.duckdb", change))
    assert failed(results) == {audit}
    found = next(result for result in results if not result.success)
    assert (found.severity, found.suite) == ("critical", "marts.aggregates")
    assert observed in found.observed


def test_the_revenue_of_paths_is_that_of_what_closes_journeys(tmp_path: Path) -> None:
    """With leads as closing conversions: j3 ends with one, and j1's sale is none."""
    leads_close = "update marts.fct_customer_journey set days_to_conversion = case journey_id when 'j3' then 0 end"
    assert failed(audited(build(tmp_path / "sales.duckdb", leads_close))) == {"paths_hold_every_journey"}
    of_leads = replaced("agg_journey_paths", "0 as net_revenue")
    assert failed(audited(build(tmp_path / "leads.duckdb", leads_close, of_leads))) == set()


def test_a_missing_aggregate_stops_the_publication(tmp_path: Path) -> None:
    results = audited(build(tmp_path / "new.duckdb", "drop view marts.agg_marketing_mix_weekly"))
    assert [(r.expectation, r.stream, r.severity) for r in results if not r.success] == [
        ("table_exists", "agg_marketing_mix_weekly", "critical")
    ]
