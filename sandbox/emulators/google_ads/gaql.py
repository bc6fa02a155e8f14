"""Google Ads Query Language, parsed.

Grammar: https://developers.google.com/google-ads/api/docs/query/grammar. What a query means (which fields
there are, which rules the clauses must keep) is decided in ``plan``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sandbox.emulators.google_ads.refusals import query_error

Value = str | int | float
T = TypeVar("T")

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      | (?P<number>-?\d+(?:\.\d+)?(?![\w.]))
      | (?P<word>[A-Za-z_][\w.]*)
      | (?P<symbol>!=|>=|<=|[=<>(),])
      | (?P<bad>\S)
    )""",
    re.VERBOSE,
)
_COMPARISONS = {"=", "!=", ">", ">=", "<", "<="}


@dataclass(frozen=True)
class Condition:
    """``operator`` in upper case (``NOT IN``, ``CONTAINS ANY``); ``values`` is empty for IS NULL and IS NOT NULL."""

    field: str
    operator: str
    values: tuple[Value, ...] = ()


@dataclass(frozen=True)
class Query:
    fields: tuple[str, ...]
    resource: str
    conditions: tuple[Condition, ...] = ()
    orderings: tuple[tuple[str, bool], ...] = ()
    """(field, descending)."""
    limit: int | None = None
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


def parse(text: str) -> Query:
    """The query, or a ``query_error`` Refusal that names what was expected."""
    return _Parser(_tokens(text)).query()


def parse_fields(text: str) -> Query:
    """A query of the field service, which has no FROM clause; ``resource`` is empty."""
    return _Parser(_tokens(text)).query(over_resources=False)


def _tokens(text: str) -> list[_Token]:
    tokens = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind is None:
            continue
        if kind == "bad":
            if match[kind] in "'\"":
                raise query_error("STRING_NOT_TERMINATED", "A string in the query is not closed.")
            raise query_error("BAD_SYMBOL", f"Unexpected character {match[kind]} in the query.")
        tokens.append(_Token(kind, match[kind]))
    return tokens


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def query(self, *, over_resources: bool = True) -> Query:
        self._keyword("SELECT", "EXPECTED_SELECT")
        fields = self._list(self._field)
        resource = ""
        if over_resources:
            self._keyword("FROM", "EXPECTED_FROM")
            resource = self._next("word", "BAD_RESOURCE_TYPE_IN_FROM_CLAUSE").text
        elif self._take("FROM"):
            raise query_error("UNEXPECTED_FROM_CLAUSE", "A query for fields has no FROM clause.")
        conditions: list[Condition] = []
        if self._take("WHERE"):
            conditions.append(self._condition())
            while self._take("AND"):
                conditions.append(self._condition())
        orderings: tuple[tuple[str, bool], ...] = ()
        if self._take("ORDER"):
            self._keyword("BY", "EXPECTED_BY")
            orderings = tuple(self._list(self._ordering))
        limit = self._limit() if self._take("LIMIT") else None
        parameters: tuple[tuple[str, str], ...] = ()
        if self._take("PARAMETERS"):
            parameters = tuple(self._list(self._parameter))
        if self._at < len(self._tokens):
            raise query_error("UNEXPECTED_INPUT", f"Unexpected input near {self._tokens[self._at].text}.")
        return Query(tuple(fields), resource, tuple(conditions), orderings, limit, parameters)

    def _peek(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _next(self, kind: str, otherwise: str) -> _Token:
        token = self._peek()
        if token is None:
            raise query_error("UNEXPECTED_END_OF_QUERY", "The query ends too early.")
        if token.kind != kind:
            raise query_error(otherwise, f"Unexpected input {token.text}.")
        self._at += 1
        return token

    def _take(self, text: str) -> bool:
        token = self._peek()
        if token is not None and token.kind in ("word", "symbol") and token.text.upper() == text:
            self._at += 1
            return True
        return False

    def _keyword(self, word: str, otherwise: str) -> None:
        if not self._take(word):
            token = self._peek()
            raise query_error(otherwise, f"Expected {word}, found {token.text if token else 'the end of the query'}.")

    def _list(self, item: Callable[[], T]) -> list[T]:
        items = [item()]
        while self._take(","):
            items.append(item())
        return items

    def _field(self) -> str:
        return self._next("word", "BAD_FIELD_NAME").text

    def _ordering(self) -> tuple[str, bool]:
        field = self._field()
        if self._take("DESC"):
            return field, True
        self._take("ASC")
        return field, False

    def _limit(self) -> int:
        text = self._next("number", "BAD_LIMIT_VALUE").text
        if not text.isdigit():
            raise query_error("BAD_LIMIT_VALUE", "LIMIT takes a positive whole number.")
        if int(text) < 1:
            raise query_error("LIMIT_VALUE_TOO_LOW", "LIMIT must be at least 1.")
        return int(text)

    def _parameter(self) -> tuple[str, str]:
        name = self._next("word", "BAD_PARAMETER_NAME").text
        if not self._take("="):
            raise query_error("UNEXPECTED_INPUT", "A parameter is written name = value.")
        return name, str(self._value())

    def _condition(self) -> Condition:
        field = self._field()
        operator = self._operator()
        if operator.startswith("IS "):
            return Condition(field, operator)
        if operator == "BETWEEN":
            low = self._value()
            self._keyword("AND", "EXPECTED_AND")
            return Condition(field, operator, (low, self._value()))
        if operator in ("IN", "NOT IN") or operator.startswith("CONTAINS"):
            return Condition(field, operator, self._values())
        token = self._peek()
        if token is not None and token.text == "(":
            raise query_error("EXPECTED_SINGLE_VALUE", f"Operator {operator} takes a single value.")
        return Condition(field, operator, (self._value(),))

    def _operator(self) -> str:
        token = self._peek()
        if token is None:
            raise query_error("UNEXPECTED_END_OF_QUERY", "The query ends where an operator was expected.")
        self._at += 1
        word = token.text.upper()
        if word in _COMPARISONS or word in ("IN", "LIKE", "DURING", "BETWEEN", "REGEXP_MATCH"):
            return word
        if word == "NOT":
            for other in ("IN", "LIKE", "REGEXP_MATCH"):
                if self._take(other):
                    return f"NOT {other}"
        if word == "CONTAINS":
            for other in ("ANY", "ALL", "NONE"):
                if self._take(other):
                    return f"CONTAINS {other}"
        if word == "IS":
            negated = self._take("NOT")
            if self._take("NULL"):
                return "IS NOT NULL" if negated else "IS NULL"
        raise query_error("BAD_OPERATOR", f"Unknown operator {token.text}.")

    def _values(self) -> tuple[Value, ...]:
        if not self._take("("):
            raise query_error("EXPECTED_LIST", "Expected a list of values in parentheses.")
        if self._take(")"):
            raise query_error("PROHIBITED_EMPTY_LIST_IN_CONDITION", "The list of values is empty.")
        values = self._list(self._value)
        if not self._take(")"):
            raise query_error("UNEXPECTED_INPUT", "The list of values is not closed.")
        return tuple(values)

    def _value(self) -> Value:
        token = self._peek()
        if token is None:
            raise query_error("UNEXPECTED_END_OF_QUERY", "The query ends where a value was expected.")
        if token.kind == "symbol":
            raise query_error("BAD_VALUE", f"Unexpected {token.text} where a value was expected.")
        self._at += 1
        if token.kind == "number":
            return float(token.text) if "." in token.text else int(token.text)
        if token.kind == "string":
            return re.sub(r"\\(.)", r"\1", token.text[1:-1])
        return token.text
