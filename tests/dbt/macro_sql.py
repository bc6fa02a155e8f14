"""Macros of the project as SQL text, without dbt: jinja, with dbt's `return` and `adapter.dispatch` as they behave on DuckDB."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2

ROOT = Path(__file__).resolve().parents[2] / "dbt_project" / "macros"


class _Adapter:
    def __init__(self, held: dict[str, Any]) -> None:
        self.held = held

    def dispatch(self, name: str) -> Any:
        return self.held[f"default__{name}"]


def macros(*files: str) -> dict[str, Callable[..., str]]:
    """The macros of some files below ``dbt_project/macros``, callable with SQL expressions."""
    environment = jinja2.Environment(extensions=["jinja2.ext.do"], undefined=jinja2.StrictUndefined)
    held: dict[str, Any] = {}
    environment.globals |= {"return": lambda value: value, "adapter": _Adapter(held)}
    for file in files:
        held |= {name: macro for name, macro in vars(environment.from_string((ROOT / file).read_text()).module).items() if callable(macro)}
        environment.globals |= held
    return held
