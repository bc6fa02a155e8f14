"""Child processes that end with us, however we end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import IO, Any

PATIENCE = 20.0
"""Seconds between asking a child to end and ending it."""


def end_on_sigterm() -> None:
    """Turn SIGTERM into an orderly exit (143, as shells say), so that children are ended and files closed."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


@contextmanager
def child(
    command: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    output: IO[Any] | int | None = None,
    errors: IO[Any] | int | None = None,
    pass_fds: Sequence[int] = (),
    group: bool = False,
) -> Iterator[subprocess.Popen[bytes]]:
    """A running child; on the way out it is asked to end, and killed if it does not.

    ``group`` gives it a process group of its own, all of which is ended: for a child that has children.
    """
    process = subprocess.Popen(
        command, env=dict(env) if env is not None else None, stdout=output, stderr=errors, pass_fds=pass_fds, start_new_session=group
    )
    try:
        yield process
    finally:
        end(process, group=group)


def end(process: subprocess.Popen[bytes], *, group: bool = False) -> None:
    """Ask the process to end and wait for it; what is left of it, or of its group, is killed."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if group:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
