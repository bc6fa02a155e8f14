"""The page around the charts: headings, totals, tables; the charting library is inside, so it opens offline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from html import escape
from typing import Any

import plotly.graph_objects as go
import plotly.io
from plotly.offline import get_plotlyjs

from journey.map import charts
from journey.map.queries import DRAWN, Rows

STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: #1f2933; background: #f5f7fa; }
header { background: #102a43; color: #fff; padding: 28px 24px; }
header h1 { margin: 0; font-size: 26px; }
header p { margin: 4px 0 0; color: #d9e2ec; }
main { max-width: 1240px; margin: 0 auto; padding: 20px 24px 60px; }
.totals { display: grid; grid-template-columns: repeat(4, 1fr); gap: 12px; margin: 0 0 20px; }
@media (max-width: 800px) { .totals { grid-template-columns: repeat(2, 1fr); } }
.totals div { background: #fff; border-radius: 8px; padding: 14px 16px; box-shadow: 0 1px 3px rgba(31,41,51,.12); }
.totals dt { color: #52606d; font-size: 13px; }
.totals dd { margin: 0; font-size: 22px; font-weight: 650; }
section { background: #fff; border-radius: 8px; padding: 20px; margin: 0 0 20px; box-shadow: 0 1px 3px rgba(31,41,51,.12); }
h2 { margin: 0 0 4px; font-size: 19px; }
section > p { margin: 0 0 10px; color: #52606d; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { text-align: left; padding: 6px 10px; border-bottom: 1px solid #e4e7eb; white-space: nowrap; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(440px, 100%), 1fr)); gap: 24px; }
h3 { font-size: 15px; margin: 8px 0; }
summary { cursor: pointer; color: #334e68; margin: 8px 0; }
"""


def render(figures: dict[str, Rows], *, currency: str) -> str:
    """The whole page as HTML; no address outside itself."""
    total = figures["overview"][0]
    parts = [
        f"<header><h1>Customer journey map</h1><p>{total['first_date'] or '-'} to {total['last_date'] or '-'}; "
        f"money in {escape(currency)}</p></header><main>",
        _totals(total, currency),
        _section(
            "flow",
            "From stage to stage, by channel",
            "Each journey enters a stage through a channel and goes on to the next, or to its outcome. Width is the number of journeys.",
            charts.flow(figures["flow"]),
            figures["flow"],
        ),
        _section(
            "funnel",
            "How far customers come",
            "Customers who ever reached each stage, and their share of those who were ever aware. A purchase counts once a customer.",
            charts.funnel(figures["funnel"]),
            figures["funnel"],
        ),
        _section(
            "channels",
            "Spend and revenue by channel",
            "Cost that reached a touchpoint, beside net revenue as each model credits it. Every model credits the same total.",
            charts.channels(figures["channels"], currency),
            figures["channels"],
        ),
        _section(
            "spend",
            "Where the bill went",
            "What each platform billed: the part on touchpoints, and what reached none, by reason. The parts add up to the bill.",
            charts.spend(figures["spend"], currency),
            figures["spend"],
        ),
        _section(
            "story",
            "One customer's journey",
            _whose(figures["chosen"]),
            charts.story(figures["story"]),
            figures["story"],
            is_open=True,
        ),
        _quality(figures),
        "</main>",
    ]
    body = "\n".join(parts)
    return (
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'><title>Customer journey map</title>"
        f"<style>{STYLE}</style><script>{get_plotlyjs()}</script></head><body>{body}</body></html>\n"
    )


def _whose(chosen: Rows) -> str:
    """Whose path is drawn; another one than the setting asks for is said to be so."""
    text = "All touchpoints of one customer in order, on all devices and platforms. A star is a purchase; a dotted line starts a journey."
    for row in chosen:
        other = "Nobody has the identifier of the setting map_identifier, so this is the customer with the most kinds of touchpoints. "
        text = f"{other if row['is_another'] else ''}{text} Customer {row['customer_id']}."
        if row["touchpoints"] > DRAWN:
            text += f" These are the first {DRAWN:,} of {row['touchpoints']:,} touchpoints; journey explain customer tells of all."
    return text


def _totals(total: dict[str, Any], currency: str) -> str:
    revenue, spend = total["net_revenue"], total["billed_spend"]
    shown = [
        ("Customers", _text(total["customers"])),
        ("Identified", _text(total["identified_customers"])),
        ("Journeys", _text(total["journeys"])),
        ("Touchpoints", _text(total["touchpoints"])),
        ("Purchases", _text(total["purchases"])),
        (f"Net revenue, {currency}", _whole(revenue)),
        (f"Billed ad spend, {currency}", _whole(spend)),
        ("Net revenue / ad spend", f"{revenue / spend:.2f}" if revenue and spend else "-"),
    ]
    return "<dl class='totals'>" + "".join(f"<div><dt>{escape(name)}</dt><dd>{value}</dd></div>" for name, value in shown) + "</dl>"


def _whole(amount: Decimal | None) -> str:
    return "-" if amount is None else f"{amount:,.0f}"


def _section(anchor: str, title: str, text: str, figure: go.Figure, rows: Rows, *, is_open: bool = False) -> str:
    drawn = plotly.io.to_html(
        figure, include_plotlyjs=False, full_html=False, div_id=f"chart-{anchor}", config={"displayModeBar": False, "responsive": True}
    )
    return (
        f"<section id='{anchor}' aria-labelledby='{anchor}-title'><h2 id='{anchor}-title'>{escape(title)}</h2><p>{escape(text)}</p>"
        f"<div class='scroll' role='img' aria-label='{escape(title, quote=True)}; the figures are in the table below'>{drawn}</div>"
        f"<details{' open' if is_open else ''}><summary>The figures as a table</summary>{_table(rows)}</details></section>"
    )


def _quality(figures: dict[str, Rows]) -> str:
    tables = [
        ("Loads", figures["loads"]),
        ("Checks", figures["checks"]),
        ("Set aside, counted, kept out of journeys", figures["set_aside"]),
        ("Without consent, counted by channel", figures["unconsented"]),
    ]
    shown = "".join(f"<div><h3>{escape(title)}</h3>{_table(rows)}</div>" for title, rows in tables)
    return (
        "<section id='quality' aria-labelledby='quality-title'><h2 id='quality-title'>Quality of the data</h2>"
        f"<p>What was loaded, checked and set aside.</p><div class='columns'>{shown}</div>"
        f"<h3>Checks that failed</h3>{_table(figures['failed_checks'])}</section>"
    )


def _table(rows: Sequence[dict[str, Any]]) -> str:
    if not rows:
        return "<p>None.</p>"
    names = list(rows[0])
    numeric = {name for name in names if any(isinstance(row[name], (int, float, Decimal)) for row in rows)}
    head = "".join(f"<th scope='col'{_kind(name in numeric)}>{escape(name.replace('_', ' '))}</th>" for name in names)
    lines = "".join("<tr>" + "".join(f"<td{_kind(name in numeric)}>{_text(row[name])}</td>" for name in names) + "</tr>" for row in rows)
    return f"<div class='scroll' tabindex='0'><table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>"


def _kind(numeric: bool) -> str:
    return " class='number'" if numeric else ""


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (Decimal, float)):
        return f"{value:,.2f}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return escape(value.isoformat() if isinstance(value, date) else str(value))
