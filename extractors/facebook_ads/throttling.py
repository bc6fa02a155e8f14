"""How long Meta says to wait: it sends no Retry-After, only usage headers.

https://developers.facebook.com/docs/graph-api/overview/rate-limiting: ``X-Business-Use-Case-Usage`` and ``X-App-Usage`` name
minutes in ``estimated_time_to_regain_access``; ``X-Ad-Account-Usage`` names seconds in ``reset_time_duration``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

_HEADERS = ("X-Business-Use-Case-Usage", "X-App-Usage", "X-Ad-Account-Usage", "X-FB-Ads-Insights-Throttle")


def named_wait(headers: Mapping[str, str]) -> float:
    """The longest wait that the headers name, in seconds; 0 where they name none."""
    lowered = {name.lower(): value for name, value in headers.items()}
    waits = [0.0]
    for header in _HEADERS:
        try:
            usage = orjson.loads(lowered.get(header.lower()) or "{}")
        except orjson.JSONDecodeError:
            continue
        for entry in _objects(usage):
            waits.append(60.0 * _number(entry.get("estimated_time_to_regain_access")))
            if _number(entry.get("acc_id_util_pct")) >= 100:
                waits.append(_number(entry.get("reset_time_duration")))
    return max(waits)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _objects(inner)


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0
