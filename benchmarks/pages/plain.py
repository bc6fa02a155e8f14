"""The plain side of ``json_pages``: the standard library's json and a loop, to the same fields and types, a row at a time."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from benchmarks.pages import mailchimp as mailchimp_rows
from extractors.email.klaviyo.events import SCHEMA
from extractors.email.mailchimp.acts import ACTIVITY_SCHEMA, RECIPIENT_SCHEMA
from extractors.facebook_ads import schema as meta_schema
from extractors.personal import is_personal
from extractors.pii import scrub_text
from extractors.site_analytics.matomo.known import KNOWN
from extractors.site_analytics.matomo.schema import VISITS

CURRENCY = "BRL"
"""Of the Matomo site, for visits that tell none."""


def klaviyo(body: bytes) -> pa.Table:
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
        return {key: cleaned(inner) for key, inner in value.items() if not is_personal(key)}
    if isinstance(value, list):
        return [cleaned(inner) for inner in value]
    return value


def mailchimp(body: bytes) -> pa.Table:
    """A page of email activity; equal acts are counted."""
    rows, counts = [], Counter[tuple[str, ...]]()
    for found in json.loads(body)["emails"]:
        hashed = hashlib.sha256(found["email_address"].strip().lower().encode()).hexdigest()
        for act in found["activity"]:
            done = datetime.fromisoformat(act["timestamp"]).astimezone(UTC)
            says = (mailchimp_rows.CAMPAIGN, hashed, act["action"], done.isoformat(), act.get("type") or "", act.get("url") or "")
            counts[says] += 1
            text = "\x1f".join([*says, str(counts[says])])
            rows.append(
                {
                    "activity_id": hashlib.sha256(text.encode()).hexdigest()[:32],
                    "campaign_id": mailchimp_rows.CAMPAIGN,
                    "email_sha256": hashed,
                    "list_id": mailchimp_rows.LIST,
                    "action": act["action"],
                    "type": act.get("type") or None,
                    "url": act.get("url") or None,
                    "timestamp": done,
                }
            )
    return pa.Table.from_pylist(rows, schema=ACTIVITY_SCHEMA)


def recipients(body: bytes) -> pa.Table:
    """A page of those whom a campaign was sent to."""
    rows = []
    for found in json.loads(body)["sent_to"]:
        rows.append(
            {
                "campaign_id": mailchimp_rows.CAMPAIGN,
                "email_sha256": hashlib.sha256(found["email_address"].strip().lower().encode()).hexdigest(),
                "list_id": found.get("list_id") or mailchimp_rows.LIST,
                "status": found["status"],
                "absplit_group": found.get("absplit_group") or None,
                "send_time": mailchimp_rows.SENT_AT,
            }
        )
    return pa.Table.from_pylist(rows, schema=RECIPIENT_SCHEMA)


def meta(body: bytes) -> pa.Table:
    counts = {"impressions", "clicks", "inline_link_clicks"}
    rows = []
    for found in json.loads(body)["data"]:
        row = {name: found.get(name) for name in meta_schema.AD_INSIGHTS.names}
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
                for window in ("value", *meta_schema.WINDOWS)
                if entry.get(window) is not None
            ]
        rows.append(row)
    return pa.Table.from_pylist(rows, schema=meta_schema.AD_INSIGHTS)


def matomo(body: bytes) -> pa.Table:
    rows = []
    for found in json.loads(body):
        assert found.keys() <= KNOWN["visits"], "a field that nobody knows"
        row = {name: read(found.get(name)) for name, read in MATOMO.items()}
        user = row["userId"] or ""
        if "@" in user:
            row["userId"], row["email_sha256"] = None, hashlib.sha256(user.strip().lower().encode()).hexdigest()
        row["siteCurrency"] = row["siteCurrency"] or CURRENCY
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
