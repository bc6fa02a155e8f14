"""Misbehaviour on demand. A plan is a list of faults; each is used up after ``times`` hits.

As JSON: ``[{"source": "klaviyo", "operation": "events", "kind": "http_500", "after": 1, "times": 2}]``.
The emulators document which ``kind`` they know; an unknown kind is an error when the plan is loaded.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Fault:
    """One misbehaviour: on ``operation`` (a substring of the call's name, "" for any) of ``account`` (None for any),
    after letting ``after`` matching calls pass, ``times`` times (None for ever)."""

    source: str
    kind: str
    operation: str = ""
    account: str | None = None
    after: int = 0
    times: int | None = 1
    options: dict[str, Any] = field(default_factory=dict)
    seen: int = 0
    hits: int = 0


class FaultPlan:
    """The faults of one server; safe to change while it serves."""

    def __init__(self, faults: list[Fault] | None = None) -> None:
        self._faults = list(faults or [])
        self._lock = threading.Lock()

    @classmethod
    def from_file(cls, path: Path) -> FaultPlan:
        return cls([Fault(**item) for item in json.loads(path.read_text())])

    def add(self, fault: Fault) -> Fault:
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def check(self, source: str, kinds: Collection[str]) -> None:
        """ValueError for a fault of the source whose kind its emulator does not know."""
        with self._lock:
            unknown = {fault.kind for fault in self._faults if fault.source == source} - set(kinds)
        if unknown:
            raise ValueError(f"the fault plan of {source} has unknown kinds: {', '.join(sorted(unknown))}")

    def take(self, source: str, operation: str, account: str | None = None, kinds: Collection[str] | None = None) -> Fault | None:
        """The fault that this call must suffer, if any; counts the call. ``kinds`` leaves the others for another moment."""
        with self._lock:
            for fault in self._faults:
                if fault.source != source or fault.operation not in operation:
                    continue
                if kinds is not None and fault.kind not in kinds:
                    continue
                if fault.account is not None and account is not None and fault.account != account:
                    continue
                fault.seen += 1
                if fault.seen > fault.after and (fault.times is None or fault.hits < fault.times):
                    fault.hits += 1
                    return fault
        return None
