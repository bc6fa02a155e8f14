"""Start the emulator over a folder with ``matomo/<idSite>/{site,visits}.ndjson``."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from sandbox.emulators.faults import FaultPlan
from sandbox.emulators.http import HttpServer
from sandbox.emulators.matomo.app import KINDS, Api
from sandbox.emulators.matomo.methods import Methods
from sandbox.emulators.matomo.store import Site
from sandbox.emulators.recorded import Clock


class MatomoEmulator:
    """A running emulator. ``token`` may view every site, ``token_of(idSite)`` that one alone."""

    connection_id = "matomo_default"

    def __init__(self, folder: Path, *, clock: Clock, faults: FaultPlan, port: int = 0, post_only: bool = True) -> None:
        folders = sorted(path for path in (folder / "matomo").glob("*") if path.is_dir())
        if not folders:
            raise FileNotFoundError(f"{folder} has no matomo/<idSite> folder")
        faults.check("matomo", KINDS)
        sites = {path.name: Site(path, clock) for path in folders}
        self.token = _token("every site")
        tokens = {self.token: frozenset(sites), **{self.token_of(name): frozenset({name}) for name in sites}}
        self._server = HttpServer(Api(Methods(sites, clock), tokens, faults, post_only=post_only).application(), port)
        self.endpoint = self._server.url

    @staticmethod
    def token_of(site: str) -> str:
        return _token(site)

    @property
    def connection(self) -> dict[str, Any]:
        """The JSON form of the Airflow Connection."""
        return {"conn_type": "http", "password": self.token, "extra": {"endpoint": self.endpoint}}

    def stop(self) -> None:
        self._server.stop()


def serve(folder: Path, *, clock: Clock, faults: FaultPlan, port: int = 0) -> MatomoEmulator:
    """Serve the folder on loopback; ``faults`` and ``clock`` may change while it runs."""
    return MatomoEmulator(folder, clock=clock, faults=faults, port=port)


def _token(name: str) -> str:
    return hashlib.md5(f"sandbox {name}".encode(), usedforsecurity=False).hexdigest()
