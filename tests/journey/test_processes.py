"""What becomes of children, and of their children, when somebody ends the process that started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from from_a_terminal import heeding_signals

from journey.processes import ENDING, lines
from journey.settings import ROOT

PARENT = """
import sys, time
from journey.processes import child, end_on_signals
end_on_signals()
grandchild = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]
with child([sys.executable, "-c", f"import subprocess; subprocess.run({grandchild!r})"], group=True, patience=float(sys.argv[1])):
    time.sleep(600)
"""


def started(*words: str, ignored: bool = False) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PARENT, *words]
    if ignored:
        command = ["nohup", *command]
    process = subprocess.Popen(
        heeding_signals(command), env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process


@pytest.mark.parametrize("patience", ["20", "0"])
@pytest.mark.parametrize("number", ENDING, ids=lambda number: number.name)
def test_each_signal_ends_all_that_was_started(number: signal.Signals, patience: str) -> None:
    process = started(patience)
    family = psutil.Process(process.pid).children(recursive=True)
    assert len(family) == 2
    process.send_signal(number)
    said = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert said == ("", ""), "no trace of Python's"
    assert psutil.wait_procs(family, timeout=10)[1] == []


def test_what_is_ignored_stays_ignored(tmp_path: Path) -> None:
    process = started("0", ignored=True)
    process.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=0.5)
    process.terminate()
    assert process.wait(timeout=60) == 128 + signal.SIGTERM


BLOCKED = """
import os, signal, subprocess, sys, threading, time
from journey import processes
processes.end_on_signals()
# The main thread takes no SIGTERM, so that another one is given it, as the kernel may choose to.
threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
print("up", flush=True)
if sys.argv[1] == "lines":
    list(processes.lines(os.pipe()[0]))
else:
    with processes.child([sys.executable, "-c", "import time; time.sleep(600)"], patience=0) as process:
        processes.wait(process)
"""


@pytest.mark.parametrize("waiting", ["lines", "child"])
def test_a_signal_that_another_thread_is_given_ends_the_waiting(waiting: str) -> None:
    command = [sys.executable, "-c", BLOCKED, waiting]
    process = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    process.terminate()
    assert process.wait(timeout=60) == 128 + signal.SIGTERM


def test_lines_come_whole_however_they_were_written() -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb", buffering=0) as pipe:
        for piece in (b"on", b"e\ntw", b"o\n", b"three\nfour\n"):
            pipe.write(piece)
    assert list(lines(reading)) == [b"one", b"two", b"three", b"four"]
