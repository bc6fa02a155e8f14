"""Ctrl-C, ``kill`` or a closed terminal while ``python -m extractors`` is at work: it ends at once, with a sentence."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from extractors.landing import Landing

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def ending_at_once(landing: Landing, load_id: str) -> Iterator[None]:
    """Exit code 128 and the signal's number, as shells say. What the load had staged is removed, as nobody goes on under its name.

    Nothing is waited for: other threads may be held by a platform for a minute, and no step minds being killed. A signal that is
    ignored stays so, as under nohup.
    """

    def stop(number: int, _: object) -> None:
        if not landing.is_landing(load_id):  # what is being put in place is finished by the next load
            _remove(landing.staged / load_id)
        kept = "Kept: every partition in place, whole, as it was or as it is to be. To do: run it again."
        sys.stdout.flush()
        print(f"Stopped by {signal.Signals(number).name}. {kept}", file=sys.stderr, flush=True)
        os._exit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in ENDING}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _remove(folder: Path) -> None:
    """Some times over, as other threads may write into it until the process ends."""
    for _ in range(20):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.05)
