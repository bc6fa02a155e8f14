"""``journey explain`` over the small world: an account's day, a whole day, a customer, a visit, and ids of none or several things."""

from __future__ import annotations

import hashlib
import json
import re
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from explain_walks import ids, landed

from journey.explain.evidence import Evidence
from journey.explain.find import Asked, explain
from journey.explain.findings import Explanation, NotExplained


def test_an_accounts_day_is_its_landed_total_and_its_parts(evidence: Evidence) -> None:
    days = evidence.rows(
        "select date, platform, account_id from marts.fct_spend_reconciliation where grain = 'ad' and component = 'billed' "
        "qualify row_number() over (partition by platform, account_id order by hash(date)) <= 2 order by all"
    )
    streams = {"google_ads": "account_performance", "facebook_ads": "account_insights"}
    assert len(days) >= 6
    for day in days:
        told = explain(evidence, Asked(str(day["date"]), platform=day["platform"], account=day["account_id"]))
        assert told.adds_up, [check for check in told.checks if not check.holds]
        stream, account = streams[day["platform"]], day["account_id"]
        file = evidence.landing / day["platform"] / stream / f"account={account}" / f"dt={day['date']}" / "part-0.parquet"
        (total,) = pq.read_table(file, partitioning=None).to_pylist()
        billed = total["spend"] if "spend" in total else Decimal(total["metrics_cost_micros"]) / 1_000_000
        parts = [row for row in told.rows("components") if row["grain"] == "account"]
        assert [row["account_amount"] for row in parts if row["component"] == "billed"] == [billed]
        assert sum(row["account_amount"] for row in parts if row["component"] != "billed") == billed
        allocated = next(row["account_amount"] for row in parts if row["component"] == "allocated")
        assert sum(row["account_cost"] or 0 for row in told.rows("touches")) == allocated


def test_a_day_holds_every_account_conversion_and_load(evidence: Evidence) -> None:
    day = ids(evidence, "select converted_date from marts.fct_conversions group by 1 order by count(*) desc, 1 limit 1")[0]
    told = explain(evidence, Asked(str(day)))
    assert told.kind == "day"
    assert told.adds_up, told.checks
    (count,) = ids(evidence, f"select count(*) from marts.fct_conversions where converted_date = '{day}'")
    assert told.figure["conversions"] == count > 0
    files = {file.relative_to(evidence.landing).parts[:3] for file in evidence.landing.glob(f"*/*/account=*/dt={day}/part-0.parquet")}
    loads = {(row["source"], row["stream"], f"account={row['account_id']}") for row in told.rows("loads") if row["status"] == "landed"}
    assert loads == {file for file in files if not file[0].startswith("_")}
    assert len(loads) >= 10


def test_the_storys_customer_with_both_devices_and_every_piece_of_evidence(evidence: Evidence, small_world: Path) -> None:
    truth = small_world / "truth"
    people = {row["person_id"] for row in pq.read_table(truth / "people.parquet").to_pylist() if row["is_story"]}
    identifiers = [row for row in pq.read_table(truth / "identifiers.parquet").to_pylist() if row["person_id"] in people]
    (user_id,) = [row["identifier"] for row in identifiers if row["identifier_type"] == "user_id"]
    told = explain(evidence, Asked(user_id))
    assert told.kind == "customer"
    assert told.adds_up, [check for check in told.checks if not check.holds]
    found = {(row["identifier_type"], row["identifier"]) for row in told.rows("identities")}
    assert {(row["identifier_type"], row["identifier"]) for row in identifiers} <= found
    for step, merge in zip(told.rows("landed_evidence"), told.rows("merges"), strict=True):
        held = json.dumps(landed(evidence, step), default=str)
        assert merge["left_identifier"] in held
        assert merge["right_identifier"] in held
    touches = told.rows("touches")
    assert [row["touchpoint_type"] for row in touches if row["journey_number"] == 1][:2] == ["ad_click", "site_visit"]
    assert len(touches) == told.figure["touchpoint_count"]
    assert all(row["file"] for row in touches)
    again = explain(evidence, Asked(next(row["identifier"] for row in identifiers if row["identifier_type"] == "device")))
    assert again.id == told.id
    short = explain(evidence, Asked(told.id, touches=3))
    assert len(short.rows("touches")) == 3
    assert any("--touches" in note for note in short.notes)


def test_whose_address_passed_on_adds_up_without_a_record_of_that(evidence: Evidence) -> None:
    moved = ids(evidence, "select customer_id from audit.identity_merges where evidence = 'passed_on' order by 1")
    told = explain(evidence, Asked(moved[0]))
    assert told.adds_up, [check for check in told.checks if not check.holds]
    assert len(told.rows("landed_evidence")) == len([row for row in told.rows("merges") if row["source_system"]]) > 0


def test_a_visit_and_a_record_name_their_first_touch(evidence: Evidence) -> None:
    visit = evidence.rows(
        "select session_id, count(*) as touches, min_by(touchpoint_id, touchpoint_number) as first from marts.fct_customer_journey "
        "where session_id is not null group by 1 having count(*) between 3 and 5 order by hash(session_id) limit 1"
    )[0]
    told = explain(evidence, Asked(visit["session_id"]))
    assert told.id == visit["first"]
    assert any(f"the first of {visit['touches']} touches" in note for note in told.notes)
    assert explain(evidence, Asked(told.figure["source_record_id"])).figure["session_id"] == visit["session_id"]


def test_an_id_that_means_nothing_or_several_things_is_said_so(evidence: Evidence) -> None:
    with pytest.raises(NotExplained, match="nothing that is served"):
        explain(evidence, Asked("no-such-id"))
    aside = ids(evidence, "select source_record_id from audit.set_aside_events where reason = 'duplicate' order by 1 limit 1")
    with pytest.raises(NotExplained, match="is set aside as duplicate"):
        explain(evidence, Asked(aside[0]))
    with pytest.raises(NotExplained, match="No conversion has the id x"):
        explain(evidence, Asked("x", "conversion"))
    with pytest.raises(NotExplained, match="Nothing is known of 1999-01-01"):
        explain(evidence, Asked("1999-01-01"))
    with pytest.raises(NotExplained, match="no single account"):
        explain(evidence, Asked("2026-01-15", "day", platform="google_ads"))
    shared = ids(
        evidence,
        "select identifier from marts.dim_identities group by 1 having count(distinct customer_id) > 1 order by hash(identifier) limit 1",
    )
    with pytest.raises(NotExplained, match="is shared by"):
        explain(evidence, Asked(shared[0]))


def test_a_campaign_is_told_where_its_bill_is_walked(evidence: Evidence) -> None:
    row = evidence.rows("select * from marts.dim_campaigns where platform = 'google_ads' order by campaign_id limit 1")[0]
    with pytest.raises(NotExplained, match="is the campaign") as told:
        explain(evidence, Asked(row["campaign_id"]))
    assert f"the campaign {row['campaign_name']} of google_ads account {row['account_id']}." in str(told.value)
    assert f"--platform google_ads --account {row['account_id']}" in str(told.value)


def test_a_journey_is_told_whose_it_is(evidence: Evidence) -> None:
    row = evidence.rows("select * from marts.fct_customer_journey where journey_number = 2 order by touchpoint_id limit 1")[0]
    with pytest.raises(NotExplained, match="is journey 2 of a customer") as told:
        explain(evidence, Asked(row["journey_id"]))
    assert f"journey explain customer {row['customer_id']}." in str(told.value)


def test_no_address_is_shown_and_one_that_is_asked_for_is_hashed(evidence: Evidence) -> None:
    hashed = ids(evidence, "select identifier from marts.dim_identities where identifier_type = 'email_sha256' order by 1 limit 5")
    walks: list[Explanation] = [explain(evidence, Asked(one)) for one in hashed]
    text = json.dumps([walk.as_json() for walk in walks], default=str)
    assert not re.findall(r"[\w.+-]+@[\w-]+\.[a-z]{2,}", text)
    with pytest.raises(NotExplained) as unknown:
        explain(evidence, Asked("Nobody@Example.com "))
    assert hashlib.sha256(b"nobody@example.com").hexdigest() in str(unknown.value)
    assert "@" not in str(unknown.value)
