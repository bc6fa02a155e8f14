"""The ``filtering`` parameter: ``[{"field": "ad.effective_status", "operator": "IN", "value": ["DELETED"]}]``.

https://developers.facebook.com/docs/marketing-api/insights/parameters names the operators.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

from sandbox.emulators.facebook_ads.errors import bad_parameter


@dataclass(frozen=True)
class Condition:
    """One condition; all of them must hold."""

    field: str
    operator: str
    value: Any

    def holds(self, actual: Any) -> bool:
        """Whether a row's value of ``field`` (None where it has none) satisfies the condition."""
        return _OPERATORS[self.operator](actual, self.value)


def _number(value: Any) -> Decimal:
    try:
        return Decimal(str(0 if value is None else value))
    except InvalidOperation:
        raise bad_parameter("filtering: a number is compared with something that is none") from None


def _within(actual: Any, bounds: Any) -> bool:
    return _number(bounds[0]) <= _number(actual) <= _number(bounds[1])


def _strings(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "EQUAL": lambda actual, value: str(actual) == str(value),
    "NOT_EQUAL": lambda actual, value: str(actual) != str(value),
    "GREATER_THAN": lambda actual, value: _number(actual) > _number(value),
    "GREATER_THAN_OR_EQUAL": lambda actual, value: _number(actual) >= _number(value),
    "LESS_THAN": lambda actual, value: _number(actual) < _number(value),
    "LESS_THAN_OR_EQUAL": lambda actual, value: _number(actual) <= _number(value),
    "IN_RANGE": _within,
    "NOT_IN_RANGE": lambda actual, value: not _within(actual, value),
    "CONTAIN": lambda actual, value: str(value).lower() in str(actual or "").lower(),
    "NOT_CONTAIN": lambda actual, value: str(value).lower() not in str(actual or "").lower(),
    "IN": lambda actual, value: str(actual) in _strings(value),
    "NOT_IN": lambda actual, value: str(actual) not in _strings(value),
}


def words(text: str) -> frozenset[str]:
    """Names written with spaces between."""
    return frozenset(text.split())


def json_parameter(name: str, text: str | None) -> Any:
    """A parameter that must be JSON; None where it is absent."""
    if not text:
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise bad_parameter(f"Param {name} must be valid JSON") from None


def list_parameter(name: str, text: str | None) -> list[str]:
    """A list, as JSON (``["a","b"]``) or comma-joined."""
    if not text:
        return []
    if text.lstrip().startswith("["):
        value = json_parameter(name, text)
        return [str(item) for item in value]
    return [part.strip() for part in text.split(",") if part.strip()]


def parse_filtering(text: str | None) -> list[Condition]:
    """The conditions of ``filtering``; GraphError 100 for an operator that does not exist."""
    conditions = []
    for item in json_parameter("filtering", text) or []:
        if not isinstance(item, dict) or not {"field", "operator"} <= set(item):
            raise bad_parameter("Param filtering must be an array of {field, operator, value}")
        operator = str(item["operator"]).upper()
        if operator not in _OPERATORS:
            raise bad_parameter(f"Param filtering[0]['operator'] must be one of {{{', '.join(_OPERATORS)}}}")
        conditions.append(Condition(str(item["field"]), operator, item.get("value")))
    return conditions
