"""First-party files as a shop's systems write them: CSV from the till (some days as Windows does it, some gzipped), JSON Lines
and Parquet from the service desk, a few wrong lines and lines that stand there twice."""

from __future__ import annotations

import csv
import gzip
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from sandbox.world.ledger import Ledger
from sandbox.world.period import SITE_ZONE, local_date, moment, zone
from sandbox.world.shop import ShopEvent

ACCOUNT = "loja-goiania"
TILL = ("event_id", "occurred_at", "event_type", "email", "user_id", "channel", "value", "currency", "transaction_id", "consent_state")
TILL_COLUMNS = (*TILL, "properties")
Row = dict[str, Any]


def write(ledger: Ledger, folder: Path) -> None:
    """Write ``first_party/<account>/<day>…`` for each day of the period, and what the Connection has to say of it."""
    root = folder / "first_party"
    (root / ACCOUNT).mkdir(parents=True, exist_ok=True)
    (root / "_connection.json").write_text(json.dumps({"time_zone": SITE_ZONE}))
    days: dict[date, list[ShopEvent]] = {day: [] for day in ledger.period.dates}
    for event in ledger.shop:
        if event.at < ledger.period.site_end:
            days[local_date(event.at)].append(event)
    for number, (day, events) in enumerate(days.items()):
        till = [row(event) for event in events if event.channel == "till"]
        desk = [row(event) for event in events if event.channel != "till"]
        if till:
            _till(root / ACCOUNT / f"{day}-caixa.csv", till, number)
        if desk:
            _desk(root / ACCOUNT / f"{day}-atendimento", desk, number)
        if not events:
            (root / ACCOUNT / f"{day}.done").touch()


def row(event: ShopEvent) -> Row:
    """The documented columns, those without a value left out."""
    found: Row = {
        "event_id": event.event_id,
        "occurred_at": moment(event.at).astimezone(zone(SITE_ZONE)).isoformat(timespec="microseconds"),
        "event_type": event.kind,
        "channel": event.channel,
        "transaction_id": event.transaction_id,
        "consent_state": event.consent,
        "properties": event.properties or None,
    }
    if event.cents is not None:
        found |= {"value": f"{event.cents // 100}.{event.cents % 100:02d}", "currency": "BRL"}
    if event.person:
        found |= {"email": event.person.email.title() if "email" in event.shows else None}
        found |= {"user_id": event.person.user_id if "user_id" in event.shows else None}
    if event.session and "device_id" in event.shows:
        found["device_id"] = event.session.device.pseudo_id
    return {name: value for name, value in found.items() if value is not None}


def _till(path: Path, rows: list[Row], number: int) -> None:
    """Each fourth day as Windows writes it, each third gzipped; now and then the till stumbles."""
    windows = number % 4 == 3
    text = io.StringIO(newline="")
    lines = csv.DictWriter(text, TILL_COLUMNS, lineterminator="\r\n" if windows else "\n")
    lines.writeheader()
    for held in rows:
        lines.writerow(held | ({"properties": json.dumps(held["properties"], ensure_ascii=False)} if "properties" in held else {}))
    if number % 5 == 4 and len(rows) > 1:
        lines.writerow(rows[0] | {"event_id": f"{rows[0]['event_id']}-x", "value": "59,90", "properties": ""})
        lines.writerow(rows[0] | ({"properties": json.dumps(rows[0]["properties"])} if "properties" in rows[0] else {}))
    content = text.getvalue().encode("utf-8-sig" if windows else "utf-8")
    if number % 3 == 2:
        path, content = path.with_name(f"{path.name}.gz"), gzip.compress(content, mtime=0)
    path.write_bytes(content)


def _desk(path: Path, rows: list[Row], number: int) -> None:
    """JSON Lines; each fourth day Parquet."""
    if number % 4 != 2:
        path.with_name(f"{path.name}.jsonl").write_bytes(b"".join(orjson.dumps(held) + b"\n" for held in rows))
        return
    texts = [held | {"properties": json.dumps(held["properties"])} if "properties" in held else held for held in rows]
    names = ("event_id", "occurred_at", "event_type", "email", "user_id", "device_id", "channel", "consent_state", "properties")
    schema = pa.schema([pa.field(name, pa.string()) for name in names])
    pq.write_table(pa.Table.from_pylist(texts, schema=schema), path.with_name(f"{path.name}.parquet"))
