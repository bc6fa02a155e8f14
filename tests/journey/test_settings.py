"""Settings that cannot be used are said by name, by every command that reads them, and before anything starts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from journey.settings import SettingsError, load

JOURNEY = Path(sys.executable).with_name("journey")


def test_a_file_and_variables_over_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text('reporting_currency = "EUR"\nhalf_life_days = 2.5\nmarkov_order = 2\n')
    told = load({"JOURNEY_SETTINGS": str(file), "JOURNEY_MARKOV_ORDER": "3", "JOURNEY_REPORTING_TIME_ZONE": "Europe/Lisbon"})
    assert (told["reporting_currency"], told["half_life_days"], told["markov_order"]) == ("EUR", 2.5, 3)
    assert (told["reporting_time_zone"], told["session_timeout_minutes"]) == ("Europe/Lisbon", 30)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "own.toml, which cannot be read: No such file or directory"),
        ("reporting_currency = EUR", "own.toml, which is no TOML: "),
        ('reporting_curency = "EUR"', "own.toml: unknown settings reporting_curency; settings.toml lists what there is"),
        ('half_life_days = "7"', "half_life_days in .*own.toml is '7', and must be of the kind of its default in settings.toml, 7"),
        ("markov_order = true", "markov_order in .* is True"),
        ("position_weights = 0.4", "position_weights in .* is 0.4, .* \\[0.4, 0.2, 0.4\\]"),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path: Path, text: str | None, message: str) -> None:
    if text is not None:
        (tmp_path / "own.toml").write_text(text)
    with pytest.raises(SettingsError, match=message):
        load({"JOURNEY_SETTINGS": str(tmp_path / "own.toml")})


def test_a_variable_that_cannot_be_used() -> None:
    with pytest.raises(SettingsError, match="JOURNEY_HALF_LIFE_DAYS must be JSON"):
        load({"JOURNEY_HALF_LIFE_DAYS": "seven"})
    with pytest.raises(SettingsError, match="JOURNEY_ATTRIBUTION_WINDOW_DAYS is '90'"):
        load({"JOURNEY_ATTRIBUTION_WINDOW_DAYS": '"90"'})


def test_a_run_says_so_before_it_starts(tmp_path: Path) -> None:
    environ = os.environ | {"JOURNEY_HOME": str(tmp_path), "JOURNEY_HALF_LIFE_DAYS": "seven"}
    command = [JOURNEY, "run", "--from", "2026-01-01", "--to", "2026-01-01"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "JOURNEY_HALF_LIFE_DAYS must be JSON like the default in settings.toml\n"
    assert list(tmp_path.iterdir()) == []
