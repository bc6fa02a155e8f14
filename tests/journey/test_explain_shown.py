"""What ``journey explain`` prints of very much: beginning, end, and how many rows lie between; a program is told all."""

from __future__ import annotations

import pytest

from journey.explain import show
from journey.explain.findings import Explanation


@pytest.mark.parametrize(
    ("rows", "left_out"), [(100, None), (101, "101 rows; the 1 in between"), (16_845, "16,845 rows; the 16,745 in between")]
)
def test_of_many_rows_the_first_and_the_last_are_printed(rows: int, left_out: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    told = Explanation("ad", "900000", {"clicks": rows})
    told.section("touches", "What each touch was given", [{"touch": f"touch-{number}", "cost": number} for number in range(rows)])
    show.explanation(told)
    printed = capsys.readouterr().out
    shown = [line.split()[0] for line in printed.splitlines() if line.startswith("touch-")]
    assert shown == [f"touch-{number}" for number in range(rows) if number < 50 or number >= rows - 50]
    assert (f"{left_out} (...) are in what --json prints." in printed) == (left_out is not None)
    assert (left_out is None) != ("..." in printed)
    assert len(told.as_json()["steps"]["touches"]) == rows


def test_landed_values_are_printed_beside_the_first_rows(capsys: pytest.CaptureFixture[str]) -> None:
    told = Explanation("ad", "900000", {})
    told.section("landed", "Landed rows", [{"row": number, "values": {"ad_id": f"a{number}"}} for number in range(300)])
    show.explanation(told)
    printed = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("  row ") for line in printed) == 50
