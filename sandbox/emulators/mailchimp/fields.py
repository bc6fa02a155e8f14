"""``fields`` and ``exclude_fields``: partial answers, with dots into objects and through lists.

https://mailchimp.com/developer/marketing/docs/methods-parameters/#partial-response
"""

from __future__ import annotations

from typing import Any

from starlette.datastructures import QueryParams

from sandbox.emulators.mailchimp.problems import invalid

Tree = dict[str, Any]


def partial(document: dict[str, Any], query: QueryParams) -> dict[str, Any]:
    """The document with the chosen fields only; the whole where neither parameter is given. Both at once are refused."""
    chosen, left_out = query.get("fields"), query.get("exclude_fields")
    if chosen and left_out:
        raise invalid("fields", "The fields and exclude_fields parameters cannot be used together.")
    if chosen:
        made: dict[str, Any] = _keep(document, _tree(chosen))
        return made
    return without(document, left_out) if left_out else document


def without(document: dict[str, Any], names: str) -> dict[str, Any]:
    """The document without the named fields (comma-separated, dots go inwards)."""
    made: dict[str, Any] = _drop(document, _tree(names))
    return made


def _tree(names: str) -> Tree:
    tree: Tree = {}
    for name in names.split(","):
        branch = tree
        for step in filter(None, name.strip().split(".")):
            branch = branch.setdefault(step, {})
    return tree


def _keep(value: Any, tree: Tree) -> Any:
    if not tree:
        return value
    if isinstance(value, list):
        return [_keep(item, tree) for item in value]
    if isinstance(value, dict):
        return {name: _keep(value[name], branch) for name, branch in tree.items() if name in value}
    return value


def _drop(value: Any, tree: Tree) -> Any:
    if isinstance(value, list):
        return [_drop(item, tree) for item in value]
    if isinstance(value, dict):
        return {name: _drop(item, tree.get(name, {})) for name, item in value.items() if name not in tree or tree[name]}
    return value
