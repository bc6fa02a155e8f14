"""The marts suite on real DuckDB files: a healthy warehouse passes, each broken rule fails exactly its audits."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path

import duckdb
import pytest
from small_warehouse import NOW, audited, build, failed

from expectations.marts import critical_failures, journeys, validate
from expectations.results import read_results
from journey.build import BuildFailed, audit
from journey.runner import Request
from journey.settings import Places
from journey.settings_rules import TYPE_SEEDS, touchpoint_types


def test_a_healthy_warehouse_passes_every_audit(tmp_path: Path) -> None:
    results = audited(build(tmp_path / "new.duckdb"), build(tmp_path / "old.duckdb"))
    assert [result for result in results if not result.success] == []
    assert len({(r.expectation, r.stream) for r in results}) == len(results) == 61
    assert {r.suite for r in results} == {
        "marts.tables",
        "marts.journeys",
        "marts.attribution",
        "marts.spend",
        "marts.aggregates",
        "marts.landed",
        "marts.volume",
    }
    assert {(r.load_id, r.source, r.account, r.dt, r.validated_at) for r in results} == {("build-1", "warehouse", None, None, NOW)}


J, C, A, S = "marts.fct_customer_journey", "marts.fct_conversions", "marts.fct_attribution", "marts.fct_spend_reconciliation"
BROKEN: list[tuple[str, str, set[str], str]] = [
    ("credit 0.9", f"update {A} set credit = 0.9 where conversion_id = 'c1' and model = 'first_touch'", {"credit_sums_to_one"},
     "1 conversions in first_touch, credit from 0.9 to 0.9"),
    ("credit a trillionth short", f"update {A} set credit = 0.666666666666 where touchpoint_id = 't2'", {"credit_sums_to_one"}, "linear"),
    ("credit beyond the whole", f"update {A} set credit = case touchpoint_id when 't1' then -0.5 else 1.5 end "
     "where conversion_id = 'c1' and model = 'linear'", {"credit_between_zero_and_one"}, "2 rows"),
    ("revenue off by a micro", f"update {A} set attributed_revenue = 89.999999 where conversion_id = 'c1' and model = 'first_touch'",
     {"revenue_of_each_conversion", "revenue_of_each_model"}, "first_touch off by -0.000001"),
    ("revenue moved between conversions", f"update {A} set attributed_revenue = case conversion_id when 'c1' then 89 when 'c3' then 56.5 "
     "else 0 end where model = 'first_touch'", {"revenue_of_each_conversion"}, "2 conversions in first_touch, off by 0.000000"),
    ("conversion lost from a model", f"delete from {A} where conversion_id = 'c2' and model = 'linear'",
     {"every_conversion_in_every_model"}, "1 missing, 0 unknown, in linear"),
    ("lost conversion", f"delete from {C} where conversion_id = 'c2'", {"every_conversion_in_every_model", "journey_conversions_known"},
     "0 missing, 2 unknown, in first_touch, linear"),
    ("no attribution", f"delete from {A}", {"attribution_computed"}, "3 conversions"),
    ("credit for a touch that is not there", f"update {A} set touchpoint_id = 't99' where touchpoint_id = 't2'",
     {"credited_touchpoints_known"}, "1 rows"),
    ("purchase lost from the journey", f"update {J} set conversion_id = null, conversion_value = null where touchpoint_id = 't3'",
     {"conversion_once_in_journey"}, "1 lost, 0 repeated"),
    ("lead lost from the journey", f"update {J} set conversion_id = null, conversion_value = null where touchpoint_id = 't6'",
     {"conversion_once_in_journey"}, "1 lost, 0 repeated"),
    ("purchase twice", f"update {J} set conversion_id = 'c1', conversion_value = 90 where touchpoint_id = 't2'",
     {"conversion_once_in_journey"}, "0 lost, 1 repeated"),
    ("another value", f"update {J} set conversion_value = 91 where touchpoint_id = 't3'", {"journey_conversions_known"},
     "0 unknown, 1 that differ"),
    ("conversion on two rows", f"insert into {C} select * replace (0 as net_value, 0 as gross_value, 0 as refunded_value) from {C} "
     "where conversion_id = 'c2'", {"conversion_id_unique"}, "1 ids on 2 rows"),
    ("net below zero", f"update {C} set refunded_value = 101, net_value = 90 where conversion_id = 'c1'", {"net_is_gross_less_refunds"},
     "1 conversions"),
    ("duplicate touchpoint", f"update {J} set touchpoint_id = 't4' where touchpoint_id = 't6'", {"touchpoint_id_unique"},
     "1 ids on 2 rows"),
    ("a gap in the numbers", f"update {J} set touchpoint_number = 4 where touchpoint_id = 't3'", {"touchpoint_numbers_dense"},
     "1 journeys"),
    ("a wrong count", f"update {J} set touchpoints_in_journey = 9 where touchpoint_id = 't3'", {"touchpoint_numbers_dense"},
     "1 journeys"),
    ("two first touches", f"update {J} set is_first_touch = true where touchpoint_id in ('t2', 't6')", {"one_first_and_last_touch"},
     "2 journeys"),
    ("the last touch as the first", f"update {J} set is_first_touch = touchpoint_number = touchpoints_in_journey",
     {"one_first_and_last_touch"}, "2 journeys"),
    ("nobody's touch", f"update {J} set customer_id = null where touchpoint_id = 't2'",
     {"journey_of_one_customer", "credited_touchpoints_known"}, "1 journeys"),
    ("out of order", f"update {J} set occurred_at = '2026-01-09 01:00' where touchpoint_id = 't1'", {"touchpoints_in_order_of_time"},
     "1 touchpoints in 1 journeys"),
    ("two customers in one journey", f"update {J} set customer_id = 'joao' where touchpoint_id = 't4' or touchpoint_id = 't2'",
     {"journey_of_one_customer", "credited_touchpoints_known"}, "1 journeys"),
    ("a stage of its own", f"update {J} set journey_stage = 'delight' where touchpoint_id = 't2'", {"journey_stage_known"},
     "1 touchpoints"),
    ("negative cost", f"update {J} set cost = -2 where touchpoint_id = 't1'", {"cost_not_negative", "allocated_is_the_cost_of_touchpoints"},
     "facebook_ads off by 4.000000"),
    ("bill off by a micro", f"update {S} set account_amount = 0.400002 where component = 'no_ad_rows'", {"billed_is_the_sum_of_its_parts"},
     "1 times, on 1 account days, off by 0.000001; the first is google_ads account 88 on 2026-01-02"),
    ("errors of two grains that cancel out", f"update {S} set account_amount = account_amount + case grain when 'ad' then 1 else -1 end "
     "where platform = 'facebook_ads' and component in ('reported', 'unmatched_clicks')", {"billed_is_the_sum_of_its_parts"},
     "2 times, on 1 account days, off by 0.000000"),
    ("a part without an amount", f"update {S} set account_amount = null where component = 'no_ad_rows'",
     {"billed_is_the_sum_of_its_parts"}, "off by -0.400001"),
    ("a grain without its bill", f"delete from {S} where component = 'billed' and grain = 'ad' and platform = 'google_ads'",
     {"billed_is_the_sum_of_its_parts", "billed_is_the_sum_of_its_parts_converted"}, "google_ads account 88 on 2026-01-02"),
    ("another bill than landed", f"update {S} set account_amount = 6 "
     "where platform = 'facebook_ads' and component in ('billed', 'reported'); "
     f"update {S} set account_amount = 4 where component = 'unmatched_clicks'; "
     "update marts.fct_ad_performance_daily set account_spend = 6 where ad_id = 'a1'", {"billed_is_what_landed"},
     "2 times, on 1 account days, off by 2.000000; the first is facebook_ads account 77 on 2026-01-01"),
    ("ad rows short of the bill", "update marts.fct_ad_performance_daily set account_spend = 4.999999 where ad_id = 'a1'",
     {"ad_rows_add_up_to_the_bill"}, "off by -0.000001"),
    ("converted bill off by a micro", f"update {S} set amount = 3.000001 where component = 'unmatched_clicks'",
     {"billed_is_the_sum_of_its_parts_converted"},
     "1 times, on 1 account days, off by 0.000001; the first is facebook_ads account 77 on 2026-01-01"),
    ("a bill that did not land", f"delete from {S} where platform = 'google_ads'",
     {"billed_is_what_landed", "allocated_is_the_cost_of_touchpoints"}, "1 times, on 1 account days, off by -1.000001"),
    ("two currencies", f"update {C} set currency = 'USD' where conversion_id = 'c3'", {"one_reporting_currency"}, "BRL, USD"),
    ("negative clicks", "update marts.fct_ad_performance_daily set clicks = -1 where ad_id = 'a1'", {"ad_figures_not_negative"},
     "1 rows on 1 account days"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "expected", "observed"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_each_broken_rule_fails_exactly_its_audits(tmp_path: Path, change: str, expected: set[str], observed: str) -> None:
    results = audited(build(tmp_path / "new.duckdb", change))
    assert failed(results) == expected
    assert {result.expectation for result in critical_failures(results)} == expected
    assert any(observed in result.observed for result in results if not result.success)
    assert all(result.observed in (result.message or "") for result in results if not result.success)


WARNED: list[tuple[str, str, str]] = [
    ("touchpoint_type_known", f"update {J} set touchpoint_type = 'billboard' where touchpoint_id = 't2'", "1 touchpoints"),
    ("channel_known", f"update {J} set channel = null where touchpoint_id = 't2'", "1 touchpoints"),
    ("occurred_at_not_in_the_future", f"update {J} set occurred_at = '2026-01-09 08:01' where touchpoint_id in ('t4', 't6')",
     "2 touchpoints, the last on 2026-01-09"),
    ("spend_fx_missing", f"update {S} set amount = null where platform = 'google_ads' and component <> 'allocated'",
     "5 rows in USD, from 2026-01-02 to 2026-01-02"),
    ("account_total_missing", f"update {S} set account_amount = null, amount = null "
     "where component = 'billed' and platform = 'google_ads'; "
     "delete from audit.load_ledger where source = 'google_ads'", "1 account days, from 2026-01-02 to 2026-01-02"),
    ("conversion_fx_missing",
     f"update {C} set gross_value = null, refunded_value = null, net_value = null where conversion_id = 'c3'; "
     f"update {A} set attributed_revenue = null where conversion_id = 'c3'", "1 conversions in USD, from 2026-01-03 to 2026-01-03"),
]  # fmt: skip


@pytest.mark.parametrize(("audit", "change", "observed"), WARNED)
def test_what_is_worth_knowing_warns_and_publishes(tmp_path: Path, audit: str, change: str, observed: str) -> None:
    results = audited(build(tmp_path / "new.duckdb", change))
    assert failed(results) == {audit}
    assert critical_failures(results) == []
    assert [result.observed for result in results if not result.success] == [observed]


MORE = f"""insert into {J} select * exclude (n) replace ('x' || n as touchpoint_id, 'jx' || n as journey_id, 'Direct' as channel)
from (from {J}), range(200) as numbers(n) where touchpoint_id = 't4'"""


def test_a_shrunken_warehouse_is_not_published_unless_told(tmp_path: Path) -> None:
    new, old = build(tmp_path / "new.duckdb", MORE.replace("200", "130")), build(tmp_path / "old.duckdb", MORE)
    results = audited(new, old)
    assert [(r.expectation, r.severity, r.observed) for r in results if not r.success] == [
        ("rows_kept_fct_customer_journey", "critical", "136 rows, 206 published")
    ]
    told = audited(new, old, shrinking_allowed=True)
    assert [(r.expectation, r.severity) for r in told if not r.success] == [("rows_kept_fct_customer_journey", "warning")]
    assert failed(audited(build(tmp_path / "same.duckdb", MORE.replace("200", "160")), old)) == set()


READ = "landing.read_partitions"


def test_a_day_that_was_deleted_is_held_against_no_bill_and_told_where_later_days_are_there(tmp_path: Path) -> None:
    """The last day of an account is gone by mistake; all of the other account's were deleted on purpose."""
    gone = [f"delete from {S} where platform = 'google_ads'", "delete from marts.fct_ad_performance_daily where platform = 'google_ads'"]
    gone += [f"update {J} set cost = null where platform = 'google_ads'", f"delete from {READ} where source = 'google_ads'"]
    assert failed(audited(build(tmp_path / "purpose.duckdb", *gone))) == set()
    gone += [f"delete from {READ} where source = 'facebook_ads' and dt = '2026-01-02'"]
    (told,) = [result for result in audited(build(tmp_path / "mistake.duckdb", *gone)) if not result.success]
    assert (told.expectation, told.severity, told.observed) == (
        "landed_is_read",
        "warning",
        "1 partitions of facebook_ads, from 2026-01-02 to 2026-01-02",
    )


def test_fewer_rows_are_published_where_a_person_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the task of the DAG has it from ``journey run --fewer-rows`` or from a run by hand."""
    from airflow.sdk.exceptions import AirflowFailException

    from journey import airflow_tasks

    places = Places(tmp_path)
    monkeypatch.setenv("JOURNEY_HOME", str(tmp_path))
    places.build.parent.mkdir(parents=True)
    build(places.warehouse)
    build(places.candidate, f"delete from {A} where model = 'linear'")
    places.candidate.with_suffix(".fingerprint").write_text("models settings")
    asked = json.loads(Request(NOW.date(), NOW.date(), (), fewer_rows=False).as_json())
    with pytest.raises(AirflowFailException, match="Where landed days were deleted on purpose, run build_customer_journey with fewer_rows"):
        airflow_tasks.audit(True, {"run_id": "manual__1", "params": asked})
    assert not places.candidate.with_suffix(".audited").exists()
    airflow_tasks.audit(True, {"run_id": "manual__2", "params": asked | {"fewer_rows": True}})
    assert places.candidate.with_suffix(".audited").exists()


@pytest.mark.parametrize(("served", "allowed"), [("models settings", False), ("models others", True), ("olds settings", False)])
def test_other_settings_or_seeds_may_shrink_a_table(tmp_path: Path, served: str, allowed: bool) -> None:
    """One model of two: with the settings of the served file, whatever the models, that is a loss."""
    places = Places(tmp_path)
    places.build.parent.mkdir(parents=True)
    build(places.warehouse)
    build(places.candidate, f"delete from {A} where model = 'linear'")
    places.build.with_suffix(".fingerprint").write_text(served)
    places.candidate.with_suffix(".fingerprint").write_text("models settings")
    with nullcontext() if allowed else pytest.raises(BuildFailed, match="rows_kept_fct_attribution"):
        audit(places, build_id="build-1", validated_at=NOW)


def test_channels_that_drift_warn(tmp_path: Path) -> None:
    new = build(tmp_path / "new.duckdb", MORE, f"update {J} set channel = 'Email' where touchpoint_id like 'x1%'")
    results = audited(new, build(tmp_path / "old.duckdb", MORE))
    assert [(r.expectation, r.severity, r.observed) for r in results if not r.success] == [
        ("channel_shares_steady", "warning", "53.9% of touchpoints")
    ]


def test_an_empty_warehouse_of_all_tables_passes(tmp_path: Path) -> None:
    tables = ("marts.fct_customer_journey", C, A, S, "marts.fct_ad_performance_daily", "audit.load_ledger")
    assert failed(audited(build(tmp_path / "new.duckdb", *(f"delete from {table}" for table in tables)))) == set()


def test_the_build_is_left_as_it_was(tmp_path: Path) -> None:
    path = build(tmp_path / "new.duckdb")
    before = path.read_bytes()
    audited(path, build(tmp_path / "old.duckdb"))
    assert path.read_bytes() == before
    with duckdb.connect(str(path)) as connection:
        assert connection.execute(f"select count(*) from {J}").fetchone() == (6,)


def test_the_results_are_kept_beside_those_of_the_loads(tmp_path: Path) -> None:
    path = build(tmp_path / "new.duckdb", f"update {J} set channel = 'Sky' where touchpoint_id = 't2'")
    results = validate(path, build_id="build-7", served=None, validated_at=NOW, landing_root=tmp_path / "landing")
    assert read_results(tmp_path / "landing" / "_validation" / "warehouse" / "build-7.jsonl") == results
    warning = next(result for result in results if not result.success)
    assert warning.message is not None
    assert "does not stop the build from being published" in warning.message


def test_the_types_are_those_of_the_settings() -> None:
    assert [seed.removeprefix("seeds.") for seed in journeys.TYPE_SEEDS] == list(TYPE_SEEDS)
    assert set(journeys.TOUCHPOINT_TYPES) >= touchpoint_types()


@pytest.mark.parametrize("seed", journeys.TYPE_SEEDS)
def test_what_somebody_adds_to_a_seed_is_known(tmp_path: Path, seed: str) -> None:
    new = (f"update {J} set touchpoint_type = 'popup', channel = 'Partner shops' where touchpoint_id = 't2'",)
    assert failed(audited(build(tmp_path / "unknown.duckdb", *new))) == {"touchpoint_type_known", "channel_known"}
    added = (f"insert into {seed} values ('popup')", "insert into marts.dim_channels values ('Partner shops')")
    assert failed(audited(build(tmp_path / "known.duckdb", *new, *added))) == set()
