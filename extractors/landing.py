"""The landing zone: one Parquet file a partition, staged first, then put in place in one step.

    <landing>/_staged/<load_id>/<source>/<stream>/account=<id>/dt=<day>/part-0.parquet
    <landing>/<source>/<stream>/account=<id>/dt=<day>/part-0.parquet
    <landing>/_ledger/<source>/<load_id>.jsonl

A file is a function of its rows: rows are sorted by the stream's keys, personal data is cut out, and
the load's own columns are the last two, ``_load_id`` and ``_loaded_at``. ``content_hash`` leaves these two
out, so a day that comes again unchanged is recognised and the file in place is left alone.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from extractors.content import content_hash
from extractors.errors import PayloadError
from extractors.pii import scrub
from extractors.stream import Kind, Stream

LOAD_COLUMNS = (pa.field("_load_id", pa.string(), nullable=False), pa.field("_loaded_at", pa.timestamp("us", "UTC"), nullable=False))


@dataclass
class Partition:
    """One partition of one load: what the ledger keeps of it. One ledger row per partition of a load.

    ``status``: ``staged`` (read whole, not in place), ``pending`` (the platform has not produced it),
    ``failed`` (not read whole), ``quarantined`` (read whole, refused by its checks), ``landed`` (in place),
    ``unchanged`` (same content as what is in place, which stays), ``skipped`` (stream ``*``: the whole account was
    passed over, ``message`` says why).
    """

    load_id: str
    source: str
    stream: str
    account: str
    dt: str
    kind: str
    status: str
    rows: int = 0
    bytes: int = 0
    content_hash: str | None = None
    control_totals: dict[str, Any] = field(default_factory=dict)
    message: str | None = None
    loaded_at: str = ""

    @property
    def path(self) -> str:
        """Path of the file below a landing root."""
        return f"{self.source}/{self.stream}/account={self.account}/dt={self.dt}/part-0.parquet"

    def describe(self) -> str:
        return f"source {self.source}, stream {self.stream}, account {self.account}, day {self.dt}"


def conform(rows: pa.Table, stream: Stream, *, source: str, account: str, day: date) -> pa.Table:
    """Rows in the stream's schema and order; PayloadError names a missing field, a flipped type or a null key."""
    columns = []
    for wanted in stream.schema:
        at = rows.schema.get_field_index(wanted.name)
        if at < 0:
            if not wanted.nullable:
                raise _payload(f"the answer lacks the field {wanted.name}", stream, source, account, day)
            columns.append(pa.nulls(len(rows), wanted.type))
            continue
        column = rows.column(at)
        if column.type != wanted.type:
            try:
                column = column.cast(wanted.type)
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
                raise _payload(
                    f"the field {wanted.name} came as {column.type} where {wanted.type} is documented", stream, source, account, day
                ) from None
        if not wanted.nullable and column.null_count:
            raise _payload(f"the field {wanted.name} is empty in {column.null_count} of {len(rows)} rows", stream, source, account, day)
        columns.append(column)
    return pa.Table.from_arrays(columns, schema=stream.schema)


def _payload(what: str, stream: Stream, source: str, account: str, day: date) -> PayloadError:
    return PayloadError(
        f"{what[0].upper()}{what[1:]}.",
        action="Compare the platform's changelog with the stream's schema; the day is read again at the next run.",
        source=source,
        stream=stream.name,
        account=account,
        day=day,
    )


def stage(
    staged: Path, stream: Stream, batches: Iterable[pa.Table], *, load_id: str, source: str, account: str, day: date, loaded_at: datetime
) -> Partition:
    """Write one partition aside and return its ledger row with status ``staged``."""
    tables = [conform(table, stream, source=source, account=account, day=day) for table in batches]
    table = pa.concat_tables(tables) if tables else stream.schema.empty_table()
    table = _scrubbed(table.combine_chunks()).sort_by([(key, "ascending") for key in stream.keys])
    partition = Partition(
        load_id=load_id,
        source=source,
        stream=stream.name,
        account=account,
        dt=day.isoformat(),
        kind=str(stream.kind),
        status="staged",
        rows=len(table),
        content_hash=content_hash(table),
        control_totals={name: str(pc.sum(table[name]).as_py() or 0) for name in stream.control_columns},
        loaded_at=loaded_at.isoformat(),
    )
    table = table.append_column(LOAD_COLUMNS[0], pa.repeat(load_id, len(table)).cast(pa.string()))
    table = table.append_column(LOAD_COLUMNS[1], pa.repeat(pa.scalar(loaded_at, LOAD_COLUMNS[1].type), len(table)))
    target = staged / load_id / partition.path
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_suffix(".writing")
    pq.write_table(table, aside, compression="zstd", store_schema=True)
    os.replace(aside, target)
    partition.bytes = target.stat().st_size
    return partition


def _scrubbed(table: pa.Table) -> pa.Table:
    columns = [pa.chunked_array([scrub(chunk) for chunk in column.chunks], type=column.type) for column in table.columns]
    return pa.Table.from_arrays(columns, schema=table.schema)


def file_hash(path: Path) -> str:
    """Content hash of a partition's file, without its load columns. Raises OSError and pyarrow's errors where it is not whole."""
    table = pq.read_table(path, partitioning=None)
    return content_hash(table.drop_columns([field.name for field in LOAD_COLUMNS]).combine_chunks())


class Landing:
    """A landing root. Reads say what is in place; ``commit`` puts a load in place."""

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)
        self.staged = self.root / "_staged"
        self.ledger = self.root / "_ledger"

    def staged_file(self, partition: Partition) -> Path:
        return self.staged / partition.load_id / partition.path

    def file(self, partition: Partition) -> Path:
        return self.root / partition.path

    def manifest_file(self, load_id: str) -> Path:
        return self.staged / load_id / "load.jsonl"

    def write_manifest(self, load_id: str, partitions: Iterable[Partition]) -> None:
        """Keep the load's partitions beside its staged files, for the step that comes next."""
        write_lines(self.manifest_file(load_id), partitions)

    def read_manifest(self, load_id: str) -> list[Partition]:
        return read_lines(self.manifest_file(load_id))

    def commit(
        self, load_id: str, partitions: Iterable[Partition], quarantine: Path, *, loaded_at: datetime, resumable: bool = False
    ) -> list[Partition]:
        """Put the ``staged`` partitions in place, move the ``quarantined`` ones to quarantine, write the ledger.

        Each partition is replaced by one rename. Running it again after a kill finishes the rest: a staged
        file that is gone was put in place before. ``resumable`` keeps what is staged of a failed load for its next try.
        """
        done = []
        with self.steady():
            for partition in partitions:
                staged, target = self.staged_file(partition), self.file(partition)
                if partition.status == "staged":
                    same = target.exists() and self.hash_in_place(partition) == partition.content_hash
                    if staged.exists() and not same:
                        target.parent.mkdir(parents=True, exist_ok=True)
                        os.replace(staged, target)
                    partition.status = "unchanged" if same else "landed"
                elif partition.status == "quarantined" and staged.exists():
                    aside = quarantine / load_id / partition.path
                    aside.parent.mkdir(parents=True, exist_ok=True)
                    os.replace(staged, aside)
                    (aside.parent / "reasons.json").write_bytes(orjson.dumps(asdict(partition), option=orjson.OPT_INDENT_2))
                partition.loaded_at = loaded_at.isoformat()
                done.append(partition)
            if done:
                write_lines(self.ledger / done[0].source / f"{load_id}.jsonl", done)
        if not resumable:
            shutil.rmtree(self.staged / load_id, ignore_errors=True)
        return done

    @contextmanager
    def steady(self) -> Iterator[None]:
        """Nobody on this machine puts anything in place meanwhile: files and ledger stay of one moment."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "_lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def forget_staged(self, source: str, before: datetime) -> list[str]:
        """Remove what failed loads of the source left staged for a next try that did not come; returns their load ids."""
        kept = [path for path in self.staged.glob(f"{source}-*/progress.jsonl") if path.stat().st_mtime < before.timestamp()]
        for path in kept:
            shutil.rmtree(path.parent, ignore_errors=True)
        return sorted(path.parent.name for path in kept)

    def hash_in_place(self, partition: Partition) -> str | None:
        """Content hash of the file in place, without its load columns; None where there is none."""
        path = self.file(partition)
        return file_hash(path) if path.exists() else None

    def holds(self, source: str, stream: str, account: str) -> bool:
        """Whether anything of the stream and account is in place, or ever was."""
        if next((self.root / source / stream / f"account={account}").glob("dt=*/part-0.parquet"), None) is not None:
            return True
        return any((row.stream, row.account) == (stream, account) and row.status in {"landed", "unchanged"} for row in self.history(source))

    def history(self, source: str | None = None) -> list[Partition]:
        """All ledger rows, oldest load first."""
        folders = [self.ledger / source] if source else sorted(self.ledger.glob("*"))
        files = [file for folder in folders for file in folder.glob("*.jsonl")]
        rows = [row for file in files for row in read_lines(file)]
        return sorted(rows, key=lambda row: (row.loaded_at, row.load_id))


def write_lines(path: Path, partitions: Iterable[Partition]) -> None:
    """Write ledger rows as JSON lines, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".writing")
    aside.write_bytes(b"".join(orjson.dumps(asdict(row)) + b"\n" for row in partitions))
    os.replace(aside, path)


def read_lines(path: Path) -> list[Partition]:
    return [Partition(**orjson.loads(line)) for line in path.read_bytes().splitlines()]


__all__ = ["Kind", "Landing", "Partition", "conform", "content_hash", "file_hash", "stage"]
