"""From Mailchimp's rows to Arrow columns in a stream's schema."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import repeat
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from extractors.email.mailchimp.answers import COMPARE, Row
from extractors.errors import PayloadError
from extractors.pii import email_sha256, scrub_text

TIME = pa.timestamp("us", "UTC")
Read = Callable[[Row], Any]
_PLAIN_TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$"
_UTC_TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$"
_PLAIN_ADDRESS = r"^[!-~]*@[!-~]*$"
"""ASCII without a blank."""


def at(path: str) -> Read:
    """Reads the dotted path; None where there is nothing, or an empty text, which is how Mailchimp writes nothing."""
    steps = path.split(".")

    def read(row: Row) -> Any:
        found: Any = row
        for step in steps:
            found = found.get(step) if isinstance(found, dict) else None
        return None if found == "" else found

    return read


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


def texts(rows: Sequence[Row], name: str) -> pa.Array:
    """A text of all rows; PayloadError names the field where it is something else."""
    try:
        found = pa.array(list(map(dict.get, rows, repeat(name))), pa.string())
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        raise PayloadError(f"The field {name} is not a text.", action=COMPARE) from None
    return pc.if_else(empty, None, found) if pc.any(empty := pc.equal(found, "")).as_py() else found


def required_texts(rows: Sequence[Row], name: str, of: str) -> pa.Array:
    """A text that every row has; PayloadError names it where it is missing or empty."""
    found = texts(rows, name)
    if found.null_count:
        raise PayloadError(f"A row of {of} lacks the field {name}.", action=COMPARE)
    return found


def moments(written: pa.Array, name: str) -> pa.Array:
    """Times in UTC; PayloadError names the field for a text that is none."""
    if pc.all(pc.match_substring_regex(written, _PLAIN_TIME), min_count=0).as_py():
        try:
            return written.cast(TIME)
        except pa.ArrowInvalid:
            pass  # a day or an hour that there is not; the next line names the field
    return pa.array([None if text is None else moment(text, name) for text in written.to_pylist()], TIME)


def iso(written: pa.Array, times: pa.Array) -> pa.Array:
    """What Python calls the times, of which most are ``written`` like that."""
    if pc.all(pc.match_substring_regex(written, _UTC_TIME), min_count=0).as_py():
        return written
    return pa.array([time.isoformat() for time in times.to_pylist()], pa.string())


def address_hashes(rows: Sequence[Row]) -> list[str | None]:
    """The hash of each row's ``email_address``; None for a contact without one."""
    found = texts(rows, "email_address")
    if found.null_count or not pc.all(pc.match_substring_regex(found, _PLAIN_ADDRESS), min_count=0).as_py():
        return [email_sha256(address) for address in found.to_pylist()]
    # The same without a look at each: nothing to strip, no hash among them, and lower case is that of ASCII.
    return [hashlib.sha256(address).hexdigest() for address in pc.ascii_lower(found).cast(pa.binary()).to_pylist()]


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


def table(schema: pa.Schema, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Rows that have the schema's names as Arrow; PayloadError names a field of another type than documented."""
    rows = list(rows)
    columns = []
    for field in schema:
        try:
            columns.append(pa.array([row[field.name] for row in rows], field.type))
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
            raise PayloadError(f"The field {field.name} is not {field.type} in every row.", action=COMPARE) from None
    return pa.Table.from_arrays(columns, schema=schema)
