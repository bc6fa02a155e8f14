"""At nine in the morning: the platform has restated a day, it is read again, and the run says what moved in what is served."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from journeys import Home
from spoilt import restated_cost

from sandbox.serving import serve_all

DAY = date(2026, 1, 5)


def test_a_day_that_is_read_again_says_which_figures_moved(world: Path, base: Home, tmp_path: Path) -> None:
    home = base.copy(tmp_path / "home")
    restated_cost(world, tmp_path / "restated", DAY, more=5)
    days = ["--from", DAY.isoformat(), "--to", DAY.isoformat()]
    with serve_all(world, sources=["google_ads"], recorded=tmp_path / "restated") as served:
        told = home.journey("run", *days, "--source", "google_ads", "--json", connections=served)
        assert told.code == 0, told.text
        answer = json.loads(told.text.splitlines()[-1])
        again = home.journey("run", *days, "--source", "google_ads", connections=served)
    figures = {figure["figure"]: figure["largest"] for figure in answer["changes"]["figures"]}
    # A click's cost is its touchpoint's, and no sum of touchpoints, conversions or credit moves.
    assert set(figures) == {"billed spend", "spend on touchpoints"}
    for (row,) in figures.values():
        assert row["of"] == {"day": "2026-01-05", "platform": "google_ads", "account": "7310045521", "currency": "BRL"}
        assert float(row["after"]) - float(row["before"]) == 5
    assert "billed spend 2026-01-05 google_ads 7310045521 BRL: " in home.airflow_log()
    assert again.code == 0, again.text
    assert "What changed: nothing; what was read is what had landed before." in again.text
