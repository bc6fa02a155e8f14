"""The lines of a seed as somebody's spreadsheet has saved it, named by file and line where they are no table of the seed's columns.

dbt would say less of such a file, or read it otherwise than it was meant: a first line without a name it knows, fields between
semicolons, a quote that nobody closed.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
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
            text = file.read_text(encoding="utf-8")
            if text.startswith("seeds:") or "\nseeds:" in text:
                found |= {seed["name"]: seed["config"]["column_types"] for seed in yaml.safe_load(text)["seeds"]}
    return found


def lines(file: Path, columns: Sequence[str]) -> Iterator[tuple[int, Row]]:
    """Number and fields of each line below the first, which has to name the columns; SettingsError for the first that is none.

    The mark that a spreadsheet puts before UTF-8 and its ends of lines are what dbt takes too.
    """
    text = _text(file)
    reader = csv.DictReader(io.StringIO(text, newline=""), restval="")
    names = list(reader.fieldnames or ())
    for name in columns:
        if (times := names.count(name)) != 1:
            stands = f"stands there {times} times" if times else "is not there"
            raise SettingsError(f"{file}, line 1: it has to be {','.join(columns)}, with commas between the names; {name} {stands}")
    first = reader.line_num + 1
    for row in reader:
        if None in row:
            raise SettingsError(f"{file}, line {first}: it has more fields than the first line; a text with a comma stands in quotes")
        if any("\n" in value or "\r" in value for value in row.values()):
            raise SettingsError(f"{file}, line {first}: a quote is opened that this line does not close")
        if not any(value.strip() for value in row.values()):
            raise SettingsError(f"{file}, line {first}: it has no value; take the line out")
        yield first, row
        first = reader.line_num + 1


def _text(file: Path) -> str:
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
