"""What is wrong with a line, a file or the Connection: each named with file and line, never with what stands there."""

from __future__ import annotations

import gzip
import io
import json
import logging
import socket
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from first_party_folder import DAY, HEADER, Folder, csv_file, csv_line, json_file

from expectations.landing import validate
from extractors.errors import ConfigurationError, PartialAnswer, PayloadError, Unreachable
from extractors.landing import Landing

CSV = [
    (csv_line(2, occurred_at="05/01/2026 10:00"), "occurred_at is not an ISO 8601 date and time"),
    (csv_line(2, occurred_at="2026-01-05T25:00:00Z"), "occurred_at is not an ISO 8601 date and time"),
    (csv_line(2, occurred_at="2026-01-05T10:00:00"), "occurred_at has no offset from UTC"),
    (csv_line(2, occurred_at=""), "occurred_at is missing"),
    (csv_line(2, occurred_at="2026-01-06T00:00:00Z"), "occurred_at lies outside the day of the file"),
    (csv_line(2, event_id=" "), "event_id is missing"),
    (csv_line(2, event_type="NULL"), "event_type is missing"),
    (csv_line(2, event_type="compra na loja"), "event_type is not one word of letters, digits and underscores"),
    (csv_line(2, email="Maria Silva"), "email is not an address"),
    (csv_line(2, value='"59,90"'), "value is not a number (a point before the decimals, nothing between the thousands)"),
    (csv_line(2, value="1_000"), "value is not a number (a point before the decimals, nothing between the thousands)"),
    (csv_line(2, value="Infinity"), "value is not a number (a point before the decimals, nothing between the thousands)"),
    (csv_line(2, value="-10"), "value is below zero; a refund is an event_type"),
    (csv_line(2, value="1e30"), "value has more than twelve digits before the point"),
    (csv_line(2, currency="R$"), "currency is not a code of three letters"),
    (csv_line(2, transaction_id="maria@correio.example"), "transaction_id holds an email address; it belongs into email"),
    ("e2,2026-01-05T10:00:00Z,purchase\n", "3 fields where the header names 7"),
    (csv_line(2).replace("\n", ",,\n"), "9 fields where the header names 7"),
    (csv_line(2, transaction_id='"T"2'), "malformed CSV"),
    (csv_line(2, transaction_id='"T2'), "a quote that is not closed"),
    (csv_line(2, event_type='"purchase'), "a quote that is not closed"),
]


@pytest.mark.parametrize(("line", "reason"), CSV, ids=[f"{at}-{reason.split(' (')[0]}" for at, (_, reason) in enumerate(CSV)])
def test_one_wrong_csv_line_is_rejected_and_the_others_land(tmp_path: Path, line: str, reason: str) -> None:
    folder = Folder(tmp_path)
    folder.put("2026-01-05.csv", csv_file(csv_line(1), line, csv_line(3), csv_line(4)))
    assert folder.load().errors == []
    assert folder.rejected() == [("2026-01-05.csv", 3, reason)]
    assert [row["event_id"] for row in folder.rows()] == ["e1", "e3", "e4"]


JSON: list[tuple[str | dict[str, Any], str]] = [
    ('{"event_id": "x", ', "malformed JSON"),
    ('{"event_id": "x", "value": NaN}', "malformed JSON"),
    ("[1, 2]", "not a JSON object"),
    ({"e-mail": "x", "name": "y"}, "2 fields that are not documented; they belong into properties"),
    ({"event_id": ["x"]}, "event_id is not a text"),
    ({"user_id": True}, "user_id is not a text"),
    ({"value": True}, "value is not a number"),
    ({"occurred_at": 1767607200}, "occurred_at is not an ISO 8601 date and time"),
    ({"email": 5}, "email is not a text"),
    ({"email_sha256": "abc"}, "email_sha256 is not a SHA-256 in hexadecimal"),
    ({"email": "a@b.example", "email_sha256": "ab" * 32}, "email and email_sha256 are two different addresses"),
    ({"consent_state": "no"}, "consent_state is none of granted, denied, unknown"),
    ({"properties": "{'a': 1}"}, "properties are malformed JSON"),
    ({"properties": [1]}, "properties are not a JSON object"),
]


@pytest.mark.parametrize(("line", "reason"), JSON, ids=[reason for _, reason in JSON])
def test_one_wrong_json_line_is_rejected_and_the_others_land(tmp_path: Path, line: str | dict[str, Any], reason: str) -> None:
    folder = Folder(tmp_path)
    whole = {"event_id": "x", "occurred_at": f"{DAY}T10:00:00Z", "event_type": "chat"}
    text = line if isinstance(line, str) else json.dumps(whole | line)
    folder.put("2026-01-05.jsonl.gz", json_file({}) + "\n" + text + "\n" + json_file({"event_id": "k"}))
    assert folder.load().errors == []
    assert folder.rejected() == [("2026-01-05.jsonl.gz", 3, reason)]
    assert [row["event_id"] for row in folder.rows()] == ["j0", "k"]


def test_lines_that_are_not_utf8_are_rejected(tmp_path: Path) -> None:
    folder = Folder(tmp_path, max_rejected_share=0.5)
    latin = csv_file(csv_line(1), csv_line(2, transaction_id="Balcão"), csv_line(3)).encode("latin-1")
    folder.put("2026-01-05.csv", latin)
    folder.put("2026-01-05.jsonl", json_file({}, {"channel": "balcão"}).encode("latin-1"))
    assert folder.load().errors == []
    assert folder.rejected() == [("2026-01-05.csv", 3, "not UTF-8"), ("2026-01-05.jsonl", 2, "malformed JSON")]


def test_a_row_of_parquet_is_named_by_its_number(tmp_path: Path) -> None:
    table = pa.table({"event_id": ["a", None, "c"], "occurred_at": [f"{DAY}T10:00:00Z"] * 3, "event_type": ["chat"] * 3})
    sink = io.BytesIO()
    pq.write_table(table, sink)
    folder = Folder(tmp_path)
    folder.put("2026-01-05.parquet", sink.getvalue())
    assert folder.load().errors == []
    assert folder.rejected() == [("2026-01-05.parquet", 2, "event_id is missing")]
    naive = table.set_column(1, "occurred_at", pa.array([datetime(2026, 1, 5, 10)] * 3))  # noqa: DTZ001 - what is refused
    sink = io.BytesIO()
    pq.write_table(naive, sink)
    folder.put("2026-01-05.parquet", sink.getvalue())
    (error,) = folder.load().errors
    assert error.what.count("occurred_at has no offset from UTC") == 3


def test_properties_may_go_over_lines_and_a_stray_quote_swallows_nothing(tmp_path: Path) -> None:
    names = "event_id,occurred_at,event_type,properties\n"
    over = f'a,{DAY}T10:00:00Z,chat,"{{\n""n"":\n1}}"\n'
    stray = f'b,{DAY}T10:00:00Z,"chat,\n'
    rest = "".join(f"r{at},{DAY}T10:00:00Z,chat,\n" for at in range(1000))
    closing = f'z,{DAY}T10:00:00Z,chat",\n'
    folder = Folder(tmp_path)
    folder.put("2026-01-05.csv", names + over + stray + rest + closing + stray)
    assert folder.load().errors == []
    assert len(folder.rows()) == 1001
    assert folder.rejected() == [
        ("2026-01-05.csv", 5, "a quote that is not closed"),
        ("2026-01-05.csv", 1006, "event_type is not one word of letters, digits and underscores"),
        ("2026-01-05.csv", 1007, "a quote that is not closed"),
    ]


def test_one_event_told_in_two_ways_is_rejected_on_all_its_lines(tmp_path: Path) -> None:
    folder = Folder(tmp_path, max_rejected_share=0.8)
    folder.put("2026-01-05-a.csv", csv_file(csv_line(1), csv_line(2), csv_line(1)))
    folder.put("2026-01-05-b.csv", csv_file(csv_line(1, value="11")))
    assert folder.load().errors == []
    assert [row["event_id"] for row in folder.rows()] == ["e2"]
    a, b = "2026-01-05-a.csv", "2026-01-05-b.csv"
    says = "event_id stands with other content in "
    assert folder.rejected() == [
        (a, 2, f"{says}line 4 of {a}, line 2 of {b}"),
        (a, 4, f"{says}line 2 of {a}, line 2 of {b}"),
        (b, 2, f"{says}line 2 of {a}, line 4 of {a}"),
    ]


@pytest.mark.parametrize(
    ("good", "bad", "share", "refused"),
    [(1, 1, None, False), (0, 1, None, True), (98, 2, None, True), (198, 2, None, False), (197, 3, None, True),
     (99, 1, 0, True), (2, 2, 0.5, False), (1, 2, 0.5, True), (1, 5, 1, False), (0, 5, 1, True)],
)  # fmt: skip
def test_how_many_lines_may_be_rejected(tmp_path: Path, good: int, bad: int, share: float | None, refused: bool) -> None:
    folder = Folder(tmp_path, **({} if share is None else {"max_rejected_share": share}))
    folder.put("2026-01-05.csv", csv_file(*(csv_line(at) for at in range(good)), *(csv_line(1000 + at, value="x") for at in range(bad))))
    report = folder.load()
    assert len(folder.rows("rejected_lines")) == bad
    if not refused:
        assert (report.errors, len(folder.rows())) == ([], good)
        return
    (error,) = report.errors
    assert isinstance(error, PayloadError)
    assert (error.stream, error.account, error.day) == ("events", "loja", DAY)
    told = f"Too many lines of a day are rejected ({bad} of {good + bad}: 2026-01-05.csv line {good + 2} (value is not a number"
    assert error.what.startswith(told)
    assert folder.rejected()[0][1] == good + 2


def test_an_error_names_twenty_lines_and_counts_the_rest(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.put("2026-01-05.csv", csv_file(*(csv_line(at, event_id="") for at in range(50))))
    (error,) = folder.load().errors
    assert error.what.count("2026-01-05.csv line") == 20
    assert error.what.endswith("line 21 (event_id is missing); and 30 more).")


FILES: list[tuple[str, bytes, type[Exception], str]] = [
    ("2026-01-05.csv", b"maria,x,y\n", PayloadError, "does not have the column event_id, occurred_at, event_type"),
    ("2026-01-05.csv", HEADER.replace(",", ";").encode(), PayloadError, "does not begin with a header"),
    ("2026-01-05.csv", b"name,e-mail," + HEADER.encode(), PayloadError, "columns that are not documented (number 1, 2)"),
    ("2026-01-05.csv", b"email," + HEADER.encode(), PayloadError, "has a column twice"),
    ("2026-01-05.csv", csv_file(csv_line(1)).encode("utf-16"), PayloadError, "is UTF-16"),
    ("2026-01-05.csv.gz", gzip.compress(b"x" * 999), PayloadError, "is no readable gzip file"),
    ("2026-01-05.parquet", b"PAR1 and no more", PayloadError, "is no readable Parquet file"),
    ("2026-01-05.xlsx", b"PK", PayloadError, "2026-01-05.xlsx is none of .csv, .csv.gz"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "kind", "says"), FILES, ids=[says for *_, says in FILES])
def test_a_file_that_is_none_fails_the_account(tmp_path: Path, name: str, content: bytes, kind: type[Exception], says: str) -> None:
    folder = Folder(tmp_path)
    folder.put("2026-01-05-good.csv", csv_file(csv_line(1)))
    folder.put("2026-01-05.csv", csv_file(csv_line(1)), account="outra")
    path = folder.root / "loja" / name
    path.write_bytes(content[:10] + b"\xff" * 20 if "gzip" in says else content)
    report = folder.load()
    assert [(type(error), error.account) for error in report.errors] == [(kind, "loja")] * 2
    assert says in report.errors[0].what
    assert "maria" not in str(report.errors)
    assert len(folder.rows(account="outra")) == 1


def test_a_gzip_file_that_breaks_off_is_partial(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.put("2026-01-05.csv", csv_file(csv_line(1)))
    packed = gzip.compress(csv_file(*(csv_line(at) for at in range(100))).encode())
    (folder.root / "loja" / "2026-01-05.csv.gz").write_bytes(packed[: len(packed) // 2])
    assert {type(error) for error in folder.load().errors} == {PartialAnswer}


@pytest.mark.parametrize(
    ("extra", "says"),
    [
        ({"path": ""}, "extra.path is missing"),
        ({"path": "nonsense://bucket"}, "extra.path or extra.storage_options is not understood"),
        ({"path": "abfs://bucket/files"}, "whose package is not installed"),
        ({"path": "/no/such/folder"}, "leads to no folder"),
        ({"time_zone": "Sao Paulo"}, "extra.time_zone must be"),
        ({"time_zone": {"loja": "Nowhere/Else"}}, "extra.time_zone must be"),
        ({"max_rejected_share": 1.5}, "extra.max_rejected_share must be"),
        ({"max_rejected_share": "1%"}, "extra.max_rejected_share must be"),
        ({"storage_options": "key"}, "extra.storage_options must be"),
    ],
)
def test_a_wrong_connection_names_its_field(tmp_path: Path, extra: dict[str, Any], says: str) -> None:
    folder = Folder(tmp_path, **extra)
    (error,) = folder.load().errors
    assert isinstance(error, ConfigurationError)
    assert says in error.what


def test_a_folder_of_a_strange_name_is_refused(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.put("2026-01-05.csv", "", account="loja do Rio")
    (error,) = folder.load().errors
    assert isinstance(error, ConfigurationError)
    assert "account name" in error.what
    assert "Rio" not in str(error)


def test_a_storage_that_does_not_answer_is_unreachable_and_its_key_is_in_no_message(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    folder = Folder(tmp_path, path=f"webhdfs://127.0.0.1:{port}/files", storage_options={"user": "s3cret", "password": "s3cret"})
    (error,) = folder.load().errors
    assert isinstance(error, Unreachable)
    assert "s3cret" not in str(error)


def test_files_of_no_day_are_counted_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = Folder(tmp_path)
    for name in ("2026-01-05.csv", "till-2026-01-05.csv", "2026-02-30.csv", ".hidden.csv"):
        folder.put(name, csv_file(csv_line(1)))
    with caplog.at_level(logging.WARNING, "extractors"):
        assert folder.load(streams=["events"]).errors == []
    assert "account loja has 2 files whose names do not begin with a day" in caplog.text


def test_rejected_lines_alone_are_read_too_and_mended_ones_leave(tmp_path: Path) -> None:
    folder = Folder(tmp_path, max_rejected_share=1)
    folder.put("2026-01-05.csv", csv_file(*(csv_line(at, value="x" if at else "1") for at in range(9))))
    landing: Landing = folder.landing
    report = folder.load(streams=["rejected_lines"])
    assert [(p.status, p.rows) for p in report.partitions] == [("staged", 8)]
    landing.commit("l", report.partitions, tmp_path / "quarantine", loaded_at=datetime.fromisoformat("2026-01-08T04:00:00Z"))
    folder.put("2026-01-05.csv", csv_file(*(csv_line(at) for at in range(9))))
    report = folder.load()
    results = validate(landing, "l", report.partitions, recent=landing.history("first_party"))
    assert [result.message for result in results if not result.success] == []
    assert {p.stream: (p.status, p.rows) for p in report.partitions} == {"events": ("staged", 9), "rejected_lines": ("staged", 0)}
