"""What a build needs of the machine: to be the only one in its JOURNEY_HOME, room on the disk, and its errors said plainly."""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from extractors.errors import DamagedRecord
from extractors.unforeseen import without_values
from journey.duck import holder, quoted
from journey.settings import Places, SettingsError

log = logging.getLogger("journey")

HELD = "JOURNEY_BUILD_LOCK"
"""Names the lock that this process, or the one that started it, holds."""
KEPT = "Kept: the served warehouse as it was."


class BuildFailed(Exception):
    """Nothing was published; the served file is the one from before."""


def check_memory_limit() -> None:
    """SettingsError where JOURNEY_MEMORY_LIMIT is nothing that DuckDB understands."""
    limit = os.environ.get("JOURNEY_MEMORY_LIMIT")
    if limit is None:
        return
    try:
        with duckdb.connect() as connection:
            connection.execute(f"set memory_limit = '{quoted(limit)}'")
    except duckdb.Error:
        raise SettingsError(f"JOURNEY_MEMORY_LIMIT is {limit!r}, and must be a size like 1350MB or 4GB") from None


@contextmanager
def alone(places: Places) -> Iterator[None]:
    """Wait until no other build is at work here; a build within a build goes on. A process that is killed holds nothing any more."""
    file = places.build.with_name("lock")
    if os.environ.get(HELD) == str(file):
        yield
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        opened = file.open("w")
    except OSError as error:
        raise BuildFailed(_unwritten("Not built", places, error)) from None
    with opened as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.warning("another build is at work in %s; this one waits for its end", places.home)
            fcntl.flock(lock, fcntl.LOCK_EX)
        os.environ[HELD] = str(file)
        try:
            yield
        finally:
            del os.environ[HELD]


@contextmanager
def plainly(what: str, places: Places, *leftovers: Path) -> Iterator[None]:
    """What the disk, DuckDB or a damaged record has against it as BuildFailed; ``leftovers`` are removed then, for they take room."""
    try:
        yield
    except DamagedRecord as error:
        raise BuildFailed(f"{what}: {error}") from None
    except OSError as error:
        _remove(leftovers)
        raise BuildFailed(_unwritten(what, places, error)) from None
    except duckdb.Error as error:
        _remove(leftovers)
        if who := holder(error):
            file = next((part for part in str(error).split('"') if part.endswith((".duckdb", ".publishing"))), "a file of the warehouse")
            raise BuildFailed(
                f"{what}: {who} has {file} open to write in, and DuckDB lets nobody else in meanwhile. {KEPT} To do: close it there (who "
                "only reads opens it read-only), and run again."
            ) from None
        said = " ".join(without_values(str(error).split("\n\n")[0]).split())
        raise BuildFailed(
            f"{what}: {said}. {KEPT} To do: where it speaks of the disk, make room below {places.home}; where it names a landed file, "
            "run its day again; else build again in full."
        ) from None


def _unwritten(what: str, places: Places, error: OSError) -> str:
    where = f"{error.filename2 or error.filename}: " if error.filename else ""
    return (
        f"{what}: {where}{error.strerror or error}. {KEPT} To do: see that there is room below {places.home} and that it may be "
        "written, and run again."
    )


def _remove(files: tuple[Path, ...]) -> None:
    """As far as it goes: what stood against the work may stand against this as well, and is told already."""
    for file in files:
        with suppress(OSError):
            remove(file)


def remove(file: Path) -> None:
    """Remove a DuckDB file with what DuckDB keeps beside it while it works."""
    file.unlink(missing_ok=True)
    file.with_name(f"{file.name}.wal").unlink(missing_ok=True)
    shutil.rmtree(file.with_name(f"{file.name}.tmp"), ignore_errors=True)
