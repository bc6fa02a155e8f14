"""Start the emulator over a folder with ``klaviyo/<account_id>/*.ndjson``."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from sandbox.emulators.faults import FaultPlan
from sandbox.emulators.keyed import KeyedEmulator
from sandbox.emulators.klaviyo.app import KINDS, Api
from sandbox.emulators.klaviyo.store import Account
from sandbox.emulators.recorded import Clock


class KlaviyoEmulator(KeyedEmulator):
    platform = "klaviyo"
    connection_id = "klaviyo_default"
    kinds = KINDS

    def key(self, account: str) -> str:
        return "pk_" + hashlib.sha256(f"sandbox {account}".encode()).hexdigest()[:34]

    def application(self, folders: list[Path], clock: Clock, faults: FaultPlan) -> Any:
        accounts = {path.name: Account(path, clock) for path in folders}
        return Api(accounts, {key: account for account, key in self.keys.items()}, faults).application()


def serve(folder: Path, *, clock: Clock, faults: FaultPlan, port: int = 0) -> KlaviyoEmulator:
    """Serve the folder on loopback; ``faults`` and ``clock`` may change while it runs."""
    return KlaviyoEmulator(folder, clock=clock, faults=faults, port=port)
