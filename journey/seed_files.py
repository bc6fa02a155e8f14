"""The lines of a seed as somebody's spreadsheet has saved it, named by file and line where they are no table of the seed's columns.

dbt would say less of such a file, or read it otherwise than it was meant: a first line without a name it knows, fields between
semicolons, a quote that nobody closed.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

Row = dict[str, str]


class SettingsError(ValueError):
    """A setting or a seed cannot be used; the message says which, where it stands and what it should be."""


def column_types(project: Path) -> Mapping[str, Mapping[str, str]]:
    """Seed -> column -> the type that dbt gives it, of all seeds of the project's folder."""
    import yaml  # here, because settings are read by every command and seeds by few

    found: dict[str, Mapping[str, str]] = {}
    for folder in ("seeds", "models"):
        for file in sorted((project / folder).rglob("*.yml")):
            told = file.read_text(encoding="utf-8")
            if told.startswith("seeds:") or "\nseeds:" in told:
                found |= {seed["name"]: seed["config"]["column_types"] for seed in yaml.safe_load(told)["seeds"]}
    return found


def lines(file: Path, columns: Sequence[str]) -> Iterator[tuple[int, Row]]:
    """Number and fields of each line below the first, which has to name the columns; SettingsError for the first that is none.

    The mark that a spreadsheet puts before UTF-8 and its ends of lines are what dbt takes too.
    """
    found = rows(text(file), file)
    _, names = next(found, (1, []))
    for name in columns:
        if (times := names.count(name)) != 1:
            stands = f"stands there {times} times" if times else "is not there"
            raise SettingsError(f"{file}, line 1: it has to be {','.join(columns)}, with commas between the names; {name} {stands}")
    for line, fields in found:
        if len(fields) > len(names):
            raise SettingsError(f"{file}, line {line}: it has more fields than the first line; a text with a comma stands in quotes")
        if any("\n" in value or "\r" in value for value in fields):
            raise SettingsError(f"{file}, line {line}: a quote is opened that this line does not close")
        if not any(value.strip() for value in fields):
            raise SettingsError(f"{file}, line {line}: it has no value; take the line out")
        yield line, dict(zip_longest(names, fields, fillvalue=""))


def rows(content: str, file: Path) -> Iterator[tuple[int, list[str]]]:
    """The fields of each row of a CSV file, and the number of the line on which it begins; empty lines are passed over."""
    reader = csv.reader(io.StringIO(content, newline=""), strict=True)
    line = 1
    try:
        for fields in reader:
            if fields:
                yield line, fields
            line = reader.line_num + 1
    except csv.Error:
        raise SettingsError(
            f"{file}, line {line}: a quote is opened that this line does not close, or closed before its text ends"
        ) from None


def text(file: Path) -> str:
    """What stands in a file that a spreadsheet has saved; SettingsError where it cannot be read, or names the line that is not UTF-8."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror}") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise SettingsError(
            f"{file}, line {line}: it is not UTF-8; save the file as CSV in UTF-8, with commas between the fields"
        ) from None
