"""The lines of a CSV file: RFC 4180 with a header, commas and UTF-8 (https://www.rfc-editor.org/rfc/rfc4180).

A quote that is never closed would swallow what follows. So a record goes over several lines only where the new lines
stand inside ``properties`` and these are whole JSON; else its first line is rejected and reading goes on at the next.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

import orjson

from extractors.first_party.columns import KNOWN, REQUIRED, BrokenFileError, Line, check
from extractors.json_text import loads

LONGEST_RECORD = 200
"""Lines that one record may have."""
LONGEST_FIELD = 131_072
"""Characters that one field may have."""
_TOO_LONG = f"a field of more than {LONGEST_FIELD:,} characters"
_REASONS = {"unexpected end": "a quote that is not closed", "field limit": _TOO_LONG}
"""What Python's reader says, and what is meant."""
_NOT_UTF8 = re.compile("[\ud800-\udfff]")


def read(content: bytes) -> Iterator[Line]:
    """Number (the header is line 1) and columns of each line, blank ones left out; BrokenFileError for a wrong header."""
    text = content.decode("utf-8", errors="surrogateescape")
    suspicious = _NOT_UTF8.search(text) is not None
    records = _Records(text.split("\n"))
    names: list[str] = []
    for number, record in records:
        if not names:
            names = _header(record)
            records.names = names
        elif isinstance(record, str):
            yield number, record
        elif not any(record):
            continue
        elif _name(record[0]) in KNOWN and {*map(_name, record)}.issuperset(REQUIRED):
            # Files that were put together. Under a header in another order, what follows would be read as something else.
            if [*map(_name, record)] != names:
                raise BrokenFileError(f"has another header in line {number}")
            yield number, "the header again"
        elif len(record) != len(names):
            yield number, f"{len(record)} fields where the header names {len(names)}"
        elif suspicious and any(map(_NOT_UTF8.search, record)):
            yield number, "not UTF-8"
        else:
            yield number, dict(zip(names, record, strict=True))


def _header(cells: list[str] | str) -> list[str]:
    names = [] if isinstance(cells, str) else [*map(_name, cells)]
    if len(names) < 2:
        raise BrokenFileError("does not begin with a header, the names of its columns with commas between them")
    check(names)
    return names


def _name(cell: str) -> str:
    return cell.lstrip("\ufeff").strip().lower()


class _Records:
    """Records with the number of their first line; a text instead of fields is why the line cannot be read."""

    def __init__(self, lines: list[str]) -> None:
        self.lines, self.names = lines, list[str]()
        self._start = self._next = 0

    def _feed(self) -> Iterator[str]:
        while self._next < len(self.lines) and self._next - self._start < LONGEST_RECORD:
            self._next += 1
            yield self.lines[self._next - 1] + "\n"

    def __iter__(self) -> Iterator[tuple[int, list[str] | str]]:
        reader = csv.reader(self._feed(), strict=True)
        while self._next < len(self.lines):
            self._start = self._next
            record: list[str] | str
            try:
                record = next(reader)
            except csv.Error as error:
                record = next((reason for said, reason in _REASONS.items() if said in str(error)), "malformed CSV")
            if isinstance(record, list) and any(len(cell) > LONGEST_FIELD for cell in record):
                record = _TOO_LONG  # csv's own limit is the whole process's, and others may have raised it
            if self._next - self._start > 1 and not self._is_meant(record):
                record = "a quote that is not closed"
            if isinstance(record, str):
                self._next = self._start + 1
                reader = csv.reader(self._feed(), strict=True)
            if record:
                yield self._start + 1, record

    def _is_meant(self, record: list[str] | str) -> bool:
        """Whether a record over several lines is one: the new lines are inside a JSON object."""
        if isinstance(record, str) or len(record) != len(self.names):
            return False
        several = [name for name, cell in zip(self.names, record, strict=True) if "\n" in cell]
        if several != ["properties"]:
            return False
        try:
            return isinstance(loads(record[self.names.index("properties")]), dict)
        except orjson.JSONDecodeError:
            return False
