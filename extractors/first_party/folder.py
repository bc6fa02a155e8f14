"""The folder or bucket: accounts are its folders, an account's files belong to days by the beginning of their names.

    <path>/<account>/<YYYY-MM-DD>*.{csv,jsonl,parquet}[.gz]      events of that day
    <path>/<account>/<YYYY-MM-DD>.done                           the day is complete, even with no other file

Names that begin with ``.`` or ``_`` are nobody's; one that ends with ``.tmp`` or ``.part`` is still being written.
Read through fsspec (https://filesystem-spec.readthedocs.io), so ``path`` may be any URL that an installed package serves.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import fsspec
from fsspec.core import url_to_fs

from extractors.connections import Connection
from extractors.first_party import faults
from extractors.pii import scrub_text
from extractors.retrying import Failure, Retries, for_load
from extractors.stream import Account

log = logging.getLogger("extractors")

Answer = TypeVar("Answer")
_FILE = re.compile(r"(\d{4}-\d\d-\d\d)(?!\d)(.*)", re.DOTALL)
_ENDINGS = (".csv", ".csv.gz", ".jsonl", ".jsonl.gz", ".parquet")
_UNFINISHED = (".tmp", ".part")
_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class DayFiles:
    """Files of one day: (name, path), in the order of their names; ``is_complete`` by a ``.done`` file."""

    files: tuple[tuple[str, str], ...] = ()
    is_complete: bool = False
    is_being_written: bool = False


@dataclass
class Client:
    """An opened folder. ``max_rejected_share`` is the share of a day's lines that may be rejected, 0 to 1."""

    system: fsspec.AbstractFileSystem
    root: str
    zones: Mapping[str, ZoneInfo]
    max_rejected_share: float
    retries: Retries = field(default_factory=Retries)
    judged: dict[tuple[str, date], list[tuple[str, int, str]] | str] = field(default_factory=dict)
    """(account, day) -> its rejected lines, or why it is pending: kept from reading the events, so that files are read once."""

    def accounts(self) -> list[Account]:
        """The folders below the root, by name; ConfigurationError where the root is none or a name is no account's."""
        found = []
        for entry in self._list(self.root):
            name = _base(entry["name"])
            if self._is_folder(entry) and entry["name"].rstrip("/") != self.root and not name.startswith((".", "_")):
                if not _ACCOUNT.fullmatch(name):
                    raise Failure(faults.FOLDER_NAME).error()
                found.append(Account(name, time_zone=str(self.zone(name))))
        return sorted(found, key=lambda account: account.id)

    def zone(self, account: str) -> ZoneInfo:
        return self.zones.get(account) or self.zones[""]

    def days(self, account: str) -> dict[date, DayFiles]:
        """The files of each day that has any; PayloadError for one whose ending is not documented."""
        found: dict[date, DayFiles] = {}
        strays = 0
        for entry in sorted(self._list(f"{self.root}/{account}"), key=lambda entry: str(entry["name"])):
            name = _base(entry["name"])
            if name.startswith((".", "_")):
                continue
            if self._is_folder(entry):
                if _dated(name)[0] and scrub_text(name) == name:
                    # Some programs write a folder of parts where a file is meant; passed over, its events would be missed by nobody.
                    raise Failure(faults.OTHER_FORMAT, f"{_shown(name)} is a folder").error()
                continue
            if scrub_text(name) != name:
                raise Failure(faults.ADDRESS).error()
            day, rest = _dated(name)
            if day is None:
                strays += 1
                continue
            before, ending = found.get(day, DayFiles()), name.lower()
            if ending.endswith(_UNFINISHED):
                found[day] = DayFiles(before.files, before.is_complete, True)
            elif rest.lower() == ".done":
                found[day] = DayFiles(before.files, True, before.is_being_written)
            elif ending.endswith(_ENDINGS):
                found[day] = DayFiles((*before.files, (_shown(name), entry["name"])), before.is_complete, before.is_being_written)
            else:
                raise Failure(faults.OTHER_FORMAT, f"{_shown(name)} is none of {', '.join(_ENDINGS)}").error().located(day=day)
        if strays:
            log.warning("first_party: account %s has %s files whose names do not begin with a day; they are not read", account, strays)
        return found

    def content(self, path: str) -> bytes:
        """The bytes of a file; PayloadError for one that has gone since it was listed, or a link to nothing."""

        def read() -> bytes | None:
            try:
                content: bytes = self.system.cat_file(path)
            except FileNotFoundError:
                return None
            return content

        found = self._reached(read, _shown(_base(path)))
        if found is None:
            raise Failure(faults.GONE, _shown(_base(path))).error()
        return found

    def _is_folder(self, entry: Mapping[str, Any]) -> bool:
        if entry["type"] in ("file", "directory"):
            return bool(entry["type"] == "directory")
        return bool(self._reached(lambda: self.system.isdir(entry["name"])))  # a link

    def _list(self, path: str) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self._reached(lambda: self.system.ls(path, detail=True))
        return entries

    def _reached(self, ask: Callable[[], Answer], file: str = "") -> Answer:
        """The storage's answer, after retries; ``file`` is named where it may not be read."""

        def attempt() -> Answer:
            try:
                return ask()
            except Exception as error:  # noqa: BLE001 - each kind of storage has errors of its own
                failure = _failure(error, file)
            raise failure

        return self.retries.call(attempt)


def connect(connection: Connection) -> Client:
    """The folder of ``extra.path``; nothing is read yet. Raises ConfigurationError."""
    share = connection.extra.get("max_rejected_share", 0.01)
    if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 <= share <= 1:
        raise connection.wrong("extra.max_rejected_share", "must be a number from 0 to 1")
    options = connection.extra.get("storage_options") or {}
    if not isinstance(options, dict):
        raise connection.wrong("extra.storage_options", "must be an object")
    if connection.endpoint:
        options = {**options, "endpoint_url": connection.endpoint}
    path = connection.require("extra.path")
    try:
        system, root = url_to_fs(path, skip_instance_cache=True, use_listings_cache=False, **options)
    except ImportError:
        raise connection.wrong("extra.path", "names a kind of storage whose package is not installed (s3fs, gcsfs, adlfs, …)") from None
    except Exception as error:  # noqa: BLE001 - each kind of storage has errors of its own, and their texts may hold the credential
        raise connection.wrong("extra.path", f"or extra.storage_options is not understood ({type(error).__name__})") from None
    return Client(system, root.rstrip("/") or root, _zones(connection), float(share), for_load(connection))


def _zones(connection: Connection) -> dict[str, ZoneInfo]:
    """Account -> zone; the empty name stands for every other account."""
    told = connection.extra.get("time_zone") or "UTC"
    named = {"": "UTC", **told} if isinstance(told, dict) else {"": told}
    try:
        return {account: ZoneInfo(str(name)) for account, name in named.items()}
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise connection.wrong("extra.time_zone", "must be an IANA time zone, or an object with one for each account") from None


def _dated(name: str) -> tuple[date | None, str]:
    matched = _FILE.fullmatch(name)
    try:
        return (date.fromisoformat(matched[1]), matched[2]) if matched else (None, name)
    except ValueError:
        return None, name


def _shown(name: str) -> str:
    """A name that is not UTF-8 with escapes for what no text can hold."""
    return name.encode(errors="backslashreplace").decode()


def _base(path: str) -> str:
    return path.rstrip("/").rsplit("/", 1)[-1]


def _failure(error: Exception, file: str) -> Failure:
    """The row that an exception of a storage's client means. Its text may hold the credential: its kind must do."""
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return Failure(faults.NO_FOLDER)
    if isinstance(error, PermissionError):
        return Failure(faults.REFUSED, file)
    return Failure(faults.UNREACHABLE, type(error).__name__)
