"""A folder of first-party files, and loads of it through the runner."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from extractors import runner
from extractors.connections import Connection, from_json
from extractors.first_party import SOURCE
from extractors.first_party.folder import Client
from extractors.landing import Landing
from extractors.stream import Days

DAY = date(2026, 1, 5)
LOADED_AT = datetime(2026, 1, 8, 4, tzinfo=UTC)
HEADER = "event_id,occurred_at,event_type,email,value,currency,transaction_id\n"
Lines = list[tuple[str, int, str]]


def csv_line(number: int, **changed: str) -> str:
    """A whole line: event e<number> at 10:00 UTC, a purchase of 10.50 BRL."""
    row = {
        "event_id": f"e{number}",
        "occurred_at": f"{DAY}T10:00:{number % 60:02d}Z",
        "event_type": "purchase",
        "email": f"cliente{number}@correio.example",
        "value": "10.50",
        "currency": "BRL",
        "transaction_id": f"T{number}",
    }
    return ",".join((row | changed).values()) + "\n"


def csv_file(*lines: str) -> str:
    return HEADER + "".join(lines)


def json_file(*rows: dict[str, Any]) -> str:
    whole = {"occurred_at": f"{DAY}T10:00:00Z", "event_type": "purchase"}
    return "".join(json.dumps({"event_id": f"j{at}", **whole, **row}, ensure_ascii=False) + "\n" for at, row in enumerate(rows))


def _without_pauses(connection: Connection) -> Client:
    """It asks again as often as ever, and does not wait in between."""
    client = SOURCE.connect(connection)
    client.retries.sleep = lambda seconds: None
    return client


class Folder:
    """Accounts below ``root``, and a landing zone beside it."""

    def __init__(self, home: Path, **extra: Any) -> None:
        self.root, self.landing = home / "files", Landing(home / "landing")
        self.extra = {"path": str(self.root), **extra}

    def put(self, name: str, content: str | bytes, account: str = "loja") -> None:
        """Write a file; a name that ends with .gz is packed."""
        path = self.root / account / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)

    def load(self, first: date = DAY, last: date | None = None, **options: Any) -> runner.Report:
        connection = from_json("first_party_default", json.dumps({"extra": self.extra}))
        source, days = replace(SOURCE, connect=_without_pauses), Days(first, last or first)
        return runner.run(source, connection, days, self.landing, load_id="l", loaded_at=LOADED_AT, **options)

    def rows(self, stream: str = "events", day: date = DAY, account: str = "loja") -> list[dict[str, Any]]:
        """What is staged."""
        path = self.landing.staged / f"l/first_party/{stream}/account={account}/dt={day}/part-0.parquet"
        found: list[dict[str, Any]] = pq.read_table(path, partitioning=None).to_pylist()
        return found

    def rejected(self) -> Lines:
        return [(row["file"], row["line"], row["reason"]) for row in self.rows("rejected_lines")]
