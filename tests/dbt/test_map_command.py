"""``journey map`` over the small world: where it writes, and what it says where it cannot."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from journey.duck import connect
from journey.map import charts, queries, write_map
from journey.settings import Places

JOURNEY = Path(sys.executable).with_name("journey")


def run(home: Path, *arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    command, environ = [JOURNEY, "map", *map(str, arguments)], os.environ | {"JOURNEY_HOME": str(home)} | variables
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)


def test_the_map_is_written_where_it_was_asked_for(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "map.html"
    done = run(home, "--out", out, "--json")
    assert (done.returncode, json.loads(done.stdout)) == (0, {"journey_map": str(out)})
    assert "</html>" in out.read_text()


def test_models_and_currency_are_those_that_are_served(home: Path, tmp_path: Path) -> None:
    """Other models than the usual three were computed, in another currency than the setting's now."""
    served = tmp_path / "served.duckdb"
    shutil.copyfile(Places(home).warehouse, served)
    with connect(served) as warehouse:
        warehouse.execute("delete from marts.fct_attribution where model not in ('markov', 'shapley')")
        warehouse.execute("update marts.fct_customer_journey set currency = 'USD'")
        revenue = warehouse.execute("select model, sum(attributed_revenue) from marts.fct_attribution group by 1 order by 1").fetchall()
        rows = queries.channels(warehouse)
    assert [(model, sum(row[model] for row in rows)) for model in ("markov", "shapley")] == revenue
    assert list(rows[0]) == ["channel", "visits", "cost", "markov", "shapley"]
    write_map(served, tmp_path / "map.html")
    page = (tmp_path / "map.html").read_text(encoding="utf-8")
    assert "Net revenue, USD" in page
    assert "Revenue, shapley" in page
    assert "Revenue, first touch" not in page


def test_a_partition_that_is_loaded_again_every_night_is_one_partition(home: Path, tmp_path: Path) -> None:
    served = tmp_path / "served.duckdb"
    shutil.copyfile(Places(home).warehouse, served)
    with connect(served) as warehouse:
        once = queries.ask(warehouse, queries.LOADS)
        warehouse.execute(
            "insert into audit.load_ledger select * replace ('again' as load_id, loaded_at + interval 1 day as loaded_at, "
            "if(stream = 'events', 'unchanged', status) as status) from audit.load_ledger where source = 'ga4'"
        )
        assert queries.ask(warehouse, queries.LOADS) == once
        assert warehouse.execute("select sum(partition_count) from audit.source_freshness").fetchone() == (
            sum(row["partitions"] for row in once),
        )
        warehouse.execute("update audit.load_ledger set status = 'failed' where load_id = 'again'")
        (again,) = [row for row in queries.ask(warehouse, queries.LOADS) if row["source"] == "ga4"]
    (before,) = [row for row in once if row["source"] == "ga4"]
    assert again == before | {"refused": before["partitions"]}


def test_another_customer_than_the_one_asked_for_is_said_to_be_another(home: Path, tmp_path: Path) -> None:
    with connect(Places(home).warehouse, read_only=True) as served:
        ((user, customer),) = served.execute(
            "select identifier, customer_id from marts.dim_identities where identifier_type = 'user_id' and valid_to is null "
            "order by identifier limit 1"
        ).fetchall()
        ((richest,),) = served.execute(queries.RICHEST).fetchall()
    pages = {}
    for identifier in ("", user, f"{user} "):
        write_map(Places(home).warehouse, tmp_path / "map.html", identifier=identifier)
        pages[identifier] = (tmp_path / "map.html").read_text(encoding="utf-8").partition("<section id='story'")[2].partition("</p>")[0]
    assert [page.count("Nobody has the identifier of the setting map_identifier") for page in pages.values()] == [0, 0, 1]
    for page, drawn in zip(pages.values(), (richest, customer, richest), strict=True):
        assert page.endswith(f"Customer {drawn}.")


def test_of_a_crowded_customer_the_beginning_is_drawn_and_only_where_it_is_asked_for(home: Path, tmp_path: Path) -> None:
    """A till has every kind of touchpoint, thousands of times."""
    served = tmp_path / "served.duckdb"
    shutil.copyfile(Places(home).warehouse, served)
    with connect(served) as warehouse:
        ((richest,),) = warehouse.execute(queries.RICHEST).fetchall()
        warehouse.execute(
            "insert into marts.fct_customer_journey select facts.* replace ('crowd' as customer_id, touchpoint_number * 400 + range as "
            f"touchpoint_number) from marts.fct_customer_journey as facts cross join range(400) where customer_id = '{richest}'"
        )
        (touches,) = warehouse.execute("select count(*) from marts.fct_customer_journey where customer_id = 'crowd'").fetchone() or (0,)
        warehouse.execute("insert into marts.dim_identities (identifier_type, identifier, customer_id) values ('user_id', 'till', 'crowd')")
        assert warehouse.execute(queries.RICHEST).fetchall() == [(richest,)]
    write_map(served, tmp_path / "map.html", identifier="till")
    story = (tmp_path / "map.html").read_text(encoding="utf-8").partition("<section id='story'")[2].partition("</section>")[0]
    assert f"Customer crowd. These are the first 300 of {touches:,} touchpoints; journey explain customer tells of all.</p>" in story
    assert story.count("<tr><td") == 300


def test_the_longest_path_and_the_funnel_are_those_of_a_plain_count(home: Path) -> None:
    """In Python, of all touches: without the bound that spares looking at every customer, and without one walk for all stages."""
    with connect(Places(home).warehouse, read_only=True) as served:
        touches = served.execute(
            "select customer_id, touchpoint_type, channel, journey_stage, journey_id from marts.fct_customer_journey"
        ).fetchall()
        ((richest,),) = served.execute(queries.RICHEST).fetchall()
        (overview,) = queries.ask(served, queries.OVERVIEW)
        funnel = served.execute(queries.FUNNEL).fetchall()
    of: dict[str, list[tuple[str, ...]]] = {}
    for customer, *touch in touches:
        of.setdefault(customer, []).append(tuple(touch))
    ranked = sorted(of, key=lambda c: (len(of[c]) > queries.DRAWN, -len({touch[:2] for touch in of[c]}), len(of[c]), c))
    assert richest == ranked[0]
    assert overview["journeys"] == len({touch[3] for held in of.values() for touch in held})
    bought = {customer: [touch[0] for touch in held].count("purchase") for customer, held in of.items()}
    in_stage = {stage: sum(any(touch[2] == stage for touch in held) for held in of.values()) for *_, stage, _ in touches}
    assert funnel == [
        ("awareness", in_stage["awareness"]),
        ("consideration", in_stage["consideration"]),
        ("decision", in_stage["decision"]),
        ("purchase", sum(count > 0 for count in bought.values())),
        ("post_purchase", in_stage["post_purchase"]),
        ("repeat purchase", sum(count > 1 for count in bought.values())),
    ]


def test_of_few_customers_one_who_can_be_drawn_whole_is_drawn(tmp_path: Path) -> None:
    """A till with more kinds of touches than anybody else has touches sets no bound for the others."""
    touches = {"short": (2, 2), "shorter": (1, 1), "till": (queries.DRAWN + 1, 20)}
    with connect(tmp_path / "served.duckdb") as warehouse:
        warehouse.execute("create schema marts")
        warehouse.execute("create table marts.fct_customer_journey (customer_id varchar, touchpoint_type varchar, channel varchar)")
        for customer, (count, kinds) in touches.items():
            warehouse.execute(
                "insert into marts.fct_customer_journey select $1, 'type ' || range % $2, 'Direct' from range($3)", [customer, kinds, count]
            )
        assert warehouse.execute(queries.RICHEST).fetchall() == [("short",)]
        warehouse.execute("delete from marts.fct_customer_journey where customer_id <> 'till'")
        assert warehouse.execute(queries.RICHEST).fetchall() == [("till",)]


def test_a_funnel_without_anybody_at_its_head_has_no_shares() -> None:
    """Tills alone: nobody is ever in awareness, and a share of nobody is no number."""
    stages = [{"stage": "awareness", "customers": 0}, {"stage": "decision", "customers": 7}]
    assert charts.funnel(stages).data[0].texttemplate == "<b>%{value:,}</b>"
    assert "percentInitial" in charts.funnel(stages[1:]).data[0].texttemplate


def test_the_map_keeps_to_the_memory_of_a_build(home: Path, tmp_path: Path) -> None:
    done = run(home, "--out", tmp_path / "map.html", JOURNEY_MEMORY_LIMIT="lots")
    assert (done.returncode, done.stdout, "JOURNEY_MEMORY_LIMIT is 'lots'" in done.stderr) == (2, "", True), done.stderr
    done = run(home, "--out", tmp_path / "map.html", JOURNEY_MEMORY_LIMIT="1MB")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "The map cannot be drawn within JOURNEY_MEMORY_LIMIT (1MB); set a larger one.\n"
    assert not (tmp_path / "map.html").exists()


def test_a_place_that_cannot_be_written_is_named_and_nothing_is_left(home: Path, tmp_path: Path) -> None:
    folder, file = tmp_path / "folder", tmp_path / "file"
    folder.mkdir()
    file.touch()
    for out, why in ((folder, "Is a directory"), (file / "map.html", "File exists")):
        done = run(home, "--out", out)
        assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{out} cannot be written: {why}\n")
    assert sorted(tmp_path.iterdir()) == [file, folder]


def test_settings_that_cannot_be_read_are_what_is_named(home: Path, tmp_path: Path) -> None:
    done = run(home, "--out", tmp_path / "map.html", JOURNEY_SETTINGS="/nowhere/own.toml")
    told = "JOURNEY_SETTINGS names /nowhere/own.toml, which cannot be read: No such file or directory\n"
    assert (done.returncode, done.stderr, list(tmp_path.iterdir())) == (2, told, [])
