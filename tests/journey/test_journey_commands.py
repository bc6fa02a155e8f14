"""The commands as they are written in documents: names, options, several values after one option, exit codes in the help."""

from __future__ import annotations

import json

import pytest
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from journey.cli import app

DAYS = ["--from", "2026-01-05", "--to", "2026-01-07"]


def commands() -> TyperGroup:
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    return group


@pytest.mark.parametrize("command", ["run", "backfill"])
@pytest.mark.parametrize(
    "words",
    [
        ["--source", "ga4", "matomo", "--account", "7", "314159265", *DAYS],
        ["--source", "ga4", "--source", "matomo", *DAYS, "--account", "7", "--account", "314159265"],
        [*DAYS, "--account", "7", "314159265", "--json", "--source", "ga4", "matomo"],
    ],
)
def test_a_range_takes_several_sources_and_accounts(command: str, words: list[str]) -> None:
    told = commands().commands[command].make_context(command, words).params
    assert (told["source"], told["account"]) == (["ga4", "matomo"], ["7", "314159265"])
    assert [str(told[name].date()) for name in ("first", "last")] == ["2026-01-05", "2026-01-07"]


def test_doctor_takes_several_sources(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOURNEY_HOME", str(tmp_path))
    for name in ("KLAVIYO", "MATOMO"):
        monkeypatch.delenv(f"AIRFLOW_CONN_{name}_DEFAULT", raising=False)
    answer = CliRunner().invoke(app, ["doctor", "--source", "klaviyo", "matomo", "--json"])
    assert [told["source"] for told in json.loads(answer.stdout)["sources"]] == ["klaviyo", "matomo"]
    assert answer.exit_code == 2


@pytest.mark.parametrize(
    "words", [["run", "ga4", *DAYS], ["doctor", "ga4"], ["status", "now"], ["run", *DAYS, "--source", "ga4", "--full", "x"]]
)
def test_a_word_that_belongs_to_no_option_is_refused(words: list[str]) -> None:
    answer = CliRunner().invoke(app, words)
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert "unexpected extra argument" in answer.stderr


@pytest.mark.parametrize("command", ["run", "backfill", "status", "doctor", "map", "attribute", "explain"])
def test_every_command_tells_its_exit_codes(command: str) -> None:
    answer = CliRunner().invoke(app, [command, "--help"])
    assert answer.exit_code == 0
    assert "exit code" in " ".join(answer.stdout.lower().split())
