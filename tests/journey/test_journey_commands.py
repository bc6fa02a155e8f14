"""The commands as they are written in documents: names, options, several values after one option, exit codes in the help."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from journey import summary
from journey.cli import app
from journey.settings import Places

ROOT = Path(__file__).resolve().parents[2]
DAYS = ["--from", "2026-01-05", "--to", "2026-01-07"]


def own_environment(home: Path) -> dict[str, str]:
    """This process's, without what other tests may have set for an Airflow of their own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "JOURNEY_"))}
    return kept | {"JOURNEY_HOME": str(home), "PYTHONPATH": str(ROOT)}


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


@pytest.fixture
def logging_again() -> Iterator[None]:
    """`journey doctor` ends all logging of its process."""
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.usefixtures("logging_again")
def test_doctor_takes_several_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_airflows_own_commands_reach_the_airflow_of_make_up(tmp_path: Path) -> None:
    """Called by its own name Airflow made a database of its own in ~/airflow, and knew no DAG."""
    told = subprocess.run(
        [sys.executable, "-m", "journey.cli", "airflow", "config", "get-value", "database", "sql_alchemy_conn"],
        env=own_environment(tmp_path / "a home"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stdout) == (0, f"sqlite:///{tmp_path / 'a home' / 'airflow' / 'airflow.db'}\n")


def test_documents_and_commands_name_the_same() -> None:
    texts = [file.read_text() for file in (ROOT / "README.md", *(ROOT / "docs").glob("*.md"))]
    named = {word for text in texts for word in re.findall(r"`journey ([a-z]+)", text)}
    assert named == set(commands().commands)
    assert not [text for text in texts if "`airflow " in text], "Airflow's commands are written as `journey airflow …`"


@pytest.mark.parametrize("command", [["demo", "--days", "0"], ["demo", "--source", "nope"], ["up", "nonsense"], ["up", "--help"]])
def test_make_run_and_make_up_refuse_what_makes_no_sense_in_a_sentence(tmp_path: Path, command: list[str]) -> None:
    told = subprocess.run(
        [sys.executable, "-m", f"journey.{command[0]}", *command[1:]],
        env=own_environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == (0 if "--help" in command else 2)
    assert "Traceback" not in told.stderr


def test_every_key_of_status_as_json_is_documented(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "runbook.md").read_text().partition("What `--json` holds")[2].partition("\n## ")[0]
    table = {name for line in page.splitlines() if line.startswith("| `") for name in re.findall(r"`(\w+)`", line.split(" | ")[0])}
    assert table == set(summary.collect(Places(tmp_path)))
    figures = next(line for line in page.splitlines() if line.startswith("| `warehouse`"))
    assert set(summary.QUERIES) <= set(re.findall(r"`(\w+)`", figures))
