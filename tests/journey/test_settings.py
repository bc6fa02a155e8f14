"""Settings that cannot be used are said by name, by every command that reads them, and before anything starts."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from journey import settings_rules
from journey.settings import OTHERS, ROOT, Places, SettingsError, load, not_read

JOURNEY = Path(sys.executable).with_name("journey")


def test_a_file_and_variables_over_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text('reporting_currency = "EUR"\nhalf_life_days = 2.5\nmarkov_order = 2\n')
    told = load({"JOURNEY_SETTINGS": str(file), "JOURNEY_MARKOV_ORDER": "3", "JOURNEY_REPORTING_TIME_ZONE": "Europe/Lisbon"})
    assert (told["reporting_currency"], told["half_life_days"], told["markov_order"]) == ("EUR", 2.5, 3)
    assert (told["reporting_time_zone"], told["session_timeout_minutes"]) == ("Europe/Lisbon", 30)


def test_a_number_with_nothing_behind_its_point_is_whole() -> None:
    told = load({"JOURNEY_SESSION_TIMEOUT_MINUTES": "20.0", "JOURNEY_HALF_LIFE_DAYS": "0.5"})
    assert (repr(told["session_timeout_minutes"]), told["half_life_days"]) == ("20", 0.5)


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


def test_a_file_that_an_editor_marked_as_utf8(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_bytes(b'\xef\xbb\xbfreporting_currency = "EUR"\r\n')
    assert load({"JOURNEY_SETTINGS": str(tmp_path / "own.toml")})["reporting_currency"] == "EUR"


def test_a_variable_that_cannot_be_used() -> None:
    with pytest.raises(SettingsError, match="JOURNEY_HALF_LIFE_DAYS must be JSON"):
        load({"JOURNEY_HALF_LIFE_DAYS": "seven"})
    with pytest.raises(SettingsError, match="JOURNEY_ATTRIBUTION_WINDOW_DAYS is '90'"):
        load({"JOURNEY_ATTRIBUTION_WINDOW_DAYS": '"90"'})


MODELS = "first_touch, last_non_direct, last_touch, linear, markov, position_based, shapley, time_decay"


@pytest.mark.parametrize(
    ("name", "value", "must"),
    [
        ("reporting_currency", "brl", "the three capital letters of a currency (ISO 4217), such as EUR"),
        ("reporting_currency", "BLR", "the three capital letters of a currency (ISO 4217), such as EUR"),
        ("reporting_time_zone", "Sao_Paulo", "a time zone by its IANA name, such as America/Sao_Paulo"),
        ("reporting_time_zone", "../UTC", "a time zone by its IANA name, such as America/Sao_Paulo"),
        ("session_timeout_minutes", 0, "a whole number, 1 or more"),
        ("session_timeout_minutes", 2.5, "a whole number, 1 or more"),
        ("attribution_window_days", -5, "a whole number from 1 to 36500"),
        ("attribution_models", [], f"a list of one or more of {MODELS}, each once"),
        ("attribution_models", ["linear", "last_click"], f"a list of one or more of {MODELS}, each once"),
        ("attribution_models", ["linear", "linear"], f"a list of one or more of {MODELS}, each once"),
        ("attribution_models", [["linear"]], f"a list of one or more of {MODELS}, each once"),
        ("half_life_days", 0, "a number above 0"),
        ("position_weights", [0.4, 0.2, 0.3], "three numbers, none below 0, that add up to 1"),
        ("position_weights", [0.5, 0.5], "three numbers, none below 0, that add up to 1"),
        ("position_weights", [1.4, -0.8, 0.4], "three numbers, none below 0, that add up to 1"),
        ("markov_order", 0, "a whole number from 1 to 3"),
        ("markov_order", 4, "a whole number from 1 to 3"),
        ("shapley_variant", "rate", "one of conversion_rate, distinct_channels"),
        ("closing_conversion", "sale", "one of the touchpoint types in conversion_events: purchase, lead_capture, loyalty_join"),
        ("max_events_per_session", 0, "a whole number, 1 or more"),
        ("max_session_days", 0, "a whole number from 1 to 36500"),
        ("max_clock_lag_days", -1, "a whole number from 0 to 36500"),
        ("max_devices_per_identifier", 0, "a whole number, 1 or more"),
        ("max_people_per_device", 0, "a whole number, 1 or more"),
        ("email_hash_keys", [], "a list of one or more names of letters, digits, _, - or ."),
        ("meta_ad_id_parameters", ["ad's"], "a list of one or more names of letters, digits, _, - or ."),
        ("utm_suggestion_similarity", 88, "a number from 0 to 1"),
        ("max_utm_comparisons", -1, "a whole number, 0 or more"),
        ("nightly_hour_utc", 24, "a whole number from 0 to 23"),
    ],
)
def test_a_value_that_no_build_can_use(name: str, value: Any, must: str) -> None:
    variable = f"JOURNEY_{name.upper()}"
    with pytest.raises(SettingsError) as refused:
        load({variable: value if isinstance(value, str) else json.dumps(value)})
    assert str(refused.value) == f"{variable} is {value!r}, and must be {must}"


@pytest.mark.parametrize(
    ("conversion_events", "message"),
    [
        ({}, "must be one or more touchpoint types"),
        ({"purchase": "it's"}, "must be one or more touchpoint types"),
        ({"purchase": "purchase", "purchse": "sale"}, "purchse stands in no seed"),
        (
            {"lead_capture": "lead"},
            "closing_conversion in settings.toml is 'purchase', and must be one of .* conversion_events: lead_capture",
        ),
    ],
)
def test_conversions_that_nothing_gives(conversion_events: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        load({"JOURNEY_CONVERSION_EVENTS": json.dumps(conversion_events)})


def test_every_setting_but_places_has_a_rule() -> None:
    assert set(load({})) - set(settings_rules.RULES) == {"closing_conversion", "identity_overrides", "map_identifier"}


@pytest.mark.parametrize(
    "command", [[JOURNEY, "run", "--from", "2026-01-01", "--to", "2026-01-01"], [sys.executable, "-m", "journey.up"]], ids=["run", "up"]
)
def test_a_run_says_so_before_it_starts(tmp_path: Path, command: list[str | Path]) -> None:
    environ = os.environ | {"JOURNEY_HOME": str(tmp_path), "JOURNEY_HALF_LIFE_DAYS": "seven"}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "JOURNEY_HALF_LIFE_DAYS must be JSON like the default in settings.toml\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["what?", "C#", "account=7/journey", "platform=web"])
def test_a_home_whose_name_would_be_read_as_something_else_is_refused(tmp_path: Path, name: str) -> None:
    """DuckDB takes what follows a question mark for options, and folders like these for a column of all that is below: the account, the
    platform. dbt's adapter takes what follows a number sign for a fragment, and looks for a database of another name."""
    with pytest.raises(SettingsError, match=r"JOURNEY_HOME is .*, and must have no \?, no # and no = in it"):
        Places.from_environment({"JOURNEY_HOME": str(tmp_path / name)})


def test_a_variable_that_nothing_reads_is_named_with_the_one_that_was_meant() -> None:
    environ = {"JOURNEY_HOEM": "x", "JOURNEY_REPORTING_CURENCY": "EUR", "JOURNEY_ZZZ": "", "JOURNEY_HOME": "x", "HOME": "x"}
    assert not_read(environ) == [
        "JOURNEY_HOEM is no variable of this project, and is not read; JOURNEY_HOME is.",
        "JOURNEY_REPORTING_CURENCY is no variable of this project, and is not read; JOURNEY_REPORTING_CURRENCY is.",
        "JOURNEY_ZZZ is no variable of this project, and is not read.",
    ]


def test_every_variable_that_is_read_anywhere_is_known() -> None:
    files = [
        file
        for folder in ("journey", "extractors", "expectations", "dags", "dbt_project", "tests", "benchmarks")
        for file in (ROOT / folder).rglob("*")
    ]
    texts = [file.read_text() for file in files if file.suffix in (".py", ".sql", ".yml") and file != Path(__file__)]
    named = {name for text in texts for name in re.findall(r"\bJOURNEY_[A-Z][A-Z_]*[A-Z]\b", text)}
    assert {"JOURNEY_HOME", "JOURNEY_BUILD_DB", "JOURNEY_HALF_LIFE_DAYS"} <= named
    assert not_read(dict.fromkeys(named, "")) == []


@pytest.mark.parametrize("command", [["status", "--json"], ["doctor", "--json"], ["run", "--from", "2026-01-02", "--to", "2026-01-01"]])
def test_each_command_says_it_once_and_beside_its_answer(tmp_path: Path, command: list[str]) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "JOURNEY_"))}
    told = subprocess.run(
        [sys.executable, "-m", "journey.cli", *command],
        env=environ | {"JOURNEY_HOME": str(tmp_path), "JOURNEY_HOEM": "x", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.stderr.count("JOURNEY_HOEM is no variable") == 1
    assert "JOURNEY_HOEM" not in told.stdout


@pytest.mark.parametrize("variable", ["JOURNEY_LANDING_URI", "JOURNEY_WAREHOUSE_URI"])
def test_a_place_elsewhere_is_on_this_machine(variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for named in ("other place", "file://other place", f"file://{tmp_path}/other place"):
        monkeypatch.setenv(variable, named)
        places = Places.from_environment()
        held = places.landing if variable == "JOURNEY_LANDING_URI" else places.warehouse
        assert held == tmp_path / "other place"
    monkeypatch.setenv(variable, "s3://bucket/other")
    with pytest.raises(SettingsError, match=f"^{variable} is 's3://bucket/other', and must be a path of this machine"):
        Places.from_environment()


@pytest.mark.parametrize("module", ["journey.demo", "journey.up", "journey.cli"])
def test_a_place_that_cannot_be_used_is_one_sentence(module: str, tmp_path: Path) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "JOURNEY_"))}
    told = subprocess.run(
        [sys.executable, "-m", module, *(["status"] if module == "journey.cli" else [])],
        env=environ | {"JOURNEY_HOME": str(tmp_path / "what?"), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr == f"JOURNEY_HOME is '{tmp_path / 'what?'}', and must have no ?, no # and no = in it\n"


def test_a_file_of_settings_that_nobody_reads_is_told(tmp_path: Path) -> None:
    """Laid where identity_overrides.csv is found; it changed nothing and nothing said so."""
    file = tmp_path.resolve() / "settings.toml"
    home = {"JOURNEY_HOME": str(tmp_path)}
    assert not_read(home) == []
    file.write_text('reporting_currency = "EUR"\n')
    assert not_read(home) == [f"{file} is not read: JOURNEY_SETTINGS={file} would have it read."]
    assert load(home)["reporting_currency"] == "BRL"
    named = home | {"JOURNEY_SETTINGS": str(file)}
    assert (not_read(named), load(named)["reporting_currency"]) == ([], "EUR")


def test_every_variable_is_documented() -> None:
    """Where the landing zone and the served file may be moved to stood in no document."""
    places = (ROOT / "docs" / "runbook.md").read_text().partition("## Places")[2]
    assert [name for name in OTHERS[:-4] if f"| `JOURNEY_{name}` |" not in places] == []
