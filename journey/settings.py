"""Settings from ``settings.toml``, places from ``JOURNEY_HOME``. Read when asked for, never at import."""

from __future__ import annotations

import errno
import json
import os
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from extractors.unforeseen import unwritten
from journey import settings_rules
from journey.seed_files import SettingsError as SettingsError

ROOT = Path(__file__).resolve().parent.parent


class UnreadableWarehouse(Exception):
    """The served file is not as it was written, or another process has it open to write in."""


@contextmanager
def plain_errors() -> Iterator[None]:
    """Says in a sentence which setting cannot be used (exit code 2), or which file or folder not be read or written (1)."""
    try:
        yield
    except SettingsError as wrong:
        print(wrong, file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        what = unwritten(error)
        if what is None:
            raise
        home = Path(os.environ.get("JOURNEY_HOME") or ROOT / "data").resolve()
        print(
            f"{what}. Kept: everything that is in place. To do: see that what is below "
            f"JOURNEY_HOME ({home}) may be read and written, and that there is room.",
            file=sys.stderr,
        )
        sys.exit(1)


def load(environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """All settings: the file's defaults, then ``JOURNEY_SETTINGS``, then ``JOURNEY_<NAME>``. SettingsError names an unusable one."""
    environ = os.environ if environ is None else environ
    settings: dict[str, Any] = tomllib.loads((ROOT / "settings.toml").read_text())
    chosen = environ.get("JOURNEY_SETTINGS")
    own = _own(Path(chosen)) if chosen else {}
    if unknown := sorted(set(own) - set(settings)):
        raise SettingsError(f"{chosen}: unknown settings {', '.join(unknown)}; settings.toml lists what there is")
    stands_in = {name: f"{name} in settings.toml" for name in settings}
    for name, default in settings.items():
        variable = f"JOURNEY_{name.upper()}"
        if name in own:
            stands_in[name] = f"{name} in {chosen}"
            settings[name] = _like(default, own[name], stands_in[name])
        if (text := environ.get(variable)) is not None:
            stands_in[name] = variable
            settings[name] = text if isinstance(default, str) else _like(default, _parsed(variable, text), variable)
    if unusable := settings_rules.wrong(settings):
        name, must = unusable
        raise SettingsError(f"{stands_in[name]} is {settings[name]!r}, and must be {must}")
    return settings


OTHERS = (
    "HOME",
    "SETTINGS",
    "LANDING_URI",
    "WAREHOUSE_URI",
    "MEMORY_LIMIT",
    "TASK_RETRIES",
    "BUILD_DB",
    "BUILD_LOCK",
    "PROGRESS_FD",
    "LOAD_NAME",
)
"""Variables that are read beside those of the settings; the last four are for processes of our own."""
OF_TESTS = ("BENCH_", "SEQUENCES", "ODD_SHOPS", "FIRST_SEED")


def not_read(environ: Mapping[str, str] | None = None) -> list[str]:
    """What somebody may take for a setting: variables ``JOURNEY_*`` with the known name that is most like each, and a settings.toml that
    lies in JOURNEY_HOME (where identity_overrides.csv is found) without JOURNEY_SETTINGS naming it. A sentence each."""
    environ = os.environ if environ is None else environ
    file = Path(environ.get("JOURNEY_HOME") or ROOT / "data").resolve() / "settings.toml"
    lies = file.exists() and not environ.get("JOURNEY_SETTINGS") and file != ROOT / "settings.toml"
    return _unknown_variables(environ) + ([f"{file} is not read: JOURNEY_SETTINGS={file} would have it read."] if lies else [])


def _unknown_variables(environ: Mapping[str, str]) -> list[str]:
    known = [*OTHERS, *(name.upper() for name in tomllib.loads((ROOT / "settings.toml").read_text()))]
    found = []
    for variable in sorted(environ):
        name = variable.removeprefix("JOURNEY_")
        if name == variable or name in known or name.startswith(OF_TESTS):
            continue
        like = get_close_matches(name, known, 1)
        found.append(f"{variable} is no variable of this project, and is not read" + (f"; JOURNEY_{like[0]} is." if like else "."))
    return found


def _own(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsError(f"JOURNEY_SETTINGS names {file}, which cannot be read: {error.strerror}") from error
    except ValueError as error:  # not TOML, or not UTF-8
        raise SettingsError(f"JOURNEY_SETTINGS names {file}, which is no TOML: {error}") from error


def _parsed(variable: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise SettingsError(f"{variable} must be JSON like the default in settings.toml") from None


def _like(default: Any, value: Any, where: str) -> Any:
    """The value, if it is of the default's kind; a number may have decimals, and is whole where they are 0."""
    kind: type | tuple[type, ...] = (int, float) if isinstance(default, int | float) else type(default)
    if isinstance(value, bool) or not isinstance(value, kind):
        raise SettingsError(f"{where} is {value!r}, and must be of the kind of its default in settings.toml, {default!r}")
    return int(value) if isinstance(value, float) and value.is_integer() else value


def model_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that the models see: a change in one of these rebuilds everything."""
    others = {"nightly_hour_utc", "restatement_windows", "map_identifier", "identity_overrides"}
    return {name: value for name, value in settings.items() if name not in others}


def _elsewhere(variable: str) -> Path | None:
    """The place that the variable names; SettingsError for one that is not on this machine, which would become a folder called ``s3:``."""
    named = os.environ.get(variable, "").removeprefix("file://")
    if "://" in named:
        raise SettingsError(f"{variable} is {named!r}, and must be a path of this machine (file:// may stand before it)")
    return Path(named).absolute() if named else None


@dataclass(frozen=True)
class Places:
    """Where things are; all below ``JOURNEY_HOME`` unless a place has a variable of its own."""

    home: Path

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Places:
        """SettingsError where DuckDB or its adapter would read part of the name as something else."""
        environ = os.environ if environ is None else environ
        places = cls(Path(environ.get("JOURNEY_HOME") or ROOT / "data").resolve())
        _elsewhere("JOURNEY_WAREHOUSE_URI")
        if any(sign in str(places.home) for sign in "?#="):
            # Options begin at a question mark, a fragment at a number sign, and a folder called platform=web gives its name to all that is
            # below, in a column's place.
            raise SettingsError(f"JOURNEY_HOME is {str(places.home)!r}, and must have no ?, no # and no = in it")
        for name, place in (("JOURNEY_HOME", places.home), ("JOURNEY_LANDING_URI", places.landing)):
            if "?" in str(place) or any(part.startswith(("account=", "dt=")) for part in place.parts):
                raise SettingsError(f"{name} is {str(place)!r}, and must have no question mark and no folder called account=… or dt=…")
            if place.exists() and not place.is_dir():
                raise SettingsError(f"{name} is {str(place)!r}, and must be a folder, not a file")
        return places

    def check_writable(self) -> None:
        """OSError names the first of the folders that a run writes into that may not be written; makes none of them."""
        for folder in (self.landing, self.quarantine, self.warehouse.parent, self.build.parent, self.reports, self.airflow):
            there = next(place for place in (folder, *folder.parents) if place.exists())
            if not there.is_dir():
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(there))
            if not os.access(there, os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(there))

    @property
    def landing(self) -> Path:
        return _elsewhere("JOURNEY_LANDING_URI") or self.home / "landing"

    @property
    def quarantine(self) -> Path:
        return self.home / "quarantine"

    @property
    def warehouse(self) -> Path:
        """The served file: marts and audit only, replaced whole, opened read-only by readers."""
        return _elsewhere("JOURNEY_WAREHOUSE_URI") or self.home / "warehouse" / "customer_journey.duckdb"

    @property
    def build(self) -> Path:
        """The builder's own file, with staging and intermediate tables."""
        return self.home / "warehouse" / "_build" / "build.duckdb"

    @property
    def candidate(self) -> Path:
        """The copy of ``build`` that a build works on; it takes its place only when its audit passed."""
        return self.home / "warehouse" / "_build" / "candidate.duckdb"

    @property
    def reports(self) -> Path:
        return self.home / "reports"

    @property
    def airflow(self) -> Path:
        return self.home / "airflow"
