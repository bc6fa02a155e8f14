"""Data Docs: a small static site of what was validated, under ``<JOURNEY_HOME>/reports/data_docs/``.

It is rendered from the results in ``<landing>/_validation``, not by Great Expectations' own site builder, whose pages
load styles and fonts from other servers: these pages hold everything they need and open without a network.
``index.html`` lists sources, loads and builds; ``<source>/index.html`` the loads of one source and its checks as
they came out last; ``<source>/<load>.html`` every expectation of one load or build. All text is escaped.
"""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path

from expectations.results import CRITICAL, WAREHOUSE, WARNING, Result, read_results

NEWEST = 60
"""Loads of a source that get a page; the results of older ones stay in the landing zone."""

STYLE = """
:root { color-scheme: light dark; --line: #8884; --bad: #c62828; --warn: #b26a00; --good: #2e7d32; }
@media (prefers-color-scheme: dark) { :root { --bad: #ff8a80; --warn: #ffb74d; --good: #81c784; } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 2rem; }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
.critical { color: var(--bad); font-weight: 600; } .warning { color: var(--warn); font-weight: 600; } .held { color: var(--good); }
code { font-size: .9em; } nav { margin-bottom: 1rem; }
"""


@dataclass(frozen=True)
class _Load:
    source: str
    load_id: str
    results: tuple[Result, ...]

    @property
    def page(self) -> str:
        return re.sub(r"[^A-Za-z0-9._-]", "_", self.load_id).lstrip(".") + ".html"

    @property
    def validated_at(self) -> datetime:
        return max(result.validated_at for result in self.results)

    def failures(self, severity: str) -> int:
        return sum(not result.success and result.severity == severity for result in self.results)


def write(landing_root: Path, out: Path) -> Path:
    """Write the site anew into ``out`` and return its ``index.html``. The folder is replaced as a whole."""
    loads = _loads(landing_root)
    aside, before = out.with_name(out.name + ".writing"), out.with_name(out.name + ".before")
    for left in (aside, before):
        shutil.rmtree(left, ignore_errors=True)
    aside.mkdir(parents=True)
    (aside / "index.html").write_text(_index(loads), encoding="utf-8")
    for source, own in loads.items():
        folder = aside / source
        folder.mkdir()
        (folder / "index.html").write_text(_source_page(source, own), encoding="utf-8")
        for load in own:
            (folder / load.page).write_text(_load_page(load), encoding="utf-8")
    # Removing a site takes its time: one that is half removed is never seen.
    if out.exists():
        out.rename(before)
    aside.rename(out)
    shutil.rmtree(before, ignore_errors=True)
    return out / "index.html"


def _loads(landing_root: Path) -> dict[str, list[_Load]]:
    """Source -> its loads, newest first; the warehouse's builds come first of all."""
    found: dict[str, list[_Load]] = {}
    folders = [path for path in (landing_root / "_validation").glob("*") if path.is_dir()]
    for folder in sorted(folders, key=lambda path: (path.name != WAREHOUSE, path.name)):
        read = [_Load(folder.name, path.stem, tuple(read_results(path))) for path in folder.glob("*.jsonl")]
        kept = sorted((load for load in read if load.results), key=lambda load: (load.validated_at, load.load_id), reverse=True)
        if kept:
            found[folder.name] = kept[:NEWEST]
    return found


def _index(loads: dict[str, list[_Load]]) -> str:
    rows = [
        [_link(f"{source}/index.html", source), _link(f"{source}/{load.page}", load.load_id), *_summary(load)]
        for source, own in loads.items()
        for load in own
    ]
    latest = [
        [_link(f"{source}/index.html", source), _link(f"{source}/{own[0].page}", own[0].load_id), *_summary(own[0])]
        for source, own in loads.items()
    ]
    head = ["Source", "Load or build", *SUMMARY]
    body = (
        f"<h2>Newest</h2>{_table(head, latest)}<h2>All loads and builds</h2>{_table(head, rows)}"
        if rows
        else "<p>Nothing was validated yet.</p>"
    )
    return _page("Data validation", "", body)


def _source_page(source: str, own: Sequence[_Load]) -> str:
    rows = [[_link(load.page, load.load_id), *_summary(load)] for load in own]
    body = f"<h2>Loads</h2>{_table(['Load or build', *SUMMARY], rows)}<h2>Newest: {escape(own[0].load_id)}</h2>{_expectations(own[0])}"
    return _page(source, _nav("../index.html", "All sources"), body)


def _load_page(load: _Load) -> str:
    body = _table(SUMMARY, [_summary(load)]) + _expectations(load)
    return _page(f"{load.source}: {load.load_id}", _nav("../index.html", "All sources") + _nav("index.html", load.source), body)


SUMMARY = ["Validated (UTC)", "#Held", "#Critical failures", "#Warnings", "Result"]


def _summary(load: _Load) -> list[str]:
    critical, warnings = load.failures(CRITICAL), load.failures(WARNING)
    consequence = "not published" if load.source == WAREHOUSE else "partitions quarantined"
    verdict = f'<span class="critical">{consequence}</span>' if critical else '<span class="held">passed</span>'
    held = sum(result.success for result in load.results)
    return [f"{load.validated_at:%Y-%m-%d %H:%M}", str(held), _count(critical, CRITICAL), _count(warnings, WARNING), verdict]


def _count(number: int, severity: str) -> str:
    return f'<span class="{severity}">{number}</span>' if number else "0"


def _expectations(load: _Load) -> str:
    """A table a stream (or mart), failures first."""
    parts = []
    for stream in sorted({result.stream for result in load.results}):
        own = [result for result in load.results if result.stream == stream]
        own.sort(key=lambda result: (result.success, result.severity != CRITICAL))
        totals = Counter("held" if result.success else result.severity for result in own)
        told = ", ".join(f"{count} {name}" for name, count in sorted(totals.items()))
        rows = [
            [
                '<span class="held">held</span>' if result.success else f'<span class="{escape(result.severity)}">failed</span>',
                escape(result.severity),
                f"<code>{escape(result.expectation)}</code>",
                escape(result.observed),
                str(result.unexpected_count),
                escape(result.account or "all"),
                escape(result.dt or "all"),
                escape(result.message or ""),
            ]
            for result in own
        ]
        head = ["Result", "Severity", "Expectation", "Observed", "#Unexpected", "Account", "Day", "What happened"]
        parts.append(f"<h3>{escape(stream)}</h3><p>Suite <code>{escape(own[0].suite)}</code>: {escape(told)}.</p>{_table(head, rows)}")
    return "".join(parts)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are HTML already; a heading that starts with ``#`` is a column of numbers."""
    kinds = [' class="number"' if name.startswith("#") else "" for name in head]
    heads = "".join(f'<th scope="col"{kind}>{escape(name.lstrip("#"))}</th>' for name, kind in zip(head, kinds, strict=True))
    body = "".join("<tr>" + "".join(f"<td{kind}>{cell}</td>" for cell, kind in zip(row, kinds, strict=True)) + "</tr>" for row in rows)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


def _link(href: str, text: str) -> str:
    return f'<a href="{escape(href)}">{escape(text)}</a>'


def _nav(href: str, text: str) -> str:
    return f"<nav>{_link(href, text)}</nav>"


def _page(title: str, nav: str, body: str) -> str:
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>{nav}<h1>{escape(title)}</h1>{body}</body></html>\n"
    )
