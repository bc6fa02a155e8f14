"""The recorded accounts behind the emulator: objects and insights rows as they look at the clock's moment.

Nodes are found by id over all accounts. What an ad's status was decides what insights hide: an ad that is no longer
among the visible rows but once was counts as DELETED; one that was never recorded counts as ACTIVE.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from sandbox.emulators.recorded import Clock, Row, read, visible

KINDS = {"campaigns": "campaign", "adsets": "adset", "ads": "ad"}


@dataclass(frozen=True)
class Node:
    """One object: ``kind`` is account, campaign, adset, ad or creative."""

    kind: str
    row: Row
    account: AdAccount


class AdAccount:
    """One ad account at one moment."""

    def __init__(self, id: str, files: Mapping[str, list[Row]], clock: Clock) -> None:
        self.id = id
        rows = visible(files["account"], clock)
        self.row: Row = rows[-1] if rows else {"id": f"act_{id}", "account_id": id}
        self.objects: dict[str, list[Row]] = {name: visible(files[name], clock) for name in KINDS}
        self.insights = visible(files["insights"], clock)
        self._once_recorded = {kind: {row["id"] for row in files[name]} for name, kind in KINDS.items()}

    @cached_property
    def statuses(self) -> dict[str, dict[str, str]]:
        """Kind -> id -> effective status, for every object that was ever recorded."""
        known: dict[str, dict[str, str]] = {}
        for name, kind in KINDS.items():
            now = {row["id"]: str(row.get("effective_status") or row.get("status") or "ACTIVE") for row in self.objects[name]}
            known[kind] = dict.fromkeys(self._once_recorded[kind], "DELETED") | now
        return known

    @cached_property
    def creatives(self) -> list[Row]:
        """The creatives of the visible ads, each once."""
        found = {ad["creative"]["id"]: ad["creative"] for ad in self.objects["ads"] if ad.get("creative", {}).get("id")}
        return [{"account_id": self.id, **row} for row in found.values()]

    @cached_property
    def nodes(self) -> dict[str, Node]:
        """Everything of this account by id; deleted objects that are still recorded answer too."""
        found = {f"act_{self.id}": Node("account", self.row, self)}
        for name, kind in KINDS.items():
            found |= {row["id"]: Node(kind, row, self) for row in self.objects[name]}
        for row in self.insights:
            # Recorded folders may hold figures without the objects: their ids still are nodes.
            for kind in KINDS.values():
                if f"{kind}_id" in row and row[f"{kind}_id"] not in found:
                    gone = {"id": row[f"{kind}_id"], "account_id": self.id, "name": row.get(f"{kind}_name"), "effective_status": "DELETED"}
                    found[row[f"{kind}_id"]] = Node(kind, gone, self)
        return {row["id"]: Node("creative", row, self) for row in self.creatives} | found


class Store:
    """A folder of accounts, read once; looked at again whenever the clock has moved."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.clock = clock
        root = folder / "facebook_ads" if (folder / "facebook_ads").is_dir() else folder
        names = ("account", "insights", *KINDS)
        self._files = {
            path.name.removeprefix("act_"): {name: list(read(path / f"{name}.ndjson")) for name in names}
            for path in sorted(root.glob("act_*"))
        }
        self._seen: tuple[datetime | None, dict[str, AdAccount]] | None = None

    @property
    def accounts(self) -> dict[str, AdAccount]:
        """Digits of the account id -> account, at the clock's moment."""
        if self._seen is None or self._seen[0] != self.clock.moment:
            self._seen = (self.clock.moment, {id: AdAccount(id, files, self.clock) for id, files in self._files.items()})
        return self._seen[1]

    def find(self, id: str) -> Node | None:
        """The node of that id in any account."""
        for account in self.accounts.values():
            if id in account.nodes:
                return account.nodes[id]
        return None
