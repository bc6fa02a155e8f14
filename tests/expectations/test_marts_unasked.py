"""Audits that cannot be asked, for want of a table, a column, a file or memory: each says so by name, and nothing is published."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_warehouse import NOW, audited, build, failed

from expectations.marts import critical_failures, validate
from journey.build import BuildFailed, audit
from journey.settings import Places

J, A, S = "marts.fct_customer_journey", "marts.fct_attribution", "marts.fct_spend_reconciliation"


def test_a_missing_table_is_told_and_the_rest_is_still_asked(tmp_path: Path) -> None:
    results = audited(build(tmp_path / "new.duckdb", f"drop table {A}", f"update {J} set cost = 2.5 where touchpoint_id = 't1'"))
    assert failed(results) == {"table_exists", "allocated_is_the_cost_of_touchpoints"}
    missing = next(r for r in results if r.expectation == "table_exists" and not r.success)
    assert (missing.severity, missing.stream) == ("critical", "fct_attribution")
    assert missing.message is not None
    assert missing.message.startswith("The table marts.fct_attribution is missing from the build.")


def test_a_missing_column_is_told_by_name(tmp_path: Path) -> None:
    results = audited(build(tmp_path / "new.duckdb", f"alter table {S} drop column account_amount"))
    assert failed(results) == {
        "billed_is_the_sum_of_its_parts",
        "billed_is_what_landed",
        "spend_fx_missing",
        "account_total_missing",
        "ad_rows_add_up_to_the_bill",
    }
    assert {r.severity for r in results if not r.success} == {"critical"}
    assert all("account_amount" in (r.message or "") for r in results if not r.success)


@pytest.mark.parametrize(
    ("table", "column", "broken"),
    [
        (
            J,
            "occurred_at",
            {"touchpoint_numbers_dense", "one_first_and_last_touch", "touchpoints_in_order_of_time", "journey_of_one_customer"},
        ),
        (A, "credit", {"credit_sums_to_one", "every_conversion_in_every_model", "revenue_of_each_conversion"}),
    ],
)
def test_a_column_that_several_audits_ask_about_together_is_told_by_name(tmp_path: Path, table: str, column: str, broken: set[str]) -> None:
    results = audited(build(tmp_path / "new.duckdb", f"alter table {table} drop column {column}"))
    told = {result.expectation for result in results if column in (result.message or "")}
    assert told >= broken
    assert failed(results) == told


def test_no_file_and_no_database_are_told(tmp_path: Path) -> None:
    broken = tmp_path / "broken.duckdb"
    broken.write_bytes(b"not a database at all" * 400)
    for path in (tmp_path / "nowhere.duckdb", broken):
        results = audited(path)
        assert [(r.expectation, r.severity, r.success) for r in results] == [("warehouse_readable", "critical", False)]


def test_audits_keep_to_the_memory_that_they_are_given(tmp_path: Path) -> None:
    """With next to none audits say so, and nothing is published."""
    path = build(tmp_path / "new.duckdb")
    results = validate(path, build_id="build-1", served=None, validated_at=NOW, memory_limit="1MB")
    short = [result for result in results if "OutOfMemoryException" in (result.message or "")]
    assert {result.expectation for result in short} >= {"touchpoint_id_unique", "touchpoint_numbers_dense", "credit_sums_to_one"}
    assert critical_failures(results) == short
    assert failed(validate(path, build_id="build-1", served=None, validated_at=NOW, memory_limit="100MB")) == set()


def test_a_publication_within_memory_that_is_no_size_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = Places(tmp_path)
    places.build.parent.mkdir(parents=True)
    build(places.candidate)
    places.candidate.with_suffix(".fingerprint").write_text("models settings")
    for limit, message in (("lots", "JOURNEY_MEMORY_LIMIT is 'lots', and must be a size"), ("1MB", "touchpoint_id_unique")):
        monkeypatch.setenv("JOURNEY_MEMORY_LIMIT", limit)
        with pytest.raises(BuildFailed, match=f"Not published: [^$]*{message}"):
            audit(places, build_id="build-1", validated_at=NOW)
