"""Parts of URLs, cut with plain searches where an expression would cost microseconds: the answers of the expressions, for any text."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from macro_sql import macros

URL = macros("engine/values.sql")
SAME_HOST = URL["url_host"]("url") + " is not distinct from " + URL["url_host"](URL["url_origin"]("url"))
SAME_PAGE = URL["url_page"]("url") + " is not distinct from nullif(regexp_extract(url, '^[^?#]+'), '')"
PIECES = [
    "https://",
    "http://",
    "HTTPS://",
    "android-app://",
    "https:/",
    "//",
    "/",
    "?",
    "#",
    "@",
    ":",
    "www.",
    "Loja.example.com",
    "a b",
    "",
    "\n",
    "é",
]


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


@pytest.mark.parametrize(
    ("url", "origin", "host", "page"),
    [
        ("https://www.loja.example:443/p?q=1#x", "https://www.loja.example:443", "loja.example", "https://www.loja.example:443/p"),
        ("http://u:p@loja.example/p", "https://u:p@loja.example", "loja.example", "http://u:p@loja.example/p"),
        ("https://loja.example?gclid=1", "https://loja.example?gclid=1", "loja.example", "https://loja.example"),
        ("android-app://com.google/x", "android-app://com.google/x", "com.google", "android-app://com.google/x"),
        ("loja.example/p", "loja.example/p", None, "loja.example/p"),
        ("?q", "?q", None, None),
        (None, None, None, None),
    ],
)
def test_parts_of_a_url(
    connection: duckdb.DuckDBPyConnection, url: str | None, origin: str | None, host: str | None, page: str | None
) -> None:
    parts = f"{URL['url_origin']('url')}, {URL['url_host']('url')}, {URL['url_page']('url')}"
    assert connection.execute(f"select {parts} from (select $1::varchar as url)", [url]).fetchall() == [(origin, host, page)]


@pytest.mark.parametrize(
    ("told", "value"),
    [
        ("promo%C3%A7%C3%A3o+de%20ver%C3%A3o", "promoção de verão"),
        ("promo%E7%E3o+de%20ver%E3o", "promo%E7%E3o de%20ver%E3o"),  # Latin-1
        ("corte%E2%82", "corte%E2%82"),
        ("100%", "100%"),
        ("%zz", "%zz"),
        ("%20", None),
    ],
)
def test_a_parameter_that_is_no_utf_8_stays_as_it_is(connection: duckdb.DuckDBPyConnection, told: str, value: str | None) -> None:
    """It stopped every build, and anybody can write an address."""
    parameter = URL["url_parameter"]("url", "utm_campaign")
    urls = [f"https://loja.example/?utm_campaign={told}&gclid=1", "https://loja.example/?utm_campaign=a%20b"]
    found = connection.execute(f"select {parameter} from (select unnest($1::varchar[]) as url)", [urls]).fetchall()
    assert found == [(value,), ("a b",)]


@settings(max_examples=200, deadline=None)
@given(url=st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_an_origin_has_its_urls_host(connection: duckdb.DuckDBPyConnection, url: str) -> None:
    assert connection.execute(f"select {SAME_HOST}, {SAME_PAGE} from (select $1::varchar as url)", [url]).fetchall() == [(True, True)]
