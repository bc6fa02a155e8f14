"""The two forms of the history, made from the recorded CSV."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from sandbox.emulators.recorded import Clock

MEMBER = "eurofxref-hist.csv"
PUBLISHED = (time(16), ZoneInfo("Europe/Berlin"))
Lines = list[list[str]]


def read(path: Path) -> Lines:
    """Header and lines, without the empty cell that the comma at the end of a line makes."""
    rows = [line.strip().rstrip(",").split(",") for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [[cell.strip() for cell in row] for row in rows]


def visible(lines: Lines, clock: Clock) -> Lines:
    """Header and the lines that are published at the clock's moment, newest first; all without a clock."""
    header, days = lines[0], sorted(lines[1:], reverse=True)
    if clock.moment is None:
        return [header, *days]
    return [header, *(row for row in days if datetime.combine(date.fromisoformat(row[0]), *PUBLISHED) <= clock.moment)]


def as_csv(lines: Lines) -> str:
    return "".join(",".join(row) + ",\n" for row in lines)


def as_zip(lines: Lines, member: str = MEMBER) -> bytes:
    """The same lines give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(member), as_csv(lines), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def as_xml(lines: Lines) -> bytes:
    """gesmes:Envelope > Cube > Cube time > Cube currency rate; a currency that was not quoted has no element."""
    currencies = lines[0][1:]
    days = [
        f'<Cube time="{row[0]}">'
        + "".join(f'<Cube currency="{name}" rate="{rate}"/>' for name, rate in zip(currencies, row[1:], strict=True) if rate != "N/A")
        + "</Cube>"
        for row in lines[1:]
    ]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">'
        "<gesmes:subject>Reference rates</gesmes:subject><gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>"
        f"<Cube>{''.join(days)}</Cube></gesmes:Envelope>"
    ).encode()
