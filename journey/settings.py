"""Settings from ``settings.toml``, places from ``JOURNEY_HOME``. Read when asked for, never at import."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def load(environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """All settings: the file's defaults, then ``JOURNEY_<NAME>``. ValueError names an unreadable one."""
    environ = os.environ if environ is None else environ
    defaults: dict[str, Any] = tomllib.loads((ROOT / "settings.toml").read_text())
    chosen = environ.get("JOURNEY_SETTINGS")
    if chosen:
        own = tomllib.loads(Path(chosen).read_text())
        unknown = sorted(set(own) - set(defaults))
        if unknown:
            raise ValueError(f"{chosen}: unknown settings {', '.join(unknown)}; settings.toml lists what there is")
        defaults.update(own)
    for name, value in defaults.items():
        text = environ.get(f"JOURNEY_{name.upper()}")
        if text is not None:
            defaults[name] = text if isinstance(value, str) else _parsed(name, text)
    return defaults


def model_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that the models see: a change in one of these rebuilds everything."""
    return {name: value for name, value in settings.items() if name not in {"nightly_hour_utc", "map_identifier", "identity_overrides"}}


def _parsed(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise ValueError(f"JOURNEY_{name.upper()} must be JSON like the default in settings.toml") from None


@dataclass(frozen=True)
class Places:
    """Where things are; all below ``JOURNEY_HOME`` unless a place has a variable of its own."""

    home: Path

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Places:
        environ = os.environ if environ is None else environ
        return cls(Path(environ.get("JOURNEY_HOME") or ROOT / "data").resolve())

    @property
    def landing(self) -> Path:
        return Path(os.environ.get("JOURNEY_LANDING_URI", "").removeprefix("file://") or self.home / "landing")

    @property
    def quarantine(self) -> Path:
        return self.home / "quarantine"

    @property
    def warehouse(self) -> Path:
        """The served file: marts and audit only, replaced whole, opened read-only by readers."""
        return Path(
            os.environ.get("JOURNEY_WAREHOUSE_URI", "").removeprefix("file://") or self.home / "warehouse" / "customer_journey.duckdb"
        )

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
