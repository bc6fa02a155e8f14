"""From an HTTP answer to a JSON:API document, or to the row of ``faults`` that it means.

Errors come as ``{"errors": [{id, status, code, title, detail, source}]}``. Only ``code`` and the name of the
query parameter are repeated in messages: ``detail`` may quote what was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from extractors.email.klaviyo import faults
from extractors.errors import PayloadError
from extractors.json_text import loads
from extractors.retrying import Failure, Fault, retry_after

COMPARE = faults.COMPARE
Parse = Callable[[bytes], dict[str, Any] | None]
_STATUSES = {401: faults.BAD_KEY, 404: faults.GONE, 408: faults.SERVER_ERROR, 410: faults.RETIRED, 429: faults.THROTTLE}


_WORD = re.compile(r"[A-Za-z][A-Za-z_.\-\[\]]{0,63}")


@dataclass(frozen=True)
class Parsed:
    """The values of rows that were parsed a column at a time; their types have been looked at."""

    columns: dict[str, list[Any]]
    rows: int

    def __len__(self) -> int:
        return self.rows


def read(status: int, headers: Mapping[str, str], body: bytes, parse: Parse | None = None) -> dict[str, Any]:
    """The document of a 200; Failure, or PayloadError for one without data. ``parse`` may know a faster way; else it gives None."""
    if parse is not None and status == 200 and (found := parse(body)) is not None:
        return found
    document = _json(body)
    if status == 200:
        if document is None:
            raise Failure(faults.BROKEN_OFF if body.lstrip()[:1] == b"{" else faults.NO_JSON)
        if "data" not in document:
            raise PayloadError("The answer lacks the field data.", action=COMPARE)
        return document
    code, parameter = _first_error(document)
    where = f", parameter {parameter}" if parameter else ""
    raise Failure(
        _fault(status, document, parameter), f"status {status}, {code}{where}", wait=retry_after(headers) if status == 429 else None
    )


def _fault(status: int, document: dict[str, Any] | None, parameter: str) -> Fault:
    if status >= 500:
        return faults.SERVER_ERROR
    if status == 403:
        return faults.SCOPE if document is not None else faults.GATE
    if status == 400 and parameter.replace("_", "[").startswith("page[size"):
        return faults.PAGE_SIZE
    return _STATUSES.get(status, faults.REFUSED)


def _json(body: bytes) -> dict[str, Any] | None:
    try:
        document = loads(body)
    except orjson.JSONDecodeError:
        return None
    return document if isinstance(document, dict) else None


def _first_error(document: dict[str, Any] | None) -> tuple[str, str]:
    errors = (document or {}).get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    source = first.get("source")
    parameter = source.get("parameter") if isinstance(source, dict) else ""
    return _name(first.get("code")) or "no code", _name(parameter)


def _name(told: Any) -> str:
    """A code or a parameter is one word; anything else may repeat the call, and the key with it."""
    return told if isinstance(told, str) and _WORD.fullmatch(told) else ""
