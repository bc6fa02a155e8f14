"""What ``python -m extractors`` says of a command that it cannot carry out: a plain sentence, exit code 2, and nothing landed."""

from __future__ import annotations

import json
from pathlib import Path

import klaviyo_folder
import pytest

from extractors.__main__ import PARTLY, main
from sandbox.emulators import klaviyo
from sandbox.emulators.faults import Fault, FaultPlan
from sandbox.emulators.recorded import Clock


def test_a_stream_that_does_not_exist_is_named_beside_those_that_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    days = ["--from", "2026-01-01", "--to", "2026-01-01"]
    assert main(["matomo", *days, "--stream", "nope", "--landing", str(tmp_path / "landing")]) == 2
    assert capsys.readouterr().err == "matomo has no stream nope; it has sites, visits\n"
    assert not (tmp_path / "landing").exists()


def test_a_failure_says_that_what_came_whole_is_in_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = FaultPlan()
    plan.add(Fault("klaviyo", "forbidden_scope", "flows", times=None))
    server = klaviyo.serve(klaviyo_folder.write(tmp_path / "rows", events=[]), clock=Clock(), faults=plan)
    monkeypatch.setenv("AIRFLOW_CONN_KLAVIYO_DEFAULT", json.dumps(server.connection))
    days = ["--from", "2026-01-01", "--to", "2026-01-01"]
    try:
        both = main(["klaviyo", *days, "--stream", "metrics", "flows", "--landing", str(tmp_path / "landing")])
        told = capsys.readouterr().err
        none = main(["klaviyo", *days, "--stream", "flows", "--landing", str(tmp_path / "landing")])
    finally:
        server.stop()
    assert (both, none) == (1, 1)
    assert f"Kept: {PARTLY}" in told
    assert len(list((tmp_path / "landing" / "klaviyo" / "metrics").rglob("*.parquet"))) == 1
    assert "Kept: Nothing of this load was put in place" in capsys.readouterr().err


def test_a_landing_zone_that_cannot_be_written_is_said_before_anything_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_MATOMO_DEFAULT", json.dumps({"password": "x", "extra": {"endpoint": "http://127.0.0.1:9/"}}))
    (tmp_path / "file").write_text("no folder")
    for place in (tmp_path / "file", tmp_path / "file" / "landing"):
        assert main(["matomo", "--from", "2026-01-01", "--to", "2026-01-01", "--landing", str(place)]) == 2
        told = capsys.readouterr()
        assert told.out == ""
        assert told.err in {
            f"--landing {place} cannot be written: {why}. Nothing was read.\n" for why in ("File exists", "Not a directory")
        }


def test_an_error_that_nobody_foresaw_is_told_without_what_it_says(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "keyOfThisTest0123456789"
    stumbles = {"conn_type": "http", "password": "pk_x", "extra": {"endpoint": f"http://user:{secret}\u2100@shop.example"}}
    monkeypatch.setenv("AIRFLOW_CONN_KLAVIYO_DEFAULT", json.dumps(stumbles))
    assert main(["klaviyo", "--from", "2026-01-01", "--to", "2026-01-01", "--landing", str(tmp_path / "landing")]) == 1
    told = capfd.readouterr()
    assert secret not in told.out + told.err
    assert "ValueError, by way of\n" in told.err
    assert told.err.splitlines()[-1].startswith("ExtractionError: An error that is not foreseen (ValueError). [source klaviyo, ")


def test_a_place_that_goes_away_while_reading_is_named(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = klaviyo.serve(klaviyo_folder.write(tmp_path / "rows", events=[]), clock=Clock(), faults=FaultPlan())
    monkeypatch.setenv("AIRFLOW_CONN_KLAVIYO_DEFAULT", json.dumps(server.connection))
    (tmp_path / "landing").mkdir()
    (tmp_path / "landing" / "_ledger").write_text("no folder")
    try:
        code = main(
            ["klaviyo", "--from", "2026-01-01", "--to", "2026-01-01", "--stream", "metrics", "--landing", str(tmp_path / "landing")]
        )
    finally:
        server.stop()
    told = capfd.readouterr().err
    assert code == 1
    assert "Traceback" not in told
    assert told.splitlines()[-1].startswith(f"ExtractionError: {tmp_path / 'landing' / '_ledger'}/klaviyo: Not a directory.")
