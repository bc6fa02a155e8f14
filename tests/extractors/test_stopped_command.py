"""``python -m extractors`` that somebody ends while a platform does not answer: a sentence at once, and nothing left staged."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import klaviyo_folder
import pytest
from from_a_terminal import heeding_signals

from extractors.landing import Landing
from journey.settings import ROOT
from sandbox.emulators import klaviyo
from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.emulators.recorded import Clock


def begun(connection: dict[str, object], landing: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "extractors", "klaviyo", "--from", "2026-01-01", "--to", "2026-01-01", "--landing", str(landing)]
    return subprocess.Popen(
        heeding_signals(command),
        env=os.environ | {"AIRFLOW_CONN_KLAVIYO_DEFAULT": json.dumps(connection), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ends_well(process: subprocess.Popen[str], number: signal.Signals, landing: Path) -> None:
    process.send_signal(number)
    out, err = process.communicate(timeout=20)  # a call may take a minute
    assert (process.returncode, out) == (128 + number, "")
    assert "Traceback" not in err
    last = f"Stopped by {number.name}. Kept: every partition in place, whole, as it was or as it is to be. To do: run it again."
    assert err.splitlines()[-1] == last
    assert list(Landing(landing).staged.iterdir()) == []


def test_while_the_first_answer_does_not_come(tmp_path: Path) -> None:
    """It was a stack trace of a hundred lines, and what was staged stayed for ever."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        process = begun({"conn_type": "http", "password": "pk_x", "extra": {"endpoint": endpoint}}, tmp_path / "landing")
        held, _ = silent.accept()
        ends_well(process, signal.SIGINT, tmp_path / "landing")
        held.close()


@pytest.mark.parametrize("at_once", [1, 4])
def test_while_a_stream_hangs_and_others_have_come(at_once: int, tmp_path: Path) -> None:
    faults = FaultPlan([hangs := Fault("klaviyo", "http_500", "flows", times=None, options={"seconds": 60})])
    server = klaviyo.serve(klaviyo_folder.write(tmp_path / "rows", events=[]), clock=Clock(), faults=faults)
    try:
        extra = {**server.connection["extra"], "at_once": at_once}
        process = begun({**server.connection, "extra": extra}, tmp_path / "landing")
        while not hangs.hits:
            assert process.poll() is None
        ends_well(process, signal.SIGTERM, tmp_path / "landing")
    finally:
        server.stop()
