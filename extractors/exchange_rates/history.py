"""The history file: a zip with ``eurofxref-hist.csv``.

``Date,USD,JPY,...,`` with ISO dates, newest first, a decimal point, ``N/A`` where a currency was not quoted, and a
comma at the end of each line. A rate is units of the currency for one euro.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from extractors.errors import PayloadError
from extractors.exchange_rates.faults import OTHER_FILE

FILE = "eurofxref-hist.csv"
_NUMBER = re.compile(r"\d{1,12}(?:\.\d{1,6})?")
_CURRENCY = re.compile(r"[A-Z]{3}")


MOST_BYTES = 64 * 2**20
"""Unpacked; the history since 1999 has one. A few kilobytes may unpack to more than any machine has."""


def wrong(what: str, day: date | None = None) -> PayloadError:
    """The error for a file that is not as the bank documents it (``faults.OTHER_FILE``)."""
    return PayloadError(f"{OTHER_FILE.meaning}: {what}", action=OTHER_FILE.do, day=day)


@dataclass(frozen=True)
class History:
    """The file's lines by day; numbers are read when their day is asked for."""

    currencies: tuple[str, ...]
    lines: dict[date, list[str]]

    @property
    def newest(self) -> date | None:
        """The last day that is published; None for a file that has a header only."""
        return max(self.lines, default=None)

    def rates(self, day: date) -> list[tuple[str, Decimal]]:
        """(currency, rate) of a day, none for a day without a line; PayloadError for a number that is none."""
        found = []
        for currency, text in zip(self.currencies, self.lines.get(day, ()), strict=False):
            if text == "N/A":
                continue
            if not _NUMBER.fullmatch(text) or not Decimal(text):
                raise wrong(f"The rate of {currency} is not a positive number with at most six decimals.", day)
            found.append((currency, Decimal(text)))
        return found


def parse(body: bytes) -> History:
    """The history in an answer of the bank; PayloadError says in what it differs from the documented file."""
    rows = csv.reader(io.StringIO(_unzipped(body)))
    header = _cells(next(rows, []))
    if header[:1] != ["Date"] or len(header) < 2:
        raise wrong(f"{FILE} does not start with the column Date and the currencies.")
    currencies = tuple(header[1:])
    for currency in currencies:
        if not _CURRENCY.fullmatch(currency):
            raise wrong(f"{FILE} has a column that is no currency code.")
    if len(set(currencies)) != len(currencies):
        raise wrong(f"{FILE} has a currency twice.")
    lines: dict[date, list[str]] = {}
    for number, row in enumerate(rows, start=2):
        cells = _cells(row)
        if not cells:
            continue
        try:
            day = date.fromisoformat(cells[0])
        except ValueError:
            raise wrong(f"Line {number} of {FILE} does not start with a date.") from None
        if day in lines:
            raise wrong(f"{FILE} has two lines for one day.", day)
        if len(cells) != len(header):
            raise wrong(f"Line {number} of {FILE} has {len(cells) - 1} rates where the header names {len(header) - 1}.", day)
        lines[day] = cells[1:]
    return History(currencies, lines)


def _unzipped(body: bytes) -> str:
    if body.lstrip()[:1] == b"<":
        raise wrong("A page in HTML or XML came where the zip file was asked for.")
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive, archive.open(FILE) as file:
            content = file.read(MOST_BYTES + 1)
        text = content.decode("utf-8-sig") if len(content) <= MOST_BYTES else None
    except KeyError:
        raise wrong(f"The zip file holds no {FILE}.") from None
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError):
        raise wrong(f"The answer is not a zip file with a readable {FILE}.") from None
    if text is None:
        raise wrong(f"{FILE} is larger than {MOST_BYTES // 2**20} MB.")
    return text


def _cells(row: list[str]) -> list[str]:
    cells = [cell.strip() for cell in row]
    return cells[:-1] if cells and cells[-1] == "" else cells
