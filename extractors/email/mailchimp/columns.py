"""From Mailchimp's rows to Arrow columns in a stream's schema."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa

from extractors.email.mailchimp.answers import COMPARE, Row
from extractors.errors import PayloadError
from extractors.pii import email_sha256, scrub_text

TIME = pa.timestamp("us", "UTC")
Read = Callable[[Row], Any]


def at(path: str) -> Read:
    """Reads the dotted path; None where there is nothing, or an empty text, which is how Mailchimp writes nothing."""
    steps = path.split(".")

    def read(row: Row) -> Any:
        found: Any = row
        for step in steps:
            found = found.get(step) if isinstance(found, dict) else None
        return None if found == "" else found

    return read


def text_at(path: str) -> Read:
    """Reads a text; PayloadError names the field where it is something else."""
    read = at(path)

    def text(row: Row) -> str | None:
        found = read(row)
        if found is not None and not isinstance(found, str):
            raise PayloadError(f"The field {path.rpartition('.')[2]} is not a text.", action=COMPARE)
        return found

    return text


def time_at(path: str) -> Read:
    """Reads a time; PayloadError for a text that is none."""
    read = at(path)
    name = path.rpartition(".")[2]
    return lambda row: None if (text := read(row)) is None else moment(text, name)


def moment(text: Any, name: str) -> datetime:
    """An ISO 8601 time with its offset as UTC; PayloadError names the field otherwise."""
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        found = None
    if found is None or found.tzinfo is None:
        raise PayloadError(f"The field {name} is not a time with an offset.", action=COMPARE)
    return found.astimezone(UTC)


def required(row: Row, name: str, of: str) -> Any:
    """The value of a field that every row has; PayloadError names it where it is missing or empty."""
    value = row.get(name)
    if value is None or value == "":
        raise PayloadError(f"A row of {of} lacks the field {name}.", action=COMPARE)
    return value


def address_hash(row: Row) -> str | None:
    """The hash of ``email_address``; None for a contact without one."""
    address = row.get("email_address")
    if address is not None and not isinstance(address, str):
        raise PayloadError("The field email_address is not a text.", action=COMPARE)
    return email_sha256(address)


def own_id(field: str) -> Read:
    """Reads a merge field as the brand's id of a person; an address in its place is none."""
    read = at(f"merge_fields.{field}")

    def value(row: Row) -> str | None:
        found = read(row)
        if found is None or isinstance(found, (dict, list)):
            return None
        text = str(found).strip()
        return text if text and scrub_text(text) == text else None

    return value


def table(schema: pa.Schema, rows: Iterable[Mapping[str, Any]]) -> pa.RecordBatch:
    """Rows that have the schema's names as Arrow; PayloadError names a field of another type than documented."""
    rows = list(rows)
    columns = []
    for field in schema:
        try:
            columns.append(pa.array([row[field.name] for row in rows], field.type))
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            raise PayloadError(f"The field {field.name} is not {field.type} in every row.", action=COMPARE) from None
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def day_of(moment: datetime) -> date:
    """The UTC day, which is the partition."""
    return moment.date()
