"""What sqlfluff's jinja templater needs to render the models as dbt does: real variables, and the default macros.

sqlfluff loads this folder as its ``library_path`` (see ``.sqlfluff``); every public name here is a name in the templates.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2 as _jinja2
import yaml as _yaml

_PROJECT = Path(__file__).resolve().parent.parent / "dbt_project.yml"
_VARIABLES: dict[str, Any] = _yaml.safe_load(_PROJECT.read_text())["vars"]


def var(name: str, default: Any = None) -> Any:
    """The variable of dbt_project.yml."""
    return _VARIABLES.get(name, default)


# sqlfluff's DuckDB does not know recursion with USING KEY: it is given what the rest of the model sees of it.
_UNPARSABLE = {
    "connected_components": "components as (select left_node_id as node_id, right_node_id as component_id from edges)",
    "spanning_forest": "forest as (select left_node_id as node_id, link_order from links)",
}


class _Adapter:
    @_jinja2.pass_context
    def dispatch(self, context: _jinja2.runtime.Context, name: str) -> Callable[..., Any]:
        """The macro that every engine uses unless it has its own."""
        if name in _UNPARSABLE:
            return lambda *arguments: _UNPARSABLE[name]
        found: Callable[..., Any] = context.resolve(f"default__{name}")
        return found


class _Context:
    """Macros looked up by name, as the attribution models are."""

    def __contains__(self, name: str) -> bool:
        return True

    def __getitem__(self, name: str) -> Callable[[], str]:
        return lambda: "1"


adapter = _Adapter()
context = _Context()
