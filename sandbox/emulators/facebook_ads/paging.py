"""Cursor paging: ``limit`` and ``after`` (or ``offset``) in, ``paging.cursors`` and ``paging.next`` out.

https://developers.facebook.com/docs/graph-api/results: the last page has cursors but no ``next``; ``next`` holds the whole
query again, the access token included.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from sandbox.emulators.facebook_ads.errors import bad_parameter
from sandbox.emulators.faults import Fault

DEFAULT_LIMIT = 25


def _cursor(offset: int, turn: int = 0) -> str:
    return base64.urlsafe_b64encode(f"row:{offset}:{turn}".encode()).decode()


def _offset(cursor: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(cursor.encode()).decode().split(":")[1])
    except (ValueError, IndexError):
        raise bad_parameter("Invalid cursors values: the cursor is not one of this edge") from None


def _counted(params: Mapping[str, str]) -> int:
    offset = params.get("offset") or "0"
    if not offset.isdigit():
        raise bad_parameter("Param offset must be an integer")
    return int(offset)


def page(rows: Sequence[Any], params: Mapping[str, str], url: str, fault: Fault | None) -> dict[str, Any]:
    """One page of ``rows``; ``fault`` may be one of ``faulty.PAGE_KINDS``."""
    try:
        limit = int(params.get("limit") or DEFAULT_LIMIT)
    except ValueError:
        raise bad_parameter("Param limit must be an integer") from None
    if limit < 1:
        raise bad_parameter("Param limit must be a positive integer")
    start = _offset(params["after"]) if params.get("after") else _counted(params)
    data = list(rows[start : start + limit])
    after = start + len(data)
    more, turn = after < len(rows), 0
    if fault and fault.kind == "empty_page_with_next":
        data, after, more, turn = [], start, True, fault.hits
    elif fault and fault.kind == "repeated_cursor":
        after, more = start, True
    elif fault and fault.kind == "missing_field":
        gone = fault.options.get("field", "spend")
        data = [{name: value for name, value in row.items() if name != gone} for row in data]
    elif fault and fault.kind == "row_twice" and data:
        data = [*data, {**data[0], "spend": "0.01"}]
    answer: dict[str, Any] = {"data": data}
    if fault and fault.kind == "offset_paging":
        onward = {"next": f"{url}?{urlencode({**params, 'limit': limit, 'offset': after})}"} if more else {}
        return answer | {"paging": onward}
    if data or more:
        answer["paging"] = {"cursors": {"before": _cursor(start), "after": _cursor(after, turn)}}
    if more:
        answer["paging"]["next"] = f"{url}?{urlencode({**params, 'limit': limit, 'after': _cursor(after, turn)})}"
    return answer
