"""What costs much is made once a run, by the worker that asks first, in a folder that all workers see."""

from __future__ import annotations

import fcntl
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

Made = TypeVar("Made")


def once(folders: pytest.TempPathFactory, name: str, make: Callable[[Path], Made]) -> Made:
    """What ``make`` gave, as a copy; its files are in a folder of its own, where nobody writes afterwards.

    The others wait for the first one. Where that one failed, the next one tries again, in another folder.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    root = folders.getbasetemp().parent if worker else folders.getbasetemp()
    shared = root / f"once-{name}"
    shared.mkdir(exist_ok=True)
    answer = shared / "made.pickle"
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not answer.exists():
            folder = shared / (worker or "made")
            folder.mkdir()
            answer.write_bytes(pickle.dumps(make(folder)))
    found: Made = pickle.loads(answer.read_bytes())
    return found
