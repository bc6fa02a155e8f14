"""Children that take signals as a shell's foreground gives them, however the tests themselves were started."""

from __future__ import annotations

import sys
from collections.abc import Sequence

HEEDING = """
import os, signal, sys
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])
"""


def heeding_signals(command: Sequence[str]) -> list[str]:
    """The command, with nothing ignored, as SIGINT is in a shell's background and SIGHUP under nohup, which children inherit.

    The process that becomes the command does this itself: in a ``preexec_fn`` it would be done in a copy of the tests' own, whose
    gRPC threads may be at work.
    """
    return [sys.executable, "-c", HEEDING, *command]
