"""Files as ten different programs leave them: what is read whole, and what is refused rather than read in part."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from first_party_folder import HEADER, Folder, csv_file, csv_line, json_file

from extractors.errors import PayloadError
from extractors.first_party import lines

OTHER_ORDER = "transaction_id,occurred_at,event_type,email,value,currency,event_id\nT9,2026-01-05T11:00:00Z,purchase,,5.00,BRL,e9\n"
ARRAY = json.dumps([{"event_id": f"a{at}", "occurred_at": "2026-01-05T10:00:00Z", "event_type": "chat"} for at in range(50)])
REFUSED = [
    ("2026-01-05-b.csv", csv_file(csv_line(2), csv_line(3)).replace("\n", "\r"), "ends its lines with CR alone"),
    ("2026-01-05-b.jsonl", json_file({}, {}, {}).replace("\n", "\r"), "ends its lines with CR alone"),
    ("2026-01-05-b.jsonl", "\n " + ARRAY + "\n", "is one JSON array"),
    ("2026-01-05-b.csv", csv_file(csv_line(2)) + OTHER_ORDER, "has another header in line 3"),
    ("2026-01-05-b.csv", csv_file(csv_line(2)) + "\ufeff" + OTHER_ORDER, "has another header in line 3"),
]


@pytest.mark.parametrize(("name", "content", "says"), REFUSED)
def test_a_file_that_would_be_read_in_part_or_otherwise_is_refused(tmp_path: Path, name: str, content: str, says: str) -> None:
    folder = Folder(tmp_path)
    folder.put("2026-01-05-a.csv", csv_file(csv_line(1)))
    folder.put(name, content)
    folder.put("2026-01-05.csv", csv_file(csv_line(1)), account="outra")
    report = folder.load()
    assert [(type(error), error.account) for error in report.errors] == [(PayloadError, "loja")] * 2
    assert f"({name} {says}" in report.errors[0].what
    assert len(folder.rows(account="outra")) == 1


def test_a_file_that_unpacks_to_more_than_a_machine_has_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MOST_BYTES", 2**20)
    folder = Folder(tmp_path)
    folder.put("2026-01-05-a.csv.gz", csv_file(csv_line(1), *("\n" * 2**20)))
    folder.put("2026-01-05.csv.gz", csv_file(csv_line(1), csv_line(2)), account="outra")
    report = folder.load()
    assert [(type(error), error.account) for error in report.errors] == [(PayloadError, "loja")] * 2
    assert "(2026-01-05-a.csv.gz unpacks to more than 1 MB; write it in parts)" in report.errors[0].what
    assert len(folder.rows(account="outra")) == 2


def test_files_put_together_with_their_headers_are_read_on(tmp_path: Path) -> None:
    folder = Folder(tmp_path, max_rejected_share=0.5)
    again = "\ufeff" + HEADER.replace(",", " , ").upper()
    folder.put("2026-01-05.csv", csv_file(csv_line(1)) + again + csv_line(2) + HEADER + csv_line(3).strip())
    assert folder.load().errors == []
    assert [row["event_id"] for row in folder.rows()] == ["e1", "e2", "e3"]
    assert folder.rejected() == [("2026-01-05.csv", line, "the header again") for line in (3, 5)]


@pytest.mark.parametrize("limit", [131_072, 8_000_000])
def test_a_field_that_is_too_long_is_named_as_that(tmp_path: Path, limit: int) -> None:
    """Whatever else in the process lets csv read."""
    folder = Folder(tmp_path)
    before = csv.field_size_limit(limit)
    lines = [csv_line(at, transaction_id="T" * length) for at, length in enumerate([100_000, 131_072, 131_073, 1])]
    folder.put("2026-01-05.csv", csv_file(*lines))
    try:
        assert folder.load().errors == []
    finally:
        csv.field_size_limit(before)
    assert [len(row["transaction_id"]) for row in folder.rows()] == [100_000, 131_072, 1]
    assert folder.rejected() == [("2026-01-05.csv", 4, "a field of more than 131,072 characters")]


def _folder_of_parts(account: Path) -> None:
    (account / "2026-01-05.parquet").mkdir()


def _link_to_nothing(account: Path) -> None:
    (account / "2026-01-05-b.csv").symlink_to(account / "moved.csv")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (_folder_of_parts, "A file has none of the documented formats (2026-01-05.parquet is a folder)"),
        (_link_to_nothing, "A file is gone, or a link to nothing (2026-01-05-b.csv)"),
    ],
)
def test_what_stands_where_a_file_should_is_named(tmp_path: Path, make: Callable[[Path], None], says: str) -> None:
    folder = Folder(tmp_path)
    for account in ("loja", "outra"):
        folder.put("2026-01-05.csv", csv_file(csv_line(1)), account=account)
    make(folder.root / "loja")
    report = folder.load()
    assert [(type(error), error.account) for error in report.errors] == [(PayloadError, "loja")] * 2
    assert says in report.errors[0].what
    assert len(folder.rows(account="outra")) == 1


def test_names_with_blanks_signs_and_bytes_that_are_no_text(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    names = ["2026-01-05 a#b%20ção.csv", "2026-01-05 x?*[1].csv", "2026-01-05-a\nb.csv", os.fsdecode(b"2026-01-05-balc\xe3o.csv")]
    for at, name in enumerate(names):
        folder.put(name, csv_file(csv_line(2 * at), csv_line(2 * at + 1, value="x") if at == 3 else csv_line(2 * at + 1)))
    (folder.root / "loja" / "2026-01-05-linked.csv").symlink_to(folder.root / "loja" / names[0])
    assert folder.load().errors == []
    assert sorted(row["event_id"] for row in folder.rows()) == [f"e{at}" for at in range(7)]
    assert sum(row["value"] for row in folder.rows()) == Decimal("73.5")
    assert [(file, line) for file, line, _ in folder.rejected()] == [("2026-01-05-balc\\udce3o.csv", 3)]
