"""The lines of a file, whatever its format: CSV, JSON Lines (https://jsonlines.org) or Parquet; gzip is told by its first bytes.

CSV and JSON Lines count lines from 1 as an editor does; in Parquet a line is a row.
"""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Iterator

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from extractors.first_party import csv_lines, faults
from extractors.first_party.columns import KNOWN, BrokenFileError, Line, check
from extractors.json_text import loads
from extractors.retrying import Failure

MOST_BYTES = 2 * 2**30
"""Of one file, unpacked: ten times of what needs 3.5 GB of memory. A few kilobytes may unpack to more than any machine has."""


def read(name: str, content: bytes) -> Iterator[Line]:
    """The lines of one file; blank ones are left out. Raises PayloadError, or PartialAnswer for a file that breaks off."""
    try:
        yield from _lines(name, content)
    except BrokenFileError as broken:
        failure = Failure(faults.BROKEN_OFF if broken.is_partial else faults.BAD_FILE, f"{name} {broken.why}")
    else:
        return
    raise failure.error()


def _lines(name: str, content: bytes) -> Iterator[Line]:
    content = _unpacked(content)
    if not content.strip():
        return
    stem = name.lower().removesuffix(".gz")
    if stem.endswith(".parquet"):
        yield from _parquet(content)
    elif content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise BrokenFileError("is UTF-16; UTF-8 is documented")
    else:
        content = content.removeprefix(b"\xef\xbb\xbf")
        if b"\n" not in content and b"\r" in content.strip():
            raise BrokenFileError("ends its lines with CR alone; LF or CR LF is documented")
        yield from _json(content) if stem.endswith(".jsonl") else csv_lines.read(content)


def _unpacked(content: bytes) -> bytes:
    if content[:2] != b"\x1f\x8b":
        return content
    try:
        with gzip.open(io.BytesIO(content)) as file:
            found = file.read(MOST_BYTES + 1)
        if len(found) > MOST_BYTES:
            raise BrokenFileError(f"unpacks to more than {MOST_BYTES // 2**20} MB; write it in parts")
        return found
    except EOFError:
        raise BrokenFileError("breaks off before its end", is_partial=True) from None
    except (OSError, zlib.error):
        raise BrokenFileError("is no readable gzip file") from None


def _json(content: bytes) -> Iterator[Line]:
    if content.lstrip().startswith(b"["):
        # As one line it would be one wrong line, however many events it holds.
        raise BrokenFileError("is one JSON array; an object on each line is documented")
    for number, line in enumerate(content.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            found = loads(line)
        except orjson.JSONDecodeError:
            yield number, "malformed JSON"
            continue
        if not isinstance(found, dict):
            yield number, "not a JSON object"
        elif strange := found.keys() - KNOWN:
            yield number, f"{len(strange)} fields that are not documented; they belong into properties"
        elif any(line.count(b'"%s"' % name.encode()) > 1 for name in found) and _has_a_field_twice(line):
            yield number, "a field stands there twice"
        else:
            yield number, found


def _has_a_field_twice(line: bytes) -> bool:
    """Of two amounts in one object a parser keeps the last without a word."""
    try:
        names = [name for name, _ in json.loads(line, object_pairs_hook=list)]
    except RecursionError:
        return True
    return len(set(names)) != len(names)


def _parquet(content: bytes) -> Iterator[Line]:
    try:
        file = pq.ParquetFile(io.BytesIO(content))
        names = file.schema_arrow.names
        check(names)
        number = 0
        for batch in file.iter_batches():
            for row in pa.RecordBatch.from_arrays([_plain(array) for array in batch.columns], names=names).to_pylist():
                number += 1
                yield number, row
    except (pa.ArrowException, OSError, ValueError, OverflowError):
        raise BrokenFileError("is no readable Parquet file") from None


def _plain(array: pa.Array) -> pa.Array:
    """Dictionary-coded values as themselves; nanoseconds as microseconds, which is what Python's clock has; numbers of few
    bits by their shortest decimals, so that 1234.56 does not become 1234.560059."""
    if pa.types.is_dictionary(array.type):
        return _plain(array.dictionary_decode())
    if pa.types.is_float16(array.type) or pa.types.is_float32(array.type):
        return array.cast(pa.string()).cast(pa.float64())
    if pa.types.is_timestamp(array.type) and array.type.unit == "ns":
        return array.cast(pa.timestamp("us", array.type.tz), safe=False)
    return array
