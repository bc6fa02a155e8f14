"""A seed as spreadsheets save it: what dbt takes is taken, the rest is named by file and line before anything is built."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from journey import settings_rules
from journey.seed_files import column_types
from journey.seed_rules import SEEDS, check
from journey.settings import SettingsError, load
from journey.settings_rules import DBT

Edit = Callable[[bytes], bytes]
SEED_NAMES = sorted(file.stem for file in SEEDS.glob("*.csv"))
TAKEN: dict[str, Edit] = {
    "marked as UTF-8": lambda content: b"\xef\xbb\xbf" + content,
    "ends of lines of Windows": lambda content: content.replace(b"\n", b"\r\n"),
    "no last end of a line": lambda content: content.rstrip(b"\n"),
    "empty lines": lambda content: content.replace(b"\n", b"\n\n"),
    "a column of notes": lambda content: content.replace(b"\n", b",note\n"),
}
WRONG: dict[str, tuple[Edit, str]] = {
    "semicolons": (lambda content: content.replace(b",", b";"), "line 1: it has to be "),
    "another name": (lambda content: b"x" + content, "line 1: it has to be "),
    "a line before the names": (lambda content: b"sep=,\n" + content, "line 1: it has to be "),
    "nothing": (lambda content: b"", "line 1: it has to be "),
    "another alphabet": (lambda content: content.decode().encode("utf-16"), "line 1: it is not UTF-8"),
    "a name of Latin 1": (lambda content: content + b"\xe9\n", "line {last}: it is not UTF-8"),
    "a comma too many": (lambda content: content + b"," * 9 + b"\n", "line {last}: it has more fields than the first line"),
    "an open quote": (lambda content: content + b'"b\nc', "line {last}: a quote is opened that this line does not close"),
    "a quote over two lines": (lambda content: content + b'\n\n"b\nc"\n', "line {beyond}: a quote is opened that this line does not close"),
    "commas alone": (lambda content: content + b",\n", "line {last}: it has no value"),
}


def edited(folder: Path, seed: str, edit: Edit) -> Path:
    """The file of one seed, edited, in a copy of all of them."""
    shutil.copytree(SEEDS, folder / "seeds")
    file = folder / "seeds" / f"{seed}.csv"
    file.write_bytes(edit(file.read_bytes()))
    return file


def test_every_seed_has_its_columns() -> None:
    assert sorted(column_types(DBT)) == SEED_NAMES
    assert column_types(DBT)["utm_aliases"] == {"field": "varchar", "alias": "varchar", "canonical": "varchar"}


@pytest.mark.parametrize("seed", SEED_NAMES)
@pytest.mark.parametrize("how", TAKEN)
def test_what_dbt_reads_is_taken(tmp_path: Path, seed: str, how: str) -> None:
    check(edited(tmp_path, seed, TAKEN[how]).parent)


@pytest.mark.parametrize("seed", SEED_NAMES)
@pytest.mark.parametrize("how", WRONG)
def test_what_is_no_table_of_the_seeds_columns_is_named(tmp_path: Path, seed: str, how: str) -> None:
    edit, message = WRONG[how]
    file = edited(tmp_path, seed, edit)
    last = (SEEDS / f"{seed}.csv").read_bytes().count(b"\n") + 1
    with pytest.raises(SettingsError) as refused:
        check(file.parent)
    assert str(refused.value).startswith(f"{file}, {message.format(last=last, beyond=last + 2)}")


def test_a_seed_that_is_gone(tmp_path: Path) -> None:
    file = edited(tmp_path, "site_categories", bytes)
    file.unlink()
    with pytest.raises(SettingsError, match=r"site_categories\.csv cannot be read: No such file or directory"):
        check(file.parent)


@pytest.mark.parametrize("how", ["semicolons", "another alphabet", "a comma too many"])
def test_loads_and_status_go_on_with_a_seed_that_fails_a_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """Every task reads the settings, and every ingestion DAG when it is parsed; the types that settings may name stand in seeds."""
    monkeypatch.setattr(settings_rules, "SEEDS", edited(tmp_path, "event_types", WRONG[how][0]).parent)
    with pytest.raises(SettingsError, match=r"event_types\.csv, line "):
        settings_rules.touchpoint_types()
    assert load({})["conversion_events"] == {"purchase": "purchase", "lead_capture": "lead", "loyalty_join": "loyalty"}
