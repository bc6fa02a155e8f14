"""First-party files: formats, days, zones, accounts, and what of a person reaches the landing zone."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from first_party_folder import DAY, HEADER, Folder, csv_file, csv_line, json_file

from extractors.connections import Connection
from extractors.first_party import SOURCE
from extractors.stream import Days

ADDRESS = "José.Álvares@Correio.example"
HASH = hashlib.sha256(ADDRESS.lower().encode()).hexdigest()


def parquet(**columns: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def whole() -> dict[str, object]:
    """What one event with every column becomes."""
    return {
        "event_id": "e1",
        "event_date": DAY,
        "occurred_at": datetime(2026, 1, 5, 23, 30, 0, 250000, tzinfo=UTC),
        "event_type": "purchase",
        "email_sha256": HASH,
        "user_id": "cliente-1",
        "device_id": "123.456",
        "channel": "till",
        "value": Decimal("1234.560000"),
        "currency": "BRL",
        "transaction_id": "CX-1",
        "consent_state": "granted",
        "properties": '{"itens":["Sérum Facial de Jatobá"],"n":2}',
    }


NAMES = "event_id,occurred_at,event_type,email,user_id,device_id,channel,value,currency,transaction_id,consent_state,properties"
PROPERTIES = '"{""n"": 2, ""itens"": [""Sérum Facial de Jatobá""]}"'
CSV = f'{NAMES}\ne1,2026-01-05T20:30:00.25-03:00,Purchase," {ADDRESS} ",cliente-1,123.456,till,1234.56,brl,CX-1,Granted,{PROPERTIES}\n'
VALUES = {
    "event_id": "e1",
    "occurred_at": "2026-01-05T20:30:00.25-03:00",
    "event_type": "Purchase",
    "email_sha256": HASH.upper(),
    "user_id": "cliente-1",
    "device_id": "123.456",
    "channel": "till",
    "value": 1234.56,
    "currency": "brl",
    "transaction_id": "CX-1",
    "consent_state": "Granted",
    "properties": {"n": 2, "itens": ["Sérum Facial de Jatobá"]},
}
PARQUET = parquet(
    **{name: [value] for name, value in VALUES.items() if name != "occurred_at"},
    occurred_at=pa.array([datetime(2026, 1, 5, 23, 30, 0, 250000, tzinfo=UTC)], pa.timestamp("ns", "UTC")),
)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("2026-01-05.csv", CSV),
        ("2026-01-05-caixa-3.csv.gz", CSV),
        ("2026-01-05.CSV", CSV.replace("\n", "\r\n")),
        ("2026-01-05_balcão.csv", "\ufeff" + CSV.replace("\n", "\r\n").removesuffix("\r\n")),
        ("2026-01-05.jsonl", json_file(VALUES)),
        ("2026-01-05.jsonl.gz", "\ufeff" + json_file(VALUES).replace("\n", "\r\n") + "\r\n\r\n"),
        ("2026-01-05.parquet", PARQUET),
    ],
    ids=["csv", "csv_gz", "csv_windows", "csv_bom_no_end", "jsonl", "jsonl_gz_bom_windows", "parquet_ns"],
)
def test_every_format_gives_the_same_event(tmp_path: Path, name: str, content: str | bytes) -> None:
    folder = Folder(tmp_path)
    folder.put(name, content)
    report = folder.load()
    assert report.errors == []
    rows = folder.rows()
    assert [{key: value for key, value in row.items() if not key.startswith("_")} for row in rows] == [whole()]
    assert folder.rows("rejected_lines") == []
    assert {(p.stream, p.status, p.rows, p.control_totals.get("value")) for p in report.partitions} == {
        ("events", "staged", 1, "1234.560000"),
        ("rejected_lines", "staged", 0, None),
    }


def test_a_days_files_are_one_day_and_equal_lines_count_once(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.put("2026-01-05-a.csv", csv_file(csv_line(1), csv_line(2), csv_line(1)))
    folder.put("2026-01-05-b.csv.gz", csv_file(csv_line(2, value="10.5"), csv_line(3)))
    folder.put("2026-01-05-c.jsonl", json_file({"event_type": "support", "value": None}))
    folder.put("2026-01-06.csv", csv_file(csv_line(4, occurred_at="2026-01-06T00:00:00Z")))
    folder.put("2026-01-055.csv", csv_file(csv_line(9)))
    assert folder.load().errors == []
    assert [row["event_id"] for row in folder.rows()] == ["e1", "e2", "e3", "j0"]
    assert sum(row["value"] or 0 for row in folder.rows()) == Decimal("31.5")


def test_a_day_without_a_file_is_pending_and_an_empty_or_done_one_is_empty(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.put("2026-01-05.csv", csv_file(csv_line(1)))
    folder.put("2026-01-06.done", "")
    folder.put("2026-01-07.jsonl", "")
    folder.put("2026-01-08.csv", HEADER)
    folder.put("2026-01-09-a.csv", csv_file(csv_line(1, occurred_at="2026-01-09T00:00:00Z")))
    folder.put("2026-01-09-b.csv.part", "event_id,occurr")
    folder.put("_2026-01-10.csv", csv_file(csv_line(1)))
    report = folder.load(date(2026, 1, 4), date(2026, 1, 10))
    assert report.errors == []
    found = {p.dt[-2:]: (p.status, p.rows, p.message) for p in report.partitions if p.stream == "events"}
    assert found == {
        "04": ("pending", 0, "no file yet"),
        "05": ("staged", 1, None),
        "06": ("staged", 0, None),
        "07": ("staged", 0, None),
        "08": ("staged", 0, None),
        "09": ("pending", 0, "a file is still being written"),
        "10": ("pending", 0, "no file yet"),
    }
    assert {p.dt[-2:]: p.status for p in report.partitions if p.stream == "rejected_lines"} == {day: held[0] for day, held in found.items()}


def test_the_day_is_the_accounts_own(tmp_path: Path) -> None:
    folder = Folder(tmp_path, time_zone={"loja": "America/Sao_Paulo"}, max_rejected_share=1)
    late, next_day = csv_line(1, occurred_at="2026-01-06T02:59:59Z"), csv_line(2, occurred_at="2026-01-06T03:00:00+00:00")
    folder.put("2026-01-05.csv", csv_file(late, next_day))
    folder.put("2026-01-05.csv", csv_file(late, next_day, csv_line(3, occurred_at="2026-01-05T23:59:59Z")), account="lisboa")
    assert folder.load().errors == []
    assert [row["event_id"] for row in folder.rows()] == ["e1"]
    assert [row["event_id"] for row in folder.rows(account="lisboa")] == ["e3"]
    assert folder.rejected() == [("2026-01-05.csv", 3, "occurred_at lies outside the day of the file")]


def test_accounts_are_folders_and_may_be_chosen(tmp_path: Path) -> None:
    folder = Folder(tmp_path, time_zone="Europe/Lisbon")
    for account in ("porto", "lisboa", "_old", ".git"):
        folder.put("2026-01-05.done", "", account)
    (folder.root / "readme.txt").write_text("not an account")
    (folder.root / "faro").symlink_to(folder.root / "porto", target_is_directory=True)
    accounts = SOURCE.accounts(SOURCE.connect(Connection("first_party_default", extra=folder.extra)))
    assert [(account.id, account.time_zone) for account in accounts] == [(name, "Europe/Lisbon") for name in ("faro", "lisboa", "porto")]
    assert {p.account for p in folder.load(accounts=["porto"]).partitions} == {"porto"}
    (error,) = folder.load(accounts=["braga"]).errors
    assert "braga" in str(error)


def test_a_night_reads_a_week(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.put("2026-01-05.csv", csv_file(csv_line(1)))
    report = folder.load(date(2026, 1, 8), nightly=True)
    pending = [p.dt for p in report.partitions if p.stream == "events" and p.status == "pending"]
    assert pending == [f"2026-01-0{day}" for day in (2, 3, 4, 6, 7, 8)]
    assert sum(p.rows for p in report.partitions) == 1


def test_no_address_reaches_the_landing_zone(tmp_path: Path) -> None:
    folder = Folder(tmp_path, max_rejected_share=1)
    note = {"nota": "pede retorno para maria@correio.example", "e": ["MARIA%40correio.example"]}
    folder.put("2026-01-05.jsonl", json_file({"email": "maria@correio.example", "properties": note}, {"user_id": "maria@correio.example"}))
    assert folder.load().errors == []
    (row,) = folder.rows()
    assert row["email_sha256"] == hashlib.sha256(b"maria@correio.example").hexdigest()
    assert row["properties"] == '{"e":["(email removed)"],"nota":"pede retorno para (email removed)"}'
    assert folder.rejected() == [("2026-01-05.jsonl", 2, "user_id holds an email address; it belongs into email")]
    folder.put("2026-01-05-maria@correio.example.csv", csv_file(csv_line(1)))
    assert {error.what for error in folder.load().errors} == {"The name of a file holds an email address."}
    for path in folder.landing.root.rglob("*"):
        assert not path.is_file() or b"maria" not in path.read_bytes().lower()


def test_what_stands_for_nothing_is_nothing(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    rows = [{"user_id": held, "email": held, "value": held, "device_id": held} for held in ("", " ", "NULL", "None", "nan", "n/a", None)]
    folder.put("2026-01-05.jsonl", json_file(*rows, {"user_id": 42, "value": "0.1234567"}))
    assert folder.load().errors == []
    found = folder.rows()
    assert len(found) == 8
    assert {(row["user_id"], row["email_sha256"], row["value"], row["device_id"]) for row in found[:7]} == {(None, None, None, None)}
    assert (found[7]["user_id"], found[7]["value"]) == ("42", Decimal("0.123457"))


def test_any_storage_that_fsspec_serves(tmp_path: Path) -> None:
    memory = fsspec.filesystem("memory")
    memory.pipe("/cliente/first/loja/2026-01-05.csv", csv_file(csv_line(1)).encode())
    memory.pipe("/cliente/first/loja/2026-01-06.parquet", PARQUET)
    folder = Folder(tmp_path)
    for path in ("memory://cliente/first", "memory://cliente/first/", (tmp_path / "files").as_uri()):
        folder.extra["path"] = path
        folder.put("2026-01-05.csv", csv_file(csv_line(1)))
        report = folder.load()
        assert report.errors == []
        assert [(p.account, p.stream, p.rows) for p in report.partitions] == [("loja", "events", 1), ("loja", "rejected_lines", 0)]


@pytest.mark.parametrize("make", ["csv", "jsonl", "parquet"])
def test_a_hundred_thousand_lines_come_whole(tmp_path: Path, make: str) -> None:
    count = 100_000
    folder = Folder(tmp_path)
    content: dict[str, Callable[[], str | bytes]] = {
        "csv": lambda: csv_file(*(csv_line(at) for at in range(count))),
        "jsonl": lambda: json_file(*({"email": f"c{at}@correio.example", "value": 10.5} for at in range(count))),
        "parquet": lambda: parquet(
            event_id=[f"e{at}" for at in range(count)],
            occurred_at=["2026-01-05T10:00:00Z"] * count,
            event_type=["purchase"] * count,
            value=[10.5] * count,
        ),
    }
    folder.put(f"2026-01-05.{make}", content[make]())
    client = SOURCE.connect(Connection("first_party_default", extra=folder.extra))
    (batch,) = SOURCE.stream("events").extract(client, client.accounts()[0], Days(DAY, DAY))
    assert len(batch.rows) == count
    assert sum(batch.rows["value"].to_pylist()) == Decimal("10.5") * count
