"""Start the emulator over a folder with ``mailchimp/<account_id>/*.ndjson``."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from sandbox.emulators.faults import FaultPlan
from sandbox.emulators.keyed import KeyedEmulator
from sandbox.emulators.mailchimp.app import KINDS, Api
from sandbox.emulators.mailchimp.store import Account
from sandbox.emulators.recorded import Clock


class MailchimpEmulator(KeyedEmulator):
    platform = "mailchimp"
    connection_id = "mailchimp_default"
    kinds = KINDS

    def key(self, account: str) -> str:
        """32 hexadecimal digits and the data center that the account lives in."""
        return hashlib.sha256(f"sandbox {account}".encode()).hexdigest()[:32] + "-us6"

    def application(self, folders: list[Path], clock: Clock, faults: FaultPlan) -> Any:
        accounts = {path.name: Account(path, clock) for path in folders}
        return Api(accounts, {key: account for account, key in self.keys.items()}, faults).application()


def serve(folder: Path, *, clock: Clock, faults: FaultPlan, port: int = 0) -> MailchimpEmulator:
    """Serve the folder on loopback; ``faults`` and ``clock`` may change while it runs."""
    return MailchimpEmulator(folder, clock=clock, faults=faults, port=port)
