"""``journey explain`` over the small world: each walk is followed again here, with pyarrow over the landed files and nothing of its own."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dbt_warehouse import Warehouse

from extractors.landing import Landing
from journey import build
from journey.explain.evidence import Evidence, open_evidence
from journey.explain.find import Asked, explain
from journey.explain.findings import Explanation, NotExplained
from journey.settings import Places

SIX, NINE = Decimal("0.000001"), Decimal("0.000000001")
Row = dict[str, Any]


@dataclass(frozen=True)
class Told:
    code: int
    out: str
    err: str


def journey(home: Path, *arguments: str) -> Told:
    """``journey explain`` as a person calls it."""
    environ = {"JOURNEY_HOME": str(home), "PATH": "", "NO_COLOR": "1", "COLUMNS": "160"}
    outcome = subprocess.run(
        [sys.executable, "-m", "journey.cli", "explain", *arguments], env=environ, capture_output=True, text=True, timeout=120, check=False
    )
    return Told(outcome.returncode, outcome.stdout, outcome.stderr)


@pytest.fixture(scope="module")
def home(built: Warehouse, small_landing: Landing, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small world as a JOURNEY_HOME: landing zone, the builder's file, the served one."""
    places = Places(tmp_path_factory.mktemp("explain"))
    places.build.parent.mkdir(parents=True)
    places.landing.symlink_to(small_landing.root)
    shutil.copyfile(built.path, places.build)
    build._export(built.path, places.warehouse)
    return places.home


@pytest.fixture(scope="module")
def evidence(home: Path) -> Iterator[Evidence]:
    with open_evidence(Places(home)) as opened:
        yield opened


def ids(evidence: Evidence, query: str) -> list[Any]:
    return [row[0] for row in evidence.connection.execute(query).fetchall()]


def landed(evidence: Evidence, step: Row) -> Row:
    """The row that a step names by file and row number, read by pyarrow."""
    return pq.read_table(evidence.landing / step["file"], partitioning=None).slice(step["row"], 1).to_pylist()[0]


def rate(evidence: Evidence, currency: str, day: Any) -> Decimal:
    """BRL for one unit, out of the bank's file of the day or the last one before it."""
    if currency == "BRL":
        return Decimal(1)
    files = sorted((evidence.landing / "exchange_rates/reference_rates/account=ecb").glob("dt=*/part-0.parquet"))
    for file in reversed([file for file in files if file.parent.name[3:] <= str(day)]):
        rates = {row["currency"]: row["rate"] for row in pq.read_table(file, partitioning=None).to_pylist()} | {"EUR": Decimal(1)}
        if currency in rates:
            return (rates["BRL"] / rates[currency]).quantize(NINE, ROUND_HALF_UP)
    raise AssertionError(f"no rate of {currency} on {day}")


def test_touchpoints_of_every_kind_lead_to_their_landed_event(evidence: Evidence) -> None:
    sample = ids(
        evidence,
        "select touchpoint_id from marts.fct_customer_journey "
        "qualify row_number() over (partition by source_system, touchpoint_type order by hash(touchpoint_id)) <= 2",
    )
    systems = set()
    for touchpoint_id in sample:
        told = explain(evidence, Asked(touchpoint_id))
        assert told.kind == "touchpoint"
        assert told.adds_up, told.checks
        (step,) = told.rows("landed")
        row, touch = landed(evidence, step), told.figure
        systems.add(touch["source_system"])
        if touch["source_system"] == "ga4":
            assert row["event_timestamp"] == int(touch["occurred_at"].replace(tzinfo=UTC).timestamp() * 1_000_000 + 0.5)
            if touch["touchpoint_type"] not in ("ad_click", "site_visit"):
                assert row["event_name"] in touch["source_record_id"]
            assert f".{row['user_pseudo_id']}." in touch["session_id"]
            session = {one["key"]: one["value"]["int_value"] for one in row["event_params"]}.get("ga_session_id")
            assert session is None or touch["session_id"].endswith(f".{session}")
        elif touch["source_system"] == "klaviyo":
            assert touch["source_record_id"].endswith("/" + row["id"])
        elif touch["source_system"] == "first_party":
            assert row["occurred_at"].replace(tzinfo=None) == touch["occurred_at"]
        (load,) = [load for load in told.rows("loads") if load["file"] == step["file"]]
        assert load["status"] == "landed"
        assert load["rows"] == pq.read_metadata(evidence.landing / step["file"]).num_rows
        assert load["load_id"] == row["_load_id"]
    assert systems == {"ga4", "klaviyo", "mailchimp", "matomo", "first_party"}


@pytest.mark.parametrize("basis", ["click_id", "ad_day"])
def test_a_cost_is_the_landed_spend_of_its_ad_over_the_clicks(evidence: Evidence, basis: str) -> None:
    sample = ids(
        evidence,
        f"select touchpoint_id from marts.fct_customer_journey where cost_basis = '{basis}' and cost > 0 "
        "order by hash(touchpoint_id) limit 8",
    )
    assert len(sample) == 8
    currencies = set()
    for touchpoint_id in sample:
        told = explain(evidence, Asked(touchpoint_id, "touchpoint"))
        assert told.adds_up, told.checks
        rows = [landed(evidence, step) for step in told.rows("landed_spend")]
        (match,), (share,) = told.rows("ad_match"), told.rows("cost_share")
        if told.figure["platform"] == "google_ads":
            assert {str(row["ad_group_ad_ad_id"]) for row in rows} == {told.figure["ad_id"]}
            amounts = [Decimal(row["metrics_cost_micros"]) / 1_000_000 for row in rows]
            clicks = sum(row["metrics_clicks"] for row in rows)
            (click,) = [landed(evidence, step) for step in told.rows("landed_click")]
            assert click["click_view_gclid"] == told.rows("traffic_source")[0]["click_id"]
            assert click["click_view_ad_group_ad"].endswith("~" + told.figure["ad_id"])
            assert click["segments_date"] == match["cost_date"]
        else:
            assert {row["ad_id"] for row in rows} == {told.figure["ad_id"]}
            amounts = [row["spend"] for row in rows]
            clicks = sum(row["inline_link_clicks"] or 0 for row in rows) or sum(row["clicks"] for row in rows)
        at = rate(evidence, share["account_currency"], match["cost_date"])
        spend = sum((amount * at).quantize(SIX, ROUND_HALF_UP) for amount in amounts)
        divisor = max(clicks, share["touches"])
        assert told.figure["cost"] == (spend / divisor).quantize(SIX, ROUND_DOWN)
        currencies.add(share["account_currency"])
    assert "BRL" in currencies


def test_a_cost_by_campaign_adds_up(evidence: Evidence) -> None:
    """Performance Max has campaign rows only: their landed spend over their clicks, less what ad rows explain."""
    sample = ids(
        evidence,
        "select touchpoint_id from marts.fct_customer_journey where cost_basis = 'campaign_day' and platform = 'google_ads' "
        "and channel = 'Cross-network' and cost > 0 order by hash(touchpoint_id) limit 5",
    )
    assert len(sample) == 5
    for touchpoint_id in sample:
        told = explain(evidence, Asked(touchpoint_id))
        assert told.adds_up, told.checks
        rows = [landed(evidence, step) for step in told.rows("landed_spend")]
        assert {str(row["campaign_id"]) for row in rows} == {told.figure["campaign_id"]}
        (share,), (match,) = told.rows("cost_share"), told.rows("ad_match")
        at = rate(evidence, share["account_currency"], match["cost_date"])
        spend = sum((Decimal(row["metrics_cost_micros"]) / 1_000_000 * at).quantize(SIX, ROUND_HALF_UP) for row in rows)
        divisor = max(sum(row["metrics_clicks"] for row in rows), share["touches"])
        assert told.figure["cost"] == (spend / divisor).quantize(SIX, ROUND_DOWN)


def test_conversions_lead_to_the_landed_sale_and_their_credit_is_one(evidence: Evidence) -> None:
    sample = ids(
        evidence,
        "select conversion_id from marts.fct_conversions qualify row_number() over "
        "(partition by conversion_type, refunded_value > 0, customer_id is null order by hash(conversion_id)) < 5",
    )
    refunded = 0
    for conversion_id in sample:
        told = explain(evidence, Asked(conversion_id))
        assert told.kind == "conversion"
        assert told.adds_up, told.checks
        figure = told.figure
        rows = [landed(evidence, step) for step in told.rows("landed")]
        if figure["conversion_type"] == "purchase" and (row := rows[0]).get("ecommerce"):
            assert row["ecommerce"]["transaction_id"] == figure["transaction_id"]
            assert Decimal(str(row["ecommerce"]["purchase_revenue"])) == figure["original_value"]
        elif figure["conversion_type"] == "purchase" and "value" in row:
            assert (row["transaction_id"], row["value"]) == (figure["transaction_id"], figure["original_value"])
        refunds = [landed(evidence, step) for step in told.rows("landed_refunds")]
        if refunds:
            amounts = [Decimal(str((row.get("ecommerce") or {}).get("refund_value") or row.get("value") or 0)) for row in refunds]
            kept = [amount for amount, step in zip(amounts, told.rows("refunds"), strict=True) if step["set_aside"] is None]
            if figure["original_currency"] == "BRL" and all(kept):
                assert figure["refunded_value"] == min(sum(kept, Decimal(0)), figure["gross_value"])
                refunded += 1
        for model in {row["model"] for row in told.rows("credit")}:
            credits = [row for row in told.rows("credit") if row["model"] == model]
            assert sum(row["credit"] for row in credits) == 1
            assert sum(row["attributed_revenue"] for row in credits) == figure["net_value"]
            weights = sum(row["weight"] for row in credits)
            assert all(abs(float(row["credit"]) - row["weight"] / weights) < 1e-10 for row in credits)
    assert refunded >= 2


def test_position_and_half_life_can_be_followed_by_hand(evidence: Evidence) -> None:
    (conversion_id,) = ids(
        evidence,
        "select conversion_id from marts.fct_attribution where model = 'linear' group by 1 having count(*) = 4 "
        "order by hash(conversion_id) limit 1",
    )
    told = explain(evidence, Asked(conversion_id))
    rows = {model: [row for row in told.rows("credit") if row["model"] == model] for model in ("position_based", "time_decay")}
    assert [row["credit"] for row in rows["position_based"]] == [Decimal(part) for part in ("0.4", "0.1", "0.1", "0.4")]
    days = [float(re.findall(r"-([\d.]+) days", row["why"])[0]) for row in rows["time_decay"]]
    assert days[-1] == 0
    halves = [2 ** (-day / 7) for day in days]
    assert [float(row["credit"]) for row in rows["time_decay"]] == pytest.approx([half / sum(halves) for half in halves], abs=1e-4)


def test_an_ad_is_its_landed_rows_and_goes_to_touches_and_a_residual(evidence: Evidence) -> None:
    ads = evidence.rows(
        "select ads.platform, ads.account_id, ads.ad_id from marts.dim_ads as ads inner join marts.fct_customer_journey as touches "
        "on ads.platform = touches.platform and ads.ad_id = touches.ad_id where touches.cost > 0 "
        "qualify row_number() over (partition by ads.platform, ads.account_id order by hash(ads.ad_id), touches.touchpoint_id) = 1 "
        "order by all"
    )
    assert {ad["platform"] for ad in ads} == {"google_ads", "facebook_ads"}
    for ad in ads:
        told = explain(evidence, Asked(ad["ad_id"]))
        assert told.kind == "ad"
        assert told.adds_up, [check for check in told.checks if not check.holds]
        stream, key = {"google_ads": ("ad_performance", "ad_group_ad_ad_id"), "facebook_ads": ("ad_insights", "ad_id")}[ad["platform"]]
        spend = Decimal(0)
        for file in evidence.landing.glob(f"{ad['platform']}/{stream}/account={ad['account_id']}/dt=*/part-0.parquet"):
            for row in pq.read_table(file, partitioning=None).to_pylist():
                if str(row[key]) == ad["ad_id"]:
                    spend += row["spend"] if "spend" in row else Decimal(row["metrics_cost_micros"]) / 1_000_000
        assert told.figure["account_spend"] == spend > 0
        went = told.rows("where_it_went")
        assert sum(row["account_spend"] for row in went) == spend
        # The first day has no rate yet: its amounts in the reporting currency are unknown on both sides.
        assert sum((row["allocated"] + row["residual"] for row in went if row["spend"] is not None), Decimal(0)) == told.figure["spend"]
        day = next(row["day"] for row in went if row["touches"] and row["spend"] is not None)
        one = explain(evidence, Asked(ad["ad_id"], "ad", day=day))
        assert one.adds_up
        assert one.figure["spend"] == sum(row["spend"] for row in went if row["day"] == day)
        assert {row["cost_date"] for row in one.rows("touches")} == {day}


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


def test_a_visit_and_a_record_name_their_first_touch(evidence: Evidence) -> None:
    visit = evidence.rows(
        "select session_id, count(*) as touches, min_by(touchpoint_id, touchpoint_number) as first from marts.fct_customer_journey "
        "where session_id is not null group by 1 having count(*) between 3 and 5 order by hash(session_id) limit 1"
    )[0]
    told = explain(evidence, Asked(visit["session_id"]))
    assert told.id == visit["first"]
    assert any(f"the first of {visit['touches']} touches" in note for note in told.notes)
    assert explain(evidence, Asked(told.figure["source_record_id"])).figure["session_id"] == visit["session_id"]


def test_rules_are_named(evidence: Evidence) -> None:
    mended = ids(
        evidence,
        "select touchpoint_id from marts.fct_customer_journey as journey inner join built.intermediate.int_site_events as events "
        "on journey.session_id = events.session_id and events.tag_origin is not null where journey.touchpoint_type = 'ad_click' "
        "and lower(trim(events.tag_source)) <> journey.source order by hash(touchpoint_id) limit 1",
    )
    told = explain(evidence, Asked(mended[0]))
    assert "utm_aliases" in told.rows("traffic_source")[0]["came_from"]
    assert told.rows("stage_rule")[0]["rule_order"] is not None
    cross = ids(
        evidence,
        "select touchpoint_id from marts.fct_customer_journey where channel = 'Cross-network' and touchpoint_type = 'ad_click' limit 1",
    )
    assert explain(evidence, Asked(cross[0])).rows("channel_rule")[0]["decided_by"] == "seed google_campaign_channels"


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


def test_no_address_is_shown_and_one_that_is_asked_for_is_hashed(evidence: Evidence) -> None:
    hashed = ids(evidence, "select identifier from marts.dim_identities where identifier_type = 'email_sha256' order by 1 limit 5")
    walks: list[Explanation] = [explain(evidence, Asked(one)) for one in hashed]
    text = json.dumps([walk.as_json() for walk in walks], default=str)
    assert not re.findall(r"[\w.+-]+@[\w-]+\.[a-z]{2,}", text)
    with pytest.raises(NotExplained) as unknown:
        explain(evidence, Asked("Nobody@Example.com "))
    assert hashlib.sha256(b"nobody@example.com").hexdigest() in str(unknown.value)
    assert "@" not in str(unknown.value)


def test_the_command_says_json_to_a_program_and_tables_to_a_person(evidence: Evidence, home: Path) -> None:
    touchpoint_id = ids(evidence, "select touchpoint_id from marts.fct_customer_journey where cost_basis = 'click_id' limit 1")[0]
    told = journey(home, touchpoint_id, "--json")
    assert told.code == 0, told.err
    answer = json.loads(told.out)
    assert (answer["kind"], answer["id"], answer["adds_up"]) == ("touchpoint", touchpoint_id, True)
    assert set(answer) == {"kind", "id", "adds_up", "figure", "steps", "checks", "notes"}
    shown = journey(home, "touchpoint", touchpoint_id)
    assert shown.code == 0
    assert answer["steps"]["landed"][0]["file"] in shown.out
    assert f"agrees  the cost is the landed spend divided by the clicks: {float(answer['figure']['cost']):g}"[:60] in shown.out
    assert journey(home, "nothing").code == 2
    assert "journey explain [customer|" in journey(home, "person", "x").err
    assert journey(home / "elsewhere", touchpoint_id).code == 1


def test_what_does_not_agree_is_listed_and_ends_with_1(evidence: Evidence, home: Path, tmp_path: Path) -> None:
    places = Places(tmp_path)
    shutil.copytree(home / "warehouse", tmp_path / "warehouse")
    places.landing.symlink_to((home / "landing").resolve())
    touchpoint_id = ids(evidence, "select touchpoint_id from marts.fct_customer_journey where cost_basis = 'ad_day' and cost > 1 limit 1")[
        0
    ]
    with duckdb.connect(str(places.warehouse)) as served:
        served.execute("update marts.fct_customer_journey set cost = cost + 1 where touchpoint_id = ?", [touchpoint_id])
    told = journey(tmp_path, touchpoint_id)
    assert told.code == 1
    assert told.out.count("DIFFERS") == 1
    assert "the cost is the landed spend divided by the clicks" in told.out


def test_a_file_that_landed_again_since_the_build_is_named(evidence: Evidence, home: Path, tmp_path: Path) -> None:
    query = "select touchpoint_id, source_record_id from marts.fct_customer_journey where source_system = 'first_party' order by 1 limit 1"
    touch = evidence.rows(query)[0]
    file = Path(explain(evidence, Asked(touch["touchpoint_id"])).rows("landed")[0]["file"])
    places = Places(tmp_path)
    (tmp_path / "warehouse").symlink_to(home / "warehouse")
    places.landing.mkdir()
    for folder in evidence.landing.iterdir():
        if folder.name != "first_party":
            (places.landing / folder.name).symlink_to(folder.resolve())
    shutil.copytree(evidence.landing / "first_party", places.landing / "first_party")
    rows = pq.read_table(places.landing / file, partitioning=None)
    at = rows.schema.get_field_index("_load_id")
    pq.write_table(rows.set_column(at, rows.schema.field(at), pa.array(["newer"] * len(rows))), places.landing / file)
    with open_evidence(places) as newer:
        told = explain(newer, Asked(touch["touchpoint_id"]))
    assert any(f"{file} was landed again by newer" in note for note in told.notes)


def test_without_the_builders_file_it_says_what_is_missing(evidence: Evidence, home: Path, tmp_path: Path) -> None:
    (tmp_path / "warehouse").mkdir()
    shutil.copyfile(Places(home).warehouse, Places(tmp_path).warehouse)
    Places(tmp_path).landing.symlink_to((home / "landing").resolve())
    touchpoint_id = ids(evidence, "select touchpoint_id from marts.fct_customer_journey where cost_basis = 'ad_day' limit 1")[0]
    conversion_id = ids(
        evidence, "select conversion_id from marts.fct_attribution where model = 'linear' group by 1 having count(*) = 3 limit 1"
    )[0]
    with open_evidence(Places(tmp_path)) as without:
        for asked in (touchpoint_id, conversion_id):
            told = explain(without, Asked(asked))
            assert told.adds_up
            assert any("builder's file" in note and "is not there" in note for note in told.notes)
            assert told.rows("landed")
        assert {row["model"] for row in told.rows("credit")} >= {"linear", "time_decay", "markov"}
