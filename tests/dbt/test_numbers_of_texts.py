"""Numbers stand for ids and addresses in many steps: texts made to a pattern, whose plain hashes meet, stay apart."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from dbt_warehouse import Rows, land_rows
from macro_sql import macros
from recorded_builds import Start
from small_rows import DAYS
from small_shop import Shop, event

NUMBERS = macros("engine/values.sql")
PATTERNS = {
    "products and their colours": "'https://www.example.com/produto/num/' || 1000 + number // 300 || '/cor/' || 100 + number % 300",
    "devices that the shop numbers": (
        "'1.cl' || lpad(cast(number // 1000 as varchar), 4, '0') || '.web' || lpad(cast(number % 1000 as varchar), 4, '0') || '.9'"
    ),
    "sales that the shop numbers": "'purchase:BR-' || 1000 + number // 300 || '/SP' || lpad(cast(number % 300 as varchar), 4, '0')",
    "letters after letters": "'abcdefg' || chr(65 + number % 26) || 'hijklmn' || chr(65 + number // 26 % 26) || number // 676",
    "the same in letters of two bytes": "'éééa' || chr(65 + number % 26) || 'éééa' || chr(65 + number // 26 % 26) || number // 676",
}


@pytest.mark.parametrize("text", PATTERNS.values(), ids=PATTERNS.keys())
def test_every_text_of_a_pattern_has_a_number_of_its_own(text: str) -> None:
    """Plain hashes of these meet, else they would show nothing."""
    numbers = [NUMBERS["text_number"](["text"]), NUMBERS["text_number"](["'a'", "text"], ["number % 7"])]
    with duckdb.connect() as connection:
        texts = (
            f"select distinct on (text) number, {text} as text from (select cast(range as integer) as number from range(300000)) as counted"
        )
        ((plain,),) = connection.execute(f"select count(distinct hash(text)) from ({texts})").fetchall()
        assert plain < 300_000
        counted = ", ".join(f"count(distinct {number})" for number in numbers)
        assert connection.execute(f"select {counted} from ({texts})").fetchall() == [(300_000, 300_000)]
        listed = NUMBERS["list_number"]("['page', text, null]", ["number % 7"])
        assert connection.execute(f"select count(distinct {listed}) from ({texts})").fetchall() == [(300_000,)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.cl0000.web0004.9", "1.cl0007.web0009.9"),
        ("https://www.example.com/produto/num/1001/cor/100", "https://www.example.com/produto/num/1006/cor/105"),
        ("purchase:BR-1050/SP0006", "purchase:BR-1991/SP0059"),
    ],
)
def test_plain_hashes_of_the_small_shop_meet(one: str, other: str) -> None:
    """Else the shop below would show nothing."""
    with duckdb.connect() as connection:
        assert connection.execute("select hash(?) = hash(?)", [one, other]).fetchall() == [(True,)]


def test_visits_pages_and_sales_whose_ids_are_made_to_a_pattern_stay_apart(tmp_path: Path, shop_start: Start) -> None:
    shop = Shop(tmp_path, shop_start)
    visits = [event("cl0000.web0004", 9), event("cl0007.web0009", 9, "purchase", sale="BR-1050/SP0006", amount=10.0)]
    pages = [event("a", 10, query="roduto/num/1001/cor/100"), event("b", 10, query="roduto/num/1006/cor/105")]
    sale = event("c", 11, "purchase", sale="BR-1991/SP0059", amount=30.0)
    land_rows(shop.landing, [Rows("ga4", "events", "1", DAYS[0], [*visits, *pages, sale])], load="night-0", second=0)
    shop.night()
    assert shop.warehouse.rows("select session_id, count(*) from intermediate.int_sessions group by all order by all") == [
        ("1.a.10", 1),
        ("1.b.10", 1),
        ("1.c.11", 1),
        ("1.cl0000.web0004.9", 1),
        ("1.cl0007.web0009.9", 1),
    ]
    assert shop.warehouse.rows(
        "select session_id, landing_page from marts.fct_customer_journey where session_id in ('1.a.10', '1.b.10') order by all"
    ) == [
        ("1.a.10", "https://www.example.com/produto/num/1001/cor/100"),
        ("1.b.10", "https://www.example.com/produto/num/1006/cor/105"),
    ]
    assert shop.warehouse.rows(
        "select conversion_id, sum(credit)::varchar, sum(attributed_revenue)::varchar from marts.fct_attribution"
        " where model = 'linear' group by all order by all"
    ) == [("purchase:BR-1050/SP0006", "1.000000000000", "10.000000"), ("purchase:BR-1991/SP0059", "1.000000000000", "30.000000")]
    assert shop.unlike_once() == {}


def test_events_of_one_moment_whose_pages_are_made_to_a_pattern_are_no_deliveries_of_one(tmp_path: Path, shop_start: Start) -> None:
    """Without bundle columns their parameters alone tell them apart."""
    shop = Shop(tmp_path, shop_start)
    pages = [event("a", 10, query=f"roduto/num/{page}") for page in ("1001/cor/100", "1006/cor/105")]
    land_rows(shop.landing, [Rows("ga4", "events", "1", DAYS[0], [*pages, pages[0]])], load="night-0", second=0)
    shop.night()
    events = "select page_location, set_aside_reason from intermediate.int_site_events order by all nulls first"
    assert shop.warehouse.rows(events) == [
        ("https://www.example.com/produto/num/1001/cor/100", None),
        ("https://www.example.com/produto/num/1001/cor/100", "duplicate"),
        ("https://www.example.com/produto/num/1006/cor/105", None),
    ]


def test_events_of_one_moment_whose_names_are_made_to_a_pattern_stay_apart(tmp_path: Path, shop_start: Start) -> None:
    """They are one device's, and nothing else of their keys tells them apart."""
    shop, names = Shop(tmp_path, shop_start), ["etapa_00_botao06", "etapa_09_botao09"]
    with duckdb.connect() as connection:
        assert connection.execute("select hash(?) = hash(?)", names).fetchall() == [(True,)]
    rows = [event("a", 10, name) for name in [*names, "purchase"]]
    land_rows(shop.landing, [Rows("ga4", "events", "1", DAYS[0], rows)], load="night-0", second=0)
    shop.night()
    events = "select event_name, event_number, count(*) from intermediate.int_site_events group by all order by all"
    assert shop.warehouse.rows(events) == [(names[0], 1, 1), (names[1], 2, 1), ("purchase", 3, 1)]
    assert shop.unlike_once() == {}
