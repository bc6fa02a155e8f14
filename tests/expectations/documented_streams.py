"""The streams of docs/landing.md, read from the page itself: the suites are tested against the contract."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from extractors.stream import Account, Batch, Days, Kind, Pending, Stream

PAGE = Path(__file__).parents[2] / "docs" / "landing.md"
TYPES = {
    "i": pa.int64(), "s": pa.string(), "f": pa.float64(), "b": pa.bool_(), "d": pa.date32(),
    "m": pa.decimal128(18, 6), "ts": pa.timestamp("us", "UTC"),
}  # fmt: skip
GA4_KEYS = ("event_timestamp", "event_name", "user_pseudo_id", "event_bundle_sequence_id", "batch_event_index")
METRICS = (
    "metrics_impressions i, metrics_clicks i, metrics_interactions i, metrics_cost_micros i, metrics_conversions f, "
    "metrics_conversions_value f, metrics_all_conversions f, metrics_view_through_conversions i"
)


def _none(client: object, account: Account, days: Days) -> Iterator[Batch | Pending]:
    return iter(())


def _fields(text: str) -> pa.Schema:
    text = text.replace("\\<", "<").replace("\\>", ">").replace("the same metrics", METRICS)
    text = text.replace("action_values the same", "action_values list<struct<action_type s, action_window s, value m>>")
    fields = []
    for part in _split(text):
        found = re.match(r"\s*([A-Za-z0-9_]+)(!?) (list<|struct<|ts\b|[isfbdm]\b)", part)
        if found:
            name, required = found.groups()[:2]
            fields.append(pa.field(name, _type(part[found.start(3) :]), nullable=not required))
    return pa.schema(fields)


def _split(text: str) -> list[str]:
    """Parts between commas outside of every angle bracket."""
    parts, depth = [""], 0
    for letter in text:
        depth += {"<": 1, ">": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _type(text: str) -> pa.DataType:
    if found := re.match(r"(list|struct)<", text):
        depth, end = 1, found.end()
        while depth:
            depth += {"<": 1, ">": -1}.get(text[end], 0)
            end += 1
        inside = text[found.end() : end - 1]
        return pa.list_(_type(inside)) if found[1] == "list" else pa.struct(list(_fields(inside)))
    short = re.match(r"ts|[isfbdm]", text)
    assert short, text
    return TYPES[short[0]]


def _stream(name: str, kind: str, keys: tuple[str, ...], schema: pa.Schema) -> Stream:
    dated = keys[0] if pa.types.is_date(schema.field(keys[0]).type) else None
    money = tuple(field for field in ("metrics_cost_micros", "spend") if field in schema.names)
    return Stream(name, Kind(kind), schema, keys, _none, date_column=dated, control_columns=money)


def documented() -> dict[str, list[Stream]]:
    """Source -> its streams."""
    found: dict[str, list[Stream]] = {}
    for section in PAGE.read_text().split("\n## ")[1:]:
        source = section.split()[0]
        rows = re.findall(r"^\| (\w+) \| (daily|snapshot)[^|]*\| ([^|]+) \| (.+) \|$", section, re.M)
        streams = [_stream(name, kind, tuple(keys.strip().split(", ")), _fields(fields)) for name, kind, keys, fields in rows]
        if source == "ga4":
            streams = [_stream("events", "daily", GA4_KEYS, _fields(section.split("batch_event_index.\n")[1].replace("\n", " ")))]
        if source == "exchange_rates":
            streams = [_stream("reference_rates", "daily", ("rate_date", "currency"), _fields(section.split("currency: ")[1]))]
        if streams:
            found[source] = streams
    return found
