"""Files of paths or of touches: every row is either taken or refused with its line and the reason.

Paths: ``path, conversions`` and, if there, ``conversion_value, non_conversions``. Touches: ``customer_id, occurred_at,
channel, conversion`` and, if there, ``conversion_value``. Other columns are not read. CSV is UTF-8 with commas and a line
of column names; a file that begins with Parquet's magic number is Parquet, whatever its name. Reasons never hold what a row says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from journey.attribution import SEPARATOR, UnusableInput, records
from journey.attribution.fields import BadRow, amount, flag, instant, name
from journey.attribution.paths import MICROSECONDS_A_DAY, Paths

PATH_COLUMNS: Final = ("path", "conversions")
PATH_OPTIONAL: Final = ("conversion_value", "non_conversions")
TOUCH_COLUMNS: Final = ("customer_id", "occurred_at", "channel", "conversion")
TOUCH_OPTIONAL: Final = ("conversion_value",)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not taken: its line (CSV; the first line is 1) or row (Parquet; the first row is 1), and why."""

    line: int
    reason: str


@dataclass(slots=True, kw_only=True)
class Loaded:
    """What a file held. ``kind`` is ``paths`` or ``touches``, ``unit`` is ``line`` or ``row``."""

    kind: str
    unit: str
    separator: str
    has_non_conversions: bool
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    doubtful: list[int] = field(default_factory=list)

    def paths(self, *, window_days: float | None = None) -> Paths:
        """The rows as paths. Raises UnusableInput where there are none, or a window where there are no times."""
        if not self.rows:
            raise UnusableInput("the file has no usable row")
        columns: Sequence[Any] = list(zip(*self.rows, strict=True))
        if self.kind == "touches":
            return Paths.from_touches(*columns, window_days=window_days)
        paths = Paths.from_strings(*columns, separator=self.separator)
        return paths if window_days is None else paths.within(window_days)


def read_file(file: Path, *, separator: str = SEPARATOR) -> Loaded:
    """Read a file. Raises UnusableInput where no row can be read: empty, no such columns, not text."""
    if not separator:
        raise UnusableInput("the separator is empty")
    try:
        data = file.read_bytes()
    except OSError as error:
        raise UnusableInput(f"cannot be read: {error.strerror}") from error
    return _parquet(data, separator) if data.startswith(b"PAR1") else _csv(data, separator)


def _csv(data: bytes, separator: str) -> Loaded:
    lines = records.lines_of(data)
    header, first = records.header_of(lines)
    loaded, places = _layout(header, "line", separator)

    def accept(line: int, fields: list[str]) -> str | None:
        if len(fields) != len(header):
            return f"{len(fields)} fields where the header has {len(header)}"
        if not records.clean(fields):
            return f"not UTF-8 text; {records.ENCODING_HINT}"
        return _take(loaded, line, [None if place is None else fields[place] for place in places])

    for line, reason in records.read(lines, first, accept):
        loaded.refused.append(Refusal(line, reason))
    return loaded


def _parquet(data: bytes, separator: str) -> Loaded:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        # Without threads: one that Arrow has not ended yet when a short command exits takes the process down with SIGABRT.
        table = pq.ParquetFile(pa.BufferReader(data), pre_buffer=False).read(use_threads=False)
    except (pa.ArrowException, OSError) as error:
        raise UnusableInput("the file begins like Parquet but cannot be read as such; was it written to the end?") from error
    loaded, places = _layout([column.strip().lower() for column in table.column_names], "row", separator)
    try:
        columns = [[None] * table.num_rows if place is None else _plain(table, place, separator) for place in places]
    except pa.ArrowInvalid as error:
        raise UnusableInput(f"a column cannot be read: {error}") from error
    for row, values in enumerate(zip(*columns, strict=True), start=1):
        reason = _take(loaded, row, list(values))
        if reason is not None:
            loaded.refused.append(Refusal(row, reason))
    return loaded


def _plain(table: Any, place: int, separator: str) -> list[Any]:
    """Python values; instants as microseconds since 1970 (UTC; without a zone they are taken as UTC), lists of channels joined."""
    import pyarrow as pa

    column, name, kinds = table.column(place), table.schema.field(place).name.strip(), pa.types
    kind, is_moment = column.type, name.lower() == "occurred_at"
    if is_moment and (kinds.is_timestamp(kind) or kinds.is_date(kind)):
        return _moments(column)
    if is_moment and (kinds.is_integer(kind) or kinds.is_floating(kind)):
        raise UnusableInput("occurred_at is a number, and its unit is not known; write it as a timestamp")
    is_list = kinds.is_list(kind) or kinds.is_large_list(kind) or kinds.is_fixed_size_list(kind)
    if is_list and name.lower() == "path" and not (kinds.is_nested(kind.value_type) or kinds.is_temporal(kind.value_type)):
        return [None if row is None else _joined(row, separator, name) for row in column.to_pylist()]
    if kinds.is_binary(kind) or kinds.is_large_binary(kind):
        return [None if row is None else row.decode("utf-8", "surrogateescape") for row in column.to_pylist()]
    if kinds.is_nested(kind) or kinds.is_temporal(kind):
        raise UnusableInput(f"the column {name} holds {kind}, not texts or numbers")
    return list(column.to_pylist())


def _moments(column: Any) -> list[int | None]:
    """Microseconds since 1970 of timestamps and dates, by Python's integers: they have no end to go round."""
    import pyarrow as pa

    if pa.types.is_date32(column.type):
        return [None if day is None else day * MICROSECONDS_A_DAY for day in column.cast(pa.int32()).to_pylist()]
    thousandths = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}[getattr(column.type, "unit", "ms")]
    return [None if moment is None else moment * thousandths // 1_000 for moment in column.cast(pa.int64()).to_pylist()]


def _joined(parts: Sequence[Any], separator: str, column: str) -> str:
    texts = [part.decode("utf-8", "surrogateescape") if isinstance(part, bytes) else "" if part is None else str(part) for part in parts]
    if any(separator in text for text in texts):
        raise UnusableInput(f"a channel in the lists of {column.strip()} holds the separator {separator!r}; --separator sets another")
    return separator.join(texts)


def _layout(header: list[str], unit: str, separator: str) -> tuple[Loaded, list[int | None]]:
    """Which kind of file it is, and where its columns lie (None: optional and not there)."""
    for kind, needed, optional in (("paths", PATH_COLUMNS, PATH_OPTIONAL), ("touches", TOUCH_COLUMNS, TOUCH_OPTIONAL)):
        if set(needed) <= set(header):
            wanted = (*needed, *optional)
            if twice := [column for column in wanted if header.count(column) > 1]:
                raise UnusableInput(f"the column {', '.join(twice)} is there twice")
            loaded = Loaded(kind=kind, unit=unit, separator=separator, has_non_conversions=kind == "touches" or "non_conversions" in header)
            return loaded, [header.index(column) if column in header else None for column in wanted]
    paths, touches = (", ".join(sorted(set(needed) - set(header))) for needed in (PATH_COLUMNS, TOUCH_COLUMNS))
    hint = "; the columns are to be separated by commas" if len(header) == 1 and (";" in header[0] or "\t" in header[0]) else ""
    raise UnusableInput(f"missing columns: {paths} (for a file of paths) or {touches} (for a file of touches){hint}")


def _take(loaded: Loaded, line: int, values: list[Any]) -> str | None:
    """Add a row, or say why not."""
    try:
        loaded.rows.append(_path(loaded, line, *values) if loaded.kind == "paths" else _touch(*values))
    except BadRow as bad:
        return str(bad)
    return None


def _path(loaded: Loaded, line: int, path: Any, conversions: Any, value: Any, others: Any) -> tuple[Any, ...]:
    text = name("path", path)
    parts = [part.strip() for part in text.split(loaded.separator)]
    bare = loaded.separator.strip()
    if not all(parts) or (bare and any(part.startswith(bare) or part.endswith(bare) for part in parts)):
        raise BadRow("path has an empty channel")
    won = amount("conversions", conversions, needed=True)
    worth = amount("conversion_value", value)
    if worth > 0 and won == 0:
        raise BadRow("conversion_value without conversions")
    row = (text, won, worth, amount("non_conversions", others))
    if bare and any(bare in part for part in parts):
        loaded.doubtful.append(line)
    return row


def _touch(customer: Any, occurred: Any, channel: Any, conversion: Any, value: Any) -> tuple[Any, ...]:
    who, when, where = name("customer_id", customer), instant("occurred_at", occurred), name("channel", channel)
    converts, worth = flag("conversion", conversion), amount("conversion_value", value)
    if worth > 0 and not converts:
        raise BadRow("conversion_value on a row that is not a conversion")
    return who, when, where, converts, worth
