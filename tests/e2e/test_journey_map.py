"""The journey map of a run: its figures are those of the marts, and a browser without a network draws every chart."""

from __future__ import annotations

import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest
from journeys import Home

from journey.duck import connect
from journey.map import write_map

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
CHARTS = ("flow", "funnel", "channels", "spend", "story")


@pytest.fixture(scope="module")
def page(base: Home) -> str:
    return (base.places.reports / "journey_map.html").read_text(encoding="utf-8")


def _words(html: str) -> str:
    """The page's text, without its scripts and styles."""
    bare = re.sub(r"<(script|style)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", bare)).split())


def test_the_totals_are_those_of_the_marts(base: Home, page: str) -> None:
    with connect(base.places.warehouse, read_only=True) as served:
        customers, touches, revenue, billed = served.execute(
            "select (select count(*) from marts.dim_customers), (select count(*) from marts.fct_customer_journey), "
            "(select round(sum(net_value)) from marts.fct_conversions), (select round(sum(amount)) from marts.fct_spend_reconciliation "
            "where grain = 'account' and component = 'billed')"
        ).fetchall()[0]
    told = _words(page)
    assert f"Customers {customers:,} Identified" in told
    assert f"Touchpoints {touches:,} Purchases" in told
    assert f"Net revenue, BRL {revenue:,.0f} Billed ad spend, BRL {billed:,.0f} Net revenue / ad spend" in told


def test_the_customer_asked_for_is_drawn_touch_by_touch(base: Home, tmp_path: Path) -> None:
    with connect(base.places.warehouse, read_only=True) as served:
        identifier, touches = served.execute(
            "select any_value(identifier), any_value(touchpoints) from marts.dim_identities inner join ("
            "select customer_id, count(*) as touchpoints from marts.fct_customer_journey group by all) using (customer_id) "
            "where identifier_type = 'user_id' group by customer_id order by any_value(touchpoints) desc limit 1"
        ).fetchall()[0]
    write_map(base.places.warehouse, tmp_path / "map.html", identifier=identifier)
    section = (tmp_path / "map.html").read_text(encoding="utf-8").partition("<section id='story'")[2].partition("</section>")[0]
    assert section.partition("<tbody>")[2].count("<tr>") == touches > 10


def test_nothing_on_the_page_comes_from_elsewhere(page: str) -> None:
    assert re.findall(r"<(?:script|link|img|iframe)\b[^>]*(?:src|href)=", page) == []


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_a_browser_without_a_network_draws_every_chart(base: Home, tmp_path: Path) -> None:
    arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=20000"]
    arguments += [f"--user-data-dir={tmp_path}", "--enable-logging=stderr", "--dump-dom"]
    file = base.places.reports / "journey_map.html"
    shown = subprocess.run([str(CHROMIUM), *arguments, file.as_uri()], capture_output=True, text=True, timeout=120, check=True)
    assert [line for line in shown.stderr.splitlines() if "CONSOLE" in line and "rror" in line] == []
    for name in CHARTS:
        section = shown.stdout.partition(f'<section id="{name}"')[2].partition("</section>")[0]
        assert 'class="main-svg"' in section, f"chart {name} is not drawn"
