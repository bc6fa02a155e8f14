"""Child processes that end with us, however we end."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import IO, Any

PATIENCE = 20.0
"""Seconds between asking a child to end and ending it."""
AWAKE = 0.2
"""Seconds after which whoever waits looks up: a signal that another thread of the process is given wakes no main thread."""
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, what service managers send, and a terminal that is closed."""


class Stopped(SystemExit):
    """Somebody asked this process to end; exit code 128 and the signal's number, as shells say."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.name = signal.Signals(number).name


def end_on_signals() -> None:
    """Turn each of ``ENDING`` into an orderly exit, so that children are ended and files closed. Once: a second one does not disturb that.

    One that is ignored stays so, as under nohup.
    """

    came: list[int] = []

    def stop(number: int, _: object) -> None:
        # Of two at the same moment (Ctrl-C reaches a whole group, and its parent ends us) one counts. To set SIG_IGN instead would
        # have Python print that it does not know what to do with the other.
        came.append(number)
        if len(came) == 1:
            raise Stopped(number)

    for ending in ENDING:
        if signal.getsignal(ending) is not signal.SIG_IGN:
            signal.signal(ending, stop)


@contextmanager
def child(
    command: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    output: IO[Any] | int | None = None,
    errors: IO[Any] | int | None = None,
    pass_fds: Sequence[int] = (),
    group: bool = False,
    patience: float = PATIENCE,
) -> Iterator[subprocess.Popen[bytes]]:
    """A running child; on the way out it is asked to end, and killed if it has not after ``patience`` seconds (0: without asking).

    ``group`` gives it a process group of its own, all of which is ended: for a child that has children, and for one that a
    Ctrl-C in the terminal must not reach.
    """
    process = subprocess.Popen(
        command, env=dict(env) if env is not None else None, stdout=output, stderr=errors, pass_fds=pass_fds, start_new_session=group
    )
    try:
        yield process
    finally:
        end(process, group=group, patience=patience)


def wait(process: subprocess.Popen[bytes]) -> int:
    """The child's exit code once it has ended; a signal ends the waiting at once, whichever thread it came to."""
    while process.poll() is None:
        time.sleep(AWAKE)
    return process.wait()


def lines(descriptor: int) -> Iterator[bytes]:
    """The lines that come out of a pipe, as they come; closed at the end. A signal ends the waiting as in ``wait``."""
    rest = b""
    with os.fdopen(descriptor, "rb", buffering=0) as pipe:
        while True:
            if not select.select([pipe], [], [], AWAKE)[0]:
                continue
            piece = pipe.read(65_536)
            if not piece:
                return
            *whole, rest = (rest + piece).split(b"\n")
            yield from whole


def end(process: subprocess.Popen[bytes], *, group: bool = False, patience: float = PATIENCE) -> None:
    """Ask the process to end and wait for it; what is left of it, or of its group, is killed."""
    if process.poll() is None:
        if patience:
            process.terminate()
        try:
            process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if group:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
