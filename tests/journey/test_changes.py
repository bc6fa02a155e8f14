"""What a publication changed, told from two served files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest
from rich.console import Console

from journey import changes, show
from journey.settings import Places

DDL = """
create schema marts;
create table marts.fct_spend_reconciliation (date date, platform varchar, account_id varchar, grain varchar, component varchar,
    account_amount decimal(18, 6), account_currency varchar, amount decimal(18, 6), currency varchar);
create table marts.fct_conversions (conversion_id varchar, conversion_type varchar, converted_date date,
    net_value decimal(18, 6), currency varchar);
create table marts.fct_customer_journey (touchpoint_id varchar, occurred_date date);
create table marts.fct_attribution (conversion_id varchar, model varchar, channel varchar,
    attributed_revenue decimal(18, 6), currency varchar);
"""
BILL = """
insert into marts.fct_spend_reconciliation
select '{day}', 'google_ads', '10', '{grain}', '{component}', {amount}, 'USD', 5 * {amount}, 'BRL'
"""
SALE = "insert into marts.fct_conversions select '{id}', 'purchase', {day}, {value}, 'BRL'"
CREDIT = "insert into marts.fct_attribution select 's1', 'linear', '{channel}', {value}, 'BRL'"


def bill(day: str, amount: str, *, grain: str = "account", component: str = "billed") -> str:
    return BILL.format(day=day, grain=grain, component=component, amount=amount)


def served(file: Path, *statements: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(file)) as connection:
        connection.execute(DDL)
        for statement in statements:
            connection.execute(statement)
    return file


REST = (
    bill("2026-01-06", "3"),
    bill("2026-01-05", "7", grain="campaign"),
    bill("2026-01-05", "9", component="allocated"),
    SALE.format(id="s1", day="date '2026-01-05'", value=100),
    CREDIT.format(channel="Email", value=60),
    CREDIT.format(channel="Direct", value=40),
    "insert into marts.fct_customer_journey values ('t1', '2026-01-05')",
)
"""What is served beside the bill of the 5th."""


@pytest.fixture
def before(tmp_path: Path) -> Path:
    return served(tmp_path / "before.duckdb", bill("2026-01-05", "10.65"), *REST)


@pytest.fixture
def after(tmp_path: Path) -> Path:
    """The bill of the 5th is restated, the 7th is new, a refund has come, and a sale without a day."""
    return served(
        tmp_path / "after.duckdb",
        bill("2026-01-05", "15.65"),
        bill("2026-01-06", "3"),
        bill("2026-01-07", "1000"),
        bill("2026-01-05", "8", grain="campaign"),
        bill("2026-01-05", "9", component="allocated"),
        SALE.format(id="s1", day="date '2026-01-05'", value=80),
        SALE.format(id="s2", day="null", value=1),
        CREDIT.format(channel="Email", value=48),
        CREDIT.format(channel="Direct", value=32),
        "insert into marts.fct_customer_journey values ('t1', '2026-01-05')",
    )


def row(was: Any, now: Any, **of: Any) -> dict[str, Any]:
    return {"of": of, "before": was, "after": now}


def test_each_figure_that_differs_is_told_and_no_other(before: Path, after: Path) -> None:
    account = {"platform": "google_ads", "account": "10", "currency": "USD"}
    sale = {"type": "purchase"}
    found = changes.between(before, after)
    assert [(figure["figure"], figure["differences"], figure["largest"]) for figure in found] == [
        (
            "billed spend",
            2,
            [row("10.650000", "15.650000", day="2026-01-05", **account), row(None, "1000.000000", day="2026-01-07", **account)],
        ),
        ("conversions", 1, [row(None, 1, day=None, **sale)]),
        (
            "net revenue",
            2,
            [
                row("100.000000", "80.000000", day="2026-01-05", **sale, currency="BRL"),
                row(None, "1.000000", day=None, **sale, currency="BRL"),
            ],
        ),
        (
            "credited revenue",
            2,
            [
                row("40.000000", "32.000000", model="linear", channel="Direct", currency="BRL"),
                row("60.000000", "48.000000", model="linear", channel="Email", currency="BRL"),
            ],
        ),
        (
            "rows",
            2,
            [row(1, 2, table="fct_conversions"), row(4, 5, table="fct_spend_reconciliation")],
        ),
    ]
    assert changes.between(before, before) == []
    assert orjson.loads(orjson.dumps(found)) == found


def test_of_many_the_largest_are_told_and_what_was_restated_before_what_is_new(before: Path, tmp_path: Path) -> None:
    new = [bill("2026-02-01", "-40000"), *(bill(f"2026-02-{day:02d}", f"{day}000") for day in range(2, 29))]
    (spend, _) = changes.between(before, served(tmp_path / "months.duckdb", *REST, bill("2026-01-05", "10.66"), *new))
    assert (spend["differences"], len(spend["largest"])) == (29, changes.SHOWN)
    days = [row["of"]["day"] for row in spend["largest"]]
    assert days == ["2026-01-05", "2026-02-01", *(f"2026-02-{day}" for day in range(21, 29))]
    assert changes.lines([spend])[-1] == "billed spend: and 19 more"


def test_they_are_kept_and_told_in_the_log(before: Path, after: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    places = Places(tmp_path / "home")
    places.build.parent.mkdir(parents=True)
    with caplog.at_level("INFO", "journey"):
        changes.keep(places, after)
        assert (changes.newest(places), caplog.messages) == (None, []), "a first publication changes nothing that was served"
        before.rename(places.warehouse)
        changes.keep(places, after)
    kept = changes.newest(places)
    assert kept is not None
    assert kept["figures"] == changes.between(places.warehouse, after)
    assert caplog.messages[0] == "billed spend 2026-01-05 google_ads 10 USD: 10.65 -> 15.65"
    assert caplog.messages[1] == "billed spend 2026-01-07 google_ads 10 USD: - -> 1,000.00"
    assert caplog.messages[-1] == "rows fct_spend_reconciliation: 4 -> 5"


def test_a_served_file_of_an_earlier_version_is_no_hindrance(after: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    places = Places(tmp_path / "home")
    places.build.parent.mkdir(parents=True)
    places.build.with_name("changes.json").write_text("{}")
    with duckdb.connect(str(places.warehouse)) as connection:
        connection.execute("create schema marts; create table marts.fct_conversions (id integer)")
    changes.keep(places, after)
    assert changes.newest(places) is None
    assert "what this publication changes is not told" in caplog.text


def _shown(**data: Any) -> str:
    console = Console(width=120, record=True)
    show.changes(console, {"changes": None, "last_build": None, "exit_code": 0} | data)
    return console.export_text()


def test_a_person_sees_before_after_and_the_difference(before: Path, after: Path) -> None:
    text = _shown(changes={"at": "", "figures": changes.between(before, after)})
    cells = [[cell.strip() for cell in line.strip("│").split("│")] for line in text.splitlines() if line.startswith("│")]
    assert ["billed spend", "2026-01-05 google_ads 10 USD", "10.65", "15.65", "+5.00"] in cells
    assert ["net revenue", "2026-01-05 purchase BRL", "100.00", "80.00", "-20.00"] in cells
    assert ["rows", "fct_conversions", "1", "2", "+1"] in cells
    assert "What changed: nothing" in _shown(last_build={"status": "unchanged"})
    assert "What changed: none of the figures" in _shown(changes={"at": "", "figures": []})
    assert _shown(last_build={"status": "published"}) == ""
