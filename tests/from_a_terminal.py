"""Children that take signals as a shell's foreground gives them, however the tests themselves were started."""

from __future__ import annotations

import signal


def heeding_signals() -> None:
    """For ``preexec_fn``: nothing is ignored, as SIGINT is in a shell's background and SIGHUP under nohup, which children inherit."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
