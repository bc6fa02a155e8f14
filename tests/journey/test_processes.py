"""What becomes of children, and of their children, when somebody ends the process that started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from journey.processes import ENDING
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
        command, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
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
