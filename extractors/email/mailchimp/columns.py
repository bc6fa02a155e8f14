"""From Mailchimp's rows to Arrow columns in a stream's schema."""

from __future__ import annotations

import hashlib
from binascii import hexlify
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from extractors.email.mailchimp.answers import COMPARE, Row
from extractors.email.mailchimp.typed import FIELDS, Records
from extractors.errors import PayloadError
from extractors.pii import email_sha256, scrub_text

TIME = pa.timestamp("us", "UTC")
Read = Callable[[Row], Any]
Digests = npt.NDArray[np.uint8]
_PLAIN_TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$"
_UTC = np.frombuffer(b"+00:00", np.uint8)
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


def values(rows: Sequence[Any], name: str) -> list[Any]:
    """A field of all rows, which are dictionaries or Records."""
    return FIELDS[name](rows) if isinstance(rows, Records) else list(map(dict.get, rows, repeat(name)))


def texts(rows: Sequence[Any], name: str) -> pa.Array:
    """A text of all rows; PayloadError names the field where it is something else."""
    told = values(rows, name)
    if isinstance(rows, Records):
        if told and told.count(told[0]) == len(told):
            return pa.repeat(pa.scalar(told[0] or None, pa.string()), len(told))
        return pa.array([text or None for text in told] if "" in told else told, pa.string())
    try:
        found = pa.array(told, pa.string())
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        raise PayloadError(f"The field {name} is not a text.", action=COMPARE) from None
    return pc.if_else(empty, None, found) if pc.any(empty := pc.equal(found, "")).as_py() else found


def required_texts(rows: Sequence[Any], name: str, of: str) -> pa.Array:
    """A text that every row has; PayloadError names it where it is missing or empty."""
    found = texts(rows, name)
    if found.null_count:
        raise PayloadError(f"A row of {of} lacks the field {name}.", action=COMPARE)
    return found


def moments(written: pa.Array, name: str) -> pa.Array:
    """Times in UTC; PayloadError names the field for a text that is none."""
    if pc.all(pc.match_substring_regex(written, _PLAIN_TIME), min_count=0).as_py() and (found := _cast(written)) is not None:
        return found
    return pa.array([None if text is None else moment(text, name) for text in written.to_pylist()], TIME)


def moments_and_iso(written: pa.Array, name: str) -> tuple[pa.Array, pa.Array]:
    """Times in UTC, and what Python calls them, of which most are written like that. None may be missing."""
    if _looks_like_utc(written) and (found := _cast(written)) is not None:
        return found, written
    times = moments(written, name)
    return times, pa.array([time.isoformat() for time in times.to_pylist()], pa.string())


def _cast(written: pa.Array) -> pa.Array | None:
    try:
        return written.cast(TIME)
    except pa.ArrowInvalid:
        return None  # a day or an hour that there is not, which is named by who looks at each


def _looks_like_utc(written: pa.Array) -> bool:
    """Whether each has the length, the T and the end of 2026-01-05T10:00:00+00:00: of the texts that Arrow casts, only this form has."""
    length = len("2026-01-05T10:00:00+00:00")
    _, offsets, data = written.buffers()
    if not len(written) or written.null_count or written.offset:
        return False
    starts = np.frombuffer(offsets, np.int32)[: len(written) + 1]
    if (np.diff(starts) != length).any():
        return False
    letters = np.frombuffer(data, np.uint8)[starts[0] : starts[-1]].reshape(-1, length)
    return bool((letters[:, 10] == ord("T")).all() and (letters[:, 19:] == _UTC).all())


def address_hashes(rows: Sequence[Any]) -> pa.Array:
    """The hash of each row's ``email_address``; null for a contact without one."""
    if isinstance(rows, Records) and (plain := _plain_addresses(values(rows, "email_address"))) is not None:
        return hexadecimal(sha256(plain))
    found = texts(rows, "email_address")
    if found.null_count or not pc.all(pc.match_substring_regex(found, _PLAIN_ADDRESS), min_count=0).as_py():
        return pa.array([email_sha256(address) for address in found.to_pylist()], pa.string())
    # The same without a look at each: nothing to strip, no hash among them, and lower case is that of ASCII.
    return hexadecimal(sha256(pc.ascii_lower(found).cast(pa.binary()).to_pylist()))


def _plain_addresses(addresses: list[str]) -> list[bytes] | None:
    """The addresses as they are hashed, if all are ASCII without a blank and none is empty or as long as a hash."""
    whole = " ".join(addresses).encode(errors="replace")
    letters = np.frombuffer(whole, np.uint8)
    blanks = np.flatnonzero(letters == ord(" "))
    lengths = np.diff(blanks, prepend=-1, append=len(whole)) - 1
    if len(lengths) != len(addresses) or letters.min(initial=127) < ord(" ") or letters.max(initial=0) > ord("~"):
        return None
    return None if ((lengths == 0) | (lengths == 64)).any() else whole.lower().split(b" ")


def sha256(texts: Iterable[bytes]) -> Digests:
    """A row of 32 bytes for each text."""
    return np.frombuffer(b"".join([hashlib.sha256(text).digest() for text in texts]), np.uint8).reshape(-1, 32)


def hexadecimal(digests: Digests) -> pa.Array:
    """Each row's bytes as hexadecimal digits."""
    length = 2 * digests.shape[1]
    digits = hexlify(digests.tobytes())
    offsets = np.arange(0, len(digits) + 1, length, dtype=np.int32)
    return pa.StringArray.from_buffers(len(digests), pa.py_buffer(offsets), pa.py_buffer(digits))


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
