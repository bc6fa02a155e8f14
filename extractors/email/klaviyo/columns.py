"""From JSON:API resource objects to Arrow columns in a stream's schema."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import orjson
import pyarrow as pa

from extractors.email.klaviyo.answers import COMPARE
from extractors.errors import PayloadError
from extractors.pii import scrub_text

Row = dict[str, Any]
Read = Callable[[Row], Any]
_PERSONAL = frozenset(
    {
        *("email", "emailaddress", "customeremail", "recipientemailaddress", "firstname", "lastname", "fullname", "customername"),
        *("phone", "phonenumber", "mobile", "mobilephone", "tonumber", "fromnumber", "tophonenumber", "fromphonenumber"),
        *("address", "address1", "address2", "street", "streetaddress", "billingaddress", "shippingaddress", "deliveryaddress"),
        *("zip", "zipcode", "postalcode", "postcode", "ip", "ipaddress"),
    }
)
"""Property names, in lower case without marks, whose values say who somebody is or where they live."""


def at(*paths: str) -> Read:
    """Reads the first of the dotted paths that has a value; None where none has."""
    steps = [path.split(".") for path in paths]

    def read(row: Row) -> Any:
        for path in steps:
            found: Any = row
            for step in path:
                found = found.get(step) if isinstance(found, dict) else None
            if found is not None:
                return found
        return None

    return read


def json_at(path: str) -> Read:
    """Reads an object as compact JSON with personal data cut out."""
    read = at(path)
    return lambda row: compact(read(row))


def table(schema: pa.Schema, readers: dict[str, Read], rows: Iterable[Row]) -> pa.RecordBatch:
    """The rows as Arrow; PayloadError names a field of another type than documented."""
    rows = list(rows)
    columns = []
    for field in schema:
        values = [readers[field.name](row) for row in rows]
        try:
            if pa.types.is_timestamp(field.type):
                # The cast takes a blank or a T, Z or an offset, and refuses a time without a zone.
                columns.append(pa.array(values, pa.string()).cast(field.type))
            else:
                columns.append(pa.array(values, field.type))
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            raise PayloadError(f"The field {field.name} is not {field.type} in every row.", action=COMPARE) from None
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def compact(value: Any) -> str | None:
    """Compact JSON with sorted keys, without personal fields and without any email address; None for None."""
    return None if value is None else orjson.dumps(_clean(value), option=orjson.OPT_SORT_KEYS).decode()


def phone_sha256(number: Any) -> str | None:
    """SHA-256 of a phone number in E.164 form as Klaviyo keeps it; None for an empty one."""
    return hashlib.sha256(number.strip().encode()).hexdigest() if isinstance(number, str) and number.strip() else None


def _clean(value: Any) -> Any:
    # Addresses are cut out of each string before it becomes JSON: in the text "\nana@shop.com" the n would go with the address.
    if isinstance(value, str):
        return scrub_text(value)
    if isinstance(value, dict):
        return {scrub_text(key): _clean(inner) for key, inner in value.items() if not _is_personal(key)}
    if isinstance(value, list):
        return [_clean(inner) for inner in value]
    return value


@lru_cache(maxsize=4096)
def _is_personal(key: str) -> bool:
    return re.sub(r"[^a-z0-9]", "", key.lower()) in _PERSONAL


def undocumented(rows: Iterable[Row], documented: frozenset[str]) -> tuple[str, ...]:
    """Attributes that came beside the documented ones, as ``attributes.<name>``, in order of name."""
    names: set[str] = set()
    for row in rows:
        attributes = row.get("attributes")
        if isinstance(attributes, dict):
            names |= attributes.keys() - documented
    return tuple(f"attributes.{name}" for name in sorted(names))
