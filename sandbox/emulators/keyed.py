"""Platforms whose key belongs to one account, served from a folder ``<platform>/<account_id>/*.ndjson``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from sandbox.emulators.faults import FaultPlan
from sandbox.emulators.http import HttpServer
from sandbox.emulators.recorded import Clock


class KeyedEmulator:
    """A running emulator: ``keys`` maps account id to key, ``connection`` is the Airflow Connection of the first account
    (its extra.accounts is not set)."""

    platform: ClassVar[str]
    connection_id: ClassVar[str]
    kinds: ClassVar[frozenset[str] | set[str]]
    """The faults that it knows."""

    def __init__(self, folder: Path, *, clock: Clock, faults: FaultPlan, port: int = 0) -> None:
        folders = sorted(path for path in (folder / self.platform).glob("*") if path.is_dir())
        if not folders:
            raise FileNotFoundError(f"{folder} has no {self.platform}/<account_id> folder")
        faults.check(self.platform, self.kinds)
        self.keys = {path.name: self.key(path.name) for path in folders}
        self._server = HttpServer(self.application(folders, clock, faults), port)
        self.endpoint = self._server.url

    def key(self, account: str) -> str:
        """The account's key: the same in every process, and of the platform's form."""
        raise NotImplementedError

    def application(self, folders: list[Path], clock: Clock, faults: FaultPlan) -> Any:
        """The ASGI application over one folder an account."""
        raise NotImplementedError

    @property
    def connection(self) -> dict[str, Any]:
        return self.connection_of(min(self.keys))

    def connection_of(self, account: str) -> dict[str, Any]:
        """The JSON form of the Airflow Connection of one account."""
        return {"conn_type": "http", "password": self.keys[account], "extra": {"endpoint": self.endpoint}}

    def stop(self) -> None:
        self._server.stop()
