"""Everything that a run leaves behind, as text, to be searched for what must not be there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from journey.duck import connect

_SECRET = re.compile(r"secret|token$|password|api_key|private_key$|^key$")
_ADDRESS = re.compile(rb"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


def secrets(connections: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
    """The values of all credentials in the Connections, also those inside a key file given as text."""
    return frozenset(text for connection in connections.values() for text in _secrets("", connection))


def _secrets(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, str) and value.startswith("{"):
        value = json.loads(value)
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _secrets(key, inner)
    elif isinstance(value, str) and _SECRET.search(name):
        # Of a key in several lines any one would be a leak; the first and the last are the same in every key.
        lines = value.strip().splitlines()
        yield from lines[1:-1] if len(lines) > 2 else lines


def addresses(world: Path) -> frozenset[bytes]:
    """Every email address in the rows that the platforms serve, in lower case."""
    found: set[bytes] = set()
    for file in world.rglob("*"):
        if file.is_file() and "truth" not in file.relative_to(world).parts:
            found.update(address.lower() for text in texts(file) for address in _ADDRESS.findall(text))
    return frozenset(found)


def texts(file: Path) -> Iterator[bytes]:
    """What the file says: its bytes, and the values of a Parquet or DuckDB file besides."""
    if file.suffix == ".parquet":
        for row in pq.read_table(file, partitioning=None).to_pylist():
            yield repr(row).encode()
    elif file.suffix == ".duckdb":
        with connect(file, read_only=True) as database:
            tables = database.execute("select schema_name, table_name from duckdb_tables() order by all").fetchall()
            for schema, table in tables:
                for (row,) in database.execute(f'select held::varchar from "{schema}"."{table}" as held').fetchall():
                    yield row.encode()
    yield file.read_bytes()


def found_in(folder: Path, forbidden: frozenset[str], persons: frozenset[bytes], *, but: Path | None = None) -> list[str]:
    """Where below the folder one of the words, or one of the addresses, is: a description each, without the word.

    Files that are the same in ``but``, which the folder is a copy of, are not searched.
    """
    words = [word.encode() for word in forbidden]
    leaks = []
    for file in sorted(folder.rglob("*")):
        if not file.is_file() or file.is_symlink() or (but and _same(file, but / file.relative_to(folder))):
            continue
        for text in texts(file):
            if any(word in text for word in words):
                leaks.append(f"{file}: a credential")
            if any(address.lower() in persons for address in _ADDRESS.findall(text)):
                leaks.append(f"{file}: an address")
    return sorted(set(leaks))


def _same(file: Path, other: Path) -> bool:
    return other.is_file() and file.read_bytes() == other.read_bytes()
