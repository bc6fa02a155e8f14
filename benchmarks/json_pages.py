"""Pages of JSON to Arrow: the standard library's json and a plain loop, over the extractors' own code for the same page.

Each platform's body is of the page size that its extractor asks for. The plain side reads the same fields to the same types, a row
at a time, and cuts out the same personal data; what both make is compared before anything is measured.
Meta's own client parses each body once more, with the standard library, to see whether it is an error; neither side counts that.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import orjson
import pyarrow as pa

from benchmarks.measure import Ratio, interleaved
from benchmarks.pages.klaviyo import event
from benchmarks.pages.matomo import visit
from benchmarks.pages.meta import insight
from extractors.collector import collector_held
from extractors.email.klaviyo import answers
from extractors.email.klaviyo.columns import table, with_news
from extractors.email.klaviyo.events import _READERS, DOCUMENTED, SCHEMA
from extractors.facebook_ads import figures
from extractors.facebook_ads import schema as meta
from extractors.pii import _PERSONAL, scrub_text
from extractors.site_analytics.matomo import answers as matomo_answers
from extractors.site_analytics.matomo.columns import news_of
from extractors.site_analytics.matomo.known import KNOWN, is_news
from extractors.site_analytics.matomo.schema import VISITS
from extractors.site_analytics.matomo.shapes import Shape
from extractors.site_analytics.matomo.visits import page_of
from extractors.stream import Account

DAY = date(2026, 1, 5)
ROUNDS = 160
"""Pages that one measurement reads."""


def run() -> list[Ratio]:
    """One ratio a platform."""
    return [
        measured("Klaviyo events", klaviyo_body(), klaviyo_plain, klaviyo_ours, ROUNDS),
        measured("Meta ad insights", meta_body(), meta_plain, meta_ours, ROUNDS // 8),
        measured("Matomo visits", matomo_body(), matomo_plain, matomo_ours, ROUNDS // 8),
    ]


def measured(name: str, body: bytes, plain: Callable[[bytes], pa.Table], ours: Callable[[bytes], pa.Table], rounds: int) -> Ratio:
    expected, found = plain(body), ours(body)
    assert found.cast(expected.schema).combine_chunks() == expected.combine_chunks(), f"{name}: not the same rows"
    pairs = interleaved(lambda: timed(plain, body, rounds), lambda: timed(ours, body, rounds))
    title = f"{name}, page of {len(found):,} rows ({len(body) / 1024:.0f} KB) to Arrow"
    return Ratio(name=title, over="json and a plain loop", under="ours", pairs=pairs)


def timed(read: Callable[[bytes], pa.Table], body: bytes, rounds: int) -> float:
    """CPU seconds of all threads."""
    begun = time.process_time()
    for _ in range(rounds):
        read(body)
    return time.process_time() - begun


def klaviyo_body() -> bytes:
    return orjson.dumps({"data": [event(number) for number in range(200)], "links": {"next": None}})


def klaviyo_ours(body: bytes) -> pa.Table:
    """As ``events.extract`` does with each answer."""
    with collector_held():
        rows = answers.read(200, {}, body)["data"]
    with collector_held():
        found, _ = with_news(table(SCHEMA, _READERS, rows), rows, DOCUMENTED)
    return pa.Table.from_batches([found])


def klaviyo_plain(body: bytes) -> pa.Table:
    rows = []
    for found in json.loads(body)["data"]:
        attributes, related = found["attributes"], found["relationships"]
        rows.append(
            {
                "id": found["id"],
                "metric_id": related["metric"]["data"]["id"],
                "profile_id": related["profile"]["data"]["id"],
                "datetime": datetime.fromisoformat(attributes["datetime"]),
                "timestamp": attributes["timestamp"],
                "uuid": attributes["uuid"],
                "event_properties": json.dumps(
                    cleaned(attributes["event_properties"]), sort_keys=True, separators=(",", ":"), ensure_ascii=False
                ),
            }
        )
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return scrub_text(value)
    if isinstance(value, dict):
        return {key: cleaned(inner) for key, inner in value.items() if re.sub(r"[^a-z0-9]", "", key.lower()) not in _PERSONAL}
    if isinstance(value, list):
        return [cleaned(inner) for inner in value]
    return value


def meta_body() -> bytes:
    return orjson.dumps({"data": [insight(number) for number in range(1000)], "paging": {"cursors": {"before": "a", "after": "b"}}})


def meta_ours(body: bytes) -> pa.Table:
    """As the pages of a report are read."""
    return figures.to_table(figures.body_of(body.decode())["data"], meta.AD_INSIGHTS)


def meta_plain(body: bytes) -> pa.Table:
    counts = {"impressions", "clicks", "inline_link_clicks"}
    rows = []
    for found in json.loads(body)["data"]:
        row = {name: found.get(name) for name in meta.AD_INSIGHTS.names}
        for name in counts:
            row[name] = int(found[name]) if found.get(name) is not None else None
        for name in ("date_start", "date_stop"):
            row[name] = date.fromisoformat(found[name])
        row["outbound_clicks"] = sum(int(entry["value"]) for entry in found.get("outbound_clicks", []))
        row["spend"] = Decimal(found["spend"])
        for name in ("actions", "action_values"):
            row[name] = [
                {"action_type": entry["action_type"], "action_window": window, "value": Decimal(entry[window])}
                for entry in sorted(found.get(name, []), key=lambda entry: str(entry["action_type"]))
                for window in ("value", *meta.WINDOWS)
                if entry.get(window) is not None
            ]
        rows.append(row)
    return pa.Table.from_pylist(rows, schema=meta.AD_INSIGHTS)


ACCOUNT = Account("3", currency="BRL", time_zone="America/Sao_Paulo")
SHAPE = Shape(VISITS)
"""What a client has learned of an installation by its first page."""


def matomo_body() -> bytes:
    return orjson.dumps([visit(number) for number in range(500)])


def matomo_ours(body: bytes) -> pa.Table:
    """As ``visits.extract`` does with each answer."""
    with collector_held():
        rows = matomo_answers.read(200, {}, body)
        assert not news_of(rows, partial(is_news, "visits"))
        return page_of(rows, ACCOUNT, DAY, SHAPE)


def matomo_plain(body: bytes) -> pa.Table:
    rows = []
    for found in json.loads(body):
        assert found.keys() <= KNOWN["visits"], "a field that nobody knows"
        row = {name: read(found.get(name)) for name, read in MATOMO.items()}
        user = row["userId"] or ""
        if "@" in user:
            row["userId"], row["email_sha256"] = None, hashlib.sha256(user.strip().lower().encode()).hexdigest()
        row["siteCurrency"] = row["siteCurrency"] or ACCOUNT.currency
        rows.append(row)
    return pa.Table.from_pylist(rows, schema=VISITS)


def matomo_reader(kind: pa.DataType) -> Callable[[Any], Any]:
    """How a value is read: nothing is null, false or an empty text; numbers may be texts."""
    if pa.types.is_list(kind):
        inner = {field.name: matomo_reader(field.type) for field in kind.value_type}
        return lambda entries: [{name: read(entry.get(name)) for name, read in inner.items()} for entry in entries or ()]
    if pa.types.is_integer(kind):
        return lambda value: None if value is None or value is False or value == "" else int(value)
    if pa.types.is_decimal(kind):
        return lambda value: None if value is None or value is False or value == "" else Decimal(str(value))
    if pa.types.is_floating(kind):
        return lambda value: None if value is None or value is False or value == "" else float(value)
    return lambda value: None if value is None or value is False or value == "" else str(value)


MATOMO = {field.name: matomo_reader(field.type) for field in VISITS}
