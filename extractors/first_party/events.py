"""One line as an event: every column checked and brought to its type, or the reason why not. Reasons quote nothing."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal

import orjson
import pyarrow as pa

from extractors.json_text import loads
from extractors.money import MICRO, TOO_MUCH
from extractors.pii import compact, email_sha256, holds_address

SCHEMA = pa.schema(
    [
        pa.field("event_id", pa.string(), nullable=False),
        pa.field("event_date", pa.date32(), nullable=False),
        pa.field("occurred_at", pa.timestamp("us", "UTC"), nullable=False),
        pa.field("event_type", pa.string(), nullable=False),
        pa.field("email_sha256", pa.string()),
        pa.field("user_id", pa.string()),
        pa.field("device_id", pa.string()),
        pa.field("channel", pa.string()),
        pa.field("value", pa.decimal128(18, 6)),
        pa.field("currency", pa.string()),
        pa.field("transaction_id", pa.string()),
        pa.field("consent_state", pa.string()),
        pa.field("properties", pa.string()),
    ]
)
Row = tuple[object, ...]
"""Values in the order of SCHEMA; rows of equal content are equal."""

CONSENT = ("granted", "denied", "unknown")
_NOTHING = frozenset({"", "null", "none", "nan", "n/a", "undefined"})
"""What exports write where there is nothing: an id like that would make one person of everybody without one."""
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d(?::?\d\d)?)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_TYPE = re.compile(r"[a-z][a-z0-9_]{0,63}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_WITHIN = r"[^\s@<>()\[\],;:\"\u200b-\u200f\u2060\ufeff]+"
_ADDRESS = re.compile(f"{_WITHIN}@{_WITHIN}")
"""An address and nothing beside it: the hash of ``Ana <ana@loja.example>`` would be another person's."""
_OF_NOTHING = frozenset(email_sha256(text) or hashlib.sha256(b"").hexdigest() for text in _NOTHING)
"""Hashes that a program writes which hashes its empty fields too: everybody without an address would be one person."""


class Rejected(Exception):
    """Why a line is no event; the message quotes nothing of it."""


def event(found: Mapping[str, object], day: date, zone: tzinfo) -> Row:
    """The event of a line in the file of ``day``, which is a calendar day in ``zone``; raises Rejected."""
    at = _moment(found.get("occurred_at"))
    name = _required(found, "event_id")
    kind = _required(found, "event_type").lower()
    if not _TYPE.fullmatch(kind):
        raise Rejected("event_type is not one word of letters, digits and underscores")
    if _day(at, zone) != day:
        raise Rejected("occurred_at lies outside the day of the file")
    consent = _text(found, "consent_state")
    if consent is not None and (consent := consent.lower()) not in CONSENT:
        raise Rejected(f"consent_state is none of {', '.join(CONSENT)}")
    currency = _text(found, "currency")
    if currency is not None and not _CURRENCY.fullmatch(currency := currency.upper()):
        raise Rejected("currency is not a code of three letters")
    return (
        name,
        day,
        at,
        kind,
        _email(found),
        _text(found, "user_id"),
        _text(found, "device_id"),
        _text(found, "channel"),
        _value(found.get("value")),
        currency,
        _text(found, "transaction_id"),
        consent,
        _properties(found.get("properties")),
    )


def _text(found: Mapping[str, object], name: str) -> str | None:
    held = found.get(name)
    if held is None:
        return None
    if isinstance(held, int) and not isinstance(held, bool):
        held = str(held)
    if not isinstance(held, str):
        raise Rejected(f"{name} is not a text")
    text = held.strip()
    if text.lower() in _NOTHING:
        return None
    # Cut out in the landing zone, every address would leave the same text, and everybody would be the same person.
    if holds_address(text):
        raise Rejected(f"{name} holds an email address; it belongs into email")
    return text


def _required(found: Mapping[str, object], name: str) -> str:
    text = _text(found, name)
    if text is None:
        raise Rejected(f"{name} is missing")
    return text


def _moment(held: object) -> datetime:
    if isinstance(held, datetime):
        at = held
    else:
        text = held.strip() if isinstance(held, str) else str(held or "")
        if not text:
            raise Rejected("occurred_at is missing")
        if not _MOMENT.fullmatch(text):
            raise Rejected("occurred_at is not an ISO 8601 date and time")
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise Rejected("occurred_at is not an ISO 8601 date and time") from None
    if at.tzinfo is None:
        raise Rejected("occurred_at has no offset from UTC")
    return at


def _day(at: datetime, zone: tzinfo) -> date | None:
    """None for what stands for "never" in some programs: the year 1 or 9999, in a zone where it is another year."""
    try:
        return at.astimezone(zone).date()
    except OverflowError:
        return None


def _email(found: Mapping[str, object]) -> str | None:
    held, told = found.get("email"), _text(found, "email_sha256")
    if told is not None and not _SHA256.fullmatch(told := told.lower()):
        raise Rejected("email_sha256 is not a SHA-256 in hexadecimal")
    told = None if told in _OF_NOTHING else told
    if held is None:
        return told
    if not isinstance(held, str):
        raise Rejected("email is not a text")
    address = held.strip().lower()
    if address in _NOTHING or address in _OF_NOTHING:
        return told
    if not _SHA256.fullmatch(address) and not _ADDRESS.fullmatch(address):
        raise Rejected("email is not an address")
    hashed = email_sha256(address)
    if told is not None and told != hashed:
        raise Rejected("email and email_sha256 are two different addresses")
    return hashed


def _value(held: object) -> Decimal | None:
    if held is None:
        return None
    if isinstance(held, (int, float, Decimal)) and not isinstance(held, bool):
        held = str(held)
    if not isinstance(held, str):
        raise Rejected("value is not a number")
    text = held.strip()
    if text.lower() in _NOTHING:
        return None
    if not _NUMBER.fullmatch(text):
        raise Rejected("value is not a number (a point before the decimals, nothing between the thousands)")
    value = Decimal(text)
    if value < 0:
        raise Rejected("value is below zero; a refund is an event_type")
    if value >= TOO_MUCH or (value := value.quantize(MICRO, ROUND_HALF_UP)) == TOO_MUCH:
        raise Rejected("value has more than twelve digits before the point")
    return value


def _properties(held: object) -> str | None:
    if isinstance(held, str):
        if not held.strip():
            return None
        try:
            held = loads(held)
        except orjson.JSONDecodeError:
            raise Rejected("properties are malformed JSON") from None
    if held is None:
        return None
    if not isinstance(held, dict):
        raise Rejected("properties are not a JSON object")
    try:
        return compact(held)
    except (orjson.JSONEncodeError, RecursionError):
        raise Rejected("properties cannot be written as JSON") from None
