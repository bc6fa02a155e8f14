"""Klaviyo's filter language: ``less-than(datetime,2026-01-01T00:00:00Z),equals(metric_id,"x")``.

A comma between two conditions, or ``and(a,b)``, is conjunction; text stands in double or single quotes,
lists in square brackets (https://developers.klaviyo.com/en/docs/filtering_).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sandbox.emulators.klaviyo.endpoints import Collection, Field, Test, micros
from sandbox.emulators.klaviyo.errors import invalid

_TOKEN = re.compile(r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<mark>[(),\[\]])|(?P<word>[^\s"'(),\[\]]+))""")


@dataclass(frozen=True)
class Quoted:
    """A literal in quotes; bare words are times, numbers, true and false."""

    text: str


@dataclass(frozen=True)
class Condition:
    """One operator on one field, its literals already in comparable form."""

    name: str
    operator: str
    field: Field
    value: Any

    def test(self) -> Test:
        value, read = self.value, self.field.value
        match self.operator:
            case "has":
                return lambda row: read(row) is not None
            case "equals":
                return lambda row: bool(read(row) == value)
            case "any":
                return lambda row: read(row) in value
            case "contains":
                return lambda row: value.lower() in (read(row) or "").lower()
            case "starts-with":
                return lambda row: (read(row) or "").startswith(value)
            case "ends-with":
                return lambda row: (read(row) or "").endswith(value)
            case "greater-than":
                return lambda row: (found := read(row)) is not None and found > value
            case "greater-or-equal":
                return lambda row: (found := read(row)) is not None and found >= value
            case "less-than":
                return lambda row: (found := read(row)) is not None and found < value
        return lambda row: (found := read(row)) is not None and found <= value


def parse(text: str, collection: Collection) -> list[Condition]:
    """The conditions of a filter, all of which must hold; ApiError 400 names what is wrong."""
    tokens = _tokens(text)
    conditions = _sequence(tokens, collection)
    if tokens:
        raise invalid("Invalid filter provided. Verify your parentheses match.", "filter")
    return conditions


def _tokens(text: str) -> list[str | Quoted]:
    tokens: list[str | Quoted] = []
    at = 0
    while at < len(text.rstrip()):
        found = _TOKEN.match(text, at)
        if not found:
            raise invalid("Invalid filter provided.", "filter")
        quoted = found["text"]
        tokens.append(Quoted(re.sub(r"\\(.)", r"\1", quoted[1:-1])) if quoted else found["mark"] or found["word"])
        at = found.end()
    return tokens


def _sequence(tokens: list[str | Quoted], collection: Collection) -> list[Condition]:
    conditions = _one(tokens, collection)
    while tokens[:1] == [","]:
        tokens.pop(0)
        conditions += _one(tokens, collection)
    return conditions


def _one(tokens: list[str | Quoted], collection: Collection) -> list[Condition]:
    operator = _take(tokens)
    _expect(tokens, "(")
    if operator == "and":
        inner = _sequence(tokens, collection)
        _expect(tokens, ")")
        return inner
    name = _take(tokens)
    literals: Any = None
    if tokens[:1] == [","]:
        tokens.pop(0)
        literals = _literals(tokens)
    _expect(tokens, ")")
    if not isinstance(operator, str) or not isinstance(name, str):
        raise invalid("Invalid filter provided.", "filter")
    return [_checked(operator, name, literals, collection)]


def _checked(operator: str, name: str, literals: Any, collection: Collection) -> Condition:
    field = collection.filters.get(name)
    if field is None:
        raise invalid(f"'{name}' is not a filterable field for the resource '{collection.type}'.", "filter")
    if operator not in field.operators:
        raise invalid(f"'{operator}' is not an allowed operator for the field '{name}'.", "filter")
    if (literals is None) != (operator == "has"):
        raise invalid(f"'{operator}' takes {'no' if operator == 'has' else 'one'} value.", "filter")
    if operator == "any":
        value: Any = frozenset(_value(field, item, name) for item in (literals if isinstance(literals, list) else [literals]))
    else:
        value = None if literals is None else _value(field, literals, name)
    return Condition(name, operator, field, value)


def _value(field: Field, literal: Any, name: str) -> Any:
    try:
        if field.kind == "text" and isinstance(literal, Quoted):
            return literal.text
        if field.kind == "time" and isinstance(literal, str):
            return micros(literal)
        if field.kind == "number" and isinstance(literal, str):
            return float(literal)
        if field.kind == "flag" and literal in ("true", "false"):
            return literal == "true"
    except ValueError:
        pass
    raise invalid(f"Invalid filter value for the field '{name}'.", "filter")


def _literals(tokens: list[str | Quoted]) -> Any:
    if tokens[:1] != ["["]:
        return _take(tokens)
    tokens.pop(0)
    items = [_take(tokens)]
    while tokens[:1] == [","]:
        tokens.pop(0)
        items.append(_take(tokens))
    _expect(tokens, "]")
    return items


def _take(tokens: list[str | Quoted]) -> str | Quoted:
    if not tokens or (isinstance(tokens[0], str) and tokens[0] in "(),[]"):
        raise invalid("Invalid filter provided.", "filter")
    return tokens.pop(0)


def _expect(tokens: list[str | Quoted], mark: str) -> None:
    if tokens[:1] != [mark]:
        raise invalid("Invalid filter provided. Verify your parentheses match.", "filter")
    tokens.pop(0)
