"""A load that is killed while it is put in place, and is not run again: whoever comes next finishes it, and files and ledger agree."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from test_landing import commit, rows, staged

from extractors.landing import Landing, file_hash
from journey.prepare import prepare

ACCOUNTS = ("a1", "a2")
RENAMES = 4
"""Of a load of two files: what it is about to do, each file, the ledger."""


def killed_before(rename: int, patch: pytest.MonkeyPatch) -> None:
    """The process ends before its so many-th rename; afterwards renames are what they were."""
    done = 0
    real = os.replace

    def replace(source: Path, target: Path) -> None:
        nonlocal done
        done += 1
        if done == rename:
            raise KeyboardInterrupt
        real(source, target)

    patch.setattr("os.replace", replace)


def in_place(landing: Landing) -> dict[str, str]:
    """Account -> content of its file."""
    return {account: file_hash(file) for account in ACCOUNTS for file in (landing.root / "shop").rglob(f"account={account}/*/*.parquet")}


def told(landing: Landing) -> dict[str, str | None]:
    return {row.account: row.content_hash for row in landing.newest({"landed", "unchanged"}, "shop").values()}


@pytest.mark.parametrize("first", [True, False], ids=["first load", "restated"])
@pytest.mark.parametrize("rename", range(1, RENAMES + 1))
@pytest.mark.parametrize("next_one", ["load", "build"])
def test_the_next_load_or_build_finishes_it(rename: int, first: bool, next_one: str, tmp_path: Path) -> None:
    landing = Landing(tmp_path / "landing")
    if not first:
        commit(landing, "shop-l1", [staged(landing, "shop-l1", rows(1), account=account) for account in ACCOUNTS])
    before = told(landing)
    second = [staged(landing, "shop-l2", rows(1, 2), account=account) for account in ACCOUNTS]
    landing.write_manifest("shop-l2", second)
    with pytest.MonkeyPatch.context() as patch:
        killed_before(rename, patch)
        with pytest.raises(KeyboardInterrupt):
            commit(landing, "shop-l2", second)
    if next_one == "load":
        landing.commit("till-l1", [], tmp_path / "quarantine", loaded_at=datetime(2026, 1, 4, tzinfo=UTC))
    else:
        prepare(tmp_path / "build.duckdb", landing, full=True)
    whole = {row.account: row.content_hash for row in second}
    assert in_place(landing) == told(landing) == (before if rename == 1 else whole)
    assert landing.waits("shop-l2") == (rename == 1), "before anything was moved it waits for its next try, afterwards nothing is left"
    assert landing.staged_file(second[0]).exists() == (rename == 1)


def test_a_folder_that_cannot_be_written_holds_no_other_source_up(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    landing = Landing(tmp_path / "landing")
    (landing.root / "shop").mkdir(parents=True)
    (landing.root / "shop" / "things").write_text("no folder")
    with pytest.raises(NotADirectoryError):
        commit(landing, "shop-l1", [staged(landing, "shop-l1", rows(1))])
    landing.commit("till-l1", [], tmp_path / "quarantine", loaded_at=datetime(2026, 1, 4, tzinfo=UTC))
    assert "load shop-l1 was stopped while it was put in place, and the rest of it cannot be" in caplog.text
    (landing.root / "shop" / "things").unlink()
    landing.commit("till-l2", [], tmp_path / "quarantine", loaded_at=datetime(2026, 1, 4, tzinfo=UTC))
    assert set(told(landing)) == {"a1"}
    assert in_place(landing) == told(landing)
