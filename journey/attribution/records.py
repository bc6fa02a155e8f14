"""CSV records with the line they begin on, so that no row is lost to a stray quote."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from typing import Final

from journey.attribution import UnusableInput

# A path of some hundred thousand touches still fits; a quote that is never closed does not swallow the whole file.
csv.field_size_limit(8_000_000)
ENCODING_HINT: Final = "save the file as UTF-8"


def lines_of(data: bytes) -> list[str]:
    """The lines of a CSV file; bytes that are not UTF-8 become lone surrogates, which ``clean`` finds."""
    if data.startswith((b"\x1f\x8b", b"PK\x03\x04", b"\x28\xb5\x2f\xfd")):
        raise UnusableInput("the file is compressed, or a spreadsheet's; unpack it, or save it as CSV")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnusableInput(f"line 1: not UTF-8 text; {ENCODING_HINT}")
    text = data.decode("utf-8-sig", "surrogateescape")
    return list(io.StringIO(text, newline=None))


def clean(fields: list[str]) -> bool:
    """Whether every byte of the fields was UTF-8."""
    return all(field.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in field) for field in fields)


def header_of(lines: list[str]) -> tuple[list[str], int]:
    """The column names, and how many lines stand before the first row."""
    position = next((index for index, line in enumerate(lines) if line.strip()), None)
    if position is None:
        raise UnusableInput("the file is empty; its first line names the columns")
    if "\0" in lines[position]:  # every other byte, of a text of 16 bits
        raise UnusableInput(f"line {position + 1}: not UTF-8 text; {ENCODING_HINT}")
    try:
        fields = next(csv.reader([lines[position]], strict=True, skipinitialspace=True))
    except csv.Error as error:
        raise UnusableInput(f"line {position + 1}: the column names cannot be read: {error}") from error
    if not clean(fields):
        raise UnusableInput(f"line {position + 1}: not UTF-8 text; {ENCODING_HINT}")
    return [name.strip().lower() for name in fields], position + 1


def read(lines: list[str], position: int, accept: Callable[[int, list[str]], str | None]) -> Iterator[tuple[int, str]]:
    """Hand each record from ``position`` on to ``accept``; yield the line and reason of each that it refuses.

    A refused record of several lines may be a quote that was opened and not closed: reading goes on at the line after
    the one it began on, so that what follows is read, or refused, line by line. Blank lines are no records.
    """
    while position < len(lines):
        reader = csv.reader(_from(lines, position), strict=True, skipinitialspace=True)
        start, again = position, False
        while not again:
            begin = start + reader.line_num
            try:
                fields = next(reader, None)
            except csv.Error as error:
                reason: str | None = _explained(str(error))
            else:
                if fields is None:
                    return
                reason = accept(begin + 1, fields) if fields else None
            if reason is not None:
                yield begin + 1, reason
                again = start + reader.line_num - begin > 1
                position = begin + 1


def _from(lines: list[str], position: int) -> Iterator[str]:
    return (lines[index] for index in range(position, len(lines)))


def _explained(error: str) -> str:
    if "unexpected end of data" in error:
        return "a quote is opened and never closed"
    return f"malformed quoting: {error}"
