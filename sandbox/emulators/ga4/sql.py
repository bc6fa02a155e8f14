"""GoogleSQL as far as plain queries go, written over for DuckDB.

Done: quoting (backticks, double-quoted strings), three-part and wildcard table names with ``_TABLE_SUFFIX``,
``UNNEST`` of arrays of records in FROM, ``IN UNNEST``, ``OFFSET``/``ORDINAL``, ``SAFE_CAST``, ``EXCEPT``, named parameters
and the functions in ``MACROS``. Not done: ``UNNEST`` of arrays of scalars with an alias, ``WITH OFFSET``, scripting, DML.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_TOKEN = re.compile(
    r"""(?P<comment>--[^\n]*|\#[^\n]*|/\*.*?\*/)
    |(?P<text>[rR]?(?:'''(?:\\.|.)*?'''|\"\"\"(?:\\.|.)*?\"\"\"|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"))
    |(?P<quoted>`[^`]*`)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}

MACROS = (
    "CREATE TYPE FLOAT64 AS DOUBLE",
    "CREATE MACRO parse_date(f, s) AS CAST(strptime(s, f) AS DATE)",
    "CREATE MACRO format_date(f, d) AS strftime(d, f)",
    "CREATE MACRO timestamp_micros(x) AS make_timestamp(CAST(x AS BIGINT)) AT TIME ZONE 'UTC'",
    "CREATE MACRO timestamp_millis(x) AS make_timestamp(CAST(x AS BIGINT) * 1000) AT TIME ZONE 'UTC'",
    "CREATE MACRO timestamp_seconds(x) AS make_timestamp(CAST(x AS BIGINT) * 1000000) AT TIME ZONE 'UTC'",
    "CREATE MACRO unix_micros(x) AS epoch_us(x)",
    "CREATE MACRO safe_divide(a, b) AS a / nullif(b, 0)",
    "CREATE MACRO regexp_contains(s, r) AS regexp_matches(s, r)",
    "CREATE MACRO logical_or(x) AS bool_or(x)",
    "CREATE MACRO logical_and(x) AS bool_and(x)",
)


def translated(sql: str, table: Callable[[list[str], bool], str | None]) -> str:
    """The query for DuckDB.

    ``table`` is given the parts of what stands where a table may stand, and whether it was in backticks; it returns
    the view to read instead, or None for what is no table (a CTE, a column in EXTRACT).
    """
    kept: list[str] = []

    def keep(text: str) -> str:
        kept.append(text)
        return f"\x00{len(kept) - 1}\x00"

    def token(match: re.Match[str]) -> str:
        if match["comment"]:
            return " "
        if match["text"]:
            return keep(_literal(match["text"]))
        name = match["quoted"][1:-1]
        return keep(f"\x01{name}" if "." in name or "*" in name else '"' + name.replace('"', '""') + '"')

    text = _TOKEN.sub(token, sql)

    def source(match: re.Match[str]) -> str:
        name = match["name"]
        quoted = name.startswith("\x00")
        if quoted:
            name = kept[int(name.strip("\x00"))]
            if name.startswith("'"):
                return match[0]
            name = name.strip('\x01"')
        view = table(name.replace(":", ".").split("."), quoted)
        return match[0] if view is None else f'{match["before"]}"{view}"'

    text = re.sub(r"(?P<before>\b(?:FROM|JOIN)\s+|,\s*)(?P<name>\x00\d+\x00)(?!\.)", source, text, flags=re.IGNORECASE)
    text = re.sub(r"(?P<before>\b(?:FROM|JOIN)\s+)(?P<name>[\w.-]+)(?![\w.-]|\s*\()", source, text, flags=re.IGNORECASE)
    text = re.sub(r"\[\s*(?:SAFE_)?OFFSET\(([^()]*)\)\s*\]", r"[(\1) + 1]", text, flags=re.IGNORECASE)
    text = re.sub(r"\[\s*(?:SAFE_)?ORDINAL\(([^()]*)\)\s*\]", r"[\1]", text, flags=re.IGNORECASE)
    text = re.sub(r"\bSAFE_CAST\s*\(", "TRY_CAST(", text, flags=re.IGNORECASE)
    text = re.sub(r"\*\s*EXCEPT\s*\(", "* EXCLUDE (", text, flags=re.IGNORECASE)
    text = re.sub(r"(?<![@\w])@(\w+)", r"$\1", text)
    text = _unnested(text)
    return re.sub(r"\x00(\d+)\x00", lambda match: kept[int(match[1])].removeprefix("\x01"), text)


def _literal(text: str) -> str:
    raw = text[0] in "rR"
    body = text[1:] if raw else text
    quotes = 3 if body[:3] in ("'''", '"""') else 1
    value = body[quotes:-quotes]
    if not raw:
        value = re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), value, flags=re.DOTALL)
    return "'" + value.replace("'", "''") + "'"


def _unnested(text: str) -> str:
    """In FROM an array of records becomes its columns; after IN an array becomes a list of values."""
    done = ""
    while match := re.search(r"(\bIN\s+)?\bUNNEST\s*\(", text, re.IGNORECASE):
        end, depth = match.end(), 1
        while depth and end < len(text):
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        inner = text[match.end() : end - 1]
        done += text[: match.start()] + (f"{match[1]}(SELECT unnest({inner}))" if match[1] else f"(SELECT unnest({inner}, max_depth := 2))")
        text = text[end:]
    return done + text
