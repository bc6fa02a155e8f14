"""Events of the sites and files read a second time, from landed rows and the documents alone: what counts, and in which visit."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from independent_settings import chosen

Row = dict[str, Any]
NOTHING = {"", "undefined", "null", "none", "nan", "n/a", "(not set)"}
SHA256 = re.compile(r"[0-9a-f]{64}")
UNKNOWN = "unknown"
"""An amount that was told and cannot be read."""
SEQUENCE = ("event_bundle_sequence_id", "batch_page_id", "batch_ordering_id", "batch_event_index")
SALES_OWN = ""
"""The currency of a refund that names none is its sale's."""


class Landed:
    """Rows of the landing zone, each with its account, day and place in the file."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def rows(self, source: str, stream: str) -> Iterator[Row]:
        """All rows, the days of each account in order."""
        for path in sorted((self.root / source / stream).glob("account=*/dt=*/part-0.parquet")):
            account, day = path.parts[-3].removeprefix("account="), date.fromisoformat(path.parts[-2].removeprefix("dt="))
            for number, row in enumerate(pq.ParquetFile(path).read().to_pylist()):
                yield {**row, "account": account, "day": day, "number": number}

    def count(self, path: Path) -> int:
        return int(pq.read_metadata(path).num_rows)

    def newest(self, source: str, stream: str, key: str) -> dict[Any, Row]:
        """Of snapshots, each entity as it was last seen."""
        rows = sorted(self.rows(source, stream), key=lambda row: row["day"])
        return {row[key]: row for row in rows}


def named(text: str | None) -> str | None:
    """An identifier; a word for nothing is none."""
    return None if text is None or text.strip().lower() in NOTHING else text


def nulls_last(number: int | None) -> tuple[bool, int]:
    return number is None, number or 0


def local(at: datetime) -> date:
    return at.astimezone(chosen().zone).date()


def moment(micros: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)


def rounded(value: Fraction) -> Decimal:
    """At the millionth, half up, away from zero."""
    whole = abs(value) * 10**6
    number = (whole.numerator * 2 + whole.denominator) // (whole.denominator * 2)
    return Decimal(number if value >= 0 else -number).scaleb(-6)


def amount(told: Any) -> Fraction | str | None:
    """A number, nothing, or ``UNKNOWN`` where something stands there that is no number of up to eleven digits."""
    if told is None:
        return None
    try:
        number = Fraction(told) if not isinstance(told, float) or math.isfinite(told) else None
    except ValueError:
        number = None
    return UNKNOWN if number is None or abs(number) >= 10**11 else Fraction(rounded(number))


@dataclass
class Event:
    """One event of a site or file; ``order`` is its place among those of its moment."""

    source: str
    account: str
    record_id: str
    at: datetime
    day: date
    name: str
    type: str | None
    device: str | None
    user_id: str | None
    email: str | None
    consent: str
    order: tuple[Any, ...]
    transaction: str | None = None
    amount: Fraction | str | None = None
    currency: str = ""
    session: str | None = None
    page: str | None = None
    referrer: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    row: Row = field(default_factory=dict)
    reason: str | None = None
    is_in_sales_currency: bool = False

    @property
    def is_told(self) -> bool:
        """Whether consent lets it be tied to anybody."""
        return self.consent != "denied"

    @property
    def is_sale(self) -> bool:
        return self.type == "purchase"


def parameters(row: Row) -> dict[str, Any]:
    """Event parameters by name; the first of a name counts."""
    found: dict[str, Any] = {}
    for parameter in row["event_params"] or []:
        value = parameter["value"] or {}
        told = next(
            (value[kind] for kind in ("string_value", "int_value", "double_value", "float_value") if value.get(kind) is not None), None
        )
        found.setdefault(parameter["key"], told)
    return found


def ga4_events(landed: Landed, types: dict[str, str]) -> list[Event]:
    events, copies = [], defaultdict[str, int](int)
    for row in landed.rows("ga4", "events"):
        told, device, user = parameters(row), row["user_pseudo_id"], named(row["user_id"])
        email = next((text for key in chosen().email_hash_keys if (text := named(told.get(key)))), None)
        if user and SHA256.fullmatch(user):
            user, email = None, email or user
        keys = (row["event_timestamp"], row["event_name"], device, row["event_bundle_sequence_id"], row["batch_event_index"])
        base = f"analytics_{row['account']}/events_{row['event_date']}/" + "/".join("" if key is None else str(key) for key in keys)
        copies[base] += 1
        storage = (row["privacy_info"] or {}).get("analytics_storage")
        money, is_refund = row["ecommerce"] or {}, row["event_name"] == "refund"
        value = money.get("refund_value") if is_refund else money.get("purchase_revenue")
        events.append(
            Event(
                source="ga4",
                account=row["account"],
                record_id=f"{base}/{copies[base]}",
                at=moment(row["event_timestamp"]),
                day=row["day"],
                name=row["event_name"],
                type=types.get(row["event_name"]),
                device=device,
                user_id=user,
                email=email,
                consent="denied" if storage == "No" or not device else "granted" if storage == "Yes" else UNKNOWN,
                order=(*(nulls_last(row[name]) for name in SEQUENCE), row["event_name"]),
                transaction=named(money.get("transaction_id")),
                amount=amount(told.get("value") if value is None else value),
                currency=(told.get("currency") or (SALES_OWN if is_refund else chosen().reporting_currency)).upper(),
                session=None if told.get("ga_session_id") is None else str(told["ga_session_id"]),
                page=told.get("page_location"),
                referrer=told.get("page_referrer"),
                row={**row, "told": told},
            )
        )
    return events


def matomo_events(landed: Landed, types: dict[tuple[str, str], str]) -> list[Event]:
    """Visits, each an event of its own without a type, and their actions; of two states of a visit the later one."""
    visits: dict[tuple[str, int], Row] = {}
    for row in sorted(landed.rows("matomo", "visits"), key=lambda row: (row["lastActionTimestamp"], row["day"])):
        visits[row["account"], row["idVisit"]] = row
    events = []
    for row in visits.values():
        base = f"matomo/{row['account']}/visits/{row['idVisit']}"
        shared = {
            "source": "matomo",
            "account": row["account"],
            "day": row["day"],
            "device": f"matomo/{row['account']}/{row['visitorId']}",
            "user_id": named(row["userId"]),
            "email": named(row["email_sha256"]),
            "consent": UNKNOWN,
            "session": str(row["idVisit"]),
            "row": row,
        }
        actions = row["actionDetails"] or []
        page = next((action["url"] for action in actions if action["url"]), None)
        begun = moment(row["firstActionTimestamp"] * 1_000_000)
        events.append(Event(**shared, record_id=base, at=begun, name="visit", type=None, order=(0,), page=page))
        for number, action in enumerate(actions, 1):
            kind = action["type"]
            if kind == "action" and (action["productViewSku"] or action["productViewName"]):
                kind = "product_view"
            detail = {"goal": action["goalName"], "event": action["eventAction"]}.get(kind)
            events.append(
                Event(
                    **shared,
                    record_id=f"{base}/{number}",
                    at=moment(action["timestamp"] * 1_000_000),
                    name=kind,
                    type=types.get((kind, (detail or "").lower())),
                    order=(number,),
                    transaction=named(action["orderId"]),
                    amount=amount(action["revenue"]),
                    currency=row["siteCurrency"].upper(),
                    page=action["url"],
                )
            )
    return events


def file_events(landed: Landed, types: dict[str, str]) -> list[Event]:
    events = []
    for row in landed.rows("first_party", "events"):
        user, email, device = named(row["user_id"]), named(row["email_sha256"]), named(row["device_id"])
        denied = row["consent_state"] == "denied" or row["event_type"] == "consent_denied" or not (user or email or device)
        events.append(
            Event(
                source="first_party",
                account=row["account"],
                record_id=f"first_party/{row['account']}/events/{row['event_date']}/{row['event_id']}",
                at=row["occurred_at"],
                day=row["day"],
                name=row["event_type"],
                type=types.get(row["event_type"]),
                device=device,
                user_id=user,
                email=email,
                consent="denied" if denied else "granted" if "granted" in (row["consent_state"], row["event_type"][8:]) else UNKNOWN,
                order=(0,),
                transaction=named(row["transaction_id"]),
                amount=amount(row["value"]),
                currency=(row["currency"] or "").upper() or (SALES_OWN if row["event_type"] == "refund" else chosen().reporting_currency),
                row=row,
            )
        )
    return events


def absolute(amount: Any) -> Any:
    return abs(amount) if isinstance(amount, Fraction) else amount
