"""``journey explain`` as a person calls it, and what it says of files that do not agree, landed again or are not there."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from explain_walks import ids

from journey.explain.evidence import Evidence, open_evidence
from journey.explain.find import Asked, explain
from journey.settings import Places


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


def test_brackets_in_the_name_of_a_folder_are_no_pattern(evidence: Evidence, home: Path, tmp_path: Path) -> None:
    """Records whose day their id does not tell, Klaviyo's and Mailchimp's, ended with a stack trace there."""
    places = Places(tmp_path / "it's a [home] {a,b}")
    places.home.mkdir()
    (places.home / "warehouse").symlink_to((home / "warehouse").resolve())
    places.landing.symlink_to((home / "landing").resolve())
    query = "select touchpoint_id from marts.fct_customer_journey where source_system in ('klaviyo', 'mailchimp') order by 1 limit 1"
    asked = Asked(ids(evidence, query)[0])
    with open_evidence(places) as there:
        told = explain(there, asked)
    assert told.rows("landed") == explain(evidence, asked).rows("landed") != []


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


def test_a_day_whose_spend_is_not_the_landed_one_is_named(evidence: Evidence, home: Path, tmp_path: Path) -> None:
    places = Places(tmp_path)
    shutil.copytree(home / "warehouse", tmp_path / "warehouse")
    places.landing.symlink_to((home / "landing").resolve())
    query = "select ad_id, date from marts.fct_ad_performance_daily where platform = 'facebook_ads' and spend > 1 order by all limit 1"
    ad = evidence.rows(query)[0]
    with duckdb.connect(str(places.warehouse)) as served:
        served.execute(
            "update marts.fct_ad_performance_daily set account_spend = account_spend + 1 where rowid = "
            "(select min(rowid) from marts.fct_ad_performance_daily where ad_id = ? and date = ?)",
            [ad["ad_id"], ad["date"]],
        )
    told = journey(tmp_path, ad["ad_id"])
    assert told.code == 1
    differing = [line for line in told.out.splitlines() if line.startswith("DIFFERS")]
    assert any(line.startswith(f"DIFFERS {ad['date']}: the spend is that of the landed rows: served ") for line in differing), differing
    assert "days on which it is so" not in told.out


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


def test_a_warehouse_of_other_models_is_said_to_be_of_others(evidence: Evidence, home: Path, tmp_path: Path) -> None:
    """The builder's file of an earlier version has not every column that a walk asks for."""
    places = Places(tmp_path)
    shutil.copytree(home / "warehouse", tmp_path / "warehouse")
    places.landing.symlink_to((home / "landing").resolve())
    touchpoint_id = ids(evidence, "select touchpoint_id from marts.fct_customer_journey where touchpoint_type = 'ad_click' limit 1")[0]
    for change in ("alter table intermediate.int_sessions drop column meta_ad_id", "drop table intermediate.int_sessions"):
        with duckdb.connect(str(places.build)) as built:
            built.execute(change)
        told = journey(tmp_path, touchpoint_id)
        assert told.code == 1
        assert told.err.startswith(f"{places.warehouse} was built by other models than these")
        assert "Run a build (`journey run`, or build_customer_journey) and ask again." in told.err


def test_the_served_file_alone_is_walked_as_far_as_it_goes(evidence: Evidence, home: Path, tmp_path: Path) -> None:
    """On another machine: neither landing zone nor builder's file. Nothing differs, as there is nothing to hold it against."""
    (tmp_path / "warehouse").mkdir()
    shutil.copyfile(Places(home).warehouse, Places(tmp_path).warehouse)
    customer = ids(evidence, "select customer_id from audit.identity_merges where source_system = 'ga4' order by 1 limit 1")[0]
    touchpoint = ids(evidence, "select touchpoint_id from marts.fct_customer_journey where cost_basis = 'ad_day' limit 1")[0]
    sale = ids(evidence, "select conversion_id from marts.fct_conversions where refunded_value > 0 and customer_id is not null limit 1")[0]
    (ad,) = evidence.rows("select ad_id, platform, account_id, date from marts.fct_ad_performance_daily where ad_id is not null limit 1")
    account = Asked(str(ad["date"]), platform=ad["platform"], account=ad["account_id"])
    with open_evidence(Places(tmp_path)) as alone:
        for asked in (Asked(customer), Asked(touchpoint), Asked(sale), Asked(ad["ad_id"]), Asked(str(ad["date"])), account):
            told = explain(alone, asked)
            assert told.adds_up, [check for check in told.checks if not check.holds]
            assert any(note.startswith(f"The landing zone {tmp_path / 'landing'} is not there") for note in told.notes)
            assert not told.rows("landed")


def test_a_touch_whose_landed_row_is_gone_differs_and_stops_nothing(evidence: Evidence, home: Path, tmp_path: Path) -> None:
    """The file was taken out by hand: the rest of the customer is walked all the same."""
    shutil.copytree(home / "warehouse", tmp_path / "warehouse")
    Places(tmp_path).landing.mkdir()
    for folder in evidence.landing.iterdir():
        if folder.name != "ga4":
            (tmp_path / "landing" / folder.name).symlink_to(folder.resolve())
    query = "select customer_id from marts.fct_customer_journey group by 1 having count(distinct source_system) > 2 order by 1 limit 1"
    with open_evidence(Places(tmp_path)) as without:
        told = explain(without, Asked(ids(evidence, query)[0]))
    gone = {check.what for check in told.checks if not check.holds}
    assert "every touch's landed row is there" in gone
    assert {row["file"] is None for row in told.rows("touches")} == {True, False}
