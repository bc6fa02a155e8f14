"""What ``python -m extractors`` says of a command that it cannot carry out: a plain sentence, exit code 2, and nothing landed."""

from __future__ import annotations

from pathlib import Path

import pytest

from extractors.__main__ import main


def test_a_stream_that_does_not_exist_is_named_beside_those_that_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    days = ["--from", "2026-01-01", "--to", "2026-01-01"]
    assert main(["matomo", *days, "--stream", "nope", "--landing", str(tmp_path / "landing")]) == 2
    assert capsys.readouterr().err == "matomo has no stream nope; it has sites, visits\n"
    assert not (tmp_path / "landing").exists()
