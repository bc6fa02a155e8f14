"""The rows of the first-party table that need a storage of their own: one that refuses, and one that is away for a moment."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import fsspec
import pytest
from first_party_folder import Folder, csv_file, csv_line
from fsspec.implementations.local import LocalFileSystem

from extractors.errors import ConfigurationError, PermissionDenied, Unreachable
from extractors.retrying import for_load


class Guarded(LocalFileSystem):
    """Real files behind a storage that refuses an account's folder, or does not answer the first ``away`` questions."""

    protocol = "guarded"
    refused = ""
    away = 0
    asked = 0

    def _judge(self, path: str) -> None:
        Guarded.asked += 1
        if Guarded.away:
            Guarded.away -= 1
            raise ConnectionResetError("secret-of-the-storage")
        if Guarded.refused and Guarded.refused in path:
            raise PermissionError("secret-of-the-storage")

    def ls(self, path: str, detail: bool = False, **options: Any) -> Any:
        self._judge(path)
        return super().ls(path, detail=detail, **options)

    def cat_file(self, path: str, *arguments: Any, **options: Any) -> Any:
        self._judge(path)
        return super().cat_file(path, *arguments, **options)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Folder]:
    fsspec.register_implementation("guarded", Guarded, clobber=True)
    monkeypatch.setattr("extractors.first_party.folder.for_load", partial(for_load, sleep=lambda seconds: None))
    made = Folder(tmp_path)
    for account in ("loja", "outra"):
        made.put("2026-01-05.csv", csv_file(csv_line(1), csv_line(2)), account=account)
    made.extra["path"] = f"guarded://{made.root}"
    Guarded.refused, Guarded.away, Guarded.asked = "", 0, 0
    yield made
    Guarded.refused, Guarded.away = "", 0


def test_a_folder_that_may_not_be_read_leaves_the_others_alone(folder: Folder) -> None:
    Guarded.refused = "/outra"
    report = folder.load()
    assert report.errors == []
    assert {(row.account, row.stream, row.status, row.rows) for row in report.partitions} == {
        ("loja", "events", "staged", 2),
        ("loja", "rejected_lines", "staged", 0),
        ("outra", "*", "skipped", 0),
    }
    Guarded.refused = str(folder.root)
    (error,) = folder.load().errors
    assert (type(error), error.source) == (PermissionDenied, "first_party")
    assert "secret" not in str(error)


def test_a_storage_that_is_away_for_a_moment_is_asked_again(folder: Folder) -> None:
    Guarded.away = 2
    report = folder.load()
    assert report.errors == []
    assert {(row.account, row.stream, row.rows) for row in report.partitions if row.rows} == {("loja", "events", 2), ("outra", "events", 2)}
    assert Guarded.away == 0


def test_one_that_stays_away_is_unreachable_and_says_no_more_than_the_kind(folder: Folder) -> None:
    Guarded.away = 1000
    (error,) = folder.load().errors
    assert (type(error), Guarded.asked) == (Unreachable, 6)
    assert "ConnectionResetError, asked 6 times" in error.what
    assert "secret" not in str(error)


def test_a_folder_that_is_not_there_is_not_asked_for_again(folder: Folder) -> None:
    folder.extra["path"] = f"guarded://{folder.root}/nowhere"
    (error,) = folder.load().errors
    assert (type(error), Guarded.asked) == (ConfigurationError, 1)


def test_a_file_that_may_not_be_read_is_named(folder: Folder) -> None:
    Guarded.refused = "/outra/2026-01-05.csv"
    report = folder.load()
    assert report.errors == []
    assert [(row.account, row.stream, row.rows) for row in report.partitions if row.rows] == [("loja", "events", 2)]
    (passed_over,) = (row for row in report.partitions if row.account == "outra")
    assert passed_over.status == "skipped"
    assert passed_over.message is not None
    assert "refused to list or read (2026-01-05.csv)" in passed_over.message
