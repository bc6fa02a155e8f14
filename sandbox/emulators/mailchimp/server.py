"""Start the emulator over a folder with ``mailchimp/<account_id>/*.ndjson``."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from sandbox.emulators.faults import FaultPlan
from sandbox.emulators.http import HttpServer
from sandbox.emulators.mailchimp.app import KINDS, Api
from sandbox.emulators.mailchimp.store import Account
from sandbox.emulators.recorded import Clock


class MailchimpEmulator:
    """A running emulator. As at Mailchimp a key belongs to one account: ``keys`` maps account id to key, ``connection`` is the
    Airflow Connection of the first account (its extra.accounts is not set)."""

    connection_id = "mailchimp_default"

    def __init__(self, folder: Path, *, clock: Clock, faults: FaultPlan, port: int = 0) -> None:
        folders = sorted(path for path in (folder / "mailchimp").glob("*") if path.is_dir())
        if not folders:
            raise FileNotFoundError(f"{folder} has no mailchimp/<account_id> folder")
        faults.check("mailchimp", KINDS)
        accounts = {path.name: Account(path, clock) for path in folders}
        self.keys = {account: _key(account) for account in accounts}
        api = Api(accounts, {key: account for account, key in self.keys.items()}, faults)
        self._server = HttpServer(api.application(), port)
        self.endpoint = self._server.url

    @property
    def connection(self) -> dict[str, Any]:
        return self.connection_of(min(self.keys))

    def connection_of(self, account: str) -> dict[str, Any]:
        """The JSON form of the Airflow Connection of one account."""
        return {"conn_type": "http", "password": self.keys[account], "extra": {"endpoint": self.endpoint}}

    def stop(self) -> None:
        self._server.stop()


def serve(folder: Path, *, clock: Clock, faults: FaultPlan, port: int = 0) -> MailchimpEmulator:
    """Serve the folder on loopback; ``faults`` and ``clock`` may change while it runs."""
    return MailchimpEmulator(folder, clock=clock, faults=faults, port=port)


def _key(account: str) -> str:
    """32 hexadecimal digits and the data center that the account lives in."""
    return hashlib.sha256(f"sandbox {account}".encode()).hexdigest()[:32] + "-us6"
