"""``python -m sandbox``: the world it writes, the folders it refuses, and the servers it starts."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from simulated import world

from sandbox import serving
from sandbox.__main__ import main

SOURCES = sorted(serving.SOURCES)


def test_world_is_written_and_replaces_only_a_world(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "world"
    arguments = ["world", "--out", str(out), "--from", "2026-02-26", "--days", "4", "--scale", "0.02", "--seed", "5"]
    assert main(arguments) == 0
    assert sorted(path.name for path in out.iterdir()) == [*SOURCES, "truth", "world.json"]
    assert len(list(out.glob("ga4/*/*/events_*.parquet"))) == 4
    (out / "stale").write_text("")
    assert main(arguments) == 0
    assert not (out / "stale").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["world"]
    other = tmp_path / "mine"
    other.mkdir()
    (other / "notes.txt").write_text("mine")
    assert main(["world", "--out", str(other), "--days", "1"]) == 2
    assert (other / "notes.txt").read_text() == "mine"
    assert "not a simulated world" in capsys.readouterr().err
    assert main(["world", "--out", str(other / "notes.txt"), "--days", "1"]) == 2
    assert (other / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize(("option", "kind"), [("--recorded", "folder"), ("--faults", "file")])
def test_what_is_not_there_cannot_be_served(tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, kind: str) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["serve", "--world", str(tmp_path), option, str(tmp_path / "nowhere")])
    assert stop.value.code == 2
    assert f"argument {option}: no {kind} {tmp_path / 'nowhere'}" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", [["--days", "0"], ["--scale", "-1"], ["--from", "yesterday"]])
def test_a_wrong_option_is_refused(tmp_path: Path, wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["world", "--out", str(tmp_path / "w"), *wrong])
    assert stop.value.code == 2
    assert not (tmp_path / "w").exists()


@pytest.mark.parametrize("for_a_shell", [False, True])
def test_serve_prints_and_writes_the_connections_and_ends_on_a_signal(tmp_path: Path, for_a_shell: bool) -> None:
    found = tmp_path / "connections.json"
    command = [sys.executable, "-m", "sandbox", "serve", "--world", str(world(seed=3, days=5, scale=0.2)), "--connections", str(found)]
    command += ["--source", "exchange_rates", "--source", "klaviyo", *(["--export"] if for_a_shell else [])]
    environment = {**os.environ, "PYTHONPATH": str(Path(serving.__file__).parents[1])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout
        lines = [process.stdout.readline(), process.stdout.readline()]
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    if for_a_shell:
        script = "".join(lines) + "env\n"
        told = subprocess.run(["sh"], input=script, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=True)
        assert told.stderr == ""
        lines = told.stdout.splitlines()
    printed = dict(line.rstrip("\n").split("=", 1) for line in lines if line.startswith("AIRFLOW_CONN_"))
    assert set(printed) == {"AIRFLOW_CONN_EXCHANGE_RATES_DEFAULT", "AIRFLOW_CONN_KLAVIYO_DEFAULT"}
    connections = json.loads(found.read_text())
    assert {f"AIRFLOW_CONN_{name.upper()}": value for name, value in connections.items()} == {
        name: json.loads(value) for name, value in printed.items()
    }
    assert stat.S_IMODE(found.stat().st_mode) == 0o600


def test_servers_answer_while_the_context_is_open_and_not_after() -> None:
    with serving.serve_all(world(seed=3, days=5, scale=0.2), sources=["exchange_rates"]) as connections:
        (connection,) = connections.values()
        endpoint = connection["extra"]["endpoint"]
        with urllib.request.urlopen(f"{endpoint}/stats/eurofxref/eurofxref-hist.zip") as answer:
            assert answer.status == 200
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"{endpoint}/stats/eurofxref/eurofxref-hist.zip")


def test_an_unknown_source_is_named() -> None:
    with pytest.raises(ValueError, match="plausible"), serving.serve_all(world(seed=3, days=5, scale=0.2), sources=["plausible"]):
        pass
