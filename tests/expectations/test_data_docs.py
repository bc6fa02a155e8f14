"""Data Docs open without a network, tell what failed where, and escape what they show."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from expectations.docs import NEWEST, write
from expectations.results import Result, write_results

WHEN = datetime(2026, 1, 9, 8, tzinfo=UTC)


class Page(HTMLParser):
    """Every link, every loaded resource and the text of one page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.words: list[str] = []
        self.tags: set[str] = set()
        self.feed(path.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if tag == "a" and name == "href":
                self.links.append(value or "")
            elif name in {"src", "href", "data", "poster", "srcset", "action"}:
                self.loads.append(value or "")

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.words)


def result(load_id: str, source: str, *, success: bool = True, severity: str = "critical", **changes: object) -> Result:
    values: dict[str, object] = {
        "load_id": load_id, "source": source, "stream": "ad_insights", "account": None if success else "11",
        "dt": None if success else "2026-01-03", "suite": f"landing.{source}.ad_insights",
        "expectation": "expect_column_values_to_be_between(spend)", "severity": severity, "success": success,
        "observed": "120 rows in 2 partitions" if success else "3 of 60 rows", "unexpected_count": 0 if success else 3,
        "message": None if success else "Spend is below zero (3 of 60 rows).", "validated_at": WHEN,
    }  # fmt: skip
    return Result(**{**values, **changes})  # type: ignore[arg-type]


def site(tmp_path: Path) -> Path:
    root = tmp_path / "landing"
    write_results(root, "facebook_ads", "load-1", [result("load-1", "facebook_ads"), result("load-1", "facebook_ads", success=False)])
    later = WHEN + timedelta(days=1)
    warned = result("load-2", "facebook_ads", success=False, severity="warning", validated_at=later)
    write_results(root, "facebook_ads", "load-2", [result("load-2", "facebook_ads", validated_at=later), warned])
    write_results(root, "warehouse", "build-1", [result("build-1", "warehouse", success=False, account=None, dt=None)])
    return write(root, tmp_path / "reports" / "data_docs")


def test_every_page_opens_without_a_network(tmp_path: Path) -> None:
    pages = sorted(site(tmp_path).parent.rglob("*.html"))
    assert [page.relative_to(tmp_path / "reports" / "data_docs").as_posix() for page in pages] == [
        "facebook_ads/index.html",
        "facebook_ads/load-1.html",
        "facebook_ads/load-2.html",
        "index.html",
        "warehouse/build-1.html",
        "warehouse/index.html",
    ]
    for page in pages:
        seen = Page(page)
        assert seen.loads == []
        assert not seen.tags & {"script", "link", "img", "iframe", "object", "embed"}
        assert not re.search(r"https?://|@import|url\(|//[a-z]", page.read_text())
        assert all((page.parent / link).is_file() for link in seen.links)


def test_the_index_counts_by_severity_newest_first(tmp_path: Path) -> None:
    page = site(tmp_path).read_text()
    rows = re.findall(r"<tr>(<td>.*?)</tr>", page.split("All loads and builds")[1])
    cells = [[re.sub("<[^>]+>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)] for row in rows]
    assert cells == [
        ["warehouse", "build-1", "2026-01-09 08:00", "0", "1", "0", "not published"],
        ["facebook_ads", "load-2", "2026-01-10 08:00", "1", "0", "1", "passed"],
        ["facebook_ads", "load-1", "2026-01-09 08:00", "1", "1", "0", "partitions quarantined"],
    ]


def test_a_load_tells_expectation_observation_and_coordinates(tmp_path: Path) -> None:
    text = Page(site(tmp_path).parent / "facebook_ads" / "load-1.html").text
    told = (
        "expect_column_values_to_be_between(spend)",
        "3 of 60 rows",
        "11",
        "2026-01-03",
        "Spend is below zero",
        "landing.facebook_ads.ad_insights",
    )
    assert all(part in text for part in told)
    assert text.index("failed") < text.index("120 rows in 2 partitions")


def test_everything_shown_is_escaped(tmp_path: Path) -> None:
    root, nasty = tmp_path / "landing", "<script>alert('1')</script>&\"'"
    spoiled = result("load-1", "klaviyo", success=False, stream=nasty, account=nasty, dt=nasty, suite=nasty, expectation=nasty)
    spoiled = result(**{**spoiled.__dict__, "observed": nasty, "message": nasty})
    write_results(root, "klaviyo", "<b>load", [spoiled])
    site = write(root, tmp_path / "docs").parent
    for page in site.rglob("*.html"):
        assert not Page(page).tags & {"script", "b"}
    assert nasty in Page(site / "klaviyo" / "_b_load.html").text


def test_a_site_is_whole_whenever_the_next_one_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old one was removed first, page by page."""
    out = site(tmp_path).parent
    pages = sorted(out.rglob("*.html"))

    def killed(folder: Path, **_: object) -> None:
        if Path(folder).exists():
            for page in sorted(Path(folder).rglob("*.html"))[:2]:
                page.unlink()
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("shutil.rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            write(tmp_path / "landing", out)
    assert sorted(out.rglob("*.html")) == pages
    write(tmp_path / "landing", out)
    assert [folder.name for folder in out.parent.iterdir() if folder.name.startswith(out.name)] == [out.name]


def test_old_loads_leave_the_site_and_a_site_of_nothing_opens(tmp_path: Path) -> None:
    index = write(tmp_path / "landing", tmp_path / "docs")
    assert "Nothing was validated yet." in Page(index).text
    for number in range(NEWEST + 5):
        when = WHEN + timedelta(hours=number)
        write_results(tmp_path / "landing", "ga4", f"load-{number:03}", [result(f"load-{number:03}", "ga4", validated_at=when)])
    write(tmp_path / "landing", tmp_path / "docs")
    kept = sorted(page.stem for page in (tmp_path / "docs" / "ga4").glob("load-*.html"))
    assert (len(kept), kept[0], kept[-1]) == (NEWEST, "load-005", "load-064")
