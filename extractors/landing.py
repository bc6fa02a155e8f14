"""The landing zone: one Parquet file a partition, staged first, then put in place in one step.

    <landing>/_staged/<load_id>/<source>/<stream>/account=<id>/dt=<day>/part-0.parquet
    <landing>/<source>/<stream>/account=<id>/dt=<day>/part-0.parquet
    <landing>/_ledger/<source>/<load_id>.jsonl      <load_id>~1.jsonl: what an earlier try of the same load has landed
    <landing>/_staged/<load_id>/landing.jsonl       the same while its files are put in place

A file is a function of its rows: rows are sorted by the stream's keys, personal data is cut out, and
the load's own columns are the last two, ``_load_id`` and ``_loaded_at``. ``content_hash`` leaves these two
out, so a day that comes again unchanged is recognised and the file in place is left alone.
"""

from __future__ import annotations

import fcntl
import logging
import math
import os
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from extractors.content import PIECE, ContentHash, content_hash, pieces
from extractors.ledger import Key, Reached, newest_rows, ordered, reached, refused_days
from extractors.partition import LOAD_COLUMNS, Partition, read_lines, records, write_lines
from extractors.staging import conform, stage
from extractors.stream import Kind

log = logging.getLogger("extractors")


def file_hash(path: Path) -> str:
    """Content hash of a partition's file, without its load columns. Raises OSError and pyarrow's errors where it is not whole."""
    with pq.ParquetFile(path) as file:
        columns = [field.name for field in file.schema_arrow if field.name not in {loaded.name for loaded in LOAD_COLUMNS}]
        found = ContentHash(pa.schema([file.schema_arrow.field(name) for name in columns]))
        for piece in pieces(file.iter_batches(batch_size=PIECE, columns=columns, use_threads=False)):
            found.update(piece)
        return found.hexdigest()


def is_parquet(path: Path, *, rows: int | None = None) -> bool:
    """Whether the file ends as a Parquet file does, and says that it has so many rows; quick, as they are not read."""
    try:
        with pq.ParquetFile(path) as file:
            return rows is None or bool(file.metadata.num_rows == rows)
    except (OSError, pa.ArrowException):
        return False


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

    def progress_file(self, load_id: str) -> Path:
        return self.staged / load_id / "progress.jsonl"

    def is_landing(self, load_id: str) -> bool:
        """Whether the load is being put in place, or was killed meanwhile."""
        return (self.staged / load_id / "landing.jsonl").exists()

    def write_manifest(self, load_id: str, partitions: Iterable[Partition]) -> None:
        """Keep the load's partitions beside its staged files, for the step that comes next."""
        write_lines(self.manifest_file(load_id), partitions)

    def read_manifest(self, load_id: str) -> list[Partition]:
        return read_lines(self.manifest_file(load_id))

    def commit(
        self, load_id: str, partitions: Iterable[Partition], quarantine: Path, *, loaded_at: datetime, resumable: bool = False
    ) -> list[Partition]:
        """Put the ``staged`` partitions in place, move the ``quarantined`` ones to quarantine, write the ledger.

        Each partition is replaced by one rename, once its ledger row is written aside; so what a kill leaves is finished by whoever puts
        something in place or builds next (``steady``). Running it again finishes the rest too: a staged file that is gone was put in
        place before. ``resumable`` keeps what a failed load has finished for its next try.

        A file is unchanged only where another load's ledger row, or an earlier try's, says so too: what a killed load has put in place
        is in no ledger yet, and a build reads what the ledger says has landed.

        What another load asked for later and has put in place before stays: a load that began first may well end last.
        """
        done = []
        with self.steady():
            partitions = list(partitions)
            recorded = self._recorded(load_id, partitions)
            for partition in partitions:
                staged = self.staged_file(partition)
                known = recorded.get((partition.source, partition.stream, partition.account, partition.dt))
                if known and self._asked_later(known, partition):
                    log.warning("%s: what load %s asked for later is in place, and stays", partition.describe(), known.load_id)
                    message = f"Not put in place: load {known.load_id} asked for it later, and what that one read stays."
                    partition = replace(known, load_id=load_id, status="unchanged", message=message)
                elif partition.status == "staged":
                    recognised = known is not None and known.content_hash == partition.content_hash
                    same = recognised and self.hash_in_place(partition) == partition.content_hash
                    partition.status = "unchanged" if same else "landed"
                elif partition.status == "quarantined" and staged.exists():
                    aside = quarantine / load_id / partition.path
                    aside.parent.mkdir(parents=True, exist_ok=True)
                    # First, as nothing writes it once the file is there.
                    (aside.parent / "reasons.json").write_bytes(orjson.dumps(asdict(partition), option=orjson.OPT_INDENT_2))
                    os.replace(staged, aside)
                partition.loaded_at = loaded_at.isoformat()
                done.append(partition)
            if done:
                write_lines(begun := self.staged / load_id / "landing.jsonl", done)
                self._put_in_place(begun)
        if not (resumable and self.progress_file(load_id).exists()):
            shutil.rmtree(self.staged / load_id, ignore_errors=True)
        return done

    def _put_in_place(self, begun: Path) -> None:
        """The files of the rows that say so, then the rows into the ledger; those that are in place already are not staged any more."""
        rows = read_lines(begun)
        for row in rows:
            if row.status == "landed" and (staged := self.staged_file(row)).exists():
                target = self.file(row)
                target.parent.mkdir(parents=True, exist_ok=True)
                os.replace(staged, target)
        ledger = self.ledger / rows[0].source / f"{rows[0].load_id}.jsonl"
        ledger.parent.mkdir(parents=True, exist_ok=True)
        os.replace(begun, ledger)

    def keep_earlier(self, load_id: str) -> None:
        """The load begins again: the ledger rows of a try that has put anything in place stay, beside those that this try will write.

        What landed is in place by its ledger row; the new try may fail, read fewer days, or find that a day need not be read again.
        """
        with self.steady():
            for file in self.ledger.glob(f"*/{load_id}.jsonl"):
                if any(row["status"] in ("landed", "unchanged") for row in records(file)):
                    number = 1 + len(list(file.parent.glob(f"{load_id}~*.jsonl")))  # no load's name has a tilde in it
                    os.replace(file, file.with_name(f"{load_id}~{number}.jsonl"))

    def _recorded(self, load_id: str, partitions: Collection[Partition]) -> dict[Key, Partition]:
        """What is in place by the ledger of other loads."""
        sources = {partition.source for partition in partitions if partition.status in ("staged", "unchanged")}
        return {key: row for source in sources for key, row in self.newest({"landed", "unchanged"}, source, but_not=load_id).items()}

    def _asked_later(self, held: Partition, partition: Partition) -> bool:
        """Whether what is in place was asked for after the partition, and is as it was written."""
        return partition.status in ("staged", "unchanged") and "" < partition.read_at < held.read_at and self.is_whole(held)

    @contextmanager
    def steady(self) -> Iterator[None]:
        """Nobody on this machine puts anything in place meanwhile: files and ledger stay of one moment.

        A load that was killed while it was put in place is finished first: its files would be in place, and no ledger row tell of them.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "_lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for begun in sorted(self.staged.glob("*/landing.jsonl")):
                self._finish(begun)
            yield

    def _finish(self, begun: Path) -> None:
        load_id = begun.parent.name
        try:
            self._put_in_place(begun)
        except OSError as error:  # a folder of one source that may not be written holds no other source up
            log.warning("load %s was stopped while it was put in place, and the rest of it cannot be: %s", load_id, error)
            return
        log.warning("load %s was stopped while it was put in place; now all of it is", load_id)
        if not self.progress_file(load_id).exists():
            shutil.rmtree(begun.parent, ignore_errors=True)

    def forget_staged(self, source: str, before: datetime) -> list[str]:
        """Remove what failed or killed loads of the source left staged for a next try that did not come; returns their load ids.

        One that came whole waits to be validated or put in place, until later loads have put each of its partitions in place.
        """
        loads = [path.name for path in sorted(self.staged.glob(f"{source}-*")) if last_written(path) < before.timestamp()]
        whole = [load for load in loads if self.waits(load)]
        newest = self.newest({"landed", "unchanged"}, source) if whole else {}
        kept = {load for load in whole if not self._overtaken(load, newest)}
        forgotten = [load for load in loads if load not in kept]
        for load in forgotten:
            shutil.rmtree(self.staged / load, ignore_errors=True)
        return forgotten

    def waits(self, load_id: str) -> bool:
        """Whether the load was read whole and is staged: to be validated, or to be put in place."""
        return self.manifest_file(load_id).exists() and not self.progress_file(load_id).exists()

    def _overtaken(self, load_id: str, newest: Mapping[Key, Partition]) -> bool:
        read = datetime.fromtimestamp(last_written(self.manifest_file(load_id)), UTC)
        staged = [row for row in self.read_manifest(load_id) if row.status == "staged"]
        landed = [newest.get((row.source, row.stream, row.account, row.dt)) for row in staged]
        return bool(staged) and all(row is not None and datetime.fromisoformat(row.loaded_at) > read for row in landed)

    def hash_in_place(self, partition: Partition) -> str | None:
        """Content hash of the file in place, without its load columns; None where there is none, or none that is whole."""
        try:
            return file_hash(self.file(partition))
        except (OSError, pa.ArrowException):
            return None

    def is_whole(self, partition: Partition) -> bool:
        """Whether the file in place has the partition's rows, by its own account."""
        return is_parquet(self.file(partition), rows=partition.rows)

    def holds(self, source: str, stream: str, account: str) -> bool:
        """Whether anything of the stream and account is in place, or ever was."""
        if next((self.root / source / stream / f"account={account}").glob("dt=*/part-0.parquet"), None) is not None:
            return True
        return any(key[1:3] == (stream, account) for key in self.newest({"landed", "unchanged"}, source))

    def accounts(self, source: str) -> set[str]:
        """The accounts of which anything is in place."""
        folders = (self.root / source).glob("*/account=*")
        return {folder.name.removeprefix("account=") for folder in folders if next(folder.glob("dt=*/part-0.parquet"), None)}

    def refused_since(self, source: str, accounts: Collection[str]) -> dict[str, date]:
        """Account -> the first day of the loads that were refused it since it last landed; accounts without such a load are left out."""
        return refused_days(self._loads(source), accounts)

    def reached(self, source: str) -> dict[tuple[str, str], Reached]:
        """(stream, account) -> the newest days that have landed and that were asked for; streams that never came are left out."""
        return reached(self.newest({"landed", "unchanged", "pending"}, source))

    def history(self, source: str | None = None) -> list[Partition]:
        """All ledger rows, oldest load first."""
        return [row for file in ordered(self._loads(source)) for row in read_lines(file)]

    def tries(self) -> Iterator[list[dict[str, Any]]]:
        """The ledger rows of each try of each load, oldest first, as they are written: no object is made of each."""
        for file in ordered(self._loads(None)):
            yield list(records(file))

    def newest(self, statuses: Collection[str], source: str | None = None, *, but_not: str | None = None) -> dict[Key, Partition]:
        """The newest ledger row of each partition (source, stream, account, day) that has one of the statuses.

        Rows of the newest try of the load ``but_not`` are left out.
        """
        return newest_rows(self._loads(source), statuses, but_not=but_not)

    def load(self, load_id: str) -> list[Partition]:
        """The ledger rows of the newest try of one load; none where it has not ended."""
        return [row for file in self.ledger.glob(f"*/{load_id}.jsonl") for row in read_lines(file)]

    def newest_load(self, source: str) -> list[Partition]:
        """The ledger rows of the source's newest load; none where there is no load."""
        files = ordered(self._loads(source))
        return read_lines(files[-1]) if files else []

    def _loads(self, source: str | None) -> list[Path]:
        folders = [self.ledger / source] if source else sorted(self.ledger.glob("*"))
        return [file for folder in folders for file in sorted(folder.glob("*.jsonl"))]


def last_written(folder: Path) -> float:
    """Newest time of anything in the folder (seconds since 1970); infinite where a load that is under way takes things out."""
    try:
        return max(path.stat().st_mtime for path in (folder, *folder.rglob("*")))
    except FileNotFoundError:
        return math.inf


__all__ = [
    "LOAD_COLUMNS",
    "Kind",
    "Landing",
    "Partition",
    "conform",
    "content_hash",
    "file_hash",
    "is_parquet",
    "read_lines",
    "stage",
    "write_lines",
]
